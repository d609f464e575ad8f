//! Paging: a list's pages as links that keep its filters.

use std::fmt::Write as _;

use askama::{Template, filters::HtmlSafe};

/// Rows on one page of a list.
pub const PER_PAGE: u64 = 50;

/// The pages of a list. Prints itself as HTML: `{{ pages }}`.
#[derive(Debug, Clone, Template)]
#[template(path = "part/pages.html")]
pub struct Pages {
    number: u64,
    last: u64,
    total: u64,
    base: String,
}

impl HtmlSafe for Pages {}

impl Pages {
    /// Pages of `total` rows, standing on page `number` (from 1), at a path with these filters.
    #[must_use]
    pub fn new(path: &str, filters: &[(&str, &str)], number: u64, total: u64) -> Self {
        let mut base = format!("{path}?");
        for (key, value) in filters.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = write!(base, "{key}={}&", encode(value));
        }
        let last = total.div_ceil(PER_PAGE).max(1);
        Self { number: number.clamp(1, last), last, total, base }
    }

    /// The page it stands on, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    fn address(&self, number: u64) -> String {
        format!("{}page={number}", self.base)
    }

    fn near(&self) -> Vec<u64> {
        (self.number.saturating_sub(2).max(1)..=self.number.saturating_add(2).min(self.last)).collect()
    }

    fn first(&self) -> u64 {
        (self.number - 1) * PER_PAGE + 1
    }

    fn until(&self) -> u64 {
        (self.number * PER_PAGE).min(self.total)
    }
}

/// Percent-encodes a value for an address.
#[must_use]
pub fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Percent-encodes a path such as a clause's, keeping its slashes.
#[must_use]
pub fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_keep_their_filters() {
        let pages = Pages::new("/permits", &[("q", "USB 媒体"), ("stage", "")], 2, 120);
        assert_eq!(pages.address(3), "/permits?q=USB%20%E5%AA%92%E4%BD%93&page=3");
        assert_eq!((pages.first(), pages.until(), pages.near()), (51, 100, vec![1, 2, 3]));
        assert_eq!(Pages::new("/x", &[], 99, 0).number, 1);
    }
}
