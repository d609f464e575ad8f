//! The policy itself at the door: loading a version, adopting it; and erasing a payload on a lawful request.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{Decision, Door, found};
use crate::{
    act::Act,
    adoption::{self, Confirmation, Confirmed, PolicyVersion},
    coverage,
    record::Fact,
    refusal::Refusal,
    role,
    rulebook::{Holding, Role, Rulebook},
    rules::Facts,
    state::Key,
};

/// Longest policy, in bytes of UTF-8: about ten times the longest seen. With its reading it must
/// still fit into one payload of the ledger.
const SOURCE_MAX: usize = 1_500_000;

impl Door<'_> {
    pub(super) fn policy(&self, act: &Act) -> Decision {
        let mut facts = Facts::default();
        facts.note("actor-not-role-keeper", !self.administers());
        match act {
            Act::LoadPolicy { file, reading, source } => {
                self.ask("policy.load", &facts, |_| Vec::new())?;
                if self.state.office.name.is_empty() {
                    return Err(Refusal::input("団体がまだ登録されていません。", "先に sekisho init で団体を登録してください。").into());
                }
                if reading.document.source.len() > SOURCE_MAX {
                    let says = format!("規程として読み込むには長すぎます（上限 {}万字ほど）。", SOURCE_MAX / 30_000);
                    return Err(Refusal::input(says, "規程の本文だけのファイルかどうか確かめてください。").into());
                }
                if reading.document.clauses.len() < 2 {
                    let help = "規程の本文（章・条・番号のある文章）が入ったファイルかどうか確かめてください。";
                    return Err(Refusal::input("条項を一つも読み取れませんでした。", help).into());
                }
                let sha256 = Sha256::digest(reading.document.source.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
                let version = PolicyVersion {
                    number: self.state.office.versions.saturating_add(1),
                    file: file.clone(),
                    sha256,
                    loaded_at: self.now,
                    reading: (**reading).clone(),
                    effective: None,
                    source: source.clone(),
                    confirmed: None,
                };
                Ok(vec![self.record(None, Fact::PolicyLoaded { version })])
            }
            Act::AdoptPolicy { version, confirmation } => {
                self.ask("policy.adopt", &facts, |_| Vec::new())?;
                self.adopt(*version, confirmation)
            }
            Act::WithdrawAdoption { version, reason } => {
                let book = self.state.office.rulebooks.get(version);
                // The version itself is changed too: it must lie on its shelf.
                let loaded = self.state.versions.get(&Key::Version(*version))?.is_some();
                facts
                    .note("not-adopted", book.is_none() || !loaded)
                    .note("effective-reached", book.is_some_and(|book| book.effective <= self.now.date()))
                    .note("reason-missing", reason.trim().is_empty());
                self.ask("policy.withdraw", &facts, |_| Vec::new())?;
                Ok(vec![self.record(None, Fact::AdoptionWithdrawn { version: *version, reason: reason.trim().to_owned() })])
            }
            Act::ErasePayload { index, ground } => {
                facts.note("legal-ground-missing", ground.trim().is_empty());
                self.ask("account.open", &facts, |_| Vec::new())?;
                self.ask("record.erase", &facts, |_| Vec::new())?;
                Ok(vec![
                    self.record(
                        self.cite("usage.legal-procedure"),
                        Fact::PayloadErased { index: *index, ground: ground.trim().to_owned() },
                    ),
                ])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn adopt(&self, number: u32, confirmation: &Confirmation) -> Decision {
        let version = found(self.state.versions.get(&Key::Version(number))?, "規程の版", &number.to_string())?;
        if version.effective.is_some() {
            return Err(
                Refusal::input("この版は、すでに施行の手続が済んでいます。", "改めるときは、新しい版として読み込んでください。").into()
            );
        }
        let mut book = adoption::compile(self.catalog, number, &version.reading, confirmation);
        if let Some(before) = self.state.rulebook(book.effective) {
            let earlier = found(self.state.versions.get(&Key::Version(before.version))?, "規程の版", &before.version.to_string())?;
            coverage::inherit(&mut book, &version.reading.document, before, &earlier.reading.document);
        }
        book.former = self.former(&book);
        let vacant = self.vacant(&book);
        let now = self.state.rulebook(self.now.date());
        let mut facts = Facts::default();
        facts
            .note("approver-role-vacant", !vacant.is_empty() || book.procedures.iter().any(|procedure| procedure.approvers.is_empty()))
            .note("unread-unchecked", !version.source.unread.is_empty() && !confirmation.unread_checked)
            .note("not-a-policy", adoption::is_hardly_a_policy(&version.reading))
            .note("reason-given", !confirmation.reason.trim().is_empty())
            .note("effective-before-current", now.is_some_and(|now| book.effective < now.effective));
        self.ask("policy.adopt", &facts, |_| vacant.clone())?;
        let proposal = adoption::baseline(self.catalog, &version.reading, &self.state.people, confirmation);
        let corrections = adoption::correction::between(self.catalog, number, &version.reading, &proposal, confirmation);
        let confirmed = Confirmed { confirmation: confirmation.clone(), corrections };
        Ok(vec![
            self.record(None, Fact::PolicyConfirmed { version: number, confirmed }),
            self.record(None, Fact::PolicyAdopted { rulebook: book }),
        ])
    }

    /// Names of the roles that decide on a procedure and are held by nobody.
    fn vacant(&self, book: &Rulebook) -> Vec<String> {
        let deciding = book.procedures.iter().flat_map(|procedure| &procedure.approvers).filter_map(|id| book.role(id));
        let vacant = deciding.filter(|role| match &role.holding {
            Holding::Everyone => false,
            Holding::Nobody => true,
            _ => {
                role::all_seats(self.state, role).is_empty()
                    || (!matches!(role.holding, Holding::Unit { .. }) && role::holders(self.state, role, "").is_empty())
            }
        });
        let names: BTreeSet<&str> = vacant.map(|role| role.name.as_str()).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// Roles of the versions before that this one no longer has, each as the latest of them had it.
    fn former(&self, book: &Rulebook) -> Vec<Role> {
        let mut before: Vec<&Rulebook> =
            self.state.office.rulebooks.values().filter(|one| (one.effective, one.version) < (book.effective, book.version)).collect();
        before.sort_by_key(|one| std::cmp::Reverse((one.effective, one.version)));
        let mut former: Vec<Role> = Vec::new();
        for role in before.iter().flat_map(|one| one.roles.iter().chain(&one.former)) {
            if book.roles.iter().chain(&former).all(|known| known.id != role.id) {
                former.push(role.clone());
            }
        }
        former
    }
}
