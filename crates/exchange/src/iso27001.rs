//! The counterparts of our controls in ISO/IEC 27001:2022 Annex A: numbers and titles of our own, no text of the standard.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;

/// Annex A and what of it our controls answer, as `catalog/iso27001.toml` has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnexA {
    /// Short title of our own by number: `5.1` → 方針を定めて見直す.
    pub title: BTreeMap<String, String>,
    /// Numbers by id of our control, nearest first; none where Annex A has no counterpart.
    pub counterparts: BTreeMap<String, Vec<String>>,
}

impl AnnexA {
    /// The one built into the program.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<AnnexA> = OnceLock::new();
        EMBEDDED.get_or_init(|| toml::from_str(include_str!("../../../catalog/iso27001.toml")).unwrap_or_default())
    }

    /// The numbers in the order of the standard, 5.2 before 5.10.
    #[must_use]
    pub fn numbers(&self) -> Vec<&str> {
        let mut numbers: Vec<&str> = self.title.keys().map(String::as_str).collect();
        numbers.sort_by_key(|number| order(number));
        numbers
    }
}

/// The four themes of Annex A, in words of our own.
pub(crate) const THEMES: [(&str, &str); 4] =
    [("5", "組織に関する管理策"), ("6", "人に関する管理策"), ("7", "物理に関する管理策"), ("8", "技術に関する管理策")];

/// Where a number stands.
fn order(number: &str) -> Vec<u32> {
    number.split('.').map(|part| part.parse().unwrap_or(u32::MAX)).collect()
}

/// The OSCAL id of a number: `5.1` → `a.5.1`.
#[must_use]
pub fn control_id(number: &str) -> String {
    format!("a.{number}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::control::Controls;

    #[test]
    fn annex_a_is_whole() {
        let annex = AnnexA::embedded();
        let last = [("5", 37), ("6", 8), ("7", 14), ("8", 34)];
        let expected: Vec<String> = last.iter().flat_map(|(theme, last)| (1..=*last).map(move |n| format!("{theme}.{n}"))).collect();
        assert_eq!(annex.numbers(), expected);
        assert!(annex.title.values().all(|title| !title.is_empty() && title.chars().count() <= 20));
    }

    #[test]
    fn every_control_says_what_answers_it_or_that_nothing_does() {
        let annex = AnnexA::embedded();
        for control in Controls::embedded().iter() {
            assert!(annex.counterparts.contains_key(&control.id), "catalog/iso27001.toml: {} has no line", control.id);
        }
        for (id, numbers) in &annex.counterparts {
            assert!(Controls::embedded().get(id).is_some(), "catalog/iso27001.toml: {id} is no control");
            assert!(numbers.iter().all(|number| annex.title.contains_key(number)), "{id}: {numbers:?}");
            let mut distinct = numbers.clone();
            distinct.dedup();
            assert_eq!(distinct.len(), numbers.len(), "{id} names a number twice");
        }
    }
}
