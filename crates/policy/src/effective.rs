//! From when a document is in force (施行日), as its 附則 say; knows no calendar but the text and no today.

use serde::{Deserialize, Serialize};

use crate::{
    model::{
        Citation,
        words::{fold, patterns, sentences},
    },
    tree::{Clause, Document},
};

patterns! {
    DAY = "(?P<era>明治|大正|昭和|平成|令和)?(?P<year>元|[0-9]{1,4}|[〇一二三四五六七八九十]{1,4})年(?P<month>[0-9]{1,2}|[一二三四五六七八九十]{1,3})月(?P<day>[0-9]{1,2}|[一二三四五六七八九十]{1,3})日";
    IN_FORCE = "(?P<when>[^、。]*?)(?:から|より|に)?施行(?:する|し|される|$|）|。)";
    APPLIED = "(?P<when>[^、。]*?)から適用(?:する|し|$|。)";
    PROMULGATED = "^(?:公布|公表|告示|令達|制定|決裁|訓令|公示|議決)の日$";
    DATED = "日(?:.{0,6})(?:条例|規則|規程|訓令|告示|訓|要綱|規定|達|議決)";
}

/// First year of each era.
const ERAS: [(&str, u32); 5] = [("明治", 1868), ("大正", 1912), ("昭和", 1926), ("平成", 1989), ("令和", 2019)];

/// A day of the calendar, in the years of the common era.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day {
    /// Year, such as 2026.
    pub year: u32,
    /// Month, from 1.
    pub month: u32,
    /// Day of the month, from 1.
    pub day: u32,
}

/// When something comes into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// On a day.
    On(Day),
    /// On the day it is made public (公布の日, 告示の日).
    Promulgation,
    /// As the words say (公布の日から起算して6月を経過した日).
    Stated(String),
}

/// A statement about the beginning of force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effective {
    /// When.
    pub start: Start,
    /// Day from which it applies, where that is another (…から適用する).
    pub applied: Option<Day>,
    /// Day the document or the amendment was made public, where its number says so (令和6年3月29日規則第3号).
    pub promulgated: Option<Day>,
    /// Whether it is about some provisions only (ただし、第5条の規定は…).
    pub partial: bool,
    /// The sentence.
    pub cite: Citation,
}

impl Effective {
    /// The day, where the text tells it.
    #[must_use]
    pub fn day(&self) -> Option<Day> {
        match &self.start {
            Start::On(day) => Some(*day),
            Start::Promulgation => self.promulgated,
            Start::Stated(_) => None,
        }
    }
}

/// What a document says about when it comes into force, in its order: the first 附則, then the amendments.
#[must_use]
pub fn effective(document: &Document) -> Vec<Effective> {
    let mut found = Vec::new();
    let mut promulgated = document.clauses.first().and_then(dated);
    for clause in &document.clauses {
        let supplement = clause.path.starts_with("附則");
        if supplement && clause.parent == Some(0) {
            promulgated = day_in(&fold(&clause.heading)).or(if found.is_empty() { promulgated } else { None });
        }
        let mut n = 0;
        for paragraph in clause.paragraphs.iter().filter(|paragraph| !paragraph.table) {
            let text = fold(&paragraph.text);
            for sentence in sentences(&text) {
                n += 1;
                // In the body only a rule about itself says so: この方針は、…から施行する.
                if !(supplement || sentence.starts_with("この") || sentence.starts_with('本')) {
                    continue;
                }
                let cite = Citation { clause: clause.path.clone(), n, line: paragraph.line };
                found.extend(statement(sentence, promulgated, cite));
            }
        }
    }
    found
}

/// The statement that tells from when the whole document, as it now stands, is in force: the latest day, or the
/// last statement where that tells no day.
#[must_use]
pub fn latest(statements: &[Effective]) -> Option<&Effective> {
    let whole = || statements.iter().filter(|statement| !statement.partial);
    whole().next_back().filter(|last| last.day().is_none()).or_else(|| whole().max_by_key(|statement| statement.day()))
}

/// Reads the first day written in a text (令和8年4月1日, 平成元年十月一日, 2026年4月1日).
#[must_use]
pub fn day_in(text: &str) -> Option<Day> {
    let text = fold(text);
    DAY.captures_iter(&text).find_map(|found| {
        let group = |name: &str| found.name(name).map(|group| group.as_str());
        let year = match group("year")? {
            "元" => 1,
            figures => figure(figures)?,
        };
        let year = match group("era").and_then(|era| ERAS.iter().find(|(name, _)| *name == era)) {
            Some((_, first)) => first + year.checked_sub(1)?,
            None => Some(year).filter(|year| *year >= 1868)?,
        };
        let (month, day) = (figure(group("month")?)?, figure(group("day")?)?);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=last).contains(&day).then_some(Day { year, month, day })
    })
}

/// What a sentence says about the beginning of force.
fn statement(sentence: &str, promulgated: Option<Day>, cite: Citation) -> Option<Effective> {
    let when = IN_FORCE.captures(sentence)?.name("when")?.as_str();
    // この規則は令和8年…: without a comma the subject stands before the day.
    let when = when.rsplit_once('は').map_or(when, |(_, rest)| rest);
    let start = match day_in(when) {
        Some(day) => Start::On(day),
        None if PROMULGATED.is_match(when) => Start::Promulgation,
        None if when.ends_with('日') => Start::Stated(when.to_owned()),
        None => return None,
    };
    let applied = APPLIED.captures(sentence).and_then(|found| day_in(found.name("when")?.as_str()));
    let topic = sentence.split_once("は、").map_or("", |(topic, _)| topic);
    let partial = sentence.starts_with("ただし") || (topic.contains('第') && topic.contains("規定"));
    Some(Effective { start, applied, promulgated, partial, cite })
}

/// The day in the line under a title: 令和6年3月29日 規則第3号.
fn dated(root: &Clause) -> Option<Day> {
    root.paragraphs
        .iter()
        .map(|paragraph| fold(&paragraph.text))
        .filter(|text| DATED.is_match(text) && text.contains('号'))
        .find_map(|text| day_in(&text))
}

/// Arabic or kanji figures, with or without 十.
fn figure(text: &str) -> Option<u32> {
    if let Ok(n) = text.parse() {
        return Some(n);
    }
    let mut value: u32 = 0;
    let mut pending: Option<u32> = None;
    for c in text.chars() {
        let at = u32::try_from("〇一二三四五六七八九".chars().position(|numeral| numeral == c).unwrap_or(10)).ok()?;
        match (c, at) {
            ('十', _) => value += pending.take().unwrap_or(1) * 10,
            (_, 0..=9) => pending = Some(pending.unwrap_or(0) * 10 + at),
            _ => return None,
        }
    }
    Some(value + pending.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn day(year: u32, month: u32, day: u32) -> Day {
        Day { year, month, day }
    }

    #[test]
    fn days_are_read_in_every_way_of_writing() {
        assert_eq!(day_in("令和8年4月1日"), Some(day(2026, 4, 1)));
        assert_eq!(day_in("平成元年十二月三十一日"), Some(day(1989, 12, 31)));
        assert_eq!(day_in("昭和６３年 ２月２９日"), Some(day(1988, 2, 29)));
        assert_eq!(day_in("二〇二六年四月一日"), Some(day(2026, 4, 1)));
        assert_eq!(day_in("令和二十一年一月十日"), Some(day(2039, 1, 10)));
        assert_eq!(day_in("2026年4月1日"), Some(day(2026, 4, 1)));
        assert_eq!(day_in("令和7年2月29日"), None);
        assert_eq!(day_in("8年4月1日"), None);
        assert_eq!(day_in("令和8年13月1日又は令和9年1月1日"), Some(day(2027, 1, 1)));
    }

    fn read(text: &str) -> Vec<Effective> {
        effective(&tree::parse(text).0)
    }

    #[test]
    fn amendments_follow_in_order_and_the_latest_rules() {
        let text = "湾岸町規程\n令和3年3月25日　訓令第4号\n\n第1条 職員は、規程を守る。\n\n第5条 課長は、点検する。\n\n附　則\nこの訓令は、公布の日から施行する。\n\n附　則（令和6年3月29日訓令第3号）\nこの訓令は、令和6年４月１日から施行する。ただし、第5条の規定は、令和7年1月1日から施行する。\n\n附　則（令和8年1月9日訓令第1号）\n1 この訓令は、公布の日から施行し、令和八年一月一日から適用する。\n2 この訓令の施行の際現に使われている様式は、なお使うことができる。\n";
        let found = read(text);
        let days: Vec<(Option<Day>, bool)> = found.iter().map(|statement| (statement.day(), statement.partial)).collect();
        assert_eq!(
            days,
            [
                (Some(day(2021, 3, 25)), false),
                (Some(day(2024, 4, 1)), false),
                (Some(day(2025, 1, 1)), true),
                (Some(day(2026, 1, 9)), false)
            ]
        );
        assert_eq!(found.last().and_then(|last| last.applied), Some(day(2026, 1, 1)));
        let last = latest(&found);
        assert_eq!(last.and_then(Effective::day), Some(day(2026, 1, 9)));
        assert_eq!(last.map(|last| last.cite.clause.as_str()), Some("附則3/1"));
    }

    #[test]
    fn what_tells_no_day_says_so() {
        let found = read("第1条 職員は、守る。\n\n附 則\nこの条例は、公布の日から起算して六月を経過した日から施行する。\n");
        assert_eq!(found.first().map(|f| f.start.clone()), Some(Start::Stated("公布の日から起算して六月を経過した日".to_owned())));
        assert_eq!(latest(&found).and_then(Effective::day), None);
        let open =
            read("第1条 職員は、守る。\n\n附 則\nこの規程は令和2年4月1日から施行する。\n\n附 則\nこの規程は、告示の日から施行する。\n");
        assert_eq!(open.iter().map(Effective::day).collect::<Vec<_>>(), [Some(day(2020, 4, 1)), None]);
        assert_eq!(latest(&open).map(|last| last.start.clone()), Some(Start::Promulgation));
        assert_eq!(read("1 目的\n\n職員は、法の施行に必要なことを行う。\n"), []);
        assert_eq!(read("1 見直し\n\nこの方針は、平成15年10月1日から施行する。\n").len(), 1);
    }
}
