//! Report routes (報告経路): who tells whom, on what event, how fast; the steps of an event in order.

use std::collections::BTreeMap;

use super::{
    Citation, Haste, RouteStep,
    names::Names,
    outline::Outline,
    procedures,
    words::{fold, joins_word, patterns, without_brackets},
};
use crate::obligation::{Form, Modality, Obligation};

patterns! {
    TELLS = "(?:報告|通報|通知|連絡|届出|届け出|公表)(?:・[^、。]{1,8})?(?:等)?(?:を行(?:い|う|わ|え)|をし(?:な|、|て)|をする|し(?:、|な|て|[\\p{Han}])|すると|する(?:。|こと|もの|よう|義務)|する$|なければ)";
    IMMEDIATELY = "直ちに|ただちに|至急|即時に|即座に";
    PROMPTLY = "速やかに|すみやかに|早急に|迅速に";
    WITHOUT_DELAY = "遅滞なく|遅滞無く";
    ADDRESSEE = "(?:に|へ|に対し)(?:直ちに|速やかに|遅滞なく|早急に|その旨を|その結果を|結果を|、)*$";
    CASE = "^(?P<case>.*?)(?:場合|とき|際|次第)(?:に|は|、|で)";
    IN_TIMES_OF = "(?:緊急|障害発生|災害|侵害|事故発生)時";
    EXISTS = "(?P<what>[^、。]+?)(?:が|の)(?:ある|あった|あり|発生した|生じた|判明した|認められた|想定される|疑われる|起きた)$";
    NOTICED = "(?P<what>[^、。]+?)(?:を(?:認知|発見|確認|覚知|検知|検出|把握|認識|知|認め|受け|見つけ|見付け)|に気(?:付|づ))[^、。を]{0,6}$";
    LOST = "(?P<what>[^、。]+?)を(?:失った|なくした|無くした|失くした|亡失した)$";
    DONE = "(?P<what>[^、。]+?)(?:を|が)(?P<act>[\\p{Han}]{2,4})(?:した|し|された|させた|している|する)$";
}

/// More steps than any policy has: beyond it the order of the text is kept, so that reading stays linear.
const MOST: usize = 500;

/// The steps of all routes, grouped by event, each route from the first who tells to the last who is told.
pub(super) fn derive(outline: &Outline<'_>, obligations: &[Obligation], names: &Names) -> Vec<RouteStep> {
    let mut steps: Vec<RouteStep> = Vec::new();
    for obligation in obligations.iter().filter(|obligation| is_step(obligation)) {
        if let Some(step) = step(obligation, names, steps.last()) {
            steps.push(step);
        }
    }
    if steps.len() <= MOST {
        share_events(&mut steps);
    }
    name_by_others(&mut steps);
    for step in steps.iter_mut().filter(|step| step.event.is_empty()) {
        step.event = fallback(outline, step);
    }
    let mut groups: Vec<Vec<RouteStep>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for step in steps {
        let at = *places.entry(step.event.clone()).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(step),
            None => groups.push(vec![step]),
        }
    }
    groups.into_iter().flat_map(in_order).collect()
}

/// Whether this obligation makes somebody tell somebody. A sentence may hold a second norm that does not:
/// with nobody to tell, its modality must stand at the telling.
pub(super) fn is_step(obligation: &Obligation) -> bool {
    let binding = matches!(obligation.modality, Modality::Duty | Modality::Declaration | Modality::Permission);
    if obligation.form != Form::Sentence || !binding {
        return false;
    }
    let text = without_brackets(&fold(&obligation.text));
    let cue = without_brackets(&fold(&obligation.cue));
    let at = text.rfind(&cue).map(|start| start..start + cue.len()).filter(|_| !cue.is_empty());
    let carries = |told: regex::Match<'_>| at.as_ref().is_none_or(|at| told.start() < at.end && at.start < told.end());
    TELLS.find(&text).is_some_and(|told| !obligation.counterparts.is_empty() || carries(told))
}

fn step(obligation: &Obligation, names: &Names, before: Option<&RouteStep>) -> Option<RouteStep> {
    let text = without_brackets(&fold(&obligation.text));
    let told = TELLS.find(&text)?;
    let lead = text.get(..told.start()).unwrap_or_default();
    let mut to = names.resolve(&obligation.counterparts);
    if let Some(told) = ADDRESSEE.find(lead).and_then(|found| lead.get(..found.start())) {
        let listed = names.list_at_end(told).map(|list| list.ids).unwrap_or_default();
        let strangers = if to.is_empty() && listed.is_empty() { words_at_end(told) } else { Vec::new() };
        for id in listed.into_iter().chain(strangers) {
            if !to.contains(&id) {
                to.push(id);
            }
        }
    }
    if to.is_empty() {
        return None;
    }
    let from = names.resolve(&obligation.subjects);
    let mut step = RouteStep {
        event: event(&text).unwrap_or_default(),
        control: obligation.controls.first().cloned().unwrap_or_default(),
        from,
        to,
        haste: haste(lead),
        condition: procedures::condition(&fold(&obligation.text)),
        cite: Citation { clause: obligation.clause.clone(), n: obligation.n, line: obligation.line },
    };
    if step.event.is_empty()
        && let Some(before) = before.filter(|before| continues(&text, before, &step))
    {
        step.event = before.event.clone();
    }
    Some(step)
}

/// Bodies outside that end a text, as written: `…場合には、県、国等` gives two.
fn words_at_end(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for part in text.rsplit('、').flat_map(|part| part.rsplit("及び")) {
        let word = part.strip_suffix('等').unwrap_or(part);
        if word.is_empty() || !word.chars().all(joins_word) {
            break;
        }
        words.insert(0, word.to_owned());
    }
    words
}

/// Whether the event of the step before goes on: 「報告を受けた者は」, or the next item of a list passes it on.
fn continues(text: &str, before: &RouteStep, step: &RouteStep) -> bool {
    let received = ["報告を受けた", "通報を受けた", "連絡を受けた", "通知を受けた"].iter().any(|words| text.contains(words));
    received || (procedures::siblings(&before.cite.clause, &step.cite.clause) && hands_on(before, step))
}

/// The last word of haste before the telling.
fn haste(lead: &str) -> Haste {
    let kinds = [(&IMMEDIATELY, Haste::Immediately), (&PROMPTLY, Haste::Promptly), (&WITHOUT_DELAY, Haste::WithoutDelay)];
    let places = kinds.into_iter().filter_map(|(pattern, haste)| pattern.find_iter(lead).last().map(|found| (found.start(), haste)));
    places.max_by_key(|(at, _)| *at).map_or(Haste::Unstated, |(_, haste)| haste)
}

/// What has happened, as a noun, from the case the sentence states.
fn event(text: &str) -> Option<String> {
    if let Some(found) = IN_TIMES_OF.find(text) {
        return Some(found.as_str().to_owned());
    }
    let case = CASE.captures(text)?.name("case")?.as_str();
    let case = case.rsplit_once("は、").map_or(case, |(_, rest)| rest);
    let what = if let Some(found) = EXISTS.captures(case) {
        found.name("what")?.as_str().to_owned()
    } else if let Some(found) = NOTICED.captures(case) {
        found.name("what")?.as_str().to_owned()
    } else if let Some(found) = LOST.captures(case) {
        format!("{}の紛失", found.name("what")?.as_str())
    } else {
        let found = DONE.captures(case)?;
        format!("{}の{}", found.name("what")?.as_str(), found.name("act")?.as_str())
    };
    let what = reported(what.split_once("から").map_or(what.as_str(), |(_, rest)| rest));
    let what = what.rsplit_once('が').filter(|(before, _)| before.ends_with('者') || before.ends_with('等')).map_or(what, |(_, rest)| rest);
    (!what.contains('を') && what.chars().count() >= 2 && what.chars().count() <= 40 && !is_vague(what)).then(|| what.to_owned())
}

/// Whether a noun says nothing alone (問題) or only points back (この場合).
fn is_vague(what: &str) -> bool {
    let empty = ["問題", "内容", "状況", "結果", "必要", "理由", "事項", "事由", "業務上の必要"];
    empty.contains(&what) || what.chars().count() <= 6 && ["この", "その", "これ", "それ"].iter().any(|lead| what.starts_with(lead))
}

/// What a report is about: `Xについて…報告` and `Xがあるとの報告` are X.
fn reported(what: &str) -> &str {
    let Some(about) = ["報告", "通報", "連絡", "通知"].iter().find_map(|word| what.strip_suffix(word)) else { return what };
    let about = about.split_once("について").map_or(about, |(about, _)| about);
    ["があるとの", "があった旨の", "に関する", "との", "の"].iter().find_map(|tail| about.strip_suffix(tail)).unwrap_or(about)
}

/// Steps of one family of controls that hand on to each other tell of one event.
fn share_events(steps: &mut [RouteStep]) {
    let family = |step: &RouteStep| step.control.split_once('.').map(|(family, _)| family.to_owned());
    let mut groups: Vec<usize> = (0..steps.len()).collect();
    for (i, first) in steps.iter().enumerate() {
        for (j, second) in steps.iter().enumerate().skip(i + 1) {
            let linked = hands_on(first, second) || hands_on(second, first);
            if family(first).is_some() && family(first) == family(second) && linked {
                let (old, new) = (groups.get(j).copied().unwrap_or(j), groups.get(i).copied().unwrap_or(i));
                groups.iter_mut().filter(|group| **group == old).for_each(|group| *group = new);
            }
        }
    }
    let events: Vec<String> = groups
        .iter()
        .map(|group| {
            let members = || {
                let all = groups.iter().zip(steps.iter()).filter(|(other, _)| *other == group);
                all.map(|(_, step)| step.event.as_str()).filter(|event| !event.is_empty())
            };
            let count = |event: &str| members().filter(|other| *other == event).count();
            let best = members().map(count).max().unwrap_or(0);
            members().find(|event| count(event) == best).unwrap_or_default().to_owned()
        })
        .collect();
    for (step, event) in steps.iter_mut().zip(events) {
        step.event = event;
    }
}

/// A step that states no event of its own, but names that of others, belongs to it; so does a special case of it.
fn name_by_others(steps: &mut [RouteStep]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.event.chars().count() >= 5) {
        *counts.entry(step.event.clone()).or_default() += 1;
    }
    let mut shared: Vec<String> = counts.into_iter().filter(|(_, count)| *count > 1).map(|(event, _)| event).collect();
    shared.sort_by_key(|event| std::cmp::Reverse(event.len()));
    for step in steps {
        let within = if step.event.is_empty() { step.condition.clone() } else { step.event.clone() };
        if let Some(event) = shared.iter().find(|event| within.starts_with(event.as_str())) {
            step.event = event.clone();
        }
    }
}

/// The event of a step whose words name none: its case if that is short, else the heading it stands under.
fn fallback(outline: &Outline<'_>, step: &RouteStep) -> String {
    let case = CASE.is_match(&format!("{}、", step.condition)) && step.condition.contains('を');
    let short = case && step.condition.chars().count() <= 24;
    if short { step.condition.clone() } else { outline.title(&step.cite.clause) }
}

/// Whether the second step is taken by somebody the first told.
fn hands_on(first: &RouteStep, second: &RouteStep) -> bool {
    first.to.iter().any(|told| second.from.contains(told))
}

/// The steps of one event: whoever tells first comes first, ties in the order of the text.
fn in_order(mut rest: Vec<RouteStep>) -> Vec<RouteStep> {
    if rest.len() > MOST {
        return rest;
    }
    let mut ordered = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let free = |step: &RouteStep| !rest.iter().any(|other| other.cite != step.cite && hands_on(other, step) && !hands_on(step, other));
        let at = rest.iter().position(free).unwrap_or(0);
        ordered.push(rest.remove(at));
    }
    ordered
}
