//! The sample town set up: people, accounts, policy in force, registers filled.

use std::{collections::BTreeMap, path::Path};

use office::{
    act::{Act, Actor},
    adoption,
    catalog::{FieldType, Register},
    people::People,
    rulebook::Holding,
};
use registry::Registry;
use web::{people_import, spreadsheet};

use super::scenario::{Nominated, Scenario, sample};
use crate::init::submit;

/// Brings in the people of the town.
pub(crate) async fn people(book: &Registry) -> Result<(), String> {
    let options = people_import::Options { new_units: true, ..people_import::Options::default() };
    let preview = people_import::preview(sample("people.csv")?, &People::default(), &BTreeMap::new(), options).map_err(|bad| bad.0)?;
    if let Some(problem) = preview.problems.first() {
        return Err(format!("samples/people.csv: {} {}", problem.place(), problem.message));
    }
    submit(book, Act::ChangePeople { people: preview.people(), units: preview.units }).await?;
    Ok(())
}

/// Loads the policy of the town and adopts what the system proposes, with the nominated roles filled.
pub(crate) async fn adopt(book: &Registry, nominated: &[Nominated]) -> Result<(), String> {
    let text = sample("policy.txt")?;
    let loaded = web::policy_file::read(text, &mut |_| {}).map_err(|cause| cause.to_string())?;
    let reading = &loaded.reading;
    let all: People = book.snapshot().people.iter().cloned().collect();
    let mut confirmation = adoption::propose(book.catalog(), reading, &all, book.now().date());
    for one in nominated {
        confirmation.holdings.insert(one.role.clone(), Holding::People { ids: one.people.clone() });
    }
    let version = crate::policy::load(book, Path::new("policy.txt"), text.to_vec(), loaded).await?;
    submit(book, Act::AdoptPolicy { version, confirmation }).await?;
    Ok(())
}

/// People, accounts and policy in a book whose body is founded; for loads and benchmarks.
pub(crate) async fn settle(book: &Registry) -> Result<(), String> {
    let scenario = Scenario::embedded()?;
    people(book).await?;
    for person in staff(book) {
        submit(book, Act::OpenAccount { person, administrator: false }).await?;
    }
    adopt(book, &scenario.nominated).await
}

/// Staff numbers of everybody.
pub(crate) fn staff(book: &Registry) -> Vec<String> {
    book.snapshot().people.iter().map(|person| person.id.clone()).collect()
}

/// The first kind of event that the policy has a route for.
pub(crate) fn event(book: &Registry) -> String {
    let snapshot = book.snapshot();
    let route = snapshot.rulebook(book.now().date()).and_then(|rules| rules.routes.first());
    route.map_or_else(String::new, |step| step.event.clone())
}

/// A row to enter in the register of devices.
pub(crate) fn some_row(book: &Registry, client: usize, turn: usize) -> Act {
    let snapshot = book.snapshot();
    let unit = snapshot.office.units.keys().next().cloned().unwrap_or_default();
    let class =
        snapshot.rulebook(book.now().date()).and_then(|rules| rules.classes.last()).map_or_else(String::new, |class| class.name.clone());
    let values = book.catalog().register("device").map_or_else(BTreeMap::new, |register| {
        let required = register.columns.iter().filter(|column| column.required);
        required
            .map(|column| {
                (
                    column.key.clone(),
                    match column.kind {
                        FieldType::Choice => column.options.first().cloned().unwrap_or_default(),
                        FieldType::Class => class.clone(),
                        FieldType::Unit => unit.clone(),
                        FieldType::Date => "2026-04-01".to_owned(),
                        FieldType::Number => "1".to_owned(),
                        FieldType::Yesno => "yes".to_owned(),
                        FieldType::Person => staff(book).into_iter().next().unwrap_or_default(),
                        _ => format!("負荷試験 {client}-{turn}"),
                    },
                )
            })
            .collect()
    });
    Act::AddRow { register: "device".to_owned(), id: String::new(), unit, values }
}

/// Fills the registers from the sample tables.
pub(crate) async fn registers(book: &Registry) -> Result<(), String> {
    let catalog = book.catalog().clone();
    for id in ["asset", "device", "media"] {
        let Some(register) = catalog.register(id) else { continue };
        for (number, unit, values) in rows(register)? {
            let act = Act::AddRow { register: id.to_owned(), id: number.clone(), unit, values };
            submit(book, act).await.map_err(|refused| format!("samples/registers/{id}.csv {number}: {refused}"))?;
        }
    }
    Ok(())
}

/// Number, unit, values by column key.
type SampleRow = (String, String, BTreeMap<String, String>);

/// Rows of a sample table.
fn rows(register: &Register) -> Result<Vec<SampleRow>, String> {
    let mut columns = vec![spreadsheet::Column::new("id", &["管理番号"], true)];
    columns.extend(register.columns.iter().map(|column| spreadsheet::Column::new(column.key.clone(), &[column.label.as_str()], false)));
    let table = spreadsheet::read(sample(&format!("registers/{}.csv", register.id))?, &columns).map_err(|bad| bad.0)?;
    let rows = table.lines.iter().map(|line| {
        let values = register.columns.iter().map(|column| (column.key.clone(), plain(column.kind, line.get(&column.key))));
        let values: BTreeMap<_, _> = values.filter(|(_, value)| !value.is_empty()).collect();
        (line.get("id").to_owned(), line.get(&register.unit).to_owned(), values)
    });
    Ok(rows.collect())
}

/// A cell as the office keeps it.
fn plain(kind: FieldType, cell: &str) -> String {
    match (kind, cell) {
        (FieldType::Yesno, "はい" | "有" | "○") => "yes".to_owned(),
        (FieldType::Yesno, "いいえ" | "無" | "×") => "no".to_owned(),
        (FieldType::Rows, ids) => ids.split([' ', '、', ',', ';', '\n']).filter(|id| !id.is_empty()).collect::<Vec<_>>().join(" "),
        _ => cell.to_owned(),
    }
}

/// Opens everybody's account with one password and a second factor each.
pub(crate) async fn accounts(book: &Registry, scenario: &Scenario) -> Result<(), String> {
    let password = web::password::hash(&scenario.password, &crate::machine::random::<16>()).ok_or("パスワードを保存できません。")?;
    for person in staff(book) {
        let administrator = scenario.administrators.contains(&person);
        submit(book, Act::OpenAccount { person: person.clone(), administrator }).await?;
        let totp = web::second_factor::secret(&crate::machine::random::<20>());
        for (act, secret) in [
            (
                Act::SetPassword { person: person.clone(), must_change: false },
                registry::SecretWrite { person: person.clone(), password: Some(password.clone()), totp: None },
            ),
            (
                Act::SetSecondFactor { person: person.clone(), present: true },
                registry::SecretWrite { person: person.clone(), password: None, totp: Some(totp.clone()) },
            ),
        ] {
            book.submit_with(Actor::Console, act, secret).await.map_err(|refused| refused.to_string())?;
        }
    }
    Ok(())
}
