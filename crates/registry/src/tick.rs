//! The passing of time: permits expire, tasks fall due, a fiscal year begins.

use jiff::civil::Date;
use office::{
    act::{Act, Actor},
    calendar::{self, Moment},
};
use sqlx::Row;

use crate::{Registry, SubmitError, Trouble, session::SessionWrite, sql, thing};

/// What the passing of time did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Permits that expired.
    pub expired: u32,
    /// Tasks whose holders were reminded.
    pub reminded: u32,
    /// Fiscal years whose tasks were scheduled.
    pub scheduled: u32,
}

/// Things that one tick takes of each kind; the next takes the rest.
const PORTION: i64 = 1_000;

impl Registry {
    /// Does what time demands, by the registry's clock. Doing it twice does no more than once.
    ///
    /// # Errors
    /// [`SubmitError::Unavailable`] if the store fails; what was done until then stays.
    pub async fn tick(&self) -> Result<Ticked, SubmitError> {
        let mut ticked = Ticked::default();
        let now = self.now();
        let today = now.date();
        self.write_session(SessionWrite::Sweep(now)).await?;
        let snapshot = self.snapshot();
        if let Some(book) = snapshot.rulebook(today) {
            let year = calendar::fiscal_year(today);
            // A year that begins under another version gets the tasks of that version, when it begins.
            let stays = |year: &i16| snapshot.rulebook(calendar::fiscal_year_start(*year)).is_some_and(|next| next.version == book.version);
            let next = (today.month() == 3).then_some(year.saturating_add(1)).filter(stays);
            for year in std::iter::once(year).chain(next).filter(|year| !snapshot.office.scheduled.contains(&(*year, book.version))) {
                ticked.scheduled += self.pass(Act::ScheduleTasks { year }).await?;
            }
        }
        for id in self.over(now).await? {
            ticked.expired += self.pass(Act::ExpirePermit { id }).await?;
        }
        for id in self.to_remind(now).await? {
            ticked.reminded += self.pass(Act::RemindTask { id }).await?;
        }
        Ok(ticked)
    }

    /// Submits an act of time; a refusal means that it was done meanwhile.
    async fn pass(&self, act: Act) -> Result<u32, SubmitError> {
        match self.submit(Actor::System, act).await {
            Ok(_) => Ok(1),
            Err(SubmitError::Refused(refusal)) => {
                tracing::debug!(says = refusal.says, "an act of time was refused");
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }

    /// Permits whose period is over while nothing is out.
    async fn over(&self, now: Moment) -> Result<Vec<String>, Trouble> {
        let text = format!(
            "SELECT id FROM item WHERE kind = 'permit' AND stage IN ('applied', 'sent', 'approved') AND due < $1 ORDER BY id LIMIT {PORTION}"
        );
        let rows = sql::fetch(&mut *self.shared().connection().await?, text, vec![now.0.into()]).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// Open tasks whose holders were not reminded since the last day that asks for it.
    async fn to_remind(&self, now: Moment) -> Result<Vec<String>, Trouble> {
        let soon = thing::end_of(Some(calendar::plus_days(now.date(), AHEAD)));
        let text = "SELECT i.id, i.due, COALESCE((SELECT MAX(r.at) FROM subject s JOIN record r ON r.idx = s.idx \
             WHERE s.kind = 'task' AND s.id = i.id AND r.kind = 'task-reminded'), 0) \
             FROM item i WHERE i.kind = 'task' AND i.stage = 'open' AND i.due <= $1 ORDER BY i.due, i.id";
        let mut ids = Vec::new();
        for row in sql::fetch(&mut *self.shared().connection().await?, text, vec![soon.into()]).await? {
            let (due, last): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
            if reminder_day(Moment(due).date(), now.date()).is_some_and(|day| last < Moment::start_of(day).0) {
                ids.push(row.try_get(0)?);
            }
        }
        Ok(ids)
    }
}

/// Days before the due date on which holders are reminded first.
const AHEAD: i32 = 7;

/// The last day, up to today, on which the holders of a task are to be reminded: a week before it is
/// due, the day after it was due, and every week from then on.
fn reminder_day(due: Date, today: Date) -> Option<Date> {
    let late = today.since(due).map_or(0, |span| span.get_days());
    match late {
        1.. => Some(calendar::plus_days(due, 1 + (late - 1) / 7 * 7)),
        _ if late >= -AHEAD => Some(calendar::plus_days(due, -AHEAD)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn holders_are_reminded_a_week_before_the_day_after_and_weekly() {
        let due = date(2026, 9, 30);
        assert_eq!(reminder_day(due, date(2026, 9, 22)), None);
        assert_eq!(reminder_day(due, date(2026, 9, 23)), Some(date(2026, 9, 23)));
        assert_eq!(reminder_day(due, date(2026, 9, 30)), Some(date(2026, 9, 23)));
        assert_eq!(reminder_day(due, date(2026, 10, 1)), Some(date(2026, 10, 1)));
        assert_eq!(reminder_day(due, date(2026, 10, 7)), Some(date(2026, 10, 1)));
        assert_eq!(reminder_day(due, date(2026, 10, 8)), Some(date(2026, 10, 8)));
        assert_eq!(reminder_day(due, date(2027, 9, 30)), Some(date(2027, 9, 30)));
    }
}
