//! OSCAL in: JSON → a document, or a sentence on what is wrong and where; reads no link.

use serde::Deserialize;

use super::{
    Version,
    model::{Catalog, ComponentDefinition, Content, MappingCollection, Metadata, Profile, SystemSecurityPlan},
};

/// Longest document taken in: the largest published catalog has 10 MB.
const LONGEST: usize = 64 << 20;

/// Why a document cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Too long.
    #[error("文書が大きすぎます（上限は64MBです）。必要な部分だけの文書にしてください。")]
    TooLong,
    /// No text in UTF-8.
    #[error("文字コードがUTF-8ではありません。OSCALのJSONはUTF-8で保存してください。")]
    NotUtf8,
    /// No JSON.
    #[error("JSONとして読めません（{line}行目の{column}文字目）。ファイルが途中で切れていないか、OSCALのJSON形式かを確かめてください。")]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// JSON, but none of the kinds of documents known.
    #[error(
        "OSCALの文書ではありません。最も外側に catalog、profile、component-definition、system-security-plan、mapping-collection のどれか一つが必要です（見つかったもの：{found}）。"
    )]
    NotOscal {
        /// The keys found.
        found: String,
    },
    /// A field is missing or is not what it must be.
    #[error("{path} の内容が正しくありません（{line}行目の{column}文字目）：{reason}")]
    Field {
        /// Where: `catalog.groups[3].controls[0].id`.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong, in Japanese.
        reason: String,
    },
    /// A version of OSCAL that is not known.
    #[error("OSCALの版 {0} には対応していません。1.0から1.2までの版で書き出したものを使ってください。")]
    UnknownVersion(String),
    /// An id that two things have.
    #[error("catalog の中で、id「{0}」が二度使われています。どちらかを改めてください。")]
    Duplicate(String),
}

/// Takes a document in. What it says that Sekisho does not know is kept and written back.
///
/// # Errors
/// When it is no OSCAL document in JSON, with where and why.
pub fn read(bytes: &[u8]) -> Result<Content, ReadError> {
    if bytes.len() > LONGEST {
        return Err(ReadError::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ReadError::NotUtf8)?.trim_start_matches('\u{feff}');
    is_oscal(text)?;
    let content = document(text)?;
    let version = content.metadata().oscal_version.as_str();
    let known = Version::of(version).is_some() || ["1.0.", "1.1.", "1.2."].iter().any(|known| version.starts_with(known));
    if !known {
        return Err(ReadError::UnknownVersion(version.to_owned()));
    }
    if let Content::Catalog(catalog) = &content {
        distinct(catalog)?;
    }
    Ok(content)
}

impl Content {
    /// What the document says of itself.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        match self {
            Self::Catalog(inner) => &inner.metadata,
            Self::Profile(inner) => &inner.metadata,
            Self::ComponentDefinition(inner) => &inner.metadata,
            Self::SystemSecurityPlan(inner) => &inner.metadata,
            Self::MappingCollection(inner) => &inner.metadata,
        }
    }
}

/// Refuses what is no JSON, and whatever has other keys outermost than the one of a kind of documents.
fn is_oscal(text: &str) -> Result<(), ReadError> {
    let keys: std::collections::BTreeMap<String, serde::de::IgnoredAny> = serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            ReadError::NotOscal { found: "オブジェクトではないもの".to_owned() }
        } else {
            ReadError::NotJson { line: error.line(), column: error.column() }
        }
    })?;
    let known = ["catalog", "profile", "component-definition", "system-security-plan", "mapping-collection"];
    let found: Vec<&String> = keys.keys().filter(|key| *key != "$schema").collect();
    match found.as_slice() {
        [one] if known.contains(&one.as_str()) => Ok(()),
        [] => Err(ReadError::NotOscal { found: "なし".to_owned() }),
        some => {
            let names: Vec<String> = some.iter().take(5).map(|key| key.chars().take(40).collect()).collect();
            Err(ReadError::NotOscal { found: names.join("、") })
        }
    }
}

/// One of the kinds of documents; `$schema` may stand beside it and is not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Root {
    catalog: Option<Box<Catalog>>,
    profile: Option<Box<Profile>>,
    component_definition: Option<Box<ComponentDefinition>>,
    system_security_plan: Option<Box<SystemSecurityPlan>>,
    mapping_collection: Option<Box<MappingCollection>>,
}

fn document(text: &str) -> Result<Content, ReadError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let root: Root = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let (path, inner) = (error.path().to_string(), error.inner());
        ReadError::Field { path, line: inner.line(), column: inner.column(), reason: reason(&inner.to_string()) }
    })?;
    let found = root
        .catalog
        .map(Content::Catalog)
        .or(root.profile.map(Content::Profile))
        .or(root.component_definition.map(Content::ComponentDefinition))
        .or(root.system_security_plan.map(Content::SystemSecurityPlan))
        .or(root.mapping_collection.map(Content::MappingCollection));
    found.ok_or_else(|| ReadError::NotOscal { found: "空の文書".to_owned() })
}

/// What the parser says, in Japanese. Its English sentences are few and their beginnings stable.
fn reason(said: &str) -> String {
    let said = said.split(" at line ").next().unwrap_or(said);
    let quoted = said.split('`').nth(1).unwrap_or_default();
    if said.starts_with("missing field") {
        return format!("項目「{quoted}」がありません。");
    }
    if said.starts_with("duplicate field") {
        return format!("項目「{quoted}」が二度書かれています。");
    }
    if let Some(rest) = said.strip_prefix("invalid type: ") {
        let (found, expected) = rest.split_once(", expected ").unwrap_or((rest, ""));
        return format!("{}があるはずのところに、{}があります。", thing(expected), thing(found));
    }
    format!("読み取れません（{said}）。")
}

/// A kind of JSON value in Japanese.
fn thing(said: &str) -> &'static str {
    let kinds = [
        ("string", "文字列"),
        ("sequence", "配列"),
        ("map", "オブジェクト"),
        ("struct", "オブジェクト"),
        ("object", "オブジェクト"),
        ("null", "null"),
        ("unit", "null"),
        ("bool", "真偽値"),
        ("integer", "数"),
        ("float", "数"),
    ];
    kinds.iter().find(|(word, _)| said.contains(word)).map_or("ほかの値", |(_, japanese)| japanese)
}

/// Refuses a catalog in which an id comes twice: nothing could be told of what refers to it.
fn distinct(catalog: &Catalog) -> Result<(), ReadError> {
    let mut seen = std::collections::HashSet::new();
    for id in super::outline::control_ids(catalog) {
        if !seen.insert(id) {
            return Err(ReadError::Duplicate(id.to_owned()));
        }
    }
    Ok(())
}
