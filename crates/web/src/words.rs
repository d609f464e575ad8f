//! Words and badges that many pages share: stages, dates, due days, names.

use jiff::civil::Date;
use office::{
    calendar::{self, Moment},
    permit::Stage,
    rulebook::Rulebook,
};
use registry::Snapshot;

use crate::html::Html;

/// A stage as a badge.
#[must_use]
pub fn stage(stage: Stage) -> Html {
    let kind = match stage {
        Stage::Applied => "wait",
        Stage::Sent => "back",
        Stage::Approved => "good",
        Stage::Out => "warn",
        Stage::Refused | Stage::Revoked => "late",
        Stage::Closed | Stage::Withdrawn | Stage::Expired => "done",
    };
    Html::badge(kind, stage.word())
}

/// A date in 和暦 with its weekday: `令和8年11月21日（土）`.
#[must_use]
pub fn date(date: Date) -> String {
    let weekday = match date.weekday() {
        jiff::civil::Weekday::Monday => '月',
        jiff::civil::Weekday::Tuesday => '火',
        jiff::civil::Weekday::Wednesday => '水',
        jiff::civil::Weekday::Thursday => '木',
        jiff::civil::Weekday::Friday => '金',
        jiff::civil::Weekday::Saturday => '土',
        jiff::civil::Weekday::Sunday => '日',
    };
    format!("{}（{weekday}）", calendar::wareki(date))
}

/// A date as typed in a form, in 和暦 if it is one.
#[must_use]
pub fn typed_date(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), date)
}

/// A period in words, empty if there is none.
#[must_use]
pub fn period(since: Option<Date>, until: Option<Date>) -> String {
    match (since, until) {
        (Some(since), Some(until)) if since == until => date(since),
        (Some(since), Some(until)) => format!("{}から{}まで", date(since), date(until)),
        (Some(since), None) => format!("{}から", date(since)),
        (None, Some(until)) => format!("{}まで", date(until)),
        (None, None) => String::new(),
    }
}

/// A period without weekdays, for lists: `令和8年11月21日〜令和8年11月27日`; a line may break after the 〜.
#[must_use]
pub fn period_short(since: Option<Date>, until: Option<Date>) -> String {
    let day = |day: Option<Date>| day.map(calendar::wareki).unwrap_or_default();
    if since.is_none() && until.is_none() { String::new() } else { format!("{}〜\u{200b}{}", day(since), day(until)) }
}

/// How far a day is: `今日`, `あと3日`, `2日超過`.
#[must_use]
pub fn distance(day: Date, today: Date) -> String {
    match day.since(today).map_or(0, |span| span.get_days()) {
        0 => "今日".to_owned(),
        1 => "明日".to_owned(),
        days if days > 1 => format!("あと{days}日"),
        days => format!("{}日超過", -days),
    }
}

/// A length of time in words: `3時間20分`.
#[must_use]
pub fn length(from: Moment, to: Moment) -> String {
    let minutes = (to.0 - from.0).abs() / 60_000_000;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes}分"),
        (0, hours, minutes) => format!("{hours}時間{minutes}分"),
        (days, hours, _) => format!("{days}日{hours}時間"),
    }
}

/// The name of whoever acted.
#[must_use]
pub fn actor(snapshot: &Snapshot, by: &str) -> String {
    match by {
        "system" => "システム（期日による処理）".to_owned(),
        "console" => "管理用コマンド".to_owned(),
        person => snapshot.name(person).to_owned(),
    }
}

/// Names of roles, joined: `情報セキュリティ責任者又はCISO`.
#[must_use]
pub fn roles(rulebook: Option<&Rulebook>, ids: &[String], joint: &str) -> String {
    ids.iter().map(|id| rulebook.map_or(id.as_str(), |book| book.role_name(id))).collect::<Vec<_>>().join(joint)
}

/// The moment a form's `datetime-local` means, in Japan.
#[must_use]
pub fn typed_moment(text: &str) -> Option<Moment> {
    let typed: jiff::civil::DateTime = text.parse().ok()?;
    let seconds = i64::from(typed.hour()) * 3600 + i64::from(typed.minute()) * 60;
    Some(Moment::start_of(typed.date()).plus_seconds(seconds))
}

/// A moment as `datetime-local` wants it.
#[must_use]
pub fn moment_value(moment: Moment) -> String {
    let (hour, minute) = moment.time();
    format!("{}T{hour:02}:{minute:02}", moment.date())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    #[test]
    fn days_are_told_as_people_do() {
        assert_eq!(date(day(2026, 11, 21)), "令和8年11月21日（土）");
        assert_eq!(distance(day(2026, 11, 24), day(2026, 11, 21)), "あと3日");
        assert_eq!(distance(day(2026, 10, 31), day(2026, 11, 2)), "2日超過");
        assert_eq!(distance(day(2027, 2, 1), day(2026, 11, 21)), "あと72日");
    }

    #[test]
    fn a_typed_moment_is_japanese() {
        let moment = typed_moment("2026-11-21T09:30").unwrap();
        assert_eq!(moment_value(moment), "2026-11-21T09:30");
        assert_eq!(typed_moment("きのう"), None);
    }
}
