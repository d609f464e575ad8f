//! Which controls of our catalogue a policy's clauses answer, and which numbers of Annex A our controls, as an OSCAL mapping collection.

use std::collections::BTreeSet;

use policy::{control::Controls, obligation::Form};

use super::{
    Version,
    metadata::{self, ANNEX, CATALOG, CONTROLS, MAPPING},
    model::{GapSummary, Map, MapItem, Mapping, MappingCollection, Provenance, ResourceReference, Unmapped},
};
use crate::{
    identity::{self, ClauseIds},
    iso27001::{self, AnnexA},
    source::Source,
};

/// Both mappings. One without a pair is left out: OSCAL wants at least one.
pub(crate) fn collection(source: &Source<'_>, version: Version) -> MappingCollection {
    let mappings = vec![clauses_to_controls(source), controls_to_annex(source)];
    MappingCollection {
        uuid: metadata::uuid(source, MAPPING),
        metadata: metadata::metadata(source, version, MAPPING, Vec::new()),
        provenance: Provenance {
            method: "hybrid".to_owned(),
            matching_rationale: "semantic".to_owned(),
            status: "complete".to_owned(),
            mapping_description:
                "条項から関所の統制へは、規程の文を読み取った結果です。統制から附属書Aの番号へは、関所が意味によって定めた表です。"
                    .to_owned(),
            ..Provenance::default()
        },
        mappings: mappings.into_iter().filter(|mapping| !mapping.maps.is_empty()).collect(),
        back_matter: metadata::back_matter([CATALOG, CONTROLS, ANNEX].map(|document| metadata::resource(source, document)).to_vec()),
        ..MappingCollection::default()
    }
}

fn clauses_to_controls(source: &Source<'_>) -> Mapping {
    let ids = ClauseIds::new(source.seed, &source.reading.document, source.origins);
    let mut maps: Vec<Map> = Vec::new();
    let (mut without, mut met) = (BTreeSet::new(), BTreeSet::new());
    for clause in &source.reading.document.clauses {
        let Some(id) = ids.of(&clause.path) else { continue };
        let norms = source.reading.obligations.iter().filter(|norm| norm.clause == clause.path && norm.form != Form::Lead);
        let norms: Vec<_> = norms.collect();
        let mut controls: Vec<&str> = Vec::new();
        for control in norms.iter().flat_map(|norm| &norm.controls) {
            if !controls.contains(&control.as_str()) {
                controls.push(control);
            }
        }
        met.extend(controls.iter().map(|control| (*control).to_owned()));
        if !controls.is_empty() {
            maps.push(map(source, "clause", id, &controls.iter().map(|control| (*control).to_owned()).collect::<Vec<_>>()));
        } else if !norms.is_empty() {
            without.insert(id.to_owned());
        }
    }
    let unmet = Controls::embedded().iter().map(|control| control.id.clone()).filter(|id| !met.contains(id)).collect();
    Mapping {
        uuid: identity::uuid(source.seed, &["mapping", "controls"]),
        method: Some("automation".to_owned()),
        source_resource: reference(source, CATALOG),
        target_resource: reference(source, CONTROLS),
        maps,
        source_gap_summary: gap(source, "clauses", without.into_iter().collect()),
        target_gap_summary: gap(source, "controls", unmet),
        ..Mapping::default()
    }
}

fn controls_to_annex(source: &Source<'_>) -> Mapping {
    let annex = AnnexA::embedded();
    let of = |id: &str| annex.counterparts.get(id).map_or(&[][..], Vec::as_slice);
    let mut maps = Vec::new();
    let (mut without, mut met) = (Vec::new(), BTreeSet::new());
    for control in Controls::embedded().iter() {
        let numbers = of(&control.id);
        met.extend(numbers.iter().map(String::as_str));
        if numbers.is_empty() {
            without.push(control.id.clone());
        } else {
            let targets: Vec<String> = numbers.iter().map(|number| iso27001::control_id(number)).collect();
            maps.push(map(source, "annex", &control.id, &targets));
        }
    }
    let unmet = annex.numbers().into_iter().filter(|number| !met.contains(number)).map(iso27001::control_id).collect();
    Mapping {
        uuid: identity::uuid(source.seed, &["mapping", "annex"]),
        method: Some("human".to_owned()),
        source_resource: reference(source, CONTROLS),
        target_resource: reference(source, ANNEX),
        maps,
        source_gap_summary: gap(source, "controls-annex", without),
        target_gap_summary: gap(source, "annex", unmet),
        ..Mapping::default()
    }
}

fn reference(source: &Source<'_>, document: metadata::Document) -> ResourceReference {
    ResourceReference { kind: "catalog".to_owned(), href: metadata::href(source, document), ..ResourceReference::default() }
}

/// Two sides that overlap in meaning; neither is said to contain the other.
fn map(source: &Source<'_>, kind: &str, from: &str, to: &[String]) -> Map {
    let item = |id: &str| MapItem { kind: "control".to_owned(), id_ref: id.to_owned(), ..MapItem::default() };
    Map {
        uuid: identity::uuid(source.seed, &["map", kind, from]),
        relationship: "intersects-with".to_owned(),
        sources: vec![item(from)],
        targets: to.iter().map(|id| item(id)).collect(),
        ..Map::default()
    }
}

/// What has no counterpart, said explicitly.
fn gap(source: &Source<'_>, kind: &str, with_ids: Vec<String>) -> Option<GapSummary> {
    (!with_ids.is_empty()).then(|| GapSummary {
        uuid: identity::uuid(source.seed, &["gap", kind]),
        unmapped_controls: vec![Unmapped { with_ids, ..Unmapped::default() }],
        ..GapSummary::default()
    })
}
