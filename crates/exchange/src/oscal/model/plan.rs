//! OSCAL system security plan: how one system fulfils a profile; knows the form only.

use serde::{Deserialize, Serialize};

use super::{BackMatter, Link, Metadata, Prop, ResponsibleRole, Rest, SetParameter};

/// How one system fulfils a profile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SystemSecurityPlan {
    /// Identity.
    pub uuid: String,
    /// What is said of the document itself.
    pub metadata: Metadata,
    /// The profile.
    pub import_profile: ImportProfile,
    /// What the system is.
    pub system_characteristics: SystemCharacteristics,
    /// Who and what it consists of.
    pub system_implementation: SystemImplementation,
    /// What is done by control.
    pub control_implementation: PlanImplementation,
    /// Sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_matter: Option<BackMatter>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The profile that a plan fulfils.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImportProfile {
    /// Its address, or `#` and the UUID of a resource.
    pub href: String,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What the system is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SystemCharacteristics {
    /// Identities.
    pub system_ids: Vec<SystemId>,
    /// Name.
    pub system_name: String,
    /// Description.
    pub description: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// What information it holds.
    pub system_information: SystemInformation,
    /// Whether it runs.
    pub status: Status,
    /// How far it reaches.
    pub authorization_boundary: Boundary,
    /// How its network is divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_architecture: Option<Boundary>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// An identity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SystemId {
    /// What kind of identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier_type: Option<String>,
    /// Identity.
    pub id: String,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What information the system holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SystemInformation {
    /// By kind.
    pub information_types: Vec<InformationType>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A kind of information.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct InformationType {
    /// Identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Whether something runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// `operational` …
    pub state: String,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// How far something reaches.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Boundary {
    /// Description.
    pub description: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Who and what the system consists of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SystemImplementation {
    /// Who uses it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<SystemUser>,
    /// What it consists of.
    pub components: Vec<SystemComponent>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Who uses the system.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SystemUser {
    /// Identity.
    pub uuid: String,
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub role_ids: Vec<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A part of the system.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SystemComponent {
    /// Identity.
    pub uuid: String,
    /// Kind: `this-system`, `software` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Whether it runs.
    pub status: Status,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responsible_roles: Vec<ResponsibleRole>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What is done, by control.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanImplementation {
    /// Description.
    pub description: String,
    /// By control.
    pub implemented_requirements: Vec<PlanRequirement>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What is done for one control.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanRequirement {
    /// Identity.
    pub uuid: String,
    /// Control.
    pub control_id: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Values set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_parameters: Vec<SetParameter>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responsible_roles: Vec<ResponsibleRole>,
    /// By component.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_components: Vec<ByComponent>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What one component does for a control.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ByComponent {
    /// Component.
    pub component_uuid: String,
    /// Identity.
    pub uuid: String,
    /// Description.
    pub description: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// How it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation_status: Option<ImplementationStatus>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responsible_roles: Vec<ResponsibleRole>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// How an implementation stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImplementationStatus {
    /// `implemented`, `partial`, `planned`, `alternative`, `not-applicable`.
    pub state: String,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}
