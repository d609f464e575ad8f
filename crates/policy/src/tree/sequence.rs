//! Which lines with a marker are clauses, and of which level: the cheapest reading of the whole sequence.
//!
//! A marker alone is ambiguous: `(7)` may be the seventh item or a misread `(ア)`, `1.2` may be 12,
//! `第1章` may be a label in a figure. So several readings are followed at once, each marker adds
//! the cost of what is odd about it, and the cheapest chain of readings wins.

use std::collections::HashMap;

use super::marker::{Family, Marker, Special};

/// A line that starts with a marker.
#[derive(Debug, Clone)]
pub(crate) struct Mark<'a> {
    /// Index of the line.
    pub(crate) line: usize,
    pub(crate) marker: Marker<'a>,
    /// Whether its text looks like a heading rather than a sentence.
    pub(crate) heading: bool,
    /// Whether the text before it announces a list (次の事項を…).
    pub(crate) after_lead: bool,
    /// Whether the same number and title stood earlier: a label in a figure or a page header.
    pub(crate) repeated: bool,
}

/// A marker that was taken for a clause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Choice {
    /// Index of the mark.
    pub(crate) mark: usize,
    /// Index of the reading in [`Marker::readings`].
    pub(crate) reading: usize,
    pub(crate) family: Family,
    pub(crate) ord: u32,
    pub(crate) sub: u32,
    /// Index of the choice that is the parent.
    pub(crate) parent: Option<usize>,
    /// Number of the sibling before it.
    pub(crate) before: Option<u32>,
}

/// States followed at once.
const WIDTH: usize = 10;
/// Marks after which the past is settled.
const WINDOW: usize = 4_000;
/// How much dearer than the best a state may be.
const SLACK: f32 = 7.0;
/// No rule nests deeper; what seems to is damage.
const DEEPEST: u8 = 10;

#[derive(Debug, Clone, Copy)]
struct Node {
    choice: Choice,
    prefix: u32,
    parent: Option<usize>,
    /// Whether the list it belongs to began with a heading.
    headings: bool,
    depth: u8,
}

#[derive(Debug, Clone, Copy)]
struct State {
    top: Option<usize>,
    trail: Option<usize>,
    /// Last article and its branch, whose numbers run through chapters.
    article: (u32, u32),
    cost: f32,
}

/// A node in the chain of decisions of a state.
#[derive(Debug, Clone, Copy)]
struct Step {
    node: usize,
    before: Option<usize>,
}

#[derive(Default)]
struct Beam {
    nodes: Vec<Node>,
    steps: Vec<Step>,
}

/// Chooses among the readings of all marks; parents come before children.
pub(crate) fn resolve(marks: &[Mark<'_>]) -> Vec<Choice> {
    let mut beam = Beam::default();
    let mut states = vec![State { top: None, trail: None, article: (0, 0), cost: 0.0 }];
    let mut choices = Vec::new();
    let mut next = Vec::new();
    for (index, mark) in marks.iter().enumerate() {
        next.clear();
        for state in &states {
            beam.extend(index, mark, *state, &mut next);
        }
        next.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        let best = next.first().map_or(0.0, |state| state.cost);
        states.clear();
        states.extend(next.iter().take_while(|state| state.cost <= best + SLACK).take(WIDTH));
        for state in &mut states {
            state.cost -= best;
        }
        if (index + 1) % WINDOW == 0 {
            beam.settle(&mut states, &mut choices);
        }
    }
    beam.settle(&mut states, &mut choices);
    link(&mut choices);
    choices
}

/// Parents were noted as marks; numbers them as choices.
fn link(choices: &mut [Choice]) {
    let place: HashMap<usize, usize> = choices.iter().enumerate().map(|(at, choice)| (choice.mark, at)).collect();
    for choice in choices {
        choice.parent = choice.parent.and_then(|mark| place.get(&mark).copied());
    }
}

/// Place of a family from the outside in; `None` where any depth is usual.
fn rank(family: Family) -> Option<u8> {
    Some(match family {
        Family::Part => 0,
        Family::Chapter => 1,
        Family::Section => 2,
        Family::Subsection => 3,
        Family::Article | Family::Ordinal => 4,
        Family::Paragraph | Family::Number => 5,
        Family::Decimal(depth) => 4 + depth,
        Family::HalfNumber | Family::ParenNumber | Family::Kanji => 8,
        Family::Kana | Family::Iroha => 9,
        Family::ParenKana | Family::ParenIroha => 10,
        Family::Alpha => 11,
        Family::ParenAlpha => 12,
        _ => return None,
    })
}

impl Beam {
    fn extend(&mut self, index: usize, mark: &Mark<'_>, state: State, next: &mut Vec<State>) {
        let text = if mark.repeated { 0.0 } else { mark.marker.as_text };
        next.push(State { cost: state.cost + text, ..state });
        for (which, reading) in mark.marker.readings.iter().enumerate() {
            let choice = Choice {
                mark: index,
                reading: which,
                family: reading.family,
                ord: reading.ord,
                sub: reading.sub,
                parent: None,
                before: None,
            };
            let node = Node { choice, prefix: reading.prefix, parent: None, headings: mark.heading, depth: 1 };
            let cost = state.cost + reading.cost;
            if let Family::Special(kind) = reading.family {
                self.push(node, State { cost, article: if kind == Special::Supplement { (0, 0) } else { state.article }, ..state }, next);
                continue;
            }
            self.siblings(mark, node, State { cost, ..state }, next);
            self.children(mark, node, State { cost, ..state }, next);
        }
    }

    fn push(&mut self, mut node: Node, state: State, next: &mut Vec<State>) {
        let parent = node.parent.and_then(|p| self.nodes.get(p)).map(|p| p.choice.mark);
        node.choice.parent = parent;
        let article = if node.choice.family == Family::Article { (node.choice.ord, node.choice.sub) } else { state.article };
        self.nodes.push(node);
        self.steps.push(Step { node: self.nodes.len() - 1, before: state.trail });
        next.push(State { top: Some(self.nodes.len() - 1), trail: Some(self.steps.len() - 1), article, cost: state.cost });
    }

    /// The mark continues a list that is open.
    fn siblings(&mut self, mark: &Mark<'_>, node: Node, state: State, next: &mut Vec<State>) {
        let mut at = state.top;
        let mut found = 0;
        while let Some(open) = at.and_then(|i| self.nodes.get(i)).copied() {
            at = open.parent;
            if open.choice.family != node.choice.family || open.prefix != node.prefix {
                continue;
            }
            let mut node = Node { parent: open.parent, headings: open.headings, depth: open.depth, ..node };
            let mut cost = state.cost;
            let (last, sub) = (open.choice.ord, open.choice.sub);
            if let Family::Bullet(_) = node.choice.family {
                node.choice.ord = last + 1;
            } else if node.choice.ord == 0 {
                // A misread kana: whatever it looks like, its place says what it is.
                node.choice.ord = last + 1;
                cost += 1.0 - mark.marker.readings.get(node.choice.reading).map_or(0.0, |r| r.cost);
            } else {
                cost += step_cost((last, sub), (node.choice.ord, node.choice.sub), node.choice.family == Family::Article);
            }
            if open.headings != mark.heading {
                cost += if open.headings { 1.5 } else { 0.3 };
            }
            if mark.after_lead {
                cost += 1.0;
            }
            node.choice.before = Some(last);
            self.push(node, State { cost, ..state }, next);
            found += 1;
            if found == 2 {
                break;
            }
        }
    }

    /// The mark begins a list below something that is open.
    fn children(&mut self, mark: &Mark<'_>, node: Node, state: State, next: &mut Vec<State>) {
        let own = rank(node.choice.family);
        let outer = node.choice.family <= Family::Ordinal;
        let mut at = state.top;
        let mut popped = 0_u8;
        loop {
            let parent = at.and_then(|i| self.nodes.get(i)).copied();
            let above = parent.and_then(|p| rank(p.choice.family));
            let depth = parent.map_or(1, |p| p.depth + 1);
            let fits = depth <= DEEPEST
                && match parent {
                    Some(p) => p.choice.family != node.choice.family && !(outer && above.is_none_or(|a| Some(a) >= own) && !is_special(p)),
                    None => true,
                };
            if fits {
                let mut node = Node { parent: at, depth, ..node };
                let mut cost = state.cost + if outer { 0.0 } else { 0.6 * f32::from(popped) };
                if node.choice.ord == 0 {
                    node.choice.ord = 1;
                    if popped > 0 && !matches!(node.choice.family, Family::Bullet(_)) {
                        cost += 2.0;
                    }
                } else {
                    cost += start_cost(&node, parent, state.article);
                }
                if !outer && above > own && own.is_some() && !self.below_kanji_item(&node) {
                    cost += 1.5;
                }
                if mark.after_lead && popped > 0 {
                    cost += 1.0;
                }
                self.push(node, State { cost, ..state }, next);
            }
            if at.is_none() || (popped >= 3 && !outer && depth <= DEEPEST) || (fits && outer) {
                return;
            }
            at = parent.and_then(|p| p.parent);
            popped = popped.saturating_add(1);
        }
    }

    /// 一, イ, (1): the order of statutes, in which (1) is finer than イ.
    fn below_kanji_item(&self, node: &Node) -> bool {
        let parent = node.parent.and_then(|at| self.nodes.get(at));
        let above = parent.and_then(|parent| parent.parent).and_then(|at| self.nodes.get(at));
        node.choice.family == Family::ParenNumber
            && parent.is_some_and(|parent| matches!(parent.choice.family, Family::Iroha | Family::Kana))
            && above.is_some_and(|above| above.choice.family == Family::Kanji)
    }

    /// Decides for the best state and forgets the others, so that memory does not grow with the text.
    fn settle(&mut self, states: &mut Vec<State>, choices: &mut Vec<Choice>) {
        states.truncate(1);
        let Some(state) = states.first_mut() else { return };
        let from = choices.len();
        let mut trail = state.trail;
        while let Some(step) = trail.and_then(|t| self.steps.get(t)) {
            choices.extend(self.nodes.get(step.node).map(|node| node.choice));
            trail = step.before;
        }
        choices.get_mut(from..).unwrap_or_default().reverse();
        let mut open = Vec::new();
        let mut at = state.top;
        while let Some(node) = at.and_then(|i| self.nodes.get(i)).copied() {
            at = node.parent;
            open.push(node);
        }
        self.steps.clear();
        self.nodes.clear();
        for node in open.into_iter().rev() {
            let parent = self.nodes.len().checked_sub(1);
            self.nodes.push(Node { parent, ..node });
        }
        (state.top, state.trail) = (self.nodes.len().checked_sub(1), None);
    }
}

fn is_special(node: Node) -> bool {
    matches!(node.choice.family, Family::Special(_))
}

/// How odd it is that `now` follows `last` in one list.
fn step_cost(last: (u32, u32), now: (u32, u32), branches: bool) -> f32 {
    if now == (last.0 + 1, 0) || (branches && now.0 == last.0 && now.1 == last.1.max(1) + 1) {
        return 0.0;
    }
    if now > last {
        let gap = now.0.saturating_sub(last.0).min(10);
        return 2.0 + 0.1 * f32::from(u8::try_from(gap).unwrap_or(10));
    }
    // The same number twice, or a second list that begins again.
    if now == last || now == (1, 0) { 3.2 } else { 5.0 }
}

/// How odd it is that a list begins with this number below that parent.
fn start_cost(node: &Node, parent: Option<Node>, article: (u32, u32)) -> f32 {
    let Choice { family, ord, sub, .. } = node.choice;
    let above = parent.map(|p| p.choice.family);
    match family {
        Family::Article if (ord, sub) == (article.0 + 1, 0) || (ord, sub) == (article.0, article.1.max(1) + 1) => 0.0,
        // A number used before goes on with its list rather than beginning one.
        Family::Article if ord > 1 && (ord, sub) <= article => 3.4,
        // The first paragraph of an article bears no number.
        Family::Number | Family::Paragraph if ord == 2 && above == Some(Family::Article) => 0.0,
        Family::Decimal(depth) => {
            let belongs = parent.is_some_and(|p| match p.choice.family {
                Family::Number | Family::Chapter | Family::Article | Family::Section if depth == 2 => p.choice.ord == node.prefix,
                Family::Decimal(above) if above + 1 == depth => p.prefix * 1000 + p.choice.ord == node.prefix,
                _ => false,
            });
            let alone = if parent.is_none() || depth == 2 { 1.0 } else { 2.5 };
            (if belongs { 0.0 } else { alone }) + if ord == 1 { 0.2 } else { 2.5 }
        }
        // イ is the second of アイウ far more often than the first of イロハ.
        Family::Iroha | Family::ParenIroha if ord == 1 => 1.2,
        _ if ord == 1 => 0.2,
        _ => 2.8 + 0.1 * f32::from(u8::try_from(ord.min(20)).unwrap_or(20)),
    }
}
