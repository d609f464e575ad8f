//! Corrections of the version before as the officer reads them: what was carried over, and what was not and why.

use office::{
    adoption::{Confirmation, Fate, ProcedureCorrection, correction::Change},
    rulebook::Holding,
};

use super::draft::{Offer, joint};
use crate::{html::Html, input::Input, pages::policy::coverage::control_title};

/// A correction of the version before.
pub(crate) struct Line {
    pub(crate) about: String,
    pub(crate) what: String,
    pub(crate) clause: String,
    pub(crate) badge: Html,
    pub(crate) why: &'static str,
    /// Name of the box that takes it over; empty if it cannot be.
    pub(crate) key: String,
}

const fn told(fate: Fate) -> (&'static str, &'static str, &'static str) {
    match fate {
        Fate::Kept => ("good", "引き継ぎました", ""),
        Fate::Needless => ("done", "要らなくなりました", "この版の条文から、同じ内容を読み取りました。"),
        Fate::Changed => ("warn", "引き継いでいません", "条文が変わったため、引き継いでいません。新しい条文を確かめてください。"),
        Fate::Otherwise => {
            ("warn", "引き継いでいません", "条文は同じですが、読み取った内容か、指している役割が変わったため、引き継いでいません。")
        }
        Fate::Gone => ("back", "条文がありません", "この版には、この条文がありません。"),
    }
}

fn roles(offer: &Offer<'_>, ids: &[String], joint: &str) -> String {
    if ids.is_empty() { "定めなし".to_owned() } else { ids.iter().map(|id| offer.whole.role_name(id)).collect::<Vec<_>>().join(joint) }
}

fn procedure(offer: &Offer<'_>, one: &ProcedureCorrection) -> String {
    if one.offered { format!("承認：{}", roles(offer, &one.approvers, joint(one.approval))) } else { "受け付けない".to_owned() }
}

fn holding(offer: &Offer<'_>, holding: &Holding) -> String {
    match holding {
        Holding::Post { titles, .. } => titles.join("、"),
        Holding::Unit { titles } => format!("各所属の{}", titles.join("、")),
        Holding::People { ids } => ids
            .iter()
            .map(|id| offer.state.people.get(id).map_or(id.as_str(), |person| person.name.as_str()))
            .collect::<Vec<_>>()
            .join("、"),
        Holding::Everyone => "全員".to_owned(),
        Holding::Nobody => "未定".to_owned(),
    }
}

fn interval(months: u32) -> String {
    if months == 0 { "随時".to_owned() } else { format!("{months}か月ごと") }
}

/// What was corrected, in words.
pub(crate) fn what(offer: &Offer<'_>, change: &Change) -> String {
    let turned = |label: &str, before: String, after: String| format!("{label}：{before} → {after}");
    match change {
        Change::Procedure { proposed, confirmed, .. } => turned("申請", procedure(offer, proposed), procedure(offer, confirmed)),
        Change::Interval { proposed, confirmed, .. } => turned("間隔", interval(*proposed), interval(*confirmed)),
        Change::Doers { proposed, confirmed, .. } => turned("担当", roles(offer, proposed, "、"), roles(offer, confirmed, "、")),
        Change::Holding { proposed, confirmed, .. } => turned("役割に就く人", holding(offer, proposed), holding(offer, confirmed)),
        Change::SameRole { is, .. } => format!("「{is}」と同じ役割"),
        Change::Controls { proposed, confirmed } => {
            let titles = |ids: &[String]| {
                if ids.is_empty() { "なし".to_owned() } else { ids.iter().map(|id| control_title(id)).collect::<Vec<_>>().join("、") }
            };
            turned("統制", titles(proposed), titles(confirmed))
        }
        Change::Unruled => "手続・経路・業務として扱わない".to_owned(),
    }
}

/// The corrections of the version before, those that were not carried over first.
pub(crate) fn lines(offer: &Offer<'_>, confirmation: &Confirmation) -> Vec<Line> {
    let mut lines: Vec<(Fate, Line)> = Vec::new();
    for (index, carried) in offer.carried.iter().enumerate() {
        let (colour, word, why) = told(carried.fate);
        let open = carried.can_be_taken() && offer.taken(carried, confirmation).is_some();
        let done = carried.can_be_taken() && !open;
        lines.push((
            carried.fate,
            Line {
                about: carried.correction.about.clone(),
                what: what(offer, &carried.correction.change),
                clause: if carried.clause.is_empty() { carried.correction.clause.clone() } else { carried.clause.clone() },
                badge: if done {
                    Html::badge("done", "この内容にはできないか、すでにこの内容です")
                } else {
                    Html::badge(colour, word)
                },
                why,
                key: if open { format!("take-{index}") } else { String::new() },
            },
        ));
    }
    lines.sort_by_key(|(fate, _)| !matches!(fate, Fate::Changed | Fate::Otherwise));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The confirmation with every correction taken over that the officer ticked; `None` if none was.
pub(crate) fn taken(offer: &Offer<'_>, input: &Input, confirmation: &Confirmation) -> Option<Confirmation> {
    let mut next: Option<Confirmation> = None;
    for (index, carried) in offer.carried.iter().enumerate().filter(|(_, carried)| carried.can_be_taken()) {
        if input.ticked(&format!("take-{index}")) {
            let base = next.as_ref().unwrap_or(confirmation);
            next = offer.taken(carried, base).or(next);
        }
    }
    next
}
