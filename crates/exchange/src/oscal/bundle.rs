//! All documents of a source, each with the name under which the others refer to it.

use super::{
    Content, Version, catalog, catalogs, component, mapping,
    metadata::{self, ANNEX, CATALOG, COMPONENTS, CONTROLS, MAPPING, PLAN, PROFILE, STANDARD},
    plan, profile,
};
use crate::source::{Adoption, Source};

/// A document with the name of its file and a line on what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// File name.
    pub name: &'static str,
    /// What it is, for the reader.
    pub about: &'static str,
    /// The document.
    pub content: Content,
}

/// All documents of a policy: those of a body that adopted it, or only what the text alone tells.
/// In 1.1.3 there is no mapping collection, and so no catalogs that only it refers to.
#[must_use]
pub fn bundle(source: &Source<'_>, version: Version, adoption: Option<&Adoption<'_>>) -> Vec<File> {
    let catalog =
        |document: metadata::Document, about, made| File { name: document.file, about, content: Content::Catalog(Box::new(made)) };
    let mut files = vec![catalog(CATALOG, "規程の条項と規範文", catalog::policy_catalog(source, version))];
    if let Some(adoption) = adoption {
        if adoption.book.standard {
            let made = catalogs::standard_set(source, version, adoption.catalog);
            files.push(catalog(STANDARD, "採用した標準実施基準", made));
        }
        let chosen = profile::profile(source, version, adoption);
        let made = component::definition(source, version, adoption);
        let components = Content::ComponentDefinition(Box::new(made));
        files.push(File { name: COMPONENTS.file, about: "条項ごとに関所が動かしているもの", content: components });
        if !chosen.imports.is_empty() {
            let content = Content::Profile(Box::new(chosen));
            files.push(File {
                name: PROFILE.file, about: "採用した条項、確定した間隔、担当者が直したところ", content
            });
            files.extend(plan::plan(source, version, adoption).map(|plan| File {
                name: PLAN.file,
                about: "役割、領域と、条項ごとの実施の状態",
                content: Content::SystemSecurityPlan(Box::new(plan)),
            }));
        }
    }
    if version == Version::V1_2_2 {
        let made = Content::MappingCollection(Box::new(mapping::collection(source, version)));
        files.push(File {
            name: MAPPING.file, about: "条項から関所の統制へ、統制からISO/IEC 27001:2022附属書Aへの対応", content: made
        });
        files.push(catalog(CONTROLS, "関所の統制の一覧", catalogs::controls(source, version)));
        files.push(catalog(ANNEX, "附属書Aの番号の一覧（題名は関所が付けたもの）", catalogs::annex(source, version)));
    }
    files
}
