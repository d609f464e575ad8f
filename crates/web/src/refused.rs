//! A refusal as staff see it: what is refused and why, the clause, who can help, and the fields to mend.

use askama::{Template, filters::HtmlSafe};
use office::refusal::Refusal;
use registry::SubmitError;

use crate::{citation, context::Context, fault::Fault, html::Html};

/// A refusal above a form or on a page. Prints itself as HTML: `{{ refused }}`.
#[derive(Debug, Clone, Template)]
#[template(path = "part/refused.html")]
pub struct Refused {
    /// What is refused and why.
    pub says: String,
    /// The clause, linked.
    pub clause: Option<Html>,
    /// Who can help.
    pub help: String,
    /// Fields to mend: key and message.
    pub fields: Vec<(String, String)>,
    /// Id of the rule.
    pub rule: String,
}

impl HtmlSafe for Refused {}

impl Refused {
    /// The refusal with its clause linked.
    pub async fn of(context: &Context, refusal: &Refusal) -> Self {
        let clause = match &refusal.cite {
            Some(cite) => Some(citation::full(context, cite).await),
            None => None,
        };
        Self { clause, ..Self::bare(refusal) }
    }

    /// The refusal for somebody who is not signed in.
    #[must_use]
    pub fn bare(refusal: &Refusal) -> Self {
        Self {
            says: refusal.says.clone(),
            clause: None,
            help: refusal.help.clone(),
            fields: refusal.fields.clone(),
            rule: refusal.rule.clone(),
        }
    }

    /// Links its fields as [`crate::field::Fields::prefixed`] names them.
    #[must_use]
    pub fn prefixed(mut self, prefix: &str) -> Self {
        for (key, _) in &mut self.fields {
            *key = format!("{prefix}-{key}");
        }
        self
    }

    /// The refusal to show above the form again; a failing store is passed on.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] if the act failed for want of the store.
    pub async fn or_fault(context: &Context, error: SubmitError) -> Result<Self, Fault> {
        match error {
            SubmitError::Refused(refusal) => Ok(Self::of(context, &refusal).await),
            SubmitError::Unavailable(trouble) => Err(trouble.into()),
        }
    }
}
