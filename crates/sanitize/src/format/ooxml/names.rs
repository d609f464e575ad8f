//! Names of elements and attributes that the standard and its later editions define.

use std::sync::OnceLock;

/// Whether a name is one of them; others are left out, whatever their namespace.
pub(super) fn known(name: &str) -> bool {
    static NAMES: OnceLock<Vec<&str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let mut names: Vec<&str> = include_str!("names.txt").split_whitespace().collect();
        names.sort_unstable();
        names
    });
    names.binary_search(&name).is_ok()
}
