//! What Sekisho runs for a body, as an OSCAL component definition: a component by means, a requirement by thing and clause.

use super::{
    Version, markup,
    means::{self, Means, Run},
    metadata::{self, CATALOG, COMPONENTS, STANDARD},
    model::{Component, ComponentDefinition, ControlImplementation, ImplementedRequirement},
    profile, props,
};
use crate::{
    identity::{self, ClauseIds},
    source::{Adoption, Source},
};

/// What Sekisho runs.
pub(crate) fn definition(source: &Source<'_>, version: Version, adoption: &Adoption<'_>) -> ComponentDefinition {
    let ids = ClauseIds::new(source.seed, &source.reading.document, source.origins);
    let runs = means::runs(adoption);
    let mut resources = vec![metadata::resource(source, CATALOG)];
    if adoption.book.standard {
        resources.push(metadata::resource(source, STANDARD));
    }
    ComponentDefinition {
        uuid: metadata::uuid(source, COMPONENTS),
        metadata: metadata::metadata(source, version, COMPONENTS, profile::roles(source, adoption)),
        components: Means::ALL.iter().map(|means| component(source, &ids, *means, &runs)).collect(),
        back_matter: metadata::back_matter(resources),
        ..ComponentDefinition::default()
    }
}

/// Identity of a component, the same in the definition and the plan.
pub(crate) fn component_uuid(source: &Source<'_>, means: Means) -> String {
    identity::uuid(source.seed, &["component", means.key()])
}

fn component(source: &Source<'_>, ids: &ClauseIds, means: Means, runs: &[Run]) -> Component {
    let (title, description) = means.words();
    let of = |standard: bool, document| {
        let mut requirements: Vec<ImplementedRequirement> = Vec::new();
        for run in runs.iter().filter(|run| run.means == means && run.clause.standard == standard) {
            requirements.extend(requirement(source, ids, run));
        }
        (!requirements.is_empty()).then(|| ControlImplementation {
            uuid: identity::uuid(source.seed, &["implementation", means.key(), if standard { "standard" } else { "policy" }]),
            source: metadata::href(source, document),
            description: description.to_owned(),
            implemented_requirements: requirements,
            ..ControlImplementation::default()
        })
    };
    Component {
        uuid: component_uuid(source, means),
        kind: means.kind().to_owned(),
        title: title.to_owned(),
        description: description.to_owned(),
        control_implementations: of(false, CATALOG).into_iter().chain(of(true, STANDARD)).collect(),
        ..Component::default()
    }
}

fn requirement(source: &Source<'_>, ids: &ClauseIds, run: &Run) -> Option<ImplementedRequirement> {
    let control_id = means::control_id(ids, &run.clause)?;
    Some(ImplementedRequirement {
        uuid: identity::uuid(source.seed, &["requirement", run.means.key(), &control_id, &run.title, &run.roles.join("\u{1e}")]),
        description: description(run),
        responsible_roles: props::responsible(source.seed, &run.roles),
        control_id,
        ..ImplementedRequirement::default()
    })
}

/// What fulfils a clause: 申請と許可「持ち出し」.
pub(crate) fn description(run: &Run) -> String {
    let title = markup::line(&run.title);
    let (kind, _) = run.means.words();
    if title.is_empty() { kind.to_owned() } else { format!("{kind}「{title}」") }
}
