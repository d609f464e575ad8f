//! A small town with a policy in force, people with accounts, and a clock that tests move by hand.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use axum::Router;
use jiff::civil::date;
use office::{
    act::{Act, Actor},
    adoption::Confirmation,
    calendar::Moment,
    catalog::Catalog,
    people::{Person, Position, Unit},
    rulebook::Holding,
};
use policy::model::{Approval, Cadence, Citation, Class, Duty, Haste, Holder, Model, Procedure, Role, RouteStep};
use registry::{Config, Registry, SecretWrite};
use web::{App, Settings};

use crate::browser::Browser;

/// The mayor's deputy (who also administers), the heads of two sections, and staff.
pub(crate) const TOP: &str = "100";
pub(crate) const GENERAL_HEAD: &str = "101";
pub(crate) const TAX_HEAD: &str = "102";
pub(crate) const CLERK: &str = "103";

pub(crate) const GENERAL: &str = "総務部/総務課";
const TAX: &str = "総務部/税務課";

/// Everybody's password, second factor and the code of a moment.
pub(crate) const PASSWORD: &str = "shiosai-no-michi-8";
pub(crate) const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// A town whose folder is removed when dropped.
pub(crate) struct Town {
    pub(crate) registry: Registry,
    pub(crate) router: Router,
    clock: Arc<AtomicI64>,
    folder: PathBuf,
}

impl Drop for Town {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn settings() -> Settings {
    Settings { setup_code: Some("川の流れ".to_owned()), ..Settings::default() }
}

impl Town {
    /// An empty book with pages.
    pub(crate) async fn empty() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("sekisho-web-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let clock = Arc::new(AtomicI64::new(Moment::start_of(date(2026, 11, 24)).plus_seconds(9 * 3600).0));
        let config =
            Config { data_dir: folder.clone(), database_url: None, signing_key_seed: [7; 32], origin: "sekisho.example/kawabe".to_owned() };
        let (told, chance) = (clock.clone(), AtomicU64::new(number << 32));
        let fill = move |bytes: &mut [u8]| {
            for chunk in bytes.chunks_mut(8) {
                let drawn = chance.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).to_le_bytes();
                chunk.copy_from_slice(&drawn[..chunk.len()]);
            }
        };
        let catalog = Arc::new(Catalog::embedded().unwrap());
        let registry =
            Registry::open(config, catalog, Arc::new(move || Moment(told.load(Ordering::SeqCst))), Arc::new(fill)).await.unwrap();
        let router = web::router(App::new(registry.clone(), settings()));
        Self { registry, router, clock, folder }
    }

    /// A town whose policy is in force and whose people have accounts.
    pub(crate) async fn settled() -> Self {
        let town = Self::empty().await;
        for act in founding() {
            town.registry.submit(Actor::Console, act).await.unwrap();
        }
        let phc = web::password::hash(PASSWORD, &[3; 16]).unwrap();
        for id in [TOP, GENERAL_HEAD, TAX_HEAD, CLERK] {
            let act = Act::OpenAccount { person: id.to_owned(), administrator: id == TOP };
            town.registry.submit(Actor::Console, act).await.unwrap();
            let secret = SecretWrite { person: id.to_owned(), password: Some(phc.clone()), totp: Some(SECRET.to_owned()) };
            let act = Act::SetPassword { person: id.to_owned(), must_change: false };
            town.registry.submit_with(Actor::Console, act, secret).await.unwrap();
            town.registry.submit(Actor::Console, Act::SetSecondFactor { person: id.to_owned(), present: true }).await.unwrap();
        }
        town
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub(crate) fn code(&self) -> String {
        web::second_factor::current_code(SECRET, self.registry.now()).unwrap()
    }

    /// Somebody's browser, signed in, with the home page open.
    pub(crate) async fn signed_in(&self, id: &str) -> Browser {
        let mut browser = Browser::new(&self.router);
        let answer = browser.post("/sign-in", &[("person", id), ("password", PASSWORD)]).await;
        assert_eq!(answer.location(), "/sign-in/code", "{}", answer.text);
        let answer = browser.post("/sign-in/code", &[("code", &self.code())]).await;
        assert_eq!(answer.location(), "/", "{}", answer.text);
        assert_eq!(browser.get("/").await.status, 200);
        browser
    }
}

fn person(id: &str, name: &str, unit: &str, title: &str) -> Person {
    let positions = vec![Position { unit: unit.to_owned(), title: title.to_owned() }];
    Person { id: id.to_owned(), name: name.to_owned(), kana: String::new(), mail: String::new(), positions, active: true }
}

fn unit(id: &str, parent: Option<&str>) -> Unit {
    Unit { id: id.to_owned(), name: id.rsplit('/').next().unwrap().to_owned(), parent: parent.map(str::to_owned) }
}

fn founding() -> Vec<Act> {
    let units = vec![unit("総務部", None), unit(GENERAL, Some("総務部")), unit(TAX, Some("総務部"))];
    let people = vec![
        person(TOP, "川辺 一郎", "総務部", "副町長"),
        person(GENERAL_HEAD, "橋本 花", GENERAL, "課長"),
        person(TAX_HEAD, "渡 次郎", TAX, "課長"),
        person(CLERK, "瀬戸 三郎", GENERAL, "主事"),
    ];
    let holdings = BTreeMap::from([
        ("最高責任者".to_owned(), Holding::Post { unit: String::new(), titles: vec!["副町長".to_owned()] }),
        ("課の管理者".to_owned(), Holding::Unit { titles: vec!["課長".to_owned()] }),
        ("職員等".to_owned(), Holding::Everyone),
    ]);
    let confirmation = Confirmation { effective: date(2026, 4, 1), holdings, ..Confirmation::default() };
    let (document, _) = policy::tree::parse("川辺町の対策基準\n\n1 役割\n 課長は、持出しを許可する。\n");
    let reading =
        policy::Reading { document, obligations: vec![exception(), secret(), plan(), carry_out()], model: model(), problems: Vec::new() };
    vec![
        Act::FoundBody { name: "川辺町".to_owned() },
        Act::ChangePeople { units, people },
        Act::LoadPolicy { file: "kawabe.txt".to_owned(), reading: Box::new(reading), source: Default::default() },
        Act::AdoptPolicy { version: 1, confirmation },
    ]
}

/// The sentence that lets an applicant decide where it cannot be helped.
fn exception() -> policy::obligation::Obligation {
    serde_json::from_value(serde_json::json!({
        "clause": "1", "n": 1, "line": 3, "modality": "prohibition", "subjects": ["申請者"], "counterparts": [], "class": null, "trigger": null,
        "form": "sentence", "cue": "てはならない", "controls": ["org.separation.approve"],
        "text": "やむを得ない場合を除き、自分の申請を自分で許可してはならない。"
    }))
    .unwrap()
}

/// What everybody keeps, and the section heads answer for.
fn secret() -> policy::obligation::Obligation {
    serde_json::from_value(serde_json::json!({
        "clause": "1", "n": 2, "line": 3, "modality": "prohibition", "subjects": ["職員等"], "counterparts": [], "class": null,
        "trigger": null, "form": "sentence", "cue": "てはならない", "controls": ["pw.secret"],
        "text": "職員等は、パスワードを他人に教えてはならない。", "exception": false
    }))
    .unwrap()
}

/// What the procedure is for.
fn carry_out() -> policy::obligation::Obligation {
    serde_json::from_value(serde_json::json!({
        "clause": "1", "n": 4, "line": 3, "modality": "duty", "subjects": ["職員等"], "counterparts": ["課の管理者"], "class": null,
        "trigger": null, "form": "sentence", "cue": "なければならない", "controls": ["permit.carry-out"],
        "text": "職員等は、媒体を外へ持ち出すときは、課の管理者の許可を得なければならない。", "exception": false
    }))
    .unwrap()
}

/// What the officer at the top keeps.
fn plan() -> policy::obligation::Obligation {
    serde_json::from_value(serde_json::json!({
        "clause": "1", "n": 3, "line": 3, "modality": "duty", "subjects": ["最高責任者"], "counterparts": [], "class": null,
        "trigger": null, "form": "sentence", "cue": "なければならない", "controls": [],
        "text": "最高責任者は、非常の時の連絡先を掲げなければならない。", "exception": false
    }))
    .unwrap()
}

fn model() -> Model {
    let cite = || Citation { clause: "1".to_owned(), n: 1, line: 3 };
    let role =
        |id: &str, holder| Role { id: id.to_owned(), aliases: Vec::new(), post: None, holder, deputy: None, chair: None, cite: cite() };
    let class =
        |name: &str, rank| Class { name: name.to_owned(), axis: "重要性".to_owned(), rank, meaning: String::new(), cite: cite() };
    let step = |from: &[&str], to: &str, haste| RouteStep {
        event: "情報セキュリティインシデント".to_owned(),
        control: "incident.report".to_owned(),
        from: from.iter().map(|role| (*role).to_owned()).collect(),
        to: vec![to.to_owned()],
        haste,
        condition: String::new(),
        cite: cite(),
    };
    Model {
        roles: vec![role("最高責任者", Holder::One), role("課の管理者", Holder::Unit), role("職員等", Holder::Everyone)],
        classes: vec![class("Ⅰ", 0), class("Ⅱ", 1)],
        procedures: vec![Procedure {
            control: "permit.carry-out".to_owned(),
            title: "持ち出し".to_owned(),
            applicants: Vec::new(),
            approvers: vec!["課の管理者".to_owned()],
            approval: Approval::Any,
            class: None,
            condition: String::new(),
            cite: cite(),
        }],
        routes: vec![step(&["職員等"], "課の管理者", Haste::Immediately), step(&["課の管理者"], "最高責任者", Haste::Promptly)],
        duties: vec![Duty {
            control: "asset.inventory-review".to_owned(),
            who: vec!["課の管理者".to_owned()],
            what: "台帳と現物を照らし合わせる".to_owned(),
            cadence: Cadence::Months(6),
            cite: cite(),
        }],
        ..Model::default()
    }
}
