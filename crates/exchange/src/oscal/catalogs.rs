//! Catalogs that are the same for every body: the standard set, our controls, the numbers of Annex A.

use office::catalog::{Catalog as Office, ClauseKind, Run, StandardCadence, StandardClause};
use policy::control::{Controls, Frequency, Kind};

use super::{
    Version, catalog, markup, means,
    metadata::{self, ANNEX, CONTROLS, STANDARD},
    model::{Catalog, Control, Group, Param, Part},
    props::{own, standard},
};
use crate::{
    iso27001::{self, AnnexA},
    source::Source,
};

/// The standard set (標準実施基準).
pub(crate) fn standard_set(source: &Source<'_>, version: Version, office: &Office) -> Catalog {
    let chapters = office.standard.iter().filter(|chapter| !chapter.clauses.is_empty());
    let groups = chapters.map(|chapter| Group {
        id: Some(format!("s.{}", chapter.chapter)),
        title: markup::line(&chapter.title),
        props: standard("label", &chapter.chapter).into_iter().collect(),
        controls: chapter.clauses.iter().map(standard_clause).collect(),
        ..Group::default()
    });
    Catalog {
        uuid: metadata::uuid(source, STANDARD),
        metadata: metadata::metadata(source, version, STANDARD, Vec::new()),
        groups: groups.collect(),
        ..Catalog::default()
    }
}

fn standard_clause(clause: &StandardClause) -> Control {
    let id = means::standard_id(&clause.number);
    let interval = match clause.cadence {
        Some(StandardCadence::Months(months)) => Some(months),
        _ => None,
    };
    let later = (clause.run == Run::Later).then(|| own("run", "by-people")).flatten();
    let all = [standard("label", &clause.number), own("control", &clause.control), own("kind", kind(clause.kind)), later];
    Control {
        params: interval
            .map(|months| Param {
                id: catalog::interval_param(&id, 0),
                class: Some("interval-months".to_owned()),
                label: Some("間隔（月）".to_owned()),
                values: vec![months.to_string()],
                ..Param::default()
            })
            .into_iter()
            .collect(),
        title: markup::line(&clause.title),
        props: all.into_iter().flatten().collect(),
        parts: vec![statement(&id, &clause.text)],
        id,
        ..Control::default()
    }
}

const fn kind(kind: ClauseKind) -> &'static str {
    match kind {
        ClauseKind::Procedure => "procedure",
        ClauseKind::Route => "route",
        ClauseKind::Duty => "duty",
        ClauseKind::Register => "register",
        ClauseKind::Rule => "rule",
        ClauseKind::Technical => "technical",
        ClauseKind::Document => "document",
        ClauseKind::Training => "training",
        ClauseKind::Appoint => "appoint",
        ClauseKind::Declaration => "declaration",
    }
}

fn statement(id: &str, text: &str) -> Part {
    let prose = Some(markup::escape(text.trim()));
    Part { id: Some(format!("{id}_smt")), name: "statement".to_owned(), prose, ..Part::default() }
}

/// Our catalogue of controls (統制), a group by the first part of the ids.
pub(crate) fn controls(source: &Source<'_>, version: Version) -> Catalog {
    let mut groups: Vec<Group> = Vec::new();
    for control in Controls::embedded().iter() {
        let group = control.id.split('.').next().unwrap_or_default();
        let id = format!("g.{group}");
        let at = groups.iter().position(|one| one.id.as_deref() == Some(&id)).unwrap_or_else(|| {
            groups.push(Group { id: Some(id.clone()), title: group.to_owned(), ..Group::default() });
            groups.len() - 1
        });
        let numbers = AnnexA::embedded().counterparts.get(&control.id).map_or(&[][..], Vec::as_slice);
        let mut props = vec![own("kind", control_kind(control.kind)), own("frequency", frequency(control.frequency))];
        props.extend(numbers.iter().map(|number| own("iso27001", number)));
        if let Some(group) = groups.get_mut(at) {
            group.controls.push(Control {
                id: control.id.clone(),
                title: markup::line(&control.title),
                props: props.into_iter().flatten().collect(),
                ..Control::default()
            });
        }
    }
    Catalog {
        uuid: metadata::uuid(source, CONTROLS),
        metadata: metadata::metadata(source, version, CONTROLS, Vec::new()),
        groups,
        ..Catalog::default()
    }
}

const fn control_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Appoint => "appoint",
        Kind::Document => "document",
        Kind::Periodic => "periodic",
        Kind::Permit => "permit",
        Kind::Prohibition => "prohibition",
        Kind::Record => "record",
        Kind::Report => "report",
        Kind::Technical => "technical",
        Kind::Training => "training",
    }
}

const fn frequency(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Continuous => "continuous",
        Frequency::Daily => "daily",
        Frequency::Weekly => "weekly",
        Frequency::Monthly => "monthly",
        Frequency::Quarterly => "quarterly",
        Frequency::Semiannual => "semiannual",
        Frequency::Annual => "annual",
        Frequency::Once => "once",
        Frequency::OnChange => "on-change",
        Frequency::Event => "event",
    }
}

/// The numbers of Annex A with titles of our own, so that the mapping's targets can be looked up.
pub(crate) fn annex(source: &Source<'_>, version: Version) -> Catalog {
    let annex = AnnexA::embedded();
    let groups = iso27001::THEMES.map(|(theme, title)| Group {
        id: Some(format!("a.{theme}")),
        title: title.to_owned(),
        props: standard("label", theme).into_iter().collect(),
        controls: annex
            .numbers()
            .into_iter()
            .filter(|number| number.split('.').next() == Some(theme))
            .map(|number| Control {
                id: iso27001::control_id(number),
                title: annex.title.get(number).map_or_else(String::new, |title| markup::line(title)),
                props: standard("label", number).into_iter().collect(),
                ..Control::default()
            })
            .collect(),
        ..Group::default()
    });
    let mut metadata = metadata::metadata(source, version, ANNEX, Vec::new());
    metadata.remarks = Some("番号は規格のものです。題名は関所が付けた目印で、規格の文ではありません。".to_owned());
    Catalog { uuid: metadata::uuid(source, ANNEX), metadata, groups: groups.to_vec(), ..Catalog::default() }
}
