//! The OSCAL forms as types; knows the names of their fields and nothing of what Sekisho puts into them.
//!
//! Every form keeps the fields that it does not know in `rest`, so that another body's document is
//! written back with all that it said.

mod catalog;
mod component;
mod mapping;
mod plan;
mod profile;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use catalog::{Catalog, Control, Group, Param, Part};
pub use component::{Component, ComponentDefinition, ControlImplementation, ImplementedRequirement, ResponsibleRole, SetParameter};
pub use mapping::{GapSummary, Map, MapItem, Mapping, MappingCollection, Provenance, ResourceReference, Unmapped};
pub use plan::{
    Boundary, ByComponent, ImplementationStatus, ImportProfile, InformationType, PlanImplementation, PlanRequirement, Status,
    SystemCharacteristics, SystemComponent, SystemId, SystemImplementation, SystemInformation, SystemSecurityPlan, SystemUser,
};
pub use profile::{Add, Alter, Import, Merge, Modify, Profile, ProfileParameter, Selection};

/// Fields that a form does not know, kept as they came.
pub type Rest = BTreeMap<String, serde_json::Value>;

/// A document of one of the kinds that Sekisho writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Controls in groups.
    Catalog(Box<Catalog>),
    /// What somebody chose from catalogs.
    Profile(Box<Profile>),
    /// What parts of a system do for controls.
    ComponentDefinition(Box<ComponentDefinition>),
    /// How one system fulfils a profile.
    SystemSecurityPlan(Box<SystemSecurityPlan>),
    /// Which controls of one catalog answer which of another.
    MappingCollection(Box<MappingCollection>),
}

/// What is said of the document itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Metadata {
    /// Title.
    pub title: String,
    /// When it was issued, with a time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// When it last changed, with a time zone.
    pub last_modified: String,
    /// Version of the content.
    pub version: String,
    /// Version of OSCAL.
    pub oscal_version: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Roles that the document names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Organisations and people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Party>,
    /// Who has which role for the document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responsible_parties: Vec<ResponsibleParty>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A property.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Prop {
    /// Name, a token.
    pub name: String,
    /// Whose name it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ns: Option<String>,
    /// Value, not empty and without surrounding spaces.
    pub value: String,
    /// Class, a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A link.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Link {
    /// Where to, or `#` and the UUID of a resource.
    pub href: String,
    /// What the other end is to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rel: Option<String>,
    /// What to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A role that the document names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Role {
    /// Id, a token.
    pub id: String,
    /// Title.
    pub title: String,
    /// Description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// An organisation or a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Party {
    /// Identity.
    pub uuid: String,
    /// `organization` or `person`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Who has a role for the document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResponsibleParty {
    /// Role.
    pub role_id: String,
    /// Parties.
    pub party_uuids: Vec<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What stands behind the document: its sources.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BackMatter {
    /// Resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Resource {
    /// Identity.
    pub uuid: String,
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Where it lies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rlinks: Vec<Rlink>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Where a resource lies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rlink {
    /// File name or address.
    pub href: String,
    /// Kind of file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Digests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<Hash>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A digest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hash {
    /// `SHA-256`.
    pub algorithm: String,
    /// Hex.
    pub value: String,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}
