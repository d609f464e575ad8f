//! Citations as links: every rule, refusal, task and record can name its clause and open it.

use office::rulebook::Cite;

use crate::{
    context::Context,
    html::Html,
    paging::{encode, encode_path},
};

/// Address of the page of a clause.
#[must_use]
pub fn address(cite: &Cite) -> String {
    if cite.standard {
        return format!("/policy/standard/{}", encode(&cite.clause));
    }
    format!("/policy/clauses/{}?version={}", encode_path(&cite.clause), cite.version)
}

/// The clause in words: `第3章/10/(1)`, or `標準実施基準 4.2`.
#[must_use]
pub fn label(cite: &Cite) -> String {
    match (cite.standard, cite.clause.is_empty()) {
        (true, _) => format!("標準実施基準 {}", cite.clause),
        (false, true) => "前文".to_owned(),
        (false, false) => cite.clause.clone(),
    }
}

/// A link with the path of the clause only, for lists.
#[must_use]
pub fn short(cite: &Cite) -> Html {
    if cite.version == 0 && cite.clause.is_empty() { Html::default() } else { Html::link(&address(cite), &label(cite)) }
}

/// A link with path and heading. The heading is left out where the version cannot be read.
pub async fn full(context: &Context, cite: &Cite) -> Html {
    if cite.version == 0 && cite.clause.is_empty() {
        return Html::default();
    }
    let heading = if cite.standard { standard_title(context, cite) } else { heading(context, cite).await };
    Html::link(&address(cite), &[label(cite), heading.unwrap_or_default()].join("　"))
}

fn standard_title(context: &Context, cite: &Cite) -> Option<String> {
    context.catalog().clauses().find(|clause| clause.number == cite.clause).map(|clause| clause.title.clone())
}

async fn heading(context: &Context, cite: &Cite) -> Option<String> {
    let version = context.app.registry.version(cite.version).await.ok()??;
    let clauses = &version.reading.document.clauses;
    let clause = clauses.iter().find(|clause| clause.path == cite.clause)?;
    // An item without a heading has the beginning of its text for one.
    let goes_on =
        clause.paragraphs.first().is_some_and(|first| first.text.len() > clause.heading.len() && first.text.contains(&clause.heading));
    Some(format!("{}{}", clause.heading, if goes_on && !clause.heading.is_empty() { "…" } else { "" }))
}
