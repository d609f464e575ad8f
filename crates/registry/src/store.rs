//! Writes what follows from records into the projections, and reads things back.

use std::collections::{BTreeMap, BTreeSet};

use office::{
    people::{Account, Person, Unit},
    record::{Fact, Record},
    rulebook::Rulebook,
    state::{Key, Office, State},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{AnyConnection, Row};

use crate::{
    Trouble, fact,
    sql::{self, Cell, Where},
    text::normalize,
    thing::{self, Kept},
    wait,
};

const THING: &str = "INSERT INTO thing (kind, id, body) VALUES";
const THING_TAIL: &str = "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body";
const ITEM: &str = "INSERT INTO item (kind, id, shelf, unit, owner, stage, class, year, due, changed, name, text) VALUES";
const ITEM_TAIL: &str = "ON CONFLICT (kind, id) DO UPDATE SET shelf = excluded.shelf, unit = excluded.unit, owner = excluded.owner, \
     stage = excluded.stage, class = excluded.class, year = excluded.year, due = excluded.due, changed = excluded.changed, \
     name = excluded.name, text = excluded.text";
const WAITING: &str = "INSERT INTO waiting (kind, id, what, token, due, barred) VALUES";
const RECORD: &str = "INSERT INTO record (idx, at, actor, kind, about, about_id, note, text) VALUES";
const SUBJECT: &str = "INSERT INTO subject (kind, id, idx) VALUES";

/// Kinds of `thing` that make up the office; see [`parts`].
const OFFICE: &str = "'office', 'unit', 'account', 'rulebook', 'person'";

/// Writes the index rows of records, the first of which has the given index.
pub(crate) async fn write_records(conn: &mut AnyConnection, first: u64, records: &[Option<&Record>]) -> Result<(), Trouble> {
    let mut rows = Vec::with_capacity(records.len());
    let mut subjects = Vec::new();
    let mut at = 0;
    for (index, record) in (first..).zip(records) {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        let Some(record) = record else {
            rows.push([index.into(), at.into(), "".into(), fact::ERASED.into(), "".into(), "".into(), "".into(), "".into()]);
            continue;
        };
        at = record.at.0;
        let about = fact::about(record);
        let (kind, id) = about.keys.first().map(thing::place).unwrap_or_default();
        let text = normalize(&format!("{} {} {}", fact::word(about.kind), about.note, record.by));
        rows.push([
            index.into(),
            at.into(),
            record.by.as_str().into(),
            about.kind.into(),
            kind.into(),
            id.into(),
            about.note.into(),
            text.into(),
        ]);
        let mut places: Vec<_> = about.keys.iter().map(thing::place).collect();
        places.sort();
        places.dedup();
        subjects.extend(places.into_iter().map(|(kind, id)| [Cell::Text(kind), Cell::Text(id), index.into()]));
    }
    sql::insert(conn, RECORD, rows, "").await?;
    sql::insert(conn, SUBJECT, subjects, "").await?;
    Ok(())
}

/// Writes things as they lie on their shelves.
pub(crate) async fn write_things<'k>(conn: &mut AnyConnection, state: &State, keys: impl Iterator<Item = &'k Key>) -> Result<(), Trouble> {
    let (mut things, mut items) = (Vec::new(), Vec::new());
    for key in keys {
        let Some(Kept { thing, item }) = thing::kept(state, key)? else { continue };
        things.push(thing);
        items.push(item);
    }
    sql::insert(conn, THING, things, THING_TAIL).await?;
    sql::insert(conn, ITEM, items, ITEM_TAIL).await?;
    Ok(())
}

/// Things that did not exist before these records: nobody was waited for by them yet.
fn made(records: &[Record]) -> BTreeSet<Key> {
    let made = records.iter().filter_map(|record| match &record.fact {
        Fact::PermitApplied { permit } => Some(Key::Permit(permit.id.clone())),
        Fact::IncidentReported { incident } => Some(Key::Incident(incident.id.clone())),
        Fact::EmergencyReported { task, .. } => Some(Key::Task(task.id.clone())),
        _ => None,
    });
    made.collect()
}

/// Writes anew who is waited for by things that lie on their shelves.
pub(crate) async fn write_waiting(
    conn: &mut AnyConnection,
    state: &State,
    book: Option<&Rulebook>,
    records: &[Record],
    keys: &[&Key],
) -> Result<(), Trouble> {
    let fresh = made(records);
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in keys.iter().filter(|key| matches!(key, Key::Permit(_) | Key::Task(_) | Key::Incident(_)) && !fresh.contains(**key)) {
        let (kind, id) = thing::place(key);
        ids.entry(kind).or_default().push(id);
    }
    for (kind, ids) in &ids {
        for ids in ids.chunks(128) {
            let mut stale = Where::default();
            let (list, cells) = sql::list(ids);
            stale.equals("kind", kind).and(&format!("id IN {list}"), cells);
            sql::execute(conn, format!("DELETE FROM waiting{}", stale.sql()), stale.cells).await?;
        }
    }
    let rows = keys.iter().flat_map(|key| wait::rows(state, book, key)).collect();
    sql::insert(conn, WAITING, rows, "").await?;
    Ok(())
}

/// Writes anew who is waited for by everything that is open: people or the book in force changed.
pub(crate) async fn write_all_waiting(conn: &mut AnyConnection, state: &State, book: Option<&Rulebook>) -> Result<(), Trouble> {
    let open = "SELECT t.kind, t.id, t.body FROM item i JOIN thing t ON t.kind = i.kind AND t.id = i.id WHERE i.kind = $1 \
         AND i.stage IN ('applied', 'sent', 'approved', 'out', 'open') ORDER BY t.id";
    sql::execute(conn, "DELETE FROM waiting", Vec::new()).await?;
    let mut seen = State { office: state.office.clone(), people: state.people.clone(), ..State::default() };
    for kind in ["permit", "task", "incident"] {
        let mut rows = Vec::new();
        for row in sql::fetch(conn, open, vec![kind.into()]).await? {
            let Some(key) = thing::key(row.try_get(0)?, row.try_get(1)?) else { continue };
            put(&mut seen, &key, Some(row.try_get(2)?))?;
            rows.extend(wait::rows(&seen, book, &key));
            forget(&mut seen);
        }
        sql::insert(conn, WAITING, rows, "").await?;
    }
    Ok(())
}

/// The office in parts: kind, id and JSON. Accounts and people are one part each, so that a sign-in writes one row.
fn parts(state: &State) -> Result<BTreeMap<(&'static str, String), String>, serde_json::Error> {
    let office = &state.office;
    let rest = Office {
        name: office.name.clone(),
        units: BTreeMap::new(),
        delegations: office.delegations.clone(),
        accounts: BTreeMap::new(),
        rulebooks: BTreeMap::new(),
        versions: office.versions,
        counters: office.counters.clone(),
        scheduled: office.scheduled.clone(),
    };
    let mut parts = BTreeMap::from([(("office", String::new()), serde_json::to_string(&rest)?)]);
    for (id, unit) in &office.units {
        parts.insert(("unit", id.clone()), serde_json::to_string(unit)?);
    }
    for (id, account) in &office.accounts {
        parts.insert(("account", id.clone()), serde_json::to_string(account)?);
    }
    for (version, book) in &office.rulebooks {
        parts.insert(("rulebook", version.to_string()), serde_json::to_string(book)?);
    }
    for person in state.people.iter() {
        parts.insert(("person", person.id.clone()), serde_json::to_string(person)?);
    }
    Ok(parts)
}

/// Only the entries of a map that differ from those of another.
fn changed<K: Ord + Clone, V: PartialEq + Clone>(now: &BTreeMap<K, V>, before: &BTreeMap<K, V>) -> BTreeMap<K, V> {
    now.iter().filter(|(key, value)| before.get(*key) != Some(*value)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What of the office a batch may have changed.
#[derive(Default)]
struct Moved<'r> {
    /// Accounts that were signed in to or changed.
    accounts: Vec<&'r str>,
    /// Whether anything else than accounts, counters, delegations and schedules changed.
    rest: bool,
}

impl<'r> Moved<'r> {
    fn by(records: &'r [Record]) -> Self {
        let mut moved = Self::default();
        for record in records {
            match &record.fact {
                Fact::AccountOpened { person, .. }
                | Fact::AccountClosed { person }
                | Fact::PasswordSet { person, .. }
                | Fact::SecondFactorSet { person, .. }
                | Fact::SignedIn { person }
                | Fact::SignInFailed { person, .. } => moved.accounts.push(person),
                Fact::PermitApplied { .. } | Fact::RowAdded { .. } | Fact::IncidentReported { .. } | Fact::EmergencyReported { .. } => {}
                _ => moved.rest = true,
            }
        }
        moved
    }
}

/// Writes those parts of the office that differ from what was committed last. Nothing but a rulebook is ever removed from it.
pub(crate) async fn write_office(
    conn: &mut AnyConnection,
    state: &State,
    before: &State,
    records: &[Record],
    people: &[&str],
) -> Result<(), Trouble> {
    let moved = Moved::by(records);
    let (now, old) = (&state.office, &before.office);
    let accounts = if moved.rest {
        changed(&now.accounts, &old.accounts)
    } else {
        moved.accounts.iter().filter_map(|id| Some(((*id).to_owned(), now.accounts.get(*id)?.clone()))).collect()
    };
    let differing = State {
        office: Office {
            name: now.name.clone(),
            units: if moved.rest { changed(&now.units, &old.units) } else { BTreeMap::new() },
            delegations: now.delegations.clone(),
            accounts,
            rulebooks: if moved.rest { changed(&now.rulebooks, &old.rulebooks) } else { BTreeMap::new() },
            versions: now.versions,
            counters: now.counters.clone(),
            scheduled: now.scheduled.clone(),
        },
        people: people.iter().filter_map(|id| state.people.get(id)).cloned().collect(),
        ..State::default()
    };
    for version in old.rulebooks.keys().filter(|version| !now.rulebooks.contains_key(version)) {
        let gone = vec!["rulebook".into(), version.to_string().into()];
        sql::execute(conn, "DELETE FROM thing WHERE kind = $1 AND id = $2", gone).await?;
    }
    write_whole_office(conn, &differing).await
}

/// Writes all parts of the office.
pub(crate) async fn write_whole_office(conn: &mut AnyConnection, state: &State) -> Result<(), Trouble> {
    let rows = parts(state)?.into_iter().map(|((kind, id), body)| [kind.into(), id.into(), body.into()]).collect();
    sql::insert(conn, THING, rows, THING_TAIL).await?;
    Ok(())
}

/// Reads the office and its people; the shelves stay empty.
pub(crate) async fn read_office(conn: &mut AnyConnection) -> Result<State, Trouble> {
    let mut state = State::default();
    let mut units = BTreeMap::new();
    let mut accounts = BTreeMap::new();
    let mut rulebooks = BTreeMap::new();
    let mut people: Vec<Person> = Vec::new();
    for row in sql::fetch(conn, format!("SELECT kind, id, body FROM thing WHERE kind IN ({OFFICE})"), Vec::new()).await? {
        let (kind, id, body): (&str, String, &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        match kind {
            "office" => state.office = serde_json::from_str(body)?,
            "unit" => drop(units.insert(id, serde_json::from_str::<Unit>(body)?)),
            "account" => drop(accounts.insert(id, serde_json::from_str::<Account>(body)?)),
            "rulebook" => drop(rulebooks.insert(id.parse().unwrap_or(0), serde_json::from_str::<Rulebook>(body)?)),
            _ => people.push(serde_json::from_str(body)?),
        }
    }
    (state.office.units, state.office.accounts, state.office.rulebooks) = (units, accounts, rulebooks);
    state.people = people.into_iter().collect();
    Ok(state)
}

/// Reads one thing.
pub(crate) async fn read<T: DeserializeOwned>(conn: &mut AnyConnection, key: &Key) -> Result<Option<T>, Trouble> {
    let (kind, id) = thing::place(key);
    let body = sql::text(conn, "SELECT body FROM thing WHERE kind = $1 AND id = $2", vec![kind.into(), id.into()]).await?;
    Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
}

/// Reads a thing onto its shelf, or notes there that there is none.
pub(crate) async fn load(conn: &mut AnyConnection, state: &mut State, key: &Key) -> Result<(), Trouble> {
    let (kind, id) = thing::place(key);
    let body = sql::text(conn, "SELECT body FROM thing WHERE kind = $1 AND id = $2", vec![kind.into(), id.into()]).await?;
    put(state, key, body.as_deref())
}

fn put(state: &mut State, key: &Key, body: Option<&str>) -> Result<(), Trouble> {
    fn parsed<T: DeserializeOwned>(body: Option<&str>) -> Result<Option<T>, serde_json::Error> {
        body.map(serde_json::from_str).transpose()
    }
    match key {
        Key::Permit(_) => state.permits.put(key.clone(), parsed(body)?),
        Key::Row(..) => state.rows.put(key.clone(), parsed(body)?),
        Key::Task(_) => state.tasks.put(key.clone(), parsed(body)?),
        Key::Incident(_) => state.incidents.put(key.clone(), parsed(body)?),
        Key::Version(_) => state.versions.put(key.clone(), parsed(body)?),
        Key::Norm(_) | Key::Person(_) | Key::Office => {}
    }
    Ok(())
}

/// Whether it is known of a thing that it is there or that it is not.
pub(crate) fn known(state: &State, key: &Key) -> bool {
    match key {
        Key::Permit(_) => state.permits.get(key).is_ok(),
        Key::Row(..) => state.rows.get(key).is_ok(),
        Key::Task(_) => state.tasks.get(key).is_ok(),
        Key::Incident(_) => state.incidents.get(key).is_ok(),
        Key::Version(_) => state.versions.get(key).is_ok(),
        Key::Norm(_) | Key::Person(_) | Key::Office => true,
    }
}

/// Clears the shelves.
pub(crate) fn forget(state: &mut State) {
    state.permits.clear();
    state.rows.clear();
    state.tasks.clear();
    state.incidents.clear();
    state.versions.clear();
}

/// A record as the payload of an entry.
pub(crate) fn payload(record: &impl Serialize) -> Result<Vec<u8>, Trouble> {
    Ok(serde_json::to_vec(record)?)
}
