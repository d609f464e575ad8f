//! Identities that outlive amendments: UUIDs and tokens made from a body's seed and where a clause first stood; draws no chance.

use std::collections::HashMap;

use policy::{compare::Origin, tree::Document};
use uuid::Uuid;

/// The same parts under the same seed always give the same UUID (version 5).
#[must_use]
pub fn uuid(seed: &str, parts: &[&str]) -> String {
    name(seed, parts).to_string()
}

/// A token (a name without colons, beginning with a letter) for something of a body: prefix and twelve hex digits.
#[must_use]
pub fn token(prefix: &str, seed: &str, parts: &[&str]) -> String {
    // 48 bits: among the 2,000 clauses of a long policy two are alike once in 140 million policies.
    let digits: String = name(seed, parts).simple().to_string().chars().take(12).collect();
    format!("{prefix}-{digits}")
}

fn name(seed: &str, parts: &[&str]) -> Uuid {
    let body = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("urn:sekisho:body:{seed}").as_bytes());
    // No part holds this separator, so no two lists of parts read the same.
    Uuid::new_v5(&body, parts.join("\u{1f}").as_bytes())
}

/// The ids of a document's clauses as OSCAL tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseIds {
    ids: Vec<String>,
    at: HashMap<String, usize>,
}

impl ClauseIds {
    /// The ids by the origins of the clauses, which stand in the order of [`Document::clauses`].
    ///
    /// INVARIANT: no two clauses have one id. Where an amendment split a clause, the first piece keeps the
    /// id and the others get `-2`, `-3` after it. A clause without an origin is known by its path alone.
    #[must_use]
    pub fn new(seed: &str, document: &Document, origins: &[Origin]) -> Self {
        let mut taken: HashMap<String, u32> = HashMap::new();
        let mut ids = Vec::with_capacity(document.clauses.len());
        for (index, clause) in document.clauses.iter().enumerate() {
            let (version, path) = origins.get(index).map_or((0, clause.path.as_str()), |origin| (origin.version, origin.path.as_str()));
            let id = token("clause", seed, &["clause", &version.to_string(), path]);
            let count = taken.entry(id.clone()).or_default();
            *count += 1;
            ids.push(if *count == 1 { id } else { format!("{id}-{count}") });
        }
        let at = document.clauses.iter().enumerate().map(|(index, clause)| (clause.path.clone(), index)).collect();
        Self { ids, at }
    }

    /// The id of a clause by its index.
    #[must_use]
    pub fn get(&self, index: usize) -> &str {
        self.ids.get(index).map_or("", String::as_str)
    }

    /// The id of a clause by its path.
    #[must_use]
    pub fn of(&self, path: &str) -> Option<&str> {
        self.at.get(path).map(|index| self.get(*index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_clause_leaves_its_id_to_the_first_piece() {
        let (document, _) = policy::tree::parse("架空町規程\n1 目的\n定める。\n2 範囲\n及ぶ。\n");
        let origin = |path: &str| Origin { version: 0, path: path.to_owned() };
        let ids = ClauseIds::new("町", &document, &[origin(""), origin("1"), origin("1")]);
        assert_eq!(ids.of("2"), Some(format!("{}-2", ids.of("1").unwrap()).as_str()));
    }

    #[test]
    fn identities_are_of_version_five_and_of_one_body() {
        let (one, other) = (uuid("甲町", &["a"]), uuid("乙町", &["a"]));
        assert_ne!(one, other);
        assert_eq!(Uuid::parse_str(&one).unwrap().get_version_num(), 5);
        assert_ne!(uuid("甲町", &["a", "b"]), uuid("甲町", &["ab"]));
    }
}
