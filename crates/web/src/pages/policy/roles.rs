//! The roles of the policy with whoever holds them now, their deputies, and where nobody does.

use askama::Template;
use axum::{extract::Query, response::Response};
use office::{
    calendar, role,
    rulebook::{Holding, Role, Rulebook},
};
use policy::model::Holder;

use super::{Asked, coverage};
use crate::{citation, context::Context, fault::Fault, frame, html::Html, page::Page, pages::registers::list::file};

/// The word for a kind of holder.
pub(crate) const fn kind(holder: Holder) -> &'static str {
    match holder {
        Holder::One => "一人",
        Holder::Unit => "所属ごと",
        Holder::Committee => "会議・窓口",
        Holder::Nominated => "指名された人",
        Holder::Everyone => "全員",
    }
}

/// Who holds a role, in words.
pub(crate) fn holding(holding: &Holding) -> String {
    match holding {
        Holding::Post { unit, titles } if unit.is_empty() => titles.join("又は"),
        Holding::Post { unit, titles } => format!("{unit}の{}", titles.join("又は")),
        Holding::Unit { titles } => format!("各所属の{}", titles.join("、")),
        Holding::People { ids } => format!("指名した{}人", ids.len()),
        Holding::Everyone => "職員等の全員".to_owned(),
        Holding::Nobody => "決まっていません".to_owned(),
    }
}

struct Seat {
    unit: String,
    people: Vec<String>,
}

struct Line {
    id: String,
    name: String,
    kind: &'static str,
    holding: String,
    seats: Vec<Seat>,
    empty: Vec<String>,
    vacant: bool,
    deputy: String,
    acting: Vec<String>,
    cite: Html,
}

#[derive(Template)]
#[template(path = "policy/roles.html")]
struct RolesPage {
    page: Page,
    lines: Vec<Line>,
    vacant: usize,
}

/// Seats of a role with the people on them.
fn seats(context: &Context, held: &Role) -> Vec<Seat> {
    let state = &context.snapshot;
    let shown = |unit: &str| {
        role::holders(state, held, unit)
            .into_iter()
            .map(|person| format!("{}（{} {}）", person.name, person.unit(), person.title()))
            .collect()
    };
    match &held.holding {
        Holding::Everyone | Holding::Nobody => Vec::new(),
        _ => role::all_seats(state, held)
            .into_iter()
            .map(|unit| Seat { people: shown(&unit), unit })
            .filter(|seat| !seat.people.is_empty())
            .collect(),
    }
}

/// Units in which people work and for which nobody holds a role.
fn empty(context: &Context, held: &Role) -> Vec<String> {
    if !matches!(held.holding, Holding::Unit { .. }) {
        return Vec::new();
    }
    let mut units: Vec<&str> = context.snapshot.people.iter().filter(|person| person.active).map(|person| person.unit()).collect();
    units.sort_unstable();
    units.dedup();
    units.into_iter().filter(|unit| !unit.is_empty() && role::seat(&context.snapshot, held, unit).is_none()).map(str::to_owned).collect()
}

fn line(context: &Context, book: &Rulebook, held: &Role) -> Line {
    let seats = seats(context, held);
    let today = context.today();
    let holders: Vec<&str> = role::all_seats(&context.snapshot, held)
        .iter()
        .flat_map(|unit| role::holders(&context.snapshot, held, unit).into_iter().map(|person| person.id.clone()).collect::<Vec<_>>())
        .filter_map(|id| context.snapshot.people.get(&id).map(|person| person.id.as_str()))
        .collect();
    let delegations = context
        .snapshot
        .office
        .delegations
        .iter()
        .filter(|one| one.since <= today && today <= one.until && holders.contains(&one.principal.as_str()));
    let acting = delegations.map(|one| {
        format!(
            "{}（{}の代理、{}まで）",
            context.snapshot.name(&one.deputy),
            context.snapshot.name(&one.principal),
            calendar::wareki(one.until)
        )
    });
    Line {
        id: held.id.clone(),
        name: held.name.clone(),
        kind: kind(held.kind),
        holding: holding(&held.holding),
        acting: acting.collect(),
        seats,
        empty: empty(context, held),
        vacant: coverage::nobody(&context.snapshot, held),
        deputy: held.deputy.as_deref().map_or_else(String::new, |id| book.role_name(id).to_owned()),
        cite: citation::short(&held.cite),
    }
}

/// `GET /policy/roles`
pub(crate) async fn show(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let lines: Vec<Line> =
        context.rulebook().map_or_else(Vec::new, |book| book.roles.iter().map(|held| line(&context, book, held)).collect());
    if let Some(format) = asked.get("format") {
        let headings = ["役割", "就き方", "充てる職", "所属", "担当者", "代理する役割", "根拠"].map(str::to_owned);
        let cite = |name: &str| {
            context
                .rulebook()
                .and_then(|book| book.roles.iter().find(|role| role.name == name))
                .map_or_else(String::new, |role| citation::label(&role.cite))
        };
        let rows: Vec<Vec<String>> = lines
            .iter()
            .flat_map(|line| {
                let one = |unit: String, people: String| {
                    vec![line.name.clone(), line.kind.to_owned(), line.holding.clone(), unit, people, line.deputy.clone(), cite(&line.name)]
                };
                if line.seats.is_empty() {
                    vec![one(String::new(), String::new())]
                } else {
                    line.seats.iter().map(|seat| one(seat.unit.clone(), seat.people.join("、"))).collect()
                }
            })
            .collect();
        return file(&context, "役割と担当者", format == "csv", &headings, &rows);
    }
    let vacant = lines.iter().filter(|line| line.vacant).count();
    frame::show(&RolesPage { page: context.page("役割と担当者"), lines, vacant })
}
