//! Entering, copying, changing and disposing of a row. Two people changing one row see each other's values.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use office::{
    act::Act,
    catalog::{Field as Column, FieldType, Register},
    permit::Stage,
    register::Row,
};
use registry::{Paging, RowFilter, Sort};

use super::{list, register, row, values};
use crate::{
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    input::Input,
    page::Page,
    refused::Refused,
    words,
};

/// Up to so many people or rows are offered as a list; beyond that their number is typed.
const OFFERED_MAX: usize = 200;

/// What somebody else has saved meanwhile beside what was typed here.
struct Clash {
    who: String,
    when: String,
    lines: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "registers/edit.html")]
struct EditPage {
    page: Page,
    register: (String, String),
    action: String,
    back: String,
    note: String,
    refused: Option<Refused>,
    clash: Option<Clash>,
    fields: Fields,
    button: &'static str,
}

/// What can be chosen in a column; empty where a number is typed.
async fn choices(context: &Context, column: &Column, unit: &str) -> Result<Vec<Choice>, Fault> {
    Ok(match column.kind {
        FieldType::Unit => list::units(context),
        FieldType::Class => list::classes(context),
        FieldType::Person => {
            let people = context.snapshot.people.iter().filter(|person| person.active);
            let choices: Vec<Choice> = people
                .take(OFFERED_MAX + 1)
                .map(|person| Choice::new(&person.id, format!("{} {}（{}）", person.id, person.name, person.unit())))
                .collect();
            if choices.len() > OFFERED_MAX { Vec::new() } else { choices }
        }
        FieldType::Row | FieldType::Rows => {
            let size = u32::try_from(OFFERED_MAX).unwrap_or(u32::MAX);
            let filter = RowFilter { register: column.register.clone(), unit: unit.to_owned(), gone: Some(false), ..RowFilter::default() };
            let rows = context.app.registry.rows(&filter, Sort::Number, Paging { page: 1, size }).await?;
            if rows.total.more || rows.total.count > u64::from(size) { Vec::new() } else { rows.items.iter().map(choice).collect() }
        }
        _ => Vec::new(),
    })
}

fn choice(row: &Row) -> Choice {
    let name = row.values.get("name").map_or("", String::as_str);
    let class = row.class.as_deref().unwrap_or_default();
    Choice::new(&row.id, format!("{} {name}{}", row.id, if class.is_empty() { String::new() } else { format!("（分類{class}）") }))
}

/// The form of a register.
async fn form(context: &Context, register: &Register, unit: &str, filled: &BTreeMap<String, String>) -> Result<Vec<Field>, Fault> {
    let mut fields = Vec::new();
    for column in &register.columns {
        let mut choices = choices(context, column, unit).await?;
        if choices.is_empty() && matches!(column.kind, FieldType::Row | FieldType::Rows) {
            let several = if column.kind == FieldType::Rows { "いくつもあるときは、空白で区切ります。" } else { "" };
            let help = format!("{}管理番号を書きます。{several}", column.help);
            fields.push(Field { required: column.required, ..Field::new(Kind::Text, &column.key, &column.label).help(help) });
            continue;
        }
        // What is chosen already stays choosable, even where it lies in another unit.
        for id in filled.get(&column.key).map_or("", String::as_str).split_whitespace() {
            if matches!(column.kind, FieldType::Row | FieldType::Rows | FieldType::Person)
                && !choices.is_empty()
                && !choices.iter().any(|choice| choice.value == id)
            {
                choices.push(Choice::new(id, id));
            }
        }
        let mut field = Field::of(column, choices);
        if column.kind == FieldType::Person && field.kind == Kind::Text {
            field.help = format!("{}職員番号を書きます。", column.help);
        }
        if column.kind == FieldType::Class && follows(register, filled) {
            field.required = false;
            field.help = format!("{}選ばなければ、元や中身の分類を引き継ぎ、それが変われば一緒に変わります。", column.help);
        }
        fields.push(field);
    }
    Ok(fields)
}

/// Whether a row with these values takes its class from other rows.
pub(super) fn follows(register: &Register, values: &BTreeMap<String, String>) -> bool {
    let columns = register.columns.iter().filter(|column| matches!(column.kind, FieldType::Row | FieldType::Rows));
    columns.filter_map(|column| values.get(&column.key)).any(|ids| !ids.trim().is_empty())
}

/// What was typed, as the office wants it; and what is wrong with it.
fn typed(context: &Context, register: &Register, input: &Input) -> (BTreeMap<String, String>, Vec<(String, String)>) {
    let sent = input.values();
    let (mut good, mut errors) = (BTreeMap::new(), Vec::new());
    for column in &register.columns {
        let text = sent.get(&column.key).map_or("", String::as_str);
        match values::typed(column, text, &context.snapshot, context.rulebook()) {
            Ok(value) if value.is_empty() => {}
            Ok(value) => {
                good.insert(column.key.clone(), value);
            }
            Err(message) => errors.push((column.key.clone(), message)),
        }
    }
    (good, errors)
}

/// A refusal of what could not be read, before the door is asked.
fn misread(errors: Vec<(String, String)>) -> Refused {
    Refused::bare(&office::refusal::Refusal::fields(errors))
}

/// The row whose copy is entered, if one is.
async fn original(context: &Context, register: &Register, id: &str) -> Result<Option<Row>, Fault> {
    if id.is_empty() { Ok(None) } else { row::find(context, &register.id, id).await.map(Some) }
}

/// Values of a new row: blank, or those of the row it copies.
fn start(context: &Context, register: &Register, original: Option<&Row>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::from([(register.unit.clone(), context.person.unit().to_owned())]);
    let Some(original) = original else { return values };
    values.extend(original.values.clone());
    let copied =
        register.columns.iter().find(|column| matches!(column.kind, FieldType::Row | FieldType::Rows) && column.register == register.id);
    if let Some(column) = copied {
        values.insert(column.key.clone(), original.id.clone());
    }
    // Left out, so that the copy follows its original.
    if let Some(column) = register.class_column() {
        values.remove(&column.key);
    }
    values
}

async fn new_page(
    context: &Context,
    register: &Register,
    copy: Option<&Row>,
    filled: &BTreeMap<String, String>,
    refused: Option<Refused>,
) -> Result<EditPage, Fault> {
    let fields = form(context, register, context.person.unit(), filled).await?;
    let errors = refused.as_ref().map_or_else(Vec::new, |refused| refused.fields.clone());
    let number =
        Field::new(Kind::Text, "number", "管理番号").help("すでに付いている番号があるときだけ書きます。空なら次の番号が付きます。");
    let fields = fields.into_iter().chain([number]).collect();
    let note = copy.map_or_else(String::new, |row| {
        format!("{} の複製を登録します。分類は元の情報資産のものを引き継ぎ、元の分類が変わると一緒に変わります。", row.id)
    });
    let query = copy.map_or_else(String::new, |row| format!("?copy={}", crate::paging::encode(&row.id)));
    Ok(EditPage {
        page: context.page(if copy.is_some() { "複製の登録".to_owned() } else { format!("{}への登録", register.title) }),
        register: (register.title.clone(), format!("/registers/{}", register.id)),
        action: format!("/registers/{}/new{query}", register.id),
        back: format!("/registers/{}", register.id),
        note,
        refused,
        clash: None,
        fields: Fields(fields).filled(filled, &errors),
        button: "登録する",
    })
}

/// `GET /registers/{id}/new`
pub(crate) async fn new(context: Context, Path(id): Path<String>, Query(asked): Query<list::Asked>) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let copy = original(&context, register, asked.get("copy").map_or("", String::as_str)).await?;
    let filled = start(&context, register, copy.as_ref());
    frame::show(&new_page(&context, register, copy.as_ref(), &filled, None).await?)
}

/// `POST /registers/{id}/new`
pub(crate) async fn add(
    context: Context,
    Path(id): Path<String>,
    Query(asked): Query<list::Asked>,
    input: Input,
) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let copy = original(&context, register, asked.get("copy").map_or("", String::as_str)).await?;
    let (values, errors) = typed(&context, register, &input);
    let refused = if errors.is_empty() {
        let unit = values.get(&register.unit).cloned().unwrap_or_else(|| context.person.unit().to_owned());
        let act = Act::AddRow { register: id.clone(), id: input.get("number").to_owned(), unit, values };
        match context.act(act).await {
            Ok(receipt) => return Ok(frame::done(&context, &added(&id, &receipt), "登録しました。")),
            Err(error) => Refused::or_fault(&context, error).await?,
        }
    } else {
        misread(errors)
    };
    frame::show_refused(&new_page(&context, register, copy.as_ref(), &input.values(), Some(refused)).await?)
}

/// Address of the row that was just entered.
fn added(register: &str, receipt: &registry::Receipt) -> String {
    let row = receipt.records.iter().find_map(|record| match &record.fact {
        office::record::Fact::RowAdded { row } => Some(row.id.as_str()),
        _ => None,
    });
    row.map_or_else(|| format!("/registers/{register}"), |row| values::address(register, row))
}

async fn edit_page(
    context: &Context,
    register: &Register,
    row: &Row,
    filled: &BTreeMap<String, String>,
    refused: Option<Refused>,
    clash: Option<Clash>,
) -> Result<EditPage, Fault> {
    let mut fields = form(context, register, &row.unit, filled).await?;
    fields.push(Field::new(Kind::Text, "reason", "変更の理由").required().help("あとから見て分かるように書きます。記録に残ります。"));
    fields.push(Field::new(Kind::Hidden, "revision", ""));
    let errors = refused.as_ref().map_or_else(Vec::new, |refused| refused.fields.clone());
    let mut filled = filled.clone();
    filled.insert("revision".to_owned(), row.revision.to_string());
    Ok(EditPage {
        page: context.page(format!("{} の変更", row.id)),
        register: (register.title.clone(), format!("/registers/{}", register.id)),
        action: format!("{}/edit", values::address(&register.id, &row.id)),
        back: values::address(&register.id, &row.id),
        note: String::new(),
        refused,
        clash,
        fields: Fields(fields).filled(&filled, &errors),
        button: "変更を登録する",
    })
}

/// `GET /registers/{id}/rows/{row}/edit`
pub(crate) async fn edit(context: Context, Path((id, number)): Path<(String, String)>) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let row = row::find(&context, &id, &number).await?;
    frame::show(&edit_page(&context, register, &row, &row.values.clone(), None, None).await?)
}

/// What is saved now beside what was typed, where they differ.
async fn clash(context: &Context, register: &Register, row: &Row, typed: &BTreeMap<String, String>) -> Result<Clash, Fault> {
    let history = context.app.registry.history(&office::state::Key::Row(row.register.clone(), row.id.clone())).await?;
    let last = history.last().map(|(_, record)| record);
    let text = |column: &Column, values: &BTreeMap<String, String>| {
        let value = values.get(&column.key).map_or("", String::as_str);
        if value.is_empty() { "（なし）".to_owned() } else { values::plain(column, value, &context.snapshot) }
    };
    let differs =
        |column: &&Column| row.values.get(&column.key).map_or("", String::as_str) != typed.get(&column.key).map_or("", String::as_str);
    let lines = register.columns.iter().filter(differs);
    Ok(Clash {
        who: last.map_or_else(String::new, |record| words::actor(&context.snapshot, &record.by)),
        when: row.changed_at.wareki(),
        lines: lines.map(|column| (column.label.clone(), text(column, &row.values), text(column, typed))).collect(),
    })
}

/// `POST /registers/{id}/rows/{row}/edit`
pub(crate) async fn change(context: Context, Path((id, number)): Path<(String, String)>, input: Input) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let (values, errors) = typed(&context, register, &input);
    let revision = input.get("revision").parse().unwrap_or(0);
    let refused = if errors.is_empty() {
        let reason = input.get("reason").to_owned();
        let act = Act::ChangeRow { register: id.clone(), id: number.clone(), revision, values: values.clone(), reason };
        match context.act(act).await {
            Ok(_) => return Ok(frame::done(&context, &values::address(&id, &number), "変更を登録しました。")),
            Err(error) => Refused::or_fault(&context, error).await?,
        }
    } else {
        misread(errors)
    };
    let row = row::find(&context, &id, &number).await?;
    let clash = if row.revision == revision { None } else { Some(clash(&context, register, &row, &values).await?) };
    frame::show_refused(&edit_page(&context, register, &row, &input.values(), Some(refused), clash).await?)
}

#[derive(Template)]
#[template(path = "registers/remove.html")]
struct RemovePage {
    page: Page,
    register: (String, String),
    id: String,
    name: String,
    back: String,
    refused: Option<Refused>,
    procedure: Option<String>,
    fields: Fields,
}

async fn remove_page(
    context: &Context,
    register: &Register,
    row: &Row,
    filled: &BTreeMap<String, String>,
    refused: Option<Refused>,
) -> Result<RemovePage, Fault> {
    let procedure = context.rulebook().and_then(|book| book.procedures.iter().find(|procedure| procedure.control == "permit.dispose"));
    let mut fields = Vec::new();
    if let Some(procedure) = procedure {
        let permits = row::permits(context, row).await?;
        let usable = permits.iter().filter(|permit| {
            permit.application.procedure == procedure.key && matches!(permit.stage, Stage::Approved | Stage::Out | Stage::Closed)
        });
        let mut choices: Vec<Choice> = usable
            .map(|permit| {
                Choice::new(&permit.id, format!("{} {}（{}）", permit.id, permit.title, words::actor(&context.snapshot, &permit.applicant)))
            })
            .collect();
        choices.insert(0, Choice::new("", "選んでください"));
        fields
            .push(Field::new(Kind::Select, "permit", "廃棄の許可").required().choices(choices).help("この物について許可された申請です。"));
    }
    fields.push(
        Field::new(Kind::Long, "reason", "廃棄・返却の方法と理由")
            .required()
            .help("消去や破壊の方法、立ち会った人、日付などを書きます。記録に残ります。"),
    );
    let errors = refused.as_ref().map_or_else(Vec::new, |refused| refused.fields.clone());
    Ok(RemovePage {
        page: context.page(format!("{} の廃棄・返却", row.id)),
        register: (register.title.clone(), format!("/registers/{}", register.id)),
        id: row.id.clone(),
        name: row.values.get("name").cloned().unwrap_or_default(),
        back: values::address(&register.id, &row.id),
        refused,
        procedure: procedure.map(|procedure| procedure.key.clone()),
        fields: Fields(fields).filled(filled, &errors),
    })
}

/// `GET /registers/{id}/rows/{row}/remove`
pub(crate) async fn remove(context: Context, Path((id, number)): Path<(String, String)>) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let row = row::find(&context, &id, &number).await?;
    frame::show(&remove_page(&context, register, &row, &BTreeMap::new(), None).await?)
}

/// `POST /registers/{id}/rows/{row}/remove`
pub(crate) async fn dispose(context: Context, Path((id, number)): Path<(String, String)>, input: Input) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let permit = Some(input.get("permit").to_owned()).filter(|permit| !permit.is_empty());
    let act = Act::RemoveRow { register: id.clone(), id: number.clone(), reason: input.get("reason").to_owned(), permit };
    match context.act(act).await {
        Ok(_) => Ok(frame::done(&context, &values::address(&id, &number), "廃棄・返却済みとして記録しました。")),
        Err(error) => {
            let refused = Refused::or_fault(&context, error).await?;
            let row = row::find(&context, &id, &number).await?;
            frame::show_refused(&remove_page(&context, register, &row, &input.values(), Some(refused)).await?)
        }
    }
}
