//! Names as written → role ids, through aliases, lists and qualifiers.

use super::{
    Role,
    words::{CHOICE, CONNECTORS, joins_word},
};

/// Looks up roles by any of their names.
pub(crate) struct Names {
    /// Name and role id, longest name first.
    entries: Vec<(String, String)>,
}

/// Roles listed at the end of a piece of text.
pub(crate) struct List {
    /// Role ids in the order of the text.
    pub(crate) ids: Vec<String>,
    /// Whether any one of them suffices (又は).
    pub(crate) choice: bool,
    /// Byte offset where the list begins.
    pub(crate) start: usize,
}

impl Names {
    /// Prepares the names of some roles.
    pub(crate) fn new(roles: &[Role]) -> Names {
        let mut entries: Vec<(String, String)> = roles
            .iter()
            .flat_map(|role| std::iter::once(&role.id).chain(&role.aliases).map(|name| (name.clone(), role.id.clone())))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        entries.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Names { entries }
    }

    /// The role with exactly this name.
    pub(crate) fn exact(&self, name: &str) -> Option<&str> {
        let found = self.entries.iter().find(|(known, _)| known == name);
        found.map(|(_, id)| id.as_str())
    }

    /// The role whose name ends the text, and where the name begins.
    fn at_end(&self, text: &str) -> Option<(&str, usize)> {
        self.entries.iter().find_map(|(name, id)| {
            let before = text.strip_suffix(name.as_str())?;
            starts_word(before).then_some((id.as_str(), before.len()))
        })
    }

    /// The list of roles that ends the text: `A、B及びC` gives three.
    pub(crate) fn list_at_end(&self, text: &str) -> Option<List> {
        let (text, any) = text.strip_suffix("のいずれか").map_or((text, false), |rest| (rest, true));
        let tail = text.strip_suffix('等').unwrap_or(text);
        let (first, mut start) = self.at_end(text).or_else(|| self.at_end(tail))?;
        let mut list = List { ids: vec![first.to_owned()], choice: any, start };
        while let Some((before, connector)) =
            text.get(..start).and_then(|before| split_connector(before).or_else(|| past_qualifier(before)))
        {
            let Some((id, at)) = self.at_end(before).or_else(|| self.at_end(before.strip_suffix('等').unwrap_or(before))) else { break };
            list.choice |= CHOICE.contains(&connector);
            if !list.ids.iter().any(|known| known == id) {
                list.ids.insert(0, id.to_owned());
            }
            start = at;
        }
        list.start = start;
        Some(list)
    }

    /// The roles a subject as written means; empty if it is none.
    pub(crate) fn roles_of(&self, written: &str) -> Vec<String> {
        let written = written.trim();
        if let Some(id) = self.exact(written) {
            return vec![id.to_owned()];
        }
        self.list_at_end(written).map(|list| list.ids).unwrap_or_default()
    }

    /// The roles of several subjects; a subject that is no role stays as written.
    pub(crate) fn resolve(&self, subjects: &[String]) -> Vec<String> {
        let mut resolved: Vec<String> = Vec::new();
        for subject in subjects {
            let mut ids = self.roles_of(subject);
            if ids.is_empty() {
                ids.push(subject.clone());
            }
            for id in ids {
                if !resolved.contains(&id) {
                    resolved.push(id);
                }
            }
        }
        resolved
    }
}

/// Whether a name may begin after this text: it is not the tail of a longer word.
fn starts_word(before: &str) -> bool {
    before.chars().next_back().is_none_or(|last| !joins_word(last) || matches!(last, '各' | '全' | '該' | '同' | '両'))
}

/// Steps back over what qualifies a name (当該職員が属する課の) to the connector before it.
fn past_qualifier(text: &str) -> Option<(&str, &'static str)> {
    let qualified = text.strip_suffix('の')?;
    let (at, connector) = CONNECTORS.iter().filter_map(|connector| qualified.rfind(connector).map(|at| (at, *connector))).max()?;
    let qualifier = qualified.get(at + connector.len()..)?;
    let plain = connector != "・" && !qualifier.is_empty() && !qualifier.contains(['は', 'に', '。']);
    plain.then(|| qualified.get(..at).map(|before| (before, connector)))?
}

/// Splits a connector off the end of a text.
fn split_connector(text: &str) -> Option<(&str, &'static str)> {
    let ends = |text: &str| CONNECTORS.iter().chain(&["と"]).copied().find(|connector| text.ends_with(connector));
    let mut connector = ends(text)?;
    let mut before = text.strip_suffix(connector)?;
    // 「A、又はB」「A及び、B」: a comma beside a connector.
    if connector == "、" {
        connector = ends(before).unwrap_or(connector);
    } else {
        before = before.strip_suffix('、').unwrap_or(before);
    }
    Some((before.strip_suffix(connector).unwrap_or(before), connector))
}

#[cfg(test)]
mod tests {
    use super::{super::Holder, *};

    fn names(list: &[&str]) -> Names {
        let role = |name: &&str| Role {
            id: (*name).to_owned(),
            aliases: Vec::new(),
            post: None,
            holder: Holder::One,
            deputy: None,
            chair: None,
            cite: Default::default(),
        };
        Names::new(&list.iter().map(role).collect::<Vec<_>>())
    }

    #[test]
    fn the_longest_name_wins_and_words_are_not_cut() {
        let names = names(&["情報担当者", "総括情報担当者", "職員等"]);
        assert_eq!(names.roles_of("報告を受けた情報担当者"), ["情報担当者"]);
        assert_eq!(names.roles_of("総括情報担当者"), ["総括情報担当者"]);
        assert!(names.roles_of("副情報担当者").is_empty());
    }

    #[test]
    fn lists_come_apart_in_order() {
        let names = names(&["甲管理者", "乙担当者", "丙委員会"]);
        assert_eq!(names.roles_of("甲管理者、乙担当者及び丙委員会"), ["甲管理者", "乙担当者", "丙委員会"]);
        let list = names.list_at_end("持ち出す者は、甲管理者又は乙担当者").expect("a list");
        assert!(list.choice);
        assert_eq!(list.ids, ["甲管理者", "乙担当者"]);
    }

    #[test]
    fn qualifiers_inside_a_list_are_passed() {
        let names = names(&["甲管理者", "乙担当者"]);
        assert_eq!(names.roles_of("速やかに甲管理者及びその職員が属する課の乙担当者"), ["甲管理者", "乙担当者"]);
        assert_eq!(names.roles_of("甲管理者は、部の乙担当者"), ["乙担当者"]);
    }

    #[test]
    fn strangers_stay_as_written() {
        let names = names(&["甲管理者"]);
        assert_eq!(names.resolve(&["特権を代行する者".to_owned(), "甲管理者".to_owned()]), ["特権を代行する者", "甲管理者"]);
    }
}
