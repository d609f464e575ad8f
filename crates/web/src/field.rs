//! Form fields: label, help, error and input tied together for screen readers, from data.

use std::{collections::BTreeMap, fmt};

use askama::{Template, filters::HtmlSafe};
use office::catalog::{Field as CatalogField, FieldType};

use crate::html::Html;

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line.
    Text,
    /// Several lines.
    Long,
    /// A password; never shown again.
    Password,
    /// A code of six digits.
    Code,
    /// A date.
    Date,
    /// A date and time.
    Moment,
    /// A number.
    Number,
    /// A list to open.
    Select,
    /// One of a few.
    Radios,
    /// Some of many; the value is divided by one space.
    Checks,
    /// Yes or no.
    Check,
    /// Files.
    File,
    /// Not shown.
    Hidden,
}

/// Something to choose.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What staff read.
    pub label: String,
    /// More about it.
    pub help: String,
}

impl Choice {
    /// A choice without help.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), help: String::new() }
    }
}

/// A field with everything around it. Prints itself as HTML: `{{ field }}`.
#[derive(Debug, Clone, Template)]
#[template(path = "part/field.html")]
pub struct Field {
    /// Name.
    pub key: String,
    /// Identity on the page; the name, unless several forms of a page have a field of that name.
    pub id: String,
    /// What staff read.
    pub label: String,
    /// How it is filled in.
    pub kind: Kind,
    /// Value as typed.
    pub value: String,
    /// Help below the label.
    pub help: String,
    /// What is wrong with it.
    pub error: String,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether 任意 is left out (search forms).
    pub plain: bool,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// `autocomplete` of the browser.
    pub autocomplete: &'static str,
}

impl HtmlSafe for Field {}

impl Field {
    /// An optional, empty field.
    pub fn new(kind: Kind, key: impl Into<String>, label: impl Into<String>) -> Self {
        let key = key.into();
        Self {
            id: key.clone(),
            key,
            label: label.into(),
            kind,
            value: String::new(),
            help: String::new(),
            error: String::new(),
            required: false,
            plain: false,
            choices: Vec::new(),
            autocomplete: "",
        }
    }

    /// Must be filled in.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Leaves out 任意.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// With this value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// With this help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// With these choices.
    #[must_use]
    pub fn choices(mut self, choices: Vec<Choice>) -> Self {
        self.choices = choices;
        self
    }

    /// With this `autocomplete`.
    #[must_use]
    pub fn autocomplete(mut self, word: &'static str) -> Self {
        self.autocomplete = word;
        self
    }

    /// A field of a form or register as the catalogue describes it. Classes, units, people and rows
    /// come as choices from the caller; without choices such a field is a line of text.
    #[must_use]
    pub fn of(field: &CatalogField, choices: Vec<Choice>) -> Self {
        let kind = match field.kind {
            FieldType::Text => Kind::Text,
            FieldType::Long => Kind::Long,
            FieldType::Date => Kind::Date,
            FieldType::Number => Kind::Number,
            FieldType::Yesno => Kind::Radios,
            FieldType::Choice if field.options.len() <= 5 => Kind::Radios,
            FieldType::Choice => Kind::Select,
            FieldType::Rows => Kind::Checks,
            FieldType::Class if !choices.is_empty() => Kind::Radios,
            FieldType::Unit | FieldType::Person | FieldType::Row | FieldType::Class if !choices.is_empty() => Kind::Select,
            FieldType::Unit | FieldType::Person | FieldType::Row | FieldType::Class => Kind::Text,
        };
        let mut choices = match field.kind {
            FieldType::Choice => field.options.iter().map(|option| Choice::new(option, option)).collect(),
            FieldType::Yesno => vec![Choice::new("yes", "はい"), Choice::new("no", "いいえ")],
            _ => choices,
        };
        if kind == Kind::Select {
            choices.insert(0, Choice::new("", "選んでください"));
        }
        Self { help: field.help.clone(), required: field.required, choices, ..Self::new(kind, &field.key, &field.label) }
    }

    /// Takes over what was typed and what was wrong.
    #[must_use]
    pub fn filled(mut self, values: &BTreeMap<String, String>, errors: &[(String, String)]) -> Self {
        if let Some(value) = values.get(&self.key) {
            self.value.clone_from(value);
        }
        if let Some((_, message)) = errors.iter().find(|(key, _)| *key == self.key) {
            self.error.clone_from(message);
        }
        self
    }

    fn scrolls(&self) -> bool {
        self.kind == Kind::Checks && self.choices.len() > 8
    }

    fn chosen(&self, value: &str) -> bool {
        if self.kind == Kind::Checks { self.value.split(' ').any(|one| one == value) } else { self.value == value }
    }

    const fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Password => "password",
            Kind::Date => "date",
            Kind::Moment => "datetime-local",
            Kind::Number => "number",
            _ => "text",
        }
    }

    const fn width(&self) -> &'static str {
        match self.kind {
            Kind::Date => " input-date",
            Kind::Moment => " input-moment",
            Kind::Number => " input-number",
            Kind::Code => " input-code",
            _ => "",
        }
    }

    fn described_by(&self) -> Html {
        let ids: Vec<String> = [("help", &self.help), ("error", &self.error)]
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(what, _)| format!("{}-{what}", self.id))
            .collect();
        if ids.is_empty() { Html::default() } else { Html::attribute("aria-describedby", &ids.join(" ")) }
    }

    fn described(&self) -> Html {
        let mut html = self.described_by();
        if !self.error.is_empty() {
            html = html.and(&Html::attribute("aria-invalid", "true"));
        }
        if self.required {
            html = html.and(&Html::attribute("aria-required", "true"));
        }
        html
    }
}

/// Fields in order. Prints itself as HTML: `{{ fields }}`.
#[derive(Debug, Clone, Default)]
pub struct Fields(pub Vec<Field>);

impl Fields {
    /// Tells the fields apart from those of the other forms of a page.
    #[must_use]
    pub fn prefixed(mut self, prefix: &str) -> Self {
        for field in &mut self.0 {
            field.id = format!("{prefix}-{}", field.key);
        }
        self
    }

    /// Takes over what was typed and what was wrong, in every field.
    #[must_use]
    pub fn filled(self, values: &BTreeMap<String, String>, errors: &[(String, String)]) -> Self {
        Self(self.0.into_iter().map(|field| field.filled(values, errors)).collect())
    }
}

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|field| fmt::Display::fmt(field, f))
    }
}

impl HtmlSafe for Fields {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_tied_to_its_input() {
        let errors = [("title".to_owned(), "件名を書いてください。".to_owned())];
        let html = Field::new(Kind::Text, "title", "件名").required().help("短く").filled(&BTreeMap::new(), &errors).to_string();
        assert!(html.contains("aria-describedby=\"title-help title-error\""), "{html}");
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
        assert!(html.contains("id=\"title-error\">件名を書いてください。"), "{html}");
        assert!(html.contains("<label for=\"title\">"), "{html}");
    }

    #[test]
    fn a_password_is_never_shown_again() {
        let html = Field::new(Kind::Password, "password", "パスワード").value("secret").to_string();
        assert!(!html.contains("secret"), "{html}");
    }

    #[test]
    fn several_rows_keep_their_ticks() {
        let field = Field::new(Kind::Checks, "rows", "物").choices(vec![Choice::new("a", "甲"), Choice::new("b", "乙")]).value("b c");
        assert!(!field.chosen("a"));
        assert!(field.chosen("b"));
    }
}
