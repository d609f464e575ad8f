//! A version of the policy as it stands in the book, ready for export in the standard forms; knows no form itself.

use std::{collections::BTreeMap, sync::Arc};

use exchange::{
    law::law_xml,
    oscal::{self, Version},
    source::{Adoption, Source, Standing, Standings, origins},
};
use office::{
    adoption::PolicyVersion,
    catalog::Catalog,
    coverage::{self, Counts, Status},
    rulebook::Rulebook,
};
use policy::compare::Origin;
use registry::{Registry, Trouble};

/// A version with the identity of its body and the origins of its clauses.
pub struct StandardForms {
    body: String,
    seed: String,
    version: Arc<PolicyVersion>,
    origins: Vec<Origin>,
    book: Option<Rulebook>,
    standings: Standings,
    catalog: Arc<Catalog>,
}

impl StandardForms {
    /// A version of the policy; `None` if there is none of this number.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn of(registry: &Registry, number: u32) -> Result<Option<Self>, Trouble> {
        // All versions up to this one: a clause has its identity from where it first stood.
        let mut versions = Vec::new();
        for number in 1..=number {
            versions.extend(registry.version(number).await?);
        }
        let Some(version) = versions.last().filter(|last| last.number == number).cloned() else { return Ok(None) };
        let documents: Vec<_> = versions.iter().map(|version| &version.reading.document).collect();
        let snapshot = registry.snapshot();
        let book = snapshot.office.rulebooks.get(&number).cloned();
        let standings = match &book {
            Some(book) => {
                let found = registry.evidence().await?;
                standings(book, &coverage::statuses(&snapshot, book, &found, registry.now().date()))
            }
            None => Standings::new(),
        };
        Ok(Some(Self {
            body: snapshot.office.name.clone(),
            // The first line of a checkpoint is its origin, which is drawn when a body is set up and never changes.
            seed: registry.head().map_or_else(String::new, |head| head.note().lines().next().unwrap_or_default().to_owned()),
            origins: origins(&documents),
            version,
            book,
            standings,
            catalog: Arc::clone(registry.catalog()),
        }))
    }

    fn source(&self) -> Source<'_> {
        let version = &self.version;
        Source {
            body: &self.body,
            seed: &self.seed,
            version: version.number,
            file: &version.file,
            sha256: &version.sha256,
            changed_at: version.loaded_at,
            effective: version.effective,
            reading: &version.reading,
            origins: &self.origins,
        }
    }

    /// The OSCAL documents.
    #[must_use]
    pub fn oscal(&self, version: Version) -> Vec<oscal::File> {
        let adoption = self.book.as_ref().map(|book| Adoption { book, catalog: &self.catalog, standings: &self.standings });
        oscal::bundle(&self.source(), version, adoption.as_ref())
    }

    /// The text as law XML.
    #[must_use]
    pub fn law_xml(&self) -> String {
        law_xml(&self.source())
    }
}

/// How each clause stands: it works if all its norms do, and is not covered if none has evidence.
fn standings(book: &Rulebook, statuses: &[Status]) -> Standings {
    let mut clauses: BTreeMap<&str, Vec<&Status>> = BTreeMap::new();
    for (covering, status) in book.coverage.iter().zip(statuses) {
        clauses.entry(&covering.clause).or_default().push(status);
    }
    let stands = |statuses: Vec<&Status>| {
        let Counts { works, old, nobody, open } = Counts::of(statuses.iter().copied());
        let standing = match (nobody, open + old, works + old) {
            (0, 0, _) => Standing::Works,
            (0, _, 0) => Standing::NotCovered,
            (0, ..) => Standing::Unproved,
            _ => Standing::NobodyResponsible,
        };
        let says = format!("規範文{}件のうち、機能している{works}、証跡が古い{old}、責任者なし{nobody}、未対応{open}。", statuses.len());
        (standing, says)
    };
    clauses.into_iter().map(|(clause, statuses)| (clause.to_owned(), stands(statuses))).collect()
}
