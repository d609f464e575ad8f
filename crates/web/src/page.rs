//! The frame of a page: title, body, who is signed in, navigation, flash message.

use askama::Template;
use office::calendar;

use crate::{context::Context, html::Html};

/// Who is signed in, as the header shows.
#[derive(Debug, Clone)]
pub struct User {
    /// Name.
    pub name: String,
    /// Unit and title.
    pub post: String,
}

/// What the layout needs. Every page template has a field `page` of this type.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Title of the page, also its first heading.
    pub title: String,
    /// Who is signed in; without one the page has no navigation and shows its block `plain`.
    pub user: Option<User>,
    /// What was just done.
    pub flash: Option<String>,
    body: String,
    today: jiff::civil::Date,
    csrf: String,
    path: String,
    administrator: bool,
}

impl Page {
    /// A page for nobody in particular.
    #[must_use]
    pub fn plain(title: impl Into<String>, body: &str, today: jiff::civil::Date) -> Self {
        Self { title: title.into(), body: body.to_owned(), today, ..Self::default() }
    }

    /// A page for whoever is signed in.
    #[must_use]
    pub fn of(context: &Context, title: impl Into<String>) -> Self {
        let person = &context.person;
        let post = [person.unit(), person.title()].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ");
        Self {
            title: title.into(),
            user: Some(User { name: person.name.clone(), post }),
            flash: context.flash.clone(),
            body: context.snapshot.office.name.clone(),
            today: context.now.date(),
            csrf: context.csrf.clone(),
            path: context.path.clone(),
            administrator: context.account.administrator,
        }
    }

    /// Name of the body; a hint before there is one.
    #[must_use]
    pub fn body_name(&self) -> &str {
        if self.body.is_empty() { "初期設定前" } else { &self.body }
    }

    /// Who is signed in, as written on paper: unit, title and name.
    #[must_use]
    pub fn person(&self) -> String {
        self.user.as_ref().map_or_else(String::new, |user| format!("{}　{}", user.post, user.name))
    }

    /// Today in 和暦.
    #[must_use]
    pub fn today(&self) -> String {
        calendar::wareki(self.today)
    }

    /// The hidden field that every form of a signed-in person carries.
    #[must_use]
    pub fn csrf(&self) -> Html {
        Html::hidden("csrf", &self.csrf)
    }

    /// The navigation, with the present part marked.
    #[must_use]
    pub fn nav(&self) -> Html {
        let longest = ITEMS.iter().map(|(_, href, _)| *href).filter(|href| covers(href, &self.path)).max_by_key(|href| href.len());
        let current = longest.unwrap_or("");
        Html::of(&Nav { current, exact: current == self.path, administrator: self.administrator })
    }
}

/// Group, address, word; the first group has no title.
const ITEMS: [(&str, &str, &str); 12] = [
    ("", "/", "ホーム"),
    ("申請", "/apply", "申請する"),
    ("申請", "/permits", "申請・許可の一覧"),
    ("報告・業務", "/incidents", "インシデント"),
    ("報告・業務", "/tasks", "定期業務"),
    ("報告・業務", "/attest", "点検の報告"),
    ("報告・業務", "/calendar", "年度カレンダー"),
    ("台帳・規程", "/registers", "台帳"),
    ("台帳・規程", "/policy", "規程"),
    ("台帳・規程", "/records", "記録"),
    (ADMINISTRATION, "/admin", "管理"),
    (ADMINISTRATION, "/adoption", "規程の読込みと施行"),
];

/// Group shown to administrators only.
const ADMINISTRATION: &str = "システム管理";

fn covers(href: &str, path: &str) -> bool {
    href == path || (href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')))
}

struct Item {
    href: &'static str,
    word: &'static str,
}

struct Group {
    title: &'static str,
    items: Vec<Item>,
}

#[derive(Template)]
#[template(path = "part/nav.html")]
struct Nav {
    current: &'static str,
    exact: bool,
    administrator: bool,
}

impl Nav {
    fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for (title, href, word) in ITEMS.into_iter().filter(|(title, ..)| self.administrator || *title != ADMINISTRATION) {
            match groups.last_mut().filter(|group| group.title == title) {
                Some(group) => group.items.push(Item { href, word }),
                None => groups.push(Group { title, items: vec![Item { href, word }] }),
            }
        }
        groups
    }
}
