//! Attestations at the door: officers say how the norms they answer for are kept.

use jiff::{Span, civil::Date};

use super::{Decision, Door};
use crate::{
    coverage::{Answer, AttestLine, Attestation, Covering},
    record::{Fact, Record},
    refusal::{Refusal, Stop},
    role::{self, Held},
    rulebook::{Cite, Rulebook},
    rules::Facts,
};

/// Most lines of one checklist.
const LINES_MAX: usize = 2_000;

/// Longest statement in characters.
const STATEMENT_MAX: usize = 2_000;

impl Door<'_> {
    pub(super) fn attest(&self, version: u32, lines: &[AttestLine]) -> Decision {
        let book = self.require_book()?;
        let person = self.person()?;
        if version != book.version {
            let help = "ページを開き直すと、いま施行されている版の点検表が出ます。";
            return Err(Refusal::input("点検表を開いた後に、規程の版が改まりました。", help).into());
        }
        if lines.is_empty() || lines.len() > LINES_MAX {
            return Err(Refusal::input("報告する条項がありません。", "一つ以上の条項に答えを選んでください。").into());
        }
        let held = role::held(self.state, book, &person.id, self.now.date());
        let mut records = Vec::with_capacity(lines.len());
        for line in lines {
            self.attest_line(book, &held, line, &mut records)?;
        }
        Ok(records)
    }

    fn attest_line(&self, book: &Rulebook, held: &[Held], line: &AttestLine, records: &mut Vec<Record>) -> Result<(), Stop> {
        let at = |covering: &&Covering| {
            covering.standard == line.standard && covering.clause == line.clause && (line.n == 0 || covering.n == line.n)
        };
        let norms: Vec<&Covering> = book.coverage.iter().filter(at).collect();
        if norms.is_empty() {
            let says = format!("条項「{}」は、施行中の規程に見当たりません。", line.clause);
            return Err(Refusal::input(says, "条項の番号を確かめるか、点検表から選び直してください。").into());
        }
        if line.statement.chars().count() > STATEMENT_MAX {
            let says = format!("条項「{}」の説明が長すぎます（{STATEMENT_MAX}字まで）。", line.clause);
            return Err(Refusal::input(says, "短くするか、ファイルを付けてください。").into());
        }
        let mine = |covering: &&&Covering| held.iter().any(|held| covering.who.contains(&held.role));
        // A whole clause means what of it is attested and is the actor's to answer for.
        let open: Vec<&Covering> = norms.iter().filter(|covering| covering.is_attested()).copied().collect();
        let chosen: Vec<&Covering> = open.iter().filter(mine).copied().collect();
        let mut facts = Facts::default();
        facts
            .note("clause-not-attested", open.is_empty())
            .note("actor-not-responsible", !open.is_empty() && chosen.is_empty())
            .note("answer-unexplained", line.answer != Answer::Yes && line.statement.trim().is_empty());
        self.ask("clause.attest", &facts, |helper| if helper == "step-holder" { self.answering(book, &open) } else { Vec::new() })?;
        records.extend(chosen.into_iter().filter_map(|covering| self.attested(book, held, line, covering)));
        Ok(())
    }

    /// Names of those who answer for norms.
    fn answering(&self, book: &Rulebook, norms: &[&Covering]) -> Vec<String> {
        let roles = norms.iter().flat_map(|covering| &covering.who).filter_map(|id| book.role(id));
        roles.flat_map(|role| role::holders(self.state, role, self.unit())).map(role::shown).collect()
    }

    fn attested(&self, book: &Rulebook, held: &[Held], line: &AttestLine, covering: &Covering) -> Option<Record> {
        // One's own roles come before those exercised for somebody else.
        let by = held.iter().find(|held| covering.who.contains(&held.role))?;
        let same = held.iter().filter(|held| held.role == by.role && held.on_behalf == by.on_behalf);
        let attestation = Attestation {
            version: book.version,
            clause: covering.clause.clone(),
            standard: covering.standard,
            n: covering.n,
            role: by.role.clone(),
            seats: same.map(|held| held.seat.clone()).collect(),
            answer: line.answer,
            statement: line.statement.trim().to_owned(),
            until: until(self.now.date(), covering.months),
            evidence: line.evidence.clone(),
        };
        let cite = Cite { version: book.version, clause: covering.clause.clone(), standard: covering.standard };
        let record = self.record(Some(cite), Fact::ClauseAttested { attestation });
        Some(Record { on_behalf: by.on_behalf.clone(), ..record })
    }
}

/// The last day of a period of months that begins today; `None` for ever.
fn until(today: Date, months: u32) -> Option<Date> {
    let months = i32::try_from(months.min(1_200)).unwrap_or(1_200);
    (months > 0).then(|| today.saturating_add(Span::new().months(months)))
}
