//! OSCAL profile: what somebody chose from catalogs; knows the form only.

use serde::{Deserialize, Serialize};

use super::{BackMatter, Link, Metadata, Prop, Rest};

/// What somebody chose from catalogs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Profile {
    /// Identity.
    pub uuid: String,
    /// What is said of the document itself.
    pub metadata: Metadata,
    /// Where from, and what.
    pub imports: Vec<Import>,
    /// How the choices are put together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge: Option<Merge>,
    /// What is changed in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modify: Option<Modify>,
    /// Sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_matter: Option<BackMatter>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What is taken from one catalog.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Import {
    /// Its address, or `#` and the UUID of a resource.
    pub href: String,
    /// Controls taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include_controls: Vec<Selection>,
    /// Controls left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_controls: Vec<Selection>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Controls by their ids.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Selection {
    /// `yes` or `no`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_child_controls: Option<String>,
    /// Ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with_ids: Vec<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// How the choices are put together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Merge {
    /// Keep the groups of the catalogs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_is: Option<bool>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What is changed in what was chosen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Modify {
    /// Values set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_parameters: Vec<ProfileParameter>,
    /// Controls changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alters: Vec<Alter>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A value set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ProfileParameter {
    /// Parameter.
    pub param_id: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A control changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Alter {
    /// Control.
    pub control_id: String,
    /// What is added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adds: Vec<Add>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What is added to a control.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Add {
    /// Where: `ending`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Another title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}
