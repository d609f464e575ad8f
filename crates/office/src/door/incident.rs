//! Incidents at the door: anyone reports; the policy's route tells who goes on, each step with its clock.

use policy::model::{Haste, Holder};

use super::{Decision, Door, found};
use crate::{
    act::Act,
    calendar::{self, Moment},
    incident::{Incident, Report, Step},
    permit::Event,
    record::{Fact, Record},
    refusal::{Refusal, Stop},
    role::{self, Held},
    rulebook::Rulebook,
    rules::Facts,
    state::Key,
};

/// How many seconds a step may take. Policies state words, not hours; these are the house's measure of them.
#[must_use]
pub(crate) const fn patience(haste: Haste) -> i64 {
    match haste {
        Haste::Immediately => 30 * 60,
        Haste::Promptly => 2 * 3600,
        Haste::WithoutDelay => 24 * 3600,
        Haste::Unstated => 72 * 3600,
    }
}

impl Door<'_> {
    pub(super) fn incident(&self, act: &Act) -> Decision {
        match act {
            Act::ReportIncident { report } => self.report(report),
            Act::CompleteIncidentStep { id, step, note } => self.forward(self.incident_of(id)?, *step, note),
            Act::NoteIncident { id, note } => {
                let incident = self.incident_of(id)?;
                super::permit::required("note", note, "経過を書いてください。")?;
                let fact = Fact::IncidentNoted { id: incident.id.clone(), note: note.trim().to_owned() };
                Ok(vec![self.record(self.cite("incident.record"), fact)])
            }
            Act::CloseIncident { id, cause, prevention } => self.close(self.incident_of(id)?, cause, prevention),
            _ => Ok(Vec::new()),
        }
    }

    fn incident_of(&self, id: &str) -> Result<&Incident, Stop> {
        Ok(found(self.state.incidents.get(&Key::Incident(id.to_owned()))?, "インシデント", id)?)
    }

    fn report(&self, report: &Report) -> Decision {
        let book = self.require_book()?;
        let person = self.person()?;
        let mut errors = Vec::new();
        for (key, text, says) in
            [("title", &report.title, "何があったかを一行で書いてください。"), ("what", &report.what, "分かっていることを書いてください。")]
        {
            if text.trim().is_empty() {
                errors.push((key.to_owned(), says.to_owned()));
            }
        }
        let mut facts = Facts::default();
        facts.note("awareness-in-future", report.aware_at > self.now);
        self.ask("incident.report", &facts, |_| Vec::new())?;
        if !errors.is_empty() {
            return Err(Refusal::fields(errors).into());
        }
        let year = calendar::fiscal_year(self.now.date());
        let mut steps: Vec<Step> = book
            .routes
            .iter()
            .filter(|step| step.event == report.event)
            .map(|step| Step {
                from: step.from.clone(),
                to: step.to.clone(),
                what: step.condition.clone(),
                unit: person.unit().to_owned(),
                haste: step.haste,
                began_at: None,
                due_at: None,
                done_at: None,
                done_by: None,
                note: String::new(),
                cite: step.cite.clone(),
            })
            .collect();
        if steps.is_empty() {
            return Err(Refusal::fields(vec![("event".to_owned(), "出来事の種類を選んでください。".to_owned())]).into());
        }
        // The report itself is the first step that anybody may take.
        if let Some(first) = steps.iter_mut().find(|step| told_by_anyone(book, &step.from)) {
            first.began_at = Some(report.aware_at);
            first.done_at = Some(self.now);
            first.done_by = Some(person.id.clone());
            first.note = "この報告".to_owned();
        }
        start_clocks(&mut steps, self.now);
        let incident = Incident {
            id: format!("{year}-{:03}", self.next(&format!("incident-{year}"))),
            report: report.clone(),
            reporter: person.id.clone(),
            unit: person.unit().to_owned(),
            reported_at: self.now,
            history: vec![Event { at: self.now, by: person.id.clone(), what: "報告".to_owned(), note: report.title.clone() }],
            closed_at: None,
            cause: String::new(),
            prevention: String::new(),
            steps,
        };
        let cite = incident.steps.first().map(|step| step.cite.clone());
        Ok(vec![self.record(cite, Fact::IncidentReported { incident })])
    }

    fn forward(&self, incident: &Incident, number: usize, note: &str) -> Decision {
        let book = self.require_book()?;
        let step = found(incident.steps.get(number), "段階", &(number.saturating_add(1)).to_string())?;
        let by = self.step_power(book, step)?;
        let mut facts = Facts::default();
        facts
            .note("actor-not-of-step", by.is_none() && !told_by_anyone(book, &step.from))
            .note("step-skipped", step.began_at.is_none())
            .note("step-done", step.done_at.is_some())
            .note("incident-closed", incident.closed_at.is_some())
            .note("reason-given", !note.trim().is_empty());
        let follows =
            self.ask("incident.forward", &facts, |helper| if helper == "step-holder" { self.step_names(book, step) } else { Vec::new() })?;
        let fact = Fact::IncidentStepDone { id: incident.id.clone(), step: number, note: note.trim().to_owned() };
        let mut records = vec![Record { on_behalf: by.and_then(|held| held.on_behalf), ..self.record(Some(step.cite.clone()), fact) }];
        if follows.contains("report-to-ciso") {
            let note = format!("前の段階より先に報告しました（{}）。最高情報セキュリティ責任者の確認を求めます。", note.trim());
            records.push(self.record(Some(step.cite.clone()), Fact::IncidentNoted { id: incident.id.clone(), note }));
        }
        Ok(records)
    }

    fn step_power(&self, book: &Rulebook, step: &Step) -> Result<Option<Held>, Refusal> {
        let held = role::held(self.state, book, &self.person()?.id, self.now.date());
        Ok(step.from.iter().filter_map(|id| book.role(id)).find_map(|role| {
            let seat = role::seat(self.state, role, &step.unit)?;
            held.iter().find(|held| held.role == role.id && held.seat == seat).cloned()
        }))
    }

    fn step_names(&self, book: &Rulebook, step: &Step) -> Vec<String> {
        let roles = step.from.iter().filter_map(|id| book.role(id));
        roles.flat_map(|role| role::holders(self.state, role, &step.unit)).map(role::shown).collect()
    }

    fn close(&self, incident: &Incident, cause: &str, prevention: &str) -> Decision {
        let book = self.require_book()?;
        let mut holds = false;
        for step in &incident.steps {
            holds |= !told_by_anyone(book, &step.from) && self.step_power(book, step)?.is_some();
        }
        let mut facts = Facts::default();
        facts
            .note("actor-not-of-step", !holds)
            .note("incident-closed", incident.closed_at.is_some())
            .note("route-unfinished", incident.steps.iter().any(|step| step.done_at.is_none()))
            .note("cause-missing", cause.trim().is_empty())
            .note("prevention-missing", prevention.trim().is_empty());
        self.ask("incident.close", &facts, |helper| match helper {
            "step-holder" => {
                incident.steps.iter().filter(|step| step.done_at.is_none()).flat_map(|step| self.step_names(book, step)).collect()
            }
            _ => Vec::new(),
        })?;
        let fact =
            Fact::IncidentClosed { id: incident.id.clone(), cause: cause.trim().to_owned(), prevention: prevention.trim().to_owned() };
        Ok(vec![self.record(self.cite("incident.record"), fact)])
    }
}

/// Whether anybody may take a step: nobody is named, or a role that everybody holds.
pub(crate) fn told_by_anyone(book: &Rulebook, from: &[String]) -> bool {
    from.is_empty() || from.iter().any(|id| book.role(id).is_none_or(|role| role.kind == Holder::Everyone))
}

/// Starts the clock of each step whose turn has come: somebody it starts from was told by a finished
/// step, or no step of the route tells them at all.
pub(crate) fn start_clocks(steps: &mut [Step], now: Moment) {
    let ready: Vec<bool> = steps
        .iter()
        .map(|step| {
            let tells = |other: &&Step| other.to.iter().any(|to| step.from.contains(to));
            let mut tellers = steps.iter().filter(tells).peekable();
            tellers.peek().is_none() || tellers.any(|teller| teller.done_at.is_some())
        })
        .collect();
    for (step, ready) in steps.iter_mut().zip(ready) {
        if ready && step.began_at.is_none() && step.done_at.is_none() {
            step.began_at = Some(now);
        }
        if let Some(began) = step.began_at.filter(|_| step.due_at.is_none()) {
            step.due_at = Some(began.plus_seconds(patience(step.haste)));
        }
    }
}
