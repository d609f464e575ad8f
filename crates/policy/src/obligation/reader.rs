//! Walks the clauses and reads their sentences, handing down what a lead or a first sentence gives.

use super::{
    Form, Modality, Obligation, Trigger, actors,
    context::{self, Context, Regime},
    modality::{self, Ending},
    sentence::{acts, bare, cue, sentences},
    trigger,
};
use crate::tree::{
    Clause, Document,
    build::{is_lead, outside_brackets},
};

/// What a sentence hands on: to the next sentence of its clause, and as a lead to its items.
#[derive(Debug, Clone)]
struct Given {
    modality: Modality,
    subjects: Vec<String>,
    counterparts: Vec<String>,
    class: Option<String>,
    trigger: Option<Trigger>,
    alternatives: bool,
    /// Whether it only announces (次の事項を遵守しなければならない).
    pure: bool,
}

/// An obligation before it is bound to controls.
#[derive(Debug)]
pub(super) struct Draft {
    /// Index of its clause.
    pub(super) clause: usize,
    /// The part of the sentence that is this norm.
    pub(super) act: String,
    pub(super) obligation: Obligation,
}

/// One act of a sentence, as far as its words go.
struct Act<'a> {
    line: usize,
    sentence: &'a str,
    text: &'a str,
    ending: Ending,
    subjects: Vec<String>,
    /// Trigger of the act before, if this one shares it.
    shared: Option<Trigger>,
}

/// The obligations of a document, without controls.
pub(super) fn read(document: &Document) -> Vec<Draft> {
    let contexts = context::of(document);
    // What each clause hands to its items, with the line from which it holds.
    let mut leads: Vec<Vec<(usize, Given)>> = vec![Vec::new(); document.clauses.len()];
    let mut found = Vec::new();
    for (index, (clause, context)) in document.clauses.iter().zip(&contexts).enumerate() {
        let given = clause.parent.and_then(|p| leads.get(p));
        let lead = given.and_then(|given| given.iter().rev().find(|(line, _)| *line <= clause.line).or(given.first()));
        let lead = lead.map(|(_, lead)| lead.clone());
        let mut reader = Reader { index, clause, context, lead, first: None, n: 0, found: &mut found };
        let given = if context.excluded { Vec::new() } else { reader.clause() };
        if let Some(slot) = leads.get_mut(index) {
            *slot = given;
        }
    }
    found
}

struct Reader<'a> {
    index: usize,
    clause: &'a Clause,
    context: &'a Context,
    /// The lead above this clause.
    lead: Option<Given>,
    /// What the first sentence of this clause gave.
    first: Option<Given>,
    n: usize,
    found: &'a mut Vec<Draft>,
}

impl Reader<'_> {
    /// Reads the clause; returns what it hands to its items.
    fn clause(&mut self) -> Vec<(usize, Given)> {
        let mut announced = Vec::new();
        let row = self.clause.path.contains("/表/") || self.clause.path.starts_with("表/");
        for paragraph in &self.clause.paragraphs {
            if paragraph.table {
                if row {
                    self.row(paragraph.line, &paragraph.text);
                }
                continue;
            }
            for sentence in sentences(&paragraph.text) {
                let before = self.n;
                let given = self.sentence(paragraph.line, sentence);
                if self.n == before && self.lead.is_some() && (!sentence.ends_with('。') || sentence.ends_with("に関すること。")) {
                    self.item(paragraph.line, sentence);
                }
                if let Some(given) = given.filter(|_| is_lead(sentence)) {
                    announced.push((paragraph.line, given));
                }
            }
        }
        // A heading between a lead and its items passes the lead on, and an item that names nobody does so to the
        // items below it; a threat list is no list of duties.
        let named = self.first.as_ref().is_some_and(|first| self.lead.as_ref().is_none_or(|lead| first.subjects != lead.subjects));
        let silent = if self.n == 0 { context::has_heading(self.clause) } else { !named };
        if self.context_is_threat() {
            return Vec::new();
        }
        if announced.is_empty() {
            announced.extend(self.lead.clone().filter(|_| silent).map(|lead| (self.clause.line, lead)));
        }
        announced
    }

    fn context_is_threat(&self) -> bool {
        self.clause.heading.ends_with("脅威")
    }

    fn sentence(&mut self, line: usize, sentence: &str) -> Option<Given> {
        let parts = acts(sentence);
        let last = parts.len() - 1;
        let mut given = None;
        let mut topic: Vec<String> = Vec::new();
        for (index, act) in parts.iter().enumerate() {
            let text = bare(act);
            let ending = if index == last { modality::ending(text)? } else { modality::continued(text)? };
            let own = actors::subjects(act);
            let appoints = index < last && ending == Ending::Being;
            let mut subjects = if own.is_empty() { topic.clone() } else { own };
            if topic.is_empty() && !appoints {
                topic.clone_from(&subjects);
            }
            if appoints && text.contains("をもって") {
                topic = self.context.role.clone().or_else(|| appointee(text)).into_iter().collect();
            } else if appoints && actors::topic(act).is_none() {
                topic = appointee(text).or_else(|| subjects.first().cloned()).into_iter().collect();
            }
            if subjects.is_empty() {
                subjects = self.inherited();
            }
            let together = index.checked_sub(1).and_then(|before| parts.get(before)).is_some_and(|before| before.ends_with("とともに"));
            let same = given.take().filter(|_| together).and_then(|before: Given| before.trigger);
            given = Some(self.push(Act { line, sentence, text: act, ending, subjects, shared: same }));
        }
        given
    }

    /// Subjects that a silent sentence takes over.
    fn inherited(&self) -> Vec<String> {
        if let Some(first) = self.first.as_ref().filter(|first| !first.subjects.is_empty()) {
            return first.subjects.clone();
        }
        match &self.lead {
            Some(lead) if !lead.subjects.is_empty() => lead.subjects.clone(),
            _ => self.context.role.clone().into_iter().collect(),
        }
    }

    fn push(&mut self, act: Act<'_>) -> Given {
        let Act { line, sentence, text, ending, subjects, shared } = act;
        let modality = self.modality(bare(text), ending, &subjects);
        let pure = is_pure_lead(text);
        let announced = self.lead.as_ref().filter(|lead| lead.pure).and_then(|lead| lead.trigger).filter(|t| *t != Trigger::Always);
        let occasion = (pure && about_an_act(text)).then_some(Trigger::Event);
        let class = trigger::class(text)
            .or_else(|| self.first.as_ref().and_then(|first| first.class.clone()))
            .or_else(|| self.lead.as_ref().and_then(|lead| lead.class.clone()))
            .or_else(|| self.context.class.clone());
        let given = Given {
            modality,
            counterparts: actors::counterparts(text, &subjects),
            class,
            trigger: trigger::trigger(text, &subjects).or(shared).or(announced).or(occasion),
            subjects,
            alternatives: text.contains("方法等により") || text.contains("方法により") || text.contains("いずれか"),
            pure,
        };
        let form = if pure { Form::Lead } else { Form::Sentence };
        self.add(line, form, cue(text), sentence, text, given.clone());
        if self.first.is_none() {
            self.first = Some(given.clone());
        }
        given
    }

    fn add(&mut self, line: usize, form: Form, cue: &str, sentence: &str, act: &str, given: Given) {
        self.n += 1;
        let obligation = Obligation {
            clause: self.clause.path.clone(),
            n: self.n,
            line,
            modality: given.modality,
            subjects: given.subjects,
            counterparts: given.counterparts,
            class: given.class,
            trigger: given.trigger,
            form,
            cue: cue.to_owned(),
            controls: Vec::new(),
            exception: sentence.starts_with("ただし") && given.modality == Modality::Permission,
            text: sentence.to_owned(),
        };
        self.found.push(Draft { clause: self.index, act: act.to_owned(), obligation });
    }

    fn modality(&self, text: &str, ending: Ending, subjects: &[String]) -> Modality {
        let binding = self.context.regime == Regime::Standard && !self.context.purpose;
        match ending {
            Ending::Strong(modality) => modality,
            Ending::Being => Modality::Declaration,
            Ending::Set if self.lead.as_ref().is_some_and(|lead| lead.modality == Modality::Prohibition && lead.pure) => {
                Modality::Prohibition
            }
            Ending::Set if binding || self.lead.as_ref().is_some_and(|lead| lead.modality == Modality::Duty) => Modality::Duty,
            Ending::Plain if binding && !subjects.is_empty() && !modality::states_authority(text) && !founds(text) => Modality::Duty,
            Ending::Set | Ending::Plain => Modality::Declaration,
        }
    }

    /// A noun phrase listed under a duty.
    fn item(&mut self, line: usize, text: &str) {
        let Some(mut given) = self.lead.clone().filter(|lead| lead.modality == Modality::Duty) else { return };
        let only = text.split_once("のみ").map(|(before, _)| before.rsplit(['（', '(']).next().unwrap_or(before));
        if let Some(names) = only.map(|name| actors::subjects(&format!("{name}は"))).filter(|names| !names.is_empty()) {
            given.subjects = names;
        }
        given.trigger = trigger::trigger(text, &[]).filter(|t| *t == Trigger::Periodic).or(given.trigger);
        given.class = given.class.or_else(|| self.context.class.clone());
        let form = if given.alternatives { Form::Alternative } else { Form::Item };
        self.add(line, form, cue(bare(text)), text, text, given);
    }

    /// A row of a table that the sentence before it refers to; a row under a class label defines the class.
    fn row(&mut self, line: usize, text: &str) {
        let Some(mut given) = self.lead.clone() else { return };
        let key = self.clause.path.rsplit('/').next().unwrap_or("");
        if !key.chars().all(|c| c.is_ascii_digit()) {
            return;
        }
        given.counterparts = actors::counterparts(&text.replace('\t', "、"), &given.subjects);
        let first = text.split('\t').next().unwrap_or(text);
        self.add(line, Form::TableRow, first, text, text, given);
    }
}

/// 委員会を設置する without naming what is set up: the body named by the heading is founded.
fn founds(text: &str) -> bool {
    text.ends_with("に基づいて設置する") || text.ends_with("に基づき設置する")
}

/// 職員を推進員とし: who is appointed.
fn appointee(text: &str) -> Option<String> {
    let named = text.strip_suffix("とし")?;
    let (_, run) = super::sentence::last_run(named);
    (actors::is_actor(run) && !run.ends_with("窓口")).then(|| run.to_owned())
}

/// 次の事項を遵守しなければならない: says nothing but that the items bind.
fn is_pure_lead(act: &str) -> bool {
    let text = outside_brackets(act);
    let tail = ["次の", "以下の", "下記の", "次に掲げる"].iter().find_map(|word| text.rsplit_once(word)).map_or("", |(_, tail)| tail);
    let tail = tail.strip_prefix("各号に掲げる").unwrap_or(tail);
    let listed = ["事項", "措置", "こと", "行為", "点", "ところ"].iter().find_map(|noun| tail.strip_prefix(noun));
    let binding = ["遵守", "守ら", "守る", "措置", "厳守", "講じ", "行わ", "行う", "行っては", "実施", "しなけれ", "しては", "留意"];
    listed
        .and_then(|rest| rest.strip_prefix('を').or_else(|| rest.strip_prefix('に')))
        .is_some_and(|verb| binding.iter().any(|word| verb.starts_with(word)))
}

/// 委託先の選定について: the lead is about an act that happens, not about a state.
fn about_an_act(act: &str) -> bool {
    let Some((topic, _)) = act.split_once("について") else { return false };
    ["搬入出", "搬出入", "選定", "調達", "廃棄", "導入", "移行", "更改", "持ち出し", "持出し", "契約"]
        .iter()
        .any(|noun| topic.ends_with(noun))
}
