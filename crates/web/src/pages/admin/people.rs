//! People as administrators keep them: found, entered, changed, marked as left.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use office::{
    act::Act,
    people::{Account, Person, Position},
    refusal::Refusal,
    role,
    state::Key,
};

use super::accounts;
use crate::{
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    pages::registers::list::{file, units},
    paging::{PER_PAGE, Pages, encode},
    people_import,
    refused::Refused,
};

type Asked = BTreeMap<String, String>;

/// Posts that one person's form holds.
const POSTS: usize = 3;

/// How an account stands, as a badge.
pub(super) fn account_badge(context: &Context, account: Option<&Account>) -> Html {
    match account {
        None => Html::badge("done", "なし"),
        Some(account) if !account.open => Html::badge("done", "停止"),
        Some(account) if account.locked_until.is_some_and(|until| until > context.now) => Html::badge("late", "一時停止中"),
        Some(account) if account.administrator => Html::badge("warn", "管理者"),
        Some(_) => Html::badge("good", "有効"),
    }
}

/// Whether a person matches a search.
fn matches(person: &Person, asked: &Asked) -> bool {
    let get = |key: &str| asked.get(key).map_or("", |value| value.trim());
    let active = match get("state") {
        "left" => !person.active,
        "all" => true,
        _ => person.active,
    };
    let unit = get("unit");
    let in_unit = unit.is_empty() || person.positions.iter().any(|position| role::lies_in(&position.unit, unit));
    let words = registry::normalize(get("q"));
    let text = || {
        let posts: String = person.positions.iter().map(|position| format!(" {} {}", position.unit, position.title)).collect();
        registry::normalize(&format!("{} {} {} {}{posts}", person.id, person.name.replace([' ', '　'], ""), person.name, person.kana))
    };
    active && in_unit && (words.is_empty() || words.split(' ').all(|word| text().contains(word)))
}

struct Line {
    id: String,
    name: String,
    kana: String,
    posts: Vec<String>,
    left: bool,
    account: Html,
}

#[derive(Template)]
#[template(path = "admin/people.html")]
struct PeoplePage {
    page: Page,
    fields: Fields,
    lines: Vec<Line>,
    pages: Pages,
    query: String,
}

fn search(context: &Context, asked: &Asked) -> Fields {
    let mut all = vec![Choice::new("", "すべて")];
    all.extend(units(context));
    let fields = vec![
        Field::new(Kind::Text, "q", "氏名・番号・職名").plain(),
        Field::new(Kind::Select, "unit", "所属").plain().choices(all),
        Field::new(Kind::Select, "state", "状態").plain().choices(vec![
            Choice::new("", "在職"),
            Choice::new("left", "退職"),
            Choice::new("all", "すべて"),
        ]),
    ];
    Fields(fields).filled(asked, &[])
}

/// `GET /admin/people`
pub(crate) async fn index(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    context.administrator()?;
    let found: Vec<&Person> = context.snapshot.people.iter().filter(|person| matches(person, &asked)).collect();
    if let Some(format) = asked.get("format") {
        let headings = people_import::HEADINGS.map(str::to_owned);
        let rows: Vec<Vec<String>> = found.into_iter().map(people_import::row).collect();
        return file(&context, "職員名簿", format == "csv", &headings, &rows);
    }
    let number: u64 = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let filters: Vec<(&str, &str)> =
        ["q", "unit", "state"].iter().filter_map(|key| asked.get(*key).map(|value| (*key, value.as_str()))).collect();
    let total = found.len();
    let skipped = usize::try_from((number - 1).saturating_mul(PER_PAGE)).unwrap_or(usize::MAX);
    let lines = found.into_iter().skip(skipped).take(usize::try_from(PER_PAGE).unwrap_or(50)).map(|person| Line {
        id: person.id.clone(),
        name: person.name.clone(),
        kana: person.kana.clone(),
        posts: person.positions.iter().map(|position| format!("{} {}", position.unit, position.title)).collect(),
        left: !person.active,
        account: account_badge(&context, context.snapshot.office.accounts.get(&person.id)),
    });
    frame::show(&PeoplePage {
        page: context.page("職員"),
        fields: search(&context, &asked),
        lines: lines.collect(),
        pages: Pages::new("/admin/people", &filters, number, total as u64),
        query: filters.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| format!("{key}={}&", encode(value))).collect(),
    })
}

#[derive(Template)]
#[template(path = "admin/person.html")]
struct PersonPage {
    page: Page,
    id: String,
    new: bool,
    refused: Option<Refused>,
    fields: Fields,
    account: Html,
    details: Vec<(&'static str, String)>,
    actions: Vec<accounts::Button>,
    history: Vec<(String, &'static str, String, u64)>,
}

/// The fields of a person.
fn form(context: &Context, new: bool) -> Vec<Field> {
    let mut choices = vec![Choice::new("", "選んでください")];
    choices.extend(units(context));
    let mut fields = Vec::new();
    if new {
        fields.push(Field::new(Kind::Text, "id", "職員番号").required().help("英数字。サインインにも使います。"));
    }
    fields.extend([
        Field::new(Kind::Text, "name", "氏名").required().help("姓と名の間は空けます。"),
        Field::new(Kind::Text, "kana", "ふりがな"),
        Field::new(Kind::Text, "mail", "メールアドレス"),
    ]);
    for post in 0..POSTS {
        let word = if post == 0 { String::new() } else { format!("（兼務{post}）") };
        let unit = Field::new(Kind::Select, format!("unit{post}"), format!("所属{word}")).choices(choices.clone());
        let title = Field::new(Kind::Text, format!("title{post}"), format!("職名{word}"));
        fields.extend(if post == 0 { [unit.required(), title.required()] } else { [unit, title] });
    }
    if !new {
        fields.push(
            Field::new(Kind::Radios, "active", "在職")
                .required()
                .choices(vec![Choice::new("yes", "在職している"), Choice::new("no", "退職・離職した")]),
        );
    }
    fields
}

/// The values of a person's fields.
fn filled(person: &Person) -> BTreeMap<String, String> {
    let mut values = BTreeMap::from([
        ("name".to_owned(), person.name.clone()),
        ("kana".to_owned(), person.kana.clone()),
        ("mail".to_owned(), person.mail.clone()),
        ("active".to_owned(), if person.active { "yes" } else { "no" }.to_owned()),
    ]);
    for (post, position) in person.positions.iter().enumerate() {
        values.insert(format!("unit{post}"), position.unit.clone());
        values.insert(format!("title{post}"), position.title.clone());
    }
    values
}

/// A person as typed, and what is wrong with it.
fn typed(input: &Input, id: &str, known: Option<&Person>) -> (Person, Vec<(String, String)>) {
    let mut errors = Vec::new();
    let mut wrong = |key: &str, says: &str| errors.push((key.to_owned(), says.to_owned()));
    if id.is_empty() || id.len() > 32 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        wrong("id", "職員番号は、英数字とハイフンで32文字までで書いてください。");
    }
    let name = input.get("name").split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        wrong("name", "氏名を書いてください。");
    }
    let mut positions = Vec::new();
    for post in 0..POSTS {
        let (unit, title) = (input.get(&format!("unit{post}")), input.get(&format!("title{post}")));
        match (unit.is_empty(), title.is_empty()) {
            (false, false) => positions.push(Position { unit: unit.to_owned(), title: title.split_whitespace().collect() }),
            (true, true) if post > 0 => {}
            (true, _) => wrong(&format!("unit{post}"), "所属を選んでください。"),
            (false, true) => wrong(&format!("title{post}"), "職名を書いてください。"),
        }
    }
    // More posts than the form holds stay as they are.
    positions.extend(known.iter().flat_map(|person| person.positions.iter().skip(POSTS).cloned()));
    let active = known.is_none() || input.get("active") == "yes";
    (Person { id: id.to_owned(), name, kana: input.get("kana").to_owned(), mail: input.get("mail").to_owned(), positions, active }, errors)
}

fn new_page(context: &Context, values: &BTreeMap<String, String>, refused: Option<Refused>) -> PersonPage {
    let errors = refused.as_ref().map_or_else(Vec::new, |refused| refused.fields.clone());
    PersonPage {
        page: context.page("職員の登録"),
        id: String::new(),
        new: true,
        refused,
        fields: Fields(form(context, true)).filled(values, &errors),
        account: Html::default(),
        details: Vec::new(),
        actions: Vec::new(),
        history: Vec::new(),
    }
}

/// `GET /admin/people/new`
pub(crate) async fn new(context: Context) -> Result<Response, Fault> {
    context.administrator()?;
    frame::show(&new_page(&context, &BTreeMap::new(), None))
}

/// `POST /admin/people/new`
pub(crate) async fn add(context: Context, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let id = input.get("id").to_owned();
    let (person, mut errors) = typed(&input, &id, None);
    if context.snapshot.people.get(&id).is_some() {
        errors.push(("id".to_owned(), "この職員番号は、すでに使われています。".to_owned()));
    }
    let refused = if errors.is_empty() {
        match context.act(Act::ChangePeople { units: Vec::new(), people: vec![person] }).await {
            Ok(_) => return Ok(frame::done(&context, &format!("/admin/people/{}", encode(&id)), "職員を登録しました。")),
            Err(error) => Refused::or_fault(&context, error).await?,
        }
    } else {
        Refused::bare(&Refusal::fields(errors))
    };
    frame::show_refused(&new_page(&context, &input.values(), Some(refused)))
}

async fn person_page(
    context: &Context,
    person: &Person,
    values: &BTreeMap<String, String>,
    refused: Option<Refused>,
) -> Result<PersonPage, Fault> {
    let errors = refused.as_ref().map_or_else(Vec::new, |refused| refused.fields.clone());
    let account = context.snapshot.office.accounts.get(&person.id);
    let history = context.app.registry.history(&Key::Person(person.id.clone())).await?;
    let kinds = registry::record_kinds();
    let line = |(index, record): &(u64, office::record::Record)| {
        let value = serde_json::to_value(&record.fact).unwrap_or_default();
        let kind = value.get("kind").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let word = kinds.iter().find(|(known, _)| *known == kind).map_or("記録", |(_, word)| word);
        (record.at.wareki(), word, crate::words::actor(&context.snapshot, &record.by), *index)
    };
    Ok(PersonPage {
        page: context.page(person.name.clone()),
        id: person.id.clone(),
        new: false,
        refused,
        fields: Fields(form(context, false)).filled(values, &errors),
        account: account_badge(context, account),
        details: accounts::details(account),
        actions: accounts::buttons(context, person, account),
        history: history.iter().rev().take(20).map(line).collect(),
    })
}

/// A person by staff number.
///
/// # Errors
/// [`Fault::NotFound`] if there is none.
pub(super) fn find<'a>(context: &'a Context, id: &str) -> Result<&'a Person, Fault> {
    context.snapshot.people.get(id).ok_or(Fault::NotFound)
}

/// `GET /admin/people/{id}`
pub(crate) async fn show(context: Context, Path(id): Path<String>) -> Result<Response, Fault> {
    context.administrator()?;
    let person = find(&context, &id)?;
    frame::show(&person_page(&context, person, &filled(person), None).await?)
}

/// `POST /admin/people/{id}`
pub(crate) async fn change(context: Context, Path(id): Path<String>, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let known = find(&context, &id)?;
    let (person, errors) = typed(&input, &id, Some(known));
    let refused = if errors.is_empty() {
        if person == *known {
            return Ok(frame::done(&context, &format!("/admin/people/{}", encode(&id)), "変わった所はありませんでした。"));
        }
        let left = known.active && !person.active;
        match context.act(Act::ChangePeople { units: Vec::new(), people: vec![person] }).await {
            Ok(_) => {
                accounts::close_after_leaving(&context, &id, left).await?;
                return Ok(frame::done(&context, &format!("/admin/people/{}", encode(&id)), "変更を登録しました。"));
            }
            Err(error) => Refused::or_fault(&context, error).await?,
        }
    } else {
        Refused::bare(&Refusal::fields(errors))
    };
    frame::show_refused(&person_page(&context, known, &input.values(), Some(refused)).await?)
}
