//! What a clause takes over from the clauses above it: regime, role heading, class, exclusion.

use super::{actors, sentence::last_run, trigger};
use crate::tree::{Clause, Document, build::outside_brackets};

/// How plain sentences are to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Regime {
    /// 基本方針: declares.
    Basic,
    /// 対策基準 and all other rules: binds.
    Standard,
}

/// What holds for the sentences of a clause.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) regime: Regime,
    /// Role named by the heading of the clause or one above it.
    pub(super) role: Option<String>,
    /// Asset class of a heading.
    pub(super) class: Option<String>,
    /// Definitions, scope, threats, glossary: no norms are read here.
    pub(super) excluded: bool,
    /// Purpose: what is set is a declaration.
    pub(super) purpose: bool,
}

/// Contexts of all clauses, in the order of the document.
pub(super) fn of(document: &Document) -> Vec<Context> {
    let parts = document.clauses.iter().any(|clause| is_part(clause) && clause.heading.contains("対策基準"));
    let start = regime_of(&document.title).unwrap_or(if parts { Regime::Basic } else { Regime::Standard });
    let mut contexts: Vec<Context> = Vec::with_capacity(document.clauses.len());
    for clause in &document.clauses {
        let above = clause.parent.and_then(|p| contexts.get(p)).cloned();
        let root = Context {
            regime: start,
            role: None,
            class: None,
            excluded: clause.parent.is_none() && document.clauses.len() > 1,
            purpose: false,
        };
        let mut context = above.map_or(root, |above| if clause.parent == Some(0) { Context { excluded: false, ..above } } else { above });
        apply(&mut context, clause, parts);
        contexts.push(context);
    }
    contexts
}

fn is_part(clause: &Clause) -> bool {
    clause.parent == Some(0) && (clause.path.starts_with('第') || clause.heading.is_empty())
}

fn regime_of(title: &str) -> Option<Regime> {
    if ["対策基準", "実施手順", "規程", "規則", "要綱", "要領", "管理基準"].iter().any(|word| title.contains(word)) {
        return Some(Regime::Standard);
    }
    title.contains("基本方針").then_some(Regime::Basic)
}

fn apply(context: &mut Context, clause: &Clause, parts: bool) {
    if is_part(clause) {
        let title = if clause.heading.is_empty() { &clause.path } else { &clause.heading };
        context.regime = regime_of(title).unwrap_or(if parts { Regime::Basic } else { context.regime });
    }
    if clause.path.starts_with("用語") || clause.path == "改定履歴" || clause.path.ends_with("/注") {
        context.excluded = true;
    }
    if !has_heading(clause) {
        return;
    }
    let heading = outside_brackets(&clause.heading);
    let ends = |words: &[&str]| words.iter().any(|word| heading.ends_with(word));
    if heading == "定義"
        || heading == "趣旨"
        || ends(&["の定義", "適用範囲", "の範囲", "脅威", "対象とする脅威"])
        || heading.starts_with("用語")
        || heading == "対象"
        || heading.starts_with("対象とする")
    {
        // Threats: the sentence itself is a norm, its list is not.
        context.excluded = !heading.ends_with("脅威") || context.excluded;
    }
    context.purpose |= ends(&["目的"]);
    if let Some(class) = trigger::class(&clause.heading) {
        context.class = Some(class);
    }
    let (before, run) = last_run(&heading);
    if before.is_empty() && actors::is_actor(run) {
        context.role = Some(run.to_owned());
    } else if let Some(name) = heading
        .strip_suffix("の措置事項")
        .or_else(|| heading.strip_suffix("の責務"))
        .filter(|name| actors::is_actor(last_run(name).1) && last_run(name).0.is_empty())
    {
        context.role = Some(name.to_owned());
    }
}

/// Whether the clause has a heading of its own, apart from its text: on an earlier line, or a caption.
pub(crate) fn has_heading(clause: &Clause) -> bool {
    let Some(first) = clause.paragraphs.first() else { return !clause.heading.is_empty() };
    let same = clause.heading.chars().zip(first.text.chars()).take(4).all(|(a, b)| a == b);
    !clause.heading.is_empty() && (first.line > clause.line || !same)
}
