//! A policy as an OSCAL catalog: parts without norms are groups, clauses with norms controls, sentences their items.

use std::collections::HashMap;

use policy::{
    model::Cadence,
    obligation::{Form, Obligation},
    tree::Clause,
};

use super::{
    Version, markup,
    metadata::{self, CATALOG},
    model::{Catalog, Control, Group, Param, Part, Prop},
    props::{self, NS, own, standard},
    words::{FORMS, MODALITIES, TRIGGERS, word},
};
use crate::{identity::ClauseIds, source::Source};

/// The policy as a catalog. Nothing that was read is left out but the lines of contents lists.
#[must_use]
pub fn policy_catalog(source: &Source<'_>, version: Version) -> Catalog {
    let builder = Builder::new(source);
    let mut groups = Vec::new();
    groups.extend(builder.front());
    groups.extend(builder.top());
    Catalog {
        uuid: metadata::uuid(source, CATALOG),
        metadata: metadata::metadata(source, version, CATALOG, Vec::new()),
        groups,
        back_matter: metadata::back_matter(vec![metadata::text_resource(source)]),
        ..Catalog::default()
    }
}

/// The parameter that holds the interval of a duty, by the duty's order in its clause.
pub(crate) fn interval_param(clause_id: &str, order: usize) -> String {
    format!("{clause_id}_prm_{}", order + 1)
}

/// The indices of the clauses that hold norms of their own.
pub(crate) fn normative<'a>(source: &'a Source<'_>) -> impl Iterator<Item = &'a str> {
    let reading = source.reading;
    let stated = |clause: &&Clause| reading.obligations.iter().any(|one| one.clause == clause.path);
    reading.document.clauses.iter().filter(stated).map(|clause| clause.path.as_str())
}

struct Builder<'a> {
    source: &'a Source<'a>,
    ids: ClauseIds,
    children: Vec<Vec<usize>>,
    norms: HashMap<&'a str, Vec<&'a Obligation>>,
    /// Whether a clause or one below it holds norms.
    ruled: Vec<bool>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source<'a>) -> Self {
        let document = &source.reading.document;
        let mut norms: HashMap<&str, Vec<&Obligation>> = HashMap::new();
        for norm in &source.reading.obligations {
            norms.entry(&norm.clause).or_default().push(norm);
        }
        let mut children = vec![Vec::new(); document.clauses.len()];
        let mut ruled: Vec<bool> = document.clauses.iter().map(|clause| norms.contains_key(clause.path.as_str())).collect();
        for (index, clause) in document.clauses.iter().enumerate() {
            if let Some(siblings) = clause.parent.and_then(|parent| children.get_mut(parent)) {
                siblings.push(index);
            }
        }
        // A parent stands before its children, so backwards every child is known before its parent.
        for (index, clause) in document.clauses.iter().enumerate().rev() {
            let below = ruled.get(index).copied().unwrap_or(false);
            if let Some(above) = clause.parent.and_then(|parent| ruled.get_mut(parent)) {
                *above |= below;
            }
        }
        Self { source, ids: ClauseIds::new(source.seed, document, source.origins), children, norms, ruled }
    }

    fn clause(&self, index: usize) -> Option<&'a Clause> {
        self.source.reading.document.clauses.get(index)
    }

    fn below(&self, index: usize) -> &[usize] {
        self.children.get(index).map_or(&[], Vec::as_slice)
    }

    fn norms_of(&self, clause: &Clause) -> &[&'a Obligation] {
        self.norms.get(clause.path.as_str()).map_or(&[], Vec::as_slice)
    }

    fn is_ruled(&self, index: usize) -> bool {
        self.ruled.get(index).copied().unwrap_or(false)
    }

    /// What stands before the first clause.
    fn front(&self) -> Option<Group> {
        let root = self.clause(0)?;
        let own_control = (!self.norms_of(root).is_empty()).then(|| self.control(0, root, Vec::new()));
        let parts: Vec<Part> = if own_control.is_none() { self.text(0, root).into_iter().collect() } else { Vec::new() };
        (own_control.is_some() || !parts.is_empty()).then(|| Group {
            id: Some(format!("{}_front", self.ids.get(0))),
            class: Some("front".to_owned()),
            title: "前文".to_owned(),
            parts,
            controls: own_control.into_iter().collect(),
            ..Group::default()
        })
    }

    /// The clauses of the outermost level, each as a group; a group is either of groups or of controls.
    fn top(&self) -> Vec<Group> {
        self.below(0).iter().filter_map(|index| self.group(*index)).collect()
    }

    fn group(&self, index: usize) -> Option<Group> {
        let clause = self.clause(index)?;
        let mut group = Group {
            id: Some(self.ids.get(index).to_owned()),
            class: Some("clause".to_owned()),
            title: title(clause),
            props: self.props(index, clause),
            ..Group::default()
        };
        if !self.norms_of(clause).is_empty() {
            // A clause of the outermost level that rules by itself is the one control of its group.
            group.id = Some(format!("{}_grp", self.ids.get(index)));
            group.class = Some("single".to_owned());
            group.props.clear();
            group.controls.push(self.control(index, clause, self.controls_below(index)));
            return Some(group);
        }
        group.parts.extend(self.text(index, clause));
        group.parts.extend(self.texts_below(index));
        let below: Vec<usize> = self.below(index).iter().copied().filter(|child| self.is_ruled(*child)).collect();
        let rules = |child: &usize| self.clause(*child).is_some_and(|clause| !self.norms_of(clause).is_empty());
        if below.iter().any(rules) {
            group.controls = self.controls_below(index);
        } else {
            group.groups = below.into_iter().filter_map(|child| self.group(child)).collect();
        }
        Some(group)
    }

    fn controls_below(&self, index: usize) -> Vec<Control> {
        let ruled = self.below(index).iter().copied().filter(|child| self.is_ruled(*child));
        ruled.filter_map(|child| Some(self.control(child, self.clause(child)?, self.controls_below(child)))).collect()
    }

    fn texts_below(&self, index: usize) -> Vec<Part> {
        let silent = self.below(index).iter().copied().filter(|child| !self.is_ruled(*child));
        silent
            .filter_map(|child| {
                let clause = self.clause(child)?;
                let mut part = Part {
                    id: Some(self.ids.get(child).to_owned()),
                    name: "clause".to_owned(),
                    ns: Some(NS.to_owned()),
                    title: Some(title(clause)),
                    props: self.props(child, clause),
                    prose: markup::prose(&clause.paragraphs),
                    parts: self.texts_below(child),
                    ..Part::default()
                };
                part.class = Some("clause".to_owned());
                Some(part)
            })
            .collect()
    }

    fn control(&self, index: usize, clause: &Clause, controls: Vec<Control>) -> Control {
        let norms = self.norms_of(clause);
        let id = self.ids.get(index);
        let mut parts: Vec<Part> = Vec::new();
        let items: Vec<Part> = norms.iter().map(|norm| item(id, norm)).collect();
        if !clause.paragraphs.is_empty() || !items.is_empty() {
            parts.push(Part {
                id: Some(format!("{id}_smt")),
                name: "statement".to_owned(),
                prose: markup::prose(&clause.paragraphs),
                parts: items,
                ..Part::default()
            });
        }
        parts.extend(self.texts_below(index));
        let class = match norms {
            [] => "heading",
            norms if norms.iter().all(|norm| norm.form == Form::Lead) => "lead",
            _ => "norm",
        };
        Control {
            id: id.to_owned(),
            class: Some(class.to_owned()),
            title: title(clause),
            params: self.params(id, clause),
            props: self.props(index, clause),
            parts,
            controls,
            ..Control::default()
        }
    }

    /// The clause's own paragraphs, as a part of a group.
    fn text(&self, index: usize, clause: &Clause) -> Option<Part> {
        Some(Part {
            id: Some(format!("{}_txt", self.ids.get(index))),
            name: "overview".to_owned(),
            prose: Some(markup::prose(&clause.paragraphs)?),
            ..Part::default()
        })
    }

    fn props(&self, index: usize, clause: &Clause) -> Vec<Prop> {
        let label = clause.path.rsplit('/').next().unwrap_or_default();
        let untitled = clause.heading.is_empty().then(|| own("heading", "none")).flatten();
        let all = [
            standard("label", label),
            standard("sort-id", &format!("{index:05}")),
            own("path", &clause.path),
            own("line", &clause.line.to_string()),
            untitled,
        ];
        all.into_iter().flatten().collect()
    }

    /// The intervals that the clause states or leaves to the body.
    fn params(&self, id: &str, clause: &Clause) -> Vec<Param> {
        let duties = self.source.reading.model.duties.iter().filter(|duty| duty.cite.clause == clause.path);
        let timed = duties.enumerate().filter(|(_, duty)| matches!(duty.cadence, Cadence::Months(_) | Cadence::Unstated));
        timed
            .map(|(order, duty)| Param {
                id: interval_param(id, order),
                class: Some("interval-months".to_owned()),
                label: Some("間隔（月）".to_owned()),
                usage: Some(markup::escape(&duty.what)).filter(|usage| !usage.is_empty()),
                values: match duty.cadence {
                    Cadence::Months(months) => vec![months.to_string()],
                    _ => Vec::new(),
                },
                ..Param::default()
            })
            .collect()
    }
}

/// The heading; the number where there is none.
fn title(clause: &Clause) -> String {
    let title = markup::line(&clause.heading);
    let label = || markup::line(clause.path.rsplit('/').next().unwrap_or_default());
    Some(title)
        .filter(|title| !title.is_empty())
        .or_else(|| Some(label()).filter(|label| !label.is_empty()))
        .unwrap_or_else(|| "前文".to_owned())
}

/// A norm as an item of the statement, with all that was read of it.
fn item(id: &str, norm: &Obligation) -> Part {
    let mut all: Vec<Option<Prop>> = vec![
        own("line", &norm.line.to_string()),
        own("modality", word(&MODALITIES, &norm.modality)),
        own("form", word(&FORMS, &norm.form)),
        norm.trigger.and_then(|trigger| own("trigger", word(&TRIGGERS, &trigger))),
        norm.class.as_deref().and_then(|class| own("asset-class", class)),
        own("cue", &norm.cue),
        norm.exception.then(|| own("exception", "yes")).flatten(),
    ];
    all.extend(norm.subjects.iter().map(|subject| own("subject", subject)));
    all.extend(norm.counterparts.iter().map(|counterpart| own("counterpart", counterpart)));
    all.extend(norm.controls.iter().map(|control| own("control", control)));
    Part {
        id: Some(format!("{id}_smt.{}", norm.n)),
        name: "item".to_owned(),
        class: Some(word(&MODALITIES, &norm.modality).to_owned()),
        props: all.into_iter().flatten().collect(),
        prose: Some(markup::escape(&norm.text)).filter(|text| !text.is_empty()),
        ..Part::default()
    }
}

/// Whether a property of a clause was written by us: another body's catalog has none.
pub(crate) fn path_of(all: &[Prop]) -> Option<&str> {
    props::one(all, "path")
}
