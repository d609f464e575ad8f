//! Any bytes as a personnel list: problems, never a failure; and what was taken is read back from its export unchanged.
#![no_main]

use std::collections::BTreeMap;

use office::people::People;
use web::{
    people_import::{HEADINGS, Options, preview, row},
    spreadsheet,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let first = Options { new_units: true, complete: true };
    let Ok(taken) = preview(bytes, &People::default(), &BTreeMap::new(), first) else { return };
    let units: BTreeMap<_, _> = taken.units.iter().map(|unit| (unit.id.clone(), unit.clone())).collect();
    let people: People = taken.people().into_iter().collect();
    let rows: Vec<Vec<String>> = people.iter().map(row).collect();
    if rows.is_empty() {
        return;
    }
    let exported = spreadsheet::csv(&HEADINGS.map(str::to_owned), &rows);
    let again = preview(&exported, &people, &units, Options { new_units: false, complete: true });
    assert!(again.as_ref().is_ok_and(|again| again.is_empty()), "{again:?}");
});
