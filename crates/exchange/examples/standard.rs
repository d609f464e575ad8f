//! Writes the bundle of the sample town as if it had adopted the standard set, for validators: `standard VERSION FOLDER`.

use std::{error::Error, fs, path::PathBuf};

use exchange::{
    oscal::{self, Version},
    source::{Adoption, Source, Standing, Standings, origins},
};
use office::{adoption, calendar::Moment, catalog::Catalog, people::People};
use policy::control::Controls;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let version = arguments.next().as_deref().and_then(Version::of).ok_or("which version of OSCAL?")?;
    let folder = PathBuf::from(arguments.next().ok_or("into which folder?")?);
    let reading = policy::read(include_str!("../../../samples/policy.txt"), Controls::embedded());
    let catalog = Catalog::embedded()?;
    let day = jiff::civil::date(2026, 4, 1);
    let mut confirmed = adoption::propose(&catalog, &reading, &People::default(), day);
    confirmed.standard = true;
    let book = adoption::compile(&catalog, 1, &reading, &confirmed);
    let all = [Standing::Works, Standing::Unproved, Standing::NobodyResponsible, Standing::NotCovered];
    let clauses = reading.document.clauses.iter().zip(all.iter().cycle());
    let standings: Standings =
        clauses.map(|(clause, standing)| (clause.path.clone(), (*standing, "状態の説明です。\n二行目です。".to_owned()))).collect();
    let origins = origins(&[&reading.document]);
    let source = Source {
        body: "澪ヶ浜町",
        seed: "sekisho.example/miogahama",
        version: 1,
        file: "規程 第1版.txt",
        sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        changed_at: Moment::start_of(day),
        effective: Some(day),
        reading: &reading,
        origins: &origins,
    };
    fs::create_dir_all(&folder)?;
    for file in oscal::bundle(&source, version, Some(&Adoption { book: &book, catalog: &catalog, standings: &standings })) {
        fs::write(folder.join(file.name), oscal::write(&file.content))?;
    }
    Ok(())
}
