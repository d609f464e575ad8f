//! What is proposed for confirmation: from the reading, the catalogue and the people of the body. Knows of no earlier version.

use jiff::civil::Date;
use policy::model::Holder;

use super::{Confirmation, undefined_approvers};
use crate::{
    catalog::{Catalog, StandardRole},
    people::People,
    rulebook::Holding,
};

/// Roles a policy's general words for everybody mean.
const EVERYONE: [&str; 3] = ["職員等", "職員", "端末装置利用者"];

/// What the system proposes for confirmation, from the reading and the people of the body.
#[must_use]
pub fn propose(catalog: &Catalog, reading: &policy::Reading, people: &People, today: Date) -> Confirmation {
    let mut confirmation = Confirmation { effective: today, standard: reading.model.procedures.is_empty(), ..Confirmation::default() };
    for role in &reading.model.roles {
        let holding = match (role.holder, role.post.as_deref()) {
            (Holder::Everyone, _) => Holding::Everyone,
            (_, Some(post)) => propose_holding(post, people),
            _ => Holding::Nobody,
        };
        confirmation.holdings.insert(role.id.clone(), holding);
    }
    for name in undefined_approvers(reading) {
        // 所属長 and 課長 need no definition: everybody knows whom they mean.
        let heads = ["所属", "所管", "課", "各"].iter().any(|word| name.starts_with(word)) && name.ends_with('長');
        let holding = if heads { propose_holding(&format!("各{name}"), people) } else { Holding::Nobody };
        confirmation.holdings.insert(name, holding);
    }
    // A committee is seated by whoever chairs it until its members are named.
    for role in reading.model.roles.iter().filter(|role| role.holder == Holder::Committee) {
        let chair = role
            .chair
            .as_ref()
            .and_then(|chair| confirmation.holdings.get(chair).cloned().or_else(|| Some(propose_holding(chair, people))));
        if let (Some(Holding::Nobody), Some(chair)) = (confirmation.holdings.get(&role.id), chair) {
            confirmation.holdings.insert(role.id.clone(), chair);
        }
    }
    // A post may be another role of the policy: whoever holds that holds this too.
    for role in &reading.model.roles {
        let Some(other) = role.post.as_ref().and_then(|post| reading.model.roles.iter().find(|other| other.id == *post)) else { continue };
        if let Some(holding) = confirmation.holdings.get(&other.id).cloned() {
            confirmation.holdings.insert(role.id.clone(), holding);
        }
    }
    if confirmation.standard {
        for role in catalog.roles() {
            confirmation.holdings.entry(role.id.clone()).or_insert_with(|| propose_standard(role, people));
        }
    }
    confirmation
}

fn propose_standard(role: &StandardRole, people: &People) -> Holding {
    let titles: Vec<String> =
        role.post_hint.iter().filter(|post| people.is_empty() || people.holding(post).next().is_some()).cloned().collect();
    match role.holder {
        Holder::Everyone => Holding::Everyone,
        Holder::Unit => Holding::Unit { titles: if titles.is_empty() { role.post_hint.clone() } else { titles } },
        _ => titles.into_iter().next().map_or(Holding::Nobody, |title| Holding::Post { unit: String::new(), titles: vec![title] }),
    }
}

/// The holding that a policy's words for a post mean: 副市長, 企画財政部長, 各所管課長, 各部長及び議会事務局長.
#[must_use]
pub fn propose_holding(post: &str, people: &People) -> Holding {
    let spaced = ["及び", "並びに", "又は", "若しくは"].iter().fold(post.trim().to_owned(), |text, word| text.replace(word, "、"));
    let posts: Vec<&str> =
        spaced.split('、').map(|post| post.trim().trim_end_matches("の職にある者")).filter(|post| !post.is_empty()).collect();
    if posts.iter().any(|post| EVERYONE.contains(&post.trim_start_matches('各'))) {
        return Holding::Everyone;
    }
    let mut titles = Vec::new();
    let mut each = false;
    for post in posts {
        let mut title = post;
        for word in ["各", "所管", "所属する", "所属", "当該"] {
            title = title.strip_prefix(word).unwrap_or(title);
        }
        let meant = if title == post { vec![known_post(&post.replace("の長", "長"), people)] } else { titles_of_each(title, people) };
        each |= title != post;
        titles.extend(meant.into_iter().filter(|title| !title.is_empty()));
    }
    titles = titles
        .iter()
        .enumerate()
        .filter(|(index, title)| !titles.iter().take(*index).any(|before| before == *title))
        .map(|(_, title)| title.clone())
        .collect();
    if each { Holding::Unit { titles } } else { Holding::Post { unit: String::new(), titles } }
}

/// A post as the body's people hold it: 架空町副町長 is the 副町長.
fn known_post(post: &str, people: &People) -> String {
    if people.holding(post).next().is_some() {
        return post.to_owned();
    }
    let held = people.posts().filter(|name| name.chars().count() > 1 && post.ends_with(name));
    held.max_by_key(|name| name.len()).unwrap_or(post).to_owned()
}

/// Titles meant by 課長, 課等の長, 長 in each unit, widened to equals of the same rank that the body has.
fn titles_of_each(title: &str, people: &People) -> Vec<String> {
    const SECTION: [&str; 8] = ["課長", "室長", "所長", "事務局長", "館長", "園長", "センター長", "署長"];
    const DEPARTMENT: [&str; 5] = ["部長", "局長", "教育次長", "消防長", "次長"];
    let title = title.replace("等の長", "長").replace("の長", "長");
    let rank: &[&str] = if title.starts_with('部') || title.starts_with('局') { &DEPARTMENT } else { &SECTION };
    let mut titles: Vec<String> = if title.chars().count() > 1 { vec![title] } else { Vec::new() };
    for equal in rank {
        if (titles.is_empty() || people.holding(equal).next().is_some()) && !titles.iter().any(|title| title == equal) {
            titles.push((*equal).to_owned());
        }
    }
    titles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_are_understood() {
        let nobody = People::default();
        let post = |title: &str| Holding::Post { unit: String::new(), titles: vec![title.to_owned()] };
        assert_eq!(propose_holding("副市長", &nobody), post("副市長"));
        assert_eq!(propose_holding("企画財政部行政経営課長", &nobody), post("企画財政部行政経営課長"));
        assert_eq!(propose_holding("各職員等", &nobody), Holding::Everyone);
        assert_eq!(propose_holding("各所管課長", &nobody), Holding::Unit { titles: vec!["課長".to_owned()] });
        let heads = Holding::Unit { titles: vec!["部長".to_owned(), "教育次長".to_owned(), "議会事務局長".to_owned()] };
        assert_eq!(propose_holding("各部長、教育次長及び議会事務局長", &nobody), heads);
        assert_eq!(propose_holding("各部等の長", &nobody), Holding::Unit { titles: vec!["部長".to_owned()] });
    }
}
