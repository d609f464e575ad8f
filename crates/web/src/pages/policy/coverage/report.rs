//! The report for the committee, on paper: figures, how they moved since the last fiscal year, and what does not work.

use askama::Template;
use axum::response::Response;
use office::{
    calendar,
    coverage::{Counts, Means, Standing, statuses},
};

use super::{Coverage, list, means, words};
use crate::{context::Context, fault::Fault, frame, page::Page};

/// A row of a table of figures.
struct Row {
    word: &'static str,
    cells: Vec<String>,
}

/// The norms that stand in one way.
struct Group {
    word: &'static str,
    meaning: &'static str,
    lines: Vec<list::Line>,
}

#[derive(Template)]
#[template(path = "policy/coverage_report.html")]
struct ReportPage {
    page: Page,
    title: String,
    effective: String,
    year: String,
    total: usize,
    works: usize,
    share: String,
    states: Vec<Row>,
    kinds: Vec<Row>,
    groups: Vec<Group>,
    before: String,
    size: u64,
}

/// A share in percent with one decimal.
fn share(part: usize, whole: usize) -> String {
    let tenths = (part * 1_000 + whole / 2).checked_div(whole).unwrap_or(0);
    format!("{}.{}％", tenths / 10, tenths % 10)
}

/// A number with its sign, as a change is written.
fn change(now: usize, before: usize) -> String {
    match now.cmp(&before) {
        std::cmp::Ordering::Equal => "±0".to_owned(),
        std::cmp::Ordering::Greater => format!("＋{}", now - before),
        std::cmp::Ordering::Less => format!("△{}", before - now),
    }
}

/// The figures at the end of the fiscal year before, if a policy was in force then.
async fn earlier(context: &Context, year: i16) -> Result<Option<Counts>, Fault> {
    let day = calendar::fiscal_year_end(year);
    let Some(book) = context.snapshot.rulebook(day).filter(|book| !book.coverage.is_empty()) else { return Ok(None) };
    let found = context.app.registry.evidence_at_end_of(year).await?;
    // A policy adopted later for an earlier day left no trace then: nothing can be compared.
    if !found.notes.contains_key(&office::coverage::adopted_key(book.version)) {
        return Ok(None);
    }
    Ok(Some(Counts::of(&statuses(&context.snapshot, book, &found, day))))
}

/// `GET /policy/coverage/report`
pub(crate) async fn show(context: Context) -> Result<Response, Fault> {
    let Some(book) = context.rulebook() else { return crate::pages::policy::none(&context) };
    let coverage = Coverage::of(&context, book).await?;
    let counts = coverage.counts();
    let year = calendar::fiscal_year(context.today());
    let before = earlier(&context, year - 1).await?;
    let state = |standing: Standing| {
        let now = counts.get(standing);
        let mut cells = vec![now.to_string(), share(now, counts.total())];
        cells.extend(before.map(|before| before.get(standing).to_string()));
        cells.extend(before.map(|before| change(now, before.get(standing))));
        Row { word: words(standing).0, cells }
    };
    let kind = |kind: Means| {
        let of = coverage.all().filter(|(_, covering, _)| covering.means == kind).map(|(_, _, status)| status);
        let counts = Counts::of(of);
        let cells = std::iter::once(counts.total()).chain(Standing::ALL.map(|standing| counts.get(standing)));
        Row { word: means(kind), cells: cells.map(|count| count.to_string()).collect() }
    };
    let group = |standing: Standing| {
        let of = coverage.all().filter(|(_, _, status)| status.standing == standing);
        let lines = of.map(|(_, covering, status)| list::line(&coverage, covering, status)).collect();
        Group { word: words(standing).0, meaning: words(standing).1, lines }
    };
    let groups = [Standing::Nobody, Standing::Open, Standing::Old].map(group);
    frame::show(&ReportPage {
        page: context.page("規程の働きの報告"),
        title: book.title.clone(),
        effective: calendar::wareki(book.effective),
        year: calendar::nendo(year),
        total: counts.total(),
        works: counts.works,
        share: share(counts.works, counts.total()),
        states: Standing::ALL.map(state).into_iter().collect(),
        kinds: Means::ALL.map(kind).into_iter().filter(|row| row.cells.first().is_some_and(|count| count != "0")).collect(),
        groups: groups.into_iter().filter(|group| !group.lines.is_empty()).collect(),
        before: before.map_or_else(String::new, |_| calendar::nendo(year - 1)),
        size: context.app.registry.size(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_in_reports() {
        assert_eq!((share(1, 3), share(2, 3), share(0, 0)), ("33.3％".to_owned(), "66.7％".to_owned(), "0.0％".to_owned()));
        assert_eq!((change(3, 5), change(5, 3), change(1, 1)), ("△2".to_owned(), "＋2".to_owned(), "±0".to_owned()));
    }
}
