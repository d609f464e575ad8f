//! What every document says of itself, and the files that documents refer to.

use jiff::civil::Date;
use office::calendar::Moment;

use super::{
    Version, markup,
    model::{BackMatter, Hash, Metadata, Party, Resource, ResponsibleParty, Rlink, Role},
    props,
};
use crate::{identity, source::Source};

/// A document of a bundle: the name of its file and what it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Document {
    /// File name, also its part of the identity.
    pub(crate) file: &'static str,
    /// What stands after the policy's title.
    pub(crate) title: &'static str,
}

pub(crate) const CATALOG: Document = Document { file: "catalog.json", title: "条項の一覧" };
pub(crate) const STANDARD: Document = Document { file: "standard-catalog.json", title: "標準実施基準" };
pub(crate) const CONTROLS: Document = Document { file: "controls-catalog.json", title: "関所の統制の一覧" };
pub(crate) const ANNEX: Document = Document { file: "iso27001-catalog.json", title: "ISO/IEC 27001:2022 附属書Aの番号の一覧" };
pub(crate) const PROFILE: Document = Document { file: "profile.json", title: "採用したもの" };
pub(crate) const COMPONENTS: Document = Document { file: "component-definition.json", title: "関所が動かしているもの" };
pub(crate) const PLAN: Document = Document { file: "system-security-plan.json", title: "実施計画" };
pub(crate) const MAPPING: Document = Document { file: "mapping-collection.json", title: "統制と国際規格への対応" };

/// Identity of a document: that of the policy of this body, not of its version.
pub(crate) fn uuid(source: &Source<'_>, document: Document) -> String {
    identity::uuid(source.seed, &["document", document.file])
}

/// Title of the policy for titles: its own, else the name of its file.
pub(crate) fn title(source: &Source<'_>) -> String {
    let title = source.reading.document.title.as_str();
    let title = markup::line(if title.is_empty() { source.file } else { title });
    if title.is_empty() { "（題名なし）".to_owned() } else { title }
}

/// What a document says of itself.
pub(crate) fn metadata(source: &Source<'_>, version: Version, document: Document, roles: Vec<Role>) -> Metadata {
    let party = identity::uuid(source.seed, &["party"]);
    let body = (!source.body.is_empty()).then_some(source.body);
    let mut roles = roles;
    let mut responsible = Vec::new();
    let mut parties = Vec::new();
    if let Some(body) = body {
        roles.insert(0, Role { id: "publisher".to_owned(), title: "公表する団体".to_owned(), ..Role::default() });
        parties.push(Party { uuid: party.clone(), kind: "organization".to_owned(), name: Some(markup::value(body)), ..Party::default() });
        responsible.push(ResponsibleParty { role_id: "publisher".to_owned(), party_uuids: vec![party], ..ResponsibleParty::default() });
    }
    Metadata {
        title: format!("{} {}", title(source), document.title),
        published: source.effective.map(day),
        last_modified: timestamp(source.changed_at),
        version: source.version.to_string(),
        oscal_version: version.number().to_owned(),
        props: props::own("policy-version", &source.version.to_string()).into_iter().collect(),
        roles,
        parties,
        responsible_parties: responsible,
        ..Metadata::default()
    }
}

/// A day's first moment in Japan.
fn day(date: Date) -> String {
    format!("{date}T00:00:00+09:00")
}

/// A moment with the time zone of Japan.
fn timestamp(moment: Moment) -> String {
    let (hour, minute) = moment.time();
    let second = moment.0.div_euclid(1_000_000).rem_euclid(60);
    format!("{}T{hour:02}:{minute:02}:{second:02}+09:00", moment.date())
}

/// The policy's text as it was loaded.
pub(crate) fn text_resource(source: &Source<'_>) -> Resource {
    let hash = Hash { algorithm: "SHA-256".to_owned(), value: source.sha256.to_owned(), ..Hash::default() };
    let link =
        Rlink { href: reference(source.file), hashes: if source.sha256.is_empty() { Vec::new() } else { vec![hash] }, ..Rlink::default() };
    Resource {
        uuid: identity::uuid(source.seed, &["text", &source.version.to_string()]),
        title: Some(title(source)),
        description: Some("読み込んだ規程の文書です。要約値は、取り出した本文のものです。".to_owned()),
        rlinks: vec![link],
        ..Resource::default()
    }
}

/// Another document of the bundle.
pub(crate) fn resource(source: &Source<'_>, document: Document) -> Resource {
    let link = Rlink { href: document.file.to_owned(), media_type: Some("application/oscal+json".to_owned()), ..Rlink::default() };
    Resource { uuid: resource_uuid(source, document), title: Some(document.title.to_owned()), rlinks: vec![link], ..Resource::default() }
}

fn resource_uuid(source: &Source<'_>, document: Document) -> String {
    identity::uuid(source.seed, &["resource", document.file])
}

/// The link to another document of the bundle.
pub(crate) fn href(source: &Source<'_>, document: Document) -> String {
    format!("#{}", resource_uuid(source, document))
}

/// The sources of a document.
pub(crate) fn back_matter(resources: Vec<Resource>) -> Option<BackMatter> {
    (!resources.is_empty()).then(|| BackMatter { resources, ..BackMatter::default() })
}

/// A file's name as a URI reference: everything but letters, digits and `-._` in per cent.
fn reference(file: &str) -> String {
    let mut out = String::new();
    for byte in file.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
