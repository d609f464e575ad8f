//! How a body fulfils its policy, as an OSCAL system security plan: zones, roles, and by clause what is done and how it stands.

use std::collections::BTreeMap;

use super::{
    Version, catalog, component, markup,
    means::{self, Means, Run},
    metadata::{self, PLAN, PROFILE},
    model::{
        Boundary, ByComponent, ImplementationStatus, ImportProfile, InformationType, PlanImplementation, PlanRequirement, Status,
        SystemCharacteristics, SystemComponent, SystemId, SystemImplementation, SystemInformation, SystemSecurityPlan, SystemUser,
    },
    profile,
    props::{self, own},
};
use crate::{
    identity::{self, ClauseIds},
    source::{Adoption, Source, Standing},
};

/// The plan; `None` for a policy without any norm, for which OSCAL has no plan.
pub(crate) fn plan(source: &Source<'_>, version: Version, adoption: &Adoption<'_>) -> Option<SystemSecurityPlan> {
    let requirements = requirements(source, adoption);
    if requirements.is_empty() {
        return None;
    }
    let roles = profile::roles(source, adoption);
    let user = |role: &super::model::Role| SystemUser {
        uuid: identity::uuid(source.seed, &["user", &role.id]),
        title: Some(role.title.clone()),
        role_ids: vec![role.id.clone()],
        ..SystemUser::default()
    };
    Some(SystemSecurityPlan {
        uuid: metadata::uuid(source, PLAN),
        import_profile: ImportProfile { href: metadata::href(source, PROFILE), ..ImportProfile::default() },
        system_characteristics: characteristics(source, adoption),
        system_implementation: SystemImplementation {
            users: roles.iter().map(user).collect(),
            components: components(source),
            ..SystemImplementation::default()
        },
        control_implementation: PlanImplementation {
            description: "条項ごとに、それを運用しているものと状態を示します。".to_owned(),
            implemented_requirements: requirements,
            ..PlanImplementation::default()
        },
        metadata: metadata::metadata(source, version, PLAN, roles),
        back_matter: metadata::back_matter(vec![metadata::resource(source, PROFILE)]),
        ..SystemSecurityPlan::default()
    })
}

fn running() -> Status {
    Status { state: "operational".to_owned(), ..Status::default() }
}

fn characteristics(source: &Source<'_>, adoption: &Adoption<'_>) -> SystemCharacteristics {
    let book = adoption.book;
    let names: Vec<String> = book.zones.iter().map(|zone| markup::line(&zone.name)).filter(|name| !name.is_empty()).collect();
    let zones = if names.is_empty() {
        "規程は、ネットワークの領域を分けて定めていません。".to_owned()
    } else {
        format!("規程は、ネットワークを次の領域に分けています：{}", names.join("、"))
    };
    let named = |class: &&policy::model::Class| !markup::value(&class.name).is_empty();
    let mut information: Vec<InformationType> = book
        .classes
        .iter()
        .filter(named)
        .map(|class| InformationType {
            uuid: Some(identity::uuid(source.seed, &["class", &class.axis, &class.name])),
            title: markup::line(&class.name),
            description: Some(markup::escape(&class.meaning)).filter(|text| !text.is_empty()).unwrap_or_else(|| markup::line(&class.name)),
            props: [own("axis", &class.axis), own("rank", &class.rank.to_string())].into_iter().flatten().collect(),
            ..InformationType::default()
        })
        .collect();
    if information.is_empty() {
        information.push(InformationType {
            uuid: Some(identity::uuid(source.seed, &["class", "", ""])),
            title: "情報資産".to_owned(),
            description: "規程は、情報資産の分類を定めていません。".to_owned(),
            ..InformationType::default()
        });
    }
    let zone_props = book.zones.iter().filter_map(|zone| own("zone", &zone.name)).collect();
    let body = markup::value(source.body);
    SystemCharacteristics {
        system_ids: vec![SystemId {
            identifier_type: Some("http://ietf.org/rfc/rfc4122".to_owned()),
            id: identity::uuid(source.seed, &["system"]),
            ..SystemId::default()
        }],
        system_name: format!("{}の情報システムと情報資産", if body.is_empty() { "本団体" } else { &body }),
        description: format!("{}が及ぶ情報システムと情報資産です。", metadata::title(source)),
        system_information: SystemInformation { information_types: information, ..SystemInformation::default() },
        status: running(),
        authorization_boundary: Boundary { description: "規程が及ぶ範囲のすべてです。".to_owned(), ..Boundary::default() },
        network_architecture: Some(Boundary { description: zones, props: zone_props, ..Boundary::default() }),
        ..SystemCharacteristics::default()
    }
}

fn this_system(source: &Source<'_>) -> String {
    identity::uuid(source.seed, &["component", "this-system"])
}

fn components(source: &Source<'_>) -> Vec<SystemComponent> {
    let whole = SystemComponent {
        uuid: this_system(source),
        kind: "this-system".to_owned(),
        title: "団体の情報システムと職員".to_owned(),
        description: "規程が及ぶ情報システムの全体と、そこで働く人です。関所の外で行われることを含みます。".to_owned(),
        status: running(),
        ..SystemComponent::default()
    };
    let parts = Means::ALL.iter().map(|means| {
        let (title, description) = means.words();
        SystemComponent {
            uuid: component::component_uuid(source, *means),
            kind: means.kind().to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            status: running(),
            ..SystemComponent::default()
        }
    });
    std::iter::once(whole).chain(parts).collect()
}

/// Every clause that the profile takes, in its order.
fn requirements(source: &Source<'_>, adoption: &Adoption<'_>) -> Vec<PlanRequirement> {
    let ids = ClauseIds::new(source.seed, &source.reading.document, source.origins);
    let mut by_control: BTreeMap<String, Vec<Run>> = BTreeMap::new();
    for run in means::runs(adoption) {
        if let Some(control) = means::control_id(&ids, &run.clause) {
            by_control.entry(control).or_default().push(run);
        }
    }
    let own = catalog::normative(source).filter_map(|path| Some((path.to_owned(), ids.of(path)?.to_owned())));
    let standard = adoption.catalog.clauses().filter(|_| adoption.book.standard);
    let standard = standard.map(|clause| (clause.number.clone(), means::standard_id(&clause.number)));
    own.chain(standard).map(|(clause, control)| requirement(source, adoption, clause, control, &by_control)).collect()
}

fn requirement(
    source: &Source<'_>,
    adoption: &Adoption<'_>,
    clause: String,
    control_id: String,
    by_control: &BTreeMap<String, Vec<Run>>,
) -> PlanRequirement {
    let runs = by_control.get(&control_id).map_or(&[][..], Vec::as_slice);
    let known = adoption.standings.get(&clause).cloned();
    let standing = known.as_ref().map(|(standing, _)| *standing);
    let mut by_components: Vec<ByComponent> = Vec::new();
    for means in Means::ALL {
        let of: Vec<&Run> = runs.iter().filter(|run| run.means == means).collect();
        if of.is_empty() {
            continue;
        }
        let roles: Vec<String> = of.iter().flat_map(|run| run.roles.clone()).collect();
        by_components.push(ByComponent {
            component_uuid: component::component_uuid(source, means),
            uuid: identity::uuid(source.seed, &["by-component", &control_id, means.key()]),
            description: of.iter().map(|run| component::description(run)).collect::<Vec<_>>().join("、"),
            implementation_status: Some(status(standing.unwrap_or(Standing::Unproved))),
            responsible_roles: props::responsible(source.seed, &roles),
            ..ByComponent::default()
        });
    }
    if by_components.is_empty() {
        // Nothing of Sekisho's: people or machines outside do it, or nobody does.
        let said = known
            .as_ref()
            .map_or("関所の中に、この条項を運用しているものはありません。", |(_, said)| said.as_str());
        by_components.push(ByComponent {
            component_uuid: this_system(source),
            uuid: identity::uuid(source.seed, &["by-component", &control_id, "this-system"]),
            description: Some(markup::escape(said)).filter(|said| !said.is_empty()).unwrap_or_else(|| "説明はありません。".to_owned()),
            implementation_status: Some(status(standing.unwrap_or(Standing::NotCovered))),
            ..ByComponent::default()
        });
    }
    let roles: Vec<String> = runs.iter().flat_map(|run| run.roles.clone()).collect();
    PlanRequirement {
        uuid: identity::uuid(source.seed, &["plan", &control_id]),
        control_id,
        props: standing.and_then(|standing| own("standing", word(standing))).into_iter().collect(),
        responsible_roles: props::responsible(source.seed, &roles),
        by_components,
        remarks: known.map(|(_, said)| markup::escape(&said)).filter(|said| !said.is_empty()),
        ..PlanRequirement::default()
    }
}

/// OSCAL's word for how something stands. What is set up but unproved is partial: no record says that it works.
fn status(standing: Standing) -> ImplementationStatus {
    let state = match standing {
        Standing::Works => "implemented",
        Standing::Unproved | Standing::NobodyResponsible => "partial",
        Standing::NotCovered => "planned",
    };
    ImplementationStatus { state: state.to_owned(), ..ImplementationStatus::default() }
}

const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Works => "works",
        Standing::Unproved => "unproved",
        Standing::NobodyResponsible => "nobody-responsible",
        Standing::NotCovered => "not-covered",
    }
}
