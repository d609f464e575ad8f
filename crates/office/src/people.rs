//! People, units, posts held, deputies and accounts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::Moment;

/// Everybody, by staff number and by the names of the posts they hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    by_id: BTreeMap<String, Person>,
    by_post: BTreeMap<String, BTreeSet<String>>,
}

impl People {
    /// A person by staff number.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Person> {
        self.by_id.get(id)
    }

    /// Everybody, by staff number.
    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.by_id.values()
    }

    /// Everybody who holds a post of this name and works here: 課長, 総務課長, 総務部総務課長.
    pub fn holding(&self, post: &str) -> impl Iterator<Item = &Person> {
        self.by_post.get(post).into_iter().flatten().filter_map(|id| self.by_id.get(id)).filter(|person| person.active)
    }

    /// Names of posts that somebody holds.
    pub fn posts(&self) -> impl Iterator<Item = &str> {
        self.by_post.keys().map(String::as_str)
    }

    /// Adds or replaces a person.
    pub fn put(&mut self, person: Person) {
        if let Some(old) = self.by_id.remove(&person.id) {
            for name in old.positions.iter().flat_map(Position::names) {
                if let Some(ids) = self.by_post.get_mut(&name) {
                    ids.remove(&old.id);
                    if ids.is_empty() {
                        self.by_post.remove(&name);
                    }
                }
            }
        }
        for name in person.positions.iter().flat_map(Position::names) {
            self.by_post.entry(name).or_default().insert(person.id.clone());
        }
        self.by_id.insert(person.id.clone(), person);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

impl FromIterator<Person> for People {
    fn from_iter<I: IntoIterator<Item = Person>>(people: I) -> Self {
        let mut all = Self::default();
        for person in people {
            all.put(person);
        }
        all
    }
}

/// A unit (所属): 部・課・係.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Path of names, such as `総務部/情報政策課`; identity of the unit.
    pub id: String,
    /// Last name of the path.
    pub name: String,
    /// Id of the unit above, if any.
    pub parent: Option<String>,
}

/// A post held by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Unit id.
    pub unit: String,
    /// Title (職名), such as 課長.
    pub title: String,
}

impl Position {
    /// Names by which a policy may call this post: 課長, 総務課長, 総務部総務課長, and 総務部の課長 as 総務部課長.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = vec![self.title.clone()];
        let mut above = String::new();
        for unit in self.unit.split('/').rev() {
            above = format!("{unit}{above}");
            let mut joined = above.clone();
            // 総務課 + 課長 is 総務課長.
            if self.title.starts_with(|first| joined.ends_with(first)) {
                joined.pop();
            }
            let joined = joined + &self.title;
            if !names.contains(&joined) {
                names.push(joined);
            }
        }
        names
    }

    /// Whether a policy's name of a post means this one.
    #[must_use]
    pub fn is_called(&self, post: &str) -> bool {
        self.title == post || (post.ends_with(&self.title) && self.names().iter().any(|name| name == post))
    }
}

/// Someone who works for the body (職員等).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Staff number (職員番号).
    pub id: String,
    /// Name.
    pub name: String,
    /// Reading of the name in kana, for sorting and search.
    pub kana: String,
    /// Mail address, empty if none.
    pub mail: String,
    /// Posts held; the first is the main one, the others are 兼務.
    pub positions: Vec<Position>,
    /// Whether the person still works here.
    pub active: bool,
}

impl Person {
    /// Unit of the main post, empty if none.
    #[must_use]
    pub fn unit(&self) -> &str {
        self.positions.first().map_or("", |position| position.unit.as_str())
    }

    /// Title of the main post, empty if none.
    #[must_use]
    pub fn title(&self) -> &str {
        self.positions.first().map_or("", |position| position.title.as_str())
    }
}

/// Somebody acts for somebody else for a time (代理).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Number of the delegation.
    pub id: u64,
    /// Whose roles are exercised.
    pub principal: String,
    /// Who exercises them.
    pub deputy: String,
    /// First day.
    pub since: Date,
    /// Last day.
    pub until: Date,
    /// Why.
    pub reason: String,
}

/// How somebody signs in. Secrets are kept apart, never in the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Whether the account may sign in.
    pub open: bool,
    /// Whether it administers the system: people, accounts, loading a policy. It gives no right to decide.
    pub administrator: bool,
    /// Whether a second factor is set.
    pub second_factor: bool,
    /// Whether the password must be changed at the next sign-in.
    pub must_change: bool,
    /// Last sign-in.
    pub last_sign_in: Option<Moment>,
    /// The sign-in before that, which the notice after signing in shows.
    pub previous_sign_in: Option<Moment>,
    /// Failed attempts since the last sign-in.
    pub failures: u32,
    /// Failed attempts before the present sign-in, which the notice shows.
    pub failures_before: u32,
    /// Locked until then after too many failures.
    pub locked_until: Option<Moment>,
}
