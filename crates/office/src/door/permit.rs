//! Permits at the door: apply, correct, decide, hand over, confirm return, expire.

use std::collections::BTreeMap;

use policy::model::{Approval, Holder};

use super::{Decision, Door, digest, found};
use crate::{
    act::{Act, Actor},
    calendar::{self, wareki},
    catalog::{Field, FieldType, Form, Period},
    people::Person,
    permit::{Application, Event, Permit, Requirement, Stage},
    record::{Fact, Record},
    refusal::{Refusal, Stop},
    register::Row,
    role::{self, Held},
    rulebook::{Procedure, Rulebook},
    rules::Facts,
    state::{Key, State},
    task::Task,
};

/// Longest text in a field, in characters.
const TEXT_MAX: usize = 4000;

/// Which requirement somebody can meet, and by which role.
struct Power {
    requirement: usize,
    held: Held,
}

impl Door<'_> {
    pub(super) fn permit(&self, act: &Act) -> Decision {
        match act {
            Act::ApplyForPermit { application } => self.apply_for(application),
            Act::RevisePermit { id, application } => self.revise(self.permit_of(id)?, application),
            Act::SendBackPermit { id, digest, reason } => self.send_back(self.permit_of(id)?, digest, reason),
            Act::ApprovePermit { id, digest, note, emergency } => self.approve(self.permit_of(id)?, digest, note, emergency.as_deref()),
            Act::RefusePermit { id, digest, reason } => self.refuse(self.permit_of(id)?, digest, reason),
            Act::WithdrawPermit { id, reason } => self.withdraw(self.permit_of(id)?, reason),
            Act::HandOverPermit { id, note } => self.hand_over(self.permit_of(id)?, note),
            Act::ConfirmReturn { id, erased, note } => self.confirm_return(self.permit_of(id)?, *erased, note),
            Act::ExpirePermit { id } => self.expire(self.permit_of(id)?),
            Act::RevokePermit { id, reason } => self.revoke(self.permit_of(id)?, reason),
            _ => Ok(Vec::new()),
        }
    }

    fn permit_of(&self, id: &str) -> Result<&Permit, Stop> {
        Ok(found(self.state.permits.get(&Key::Permit(id.to_owned()))?, "申請", id)?)
    }

    fn apply_for(&self, application: &Application) -> Decision {
        let book = self.require_book()?;
        let person = self.person()?;
        let procedure = book
            .procedure(&application.procedure)
            .ok_or_else(|| Refusal::input("この手続は、施行中の規程にありません。", "申請の一覧から選び直してください。"))?;
        let form = self.form(procedure)?;
        let application = self.checked(book, procedure, form, application, "permit.apply")?;
        let mut requirements = requirements(procedure);
        if procedure.approval == Approval::Nominated {
            // Who holds the nominating role nominates by applying.
            let held = role::held(self.state, book, &person.id, self.now.date());
            let nominates = procedure.approvers.first().is_some_and(|first| held.iter().any(|held| held.role == *first));
            if nominates && requirements.len() > 1 {
                requirements.remove(0);
            }
        }
        self.ask_approvers(book, person, &requirements)?;
        let year = calendar::fiscal_year(self.now.date());
        let number = self.next(&format!("permit-{year}"));
        let media = self.rows(form, &application)?.iter().any(|row| row.register == "media");
        let permit = Permit {
            id: format!("{year}-{number:04}"),
            digest: digest(&application),
            title: procedure.title.clone(),
            applicant: person.id.clone(),
            unit: person.unit().to_owned(),
            revision: 1,
            stage: Stage::Applied,
            requirements,
            ordered: procedure.approval == Approval::Nominated,
            handover: form.handover,
            returns: form.returns,
            erase: form.erase && media,
            cite: procedure.cite.clone(),
            applied_at: self.now,
            history: vec![Event { at: self.now, by: person.id.clone(), what: "申請".to_owned(), note: String::new() }],
            application,
        };
        Ok(vec![self.record(Some(procedure.cite.clone()), Fact::PermitApplied { permit })])
    }

    fn form(&self, procedure: &Procedure) -> Result<&crate::catalog::Form, Refusal> {
        self.catalog
            .form(&procedure.control)
            .ok_or_else(|| Refusal::input("この手続の様式がありません。", "管理者に、様式の用意を頼んでください。"))
    }

    /// Refuses an application that nobody could decide.
    fn ask_approvers(&self, book: &Rulebook, person: &Person, requirements: &[Requirement]) -> Result<(), Refusal> {
        let vacant = requirements.iter().any(|requirement| {
            deciding_roles(self.state, book, &requirement.roles, person.unit(), &person.id).iter().all(|role| {
                role.kind != Holder::Everyone && role::holders(self.state, role, person.unit()).iter().all(|holder| holder.id == person.id)
            })
        });
        let emergency = book.emergency;
        let mut facts = Facts::default();
        facts.note("no-approver-available", vacant && !emergency);
        self.ask("permit.apply", &facts, |_| Vec::new()).map(drop)
    }

    /// The application with its class filled in, if it can stand.
    fn checked(
        &self,
        book: &Rulebook,
        procedure: &Procedure,
        form: &Form,
        application: &Application,
        act: &str,
    ) -> Result<Application, Stop> {
        let fields = &form.fields;
        let mut errors = check_values(fields, &application.values, book);
        if form.class && application.class.as_deref().is_some_and(|class| book.class_rank(class).is_none()) {
            errors.push(("class".to_owned(), "施行中の規程にある分類から選んでください。".to_owned()));
        }
        let keys: Vec<&str> = fields.iter().map(|field| field.key.as_str()).collect();
        let mut checked = application.clone();
        checked.values.retain(|key, value| keys.contains(&key.as_str()) && !value.trim().is_empty());
        if form.period == Period::None {
            (checked.since, checked.until) = (None, None);
        }
        errors.extend(self.period_errors(form, &checked));
        let rows = self.rows(form, &checked)?;
        let highest =
            rows.iter().filter_map(|row| row.class.as_deref()).filter_map(|class| book.class_rank(class).map(|rank| (rank, class))).min();
        if !form.class {
            checked.class = None;
        } else if checked.class.is_none() {
            checked.class = highest.map(|(_, class)| class.to_owned());
        }
        let below =
            checked.class.as_deref().and_then(|class| book.class_rank(class)).zip(highest).is_some_and(|(rank, (high, _))| rank > high);
        let person = self.person()?;
        let entitled = procedure.applicants.is_empty() || self.entitled(book, procedure, person);
        let mut facts = Facts::default();
        facts
            .note("applicant-not-entitled", act == "permit.apply" && !entitled)
            .note("class-below-items", below)
            .note("item-not-registered", rows.iter().any(|row| row.gone));
        self.ask(act, &facts, |_| Vec::new())?;
        if errors.is_empty() { Ok(checked) } else { Err(Refusal::fields(errors).into()) }
    }

    fn entitled(&self, book: &Rulebook, procedure: &Procedure, person: &Person) -> bool {
        let roles = role::held(self.state, book, &person.id, self.now.date());
        procedure.applicants.iter().any(|applicant| match book.role(applicant) {
            None => true,
            Some(role) => role.kind == Holder::Everyone || roles.iter().any(|held| held.role == role.id),
        })
    }

    fn period_errors(&self, form: &Form, application: &Application) -> Vec<(String, String)> {
        let mut errors = Vec::new();
        let mut wrong = |key: &str, says: String| errors.push((key.to_owned(), says));
        match (form.period, application.since, application.until) {
            (Period::None, ..) | (Period::Optional, None, None) => {}
            (_, Some(since), Some(until)) => {
                if until < since {
                    wrong("until", "終わりの日が、始まりの日より前です。".to_owned());
                }
                if until < self.now.date() {
                    wrong("until", format!("終わりの日が過ぎています。今日は{}です。", wareki(self.now.date())));
                }
                if let Some(days) = form.max_days.filter(|days| until >= calendar::plus_days(since, *days)) {
                    wrong("until", format!("期間は{days}日以内にしてください。"));
                }
            }
            (_, since, _) => wrong(if since.is_none() { "since" } else { "until" }, "始まりの日と終わりの日を書いてください。".to_owned()),
        }
        errors
    }

    /// The form a permit was applied for on, whatever rules by now.
    fn form_of(&self, permit: &Permit) -> Option<&Form> {
        form_of(self.catalog, self.state, permit)
    }

    /// The register rows an application names.
    fn rows(&self, form: &Form, application: &Application) -> Result<Vec<&Row>, Stop> {
        let mut rows = Vec::new();
        for (register, id) in named_rows(form, application) {
            let key = Key::Row(register.to_owned(), id.to_owned());
            rows.push(found(self.state.rows.get(&key)?, "台帳の行", id)?);
        }
        Ok(rows)
    }

    /// What an actor can decide on a permit now, and what stands in the way.
    fn power(&self, book: &Rulebook, permit: &Permit, person: &str) -> (Option<Power>, Facts) {
        let held = role::held(self.state, book, person, self.now.date());
        let mut facts = Facts::default();
        let (mut candidates, mut elsewhere, mut earlier) = (Vec::new(), false, false);
        for (index, requirement) in permit.requirements.iter().enumerate().filter(|(_, requirement)| requirement.approved.is_none()) {
            let blocked = permit.ordered && permit.requirements.iter().take(index).any(|before| before.approved.is_none());
            for role in deciding_roles(self.state, book, &requirement.roles, &permit.unit, &permit.applicant) {
                let seat = role::seat(self.state, role, &permit.unit);
                for held in held.iter().filter(|held| held.role == role.id) {
                    if seat.as_deref() != Some(held.seat.as_str()) {
                        elsewhere = true;
                    } else if blocked {
                        earlier = true;
                    } else {
                        candidates.push(Power { requirement: index, held: held.clone() });
                    }
                }
            }
        }
        candidates
            .sort_by_key(|power| (power.held.on_behalf.as_deref() == Some(permit.applicant.as_str()), power.held.on_behalf.is_some()));
        let administrator = self.state.office.accounts.get(person).is_some_and(|account| account.administrator);
        // Of a permit that was decided meanwhile, that is what is to be said.
        let open = permit.stage == Stage::Applied;
        let none = open && candidates.is_empty();
        let mut approvals = permit.requirements.iter().filter_map(|requirement| requirement.approved.as_ref());
        let approved_already = open && approvals.any(|approved| approved.by == person || approved.on_behalf.as_deref() == Some(person));
        facts
            .note("decider-is-applicant", permit.applicant == person)
            .note(
                "decides-in-stead-of-applicant",
                candidates.first().is_some_and(|power| power.held.on_behalf.as_deref() == Some(permit.applicant.as_str())),
            )
            .note("decider-of-other-unit", none && elsewhere)
            .note("earlier-step-open", none && earlier)
            .note("authority-is-administration", none && !elsewhere && !earlier && administrator)
            .note("decider-not-approver", none && !elsewhere && !earlier)
            .note("decider-approved-already", approved_already)
            .note("already-decided", matches!(permit.stage, Stage::Approved | Stage::Refused | Stage::Out))
            .note("already-closed", matches!(permit.stage, Stage::Closed | Stage::Withdrawn | Stage::Expired | Stage::Revoked))
            .note("emergency-allowed-by-policy", book.emergency)
            .note("period-in-past", permit.application.until.is_some_and(|until| until < self.now.date()));
        if approved_already && let Some(power) = candidates.first() {
            let only = permit.requirements.get(power.requirement).is_some_and(|requirement| {
                deciding_roles(self.state, book, &requirement.roles, &permit.unit, &permit.applicant)
                    .iter()
                    .all(|role| role::holders(self.state, role, &permit.unit).iter().all(|holder| holder.id == person))
            });
            facts.note("holds-all-open-roles", only);
        }
        (candidates.into_iter().next(), facts)
    }

    /// Names of those who can decide on a permit.
    fn approver_names(&self, book: &Rulebook, permit: &Permit) -> Vec<String> {
        deciders(self.state, book, permit).into_iter().flat_map(|(_, people)| people).map(role::shown).collect()
    }

    fn ask_decision(&self, book: &Rulebook, permit: &Permit, act: &str, facts: &Facts) -> Result<bool, Refusal> {
        let follows = self.ask(act, facts, |helper| match helper {
            "approvers" => self.approver_names(book, permit),
            "applicant" => self.state.people.get(&permit.applicant).map(role::shown).into_iter().collect(),
            _ => Vec::new(),
        })?;
        Ok(follows.contains("report-to-ciso"))
    }

    fn approve(&self, permit: &Permit, seen: &str, note: &str, emergency: Option<&str>) -> Decision {
        let book = self.require_book()?;
        let person = self.person()?;
        let (power, mut facts) = self.power(book, permit, &person.id);
        let emergency = emergency.map(str::trim).filter(|reason| !reason.is_empty());
        facts.note("seen-content-differs", seen != permit.digest).note("reason-given", emergency.is_some());
        facts.note("already-decided", permit.stage == Stage::Sent);
        let report = self.ask_decision(book, permit, "permit.decide", &facts)?;
        let Some(power) = power else { return Err(nobody().into()) };
        let open = permit.requirements.iter().filter(|requirement| requirement.approved.is_none()).count();
        let fact = Fact::PermitApproved {
            id: permit.id.clone(),
            requirement: power.requirement,
            role: power.held.role.clone(),
            digest: permit.digest.clone(),
            note: note.trim().to_owned(),
            emergency: emergency.filter(|_| report).map(str::to_owned),
            complete: open <= 1,
        };
        let mut records = vec![Record { on_behalf: power.held.on_behalf, ..self.record(Some(permit.cite.clone()), fact) }];
        if report {
            records.push(self.report_emergency(book, permit, emergency.unwrap_or_default()));
        }
        Ok(records)
    }

    /// The CISO is told of an emergency decision and must look at it within a week.
    fn report_emergency(&self, book: &Rulebook, permit: &Permit, reason: &str) -> Record {
        let year = calendar::fiscal_year(self.now.date());
        let cite = self.cite("org.separation.approve").unwrap_or_default();
        let task = Task {
            id: format!("{year}-E{:04}", self.next(&format!("emergency-{year}"))),
            year,
            duty: String::new(),
            title: format!("やむを得ない場合の承認の確認: {}（申請{}、理由: {reason}）", permit.title, permit.id),
            roles: role::top(book).map(|role| role.id.clone()).into_iter().collect(),
            unit: String::new(),
            due: calendar::plus_days(self.now.date(), 7),
            done_at: None,
            done_by: None,
            note: String::new(),
            evidence: Vec::new(),
            reminders: 0,
            cite: cite.clone(),
        };
        self.record(Some(cite), Fact::EmergencyReported { permit: permit.id.clone(), task })
    }

    fn refuse(&self, permit: &Permit, seen: &str, reason: &str) -> Decision {
        let book = self.require_book()?;
        let (power, mut facts) = self.power(book, permit, &self.person()?.id);
        facts.note("seen-content-differs", seen != permit.digest);
        facts.note("already-decided", permit.stage == Stage::Sent);
        self.ask_decision(book, permit, "permit.decide", &facts)?;
        let Some(power) = power else { return Err(nobody().into()) };
        required("reason", reason, "却下の理由を書いてください。")?;
        let fact = Fact::PermitRefused { id: permit.id.clone(), role: power.held.role, reason: reason.trim().to_owned() };
        Ok(vec![Record { on_behalf: power.held.on_behalf, ..self.record(Some(permit.cite.clone()), fact) }])
    }

    fn send_back(&self, permit: &Permit, seen: &str, reason: &str) -> Decision {
        let book = self.require_book()?;
        let (power, mut facts) = self.power(book, permit, &self.person()?.id);
        facts
            .note("seen-content-differs", seen != permit.digest)
            .note("already-decided", permit.stage == Stage::Sent)
            .note("reason-missing", reason.trim().is_empty());
        self.ask_decision(book, permit, "permit.send-back", &facts)?;
        let Some(power) = power else { return Err(nobody().into()) };
        let fact = Fact::PermitSentBack { id: permit.id.clone(), reason: reason.trim().to_owned() };
        Ok(vec![Record { on_behalf: power.held.on_behalf, ..self.record(Some(permit.cite.clone()), fact) }])
    }

    fn own(&self, permit: &Permit, act: &str) -> Result<(), Refusal> {
        let mut facts = Facts::default();
        facts
            .note("actor-not-applicant", permit.applicant != self.actor.id())
            .note("already-decided", matches!(permit.stage, Stage::Approved | Stage::Refused | Stage::Out))
            .note("already-closed", matches!(permit.stage, Stage::Closed | Stage::Withdrawn | Stage::Expired | Stage::Revoked));
        self.ask(act, &facts, |helper| match helper {
            "applicant" => self.state.people.get(&permit.applicant).map(role::shown).into_iter().collect(),
            "approvers" => self.book.map(|book| self.approver_names(book, permit)).unwrap_or_default(),
            _ => Vec::new(),
        })
        .map(drop)
    }

    fn revise(&self, permit: &Permit, application: &Application) -> Decision {
        self.own(permit, "permit.amend")?;
        // What was begun under a version is ended under it, whatever rules by now.
        let book = self.state.office.rulebooks.get(&permit.cite.version).map_or_else(|| self.require_book(), Ok)?;
        let procedure = book.procedure(&permit.application.procedure).ok_or_else(|| {
            Refusal::input("この手続は、いまの規程にありません。", "申請を取り下げて、新しい手続で申請し直してください。")
        })?;
        let application = Application { procedure: permit.application.procedure.clone(), ..application.clone() };
        let application = self.checked(book, procedure, self.form(procedure)?, &application, "permit.amend")?;
        let fact = Fact::PermitRevised { id: permit.id.clone(), digest: digest(&application), application };
        Ok(vec![self.record(Some(permit.cite.clone()), fact)])
    }

    fn withdraw(&self, permit: &Permit, reason: &str) -> Decision {
        self.own(permit, "permit.withdraw")?;
        let fact = Fact::PermitWithdrawn { id: permit.id.clone(), reason: reason.trim().to_owned() };
        Ok(vec![self.record(Some(permit.cite.clone()), fact)])
    }

    /// Facts about somebody who hands over or takes back: an approving role, or the keeper of the unit's things.
    fn custody(&self, permit: &Permit) -> Result<(Facts, Option<String>), Stop> {
        let book = self.require_book()?;
        let person = self.person()?;
        let roles = permit.requirements.iter().flat_map(|requirement| &requirement.roles);
        let held = role::held(self.state, book, &person.id, self.now.date());
        let custodian = roles.filter_map(|id| book.role(id)).find_map(|role| {
            let seat = role::seat(self.state, role, &permit.unit)?;
            held.iter().find(|held| held.role == role.id && held.seat == seat)
        });
        let decided =
            permit.requirements.iter().filter_map(|requirement| requirement.approved.as_ref()).any(|approved| approved.by == person.id);
        let mut keeps = false;
        if let Some(form) = self.form_of(permit) {
            keeps = self.rows(form, &permit.application)?.iter().any(|row| role::lies_in(person.unit(), &row.unit));
        }
        let mut facts = Facts::default();
        facts
            .note(
                "confirmer-is-applicant",
                permit.applicant == person.id || custodian.is_some_and(|held| held.on_behalf.as_deref() == Some(permit.applicant.as_str())),
            )
            .note("confirmer-not-custodian", custodian.is_none() && !keeps && !decided)
            .note(
                "already-closed",
                matches!(permit.stage, Stage::Closed | Stage::Withdrawn | Stage::Expired | Stage::Revoked | Stage::Refused),
            );
        Ok((facts, custodian.and_then(|held| held.on_behalf.clone())))
    }

    fn hand_over(&self, permit: &Permit, note: &str) -> Decision {
        let book = self.require_book()?;
        let (mut facts, on_behalf) = self.custody(permit)?;
        let today = self.now.date();
        let mut in_use = permit.stage == Stage::Out;
        if let Some(form) = self.form_of(permit) {
            in_use |= self.rows(form, &permit.application)?.iter().any(|row| row.out.is_some());
        }
        facts
            .note("not-approved", !matches!(permit.stage, Stage::Approved | Stage::Out))
            .note("permit-expired", permit.application.until.is_some_and(|until| until < today))
            .note("item-in-use", in_use);
        self.ask_decision(book, permit, "permit.hand-over", &facts)?;
        if !permit.handover {
            let says = Refusal::input("この許可に、引き渡す物はありません。", "許可の期間のあいだ、そのまま使えます。");
            return Err(Refusal { cite: Some(permit.cite.clone()), ..says }.into());
        }
        if permit.application.since.is_some_and(|since| since > today) {
            let says = Refusal::input("許可の期間がまだ始まっていません。", "始まりの日になってから引き渡してください。");
            return Err(Refusal { cite: Some(permit.cite.clone()), ..says }.into());
        }
        let fact = Fact::PermitHandedOver { id: permit.id.clone(), note: note.trim().to_owned() };
        Ok(vec![Record { on_behalf, ..self.record(Some(permit.cite.clone()), fact) }])
    }

    fn confirm_return(&self, permit: &Permit, erased: bool, note: &str) -> Decision {
        let book = self.require_book()?;
        let (mut facts, on_behalf) = self.custody(permit)?;
        facts.note("not-handed-over", permit.stage != Stage::Out).note("erasure-not-confirmed", permit.erase && !erased);
        self.ask_decision(book, permit, "permit.confirm-return", &facts)?;
        let fact = Fact::PermitReturned { id: permit.id.clone(), erased, note: note.trim().to_owned() };
        Ok(vec![Record { on_behalf, ..self.record(Some(permit.cite.clone()), fact) }])
    }

    fn expire(&self, permit: &Permit) -> Decision {
        let over = permit.application.until.is_some_and(|until| until < self.now.date());
        let open = matches!(permit.stage, Stage::Approved | Stage::Applied | Stage::Sent);
        if *self.actor != Actor::System || !over || !open {
            return Err(
                Refusal::input("この申請は、まだ期間が終わっていないか、返却を待っています。", "期間が終わると自動で閉じます。").into()
            );
        }
        Ok(vec![self.record(Some(permit.cite.clone()), Fact::PermitExpired { id: permit.id.clone() })])
    }

    fn revoke(&self, permit: &Permit, reason: &str) -> Decision {
        let book = self.require_book()?;
        let person = self.person()?;
        let approvers = permit.requirements.iter().flat_map(|requirement| &requirement.roles).filter_map(|id| book.role(id));
        let held = role::held(self.state, book, &person.id, self.now.date());
        let by = approvers.chain(role::top(book)).find_map(|role| {
            let seat = role::seat(self.state, role, &permit.unit)?;
            held.iter().find(|held| held.role == role.id && held.seat == seat)
        });
        let mut facts = Facts::default();
        facts
            .note("decider-not-approver", by.is_none())
            .note("reason-missing", reason.trim().is_empty())
            .note("already-closed", !matches!(permit.stage, Stage::Approved | Stage::Out));
        self.ask_decision(book, permit, "permit.revoke", &facts)?;
        let fact = Fact::PermitRevoked { id: permit.id.clone(), reason: reason.trim().to_owned() };
        let on_behalf = by.and_then(|held| held.on_behalf.clone());
        Ok(vec![Record { on_behalf, ..self.record(Some(permit.cite.clone()), fact) }])
    }
}

fn nobody() -> Refusal {
    Refusal::input("この申請を決める役割を、あなたは持っていません。", "承認者に頼んでください。")
}

/// Refuses an empty text.
pub(super) fn required(key: &str, text: &str, says: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() { Err(Refusal::fields(vec![(key.to_owned(), says.to_owned())])) } else { Ok(()) }
}

/// The decisions a procedure asks for.
fn requirements(procedure: &Procedure) -> Vec<Requirement> {
    match procedure.approval {
        Approval::Any => vec![Requirement { roles: procedure.approvers.clone(), approved: None }],
        Approval::All | Approval::Nominated => {
            procedure.approvers.iter().map(|role| Requirement { roles: vec![role.clone()], approved: None }).collect()
        }
    }
}

/// The roles that may meet a requirement: its own, and the one above where only the applicant holds them.
#[must_use]
pub(crate) fn deciding_roles<'b>(
    state: &State,
    book: &'b Rulebook,
    roles: &[String],
    unit: &str,
    applicant: &str,
) -> Vec<&'b crate::rulebook::Role> {
    let above = role::superiors(state, book, roles, unit, &[applicant]);
    roles.iter().chain(&above).filter_map(|id| book.role(id)).collect()
}

/// For each open requirement whose turn it is: its number and the people who can meet it themselves.
#[must_use]
pub(crate) fn deciders<'s>(state: &'s State, book: &'s Rulebook, permit: &'s Permit) -> Vec<(usize, Vec<&'s Person>)> {
    let mut open = Vec::new();
    for (index, requirement) in permit.requirements.iter().enumerate() {
        if requirement.approved.is_some() {
            continue;
        }
        let roles = deciding_roles(state, book, &requirement.roles, &permit.unit, &permit.applicant);
        let mut people: Vec<&Person> = roles.into_iter().flat_map(|role| role::holders(state, role, &permit.unit)).collect();
        people.retain(|person| person.id != permit.applicant);
        people.dedup_by(|a, b| a.id == b.id);
        open.push((index, people));
        if permit.ordered {
            break;
        }
    }
    open
}

/// The form a permit was applied for on.
pub(super) fn form_of<'c>(catalog: &'c crate::catalog::Catalog, state: &State, permit: &Permit) -> Option<&'c Form> {
    let book = state.office.rulebooks.get(&permit.cite.version)?;
    catalog.form(&book.procedure(&permit.application.procedure)?.control)
}

/// Register rows named in the fields of a form: register and row id.
pub(super) fn named_rows<'f>(form: &'f Form, application: &'f Application) -> impl Iterator<Item = (&'f str, &'f str)> {
    let fields = form.fields.iter().filter(|field| matches!(field.kind, FieldType::Row | FieldType::Rows));
    fields.flat_map(|field| {
        let ids = application.values.get(&field.key).map_or("", String::as_str).split_whitespace();
        ids.map(|id| (field.register.as_str(), id))
    })
}

/// What is wrong with the values of a form or row, by field.
pub(super) fn check_values(fields: &[Field], values: &BTreeMap<String, String>, book: &Rulebook) -> Vec<(String, String)> {
    let mut errors = Vec::new();
    for field in fields {
        let value = values.get(&field.key).map_or("", |value| value.trim());
        let wrong = if value.is_empty() {
            field.required.then(|| format!("「{}」を入力してください。", field.label))
        } else if value.chars().count() > TEXT_MAX {
            Some(format!("「{}」は{TEXT_MAX}文字以内にしてください。", field.label))
        } else {
            check_value(field, value, book)
        };
        errors.extend(wrong.map(|says| (field.key.clone(), says)));
    }
    errors
}

fn check_value(field: &Field, value: &str, book: &Rulebook) -> Option<String> {
    let label = &field.label;
    match field.kind {
        FieldType::Date if value.parse::<jiff::civil::Date>().is_err() => {
            Some(format!("「{label}」は2026-04-01のような日付で入力してください。"))
        }
        FieldType::Number if value.parse::<u64>().is_err() => Some(format!("「{label}」は0以上の整数で入力してください。")),
        FieldType::Choice if !field.options.iter().any(|option| option == value) => {
            Some(format!("「{label}」は選択肢から選んでください。"))
        }
        FieldType::Yesno if !matches!(value, "yes" | "no") => Some(format!("「{label}」は、はい・いいえで選んでください。")),
        FieldType::Class if book.class_rank(value).is_none() => Some(format!("「{label}」は施行中の規程にある分類から選んでください。")),
        FieldType::Row if value.split_whitespace().count() > 1 => Some(format!("「{label}」は一つだけ選んでください。")),
        _ => None,
    }
}
