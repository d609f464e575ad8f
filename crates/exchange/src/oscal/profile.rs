//! What a body chose, as an OSCAL profile: its clauses, its intervals, its corrections, the standard set where adopted.

use std::collections::BTreeMap;

use office::catalog::Catalog as Office;

use super::{
    Version,
    catalog::{self, interval_param},
    means,
    metadata::{self, CATALOG, PROFILE, STANDARD},
    model::{Add, Alter, Import, Merge, Modify, Profile, ProfileParameter, Prop, Role, Selection},
    props::{self, own},
};
use crate::{
    identity::ClauseIds,
    source::{Adoption, Source},
};

/// What the body chose.
pub(crate) fn profile(source: &Source<'_>, version: Version, adoption: &Adoption<'_>) -> Profile {
    let ids = ClauseIds::new(source.seed, &source.reading.document, source.origins);
    let own: Vec<String> = catalog::normative(source).filter_map(|path| ids.of(path)).map(str::to_owned).collect();
    let mut imports = vec![import(metadata::href(source, CATALOG), own)];
    let mut resources = vec![metadata::resource(source, CATALOG)];
    if adoption.book.standard {
        imports.push(import(metadata::href(source, STANDARD), standard_ids(adoption.catalog)));
        resources.push(metadata::resource(source, STANDARD));
    }
    imports.retain(|import| !import.include_controls.is_empty());
    let modify = Modify { set_parameters: intervals(adoption, &ids), alters: alters(source, adoption, &ids), ..Modify::default() };
    let changed = !modify.set_parameters.is_empty() || !modify.alters.is_empty();
    Profile {
        uuid: metadata::uuid(source, PROFILE),
        metadata: metadata::metadata(source, version, PROFILE, roles(source, adoption)),
        imports,
        merge: Some(Merge { as_is: Some(true), ..Merge::default() }),
        modify: changed.then_some(modify),
        back_matter: metadata::back_matter(resources),
        ..Profile::default()
    }
}

fn import(href: String, with_ids: Vec<String>) -> Import {
    let chosen = Selection { with_child_controls: Some("no".to_owned()), with_ids, ..Selection::default() };
    let include_controls = if chosen.with_ids.is_empty() { Vec::new() } else { vec![chosen] };
    Import { href, include_controls, ..Import::default() }
}

/// The clauses of the standard set.
pub(crate) fn standard_ids(office: &Office) -> Vec<String> {
    office.clauses().map(|clause| means::standard_id(&clause.number)).collect()
}

/// The roles of the rulebook with the kind of their holders; no name of a person leaves the body.
pub(crate) fn roles(source: &Source<'_>, adoption: &Adoption<'_>) -> Vec<Role> {
    let mut found: Vec<Role> = Vec::new();
    for role in &adoption.book.roles {
        let id = props::role_id(source.seed, &role.id);
        if found.iter().any(|one| one.id == id) {
            continue;
        }
        let title = Some(super::markup::line(&role.name)).filter(|title| !title.is_empty());
        found.push(Role {
            id,
            title: title.unwrap_or_else(|| "（名前のない役割）".to_owned()),
            props: holding(&role.holding),
            ..Role::default()
        });
    }
    found
}

fn holding(holding: &office::rulebook::Holding) -> Vec<Prop> {
    use office::rulebook::Holding;
    let (by, titles): (&str, &[String]) = match holding {
        Holding::Post { titles, .. } => ("post", titles),
        Holding::Unit { titles } => ("unit", titles),
        Holding::People { .. } => ("people", &[]),
        Holding::Everyone => ("everyone", &[]),
        Holding::Nobody => ("nobody", &[]),
    };
    own("held-by", by).into_iter().chain(titles.iter().filter_map(|title| own("post", title))).collect()
}

/// The intervals as confirmed, in months; 0 is upon an event.
fn intervals(adoption: &Adoption<'_>, ids: &ClauseIds) -> Vec<ProfileParameter> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for duty in &adoption.book.duties {
        let Some(control) = means::control_id(ids, &duty.cite) else { continue };
        let order = counts.entry(control.clone()).or_default();
        let param_id = interval_param(&control, *order);
        *order += 1;
        if duty.months > 0 {
            let values = vec![duty.months.to_string()];
            found.push(ProfileParameter { param_id, values, ..ProfileParameter::default() });
        }
    }
    found
}

/// What the officer decided otherwise than the text was read.
fn alters(source: &Source<'_>, adoption: &Adoption<'_>, ids: &ClauseIds) -> Vec<Alter> {
    let mut changes: BTreeMap<String, Vec<Prop>> = BTreeMap::new();
    for read in &source.reading.model.procedures {
        let Some(control) = ids.of(&read.cite.clause) else { continue };
        let kept = adoption.book.procedures.iter().find(|one| one.control == read.control && one.cite.clause == read.cite.clause);
        let change = match kept {
            None => own("procedure-not-offered", &read.title).into_iter().collect(),
            Some(kept) if kept.approvers != read.approvers => {
                let names = kept.approvers.iter().map(|role| adoption.book.role_name(role));
                names.filter_map(|name| own("approver", name)).collect()
            }
            Some(_) => Vec::new(),
        };
        changes.entry(control.to_owned()).or_default().extend(change);
    }
    changes.retain(|_, props| !props.is_empty());
    let alter = |(control_id, props)| Alter {
        control_id,
        adds: vec![Add { position: Some("ending".to_owned()), props, ..Add::default() }],
        ..Alter::default()
    };
    changes.into_iter().map(alter).collect()
}
