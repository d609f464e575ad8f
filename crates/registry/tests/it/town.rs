//! A small town with a policy of its own, and a book for it in each database at hand.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use jiff::civil::date;
use office::{
    act::{Act, Actor},
    adoption::Confirmation,
    calendar::Moment,
    catalog::Catalog,
    people::{Person, Position, Unit},
    permit::Application,
    rulebook::Holding,
};
use policy::model::{Approval, Cadence, Citation, Class, Duty, Haste, Holder, Model, Procedure, Role, RouteStep};
use registry::{Config, OpenError, Receipt, Registry, SubmitError};
use serde_json::json;

/// Heads of the two sections, the mayor's deputy, and staff: 総務課 has odd numbers, 税務課 even ones.
pub(crate) const TOP: &str = "100";
pub(crate) const GENERAL_HEAD: &str = "101";
pub(crate) const TAX_HEAD: &str = "102";
pub(crate) const CLERK: &str = "103";
pub(crate) const TAX_CLERK: &str = "104";

/// A clock that tests move by hand.
#[derive(Clone)]
pub(crate) struct HandClock(Arc<AtomicI64>);

impl HandClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(Moment::start_of(date(2026, 11, 21)).plus_seconds(9 * 3600).0)))
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub(crate) fn set(&self, day: jiff::civil::Date) {
        self.0.store(Moment::start_of(day).plus_seconds(9 * 3600).0, Ordering::SeqCst);
    }
}

/// Where a book for a test lies; its folder is removed when dropped.
pub(crate) struct Place {
    pub(crate) config: Config,
    pub(crate) clock: HandClock,
    pub(crate) catalog: Arc<Catalog>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.config.data_dir);
    }
}

/// A number that is new in this process.
fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("sekisho-registry-{}-{}", std::process::id(), fresh()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::at(folder(), None)
    }

    pub(crate) fn at(data_dir: PathBuf, database_url: Option<String>) -> Self {
        let config = Config { data_dir, database_url, signing_key_seed: [7; 32], origin: "sekisho.example/kawabe".to_owned() };
        Self { config, clock: HandClock::new(), catalog: Arc::new(catalog()) }
    }

    /// Every database at hand: a file, and a schema of its own on the server.
    pub(crate) async fn all() -> Vec<Self> {
        let mut places = vec![Self::sqlite()];
        match std::env::var("SEKISHO_TEST_POSTGRES") {
            Ok(url) => places.push(Self::at(folder(), Some(schema(&url).await))),
            Err(_) => eprintln!("SEKISHO_TEST_POSTGRES is not set: PostgreSQL is not tested"),
        }
        places
    }

    pub(crate) async fn try_open(&self) -> Result<Registry, OpenError> {
        let clock = self.clock.clone();
        let chance = AtomicU64::new(fresh() << 32);
        let fill = move |bytes: &mut [u8]| {
            for chunk in bytes.chunks_mut(8) {
                let number = chance.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).to_le_bytes();
                chunk.copy_from_slice(&number[..chunk.len()]);
            }
        };
        Registry::open(self.config.clone(), Arc::clone(&self.catalog), Arc::new(move || clock.now()), Arc::new(fill)).await
    }

    pub(crate) async fn open(&self) -> Registry {
        self.try_open().await.unwrap()
    }

    /// A book whose town is founded and whose policy is in force.
    pub(crate) async fn town(&self) -> Registry {
        let registry = self.open().await;
        for act in founding() {
            registry.submit(Actor::Console, act).await.unwrap();
        }
        registry
    }
}

/// A schema of its own on a server; its tables go with the server.
pub(crate) async fn schema(url: &str) -> String {
    let schema = format!("registry_{}_{}", std::process::id(), fresh());
    let admin = ledger::connect(url, 1).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&admin).await.unwrap();
    admin.close().await;
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}options=-csearch_path%3D{schema}")
}

/// The door's own rules with two forms and two registers.
pub(crate) fn catalog() -> Catalog {
    let mut catalog = Catalog::embedded().unwrap();
    catalog.forms = serde_json::from_value(json!([
        { "control": "permit.carry-out", "title": "媒体の持出し", "summary": "", "group": "持出し", "period": "required", "handover": true,
          "return": true, "erase": true, "applicant": "staff", "approvers": [], "approval": "any", "field": [
            { "key": "media", "label": "媒体", "type": "rows", "register": "media" },
            { "key": "reason", "label": "理由", "type": "long", "required": true } ] },
        { "control": "permit.software", "title": "ソフトウェアの導入", "summary": "", "group": "機器", "period": "none",
          "applicant": "staff", "approvers": [], "approval": "all", "field": [
            { "key": "reason", "label": "理由", "type": "long", "required": true } ] }
    ]))
    .unwrap();
    catalog.registers = serde_json::from_value(json!([
        { "id": "asset", "title": "情報資産台帳", "summary": "", "number_prefix": "A", "column": [
            { "key": "name", "label": "名称", "type": "text", "required": true },
            { "key": "class", "label": "分類", "type": "class", "required": true },
            { "key": "origin", "label": "複製元", "type": "row", "register": "asset" } ] },
        { "id": "media", "title": "媒体台帳", "summary": "", "number_prefix": "M", "column": [
            { "key": "name", "label": "名称", "type": "text", "required": true },
            { "key": "class", "label": "分類", "type": "class" },
            { "key": "holds", "label": "内容", "type": "rows", "register": "asset" } ] }
    ]))
    .unwrap();
    catalog.standard.clear();
    catalog
}

pub(crate) fn person(id: &str, name: &str, unit: &str, title: &str) -> Person {
    Person {
        id: id.to_owned(),
        name: name.to_owned(),
        kana: String::new(),
        mail: String::new(),
        positions: vec![Position { unit: unit.to_owned(), title: title.to_owned() }],
        active: true,
    }
}

fn unit(id: &str, parent: Option<&str>) -> Unit {
    let name = id.rsplit('/').next().unwrap_or(id).to_owned();
    Unit { id: id.to_owned(), name, parent: parent.map(str::to_owned) }
}

pub(crate) const GENERAL: &str = "総務部/総務課";
pub(crate) const TAX: &str = "総務部/税務課";

/// The acts that found the town, up to the policy in force.
pub(crate) fn founding() -> Vec<Act> {
    let units = vec![unit("総務部", None), unit(GENERAL, Some("総務部")), unit(TAX, Some("総務部"))];
    let people = vec![
        person(TOP, "川辺 一郎", "総務部", "副町長"),
        person(GENERAL_HEAD, "橋本 花", GENERAL, "課長"),
        person(TAX_HEAD, "渡 次郎", TAX, "課長"),
        person(CLERK, "瀬戸 三郎", GENERAL, "主事"),
        person(TAX_CLERK, "淵 四郎", TAX, "主事"),
    ];
    let mut acts = vec![Act::FoundBody { name: "川辺町".to_owned() }, Act::ChangePeople { units, people }];
    for id in [TOP, GENERAL_HEAD, TAX_HEAD, CLERK, TAX_CLERK] {
        acts.push(Act::OpenAccount { person: id.to_owned(), administrator: id == TOP });
    }
    let holdings = BTreeMap::from([
        ("最高責任者".to_owned(), Holding::Post { unit: String::new(), titles: vec!["副町長".to_owned()] }),
        ("課の管理者".to_owned(), Holding::Unit { titles: vec!["課長".to_owned()] }),
        ("職員等".to_owned(), Holding::Everyone),
    ]);
    let confirmation = Confirmation { effective: date(2026, 4, 1), holdings, ..Confirmation::default() };
    acts.push(Act::LoadPolicy { file: "kawabe.txt".to_owned(), reading: Box::new(reading()), source: Default::default() });
    acts.push(Act::AdoptPolicy { version: 1, confirmation });
    acts
}

/// A text with norms of several kinds: of one officer, of every section, of everybody, of a procedure, and a statement.
const TEXT: &str = "川辺町の対策基準\n\n1 課の管理者は、半年ごとに自己点検を行い、媒体の持出しを許可しなければならない。\n\
    2 守ること\n\
    (1) 最高責任者は、緊急のときの連絡先の表を作らなければならない。\n\
    (2) 課の管理者は、書類を机の上に置いたままにさせてはならない。\n\
    (3) 職員等は、パスワードを他人に教えてはならない。\n\
    3 町は、情報資産を守るための対策を講じる。\n\
    4 この基準は、町の情報資産を守ることを目的とする。\n";

/// A policy as if it had been read.
pub(crate) fn reading() -> policy::Reading {
    let read = policy::read(TEXT, policy::control::Controls::embedded());
    policy::Reading { document: read.document, obligations: read.obligations, model: model(), problems: Vec::new() }
}

fn model() -> Model {
    let cite = || Citation { clause: "1".to_owned(), n: 1, line: 3 };
    let role =
        |id: &str, holder| Role { id: id.to_owned(), aliases: Vec::new(), post: None, holder, deputy: None, chair: None, cite: cite() };
    let class =
        |name: &str, rank| Class { name: name.to_owned(), axis: "重要性".to_owned(), rank, meaning: String::new(), cite: cite() };
    let procedure = |control: &str, approvers: &[&str], approval| Procedure {
        control: control.to_owned(),
        title: control.to_owned(),
        applicants: Vec::new(),
        approvers: approvers.iter().map(|role| (*role).to_owned()).collect(),
        approval,
        class: None,
        condition: String::new(),
        cite: cite(),
    };
    Model {
        roles: vec![role("最高責任者", Holder::One), role("課の管理者", Holder::Unit), role("職員等", Holder::Everyone)],
        classes: vec![class("Ⅰ", 0), class("Ⅱ", 1), class("Ⅲ", 2)],
        procedures: vec![
            procedure("permit.carry-out", &["課の管理者"], Approval::Any),
            procedure("permit.software", &["課の管理者", "最高責任者"], Approval::All),
        ],
        routes: vec![
            RouteStep {
                event: "情報セキュリティインシデント".to_owned(),
                control: "incident.report".to_owned(),
                from: vec!["職員等".to_owned()],
                to: vec!["課の管理者".to_owned()],
                haste: Haste::Immediately,
                condition: "報告".to_owned(),
                cite: cite(),
            },
            RouteStep {
                event: "情報セキュリティインシデント".to_owned(),
                control: "incident.report".to_owned(),
                from: vec!["課の管理者".to_owned()],
                to: vec!["最高責任者".to_owned()],
                haste: Haste::Promptly,
                condition: "報告".to_owned(),
                cite: cite(),
            },
        ],
        duties: vec![Duty {
            control: "selfcheck.run".to_owned(),
            who: vec!["課の管理者".to_owned()],
            what: "自己点検を行う".to_owned(),
            cadence: Cadence::Months(6),
            cite: cite(),
        }],
        ..Model::default()
    }
}

/// An application for carrying media out.
pub(crate) fn carry_out(media: &str, since: jiff::civil::Date, until: jiff::civil::Date) -> Application {
    let mut values = BTreeMap::from([("reason".to_owned(), "出張先で使うため".to_owned())]);
    if !media.is_empty() {
        values.insert("media".to_owned(), media.to_owned());
    }
    Application { procedure: "permit.carry-out".to_owned(), values, class: None, since: Some(since), until: Some(until) }
}

/// An act of a person.
pub(crate) async fn by(registry: &Registry, person: &str, act: Act) -> Result<Receipt, SubmitError> {
    registry.submit(Actor::Person(person.to_owned()), act).await
}

/// Enters a row in a register; returns its number.
pub(crate) async fn add_row(registry: &Registry, person: &str, register: &str, unit: &str, values: &[(&str, &str)]) -> String {
    let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let act = Act::AddRow { register: register.to_owned(), id: String::new(), unit: unit.to_owned(), values };
    let receipt = by(registry, person, act).await.unwrap();
    match &receipt.records[0].fact {
        office::record::Fact::RowAdded { row } => row.id.clone(),
        other => panic!("not a row: {other:?}"),
    }
}

/// Applies for a permit; returns its id and digest.
pub(crate) async fn apply(registry: &Registry, person: &str, application: Application) -> (String, String) {
    let receipt = by(registry, person, Act::ApplyForPermit { application }).await.unwrap();
    match &receipt.records[0].fact {
        office::record::Fact::PermitApplied { permit } => (permit.id.clone(), permit.digest.clone()),
        other => panic!("not a permit: {other:?}"),
    }
}

/// Approves a permit.
pub(crate) async fn approve(registry: &Registry, person: &str, id: &str, digest: &str) -> Result<Receipt, SubmitError> {
    let act = Act::ApprovePermit { id: id.to_owned(), digest: digest.to_owned(), note: String::new(), emergency: None };
    by(registry, person, act).await
}
