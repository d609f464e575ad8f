//! What somebody must do today, what they asked for, and what is overdue.

use std::collections::{BTreeMap, BTreeSet};

use office::{calendar::Moment, incident::Incident, permit::Permit, task::Task};
use serde::de::DeserializeOwned;
use sqlx::{AnyConnection, Row};

use crate::{
    Registry, Trouble,
    schema::NEVER,
    sql::{self, Where},
    wait,
};

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A decision on an application (決裁).
    Decide,
    /// A correction by the applicant (差戻し対応).
    Correct,
    /// Handing the thing over (引渡し).
    HandOver,
    /// Confirming the return (返却確認).
    ConfirmReturn,
    /// A task (定期業務).
    Task,
    /// A step of an incident's route (報告).
    Step,
}

impl What {
    /// All there are, with the word used in storage.
    const ALL: [(Self, &str); 6] = [
        (Self::Decide, "decide"),
        (Self::Correct, "correct"),
        (Self::HandOver, "hand-over"),
        (Self::ConfirmReturn, "confirm-return"),
        (Self::Task, "task"),
        (Self::Step, "step"),
    ];

    /// The word used in storage.
    pub(crate) fn code(self) -> &'static str {
        Self::ALL.iter().find(|(what, _)| *what == self).map_or("", |(_, code)| code)
    }

    /// What a stored word means.
    fn of(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(what, _)| *what)
    }
}

/// Something that waits for somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting<T> {
    /// What is waited for.
    pub what: What,
    /// The thing.
    pub thing: T,
    /// When it should be done, if it has a date.
    pub due: Option<Moment>,
    /// Whether that has passed.
    pub overdue: bool,
}

/// The desk of a person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inbox {
    /// Permits to decide, correct, hand over or confirm, most urgent first.
    pub permits: Vec<Waiting<Permit>>,
    /// Tasks open for the person's roles, most urgent first.
    pub tasks: Vec<Waiting<Task>>,
    /// Incidents with a step of the route to be done by the person's roles.
    pub incidents: Vec<Waiting<Incident>>,
    /// The person's own applications that are under way, last first.
    pub own: Vec<Permit>,
    /// How much waits in all; the lists hold the 50 most urgent of each.
    pub waiting: u64,
    /// How much of it is overdue.
    pub overdue: u64,
}

/// Things of each kind that a desk shows.
const SHOWN: usize = 50;

/// Waiting things that are counted; beyond it the counts stay there.
const COUNTED: usize = 2_000;

impl Registry {
    /// The desk of a person, in at most five statements.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn inbox(&self, person: &str, now: Moment) -> Result<Inbox, Trouble> {
        let (list, tokens) = sql::list(&wait::tokens_of(&self.snapshot(), person, now.date()));
        let mut filter = Where::default();
        filter.and(&format!("w.token IN {list}"), tokens).and("w.barred <> ?", [person.into()]);
        let text = format!("SELECT w.kind, w.id, w.what, w.due FROM waiting w{} ORDER BY w.due, w.id LIMIT {COUNTED}", filter.sql());
        let mut conn = self.shared().connection().await?;
        let mut inbox = Inbox::default();
        let (mut waiting, mut seen) = (Vec::new(), BTreeSet::new());
        for row in sql::fetch(&mut conn, text, filter.cells).await? {
            let due: i64 = row.try_get(3)?;
            let Some(what) = What::of(row.try_get(2)?) else { continue };
            let (kind, id): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            // Somebody may be waited for in several roles.
            if !seen.insert((kind.clone(), id.clone(), what)) {
                continue;
            }
            inbox.waiting += 1;
            inbox.overdue += u64::from(due < now.0);
            waiting.push(Line { kind, id, what, due, overdue: due < now.0 });
        }
        inbox.permits = shown(&mut conn, &waiting, "permit").await?;
        inbox.tasks = shown(&mut conn, &waiting, "task").await?;
        inbox.incidents = shown(&mut conn, &waiting, "incident").await?;
        // Found by owner: what is done to stage and change keeps the database from walking longer indexes.
        let own = format!(
            "SELECT t.body FROM (SELECT i.kind, i.id, i.changed FROM item i WHERE i.kind = 'permit' AND i.owner = $1 \
             AND i.stage || '' IN ('applied', 'sent', 'approved', 'out') ORDER BY i.changed + 0 DESC, i.id DESC LIMIT {SHOWN}) i \
             JOIN thing t ON t.kind = i.kind AND t.id = i.id ORDER BY i.changed DESC, i.id DESC"
        );
        for row in sql::fetch(&mut conn, own, vec![person.into()]).await? {
            inbox.own.push(serde_json::from_str(row.try_get(0)?)?);
        }
        Ok(inbox)
    }
}

/// A row of `waiting`.
struct Line {
    kind: String,
    id: String,
    what: What,
    due: i64,
    overdue: bool,
}

/// The most urgent things of a kind, whole.
async fn shown<T: DeserializeOwned + Clone>(conn: &mut AnyConnection, waiting: &[Line], kind: &str) -> Result<Vec<Waiting<T>>, Trouble> {
    let lines: Vec<&Line> = waiting.iter().filter(|line| line.kind == kind).take(SHOWN).collect();
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let (list, ids) = sql::list(&lines.iter().map(|line| line.id.clone()).collect::<Vec<_>>());
    let mut filter = Where::default();
    filter.equals("t.kind", kind).and(&format!("t.id IN {list}"), ids);
    let mut things: BTreeMap<String, T> = BTreeMap::new();
    for row in sql::fetch(conn, format!("SELECT t.id, t.body FROM thing t{}", filter.sql()), filter.cells).await? {
        things.insert(row.try_get(0)?, serde_json::from_str(row.try_get(1)?)?);
    }
    let found = lines.into_iter().filter_map(|line| {
        let due = (line.due != NEVER).then_some(Moment(line.due));
        Some(Waiting { what: line.what, thing: things.get(&line.id)?.clone(), due, overdue: line.overdue })
    });
    Ok(found.collect())
}
