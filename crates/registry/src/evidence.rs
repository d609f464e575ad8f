//! Evidence of the coverage: the newest record of each mechanism, kept small so that a page reads it at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::civil::Date;
use office::{
    calendar::{Moment, fiscal_year, fiscal_year_end, plus_days},
    coverage::{Answer, Found, Note, Told},
};
use sqlx::{AnyConnection, Row};

use crate::{
    Registry, Trouble,
    sql::{self, Cell},
};

const EVIDENCE: &str = "INSERT INTO evidence (what, seat, year, idx, at, answer, until) VALUES";
const EVIDENCE_TAIL: &str = "ON CONFLICT (what, seat, year) DO UPDATE SET idx = excluded.idx, at = excluded.at, \
     answer = excluded.answer, until = excluded.until";
const COLUMNS: &str = "SELECT what, seat, idx, at, answer, until FROM evidence";

/// Stands for a day that never comes.
const FOREVER: &str = "";

/// What records are evidence of, by key, seat and fiscal year: one row each.
#[derive(Default)]
pub(crate) struct Gathered(BTreeMap<(String, String, i16), Note>);

impl Gathered {
    /// Adds what a record is evidence of; it is newer than all added before.
    pub(crate) fn add(&mut self, told: Vec<Told>, index: u64, at: Moment) {
        let year = fiscal_year(at.date());
        for told in told {
            self.0.insert((told.key, told.seat, year), Note { index, at, answer: told.answer, until: told.until });
        }
    }

    /// Writes it.
    pub(crate) async fn write(self, conn: &mut AnyConnection) -> Result<(), Trouble> {
        let rows = self.0.into_iter().map(|((what, seat, year), note)| -> [Cell; 7] {
            [
                what.into(),
                seat.into(),
                i64::from(year).into(),
                i64::try_from(note.index).unwrap_or(i64::MAX).into(),
                note.at.0.into(),
                answer_code(note.answer).into(),
                note.until.map_or_else(|| FOREVER.to_owned(), |until| until.to_string()).into(),
            ]
        });
        Ok(sql::insert(conn, EVIDENCE, rows.collect(), EVIDENCE_TAIL).await?)
    }
}

const fn answer_code(answer: Option<Answer>) -> &'static str {
    match answer {
        None => "",
        Some(Answer::Yes) => "yes",
        Some(Answer::No) => "no",
        Some(Answer::None) => "none",
    }
}

fn answer(code: &str) -> Option<Answer> {
    match code {
        "yes" => Some(Answer::Yes),
        "no" => Some(Answer::No),
        "none" => Some(Answer::None),
        _ => None,
    }
}

/// Notes rows in a collection; of one key and seat the newest counts.
fn note(found: &mut Found, row: &sqlx::any::AnyRow) -> Result<(), Trouble> {
    let (what, seat): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let index = u64::try_from(row.try_get::<i64, _>(2)?).unwrap_or(0);
    let note = Note { index, at: Moment(row.try_get(3)?), answer: answer(row.try_get(4)?), until: row.try_get::<&str, _>(5)?.parse().ok() };
    let known = found.notes.entry(what).or_default().entry(seat).or_insert(note);
    if known.index <= index {
        *known = note;
    }
    Ok(())
}

/// Duties with a task whose day had passed on a date: not done then, or not done at all.
async fn overdue(conn: &mut AnyConnection, on: Date) -> Result<BTreeSet<String>, Trouble> {
    let (start, end) = (Moment::start_of(on).0, Moment::start_of(plus_days(on, 1)).0);
    let text = "SELECT DISTINCT shelf FROM item WHERE kind = 'task' AND due < $1 AND (stage = 'open' OR changed >= $2)";
    let rows = sql::fetch(conn, text, vec![start.into(), end.into()]).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// Duties with a task that is open today though its day has passed.
async fn overdue_now(conn: &mut AnyConnection, today: Date) -> Result<BTreeSet<String>, Trouble> {
    let text = "SELECT DISTINCT shelf FROM item WHERE kind = 'task' AND stage = 'open' AND due < $1";
    let rows = sql::fetch(conn, text, vec![Moment::start_of(today).0.into()]).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// The newest evidence as last read, and how many records the ledger held then.
#[derive(Clone)]
struct Read {
    size: u64,
    on: Date,
    found: Arc<Found>,
}

/// Keeps what was read, so that the next page reads only what is new.
#[derive(Default)]
pub(crate) struct Memory {
    /// Raised whenever records may have lost their payload: what was read before is worth nothing.
    read: Mutex<(u64, Option<Read>)>,
}

impl Memory {
    /// Forgets everything, also what is being read at this moment.
    pub(crate) fn forget(&self) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        *read = (read.0 + 1, None);
    }

    fn get(&self) -> (u64, Option<Read>) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, age: u64, new: Read) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.0 == age && read.1.as_ref().is_none_or(|old| old.size <= new.size) {
            read.1 = Some(new);
        }
    }
}

impl Registry {
    /// The newest evidence of every mechanism and attested norm. Reads only what was recorded since it was last asked.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn evidence(&self) -> Result<Arc<Found>, Trouble> {
        let (size, today) = (self.size(), self.now().date());
        let (age, read) = self.shared().evidence.get();
        if let Some(read) = read.as_ref().filter(|read| (read.size, read.on) == (size, today)) {
            return Ok(Arc::clone(&read.found));
        }
        let (since, mut found) = read.map_or_else(|| (0, Found::default()), |read| (read.size, (*read.found).clone()));
        let mut conn = self.shared().connection().await?;
        let text = format!("{COLUMNS} WHERE idx >= $1");
        for row in sql::fetch(&mut conn, text, vec![i64::try_from(since).unwrap_or(i64::MAX).into()]).await? {
            note(&mut found, &row)?;
        }
        found.overdue = overdue_now(&mut conn, today).await?;
        let found = Arc::new(found);
        self.shared().evidence.keep(age, Read { size, on: today, found: Arc::clone(&found) });
        Ok(found)
    }

    /// The newest evidence there was at the end of a fiscal year.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn evidence_at_end_of(&self, year: i16) -> Result<Found, Trouble> {
        let mut conn = self.shared().connection().await?;
        let mut found = Found::default();
        for row in sql::fetch(&mut conn, format!("{COLUMNS} WHERE year <= $1"), vec![i64::from(year).into()]).await? {
            note(&mut found, &row)?;
        }
        found.overdue = overdue(&mut conn, fiscal_year_end(year)).await?;
        Ok(found)
    }
}
