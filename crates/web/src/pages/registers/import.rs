//! A spreadsheet into a register: first what it would do and which rows are wrong, then, if confirmed, row by row through the door.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::{extract::Path, response::Response};
use office::{
    act::Act,
    catalog::{Field as Column, FieldType, Register},
    register::Row,
};
use registry::{RowFilter, SubmitError};
use tokio::task::JoinSet;

use super::{edit::follows, list, register, values};
use crate::{
    context::Context,
    fault::Fault,
    frame,
    html::Html,
    input::Input,
    page::Page,
    spreadsheet::{self, Carried, PROBLEMS_SHOWN, Problem, Table, Unreadable},
};

/// Headings of the column that holds a row's number.
const NUMBER: [&str; 3] = ["管理番号", "番号", "台帳番号"];
/// Acts under way at once.
const TOGETHER: usize = 16;
/// Rows of each kind that the preview shows.
const SHOWN: usize = 100;

/// A row that would be entered or changed.
#[derive(Debug, Clone)]
struct Entry {
    /// Row in the file.
    row: usize,
    /// Number it has or shall have, empty for the next free one.
    number: String,
    values: BTreeMap<String, String>,
    /// What changes, in words.
    words: Vec<String>,
    /// Revision that was compared with; 0 for a new row.
    revision: u32,
}

/// What a file would do.
#[derive(Debug, Default)]
struct Plan {
    sheet: String,
    rows: usize,
    new: Vec<Entry>,
    changed: Vec<Entry>,
    same: usize,
    ignored: Vec<String>,
    problems: Vec<Problem>,
}

impl Plan {
    /// Changes when what the file would do changes, so that nothing is done that was not shown.
    fn digest(&self) -> String {
        use sha2::{Digest as _, Sha256};
        let text = format!("{:?}{:?}{:?}", self.new, self.changed, self.problems);
        Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn columns(register: &Register) -> Vec<spreadsheet::Column> {
    let number = spreadsheet::Column::new("", &NUMBER, false);
    let columns = register.columns.iter().map(|column| spreadsheet::Column::new(&column.key, &[&column.label], column.required));
    std::iter::once(number).chain(columns).collect()
}

/// Rows of the register by number, if the file names any.
async fn present(context: &Context, register: &Register, table: &Table) -> Result<BTreeMap<String, Row>, Fault> {
    let mut rows = BTreeMap::new();
    if !table.has("") {
        return Ok(rows);
    }
    let wanted: BTreeSet<String> = table.lines.iter().map(|line| number(line.get(""))).collect();
    let mut stream = context.app.registry.all_rows(&RowFilter { register: register.id.clone(), ..RowFilter::default() });
    while let Some(chunk) = stream.next().await? {
        rows.extend(chunk.into_iter().filter(|row| wanted.contains(&row.id)).map(|row| (row.id.clone(), row)));
    }
    Ok(rows)
}

/// A number in half width.
fn number(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

async fn plan(context: &Context, register: &Register, file: Carried) -> Result<Result<Plan, Unreadable>, Fault> {
    let columns = columns(register);
    let read = tokio::task::spawn_blocking(move || spreadsheet::read(&file.bytes, &columns)).await;
    let mut table = match read {
        Ok(Ok(table)) => table,
        Ok(Err(unreadable)) => return Ok(Err(unreadable)),
        Err(error) => {
            tracing::warn!(%error, "a spreadsheet broke the reader");
            return Ok(Err(Unreadable(
                "ファイルが壊れていて読めません。Excelで開き、新しい名前で保存し直してから選んでください。".to_owned(),
            )));
        }
    };
    if table.lines.is_empty() {
        return Ok(Err(Unreadable(format!("{}行目の見出しの下に、登録する行が1行もありません。", table.header))));
    }
    let present = present(context, register, &table).await?;
    let mut plan = Plan { sheet: table.sheet.clone(), rows: table.lines.len(), ..Plan::default() };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for index in 0..table.lines.len() {
        let Some(entry) = entry(context, register, &mut table, index, &mut seen) else { continue };
        match present.get(&entry.number) {
            Some(row) if row.gone => table.blame(index, "", "廃棄・返却済みの番号です。行を消すか、番号を確かめてください。"),
            Some(row) => compare(context, register, row, entry, &mut plan),
            None => plan.new.push(entry),
        }
    }
    missing_rows(context, register, &mut table, &mut plan).await?;
    plan.ignored = table.ignored.into_iter().filter(|heading| !OWN.iter().any(|own| heading.contains(own))).collect();
    plan.problems = table.problems;
    plan.problems.sort_by(|a, b| (a.row, &a.column).cmp(&(b.row, &b.column)));
    Ok(Ok(plan))
}

/// Columns that our own export adds and that are no values.
const OWN: [&str; 3] = ["「状態」", "「施行中の分類」", "「更新日」"];

/// A line as an entry; `None` if it is wrong.
fn entry(context: &Context, register: &Register, table: &mut Table, index: usize, seen: &mut BTreeMap<String, usize>) -> Option<Entry> {
    let line = table.lines.get(index)?.clone();
    let number = number(line.get(""));
    let mut blames: Vec<(String, String)> = Vec::new();
    if !number.is_empty()
        && let Some(first) = seen.insert(number.clone(), line.row)
    {
        blames.push((String::new(), format!("管理番号「{number}」が{first}行目にもあります。どちらかを直してください。")));
    }
    let mut values = BTreeMap::new();
    for column in &register.columns {
        match values::typed(column, line.get(&column.key), &context.snapshot, context.rulebook()) {
            Ok(value) if value.is_empty() && column.required => {
                blames.push((column.key.clone(), format!("「{}」が空です。必ず書いてください。", column.label)))
            }
            Ok(value) if value.is_empty() => {}
            Ok(value) => {
                values.insert(column.key.clone(), value);
            }
            Err(message) => blames.push((column.key.clone(), message)),
        }
    }
    // What copies or holds other rows takes its class from them.
    if follows(register, &values) {
        blames.retain(|(key, _)| !line.get(key).is_empty() || register.class_column().is_none_or(|column| column.key != *key));
    }
    let good = !line.bad && blames.is_empty();
    for (key, message) in blames {
        table.blame(index, &key, message);
    }
    good.then_some(Entry { row: line.row, number, values, words: Vec::new(), revision: 0 })
}

/// Puts an entry whose number is known among the changed ones, or counts it as the same.
fn compare(context: &Context, register: &Register, row: &Row, mut entry: Entry, plan: &mut Plan) {
    let text = |column: &Column, values: &BTreeMap<String, String>| {
        let value = values.get(&column.key).map_or("", String::as_str);
        if value.is_empty() { "（なし）".to_owned() } else { values::plain(column, value, &context.snapshot) }
    };
    for column in &register.columns {
        if row.values.get(&column.key).filter(|value| !value.is_empty()) != entry.values.get(&column.key) {
            entry.words.push(format!("{}：{} → {}", column.label, text(column, &row.values), text(column, &entry.values)));
        }
    }
    if entry.words.is_empty() {
        plan.same += 1;
        return;
    }
    entry.revision = row.revision;
    plan.changed.push(entry);
}

/// Takes out entries that refer to rows which are neither in a register nor in the file.
async fn missing_rows(context: &Context, register: &Register, table: &mut Table, plan: &mut Plan) -> Result<(), Fault> {
    let mut known: BTreeMap<(String, String), bool> = BTreeMap::new();
    for entry in &plan.new {
        known.insert((register.id.clone(), entry.number.clone()), true);
    }
    let columns: Vec<&Column> = register.columns.iter().filter(|column| matches!(column.kind, FieldType::Row | FieldType::Rows)).collect();
    let mut bad: BTreeSet<usize> = BTreeSet::new();
    for entry in plan.new.iter().chain(&plan.changed) {
        for column in &columns {
            for id in entry.values.get(&column.key).map_or("", String::as_str).split_whitespace() {
                let key = (column.register.clone(), id.to_owned());
                let there = match known.get(&key) {
                    Some(there) => *there,
                    None => context.app.registry.row(&column.register, id).await?.is_some(),
                };
                known.insert(key, there);
                let index = table.lines.iter().position(|line| line.row == entry.row);
                if let (false, Some(index)) = (there, index) {
                    let title = context.catalog().register(&column.register).map_or("台帳", |register| register.title.as_str());
                    table.blame(
                        index,
                        &column.key,
                        format!("「{id}」は{title}にありません。先に{title}へ登録するか、番号を直してください。"),
                    );
                    bad.insert(entry.row);
                }
            }
        }
    }
    plan.new.retain(|entry| !bad.contains(&entry.row));
    plan.changed.retain(|entry| !bad.contains(&entry.row));
    Ok(())
}

#[derive(Template)]
#[template(path = "registers/import.html")]
struct ImportPage {
    page: Page,
    register: (String, String),
    columns: Vec<(String, bool, String)>,
    error: String,
}

fn import_page(context: &Context, register: &Register, error: &str) -> ImportPage {
    let help = |column: &Column| {
        let options =
            if column.options.is_empty() { String::new() } else { format!("「{}」のどれか", column.options.join("」「")) };
        let kind = match column.kind {
            FieldType::Date => "日付（令和8年4月1日、2026/4/1など）",
            FieldType::Number => "数字",
            FieldType::Yesno => "はい・いいえ",
            FieldType::Person => "職員番号",
            FieldType::Unit => "所属（総務部/総務課のように）",
            FieldType::Class => "施行中の規程の分類",
            FieldType::Row | FieldType::Rows => "管理番号",
            _ => "",
        };
        format!("{kind}{options}")
    };
    ImportPage {
        page: context.page(format!("{}への取込み", register.title)),
        register: (register.title.clone(), format!("/registers/{}", register.id)),
        columns: register.columns.iter().map(|column| (column.label.clone(), column.required, help(column))).collect(),
        error: error.to_owned(),
    }
}

/// `GET /registers/{id}/import`
pub(crate) async fn show(context: Context, Path(id): Path<String>) -> Result<Response, Fault> {
    frame::show(&import_page(&context, register(&context, &id)?, ""))
}

/// `GET /registers/{id}/template`
pub(crate) async fn template(context: Context, Path(id): Path<String>) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let columns = register.columns.iter().map(|column| column.label.clone());
    let headings: Vec<String> = std::iter::once("管理番号".to_owned()).chain(columns).collect();
    list::file(&context, &format!("{}の様式", register.title), false, &headings, &[])
}

#[derive(Template)]
#[template(path = "registers/preview.html")]
struct PreviewPage {
    page: Page,
    register: (String, String),
    file: String,
    carried: Html,
    digest: String,
    moved: bool,
    bad: usize,
    shown: usize,
    rest: usize,
    plan: Plan,
}

impl PreviewPage {
    fn first(&self, entries: &[Entry]) -> Vec<(usize, String, String)> {
        let name = |entry: &Entry| entry.values.get("name").cloned().unwrap_or_default();
        entries.iter().take(self.shown).map(|entry| (entry.row, entry.number.clone(), name(entry))).collect()
    }

    fn good(&self) -> usize {
        self.plan.new.len() + self.plan.changed.len()
    }
}

/// A row that the door refused.
struct Failure {
    row: usize,
    number: String,
    message: String,
}

#[derive(Template)]
#[template(path = "registers/imported.html")]
struct ImportedPage {
    page: Page,
    register: (String, String),
    added: usize,
    changed: usize,
    failures: Vec<Failure>,
}

/// `POST /registers/{id}/import`
pub(crate) async fn take(context: Context, Path(id): Path<String>, input: Input) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let Some(file) = Carried::of(&input)? else {
        return frame::show_refused(&import_page(
            &context,
            register,
            "ファイルが選ばれていません。Excelファイル（.xlsx）かCSVファイルを選んでください。",
        ));
    };
    let plan = match plan(&context, register, file.clone()).await? {
        Ok(plan) => plan,
        Err(unreadable) => {
            return frame::show_refused(&import_page(&context, register, &format!("「{}」を読めませんでした。{unreadable}", file.name)));
        }
    };
    let digest = plan.digest();
    let confirmed = input.get("confirm");
    if confirmed == digest && (plan.problems.is_empty() || input.ticked("partly")) {
        return done(&context, register, plan).await;
    }
    let rows: BTreeSet<usize> = plan.problems.iter().map(|problem| problem.row).collect();
    frame::show(&PreviewPage {
        page: context.page(format!("{}への取込みの確認", register.title)),
        register: (register.title.clone(), format!("/registers/{id}")),
        file: file.name.clone(),
        carried: file.fields(),
        moved: !confirmed.is_empty() && confirmed != digest,
        digest,
        bad: rows.len(),
        shown: SHOWN,
        rest: plan.problems.len().saturating_sub(PROBLEMS_SHOWN),
        plan,
    })
}

/// Entries in an order in which what a row refers to comes first.
fn ordered(register: &Register, entries: Vec<Entry>) -> Vec<Entry> {
    let columns: Vec<&str> =
        register.columns.iter().filter(|column| column.register == register.id).map(|column| column.key.as_str()).collect();
    let mut waiting: BTreeSet<String> = entries.iter().map(|entry| entry.number.clone()).filter(|number| !number.is_empty()).collect();
    let (mut left, mut placed) = (entries, Vec::new());
    loop {
        let refers = |entry: &Entry| {
            columns
                .iter()
                .filter_map(|key| entry.values.get(*key))
                .any(|ids| ids.split_whitespace().any(|id| id != entry.number && waiting.contains(id)))
        };
        let (later, now): (Vec<Entry>, Vec<Entry>) = left.into_iter().partition(refers);
        if now.is_empty() || later.is_empty() {
            placed.extend(now);
            placed.extend(later);
            return placed;
        }
        for entry in &now {
            waiting.remove(&entry.number);
        }
        placed.extend(now);
        left = later;
    }
}

fn act(context: &Context, register: &Register, entry: &Entry) -> Act {
    if entry.revision > 0 {
        return Act::ChangeRow {
            register: register.id.clone(),
            id: entry.number.clone(),
            revision: entry.revision,
            values: entry.values.clone(),
            reason: "表の取込みによる変更".to_owned(),
        };
    }
    let unit = entry.values.get(&register.unit).cloned().unwrap_or_else(|| context.person.unit().to_owned());
    Act::AddRow { register: register.id.clone(), id: entry.number.clone(), unit, values: entry.values.clone() }
}

/// Takes the rows through the door, several at a time; those without a number one after the other, so that numbers follow the file.
async fn done(context: &Context, register: &Register, plan: Plan) -> Result<Response, Fault> {
    let (mut added, mut changed, mut failures) = (0, 0, Vec::new());
    let entries = ordered(register, plan.new).into_iter().chain(plan.changed);
    let own: Vec<&str> =
        register.columns.iter().filter(|column| column.register == register.id).map(|column| column.key.as_str()).collect();
    let mut under_way: JoinSet<(Entry, Result<(), SubmitError>)> = JoinSet::new();
    let mut note = |(entry, result): (Entry, Result<(), SubmitError>)| match result {
        Ok(()) if entry.revision > 0 => changed += 1,
        Ok(()) => added += 1,
        Err(error) => failures.push(Failure { row: entry.row, number: entry.number, message: told(&error) }),
    };
    for entry in entries {
        let alone = entry.number.is_empty() || own.iter().any(|key| entry.values.contains_key(*key));
        while under_way.len() >= if alone { 1 } else { TOGETHER } {
            if let Some(Ok(result)) = under_way.join_next().await {
                note(result);
            }
        }
        let act = act(context, register, &entry);
        if alone {
            let result = context.act(act).await.map(drop);
            note((entry, result));
        } else {
            let context = context.clone();
            under_way.spawn(async move { (entry, context.act(act).await.map(drop)) });
        }
    }
    while let Some(result) = under_way.join_next().await {
        if let Ok(result) = result {
            note(result);
        }
    }
    failures.sort_by_key(|failure| failure.row);
    frame::show(&ImportedPage {
        page: context.page(format!("{}への取込みの結果", register.title)),
        register: (register.title.clone(), format!("/registers/{}", register.id)),
        added,
        changed,
        failures,
    })
}

/// A refusal in one line.
fn told(error: &SubmitError) -> String {
    match error {
        SubmitError::Refused(refusal) => {
            let fields: String = refusal.fields.iter().map(|(_, message)| message.as_str()).collect();
            format!("{}{fields}{}", refusal.says, if fields.is_empty() { refusal.help.as_str() } else { "" })
        }
        SubmitError::Unavailable(trouble) => format!("{}{}", trouble.says, trouble.help),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn originals_come_before_their_copies() {
        let catalog = office::catalog::Catalog::embedded().unwrap();
        let register = catalog.register("asset").unwrap();
        let entry = |number: &str, original: &str| Entry {
            row: 0,
            number: number.to_owned(),
            values: if original.is_empty() { BTreeMap::new() } else { BTreeMap::from([("copy_of".to_owned(), original.to_owned())]) },
            words: Vec::new(),
            revision: 0,
        };
        let order = |entries: Vec<Entry>| ordered(register, entries).into_iter().map(|entry| entry.number).collect::<Vec<_>>();
        assert_eq!(order(vec![entry("3", "2"), entry("2", "1"), entry("1", ""), entry("", "")]), ["1", "", "2", "3"]);
        assert_eq!(order(vec![entry("1", "2"), entry("2", "1")]).len(), 2);
    }
}
