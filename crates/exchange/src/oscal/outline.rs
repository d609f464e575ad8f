//! A catalog — ours or another body's — as clauses that can be read, compared and written as the text of a policy.

use std::fmt::Write as _;

use policy::{obligation::Obligation, tree::Paragraph};

use super::{
    catalog::path_of,
    markup,
    model::{Catalog, Control, Group, Part, Prop},
    props::{self, known, one, values},
    words::{FORMS, MODALITIES, TRIGGERS, meant},
};

/// The clauses of a catalog, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Title of the document.
    pub title: String,
    /// Clauses, a parent before its children.
    pub clauses: Vec<OutlineClause>,
}

/// A clause as a catalog has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutlineClause {
    /// Id of the control, group or part.
    pub id: String,
    /// Path as the policy has it, or made of labels and ids where another body's catalog has none.
    pub path: String,
    /// How deep it lies, from 1; 0 for what stands before the first clause.
    pub depth: usize,
    /// Heading.
    pub heading: String,
    /// Its own paragraphs; their lines are not known.
    pub paragraphs: Vec<Paragraph>,
    /// Its norms as they were read, where we wrote the catalog; else one sentence each for the items of its statement.
    pub norms: Vec<Obligation>,
    /// Whether it is a control rather than a group or a text.
    pub control: bool,
    place: String,
}

/// The ids of all controls, in order.
pub(crate) fn control_ids(catalog: &Catalog) -> Vec<&str> {
    fn below<'c>(controls: &'c [Control], ids: &mut Vec<&'c str>) {
        for control in controls {
            ids.push(&control.id);
            below(&control.controls, ids);
        }
    }
    fn group<'c>(groups: &'c [Group], ids: &mut Vec<&'c str>) {
        for one in groups {
            group(&one.groups, ids);
            below(&one.controls, ids);
        }
    }
    let mut ids = Vec::new();
    below(&catalog.controls, &mut ids);
    group(&catalog.groups, &mut ids);
    ids
}

/// The clauses of a catalog.
#[must_use]
pub fn outline(catalog: &Catalog) -> Outline {
    let mut reader = Reader { clauses: Vec::new() };
    for group in &catalog.groups {
        reader.group(group, "", 1);
    }
    for control in &catalog.controls {
        reader.control(control, "", 1);
    }
    let mut clauses = reader.clauses;
    if clauses.iter().all(|clause| !clause.place.is_empty()) {
        // Ours say where they stand; texts and controls of one clause are kept apart in the form.
        clauses.sort_by(|a, b| a.place.cmp(&b.place));
    }
    let title = markup::unescape(&catalog.metadata.title);
    let title = title.strip_suffix(" 条項の一覧").unwrap_or(&title).to_owned();
    Outline { title, clauses }
}

struct Reader {
    clauses: Vec<OutlineClause>,
}

impl Reader {
    fn push(&mut self, id: &str, title: &str, all: &[Prop], above: &str, depth: usize) -> (String, usize) {
        let label = known(all, "label").unwrap_or(id);
        let ours = path_of(all);
        let path = ours.map_or_else(|| if above.is_empty() { label.to_owned() } else { format!("{above}/{label}") }, str::to_owned);
        let heading = if one(all, "heading") == Some("none") { String::new() } else { markup::unescape(title) };
        let place = if ours.is_some() { known(all, "sort-id").unwrap_or_default() } else { "" };
        self.clauses.push(OutlineClause {
            id: id.to_owned(),
            path: path.clone(),
            depth,
            heading,
            place: place.to_owned(),
            ..OutlineClause::default()
        });
        (path, self.clauses.len() - 1)
    }

    fn group(&mut self, group: &Group, above: &str, depth: usize) {
        let class = group.class.as_deref().unwrap_or_default();
        let wrapper = matches!(class, "single" | "front") && group.id.as_deref().is_some_and(|id| id.starts_with("clause-"));
        if wrapper {
            for part in &group.parts {
                self.front(part);
            }
            return group.controls.iter().for_each(|control| self.control(control, above, depth));
        }
        let id = group.id.as_deref().unwrap_or_default();
        let (path, at) = self.push(id, &group.title, &group.props, above, depth);
        self.parts(&group.parts, at, &path, depth);
        group.groups.iter().for_each(|inner| self.group(inner, &path, depth + 1));
        group.controls.iter().for_each(|control| self.control(control, &path, depth + 1));
    }

    /// What stands before the first clause.
    fn front(&mut self, part: &Part) {
        let paragraphs = part.prose.as_deref().map_or_else(Vec::new, markup::paragraphs);
        self.clauses.push(OutlineClause { paragraphs, place: "00000".to_owned(), ..OutlineClause::default() });
    }

    fn control(&mut self, control: &Control, above: &str, depth: usize) {
        let front = path_of(&control.props).is_none() && known(&control.props, "sort-id") == Some("00000");
        let depth = if front { 0 } else { depth };
        let (path, at) = self.push(&control.id, &control.title, &control.props, above, depth);
        if let Some(clause) = self.clauses.get_mut(at) {
            clause.control = true;
            if front {
                (clause.path, clause.heading, clause.place) = (String::new(), String::new(), "00000".to_owned());
            }
        }
        self.parts(&control.parts, at, &path, depth);
        control.controls.iter().for_each(|inner| self.control(inner, &path, depth + 1));
    }

    fn parts(&mut self, parts: &[Part], at: usize, path: &str, depth: usize) {
        for part in parts {
            if part.name == "clause" && part.ns.as_deref() == Some(props::NS) {
                let id = part.id.as_deref().unwrap_or_default();
                let (inner, index) = self.push(id, part.title.as_deref().unwrap_or_default(), &part.props, path, depth + 1);
                self.say(index, part.prose.as_deref());
                self.parts(&part.parts, index, &inner, depth + 1);
            } else {
                self.say(at, part.prose.as_deref());
                part.parts.iter().for_each(|item| self.item(at, path, item));
            }
        }
    }

    fn say(&mut self, at: usize, prose: Option<&str>) {
        if let Some(clause) = self.clauses.get_mut(at) {
            clause.paragraphs.extend(prose.map_or_else(Vec::new, markup::paragraphs));
        }
    }

    /// An item of a statement: a norm as we wrote it, or a sentence of another body's.
    fn item(&mut self, at: usize, path: &str, item: &Part) {
        let Some(clause) = self.clauses.get_mut(at) else { return };
        let text = item.prose.as_deref().map_or_else(String::new, markup::unescape);
        let ours = one(&item.props, "modality").and_then(|word| meant(&MODALITIES, word));
        let list = |name| values(&item.props, name).map(str::to_owned).collect::<Vec<_>>();
        if let Some(modality) = ours {
            clause.norms.push(Obligation {
                clause: path.to_owned(),
                n: item.id.as_deref().and_then(|id| id.rsplit('.').next()).and_then(|n| n.parse().ok()).unwrap_or_default(),
                line: one(&item.props, "line").and_then(|line| line.parse().ok()).unwrap_or_default(),
                modality,
                subjects: list("subject"),
                counterparts: list("counterpart"),
                class: one(&item.props, "asset-class").map(str::to_owned),
                trigger: one(&item.props, "trigger").and_then(|word| meant(&TRIGGERS, word)),
                form: one(&item.props, "form").and_then(|word| meant(&FORMS, word)).unwrap_or(policy::obligation::Form::Sentence),
                cue: one(&item.props, "cue").unwrap_or_default().to_owned(),
                controls: list("control"),
                exception: one(&item.props, "exception") == Some("yes"),
                text,
            });
            return;
        }
        // Another body's items are not repeated in the statement: they are its text.
        let label = known(&item.props, "label").map_or_else(String::new, |label| format!("{label} "));
        if !text.is_empty() {
            clause.paragraphs.push(Paragraph { line: 0, text: format!("{label}{text}"), table: false });
        }
        item.parts.iter().for_each(|inner| self.item(at, path, inner));
    }
}

impl Outline {
    /// The clauses as the text of a policy, which the reader of policies takes.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        if !self.clauses.iter().any(|clause| clause.depth == 0) {
            let _ = writeln!(out, "{}\n", self.title);
        }
        for clause in &self.clauses {
            let label = label(&clause.path);
            let starts = clause.paragraphs.first().is_some_and(|first| !first.table && begins(&first.text, &clause.heading));
            let mut paragraphs = clause.paragraphs.iter();
            if clause.depth > 0 {
                // 第3条 and its first sentence stand on one line, a heading on a line of its own.
                let first = if starts { paragraphs.next().map_or("", |first| first.text.as_str()) } else { clause.heading.as_str() };
                let _ = writeln!(out, "{label} {first}");
            }
            for paragraph in paragraphs {
                let _ = writeln!(out, "{}", paragraph.text);
            }
            out.push('\n');
        }
        out
    }

    /// The controls as lines of `id TAB path TAB heading`.
    #[must_use]
    pub fn list(&self) -> String {
        let mut out = String::new();
        for clause in self.clauses.iter().filter(|clause| clause.control) {
            let _ = writeln!(out, "{}\t{}\t{}", clause.id, clause.path, clause.heading);
        }
        out
    }
}

/// The last part of a path without the sign that tells two of a number apart.
pub(crate) fn label(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.split('〔').next().unwrap_or(last)
}

/// Whether a heading is only the beginning of the clause's first sentence.
pub(crate) fn begins(text: &str, heading: &str) -> bool {
    heading.is_empty() || text.starts_with(heading.trim_end_matches('…'))
}
