//! OSCAL mapping collection (since 1.2): which controls answer which; knows the form only.

use serde::{Deserialize, Serialize};

use super::{BackMatter, Link, Metadata, Prop, Rest};

/// Which controls of one catalog answer which of another.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MappingCollection {
    /// Identity.
    pub uuid: String,
    /// What is said of the document itself.
    pub metadata: Metadata,
    /// How the mappings were made.
    pub provenance: Provenance,
    /// One by pair of catalogs.
    pub mappings: Vec<Mapping>,
    /// Sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_matter: Option<BackMatter>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// How mappings were made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Provenance {
    /// `human`, `automation`, `hybrid`.
    pub method: String,
    /// `syntactic`, `semantic`, `functional`.
    pub matching_rationale: String,
    /// `complete`, `not-complete` …
    pub status: String,
    /// Description.
    pub mapping_description: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A mapping between two catalogs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mapping {
    /// Identity.
    pub uuid: String,
    /// How this one was made, if otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Why things match, if otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching_rationale: Option<String>,
    /// How far it is, if otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// From where.
    pub source_resource: ResourceReference,
    /// To where.
    pub target_resource: ResourceReference,
    /// The pairs.
    pub maps: Vec<Map>,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping_description: Option<String>,
    /// What has no counterpart in the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_gap_summary: Option<GapSummary>,
    /// What of the target has no counterpart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_gap_summary: Option<GapSummary>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A catalog or profile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResourceReference {
    /// Whose kind it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ns: Option<String>,
    /// `catalog` or `profile`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its address, or `#` and the UUID of a resource.
    pub href: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A pair.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Map {
    /// Identity.
    pub uuid: String,
    /// Why they match, if otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching_rationale: Option<String>,
    /// `equivalent-to`, `subset-of`, `intersects-with` …
    pub relationship: String,
    /// Controls of the source.
    pub sources: Vec<MapItem>,
    /// Controls of the target.
    pub targets: Vec<MapItem>,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One side of a pair.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MapItem {
    /// `control` or `statement`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id_ref: String,
    /// Properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What has no counterpart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct GapSummary {
    /// Identity.
    pub uuid: String,
    /// Controls.
    pub unmapped_controls: Vec<Unmapped>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Controls without a counterpart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unmapped {
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
