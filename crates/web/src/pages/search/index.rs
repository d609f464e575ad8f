//! The index that pages search, built once for the versions there are and shared by all requests.

use std::sync::Arc;

use office::{adoption::PolicyVersion, calendar::Moment, catalog::Catalog};
use policy::search::{Edition, Index, Plain};
use registry::VersionLine;

use crate::{context::Context, fault::Fault};

/// Most versions that are searched: the newest, and the one in force. A version of a large city's policy takes about 0.3 MB.
const VERSIONS_MAX: usize = 40;

/// The index that was built last, and for which versions.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    versions: Vec<(u32, Moment)>,
    index: Option<Arc<Index>>,
}

/// The index over all versions that are searched; built anew when another was loaded.
///
/// # Errors
/// [`Fault::Internal`] if the store fails.
pub(crate) async fn index(context: &Context, lines: &[VersionLine]) -> Result<Arc<Index>, Fault> {
    let in_force = context.rulebook().map(|book| book.version);
    let chosen = lines.iter().enumerate().filter(|(at, line)| *at < VERSIONS_MAX || Some(line.number) == in_force);
    let mut versions: Vec<(u32, Moment)> = chosen.map(|(_, line)| (line.number, line.loaded_at)).collect();
    versions.sort_unstable();
    // Whoever asks while it is built waits for it rather than building it again.
    let mut kept = context.app.searched.lock().await;
    if let Some(index) = kept.index.clone().filter(|_| kept.versions == versions) {
        return Ok(index);
    }
    let mut read: Vec<Arc<PolicyVersion>> = Vec::new();
    for (number, _) in &versions {
        read.extend(context.app.registry.version(*number).await?);
    }
    let standard = standard(context.catalog());
    let built = tokio::task::spawn_blocking(move || build(&read, &standard)).await;
    let index = Arc::new(built.map_err(|error| {
        tracing::error!(%error, "the index could not be built");
        Fault::Internal
    })?);
    *kept = Kept { versions, index: Some(Arc::clone(&index)) };
    Ok(index)
}

/// An index over some versions.
pub(crate) fn build(versions: &[Arc<PolicyVersion>], standard: &[Plain]) -> Index {
    let editions: Vec<Edition<'_>> = versions.iter().map(|version| Edition { number: version.number, reading: &version.reading }).collect();
    Index::build(&editions, standard)
}

/// The clauses of the standard set.
fn standard(catalog: &Catalog) -> Vec<Plain> {
    let plain = |part: &str, clause: &office::catalog::StandardClause| Plain {
        number: clause.number.clone(),
        part: part.to_owned(),
        title: clause.title.clone(),
        text: clause.text.clone(),
    };
    let chapters = catalog.standard.iter().filter(|chapter| !chapter.clauses.is_empty());
    chapters
        .flat_map(|chapter| {
            let part = format!("標準実施基準 第{}章　{}", chapter.chapter, chapter.title);
            chapter.clauses.iter().map(|clause| plain(&part, clause)).collect::<Vec<_>>()
        })
        .collect()
}
