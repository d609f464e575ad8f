//! Duties at the door: scheduled for a fiscal year, reminded, done with evidence.

use std::collections::BTreeMap;

use policy::model::Holder;

use super::{Decision, Door, found};
use crate::{
    act::{Act, Actor},
    calendar,
    record::{Fact, Record},
    refusal::Refusal,
    role,
    rulebook::{Duty, Rulebook},
    rules::Facts,
    state::Key,
    task::Task,
};

impl Door<'_> {
    pub(super) fn task(&self, act: &Act) -> Decision {
        match act {
            Act::ScheduleTasks { year } => self.schedule(*year),
            Act::RemindTask { id } => {
                let task = self.task_of(id)?;
                if task.done_at.is_some() || *self.actor != Actor::System {
                    return Err(Refusal::input("この業務は、督促の対象ではありません。", "一覧で状態を確かめてください。").into());
                }
                Ok(vec![self.record(Some(task.cite.clone()), Fact::TaskReminded { id: id.clone() })])
            }
            Act::CompleteTask { id, note, evidence } => {
                let task = self.task_of(id)?;
                let book = self.require_book()?;
                let person = self.person()?;
                let held = role::held(self.state, book, &person.id, self.now.date());
                let by = held.iter().find(|held| {
                    task.roles.contains(&held.role) && (task.unit.is_empty() || held.seat == task.unit || held.seat.is_empty())
                });
                let mut facts = Facts::default();
                facts
                    .note("actor-not-task-holder", by.is_none())
                    .note("task-completed", task.done_at.is_some())
                    .note("evidence-missing", evidence.is_empty() && note.trim().is_empty());
                self.ask(
                    "task.complete",
                    &facts,
                    |helper| if helper == "step-holder" { self.task_holders(book, task) } else { Vec::new() },
                )?;
                let fact = Fact::TaskDone { id: id.clone(), note: note.trim().to_owned(), evidence: evidence.clone() };
                Ok(vec![Record { on_behalf: by.and_then(|held| held.on_behalf.clone()), ..self.record(Some(task.cite.clone()), fact) }])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn task_of(&self, id: &str) -> Result<&Task, crate::refusal::Stop> {
        Ok(found(self.state.tasks.get(&Key::Task(id.to_owned()))?, "定期業務", id)?)
    }

    fn task_holders(&self, book: &Rulebook, task: &Task) -> Vec<String> {
        let roles = task.roles.iter().filter_map(|id| book.role(id));
        roles.flat_map(|role| role::holders(self.state, role, &task.unit)).map(role::shown).collect()
    }

    fn schedule(&self, year: i16) -> Decision {
        let book = self.require_book()?;
        if *self.actor != Actor::System && !self.administers() {
            return Err(Refusal::input("定期業務の割付けは、管理者が行います。", "管理者に頼んでください。").into());
        }
        if self.state.office.scheduled.contains(&(year, book.version)) {
            return Err(Refusal::input("この年度の定期業務は、割付け済みです。", "定期業務の一覧をご覧ください。").into());
        }
        let mut tasks = Vec::new();
        for (number, duty) in book.duties.iter().enumerate().filter(|(_, duty)| duty.months > 0) {
            for (seat_number, (roles, seat)) in self.seats_of(book, duty).into_iter().enumerate() {
                for due in dues(year, duty.months).into_iter().filter(|due| *due >= self.now.date().max(book.effective)) {
                    tasks.push(Task {
                        id: format!("{year}-{}-{:03}-{:03}-{:02}", book.version, number + 1, seat_number + 1, due.month()),
                        year,
                        duty: duty.key.clone(),
                        title: duty.what.clone(),
                        roles: roles.clone(),
                        unit: seat.clone(),
                        due,
                        done_at: None,
                        done_by: None,
                        note: String::new(),
                        evidence: Vec::new(),
                        reminders: 0,
                        cite: duty.cite.clone(),
                    });
                }
            }
        }
        Ok(vec![self.record(None, Fact::TasksScheduled { year, version: book.version, tasks })])
    }

    /// Who does a duty: roles and seat, one entry for each task. What everybody must do is the
    /// business of the section heads; what nobody is named for falls to the role at the top.
    fn seats_of(&self, book: &Rulebook, duty: &Duty) -> Vec<(Vec<String>, String)> {
        let named: Vec<_> = duty.who.iter().filter_map(|id| book.role(id)).collect();
        let everyone = named.iter().any(|role| role.kind == Holder::Everyone);
        let lowest = book.roles.iter().rev().find(|role| role.kind == Holder::Unit);
        let roles: Vec<_> = match (everyone, lowest) {
            (true, Some(head)) => vec![head],
            _ => named.into_iter().filter(|role| role.kind != Holder::Everyone).collect(),
        };
        let mut seats: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for role in roles {
            for seat in role::all_seats(self.state, role) {
                seats.entry(seat).or_default().push(role.id.clone());
            }
        }
        if seats.is_empty()
            && let Some(top) = role::top(book)
        {
            seats.insert(String::new(), vec![top.id.clone()]);
        }
        seats.into_iter().map(|(seat, roles)| (roles, seat)).collect()
    }
}

/// The days in a fiscal year on which something due every so many months is due: month ends, the last in March.
fn dues(year: i16, months: u32) -> Vec<jiff::civil::Date> {
    let start = calendar::fiscal_year_start(year);
    (1..=12_u32)
        .filter(|month| (12 - month) % months.clamp(1, 12) == 0)
        .map(|month| calendar::end_of_month_after(start, month - 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::dues;
    use jiff::civil::date;

    #[test]
    fn what_is_due_every_half_year_is_due_in_september_and_march() {
        assert_eq!(dues(2026, 6), [date(2026, 9, 30), date(2027, 3, 31)]);
        assert_eq!(dues(2026, 12), [date(2027, 3, 31)]);
        assert_eq!(dues(2026, 1).len(), 12);
        assert_eq!(dues(2026, 24), [date(2027, 3, 31)]);
    }
}
