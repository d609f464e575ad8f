//! Values of register columns: as staff read them, as a spreadsheet holds them, and as somebody typed them.

use jiff::civil::Date;
use office::{
    calendar,
    catalog::{Field, FieldType},
    people::Person,
    register::Row,
    rulebook::Rulebook,
};
use registry::Snapshot;
use unicode_normalization::UnicodeNormalization as _;

use crate::{html::Html, paging::encode};

/// Address of a row's page.
pub(crate) fn address(register: &str, id: &str) -> String {
    format!("/registers/{}/rows/{}", encode(register), encode(id))
}

/// A value as staff read it.
pub(crate) fn shown(field: &Field, value: &str, snapshot: &Snapshot) -> Html {
    if value.is_empty() {
        return Html::default();
    }
    match field.kind {
        FieldType::Row | FieldType::Rows => value
            .split_whitespace()
            .map(|id| Html::link(&address(&field.register, id), id))
            .reduce(|all, link| all.and(&Html::text("、")).and(&link))
            .unwrap_or_default(),
        _ => Html::text(&plain(field, value, snapshot)),
    }
}

/// A value as text for paper.
pub(crate) fn plain(field: &Field, value: &str, snapshot: &Snapshot) -> String {
    match field.kind {
        FieldType::Date => value.parse::<Date>().map_or_else(|_| value.to_owned(), calendar::wareki),
        FieldType::Person => snapshot.people.get(value).map_or_else(|| value.to_owned(), |person| person.name.clone()),
        FieldType::Yesno => if value == "yes" { "はい" } else { "いいえ" }.to_owned(),
        FieldType::Rows => value.replace(' ', "、"),
        _ => value.to_owned(),
    }
}

/// A value as a spreadsheet holds it: [`typed`] reads it back.
pub(crate) fn exported(field: &Field, value: &str, snapshot: &Snapshot) -> String {
    match field.kind {
        FieldType::Person => snapshot.people.get(value).map_or_else(|| value.to_owned(), |person| format!("{value} {}", person.name)),
        FieldType::Yesno => {
            if value.is_empty() {
                String::new()
            } else {
                plain(field, value, snapshot)
            }
        }
        _ => value.to_owned(),
    }
}

/// The class in force, and why it is what it is when it is not the row's own.
pub(crate) fn class(row: &Row) -> String {
    let why = match row.class_from.as_deref() {
        Some("copy") => "（複製元から）",
        Some("holds") => "（入っている情報から）",
        _ => "",
    };
    row.class.as_ref().map_or_else(String::new, |class| format!("{class}{why}"))
}

/// A value as somebody typed it or a spreadsheet holds it, as the office wants it.
///
/// # Errors
/// What is wrong with it and what to do, in Japanese.
pub(crate) fn typed(field: &Field, text: &str, snapshot: &Snapshot, book: Option<&Rulebook>) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    match field.kind {
        FieldType::Text => Ok(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        FieldType::Long => Ok(text.to_owned()),
        FieldType::Date => date(text)
            .map(|date| date.to_string())
            .ok_or_else(|| "日付として読めません。「令和8年11月21日」か「2026/11/21」のように書いてください。".to_owned()),
        FieldType::Number => number(text).ok_or_else(|| "数字で書いてください。単位や「約」は付けません。".to_owned()),
        FieldType::Yesno => match folded(text).as_str() {
            "はい" | "有" | "有り" | "○" | "yes" | "1" => Ok("yes".to_owned()),
            "いいえ" | "無" | "無し" | "×" | "no" | "0" => Ok("no".to_owned()),
            _ => Err("「はい」か「いいえ」と書いてください。".to_owned()),
        },
        FieldType::Choice => one_of(text, field.options.iter().map(String::as_str)),
        FieldType::Class => match book {
            Some(book) if !book.classes.is_empty() => class_name(text, book),
            _ => Ok(text.to_owned()),
        },
        FieldType::Unit => unit(text, snapshot),
        FieldType::Person => {
            let number = text.split_whitespace().next().unwrap_or_default();
            snapshot.people.get(number).map_or_else(|| person(text, snapshot.people.iter()), |person| Ok(person.id.clone()))
        }
        FieldType::Row | FieldType::Rows => Ok(rows(text)),
    }
}

/// The option that is meant, whatever its width.
fn one_of<'a>(text: &str, options: impl Iterator<Item = &'a str> + Clone) -> Result<String, String> {
    let wanted = folded(text);
    options
        .clone()
        .find(|option| folded(option) == wanted)
        .map(str::to_owned)
        .ok_or_else(|| format!("「{}」のどれかを書いてください。", options.collect::<Vec<_>>().join("」「")))
}

/// A class by its name; Roman numerals in Latin letters mean the same.
fn class_name(text: &str, book: &Rulebook) -> Result<String, String> {
    one_of(text.trim_start_matches("重要性").trim_start_matches("分類"), book.classes.iter().map(|class| class.name.as_str()))
}

/// Without width and white space.
fn folded(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase()
}

/// A whole number in any width, with or without thousands' commas.
fn number(text: &str) -> Option<String> {
    let digits: String = folded(text).chars().filter(|c| *c != ',').collect();
    let digits = digits.strip_suffix(".0").unwrap_or(&digits);
    (!digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.to_owned())
}

/// The id of a unit by its path or, if only one unit bears it, by its last name.
fn unit(text: &str, snapshot: &Snapshot) -> Result<String, String> {
    let path = text.split(['/', '／', '>', '＞']).map(str::trim).collect::<Vec<_>>().join("/");
    if snapshot.office.units.contains_key(&path) {
        return Ok(path);
    }
    let mut same = snapshot.office.units.values().filter(|unit| unit.name == path);
    match (same.next(), same.next()) {
        (Some(only), None) => Ok(only.id.clone()),
        (Some(_), Some(_)) => Err(format!("「{path}」という所属がいくつもあります。「総務部/総務課」のように上の所属から書いてください。")),
        _ => Err(format!("所属「{path}」は登録されていません。「総務部/総務課」のように、登録してある所属を書いてください。")),
    }
}

/// The staff number by itself, before a name, or by a name only one person bears.
pub(crate) fn person<'a>(text: &str, people: impl Iterator<Item = &'a Person>) -> Result<String, String> {
    let first: String = text.nfkc().collect::<String>().split_whitespace().next().unwrap_or_default().to_owned();
    let name = folded(text);
    let mut named = Vec::new();
    for person in people {
        if person.id == first {
            return Ok(first);
        }
        // Folding is slow and lists are long: most names differ in their first sign already.
        if person.active && name.chars().next() == person.name.chars().next() && folded(&person.name) == name {
            named.push(person);
        }
    }
    match named.as_slice() {
        [only] => Ok(only.id.clone()),
        [] => Err(format!("職員「{text}」は名簿にありません。職員番号を書いてください。")),
        _ => Err(format!("「{text}」という職員が何人もいます。職員番号を書いてください。")),
    }
}

/// Numbers of rows, divided by one space.
fn rows(text: &str) -> String {
    let text: String = text.nfkc().collect();
    text.split(|c: char| c.is_whitespace() || "、,;".contains(c)).filter(|id| !id.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A date: `2026-11-21`, `2026/11/21`, `2026年11月21日`, `令和8年11月21日`, `R8.11.21`.
pub(crate) fn date(text: &str) -> Option<Date> {
    let text = folded(text);
    let (base, rest) = ERAS
        .iter()
        .find_map(|(names, base)| names.iter().find_map(|name| text.strip_prefix(name)).map(|rest| (*base, rest)))
        .unwrap_or((0, text.as_str()));
    let rest = if base > 0 { rest.replacen('元', "1", 1) } else { rest.to_owned() };
    let parts: Vec<i16> = rest
        .split(['-', '/', '.', '年', '月', '日'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [year, month, day] = parts.as_slice() else { return None };
    let year = if base > 0 { base + year } else { *year };
    if !(1868..=2200).contains(&year) {
        return None;
    }
    Date::new(year, i8::try_from(*month).ok()?, i8::try_from(*day).ok()?).ok()
}

/// Eras by the ways they are written, and the year before their first.
const ERAS: [(&[&str], i16); 5] =
    [(&["令和", "r"], 2018), (&["平成", "h"], 1988), (&["昭和", "s"], 1925), (&["大正", "t"], 1911), (&["明治", "m"], 1867)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_officials_write_them() {
        let day = jiff::civil::date(2026, 11, 21);
        for text in ["2026-11-21", "2026/11/21", "２０２６年１１月２１日", "令和8年11月21日", "R8.11.21", "令和８年１１月２１日"]
        {
            assert_eq!(date(text), Some(day), "{text}");
        }
        assert_eq!(date("令和元年5月1日"), Some(jiff::civil::date(2019, 5, 1)));
        for text in ["2026/2/30", "昨日", "11/21", "8.11.21", ""] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_and_row_numbers_are_read_in_any_width() {
        assert_eq!(number("１，２３４").as_deref(), Some("1234"));
        assert_eq!(number("約100"), None);
        assert_eq!(rows("Ａ-0001、A-0002\nA-0003"), "A-0001 A-0002 A-0003");
    }

    #[test]
    fn choices_say_what_can_be_chosen() {
        let options = ["電子", "紙"];
        assert_eq!(one_of(" 電子 ", options.into_iter()), Ok("電子".to_owned()));
        assert_eq!(one_of("両方", options.into_iter()), Err("「電子」「紙」のどれかを書いてください。".to_owned()));
    }

    #[test]
    fn people_are_found_by_number_or_by_a_name_of_their_own() {
        let person = |id: &str, name: &str| Person {
            id: id.to_owned(),
            name: name.to_owned(),
            kana: String::new(),
            mail: String::new(),
            positions: Vec::new(),
            active: true,
        };
        let people = [person("1", "青木 一"), person("2", "井上 二"), person("3", "井上 二")];
        assert_eq!(super::person("1 青木 一", people.iter()), Ok("1".to_owned()));
        assert_eq!(super::person("青木　一", people.iter()), Ok("1".to_owned()));
        assert!(super::person("井上 二", people.iter()).unwrap_err().contains("何人も"));
        assert!(super::person("9", people.iter()).unwrap_err().contains("名簿にありません"));
    }
}
