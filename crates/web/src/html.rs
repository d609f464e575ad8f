//! Fragments of HTML that were made by a template and need no escaping.

use std::fmt;

use askama::{Template, filters::HtmlSafe};

/// A rendered fragment. Only templates and the constructors here make one.
#[derive(Debug, Clone, Default)]
pub struct Html(String);

impl Html {
    /// Renders a template; a template that fails renders to nothing, and the fault is logged.
    pub fn of(template: &impl Template) -> Self {
        match template.render() {
            Ok(text) => Self(text),
            Err(error) => {
                tracing::error!(%error, "a fragment could not be rendered");
                Self::default()
            }
        }
    }

    /// Plain text, escaped.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                other => out.push(other),
            }
        }
        Self(out)
    }

    /// A link with an escaped address and word.
    #[must_use]
    pub fn link(href: &str, word: &str) -> Self {
        Self(format!("<a href=\"{}\">{}</a>", Self::text(href), Self::text(word)))
    }

    /// Text in pieces, those that were found marked.
    #[must_use]
    pub fn marked(pieces: &[(&str, bool)]) -> Self {
        let mut out = String::new();
        for (piece, found) in pieces {
            let (open, close) = if *found { ("<mark>", "</mark>") } else { ("", "") };
            out.push_str(open);
            out.push_str(&Self::text(piece).0);
            out.push_str(close);
        }
        Self(out)
    }

    /// A link of a kind that the style sheet knows.
    #[must_use]
    pub fn link_of(class: &str, href: &str, word: &str) -> Self {
        Self(format!("<a class=\"{}\" href=\"{}\">{}</a>", Self::text(class), Self::text(href), Self::text(word)))
    }

    /// A badge of one of the kinds `wait`, `back`, `good`, `late`, `warn`, `done`.
    #[must_use]
    pub fn badge(kind: &str, word: &str) -> Self {
        Self(format!("<span class=\"badge badge-{}\">{}</span>", Self::text(kind), Self::text(word)))
    }

    /// A hidden field.
    #[must_use]
    pub fn hidden(name: &str, value: &str) -> Self {
        Self(format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", Self::text(name), Self::text(value)))
    }

    /// An attribute with a leading space.
    #[must_use]
    pub fn attribute(name: &str, value: &str) -> Self {
        Self(format!(" {}=\"{}\"", Self::text(name), Self::text(value)))
    }

    /// Both, one after the other.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(Html::text("<b a=\"x\">&'").to_string(), "&lt;b a=&quot;x&quot;&gt;&amp;&#39;");
        assert_eq!(Html::link("/a?b=\"c", "<x>").to_string(), "<a href=\"/a?b=&quot;c\">&lt;x&gt;</a>");
    }
}
