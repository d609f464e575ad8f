//! Corrections of the reading itself as fields: the control of each sentence, what rules nothing, which two roles are one. Pure.

use office::adoption::{Reread, Sentence};
use policy::{Reading, obligation::Form};

use super::draft::Offer;
use crate::{
    field::{Choice, Field, Kind},
    input::Input,
    pages::policy::coverage::{CONTROLS, control_title, short},
};

/// A sentence with its fields.
pub(crate) struct SentenceForm {
    pub(crate) clause: String,
    pub(crate) text: String,
    /// Name of its field for the control.
    pub(crate) key: String,
    /// Titles of the controls it binds to.
    pub(crate) controls: String,
    /// Name of its box for ruling nothing.
    pub(crate) box_key: String,
    pub(crate) unruled: bool,
    pub(crate) corrected: bool,
}

/// Every sentence that rules something, with its place among the obligations: that never moves.
fn ruling(reading: &Reading) -> impl Iterator<Item = (usize, &policy::obligation::Obligation)> {
    reading.obligations.iter().enumerate().filter(|(_, one)| one.form != Form::Lead)
}

fn titles(controls: &[String]) -> String {
    controls.iter().map(|id| control_title(id)).collect::<Vec<_>>().join("、")
}

/// The sentences with their fields.
pub(crate) fn sentences(offer: &Offer<'_>) -> Vec<SentenceForm> {
    let reread = &offer.proposal.reread;
    let form = |(at, one): (usize, &policy::obligation::Obligation)| {
        let controls = reread.controls_of(&one.clause, one.n);
        let unruled = reread.is_unruled(&one.clause, one.n);
        SentenceForm {
            clause: one.clause.clone(),
            text: one.text.clone(),
            key: format!("sentence-{at}"),
            controls: titles(controls.unwrap_or(&one.controls)),
            box_key: format!("sentence-{at}-none"),
            unruled,
            corrected: unruled || controls.is_some(),
        }
    };
    ruling(offer.reading).map(form).collect()
}

/// Titles of all controls, to choose from.
pub(crate) fn controls() -> Vec<String> {
    CONTROLS.iter().map(|control| control.title.clone()).collect()
}

/// For each role, which other role it is in other words.
pub(crate) fn same_roles(offer: &Offer<'_>) -> Vec<Field> {
    let roles = &offer.reading.model.roles;
    let of = |(index, role): (usize, &policy::model::Role)| {
        let mut choices = vec![Choice::new("", "別の役割ではない")];
        let others = roles.iter().enumerate().filter(|(at, _)| *at != index);
        choices.extend(others.map(|(at, other)| Choice::new(at.to_string(), format!("「{}」と同じ役割", other.id))));
        let is = offer.proposal.reread.same.get(&role.id).and_then(|id| roles.iter().position(|other| other.id == *id));
        Field::new(Kind::Select, format!("same-{index}"), role.id.clone())
            .plain()
            .choices(choices)
            .value(is.map_or_else(String::new, |at| at.to_string()))
    };
    roles.iter().enumerate().map(of).collect()
}

/// What the officer said of the reading. Fields that were not sent leave it as it was.
pub(crate) fn typed(offer: &Offer<'_>, input: &Input) -> (Reread, Vec<(String, String)>) {
    let (mut reread, mut errors) = (offer.proposal.reread.clone(), Vec::new());
    for (at, one) in ruling(offer.reading) {
        let key = format!("sentence-{at}");
        if input.all(&key).is_empty() {
            continue;
        }
        let sentence = Sentence { clause: one.clause.clone(), n: one.n };
        if input.ticked(&format!("{key}-none")) {
            reread.unruled.insert(sentence.clone());
        } else {
            reread.unruled.remove(&sentence);
        }
        let shown = reread.controls_of(&one.clause, one.n).unwrap_or(&one.controls).to_vec();
        if input.get(&key) == titles(&shown) {
            continue;
        }
        match known(input.get(&key)) {
            Ok(controls) if controls == one.controls => reread.controls.retain(|(known, _)| *known != sentence),
            Ok(controls) => reread.bind(sentence, controls),
            Err(name) => errors.push((key, format!("「{}」の統制「{name}」は、一覧にありません。", short(&one.text)))),
        }
    }
    let roles = &offer.reading.model.roles;
    for (index, role) in roles.iter().enumerate() {
        let key = format!("same-{index}");
        if input.all(&key).is_empty() {
            continue;
        }
        match input.get(&key).parse::<usize>().ok().and_then(|at| roles.get(at)) {
            Some(other) if other.id != role.id => drop(reread.same.insert(role.id.clone(), other.id.clone())),
            _ => drop(reread.same.remove(&role.id)),
        }
    }
    (reread, errors)
}

/// Ids of the controls of these titles.
fn known(text: &str) -> Result<Vec<String>, String> {
    let names = text.split(['、', ',', '，']).map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| CONTROLS.iter().find(|one| one.title == name).map(|one| one.id.clone()).ok_or_else(|| name.to_owned())).collect()
}
