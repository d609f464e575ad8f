//! What somebody must do today, what they asked for, and what is overdue.

use office::{calendar::Moment, incident::Incident, permit::Permit, task::Task};

use crate::{Registry, Trouble};

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

impl Registry {
    /// The desk of a person, in a fixed number of statements.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn inbox(&self, _person: &str, _now: Moment) -> Result<Inbox, Trouble> {
        Err(Trouble::closed())
    }
}
