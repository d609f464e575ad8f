//! A personnel list as people and units: what it would change, and every row that is wrong, before anything is changed.
//!
//! Pure: the list comes as bytes, the present people and units as they are, and the answer is a [`Preview`].

use std::collections::{BTreeMap, BTreeSet};

use office::people::{People, Person, Position, Unit};

use crate::spreadsheet::{self, Column, Problem, Table, Unreadable};

/// Columns of the second and third post (兼務): unit and title.
const EXTRA: [(&str, &str); 2] = [("unit2", "title2"), ("unit3", "title3")];
/// Longest staff number, in characters.
const ID_CHARS_MAX: usize = 32;
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 100;
/// Deepest unit.
const DEPTH_MAX: usize = 8;

/// The columns of a personnel list.
#[must_use]
pub fn columns() -> Vec<Column> {
    vec![
        Column::new("id", &["職員番号", "職員コード", "職員No", "職員No.", "社員番号", "個人番号（職員）"], true),
        Column::new("name", &["氏名", "名前", "職員氏名", "漢字氏名"], true),
        Column::new("kana", &["ふりがな", "フリガナ", "カナ", "氏名カナ", "カナ氏名", "氏名（カナ）", "よみ"], false),
        Column::new("unit", &["所属", "所属名", "部署", "部署名", "課名", "所属名称"], true),
        Column::new("title", &["職名", "役職", "役職名", "補職", "補職名", "職"], true),
        Column::new("mail", &["メール", "メールアドレス", "E-mail", "Eメール", "電子メール"], false),
        Column::new("unit2", &["兼務所属", "兼務所属1", "併任所属"], false),
        Column::new("title2", &["兼務職名", "兼務職名1", "併任職名"], false),
        Column::new("unit3", &["兼務所属2", "併任所属2"], false),
        Column::new("title3", &["兼務職名2", "併任職名2"], false),
        Column::new("active", &["在職", "在職区分", "状態"], false),
    ]
}

/// The headings of an export that [`preview`] reads back.
pub const HEADINGS: [&str; 11] =
    ["職員番号", "氏名", "ふりがな", "所属", "職名", "メール", "兼務所属", "兼務職名", "兼務所属2", "兼務職名2", "在職"];

/// A person as a row under [`HEADINGS`].
#[must_use]
pub fn row(person: &Person) -> Vec<String> {
    let position = |index: usize| person.positions.get(index).map_or((String::new(), String::new()), |p| (p.unit.clone(), p.title.clone()));
    let ((unit, title), (unit2, title2), (unit3, title3)) = (position(0), position(1), position(2));
    let active = if person.active { "在職" } else { "退職" };
    vec![
        person.id.clone(),
        person.name.clone(),
        person.kana.clone(),
        unit,
        title,
        person.mail.clone(),
        unit2,
        title2,
        unit3,
        title3,
        active.to_owned(),
    ]
}

/// How a list is to be taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Units that are not known yet are entered; otherwise their rows are wrong.
    pub new_units: bool,
    /// Whoever is not on the list has left.
    pub complete: bool,
}

/// A person before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As known so far.
    pub before: Person,
    /// As on the list.
    pub after: Person,
    /// What differs, in words: `所属 総務部/総務課 → 総務部/財政課`.
    pub words: Vec<String>,
}

/// What a list would change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Rows with content.
    pub rows: usize,
    /// Units that are not known yet.
    pub units: Vec<Unit>,
    /// People who are not known yet.
    pub new: Vec<Person>,
    /// People who change.
    pub changed: Vec<Change>,
    /// People who have left.
    pub left: Vec<Person>,
    /// People who stay as they are.
    pub same: usize,
    /// Headings that were not recognised.
    pub ignored: Vec<String>,
    /// What is wrong; none of these rows is among the above.
    pub problems: Vec<Problem>,
}

impl Preview {
    /// Whether taking it over would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.new.is_empty() && self.changed.is_empty() && self.left.is_empty()
    }

    /// The people that are added or changed, as they shall be.
    #[must_use]
    pub fn people(&self) -> Vec<Person> {
        let gone = self.left.iter().cloned().map(|person| Person { active: false, ..person });
        self.new.iter().cloned().chain(self.changed.iter().map(|change| change.after.clone())).chain(gone).collect()
    }

    /// Rows that are wrong.
    #[must_use]
    pub fn bad_rows(&self) -> usize {
        self.problems.iter().filter(|problem| problem.row > 0).map(|problem| problem.row).collect::<BTreeSet<_>>().len()
    }
}

/// Reads a list and compares it with what is known.
///
/// # Errors
/// [`Unreadable`] if the file as a whole cannot be used.
pub fn preview(bytes: &[u8], people: &People, units: &BTreeMap<String, Unit>, options: Options) -> Result<Preview, Unreadable> {
    let mut table = spreadsheet::read(bytes, &columns())?;
    duplicates(&mut table);
    let mut book = Units { known: units, new: BTreeMap::new(), enter: options.new_units };
    let read: Vec<Person> = (0..table.lines.len()).filter_map(|index| person(&mut table, index, &mut book, people)).collect();
    // A person whose row is wrong has not left.
    let listed: BTreeSet<String> = table.lines.iter().map(|line| narrow(line.get("id"))).collect();
    let used: BTreeSet<&str> = read.iter().flat_map(|person| &person.positions).map(|position| position.unit.as_str()).collect();
    let mut preview = Preview {
        rows: table.lines.len(),
        units: book.new.into_values().filter(|unit| used.iter().any(|id| office::role::lies_in(id, &unit.id))).collect(),
        ignored: std::mem::take(&mut table.ignored),
        problems: std::mem::take(&mut table.problems),
        ..Preview::default()
    };
    if preview.rows == 0 {
        return Err(Unreadable(format!("{}行目の見出しの下に、職員の行が1行もありません。", table.header)));
    }
    preview.problems.sort_by(|a, b| (a.row, &a.column).cmp(&(b.row, &b.column)));
    for after in read {
        match people.get(&after.id) {
            None => preview.new.push(after),
            Some(before) if *before == after => preview.same += 1,
            Some(before) => {
                let words = differences(before, &after);
                preview.changed.push(Change { before: before.clone(), after, words });
            }
        }
    }
    if options.complete {
        preview.left = people.iter().filter(|person| person.active && !listed.contains(&person.id)).cloned().collect();
    }
    Ok(preview)
}

/// Blames every row whose staff number stands in an earlier row.
fn duplicates(table: &mut Table) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for index in 0..table.lines.len() {
        let Some(line) = table.lines.get(index) else { continue };
        let (id, row) = (narrow(line.get("id")), line.row);
        if id.is_empty() {
            continue;
        }
        match seen.get(&id) {
            Some(first) => {
                let message = format!(
                    "職員番号「{id}」が{first}行目にもあります。番号を確かめて直すか、兼務のときは「兼務所属」「兼務職名」の列に書いて1行にまとめてください。"
                );
                table.blame(index, "id", message);
            }
            None => {
                seen.insert(id, row);
            }
        }
    }
}

/// One row as a person; `None` if it is wrong.
fn person(table: &mut Table, index: usize, book: &mut Units<'_>, people: &People) -> Option<Person> {
    let line = table.lines.get(index)?.clone();
    let mut blames: Vec<(&str, String)> = Vec::new();
    let id = narrow(line.get("id"));
    if id.is_empty() {
        blames.push(("id", "職員番号が空です。番号を入れるか、職員でない行（合計、注記など）なら削除してください。".to_owned()));
    } else if !id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) || id.len() > ID_CHARS_MAX {
        blames.push(("id", "職員番号に使えるのは、英数字とハイフンで32文字までです。".to_owned()));
    }
    let name = line.get("name").split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        blames.push(("name", "氏名が空です。氏名を入れてください。".to_owned()));
    } else if name.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        blames.push(("name", "数式のような値です。値に置き換えて（コピーして「値の貼り付け」）から保存し直してください。".to_owned()));
    } else if name.chars().count() > NAME_CHARS_MAX {
        blames.push(("name", "氏名が長すぎます。100文字以内にしてください。".to_owned()));
    }
    let mail = narrow(line.get("mail"));
    if !mail.is_empty() && !is_mail(&mail) {
        blames.push(("mail", "メールアドレスの形ではありません。「@」の前後を確かめるか、空にしてください。".to_owned()));
    }
    let active = match line.get("active") {
        "" | "在職" | "在籍" | "現職" | "休職" | "はい" | "1" => true,
        "退職" | "離職" | "いいえ" | "0" => false,
        _ => {
            blames.push(("active", "「在職」か「退職」と書いてください。".to_owned()));
            true
        }
    };
    let positions = positions(&line, table, book, &mut blames);
    if line.bad || !blames.is_empty() {
        for (key, message) in blames {
            table.blame(index, key, message);
        }
        return None;
    }
    let known = people.get(&id);
    // A column that the list does not have leaves what is known as it is.
    let keep = |key: &str, value: String, old: Option<&str>| if table.has(key) { value } else { old.unwrap_or_default().to_owned() };
    let kana = keep("kana", line.get("kana").split_whitespace().collect::<Vec<_>>().join(" "), known.map(|p| p.kana.as_str()));
    let mail = keep("mail", mail, known.map(|p| p.mail.as_str()));
    Some(Person { id, name, kana, mail, positions, active })
}

/// The posts of a row.
fn positions(line: &spreadsheet::Line, table: &Table, book: &mut Units<'_>, blames: &mut Vec<(&'static str, String)>) -> Vec<Position> {
    let mut positions = Vec::new();
    for (unit_key, title_key) in [("unit", "title")].into_iter().chain(EXTRA) {
        let (written, title) = (line.get(unit_key), line.get(title_key).split_whitespace().collect::<Vec<_>>().join(""));
        if unit_key != "unit" && written.is_empty() && title.is_empty() {
            continue;
        }
        if !table.has(unit_key) || written.is_empty() {
            blames.push((unit_key, "所属が空です。「総務部/総務課」のように、上の所属から「/」で区切って書いてください。".to_owned()));
            continue;
        }
        if title.is_empty() {
            blames.push((title_key, "職名が空です。課長、係長、主事のように職名を入れてください。".to_owned()));
            continue;
        }
        match book.find(written) {
            Ok(unit) => positions.push(Position { unit, title }),
            Err(message) => blames.push((unit_key, message)),
        }
    }
    positions
}

/// Units: known ones, and those the list brings.
struct Units<'a> {
    known: &'a BTreeMap<String, Unit>,
    new: BTreeMap<String, Unit>,
    enter: bool,
}

impl Units<'_> {
    /// The id of a unit as written: its path, or its last name if only one unit bears it.
    fn find(&mut self, written: &str) -> Result<String, String> {
        let parts = written
            .split(['/', '／', '>', '＞'])
            .flat_map(|part| if part.trim().is_empty() { vec![""] } else { part.split_whitespace().collect() });
        let names: Vec<String> = parts.map(str::to_owned).collect();
        if names.iter().any(String::is_empty) || names.len() > DEPTH_MAX {
            return Err("所属の書き方が読めません。「総務部/総務課」のように、上の所属から「/」で区切って書いてください。".to_owned());
        }
        let path = names.join("/");
        if self.known.contains_key(&path) || self.new.contains_key(&path) {
            return Ok(path);
        }
        if let [name] = names.as_slice() {
            let same: Vec<&str> = self.known.values().filter(|unit| unit.name == *name).map(|unit| unit.id.as_str()).collect();
            match same.as_slice() {
                [] => {}
                [only] => return Ok((*only).to_owned()),
                several => {
                    return Err(format!(
                        "「{name}」という所属がいくつもあります。{} のように上の所属から書いてください。",
                        several.join(" か ")
                    ));
                }
            }
        }
        if !self.enter {
            let hint = self.near(&path).map_or_else(String::new, |near| format!("「{near}」の書き間違いではありませんか。"));
            return Err(format!(
                "所属「{path}」は登録されていません。{hint}正しい所属に直すか、新しい所属なら「登録されていない所属を新しく登録する」を選んで読み直してください。"
            ));
        }
        self.enter(&names);
        Ok(path)
    }

    /// Enters a unit and those above it.
    fn enter(&mut self, names: &[String]) {
        let mut parent: Option<String> = None;
        for name in names {
            let id = parent.as_ref().map_or_else(|| name.clone(), |parent| format!("{parent}/{name}"));
            if !self.known.contains_key(&id) {
                self.new.entry(id.clone()).or_insert_with(|| Unit { id: id.clone(), name: name.clone(), parent: parent.clone() });
            }
            parent = Some(id);
        }
    }

    /// The known unit that is written most like this one, if one is.
    fn near(&self, path: &str) -> Option<&str> {
        let last = path.rsplit('/').next().unwrap_or(path);
        self.known
            .values()
            .map(|unit| (distance(&unit.id, path), distance(&unit.name, last), unit))
            .min_by_key(|(whole, name, _)| (*whole.min(name), *whole))
            .filter(|(whole, name, _)| *whole.min(name) <= 2)
            .map(|(.., unit)| unit.id.as_str())
    }
}

/// Least number of characters to insert, delete or replace that makes one text the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut costs: Vec<usize> = (0..=b.len()).collect();
    for (row, ca) in a.chars().enumerate() {
        let mut next = vec![row + 1];
        for (pair, cb) in costs.windows(2).zip(&b) {
            let (Some(diagonal), Some(up)) = (pair.first(), pair.last()) else { continue };
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(ca != *cb)).min(up + 1).min(left + 1));
        }
        costs = next;
    }
    costs.last().copied().unwrap_or(0)
}

/// Full-width letters and digits as half-width ones, without white space.
fn narrow(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// Whether a text has the shape of a mail address.
fn is_mail(text: &str) -> bool {
    text.is_ascii()
        && text.len() <= 254
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.contains('@') && !domain.ends_with('.'))
}

/// What differs between two states of a person, in words.
fn differences(before: &Person, after: &Person) -> Vec<String> {
    let show = |text: &str| if text.is_empty() { "（なし）".to_owned() } else { text.to_owned() };
    let posts = |person: &Person| {
        let posts: Vec<String> = person.positions.iter().map(|p| format!("{} {}", p.unit, p.title)).collect();
        posts.join("、")
    };
    let state = |person: &Person| if person.active { "在職" } else { "退職" }.to_owned();
    [
        ("氏名", before.name.clone(), after.name.clone()),
        ("ふりがな", before.kana.clone(), after.kana.clone()),
        ("所属・職", posts(before), posts(after)),
        ("メール", before.mail.clone(), after.mail.clone()),
        ("在職", state(before), state(after)),
    ]
    .into_iter()
    .filter(|(_, old, new)| old != new)
    .map(|(what, old, new)| format!("{what}：{} → {}", show(&old), show(&new)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "職員番号,氏名,ふりがな,所属,職名,メール\n\
        0001,真鍋 喜一郎,まなべ きいちろう,特別職,町長,mayor@town.example\n\
        1011,小田切 正人,おだぎり まさと,総務部/総務課,課長,\n\
        1013,宮脇 大地,みやわき だいち,総務部/総務課/総務係,主事,\n";

    type Known = (People, BTreeMap<String, Unit>);

    fn taken(known: &Known, list: &str, options: Options) -> Known {
        let preview = preview(list.as_bytes(), &known.0, &known.1, options).unwrap();
        assert_eq!(preview.problems, Vec::new());
        let mut next = known.clone();
        next.1.extend(preview.units.iter().map(|unit| (unit.id.clone(), unit.clone())));
        for person in preview.people() {
            next.0.put(person);
        }
        next
    }

    fn town() -> Known {
        taken(&Known::default(), LIST, Options { new_units: true, complete: true })
    }

    fn problems(list: &str, options: Options) -> Vec<(String, String)> {
        let (people, units) = town();
        let preview = preview(list.as_bytes(), &people, &units, options).unwrap();
        preview.problems.iter().map(|problem| (problem.place(), problem.message.clone())).collect()
    }

    #[test]
    fn a_first_list_brings_people_and_the_tree_of_units() {
        let (people, units) = town();
        assert_eq!(people.len(), 3);
        assert_eq!(units.keys().collect::<Vec<_>>(), ["特別職", "総務部", "総務部/総務課", "総務部/総務課/総務係"]);
        assert_eq!(units["総務部/総務課/総務係"].parent.as_deref(), Some("総務部/総務課"));
        assert_eq!(people.get("1013").unwrap().unit(), "総務部/総務課/総務係");
    }

    #[test]
    fn the_same_list_changes_nothing_even_when_exported_and_read_back() {
        let (people, units) = town();
        let headings = HEADINGS.map(str::to_owned).to_vec();
        let rows: Vec<Vec<String>> = people.iter().map(row).collect();
        for bytes in [LIST.as_bytes().to_vec(), spreadsheet::csv(&headings, &rows), spreadsheet::xlsx("職員", &headings, &rows).unwrap()]
        {
            let preview = preview(&bytes, &people, &units, Options { new_units: false, complete: true }).unwrap();
            assert!(preview.is_empty(), "{preview:?}");
            assert_eq!(preview.same, 3);
        }
    }

    #[test]
    fn transfers_and_leavers_are_shown_before_anything_changes() {
        let (people, units) = town();
        let list = "職員番号,氏名,所属,職名\n0001,真鍋 喜一郎,特別職,町長\n1013,宮脇 大地,総務課,係長\n";
        let preview = preview(list.as_bytes(), &people, &units, Options { new_units: false, complete: true }).unwrap();
        assert_eq!(preview.same, 1);
        assert_eq!(preview.changed[0].words, ["所属・職：総務部/総務課/総務係 主事 → 総務部/総務課 係長"]);
        assert_eq!(preview.changed[0].after.kana, "みやわき だいち");
        assert_eq!(preview.left.iter().map(|person| person.id.as_str()).collect::<Vec<_>>(), ["1011"]);
        assert!(preview.people().iter().any(|person| person.id == "1011" && !person.active));
    }

    #[test]
    fn every_bad_row_is_named_with_what_to_do() {
        let list = "職員番号,氏名,所属,職名,メール\n\
            0001,真鍋 喜一郎,特別職,町長,\n\
            ,無番,特別職,主事,\n\
            １０１１,,総務部/総務科,課長,x\n\
            0001,真鍋 喜一郎,総務部,部長事務取扱,\n\
            9999,新田,,,\n\
            9998,合計 3名,総務部,主事,\n";
        let found = problems(list, Options::default());
        let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(
            places,
            [
                "3行目 A列（職員番号）",
                "4行目 B列（氏名）",
                "4行目 C列（所属）",
                "4行目 E列（メール）",
                "5行目 A列（職員番号）",
                "6行目 C列（所属）",
            ]
        );
        assert!(found[2].1.contains("「総務部/総務課」の書き間違い"), "{}", found[2].1);
        assert!(found[4].1.contains("2行目にもあります"), "{}", found[4].1);
    }

    #[test]
    fn a_person_whose_row_is_wrong_has_not_left() {
        let (people, units) = town();
        let list = "職員番号,氏名,所属,職名\n0001,真鍋 喜一郎,特別職,町長\n1011,,総務課,課長\n1013,宮脇 大地,総務係,主事\n";
        let preview = preview(list.as_bytes(), &people, &units, Options { new_units: false, complete: true }).unwrap();
        assert_eq!((preview.bad_rows(), preview.left.len(), preview.same), (1, 0, 2));
    }

    #[test]
    fn a_second_post_stands_in_columns_of_its_own() {
        let list = "職員番号,氏名,所属,職名,兼務所属,兼務職名\n1011,小田切 正人,総務部/総務課,課長,総務部,部長\n";
        let (people, _) = taken(&town(), list, Options::default());
        let posts: Vec<(&str, &str)> = people.get("1011").unwrap().positions.iter().map(|p| (p.unit.as_str(), p.title.as_str())).collect();
        assert_eq!(posts, [("総務部/総務課", "課長"), ("総務部", "部長")]);
    }

    #[test]
    fn units_of_wrong_rows_are_not_entered() {
        let (people, units) = town();
        let list = "職員番号,氏名,所属,職名\n9999,,新しい部/新しい課,主事\n";
        let preview = preview(list.as_bytes(), &people, &units, Options { new_units: true, complete: false }).unwrap();
        assert_eq!((preview.units.len(), preview.bad_rows()), (0, 1));
    }

    #[test]
    fn ambiguous_units_are_asked_for() {
        let known = taken(&town(), "職員番号,氏名,所属,職名\n5,甲,教育委員会/総務課,課長\n", Options { new_units: true, complete: false });
        let error = preview("職員番号,氏名,所属,職名\n6,乙,総務課,主事\n".as_bytes(), &known.0, &known.1, Options::default()).unwrap();
        assert!(error.problems[0].message.contains("いくつもあります"), "{:?}", error.problems);
    }

    fn sample(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/../../samples/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn the_town_is_read_whole_and_in_every_encoding_of_its_office() {
        let nobody = Known::default();
        let first = Options { new_units: true, complete: true };
        let whole = preview(&sample("people.csv"), &nobody.0, &nobody.1, first).unwrap();
        assert_eq!((whole.new.len(), whole.bad_rows()), (60, 0));
        for name in ["bad/people-shift-jis.csv", "bad/people-utf8-bom.csv", "bad/people-utf16.csv", "bad/people-semicolon.csv"] {
            let found = preview(&sample(name), &nobody.0, &nobody.1, first).unwrap();
            assert!(found.problems.is_empty() && !found.new.is_empty(), "{name}: {:?}", found.problems);
        }
    }

    #[test]
    fn bad_lists_are_told_row_by_row_or_refused_whole() {
        let nobody = People::default();
        let town = preview(&sample("people.csv"), &nobody, &BTreeMap::new(), Options { new_units: true, complete: true }).unwrap();
        let units: BTreeMap<String, Unit> = town.units.into_iter().map(|unit| (unit.id.clone(), unit)).collect();
        let rows = |name: &str| {
            let found = preview(&sample(name), &nobody, &units, Options::default()).unwrap();
            let mut rows: Vec<usize> = found.problems.iter().map(|problem| problem.row).collect();
            rows.dedup();
            rows
        };
        assert_eq!(rows("bad/people-duplicates.csv"), [4, 5, 6]);
        let bad = rows("bad/people-bad-rows.csv");
        assert_eq!(bad.get(..13), Some(&[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16][..]));
        assert!(!rows("bad/people-merged.xlsx").is_empty());
        for name in [
            "bad/empty.csv",
            "bad/header-only.csv",
            "bad/people-broken.csv",
            "bad/people-wrong-header.csv",
            "bad/people-truncated.xlsx",
            "bad/binary.bin",
        ] {
            let error = preview(&sample(name), &nobody, &units, Options::default()).unwrap_err();
            assert!(error.0.contains("ください") || error.0.contains("ありません"), "{name}: {error}");
        }
    }

    #[test]
    fn distance_counts_characters() {
        assert_eq!([distance("総務課", "総務科"), distance("", "課"), distance("総務部総務課", "総務課")], [1, 1, 3]);
    }
}
