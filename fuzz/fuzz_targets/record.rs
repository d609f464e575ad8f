//! Any JSON as a record: what is read is written again as the same record, and folding it never fails.
#![no_main]

use std::sync::LazyLock;

use office::{catalog::Catalog, record::Record, state::State};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().expect("the catalogue of this build"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = serde_json::from_slice::<Record>(bytes) else { return };
    let written = serde_json::to_vec(&record).expect("a record is JSON");
    assert_eq!(serde_json::from_slice::<Record>(&written).expect("what was written is read"), record);
    let _ = office::apply(&CATALOG, &mut State::default(), &record);
});
