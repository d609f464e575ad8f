//! Search (探す) over the policy in force, its other versions and the standard set.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::Query as Asks, response::Response};
use office::calendar;
use policy::{
    obligation::Modality,
    search::{Filter, Found, Hit, Index, Marked, Place, Query, Section},
};
use registry::VersionLine;

use super::policy::{Asked, clause, clause_href, marker};
use crate::{
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    page::Page,
    pages::registers::list::file,
    paging::{PER_PAGE, Pages, encode},
};

pub(crate) mod index;

/// The groups of results with their words in addresses and on pages.
const SECTIONS: [(Section, &str, &str); 3] = [
    (Section::InForce, "in-force", "施行中の規程"),
    (Section::Others, "others", "ほかの版の規程"),
    (Section::Standard, "standard", "標準実施基準"),
];

const MODALITIES: [(Modality, &str); 6] = [
    (Modality::Duty, "duty"),
    (Modality::Prohibition, "prohibition"),
    (Modality::Effort, "effort"),
    (Modality::Recommendation, "recommendation"),
    (Modality::Permission, "permission"),
    (Modality::Declaration, "declaration"),
];

/// A clause that was found.
struct Line {
    href: String,
    marker: String,
    heading: Html,
    place: String,
    versions: String,
    passage: Html,
    cut_before: bool,
    cut_after: bool,
    hint: String,
}

/// A group of results on this page.
struct Group {
    word: &'static str,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "search/index.html")]
struct SearchPage {
    page: Page,
    fields: Fields,
    searched: bool,
    typed: String,
    narrowed: bool,
    groups: Vec<Group>,
    pages: Pages,
    found: usize,
    query: String,
    left_out: usize,
}

fn get<'a>(asked: &'a Asked, key: &str) -> &'a str {
    asked.get(key).map_or("", |value| value.trim())
}

/// What an address asks for.
fn filter(context: &Context, asked: &Asked) -> Filter {
    let chosen = |key: &str| Some(get(asked, key)).filter(|value| !value.is_empty());
    Filter {
        in_force: context.rulebook().map(|book| book.version),
        version: chosen("version").and_then(|number| number.parse().ok()),
        section: SECTIONS.iter().find(|(_, code, _)| Some(*code) == chosen("section")).map(|(section, ..)| *section),
        part: chosen("part").map(str::to_owned),
        modality: MODALITIES.iter().find(|(_, code)| Some(*code) == chosen("modality")).map(|(modality, _)| *modality),
    }
}

/// `GET /search`
pub(crate) async fn show(context: Context, Asks(asked): Asks<Asked>) -> Result<Response, Fault> {
    let lines = context.app.registry.versions().await?;
    let index = index::index(&context, &lines).await?;
    let query = Query::new(get(&asked, "q"));
    let filter = filter(&context, &asked);
    let found = index.find(&query, &filter);
    if let Some(format) = asked.get("format") {
        return export(&context, &index, &found, format == "csv");
    }
    let narrowed = filter != Filter { in_force: filter.in_force, ..Filter::default() };
    if let Some(path) = only(&query, &found).filter(|_| !narrowed && get(&asked, "page").is_empty()) {
        let message = format!("「{}」の条項を開きました。この番号を本文から探すときは、番号を「」で囲んでください。", get(&asked, "q"));
        return Ok(frame::done(&context, &path, &message));
    }
    let total = u64::try_from(found.hits.len()).unwrap_or(u64::MAX);
    let number = get(&asked, "page").parse().unwrap_or(1).clamp(1, total.div_ceil(PER_PAGE).max(1));
    let kept: Vec<(&str, &str)> = ["q", "version", "section", "part", "modality"].iter().map(|key| (*key, get(&asked, key))).collect();
    let mut address = String::new();
    for (key, value) in kept.iter().filter(|(_, value)| !value.is_empty()) {
        address.push_str(&format!("{key}={}&", encode(value)));
    }
    frame::show(&SearchPage {
        page: context.page("規程を探す"),
        fields: fields(&context, &asked, &lines, &found),
        searched: !query.is_empty(),
        typed: get(&asked, "q").to_owned(),
        narrowed,
        groups: groups(&index, &query, &found, &filter, number),
        pages: Pages::new("/search", &kept, number, total),
        found: found.hits.len(),
        query: address,
        left_out: lines.len().saturating_sub(index.versions().len()),
    })
}

/// The address of the one clause in force that has this number, if a number was typed.
fn only(query: &Query, found: &Found) -> Option<String> {
    let mut numbered = found.hits.iter().filter(|hit| query.is_number() && hit.by_number && hit.section == Section::InForce);
    let hit = numbered.next().filter(|_| numbered.next().is_none())?;
    Some(href(hit))
}

fn href(hit: &Hit) -> String {
    match &hit.place {
        Place::Clause { version, path } => clause_href(path, *version),
        Place::Standard { number } => format!("/policy/standard/{}", encode(number)),
    }
}

/// The results of one page, by group.
fn groups(index: &Index, query: &Query, found: &Found, filter: &Filter, number: u64) -> Vec<Group> {
    let size = usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    let skipped = usize::try_from(number.saturating_sub(1)).unwrap_or(0).saturating_mul(size);
    let shown: Vec<&Hit> = found.hits.iter().skip(skipped).take(size).collect();
    let group = |(section, _, word): (Section, &str, &'static str)| Group {
        word,
        lines: shown.iter().filter(|hit| hit.section == section).map(|hit| line(index, query, hit, filter)).collect(),
    };
    SECTIONS.into_iter().map(group).filter(|group| !group.lines.is_empty()).collect()
}

fn line(index: &Index, query: &Query, hit: &Hit, filter: &Filter) -> Line {
    let shown = index.show(hit, query);
    let html = |marked: &Marked| Html::marked(&marked.pieces());
    let (place, path) = match &hit.place {
        Place::Clause { path, .. } => (if path.is_empty() { "前文".to_owned() } else { path.clone() }, path.as_str()),
        Place::Standard { number } => (index.part(hit).0.to_owned(), number.as_str()),
    };
    Line {
        href: href(hit),
        marker: marker(path).to_owned(),
        heading: html(&shown.heading),
        place,
        versions: versions(&hit.stood, index.versions()),
        passage: html(&shown.passage),
        cut_before: shown.passage.cut_before,
        cut_after: shown.passage.cut_after,
        hint: hint(index, hit, filter),
    }
}

/// Versions in words: `第1版から第3版まで、第5版`.
fn versions(some: &[u32], all: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    let mut open = false;
    for number in all {
        let has = some.contains(number);
        match runs.last_mut().filter(|_| has && open) {
            Some(run) => run.1 = *number,
            None if has => runs.push((*number, *number)),
            None => {}
        }
        open = has;
    }
    let word = |(from, to): (u32, u32)| if from == to { format!("第{from}版") } else { format!("第{from}版から第{to}版まで") };
    runs.into_iter().map(word).collect::<Vec<_>>().join("、")
}

/// A word on the versions in which the clause does not say it.
fn hint(index: &Index, hit: &Hit, filter: &Filter) -> String {
    let said = versions(&hit.found, index.versions());
    match (hit.section, filter.in_force) {
        (Section::InForce, _) if hit.found.len() < hit.stood.len() && filter.version.is_none() => {
            format!("この言葉があるのは{said}です。")
        }
        (Section::Others, Some(in_force))
            if hit.stood.contains(&in_force) && !hit.found.contains(&in_force) && filter.version.is_none() =>
        {
            format!("この言葉があるのは{said}です。施行中の版では、この条項の文が変わっています。")
        }
        (Section::Others, Some(in_force)) if !hit.stood.contains(&in_force) => "施行中の版には、この条項はありません。".to_owned(),
        _ => String::new(),
    }
}

/// The form, with the number of clauses beside each choice that narrows.
fn fields(context: &Context, asked: &Asked, lines: &[VersionLine], found: &Found) -> Fields {
    let in_force = context.rulebook().map(|book| book.version);
    let mut versions = vec![Choice::new("", "すべての版")];
    versions.extend(lines.iter().map(|line| {
        let state = match line.effective {
            _ if Some(line.number) == in_force => "施行中".to_owned(),
            Some(day) => format!("{}施行", calendar::wareki(day)),
            None => "未施行".to_owned(),
        };
        Choice::new(line.number.to_string(), format!("第{}版（{state}）", line.number))
    }));
    let all = || vec![Choice::new("", "すべて")];
    let counted = |value: &str, word: &str, count: usize| Choice::new(value, format!("{word}（{count}）"));
    let (mut sections, mut parts, mut modalities) = (all(), all(), all());
    for (section, code, word) in SECTIONS {
        sections.extend(found.sections.get(&section).map(|count| counted(code, word, *count)));
    }
    parts.extend(found.parts.iter().map(|(part, count)| counted(part, &super::policy::coverage::short(part), *count)));
    for (modality, code) in MODALITIES {
        let count = found.modalities.iter().find(|(known, _)| *known == modality);
        modalities.extend(count.map(|(_, count)| counted(code, clause::modality(modality), *count)));
    }
    let mut fields = vec![
        Field::new(Kind::Text, "q", "ことば・条項の番号").plain(),
        Field::new(Kind::Select, "version", "版").plain().choices(versions),
    ];
    for (key, label, choices) in [("section", "どこから", sections), ("part", "章・部", parts), ("modality", "文の種類", modalities)]
    {
        // A choice among nothing is left out, unless it was made and must be seen to be taken back.
        let chosen = get(asked, key);
        if choices.len() > 2 || !chosen.is_empty() {
            let known = choices.iter().any(|choice| choice.value == chosen);
            let lost = (!known).then(|| Choice::new(chosen, format!("{chosen}（0）")));
            fields.push(Field::new(Kind::Select, key, label).plain().choices(choices.into_iter().chain(lost).collect()));
        }
    }
    let values: BTreeMap<String, String> = asked.clone();
    Fields(fields).filled(&values, &[])
}

fn export(context: &Context, index: &Index, found: &Found, csv: bool) -> Result<Response, Fault> {
    let headings = ["どこから", "版", "条項", "見出し", "本文", "文の種類", "条項のある版", "言葉のある版"].map(str::to_owned);
    let row = |hit: &Hit| {
        let (version, path) = match &hit.place {
            Place::Clause { version, path } => (format!("第{version}版"), path.clone()),
            Place::Standard { number } => (String::new(), number.clone()),
        };
        let word = SECTIONS.iter().find(|(section, ..)| *section == hit.section).map_or("", |(_, _, word)| word);
        let forces: Vec<&str> = index.part(hit).1.iter().map(|force| clause::modality(*force)).collect();
        let (heading, text) = index.text(hit);
        vec![
            word.to_owned(),
            version,
            path,
            heading.to_owned(),
            text,
            forces.join("、"),
            versions(&hit.stood, index.versions()),
            versions(&hit.found, index.versions()),
        ]
    };
    let rows: Vec<Vec<String>> = found.hits.iter().map(row).collect();
    file(context, "規程の検索", csv, &headings, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_as_runs() {
        assert_eq!(versions(&[1, 2, 3, 5], &[1, 2, 3, 4, 5, 6]), "第1版から第3版まで、第5版");
        assert_eq!(versions(&[4], &[1, 4, 9]), "第4版");
        assert_eq!(versions(&[1, 4], &[1, 4, 9]), "第1版から第4版まで");
        assert_eq!(versions(&[], &[1]), "");
    }
}
