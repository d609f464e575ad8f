//! The catalogue agrees with itself: every control that is named exists, and the standard set covers every control.

use super::{Finding, Source};
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

const CATALOG: &str = "catalog/";
const CONTROLS: &str = "catalog/controls/";
const STANDARD: &str = "catalog/standard/";

/// Checks the controls that catalogue files name against the controls that the catalogue defines.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut defined: BTreeMap<String, &Source> = BTreeMap::new();
    let mut named: Vec<(&Source, String)> = Vec::new();
    for source in sources.iter().filter(|source| is_data(source)) {
        let table = match source.text.parse::<Table>() {
            Ok(table) => Value::Table(table),
            Err(error) => {
                let what = format!("not TOML: {}", error.message());
                findings.push(Finding::new(&source.path, 1, what, "mend the file"));
                continue;
            }
        };
        if source.path.starts_with(CONTROLS) {
            for id in values(&table, &["id"]) {
                if defined.insert(id.clone(), source).is_some() {
                    let what = format!("control `{id}` is defined twice");
                    findings.push(Finding::new(&source.path, line(source, &id), what, "keep one"));
                }
            }
        } else {
            let ids: BTreeSet<String> = values(&table, &["control", "controls"]).into_iter().collect();
            named.extend(ids.into_iter().map(|id| (source, id)));
        }
    }
    for (source, id) in named.iter().filter(|(_, id)| !defined.contains_key(id)) {
        let what = format!("control `{id}` does not exist");
        let remedy = "correct the id or define it in catalog/controls";
        findings.push(Finding::new(&source.path, line(source, id), what, remedy));
    }
    let covered: BTreeSet<&str> = named.iter().filter(|(source, _)| source.path.starts_with(STANDARD)).map(|(_, id)| id.as_str()).collect();
    for (id, source) in defined.iter().filter(|(id, _)| !covered.contains(id.as_str())) {
        let what = format!("control `{id}` is in no entry of the standard set");
        let remedy = "add an entry to catalog/standard, marked as not run by the system if it is not";
        findings.push(Finding::new(&source.path, line(source, id), what, remedy));
    }
    findings
}

fn is_data(source: &Source) -> bool {
    source.path.starts_with(CATALOG) && source.has_extension("toml")
}

/// Every text under one of the keys, at any depth, alone or in a list; an empty text names nothing.
fn values(value: &Value, keys: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    match value {
        Value::Table(table) => {
            for (key, inner) in table {
                match inner {
                    Value::String(text) if keys.contains(&key.as_str()) => found.push(text.clone()),
                    Value::Array(list) if keys.contains(&key.as_str()) => {
                        found.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => {}
                }
                found.extend(values(inner, keys));
            }
        }
        Value::Array(list) => found.extend(list.iter().flat_map(|inner| values(inner, keys))),
        _ => {}
    }
    found.retain(|text| !text.is_empty());
    found
}

fn line(source: &Source, id: &str) -> usize {
    let quoted = format!("\"{id}\"");
    source.text.lines().position(|line| line.contains(&quoted)).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    #[test]
    fn names_and_definitions_are_compared_both_ways() {
        let sources = [
            source("catalog/controls/a.toml", "[[control]]\nid = \"a.one\"\n[[control]]\nid = \"a.two\"\n"),
            source("catalog/standard/b.toml", "[[entry]]\ncontrols = [\"a.one\"]\n"),
            source("catalog/rules.toml", "[[rule]]\nid = \"own-name\"\ncontrol = \"a.three\"\n"),
        ];
        let found: Vec<String> = check(&sources).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("catalog/rules.toml:3: control `a.three` does not exist"));
        assert!(found[1].starts_with("catalog/controls/a.toml:4: control `a.two` is in no entry"));
    }

    #[test]
    fn a_broken_file_is_reported_and_not_skipped() {
        let found = check(&[source("catalog/registers/x.toml", "id = \n")]);
        assert_eq!(found.len(), 1);
    }
}
