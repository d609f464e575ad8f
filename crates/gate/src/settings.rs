//! The policy file of a hall: TOML with what holds for both directions, and what differs in one.
//!
//! Whatever it says, no setting lets an unread byte through. A mistake in it stops the command and
//! is told with its line and what to write instead.

use std::{fmt, ops::Range};

use sanitize::{Direction, Kind, Limits, Links, OnDown, OnHeldMember, OnSigned, Policy, Treatment};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::Address;

/// What a hall decided for one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// For the engine.
    pub policy: Policy,
    /// Where the scanner listens, if the hall has one.
    pub scanner: Option<Address>,
}

/// A mistake in a policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to do, in Japanese.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}行目: {}", self.line, self.what)
    }
}

/// The sections, and the direction each is for.
const SECTIONS: [(&str, Option<Direction>); 3] =
    [("default", None), ("inward", Some(Direction::Inward)), ("outward", Some(Direction::Outward))];

impl Settings {
    /// What holds without a file.
    #[must_use]
    pub fn standard(direction: Direction) -> Self {
        Self { policy: Policy { direction, ..Policy::default() }, scanner: None }
    }

    /// Reads a policy file for one direction; the other direction's section must be right too.
    ///
    /// # Errors
    /// All mistakes, in the order of their lines.
    pub fn read(text: &str, direction: Direction) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader { text, mistakes: Vec::new() };
        let mut settings = Self::standard(direction);
        match DeTable::parse(text) {
            Ok(file) => reader.file(file.get_ref(), &mut settings, direction),
            Err(cause) => {
                let what = format!("TOML として読めません（{}）。", cause.message());
                reader.mistake(&cause.span().unwrap_or_default(), what);
            }
        }
        reader.mistakes.sort_by_key(|mistake| mistake.line);
        if reader.mistakes.is_empty() { Ok(settings) } else { Err(reader.mistakes) }
    }
}

/// A size in bytes, or a plain number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Number,
}

/// One limit: its name, its least and greatest value, where it goes.
struct Limit {
    name: &'static str,
    unit: Unit,
    least: u64,
    most: u64,
    set: fn(&mut Limits, u64),
}

macro_rules! limits {
    ($($name:literal $unit:ident $least:literal..$most:literal $field:ident;)*) => {
        const LIMITS: &[Limit] = &[$(Limit {
            name: $name,
            unit: Unit::$unit,
            least: $least,
            most: $most,
            // In range, so it fits; a value that did not would be as small as can be.
            set: |limits, value| limits.$field = value.try_into().unwrap_or_default(),
        },)*];
    };
}

limits! {
    "input-bytes" Bytes 1..17179869184 input_bytes;
    "expanded-bytes" Bytes 1..68719476736 expanded_bytes;
    "ratio" Number 1..100000 ratio;
    "ratio-from-bytes" Bytes 0..1073741824 ratio_from_bytes;
    "members" Number 1..1000000 members;
    "nesting" Number 1..20 nesting;
    "xml-depth" Number 16..4096 xml_depth;
    "xml-attributes" Number 16..65536 xml_attributes;
    "image-pixels" Number 1..4000000000 image_pixels;
    "file-pixels" Number 1..40000000000 file_pixels;
    "frames" Number 1..100000 frames;
    "pdf-objects" Number 100..8388607 pdf_objects;
    "pdf-filters" Number 1..16 pdf_filters;
    "pdf-depth" Number 8..1024 pdf_depth;
    "cpu-seconds" Number 1..3600 cpu_seconds;
    "wall-seconds" Number 1..7200 wall_seconds;
    "memory-bytes" Bytes 33554432..68719476736 memory_bytes;
}

const KEYS: [&str; 10] =
    ["id", "links", "held", "macro-notice", "signed", "held-member", "scanner", "scanner-down", "keep-photo-date", "limits"];

struct Reader<'a> {
    text: &'a str,
    mistakes: Vec<Mistake>,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn mistake(&mut self, at: &Range<usize>, what: String) {
        let before = self.text.as_bytes().get(..at.start).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        self.mistakes.push(Mistake { line, what });
    }

    fn file(&mut self, file: &DeTable<'_>, settings: &mut Settings, direction: Direction) {
        for (key, value) in file {
            if !SECTIONS.iter().any(|(name, _)| name == key.get_ref()) {
                let what = format!(
                    "「{}」という区分はありません。[default]（両方向）、[inward]（インターネット側から LGWAN 側へ）、[outward]（LGWAN 側からインターネット側へ）のどれかの下に書いてください。",
                    key.get_ref()
                );
                self.mistake(&key.span(), what);
            } else if value.get_ref().as_table().is_none() {
                self.mistake(&value.span(), format!("「{0}」は区分です。[{0}] と書き、その下に項目を書いてください。", key.get_ref()));
            }
        }
        for (name, only) in SECTIONS {
            let section = file.iter().find(|(key, _)| key.get_ref() == name).and_then(|(_, value)| value.get_ref().as_table());
            if let Some(section) = section {
                let mut other = settings.clone();
                // A section of the other direction is read for its mistakes only.
                let applies = only.is_none_or(|only| only == direction);
                self.section(name, section, if applies { settings } else { &mut other });
            }
        }
    }

    fn section(&mut self, section: &str, table: &DeTable<'_>, settings: &mut Settings) {
        let policy = &mut settings.policy;
        for (key, value) in table {
            let place = format!("[{section}] {}", key.get_ref());
            match key.get_ref().as_ref() {
                "id" => self.text(&place, value, &mut policy.id),
                "links" => self.links(&place, value, policy),
                "held" => self.held(&place, value, &mut policy.held),
                "macro-notice" => self.yes(&place, value, &mut policy.macro_notice),
                "keep-photo-date" => self.yes(&place, value, &mut policy.keep_photo_date),
                "signed" => self.one(&place, value, &[("strip", OnSigned::Strip), ("hold", OnSigned::Hold)], &mut policy.signed),
                "held-member" => {
                    let words = [("note", OnHeldMember::Note), ("hold", OnHeldMember::Hold)];
                    self.one(&place, value, &words, &mut policy.held_member);
                }
                "scanner-down" => {
                    let words = [("hold", OnDown::Hold), ("continue", OnDown::Continue)];
                    self.one(&place, value, &words, &mut policy.scanner_down);
                }
                "scanner" => {
                    let mut address = String::new();
                    self.text(&place, value, &mut address);
                    match Address::read(&address) {
                        Some(address) => settings.scanner = Some(address),
                        None if address.is_empty() => {}
                        None => self.mistake(
                            &value.span(),
                            format!(
                                "{place}: clamd のソケットのパス（\"/run/clamav/clamd.ctl\" など）か、\"ホスト:ポート\" を書いてください。"
                            ),
                        ),
                    }
                }
                "limits" => self.limits(&place, value, &mut policy.limits),
                _ => self.unknown(&place, key.span(), &KEYS),
            }
        }
    }

    fn unknown(&mut self, place: &str, at: Range<usize>, known: &[&str]) {
        self.mistake(&at, format!("{place}: この項目はありません。使える項目は {} です。", known.join("、")));
    }

    fn text(&mut self, place: &str, value: &Value<'_>, into: &mut String) {
        match value.get_ref().as_str() {
            Some(text) if !text.is_empty() => text.clone_into(into),
            _ => self.mistake(&value.span(), format!("{place}: 値を \" で囲んで書いてください。")),
        }
    }

    fn yes(&mut self, place: &str, value: &Value<'_>, into: &mut bool) {
        match value.get_ref().as_bool() {
            Some(yes) => *into = yes,
            None => self.mistake(&value.span(), format!("{place}: true（する）か false（しない）を書いてください。")),
        }
    }

    fn one<T: Copy>(&mut self, place: &str, value: &Value<'_>, words: &[(&str, T)], into: &mut T) {
        let text = value.get_ref().as_str();
        match words.iter().find(|(word, _)| Some(*word) == text) {
            Some((_, meaning)) => *into = *meaning,
            None => {
                let words: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
                self.mistake(&value.span(), format!("{place}: {} のどれかを書いてください。", words.join("、")));
            }
        }
    }

    fn words<'v>(&mut self, place: &str, value: &'v Value<'_>) -> Vec<(&'v str, Range<usize>)> {
        let Some(list) = value.get_ref().as_array() else {
            self.mistake(&value.span(), format!("{place}: [\"…\", \"…\"] の形で並べてください。"));
            return Vec::new();
        };
        let mut words = Vec::new();
        for word in list.iter() {
            match word.get_ref().as_str() {
                Some(text) => words.push((text, word.span())),
                None => self.mistake(&word.span(), format!("{place}: 値を \" で囲んで書いてください。")),
            }
        }
        words
    }

    fn links(&mut self, place: &str, value: &Value<'_>, policy: &mut Policy) {
        let Some(table) = value.get_ref().as_table() else {
            return self.mistake(&value.span(), format!("{place}: links.mode = \"text\" のように書いてください。"));
        };
        for (key, value) in table {
            let place = format!("{place}.{}", key.get_ref());
            match key.get_ref().as_ref() {
                "mode" => {
                    let words = [("text", Links::Text), ("allow-list", Links::AllowList), ("remove", Links::Remove)];
                    self.one(&place, value, &words, &mut policy.links.mode);
                }
                "hosts" => {
                    let hosts = self.words(&place, value);
                    policy.links.hosts = hosts.iter().map(|(host, _)| (*host).to_owned()).collect();
                    for (host, at) in hosts {
                        let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
                        if host != "*" && (host.is_empty() || !plain || host.starts_with('.')) {
                            let what = format!(
                                "{place}: 「{host}」はホスト名ではありません。\"example.lg.jp\" のように、http:// や / を付けずに書いてください（その下のホストも含みます）。"
                            );
                            self.mistake(&at, what);
                        }
                    }
                }
                _ => self.unknown(&place, key.span(), &["mode", "hosts"]),
            }
        }
    }

    fn held(&mut self, place: &str, value: &Value<'_>, into: &mut Vec<Kind>) {
        into.clear();
        for (word, at) in self.words(place, value) {
            match Kind::ALL.iter().find(|kind| kind.id() == word) {
                Some(kind) => into.push(*kind),
                None => {
                    let known: Vec<&str> =
                        Kind::ALL.iter().filter(|kind| kind.treatment() == Treatment::Rebuild).map(|kind| kind.id()).collect();
                    self.mistake(&at, format!("{place}: 「{word}」という種類はありません。使える種類は {} です。", known.join("、")));
                }
            }
        }
    }

    fn limits(&mut self, place: &str, value: &Value<'_>, limits: &mut Limits) {
        let Some(table) = value.get_ref().as_table() else {
            return self.mistake(&value.span(), format!("{place}: limits.input-bytes = \"100MB\" のように書いてください。"));
        };
        for (key, value) in table {
            let place = format!("{place}.{}", key.get_ref());
            let Some(limit) = LIMITS.iter().find(|limit| limit.name == key.get_ref()) else {
                let known: Vec<&str> = LIMITS.iter().map(|limit| limit.name).collect();
                self.unknown(&place, key.span(), &known);
                continue;
            };
            match number(value.get_ref(), limit.unit) {
                Some(number) if (limit.least..=limit.most).contains(&number) => (limit.set)(limits, number),
                Some(_) => {
                    let what = format!(
                        "{place}: {} から {} までの値を書いてください。",
                        shown(limit.least, limit.unit),
                        shown(limit.most, limit.unit)
                    );
                    self.mistake(&value.span(), what);
                }
                None if limit.unit == Unit::Bytes => {
                    self.mistake(&value.span(), format!("{place}: バイト数か、\"100MB\" のような大きさを書いてください（KB、MB、GB）。"));
                }
                None => self.mistake(&value.span(), format!("{place}: 0 以上の整数を書いてください。")),
            }
        }
    }
}

const UNITS: [(&str, u64); 3] = [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)];

fn number(value: &DeValue<'_>, unit: Unit) -> Option<u64> {
    match value {
        DeValue::Integer(number) => number.to_string().parse().ok(),
        DeValue::String(text) if unit == Unit::Bytes => {
            let (_, (digits, size)) = UNITS.iter().find_map(|(name, size)| Some((name, (text.strip_suffix(name)?, size))))?;
            digits.trim().parse::<u64>().ok()?.checked_mul(*size)
        }
        _ => None,
    }
}

fn shown(value: u64, unit: Unit) -> String {
    match UNITS.iter().find(|(_, size)| unit == Unit::Bytes && value >= *size && value.is_multiple_of(*size)) {
        Some((name, size)) => format!("{}{name}", value / size),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        Settings::read(text, Direction::Inward).unwrap_err().iter().map(|mistake| mistake.line).collect()
    }

    #[test]
    fn an_empty_file_is_the_standard() {
        for direction in [Direction::Inward, Direction::Outward] {
            assert_eq!(Settings::read("", direction).unwrap(), Settings::standard(direction));
        }
    }

    #[test]
    fn the_example_in_the_handbook_is_the_standard() {
        let text = include_str!("../../../docs/operate/sanitize-policy.toml");
        for direction in [Direction::Inward, Direction::Outward] {
            assert_eq!(Settings::read(text, direction).unwrap(), Settings::standard(direction));
        }
    }

    #[test]
    fn a_direction_adds_to_what_holds_for_both() {
        let text = "[default]\nid = \"町\"\nscanner = \"/run/clamd\"\nlimits.input-bytes = \"20MB\"\n\
                    [inward]\nlinks = { mode = \"allow-list\", hosts = [\"example.lg.jp\"] }\nheld = [\"lzh\"]\n\
                    [outward]\nkeep-photo-date = true\nlimits.cpu-seconds = 5\n";
        let inward = Settings::read(text, Direction::Inward).unwrap();
        assert_eq!(inward.policy.id, "町");
        assert_eq!(inward.policy.limits.input_bytes, 20 << 20);
        assert_eq!(inward.policy.limits.cpu_seconds, Limits::default().cpu_seconds);
        assert_eq!((inward.policy.links.mode, inward.policy.held), (Links::AllowList, vec![Kind::Lzh]));
        assert_eq!(inward.scanner, Address::read("/run/clamd"));
        let outward = Settings::read(text, Direction::Outward).unwrap();
        assert_eq!((outward.policy.links.mode, outward.policy.limits.cpu_seconds), (Links::Text, 5));
        assert!(outward.policy.keep_photo_date && outward.policy.direction == Direction::Outward);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        assert_eq!(lines("[default\n"), [1]);
        assert_eq!(lines("a = 1\n[other]\n[default]\nlink = 1\n"), [1, 2, 4]);
        // The other direction's section too.
        assert_eq!(lines("[outward]\nsigned = \"keep\"\nheld = [\"docx\", \"exe2\"]\nmacro-notice = 1\n"), [2, 3, 4]);
        assert_eq!(lines("[default]\nlinks = { mode = \"pass\", hosts = [\"http://a\"] }\nscanner = \"x\"\n"), [2, 2, 3]);
        let limits = "[default.limits]\nmemory-bytes = \"1MB\"\ncpu-seconds = 0\nmembers = \"5\"\nbytes = 1\ninput-bytes = \"9TB\"\n";
        assert_eq!(lines(limits), [2, 3, 4, 5, 6]);
    }

    #[test]
    fn every_limit_of_the_engine_can_be_set() {
        let all = serde_json::to_value(Limits::default()).unwrap();
        let names: Vec<&str> = LIMITS.iter().map(|limit| limit.name).collect();
        for name in all.as_object().unwrap().keys() {
            assert!(names.contains(&name.as_str()), "{name}");
        }
        for limit in LIMITS {
            let text = format!("[default]\nlimits.{} = {}\n", limit.name, limit.most);
            Settings::read(&text, Direction::Inward).unwrap();
        }
    }
}
