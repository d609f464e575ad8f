//! A small invented town: five units, a handful of people, four procedures of different kinds of approval.

use jiff::civil::date;
use office::{
    calendar::Moment,
    catalog::{Field, FieldType},
    coverage::{Covering, Means, Runner, adopted_key, attest_key},
    people::{Person, Position, Unit},
    record::{Fact, Record},
    rulebook::{Adopted, Cite, Holding, Procedure, Role, RouteStep, Rulebook},
};
use policy::model::{Approval, Citation, Class, Haste, Holder};

/// Staff number, name, unit, title.
pub(crate) const PEOPLE: [(&str, &str, &str, &str); 9] = [
    ("1", "副町長", "町", "副町長"),
    ("2", "部長", "町/総務部", "部長"),
    ("3", "情報課長", "町/総務部/情報課", "課長"),
    ("4", "情報職員", "町/総務部/情報課", "主事"),
    ("5", "税務課長", "町/総務部/税務課", "課長"),
    ("6", "税務職員", "町/総務部/税務課", "主事"),
    ("7", "税務職員二", "町/総務部/税務課", "主事"),
    ("8", "福祉課長", "町/福祉課", "課長"),
    ("9", "福祉職員", "町/福祉課", "主事"),
];

/// Posts people are moved to.
pub(crate) const POSTS: [(&str, &str); 5] =
    [("町/総務部/税務課", "課長"), ("町/総務部/税務課", "主事"), ("町/総務部", "部長"), ("町", "副町長"), ("町/福祉課", "課長")];

/// Procedures: one approver in each unit, all of two, nominated and confirmed, disposal.
pub(crate) const PROCEDURES: [&str; 4] = ["permit.carry-out", "permit.ext-connect", "priv.delegate", "permit.dispose"];

/// Classes, highest first.
pub(crate) const CLASSES: [&str; 3] = ["Ⅰ", "Ⅱ", "Ⅲ"];

/// 2026-06-01, nine in the morning.
pub(crate) fn start() -> Moment {
    Moment::start_of(date(2026, 6, 1)).plus_seconds(9 * 3600)
}

fn role(id: &str, kind: Holder, holding: Holding) -> Role {
    Role { id: id.to_owned(), name: id.to_owned(), kind, holding, deputy: None, cite: Cite::default() }
}

fn post(title: &str) -> Holding {
    Holding::Post { unit: String::new(), titles: vec![title.to_owned()] }
}

fn procedure(key: &str, approvers: &[&str], approval: Approval) -> Procedure {
    Procedure {
        key: key.to_owned(),
        control: key.to_owned(),
        title: key.to_owned(),
        applicants: Vec::new(),
        approvers: approvers.iter().map(|id| (*id).to_owned()).collect(),
        approval,
        class: None,
        condition: String::new(),
        cite: Cite { version: 1, clause: key.to_owned(), standard: false },
    }
}

fn step(from: &[&str], to: &[&str]) -> RouteStep {
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    RouteStep {
        event: "紛失".to_owned(),
        control: "incident.report".to_owned(),
        from: ids(from),
        to: ids(to),
        haste: Haste::Promptly,
        condition: String::new(),
        cite: Cite::default(),
    }
}

fn rulebook(emergency: bool) -> Rulebook {
    let class = |(rank, name): (usize, &&str)| Class {
        name: (*name).to_owned(),
        axis: "重要性".to_owned(),
        rank,
        meaning: String::new(),
        cite: Citation::default(),
    };
    let controls = ["org.separation.approve", "permit.dispose"].map(|control| {
        (control.to_owned(), Adopted { cites: vec![Cite { version: 1, clause: control.to_owned(), standard: false }], runs: true })
    });
    Rulebook {
        version: 1,
        title: "試験の規程".to_owned(),
        effective: date(2026, 4, 1),
        roles: vec![
            role("責任者", Holder::One, post("副町長")),
            role("部の担当", Holder::Unit, Holding::Unit { titles: vec!["部長".to_owned()] }),
            role("情報の管理者", Holder::One, post("情報課長")),
            role("課の担当", Holder::Unit, Holding::Unit { titles: vec!["課長".to_owned()] }),
            role("職員", Holder::Everyone, Holding::Everyone),
        ],
        classes: CLASSES.iter().enumerate().map(class).collect(),
        procedures: vec![
            procedure(PROCEDURES[0], &["課の担当"], Approval::Any),
            procedure(PROCEDURES[1], &["責任者", "部の担当"], Approval::All),
            procedure(PROCEDURES[2], &["情報の管理者", "責任者"], Approval::Nominated),
            procedure(PROCEDURES[3], &["課の担当", "情報の管理者"], Approval::Any),
        ],
        routes: vec![step(&["職員"], &["課の担当"]), step(&["課の担当"], &["情報の管理者"]), step(&["情報の管理者"], &["責任者"])],
        duties: Vec::new(),
        zones: Vec::new(),
        controls: controls.into_iter().collect(),
        emergency,
        standard: false,
        coverage: coverage(),
        former: Vec::new(),
    }
}

/// A norm that the section heads answer for, one that the CISO answers for, and a procedure.
fn coverage() -> Vec<Covering> {
    let norm = |n: usize, who: &str, runner: Runner| Covering {
        clause: "9".to_owned(),
        standard: false,
        n,
        control: String::new(),
        says: format!("決まり{n}"),
        means: if runner == Runner::Attestation { Means::Attestation } else { Means::Procedure },
        runners: vec![runner],
        who: vec![who.to_owned()],
        months: 1,
        since: date(2026, 4, 1),
        evidence: vec![attest_key(1, "9", false, n), adopted_key(1)],
        fulfilled_by: Vec::new(),
    };
    vec![
        norm(1, "課の担当", Runner::Attestation),
        norm(2, "責任者", Runner::Attestation),
        norm(3, "課の担当", Runner::Procedure(PROCEDURES[0].to_owned())),
    ]
}

/// What happened before the history begins.
pub(crate) fn records(emergency: bool) -> Vec<Record> {
    let units = ["町", "町/総務部", "町/総務部/情報課", "町/総務部/税務課", "町/福祉課"].map(|id| Unit {
        id: id.to_owned(),
        name: id.rsplit('/').next().unwrap_or(id).to_owned(),
        parent: id.rsplit_once('/').map(|(parent, _)| parent.to_owned()),
    });
    let people = PEOPLE.map(|(id, name, unit, title)| Person {
        id: id.to_owned(),
        name: name.to_owned(),
        kana: String::new(),
        mail: String::new(),
        positions: vec![Position { unit: unit.to_owned(), title: title.to_owned() }],
        active: true,
    });
    let accounts = PEOPLE.map(|(id, ..)| Fact::AccountOpened { person: id.to_owned(), administrator: id == "4" });
    let facts = [
        Fact::BodyFounded { name: "試験町".to_owned() },
        Fact::PeopleChanged { units: units.to_vec(), people: people.to_vec() },
        Fact::PolicyAdopted { rulebook: rulebook(emergency) },
    ];
    let record = |fact| Record { at: start(), by: "console".to_owned(), on_behalf: None, cite: None, fact };
    facts.into_iter().chain(accounts).map(record).collect()
}

/// A value that a field accepts.
pub(crate) fn value(field: &Field) -> String {
    match field.kind {
        FieldType::Choice => field.options[0].clone(),
        FieldType::Date => "2026-06-01".to_owned(),
        FieldType::Number => "1".to_owned(),
        FieldType::Yesno => "yes".to_owned(),
        FieldType::Person => "4".to_owned(),
        FieldType::Unit => "町".to_owned(),
        FieldType::Class => "Ⅲ".to_owned(),
        FieldType::Text | FieldType::Long => "記入".to_owned(),
        FieldType::Row | FieldType::Rows => String::new(),
    }
}
