//! The story told: everything that happened before the visitor came, through the same door, in order.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use office::{
    act::{Act, Actor},
    calendar::{self, Moment},
    coverage::{Answer, AttestLine, Covering},
    incident::Report,
    permit::Application,
    role,
    state::State,
};
use registry::{Paging, Registry, Sort, TaskFilter, TaskState};

use super::{
    StoryClock,
    scenario::{AttestStory, IncidentStory, PermitStory, Scenario, StepStory, Value, date, moment},
    town,
};
use crate::init::submit;

/// Something that happens in the story.
enum Event<'s> {
    Apply(usize, &'s PermitStory),
    Step(usize, &'s StepStory),
    Report(usize, &'s IncidentStory),
    Forward(usize, &'s StepStory),
    Note(usize, &'s StepStory),
    Deputy(&'s super::scenario::Deputy),
    Attest(&'s AttestStory),
    Tick,
}

/// Tells the story into a new book. Returns where it went otherwise than `samples/scenario.toml` says.
pub(crate) async fn tell(book: &Registry, clock: &StoryClock, scenario: &Scenario) -> Result<Vec<String>, String> {
    let mut otherwise = Vec::new();
    let today = crate::machine::now().date();
    clock.set(moment(today, scenario.adopted, "09:00"));
    submit(book, Act::FoundBody { name: scenario.body.clone() }).await?;
    town::people(book).await?;
    town::accounts(book, scenario).await?;
    town::adopt(book, &scenario.nominated).await?;
    town::registers(book).await?;
    let mut numbers = BTreeMap::new();
    let mut incidents = BTreeMap::new();
    for (at, event) in events(scenario, today) {
        // The visitor's own day has just begun: nothing lies in the future.
        clock.set(at.min(crate::machine::now()));
        match event {
            Event::Tick => {
                book.tick().await.map_err(|refused| refused.to_string())?;
                tasks_done(book, clock, scenario).await?;
            }
            Event::Attest(story) => attest(book, story).await?,
            Event::Deputy(deputy) => delegate(book, deputy, today).await?,
            Event::Apply(story, permit) if !offered(book, &permit.procedure) => {
                otherwise.push(format!(
                    "samples/scenario.toml: {}番目の申請 {} は、規程から読み取れていません。",
                    story + 1,
                    permit.procedure
                ));
            }
            Event::Step(story, _) if !numbers.contains_key(&story) => {}
            Event::Apply(story, permit) => {
                let application = application(permit, today);
                let receipt = act(book, &permit.applicant, Act::ApplyForPermit { application }).await?;
                if let Some(office::record::Fact::PermitApplied { permit }) = receipt.records.first().map(|record| &record.fact) {
                    numbers.insert(story, permit.id.clone());
                }
            }
            Event::Step(story, step) => permit_step(book, numbers.get(&story).map_or("", String::as_str), step).await?,
            Event::Report(story, incident) => {
                let receipt = act(book, &incident.reporter, Act::ReportIncident { report: report(book, incident, today) }).await?;
                if let Some(office::record::Fact::IncidentReported { incident }) = receipt.records.first().map(|record| &record.fact) {
                    incidents.insert(story, incident.id.clone());
                }
            }
            Event::Forward(story, step) => forward(book, incidents.get(&story).map_or("", String::as_str), step).await?,
            Event::Note(story, step) => {
                let id = incidents.get(&story).cloned().unwrap_or_default();
                act(book, &step.by, Act::NoteIncident { id, note: step.note.clone() }).await?;
            }
        }
    }
    for (number, story) in scenario.permits.iter().enumerate() {
        let Some(id) = numbers.get(&number) else { continue };
        let permit = book.permit(id).await.map_err(|trouble| trouble.to_string())?;
        let stage = permit.map_or("none", |permit| permit.stage.code());
        if stage != story.stage {
            otherwise.push(format!(
                "samples/scenario.toml: {}番目の申請 {} は {stage} になりました（筋書きでは {}）。",
                number + 1,
                story.procedure,
                story.stage
            ));
        }
    }
    clock.run();
    book.tick().await.map_err(|refused| refused.to_string())?;
    Ok(otherwise)
}

/// All events in order of time.
fn events(scenario: &Scenario, today: Date) -> Vec<(Moment, Event<'_>)> {
    let mut events: Vec<(Moment, Event<'_>)> = Vec::new();
    // Time passes each fortnight, and daily in the last month.
    for day in (scenario.adopted..=0).filter(|day| day % 14 == 0 || *day > -30) {
        events.push((moment(today, day, "00:05"), Event::Tick));
    }
    for deputy in &scenario.deputies {
        events.push((moment(today, deputy.since.min(-1), "08:30"), Event::Deputy(deputy)));
    }
    events.extend(scenario.attests.iter().map(|story| (moment(today, story.day, &story.time), Event::Attest(story))));
    for (number, permit) in scenario.permits.iter().enumerate() {
        events.push((moment(today, permit.day, &permit.time), Event::Apply(number, permit)));
        events.extend(permit.steps.iter().map(|step| (moment(today, step.day, &step.time), Event::Step(number, step))));
    }
    for (number, incident) in scenario.incidents.iter().enumerate() {
        events.push((moment(today, incident.day, &incident.time), Event::Report(number, incident)));
        events.extend(incident.steps.iter().map(|step| (moment(today, step.day, &step.time), Event::Forward(number, step))));
        events.extend(incident.notes.iter().map(|step| (moment(today, step.day, &step.time), Event::Note(number, step))));
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

/// Whether the policy in force has a procedure.
fn offered(book: &Registry, procedure: &str) -> bool {
    book.snapshot().rulebook(book.now().date()).is_some_and(|rules| rules.procedure(procedure).is_some())
}

async fn act(book: &Registry, person: &str, act: Act) -> Result<registry::Receipt, String> {
    let shown = format!("{act:?}").chars().take(60).collect::<String>();
    book.submit(Actor::Person(person.to_owned()), act).await.map_err(|refused| format!("{person} {shown}: {refused}"))
}

fn application(permit: &PermitStory, today: Date) -> Application {
    let values = permit.fields.iter().map(|(key, value)| {
        let value = match value {
            Value::Text(text) => text.clone(),
            Value::Rows(ids) => ids.join(" "),
            Value::Day { day } => date(today, *day).to_string(),
        };
        (key.clone(), value)
    });
    Application {
        procedure: permit.procedure.clone(),
        values: values.collect(),
        class: permit.class.clone(),
        since: permit.since.map(|day| date(today, day)),
        until: permit.until.map(|day| date(today, day)),
    }
}

async fn permit_step(book: &Registry, id: &str, step: &StepStory) -> Result<(), String> {
    let permit = book.permit(id).await.map_err(|trouble| trouble.to_string())?;
    let digest = permit.map_or_else(String::new, |permit| permit.digest);
    let (id, reason) = (id.to_owned(), step.reason.clone());
    let then = match step.act.as_str() {
        "approve" => Act::ApprovePermit { id, digest, note: reason, emergency: None },
        "send-back" => Act::SendBackPermit { id, digest, reason },
        "refuse" => Act::RefusePermit { id, digest, reason },
        "withdraw" => Act::WithdrawPermit { id, reason },
        "hand-over" => Act::HandOverPermit { id, note: reason },
        "confirm-return" => Act::ConfirmReturn { id, erased: step.erased, note: reason },
        other => return Err(format!("samples/scenario.toml: 「{other}」という操作はありません。")),
    };
    act(book, &step.by, then).await.map(drop)
}

/// The report, with the nearest event that the policy has a route for.
fn report(book: &Registry, incident: &IncidentStory, today: Date) -> Report {
    let snapshot = book.snapshot();
    let known = snapshot.rulebook(book.now().date()).is_some_and(|rules| rules.routes.iter().any(|step| step.event == incident.event));
    Report {
        event: if known { incident.event.clone() } else { town::event(book) },
        title: incident.title.clone(),
        what: incident.what.clone(),
        place: incident.place.clone(),
        aware_at: moment(today, incident.aware_day, &incident.aware_time),
        personal: incident.personal,
        persons: incident.persons,
    }
}

/// The first running step that this person can take.
async fn forward(book: &Registry, id: &str, step: &StepStory) -> Result<(), String> {
    let incident = book.incident(id).await.map_err(|trouble| trouble.to_string())?.ok_or("インシデントがありません。")?;
    let mut refused = String::new();
    for number in (0..incident.steps.len())
        .filter(|number| incident.steps.get(*number).is_some_and(|step| step.began_at.is_some() && step.done_at.is_none()))
    {
        let then = Act::CompleteIncidentStep { id: id.to_owned(), step: number, note: step.note.clone() };
        match act(book, &step.by, then).await {
            Ok(_) => return Ok(()),
            Err(reason) => refused = reason,
        }
    }
    Err(format!("{}は、いま報告できる段階がありません。{refused}", step.by))
}

/// One checklist for each holder of a role.
async fn attest(book: &Registry, story: &AttestStory) -> Result<(), String> {
    let snapshot = book.snapshot();
    let state: &State = &snapshot;
    let Some(rules) = snapshot.rulebook(book.now().date()) else { return Ok(()) };
    let held = rules.role(&story.role).ok_or_else(|| format!("samples/scenario.toml: 「{}」という役割はありません。", story.role))?;
    let seats = role::all_seats(state, held);
    let holders: BTreeSet<&str> = seats.iter().flat_map(|seat| role::holders(state, held, seat)).map(|person| person.id.as_str()).collect();
    let left = |covering: &Covering| story.left.iter().any(|stem| covering.control.starts_with(stem.as_str()));
    let norms = || rules.coverage.iter().filter(|covering| covering.is_attested() && covering.who.contains(&story.role) && !left(covering));
    for person in holders.into_iter().filter(|person| !story.silent.iter().any(|silent| silent == person)) {
        let line = |covering: &Covering| {
            let refused = story.refused.iter().find(|refused| refused.by == person && refused.control == covering.control);
            AttestLine {
                clause: covering.clause.clone(),
                standard: covering.standard,
                n: covering.n,
                answer: refused.map_or(Answer::Yes, |_| Answer::No),
                statement: refused.map_or_else(|| story.note.clone(), |refused| refused.reason.clone()),
                evidence: Vec::new(),
            }
        };
        act(book, person, Act::AttestClauses { version: rules.version, lines: norms().map(line).collect() }).await?;
    }
    Ok(())
}

async fn delegate(book: &Registry, deputy: &super::scenario::Deputy, today: Date) -> Result<(), String> {
    let then = Act::Delegate {
        principal: deputy.principal.clone(),
        deputy: deputy.deputy.clone(),
        since: date(today, deputy.since),
        until: date(today, deputy.until),
        reason: deputy.reason.clone(),
    };
    act(book, &deputy.principal, then).await.map(drop)
}

/// What is due within a few days is done by whoever holds it, but for what the story leaves open.
async fn tasks_done(book: &Registry, clock: &StoryClock, scenario: &Scenario) -> Result<(), String> {
    let now = book.now();
    let soon = calendar::plus_days(now.date(), scenario.tasks.days_before_due.max(14));
    let filter = TaskFilter { state: TaskState::Open, ..TaskFilter::default() };
    let paging = Paging { page: 1, size: 1000 };
    let open = book.tasks(&filter, Sort::default(), paging).await.map_err(|trouble| trouble.to_string())?;
    let snapshot = book.snapshot();
    let Some(rules) = snapshot.rulebook(now.date()) else { return Ok(()) };
    for task in open.items.into_iter().filter(|task| task.due <= soon) {
        let state: &State = &snapshot;
        let holders = task.roles.iter().filter_map(|id| rules.role(id)).flat_map(|role| role::holders(state, role, &task.unit));
        let holders: Vec<String> = holders.map(|person| person.id.clone()).collect();
        let control = rules.duties.iter().find(|duty| duty.key == task.duty).map_or("", |duty| duty.control.as_str());
        let left = scenario.tasks.open.iter().any(|open| open.control == control && holders.contains(&open.by));
        let Some(by) = holders.first().filter(|_| !left) else { continue };
        let story = scenario.tasks.done.iter().find(|done| done.control == control && holders.contains(&done.by));
        let note = story.map_or_else(|| scenario.tasks.note.clone(), |story| story.note.clone());
        let by = story.map_or(by, |story| &story.by).clone();
        clock.set(now.plus_seconds(8 * 3600));
        act(book, &by, Act::CompleteTask { id: task.id, note, evidence: Vec::new() }).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::Home;

    /// The figures of the pages are those that the auditor's verifier counts from an export.
    async fn recounts(home: &Home, book: &Registry, bundle: &std::path::Path) {
        use office::coverage::{Counts, Standing, statuses};
        let (snapshot, today) = (book.snapshot(), book.now().date());
        let rules = snapshot.rulebook(today).unwrap();
        let statuses = statuses(&snapshot, rules, &book.evidence().await.unwrap(), today);
        let mut conn = book.pool().acquire().await.unwrap();
        ledger::export(&mut conn, crate::ledger::key(home).unwrap().verifier(), bundle, |_| ()).await.unwrap();
        assert!(verifier::check(&verifier::Question { folder: bundle.to_owned(), ..verifier::Question::default() }).unwrap().is_good());
        let recounted = verifier::recount(bundle, Some(&today.to_string())).unwrap();
        let counts = Counts::of(&statuses);
        for standing in Standing::ALL {
            assert_eq!(recounted.figures[standing.code()], counts.get(standing), "{}", standing.code());
            assert!(counts.get(standing) > 0 || standing == Standing::Nobody, "the story shows nothing that is {}", standing.code());
        }
        for ((covering, status), norm) in rules.coverage.iter().zip(&statuses).zip(&recounted.norms) {
            let backing = status.backing.map(|note| note.index);
            assert_eq!((&covering.clause, status.standing.code(), backing), (&norm.clause, norm.state, norm.record));
        }
    }

    #[tokio::test]
    async fn the_story_goes_as_it_is_written() {
        let folder = std::env::temp_dir().join(format!("sekisho-story-{}", crate::home::hex(&crate::machine::random::<6>())));
        let scenario = Scenario::embedded().unwrap();
        let clock = StoryClock::default();
        let home = Home::create(&folder, &scenario.body, None).unwrap();
        let book = home.book_with(clock.clock(), crate::machine::chance()).await.unwrap();
        let otherwise = tell(&book, &clock, &scenario).await.unwrap();
        let digest = book.projection_digest().await.unwrap();
        book.rebuild().await.unwrap();
        assert_eq!(book.projection_digest().await.unwrap(), digest, "every projection is made again from the ledger");
        recounts(&home, &book, &folder.join("bundle")).await;
        book.close().await;
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(otherwise, Vec::<String>::new());
    }
}
