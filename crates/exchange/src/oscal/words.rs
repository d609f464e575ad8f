//! The readings' own words as values of properties, and back.

use policy::obligation::{Form, Modality, Trigger};

/// The value of a modality.
pub(crate) const MODALITIES: [(Modality, &str); 6] = [
    (Modality::Duty, "duty"),
    (Modality::Prohibition, "prohibition"),
    (Modality::Effort, "effort"),
    (Modality::Recommendation, "recommendation"),
    (Modality::Permission, "permission"),
    (Modality::Declaration, "declaration"),
];

/// The value of a form.
pub(crate) const FORMS: [(Form, &str); 5] = [
    (Form::Sentence, "sentence"),
    (Form::Item, "item"),
    (Form::Alternative, "alternative"),
    (Form::TableRow, "table-row"),
    (Form::Lead, "lead"),
];

/// The value of a trigger.
pub(crate) const TRIGGERS: [(Trigger, &str); 3] = [(Trigger::Periodic, "periodic"), (Trigger::Event, "event"), (Trigger::Always, "always")];

/// The word of a value.
pub(crate) fn word<T: PartialEq>(table: &[(T, &'static str)], value: &T) -> &'static str {
    table.iter().find(|(known, _)| known == value).map_or("", |(_, word)| word)
}

/// The value of a word.
pub(crate) fn meant<T: Copy>(table: &[(T, &'static str)], word: &str) -> Option<T> {
    table.iter().find(|(_, known)| *known == word).map(|(value, _)| *value)
}
