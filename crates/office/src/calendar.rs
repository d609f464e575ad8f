//! Moments, dates in the Japanese calendar (和暦) and fiscal years (年度).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A moment in microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
/// Japan has no summer time: always nine hours ahead of UTC.
const JAPAN_AHEAD: i64 = 9 * 3600 * SECOND;
/// Microseconds in a day.
const DAY: i64 = 86_400 * SECOND;

impl Moment {
    /// The moment a number of seconds later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }

    /// The date in Japan.
    #[must_use]
    pub fn date(self) -> Date {
        let days = self.0.saturating_add(JAPAN_AHEAD).div_euclid(DAY);
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().try_days(days).unwrap_or_default())
    }

    /// Hours and minutes in Japan.
    #[must_use]
    pub const fn time(self) -> (i64, i64) {
        let minutes = self.0.saturating_add(JAPAN_AHEAD).rem_euclid(DAY) / (60 * SECOND);
        (minutes / 60, minutes % 60)
    }

    /// Midnight in Japan at the beginning of a date.
    #[must_use]
    pub fn start_of(date: Date) -> Self {
        let days = i64::from(date.since(jiff::civil::date(1970, 1, 1)).map_or(0, |span| span.get_days()));
        Self(days * DAY - JAPAN_AHEAD)
    }

    /// `令和8年11月21日 10時05分`.
    #[must_use]
    pub fn wareki(self) -> String {
        let (hour, minute) = self.time();
        format!("{} {hour}時{minute:02}分", wareki(self.date()))
    }
}

/// Eras with their first day, newest first.
const ERAS: [(&str, i16, i8, i8); 5] =
    [("令和", 2019, 5, 1), ("平成", 1989, 1, 8), ("昭和", 1926, 12, 25), ("大正", 1912, 7, 30), ("明治", 1868, 1, 25)];

/// Era and year of a date: `("令和", 8)`.
fn era(date: Date) -> (&'static str, i16) {
    ERAS.iter()
        .find(|(_, year, month, day)| (date.year(), date.month(), date.day()) >= (*year, *month, *day))
        .map_or(("西暦", date.year()), |(name, year, ..)| (name, date.year() - year + 1))
}

/// Year of an era as written: the first is 元.
fn year_of_era(year: i16) -> String {
    if year == 1 { "元".to_owned() } else { year.to_string() }
}

/// A date in 和暦: `令和8年4月1日`.
#[must_use]
pub fn wareki(date: Date) -> String {
    let (name, year) = era(date);
    format!("{name}{}年{}月{}日", year_of_era(year), date.month(), date.day())
}

/// The fiscal year (年度, April to March) of a date, named by the year of its April.
#[must_use]
pub fn fiscal_year(date: Date) -> i16 {
    if date.month() >= 4 { date.year() } else { date.year() - 1 }
}

/// `令和8年度`.
#[must_use]
pub fn nendo(year: i16) -> String {
    let (name, of_era) = era(jiff::civil::date(year.clamp(1, 9000), 12, 31));
    format!("{name}{}年度", year_of_era(of_era))
}

/// Last day of a fiscal year.
#[must_use]
pub fn fiscal_year_end(year: i16) -> Date {
    jiff::civil::date(year.saturating_add(1).clamp(1, 9000), 3, 31)
}

/// First day of a fiscal year.
#[must_use]
pub fn fiscal_year_start(year: i16) -> Date {
    jiff::civil::date(year.clamp(1, 9000), 4, 1)
}

/// The last day of the month that lies `months` after the month of `date`.
#[must_use]
pub fn end_of_month_after(date: Date, months: u32) -> Date {
    let months = i32::try_from(months.min(1200)).unwrap_or(1200);
    date.first_of_month().saturating_add(jiff::Span::new().months(months)).last_of_month()
}

/// A date a number of days later (or earlier).
#[must_use]
pub fn plus_days(date: Date, days: i32) -> Date {
    date.saturating_add(jiff::Span::new().try_days(days).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_are_written_in_wareki() {
        assert_eq!(wareki(date(2026, 11, 21)), "令和8年11月21日");
        assert_eq!(wareki(date(2019, 5, 1)), "令和元年5月1日");
        assert_eq!(wareki(date(2019, 4, 30)), "平成31年4月30日");
        assert_eq!(nendo(2026), "令和8年度");
        assert_eq!(nendo(2019), "令和元年度");
    }

    #[test]
    fn the_fiscal_year_turns_in_april() {
        assert_eq!(fiscal_year(date(2027, 3, 31)), 2026);
        assert_eq!(fiscal_year(date(2027, 4, 1)), 2027);
        assert_eq!(end_of_month_after(date(2026, 4, 1), 5), date(2026, 9, 30));
    }

    #[test]
    fn moments_are_japanese_days() {
        let midnight = Moment::start_of(date(2026, 4, 1));
        assert_eq!(midnight.date(), date(2026, 4, 1));
        assert_eq!(Moment(midnight.0 - 1).date(), date(2026, 3, 31));
        assert_eq!(midnight.plus_seconds(3900).wareki(), "令和8年4月1日 1時05分");
    }
}
