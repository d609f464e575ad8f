//! Whole bodies: a policy is read, confirmed as proposed, adopted, and every permit it knows is run
//! from application to its end. Done with the sample town and, where they lie beside the
//! repository, with real policies.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test stops at the first surprise")]

mod versions;

mod coverage;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use jiff::civil::date;
use office::{
    act::{Act, Actor},
    adoption::{self, Confirmation},
    calendar::{Moment, plus_days},
    catalog::{Catalog, Field, FieldType},
    coverage::Found,
    people::{People, Person, Position, Unit},
    permit::{Application, Stage},
    record::{Fact, Record},
    refusal::Stop,
    rulebook::{Holding, Procedure, Rulebook},
    state::{Key, State},
    waiting,
};

/// A body in memory that acts go to.
struct Body {
    catalog: Catalog,
    state: State,
    now: Moment,
    /// Everything recorded, in order.
    records: Vec<Record>,
    /// What it is evidence of.
    found: Found,
}

impl Body {
    fn act(&mut self, actor: &Actor, act: &Act) -> Result<Vec<Fact>, String> {
        self.now = self.now.plus_seconds(60);
        let records = office::decide(&self.catalog, &self.state, actor, act, self.now).map_err(|stop| match stop {
            Stop::Refused(refusal) => format!("{} {:?} {}", refusal.says, refusal.fields, refusal.help),
            Stop::Missing(key) => format!("{key:?} is missing"),
        })?;
        for record in &records {
            office::apply(&self.catalog, &mut self.state, record);
            for told in office::coverage::evidence(&self.state, record) {
                self.found.note(told, self.records.len() as u64, record.at);
            }
            self.records.push(record.clone());
        }
        Ok(records.into_iter().map(|record| record.fact).collect())
    }

    fn by(&mut self, person: &str, act: &Act) -> Result<Vec<Fact>, String> {
        self.act(&Actor::Person(person.to_owned()), act)
    }

    fn book(&self) -> &Rulebook {
        self.state.rulebook(self.now.date()).unwrap()
    }
}

fn person(id: usize, unit: &str, title: &str) -> Person {
    let position = Position { unit: unit.to_owned(), title: title.to_owned() };
    Person {
        id: id.to_string(),
        name: format!("職員{id}"),
        kana: String::new(),
        mail: String::new(),
        positions: vec![position],
        active: true,
    }
}

/// People who hold every post that a confirmation names, a clerk in the lowest unit, and members for
/// what the officer must fill in by hand.
fn people(confirmation: &mut Confirmation) -> People {
    let mut all = vec![person(1, "団体/部/課", "主事"), person(2, "団体/部/課", "主査")];
    for holding in confirmation.holdings.values_mut() {
        let id = all.len() + 1;
        match holding {
            Holding::Post { titles, .. } => all.extend(titles.iter().enumerate().map(|(n, title)| person(id + n, "団体", title))),
            Holding::Unit { titles } => {
                let unit = if titles.iter().any(|title| title.starts_with('部') || title.starts_with('局')) {
                    "団体/部"
                } else {
                    "団体/部/課"
                };
                all.extend(titles.iter().take(1).map(|title| person(id, unit, title)));
            }
            Holding::Nobody => {
                *holding = Holding::People { ids: vec![id.to_string()] };
                all.push(person(id, "団体", "委員"));
            }
            Holding::People { .. } | Holding::Everyone => {}
        }
    }
    all.into_iter().collect()
}

/// A body that has adopted a policy as proposed.
fn adopted(text: &str) -> Body {
    let catalog = Catalog::embedded().unwrap();
    let now = Moment::start_of(date(2026, 5, 1)).plus_seconds(9 * 3600);
    let mut body = Body { state: State::whole(), catalog, now, records: Vec::new(), found: Found::default() };
    let reading = policy::read(text, policy::control::Controls::embedded());
    let mut confirmation = adoption::propose(&body.catalog, &reading, &People::default(), body.now.date());
    let people = people(&mut confirmation);
    let units = ["団体", "団体/部", "団体/部/課"].map(|id| Unit {
        id: id.to_owned(),
        name: id.rsplit('/').next().unwrap_or(id).to_owned(),
        parent: id.rsplit_once('/').map(|(parent, _)| parent.to_owned()),
    });
    let people: Vec<Person> = people.iter().cloned().collect();
    body.act(&Actor::Console, &Act::FoundBody { name: "試験".to_owned() }).unwrap();
    body.act(&Actor::Console, &Act::ChangePeople { units: units.to_vec(), people: people.clone() }).unwrap();
    for person in people {
        body.act(&Actor::Console, &Act::OpenAccount { person: person.id, administrator: false }).unwrap();
    }
    body.act(&Actor::Console, &Act::LoadPolicy { file: "policy.txt".to_owned(), reading: Box::new(reading), source: Default::default() })
        .unwrap();
    body.act(&Actor::Console, &Act::AdoptPolicy { version: 1, confirmation }).unwrap();
    for (register, number) in [("asset", "A-1"), ("device", "D-1"), ("media", "M-1")] {
        let columns = body.catalog.register(register).unwrap().columns.clone();
        let lowest = body.book().classes.last().unwrap().name.clone();
        let values = columns.iter().filter(|column| column.required).map(|column| (column.key.clone(), value(column, &lowest))).collect();
        let act = Act::AddRow { register: register.to_owned(), id: number.to_owned(), unit: "団体/部/課".to_owned(), values };
        body.by("1", &act).unwrap();
    }
    body
}

fn value(field: &Field, class: &str) -> String {
    match field.kind {
        FieldType::Choice => field.options[0].clone(),
        FieldType::Date => "2026-05-01".to_owned(),
        FieldType::Number => "1".to_owned(),
        FieldType::Yesno => "yes".to_owned(),
        FieldType::Person => "1".to_owned(),
        FieldType::Unit => "団体/部/課".to_owned(),
        FieldType::Class => class.to_owned(),
        FieldType::Text | FieldType::Long => "記入".to_owned(),
        FieldType::Row | FieldType::Rows => match field.register.as_str() {
            "asset" => "A-1".to_owned(),
            "device" => "D-1".to_owned(),
            _ => "M-1".to_owned(),
        },
    }
}

/// Applies under a procedure, by somebody who may and who is not the only one to decide.
fn apply(body: &mut Body, procedure: &Procedure) -> Result<(String, String), String> {
    let form = body.catalog.form(&procedure.control).unwrap().clone();
    let lowest = body.book().classes.last().map(|class| class.name.clone()).unwrap_or_default();
    let rows = |field: &&Field| field.required || matches!(field.kind, FieldType::Rows);
    let application = Application {
        procedure: procedure.key.clone(),
        values: form.fields.iter().filter(rows).map(|field| (field.key.clone(), value(field, &lowest))).collect(),
        class: form.class.then_some(lowest),
        since: Some(body.now.date()),
        until: Some(plus_days(body.now.date(), 3)),
    };
    let mut refused = String::new();
    let ids: Vec<String> = body.state.people.iter().map(|person| person.id.clone()).collect();
    for id in ids {
        match body.by(&id, &Act::ApplyForPermit { application: application.clone() }) {
            Ok(facts) => {
                let Some(Fact::PermitApplied { permit }) = facts.first() else { return Err("no permit".to_owned()) };
                return Ok((permit.id.clone(), id));
            }
            Err(says) => refused = says,
        }
    }
    Err(refused)
}

/// Runs a procedure from application to its end.
fn run(body: &mut Body, procedure: &Procedure) -> Result<Stage, String> {
    let (id, applicant) = apply(body, procedure)?;
    let permit = |body: &Body| body.state.permits.get(&Key::Permit(id.clone())).unwrap().unwrap().clone();
    // The applicant himself is refused, with a reason.
    let seen = permit(body).digest;
    let own = Act::ApprovePermit { id: id.clone(), digest: seen.clone(), note: String::new(), emergency: None };
    if body.by(&applicant, &own).is_ok() {
        return Err("approved by the applicant".to_owned());
    }
    for _ in 0..4 {
        let now = permit(body);
        if now.stage != Stage::Applied {
            break;
        }
        let approved: Vec<String> =
            now.requirements.iter().filter_map(|requirement| requirement.approved.as_ref()).map(|approved| approved.by.clone()).collect();
        let deciders = waiting::deciders(&body.state, &now, body.now.date());
        let by =
            deciders.iter().flat_map(|(_, people)| people).find(|person| !approved.contains(&person.id)).map(|person| person.id.clone());
        let by = by.ok_or_else(|| format!("nobody can decide ({:?})", now.requirements))?;
        let approve = Act::ApprovePermit { id: id.clone(), digest: now.digest, note: String::new(), emergency: None };
        body.by(&by, &approve).map_err(|says| format!("approve: {says}"))?;
    }
    let now = permit(body);
    if now.handover {
        let by = now.requirements[0].approved.as_ref().ok_or("not approved")?.by.clone();
        body.by(&by, &Act::HandOverPermit { id: id.clone(), note: String::new() }).map_err(|says| format!("hand over: {says}"))?;
        body.by(&by, &Act::ConfirmReturn { id: id.clone(), erased: true, note: String::new() })
            .map_err(|says| format!("return: {says}"))?;
    } else {
        body.now = body.now.plus_seconds(10 * 86_400);
        if now.application.until.is_some() {
            body.act(&Actor::System, &Act::ExpirePermit { id: id.clone() }).map_err(|says| format!("expire: {says}"))?;
        }
    }
    Ok(permit(body).stage)
}

fn run_all(name: &str, text: &str, at_least: usize) {
    let mut body = adopted(text);
    let procedures = body.book().procedures.clone();
    let mut failed = BTreeMap::new();
    let mut ran = 0;
    for procedure in &procedures {
        match run(&mut body, procedure) {
            Ok(Stage::Closed | Stage::Expired | Stage::Approved) => ran += 1,
            Ok(stage) => drop(failed.insert(procedure.key.clone(), format!("ended as {}", stage.word()))),
            Err(says) => drop(failed.insert(procedure.key.clone(), says)),
        }
    }
    println!("{name}: {ran} of {} procedures ran to their end", procedures.len());
    assert!(failed.is_empty(), "{name}: {failed:#?}");
    assert!(ran >= at_least, "{name}: only {ran} procedures");
    let rulebook = body.book();
    assert!(!rulebook.routes.is_empty() && !rulebook.duties.is_empty() && !rulebook.classes.is_empty(), "{name}");
}

#[test]
fn every_permit_of_the_sample_town_runs_to_its_end() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/policy.txt")).unwrap();
    run_all("samples/policy.txt", &text, 20);
}

/// The real policies; none, and a word about it, where they do not lie beside the repository.
fn real_policies() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/seeds");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: the real policies do not lie beside the repository");
        return Vec::new();
    };
    let mut files: Vec<_> = files.filter_map(Result::ok).map(|file| file.path()).collect();
    files.sort();
    files
}

#[test]
fn every_permit_of_the_real_policies_runs_to_its_end() {
    for file in real_policies() {
        let text = std::fs::read_to_string(&file).unwrap();
        run_all(&file.file_name().unwrap().to_string_lossy(), &text, 20);
    }
}
