//! Measures the book: durable acts against the bare database, and queries with a million records.
//!
//! `cargo run --release -p registry --example bench -- DIR [RECORDS] [postgres://…]`; `cargo xtask bench` runs it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measurement stops at the first fault and reads the clock"
)]

#[path = "../tests/it/town.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod town;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use jiff::civil::date;
use ledger::{Log, NewEntry, SigningKey};
use office::{
    act::{Act, Actor},
    catalog::Catalog,
    people::Person,
    permit::{Event, Permit, Requirement, Stage},
    record::{Fact, Record},
    register::Row,
    rulebook::Cite,
    state::State,
};
use registry::{Paging, PermitFilter, RecordFilter, Registry, RowFilter, Sort, SubmitError, TaskFilter, TaskState};
use town::{CLERK, GENERAL, Place, TAX, carry_out, founding, person};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap());
    let count: u64 = arguments.next().map_or(1_000_000, |count| count.parse().unwrap());
    let url = arguments.next();
    acts(&folder.join("acts"), url.as_deref()).await;
    queries(&folder.join("large"), count, url.as_deref()).await;
}

async fn place(folder: PathBuf, url: Option<&str>) -> Place {
    std::fs::create_dir_all(&folder).unwrap();
    Place::at(
        folder,
        match url {
            Some(url) => Some(town::schema(url).await),
            None => None,
        },
    )
}

/// Clients at the same time.
const CLIENTS: usize = 16;

/// How long each measurement of acts takes.
const WHILE: Duration = Duration::from_secs(5);

/// Runs clients for a while; returns how often they were done, per second.
async fn rate<F: Future<Output = ()> + Send + 'static>(act: impl Fn() -> F + Clone + Send + 'static) -> f64 {
    static DONE: AtomicU64 = AtomicU64::new(0);
    DONE.store(0, Ordering::SeqCst);
    let began = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let act = act.clone();
        clients.spawn(async move {
            while began.elapsed() < WHILE {
                act().await;
                DONE.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    clients.join_all().await;
    DONE.load(Ordering::SeqCst) as f64 / began.elapsed().as_secs_f64()
}

async fn apply(registry: Registry) {
    let application = carry_out("", date(2026, 11, 21), date(2026, 11, 25));
    match registry.submit(Actor::Person(CLERK.to_owned()), Act::ApplyForPermit { application }).await {
        Ok(_) => {}
        Err(SubmitError::Unavailable(trouble)) => eprintln!("{trouble} {}", trouble.detail),
        Err(refused) => eprintln!("{refused}"),
    }
}

/// Applications by 16 clients, and the same bytes put into one table by 16 clients of the bare database.
async fn acts(folder: &std::path::Path, url: Option<&str>) {
    let place = place(folder.to_owned(), url).await;
    let registry = place.town().await;
    apply(registry.clone()).await;
    let bytes = registry.record(registry.size() - 1).await.unwrap().unwrap().payload.len();
    let of_ours = {
        let registry = registry.clone();
        rate(move || apply(registry.clone())).await
    };
    registry.close().await;

    let bare = self::place(folder.join("bare"), url).await;
    let address = bare.config.database_url.clone().unwrap_or_else(|| ledger::sqlite_url(&bare.config.data_dir.join("bare.sqlite")));
    let pool = ledger::connect(&address, CLIENTS as u32).await.unwrap();
    let bytea = if url.is_some() { "BYTEA" } else { "BLOB" };
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE TABLE bare (id TEXT PRIMARY KEY, payload {bytea} NOT NULL)")))
        .execute(&pool)
        .await
        .unwrap();
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let of_bare = rate(move || {
        let pool = pool.clone();
        async move {
            let number = NUMBER.fetch_add(1, Ordering::SeqCst);
            let mut tx = ledger::begin(&pool).await.unwrap();
            sqlx::query("INSERT INTO bare (id, payload) VALUES ($1, $2)")
                .bind(number.to_string())
                .bind(vec![7_u8; bytes])
                .execute(&mut *tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    })
    .await;
    println!(
        "durable acts by {CLIENTS} clients, {bytes} bytes each: {of_ours:.0}/s; bare database: {of_bare:.0}/s; {:.0} %",
        of_ours / of_bare * 100.0
    );
}

/// A book with many records: written straight into the ledger, from which opening makes the projections.
async fn fill(place: &Place, count: u64) {
    let url = place.config.database_url.clone().unwrap_or_else(|| ledger::sqlite_url(&place.config.data_dir.join("book.sqlite")));
    let pool = ledger::connect(&url, 1).await.unwrap();
    let mut conn = pool.acquire().await.unwrap();
    ledger::migrate(&mut conn).await.unwrap();
    let key = SigningKey::from_seed(&place.config.origin, &place.config.signing_key_seed).unwrap();
    let mut log = Log::open(&mut conn, key).await.unwrap();
    drop(conn);
    let mut entries = Vec::new();
    for (number, record) in history(&place.catalog, count).enumerate() {
        let mut salt = [0; 32];
        salt[..8].copy_from_slice(&number.to_le_bytes());
        entries.push(NewEntry::new(salt, serde_json::to_vec(&record).unwrap()));
        if entries.len() == 5_000 || number as u64 + 1 == count {
            let mut tx = ledger::begin(&pool).await.unwrap();
            let pending = log.append(&mut tx, &entries).await.unwrap();
            tx.commit().await.unwrap();
            log.commit(pending).unwrap();
            entries.clear();
        }
    }
    pool.close().await;
}

/// 10,000 people, 100,000 assets (a tenth of the records), permits from application to return, sign-ins.
fn history(catalog: &Catalog, count: u64) -> impl Iterator<Item = Record> {
    let mut state = State::whole();
    let now = office::calendar::Moment::start_of(date(2025, 4, 1));
    let mut founding: Vec<Record> = Vec::new();
    for act in founding_with_staff() {
        let made = office::decide(catalog, &state, &Actor::Console, &act, now.plus_seconds(400 * 86_400)).unwrap();
        for record in made {
            office::apply(catalog, &mut state, &record);
            founding.push(record);
        }
    }
    let founded = founding.len() as u64;
    let step = 500 * 86_400 * 1_000_000 / count.max(1) as i64;
    let rest = (founded..count).flat_map(move |number| {
        let at = office::calendar::Moment(now.0 + number as i64 * step);
        let who = format!("{}", 10_000 + number % 10_000);
        let record = |by: &str, fact| Record { at, by: by.to_owned(), on_behalf: None, cite: None, fact };
        match number % 10 {
            0 => vec![record(&who, Fact::RowAdded { row: row(number / 10, at) })],
            1 => {
                let permit = permit(number / 10, &who, at);
                let id = permit.id.clone();
                let note = String::new();
                let approved = Fact::PermitApproved {
                    id: id.clone(),
                    requirement: 0,
                    role: "課の管理者".to_owned(),
                    digest: permit.digest.clone(),
                    note: note.clone(),
                    emergency: None,
                    complete: true,
                };
                let mut facts = vec![record(&who, Fact::PermitApplied { permit })];
                if !(number / 10).is_multiple_of(50) {
                    facts.push(record("101", approved));
                    facts.push(record("101", Fact::PermitHandedOver { id: id.clone(), note: note.clone() }));
                    facts.push(record("101", Fact::PermitReturned { id, erased: true, note }));
                }
                facts
            }
            2..=4 => Vec::new(),
            5 => vec![record(&who, Fact::SignedOut { person: who.clone() })],
            _ => vec![record(&who, Fact::SignedIn { person: who.clone() })],
        }
    });
    founding.into_iter().chain(rest).take(usize::try_from(count).unwrap())
}

fn founding_with_staff() -> Vec<Act> {
    let mut acts = founding();
    let staff: Vec<Person> = (10_000_u64..20_000)
        .map(|number| person(&number.to_string(), &format!("職員 {number}"), if number.is_multiple_of(2) { GENERAL } else { TAX }, "主事"))
        .collect();
    for people in staff.chunks(1_000) {
        acts.push(Act::ChangePeople { units: Vec::new(), people: people.to_vec() });
    }
    acts.extend((10_000..20_000).map(|number| Act::OpenAccount { person: number.to_string(), administrator: false }));
    acts.push(Act::ScheduleTasks { year: 2026 });
    acts
}

const WORDS: [&str; 12] = ["住民", "納税", "福祉", "介護", "台帳", "申請書", "統計", "予算", "契約", "図面", "水道", "学校"];

fn row(number: u64, at: office::calendar::Moment) -> Row {
    let word = |shift: u64| WORDS[((number >> shift) % 12) as usize];
    let name = format!("{}{}{}一覧 {number}", word(0), word(3), word(7));
    let class = ["Ⅰ", "Ⅱ", "Ⅲ"][(number % 3) as usize].to_owned();
    Row {
        register: "asset".to_owned(),
        id: format!("A-{number:06}"),
        unit: if number.is_multiple_of(2) { GENERAL } else { TAX }.to_owned(),
        values: [("name", name), ("class", class.clone()), ("place", "本庁舎2階 書庫3".to_owned()), ("note", "年度末に見直す".to_owned())]
            .map(|(key, value)| (key.to_owned(), value))
            .into(),
        class: Some(class),
        class_from: None,
        out: None,
        followers: Vec::new(),
        gone: number.is_multiple_of(20),
        revision: 1,
        changed_at: at,
    }
}

fn permit(number: u64, who: &str, at: office::calendar::Moment) -> Permit {
    Permit {
        id: format!("2025-{number:06}"),
        application: carry_out("", at.date(), office::calendar::plus_days(at.date(), 5)),
        title: "媒体の持出し".to_owned(),
        applicant: who.to_owned(),
        unit: if number.is_multiple_of(2) { GENERAL } else { TAX }.to_owned(),
        digest: "0".repeat(64),
        revision: 1,
        stage: Stage::Applied,
        requirements: vec![Requirement { roles: vec!["課の管理者".to_owned()], approved: None }],
        ordered: false,
        handover: true,
        returns: true,
        erase: false,
        cite: Cite { version: 1, clause: "1".to_owned(), standard: false },
        applied_at: at,
        history: vec![Event { at, by: who.to_owned(), what: "申請".to_owned(), note: String::new() }],
    }
}

/// Times a query many times and prints its quantiles.
async fn time<F: Future<Output = u64>>(what: &str, query: impl Fn(u64) -> F) {
    let mut times = Vec::new();
    let mut found = 0;
    for turn in 0..60 {
        let began = Instant::now();
        found = query(turn).await;
        times.push(began.elapsed());
    }
    times.sort();
    println!("{what}: p50 {:.1} ms, p99 {:.1} ms ({found} found)", times[30].as_secs_f64() * 1e3, times[59].as_secs_f64() * 1e3);
}

async fn queries(folder: &std::path::Path, count: u64, url: Option<&str>) {
    let place = place(folder.to_owned(), url).await;
    place.clock.set(date(2026, 8, 20));
    if url.is_some() || !place.config.data_dir.join("book.sqlite").exists() {
        let began = Instant::now();
        fill(&place, count).await;
        println!("filled with {count} records in {:.1} s", began.elapsed().as_secs_f64());
        let began = Instant::now();
        let registry = place.open().await;
        println!("projections made from the ledger in {:.1} s", began.elapsed().as_secs_f64());
        registry.close().await;
    }
    let began = Instant::now();
    let registry = place.open().await;
    println!("opened in {:.3} s, {} records", began.elapsed().as_secs_f64(), registry.size());
    memory("after opening");
    let book = &registry;
    let paging = |page| Paging { page, size: 50 };
    let assets = || RowFilter { register: "asset".to_owned(), gone: Some(false), ..RowFilter::default() };
    let rows = async |filter: RowFilter, sort, page| book.rows(&filter, sort, paging(page)).await.unwrap().total.count;
    time("desk of a head", async |_| book.inbox("101", book.now()).await.unwrap().waiting).await;
    time("desk of a clerk", async |turn| book.inbox(&(10_000 + turn).to_string(), book.now()).await.unwrap().waiting).await;
    time("register, first page", async |_| rows(assets(), Sort::Number, 1).await).await;
    time("register, page 200", async |_| rows(assets(), Sort::Number, 200).await).await;
    time("register, newest", async |_| rows(assets(), Sort::Changed, 1).await).await;
    time("register, by name", async |_| rows(assets(), Sort::Name, 1).await).await;
    time("register, unit and class", async |_| {
        rows(RowFilter { unit: TAX.to_owned(), class: "Ⅰ".to_owned(), ..assets() }, Sort::Number, 3).await
    })
    .await;
    time("register, frequent word", async |_| rows(RowFilter { text: "水道".to_owned(), ..assets() }, Sort::Number, 1).await).await;
    time("register, rare words", async |turn| {
        rows(RowFilter { text: format!("一覧 {}", 90_000 + turn * 7), ..assets() }, Sort::Number, 1).await
    })
    .await;
    time("register, no such word", async |_| rows(RowFilter { text: "存在しない".to_owned(), ..assets() }, Sort::Changed, 1).await).await;
    time("one row with history", async |turn| {
        let id = format!("A-{:06}", 2_000 + turn * 13);
        book.row("asset", &id).await.unwrap().unwrap();
        book.history(&office::state::Key::Row("asset".to_owned(), id)).await.unwrap().len() as u64
    })
    .await;
    let permits = async |filter: PermitFilter, sort| book.permits(&filter, sort, paging(1)).await.unwrap().total.count;
    time("permits, all, newest", async |_| permits(PermitFilter::default(), Sort::Changed).await).await;
    time("permits, waiting", async |_| permits(PermitFilter { stages: vec![Stage::Applied], ..PermitFilter::default() }, Sort::Due).await)
        .await;
    time("permits, waiting for a head", async |_| {
        permits(PermitFilter { waiting_for: "102".to_owned(), ..PermitFilter::default() }, Sort::Number).await
    })
    .await;
    time("permits, of a person", async |turn| {
        permits(PermitFilter { applicant: (10_001 + turn * 10).to_string(), ..PermitFilter::default() }, Sort::Number).await
    })
    .await;
    time("permits, rare words", async |turn| {
        permits(PermitFilter { text: format!("05{turn}"), ..PermitFilter::default() }, Sort::Number).await
    })
    .await;
    time("tasks, open", async |_| {
        let filter = TaskFilter { year: Some(2026), state: TaskState::Open, ..TaskFilter::default() };
        book.tasks(&filter, Sort::Due, paging(1)).await.unwrap().total.count
    })
    .await;
    let records = async |filter: RecordFilter, page| book.records(&filter, paging(page)).await.unwrap().total.count;
    time("records, newest", async |_| records(RecordFilter::default(), 1).await).await;
    time("records, page 200", async |_| records(RecordFilter::default(), 200).await).await;
    time("records, of a person", async |turn| {
        records(RecordFilter { person: (10_000 + turn).to_string(), ..RecordFilter::default() }, 1).await
    })
    .await;
    time("records, one kind", async |_| {
        records(RecordFilter { kinds: vec!["permit-approved".to_owned()], ..RecordFilter::default() }, 1).await
    })
    .await;
    time("records, an old month", async |_| {
        records(RecordFilter { since: Some(date(2025, 6, 1)), until: Some(date(2025, 6, 30)), ..RecordFilter::default() }, 1).await
    })
    .await;
    time("records, rare words", async |turn| {
        records(RecordFilter { text: format!("A-0{}", 90_000 + turn * 10), ..RecordFilter::default() }, 1).await
    })
    .await;
    time("records, no such word", async |_| records(RecordFilter { text: "存在しない".to_owned(), ..RecordFilter::default() }, 1).await)
        .await;
    time("a record with its proof", async |turn| book.record(turn * 97).await.unwrap().unwrap().proof.len() as u64).await;
    acts_on(&registry).await;
    memory("after all this");
    registry.close().await;
    // The folder was named by whoever asked: it stays.
    std::mem::forget(place);
}

/// Acts in the large book.
async fn acts_on(registry: &Registry) {
    let registry = registry.clone();
    println!("durable acts in the large book: {:.0}/s", rate(move || apply(registry.clone())).await);
}

fn memory(when: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("memory {when}: {}", status.lines().filter(|line| line.starts_with("VmRSS")).collect::<String>());
}
