//! Units (所属): the tree, with how many people work in each, and new ones.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use office::{act::Act, people::Unit, refusal::Refusal};

use crate::{
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    input::Input,
    page::Page,
    pages::registers::list::units,
    refused::Refused,
};

struct Line {
    id: String,
    name: String,
    level: usize,
    people: usize,
}

#[derive(Template)]
#[template(path = "admin/units.html")]
struct UnitsPage {
    page: Page,
    lines: Vec<Line>,
    refused: Option<Refused>,
    fields: Fields,
}

fn units_page(context: &Context, values: &BTreeMap<String, String>, refused: Option<Refused>) -> UnitsPage {
    let mut people: BTreeMap<&str, usize> = BTreeMap::new();
    for position in context.snapshot.people.iter().filter(|person| person.active).flat_map(|person| &person.positions) {
        *people.entry(position.unit.as_str()).or_default() += 1;
    }
    let lines = context.snapshot.office.units.values().map(|unit| Line {
        id: unit.id.clone(),
        name: unit.name.clone(),
        level: unit.id.split('/').count().min(6),
        people: people.get(unit.id.as_str()).copied().unwrap_or(0),
    });
    let errors = refused.as_ref().map_or_else(Vec::new, |refused| refused.fields.clone());
    let mut above = vec![Choice::new("", "（いちばん上）")];
    above.extend(units(context));
    let fields = vec![
        Field::new(Kind::Select, "parent", "上の所属").plain().choices(above),
        Field::new(Kind::Text, "name", "名前").required().help("例：情報政策課"),
    ];
    UnitsPage { page: context.page("所属"), lines: lines.collect(), refused, fields: Fields(fields).filled(values, &errors) }
}

/// `GET /admin/units`
pub(crate) async fn index(context: Context) -> Result<Response, Fault> {
    context.administrator()?;
    frame::show(&units_page(&context, &BTreeMap::new(), None))
}

/// `POST /admin/units`
pub(crate) async fn add(context: Context, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let name = input.get("name").split_whitespace().collect::<String>();
    let parent = Some(input.get("parent").to_owned()).filter(|parent| !parent.is_empty());
    let id = parent.as_ref().map_or_else(|| name.clone(), |parent| format!("{parent}/{name}"));
    let wrong = match () {
        () if name.is_empty() => "名前を書いてください。",
        () if name.contains(['/', '／']) => "名前に「/」は使えません。上の所属を選び、名前だけを書いてください。",
        () if context.snapshot.office.units.contains_key(&id) => "この所属は、すでに登録されています。",
        () => "",
    };
    let refused = if wrong.is_empty() {
        match context.act(Act::ChangePeople { units: vec![Unit { id, name, parent }], people: Vec::new() }).await {
            Ok(_) => return Ok(frame::done(&context, "/admin/units", "所属を登録しました。")),
            Err(error) => Refused::or_fault(&context, error).await?,
        }
    } else {
        Refused::bare(&Refusal::fields(vec![("name".to_owned(), wrong.to_owned())]))
    };
    frame::show_refused(&units_page(&context, &input.values(), Some(refused)))
}
