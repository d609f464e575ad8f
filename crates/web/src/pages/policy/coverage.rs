//! The coverage on pages: what runs each clause of the policy, how it stands, and the record that says so.
//!
//! Knows the words and addresses; how a norm stands is computed in `office::coverage`.

pub(crate) mod list;
pub(crate) mod report;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use office::{
    coverage::{Counts, Covering, Means, Runner as By, Standing, Status},
    role,
    rulebook::{Cite, Holding, Rulebook},
    state::State,
};
use policy::control::Controls;

use crate::{citation, context::Context, fault::Fault, html::Html, paging::encode};

/// The catalogue of controls, read once.
pub(crate) static CONTROLS: LazyLock<&'static Controls> = LazyLock::new(Controls::embedded);

/// The Japanese title of a control; staff never read its id.
pub(crate) fn control_title(id: &str) -> &'static str {
    CONTROLS.get(id).map_or("その他の統制", |control| control.title.as_str())
}

/// Words for how a norm stands: the word itself, what it means, and the kind of its badge.
pub(crate) const fn words(standing: Standing) -> (&'static str, &'static str, &'static str) {
    match standing {
        Standing::Works => ("機能している", "証跡となる記録があり、期限内です", "good"),
        Standing::Old => ("証跡が古い", "期限を過ぎた業務や、点検の報告の無い所属があります", "warn"),
        Standing::Nobody => ("責任者なし", "責任を持つ役割に、人が就いていません", "late"),
        Standing::Open => ("未対応", "証跡が無いか、守られていないと報告されています", "back"),
    }
}

/// How a norm stands, as a badge.
pub(crate) fn badge(standing: Standing) -> Html {
    let (word, _, kind) = words(standing);
    Html::badge(kind, word)
}

/// The word for a kind of coverage.
pub(crate) const fn means(means: Means) -> &'static str {
    match means {
        Means::Procedure => "手続",
        Means::Register => "台帳・役割",
        Means::Task => "定期業務",
        Means::Machine => "機器の点検",
        Means::Gateway => "境界の規則",
        Means::Training => "研修",
        Means::Document => "文書",
        Means::Attestation => "職員の遵守",
        Means::Declaration => "宣言",
    }
}

/// Whether a role is held by nobody at all.
pub(crate) fn nobody(state: &State, held: &office::rulebook::Role) -> bool {
    match &held.holding {
        Holding::Everyone => false,
        Holding::Nobody => true,
        Holding::Unit { .. } => role::all_seats(state, held).is_empty(),
        _ => role::holders(state, held, "").is_empty(),
    }
}

/// Something that runs a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runner {
    /// 申請, 定期業務, 報告経路, 台帳, 共通ルール, 役割 …
    pub(crate) kind: &'static str,
    /// What it is called.
    pub(crate) title: String,
    /// Where it is seen.
    pub(crate) href: String,
    /// How what it runs stands.
    pub(crate) standing: Standing,
}

/// What runs one clause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Covered {
    /// Everything that runs it.
    pub(crate) runners: Vec<Runner>,
    /// How the worst of its norms stands; `None` for a clause without norms.
    pub(crate) standing: Option<Standing>,
}

/// How every norm of a rulebook stands today.
pub(crate) struct Coverage<'a> {
    context: &'a Context,
    /// The rulebook.
    pub(crate) book: &'a Rulebook,
    /// In the order of the rulebook's coverage.
    pub(crate) statuses: Vec<Status>,
    /// Places of the norms of each clause.
    clauses: BTreeMap<(bool, &'a str), Vec<usize>>,
}

impl<'a> Coverage<'a> {
    /// How a rulebook's norms stand today.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn of(context: &'a Context, book: &'a Rulebook) -> Result<Self, Fault> {
        let found = context.app.registry.evidence().await?;
        let statuses = office::coverage::statuses(&context.snapshot, book, &found, context.today());
        let mut clauses: BTreeMap<(bool, &str), Vec<usize>> = BTreeMap::new();
        for (index, covering) in book.coverage.iter().enumerate() {
            clauses.entry((covering.standard, covering.clause.as_str())).or_default().push(index);
        }
        Ok(Self { context, book, statuses, clauses })
    }

    /// Every norm with how it stands and its place in the rulebook.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, &'a Covering, &Status)> {
        self.book.coverage.iter().zip(&self.statuses).enumerate().map(|(index, (covering, status))| (index, covering, status))
    }

    /// The figures.
    pub(crate) fn counts(&self) -> Counts {
        Counts::of(&self.statuses)
    }

    /// The norms of a clause, each with how it stands.
    pub(crate) fn norms<'s>(&'s self, standard: bool, clause: &'s str) -> impl Iterator<Item = (&'s Covering, &'s Status)> {
        let indexes = self.clauses.get(&(standard, clause)).into_iter().flatten();
        indexes.filter_map(|index| Some((self.book.coverage.get(*index)?, self.statuses.get(*index)?)))
    }

    /// What runs a clause, and how the worst of its norms stands.
    pub(crate) fn clause(&self, standard: bool, clause: &str) -> Covered {
        let mut runners = Vec::new();
        for (covering, status) in self.norms(standard, clause) {
            for runner in self.runners(covering, status) {
                if !runners.contains(&runner) {
                    runners.push(runner);
                }
            }
        }
        // The order of the figures is not that of urgency: what nobody answers for comes first.
        let urgent = [Standing::Nobody, Standing::Open, Standing::Old, Standing::Works];
        let stands = |standing: &Standing| self.norms(standard, clause).any(|(_, status)| status.standing == *standing);
        Covered { runners, standing: urgent.into_iter().find(stands) }
    }

    /// What runs a norm: its own mechanisms, or the norms that fulfil a statement.
    pub(crate) fn runners(&self, covering: &Covering, status: &Status) -> Vec<Runner> {
        if covering.runners.is_empty() {
            return self.fulfilling(covering);
        }
        covering.runners.iter().map(|by| self.runner(covering, by, status.standing)).collect()
    }

    fn fulfilling(&self, covering: &Covering) -> Vec<Runner> {
        let mut seen = BTreeSet::new();
        let by = covering.fulfilled_by.iter().filter_map(|index| Some((self.book.coverage.get(*index)?, self.statuses.get(*index)?)));
        by.filter(|(by, _)| seen.insert((by.standard, by.clause.as_str())))
            .map(|(by, status)| Runner {
                kind: if by.standard { "標準実施基準" } else { "条項" },
                title: format!("{} {}", by.clause, short(&by.says)),
                href: citation::address(&cite(self.book, by)),
                standing: status.standing,
            })
            .collect()
    }

    fn runner(&self, covering: &Covering, by: &By, standing: Standing) -> Runner {
        let book = self.book;
        let catalog = self.context.catalog();
        let (kind, title, href) = match by {
            By::Procedure(key) => {
                let title = book.procedure(key).map_or_else(String::new, |procedure| procedure.title.clone());
                ("申請", title, format!("/apply/{}", encode(key)))
            }
            By::Duty(key) => {
                let duty = book.duties.iter().find(|duty| duty.key == *key);
                ("定期業務", duty.map_or_else(String::new, |duty| short(&duty.what)), format!("/tasks?view=all&duty={}", encode(key)))
            }
            By::Route(event) => ("報告経路", event.clone(), "/incidents".to_owned()),
            By::Register(id) => {
                let title = catalog.register(id).map_or_else(String::new, |register| register.title.clone());
                ("台帳", title, format!("/registers/{id}"))
            }
            By::Role(id) => ("役割", book.role_name(id).to_owned(), format!("/policy/roles#{}", encode(id))),
            By::Rule(id) => {
                let says = catalog.rules.iter().find(|rule| rule.id == *id).map_or_else(String::new, |rule| short(&rule.says));
                ("共通ルール", says, format!("/policy/rules#{}", encode(id)))
            }
            By::Attestation => ("点検の報告", "責任者が確かめて報告する".to_owned(), history_href(covering)),
        };
        Runner { kind, title, href, standing }
    }

    /// Names of the roles that answer for a norm.
    pub(crate) fn responsible(&self, covering: &Covering) -> String {
        covering.who.iter().map(|id| self.book.role_name(id)).collect::<Vec<_>>().join("、")
    }
}

/// Address of the answers given so far about a norm.
pub(crate) fn history_href(covering: &Covering) -> String {
    let standard = if covering.standard { "&standard=yes" } else { "" };
    format!("/attest/history?clause={}&n={}{standard}", encode(&covering.clause), covering.n)
}

/// Where a norm is stated.
pub(crate) fn cite(book: &Rulebook, covering: &Covering) -> Cite {
    Cite { version: book.version, clause: covering.clause.clone(), standard: covering.standard }
}

/// The beginning of a sentence, for a label.
pub(crate) fn short(text: &str) -> String {
    const LABEL_CHARS: usize = 40;
    let mut label: String = text.chars().take(LABEL_CHARS).collect();
    if text.chars().count() > LABEL_CHARS {
        label.push('…');
    }
    label
}
