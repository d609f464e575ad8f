//! The sample town's policy out and in again: nothing that was exported is lost, ids stay, bad documents are told where.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read what it made has failed")]

use std::collections::{BTreeMap, BTreeSet};

use exchange::{
    oscal::{self, Content, Version, model::Catalog, outline::outline},
    source::{Adoption, Source, Standing, Standings, origins},
};
use office::{adoption, calendar::Moment, catalog::Catalog as Office, people::People};
use policy::{Reading, compare::Origin, control::Controls, tree::Document};
use proptest::prelude::*;

const SAMPLE: &str = include_str!("../../../samples/policy.txt");

fn read(text: &str) -> Reading {
    policy::read(text, Controls::embedded())
}

fn source<'a>(reading: &'a Reading, origins: &'a [Origin]) -> Source<'a> {
    Source {
        body: "澪ヶ浜町",
        seed: "sekisho.example/miogahama",
        version: 1,
        file: "規程 第1版.txt",
        sha256: "",
        changed_at: Moment(1_764_000_000_000_000),
        effective: Some(jiff::civil::date(2026, 4, 1)),
        reading,
        origins,
    }
}

/// Whatever a body with this policy exports, in one version.
fn exported(reading: &Reading, standard: bool, standings: &Standings, version: Version) -> Vec<oscal::File> {
    let office = Office::embedded().unwrap();
    let mut confirmed = adoption::propose(&office, reading, &People::default(), jiff::civil::date(2026, 4, 1));
    confirmed.standard = standard;
    let book = adoption::compile(&office, 1, reading, &confirmed);
    let origins = origins(&[&reading.document]);
    let adoption = Adoption { book: &book, catalog: &office, standings };
    oscal::bundle(&source(reading, &origins), version, Some(&adoption))
}

/// Import of our own export is the identity, byte for byte.
fn comes_back(file: &oscal::File) {
    let written = oscal::write(&file.content);
    let read = oscal::read(written.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", file.name));
    assert_eq!(read, file.content, "{}", file.name);
    assert_eq!(oscal::write(&read), written, "{}", file.name);
}

/// The policy's catalog holds every clause, paragraph and norm that was read.
fn holds_everything(catalog: &Catalog, reading: &Reading) {
    let outline = outline(catalog);
    let expected: Vec<_> = reading.document.clauses.iter().filter(|clause| !clause.path.is_empty()).collect();
    let found: Vec<_> = outline.clauses.iter().filter(|clause| clause.depth > 0).collect();
    let paths = |all: Vec<&str>| all.join("\n");
    assert_eq!(
        paths(found.iter().map(|clause| clause.path.as_str()).collect()),
        paths(expected.iter().map(|clause| clause.path.as_str()).collect())
    );
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.heading, oscal::markup::value(&expected.heading), "{}", expected.path);
        let texts = |all: &[policy::tree::Paragraph]| all.iter().map(|one| (one.text.clone(), one.table)).collect::<Vec<_>>();
        assert_eq!(texts(&found.paragraphs), texts(&expected.paragraphs), "{}", expected.path);
    }
    let norms: Vec<_> = outline.clauses.iter().flat_map(|clause| clause.norms.clone()).collect();
    assert_eq!(norms, reading.obligations);
}

fn catalog(files: &[oscal::File], name: &str) -> Catalog {
    let file = files.iter().find(|file| file.name == name).unwrap();
    let Content::Catalog(catalog) = &file.content else { panic!("{name} is no catalog") };
    (**catalog).clone()
}

#[test]
fn the_export_of_the_sample_town_comes_back_whole() {
    let reading = read(SAMPLE);
    for version in Version::ALL {
        for standard in [false, true] {
            let files = exported(&reading, standard, &Standings::new(), version);
            let names: Vec<&str> = files.iter().map(|file| file.name).collect();
            assert_eq!(names.contains(&"mapping-collection.json"), version == Version::V1_2_2);
            assert_eq!(names.contains(&"standard-catalog.json"), standard);
            for name in ["catalog.json", "profile.json", "component-definition.json", "system-security-plan.json"] {
                assert!(names.contains(&name), "{name}");
            }
            files.iter().for_each(comes_back);
            holds_everything(&catalog(&files, "catalog.json"), &reading);
        }
    }
}

#[test]
fn an_imported_catalog_is_the_text_of_a_policy_with_the_same_tree() {
    let reading = read(SAMPLE);
    let files = exported(&reading, false, &Standings::new(), Version::V1_2_2);
    let text = outline(&catalog(&files, "catalog.json")).text();
    let again = read(&text);
    let paths = |reading: &Reading| reading.document.clauses.iter().map(|clause| clause.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&again), paths(&reading));
    let told = |reading: &Reading| reading.obligations.iter().map(|one| (one.clause.clone(), one.text.clone())).collect::<Vec<_>>();
    assert_eq!(told(&again), told(&reading));
}

/// The real policies, where they lie beside the repository; says so when they do not.
fn seeds() -> Vec<(String, Reading)> {
    let folder = std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/seeds"));
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no real policies in ../../../shared");
        return Vec::new();
    };
    let text = |path: &std::path::Path| document::extract(&std::fs::read(path).unwrap()).unwrap().text;
    files.map(|file| file.unwrap().path()).map(|path| (path.display().to_string(), read(&text(&path)))).collect()
}

#[test]
fn real_policies_come_back_whole() {
    for (name, reading) in seeds() {
        println!("{name}");
        let files = exported(&reading, true, &Standings::new(), Version::V1_2_2);
        files.iter().for_each(comes_back);
        holds_everything(&catalog(&files, "catalog.json"), &reading);
    }
}

/// Ids in references are those of things that are there.
#[test]
fn every_reference_inside_the_bundle_is_met() {
    let reading = read(SAMPLE);
    let files = exported(&reading, true, &Standings::new(), Version::V1_2_2);
    let mut controls: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in &files {
        if let Content::Catalog(catalog) = &file.content {
            let ids = outline(catalog).clauses.into_iter().filter(|clause| clause.control).map(|clause| clause.id);
            controls.insert(file.name, ids.collect());
        }
    }
    let all: BTreeSet<&String> = controls.values().flatten().collect();
    let mut checked = 0;
    for file in &files {
        let json: serde_json::Value = serde_json::from_str(&oscal::write(&file.content)).unwrap();
        let (mut ids, mut uuids, mut links) = (Vec::new(), Vec::new(), Vec::new());
        collect(&json, &mut ids, &mut uuids, &mut links);
        for id in ids {
            assert!(all.contains(&id), "{}: {id}", file.name);
            checked += 1;
        }
        let distinct: BTreeSet<&String> = uuids.iter().collect();
        assert_eq!(distinct.len(), uuids.len(), "{}", file.name);
        for link in links.iter().filter(|link| link.starts_with('#')) {
            assert!(distinct.iter().any(|uuid| link.strip_prefix('#') == Some(uuid.as_str())), "{}: {link}", file.name);
        }
    }
    assert!(checked > 1_000, "{checked}");
}

/// References to controls, identities of things, links.
fn collect(json: &serde_json::Value, ids: &mut Vec<String>, uuids: &mut Vec<String>, links: &mut Vec<String>) {
    match json {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("control-id" | "id-ref", serde_json::Value::String(id)) => ids.push(id.clone()),
                    ("with-ids", serde_json::Value::Array(all)) => {
                        ids.extend(all.iter().map(|id| id.as_str().unwrap().to_owned()));
                    }
                    ("uuid", serde_json::Value::String(uuid)) => uuids.push(uuid.clone()),
                    ("href" | "source", serde_json::Value::String(link)) => links.push(link.clone()),
                    _ => collect(value, ids, uuids, links),
                }
            }
        }
        serde_json::Value::Array(all) => all.iter().for_each(|one| collect(one, ids, uuids, links)),
        _ => {}
    }
}

#[test]
fn a_clause_keeps_its_id_through_renumbering() {
    let first = read("架空町規程\n\n1 目的\n町の情報を守る。\n\n2 持出し\n職員は、媒体を持ち出してはならない。\n");
    let second = read(
        "架空町規程\n\n1 目的\n町の情報を守る。\n\n2 台帳\n課長は、台帳を作らなければならない。\n\n3 持出し\n職員は、媒体を持ち出してはならない。\n",
    );
    let id = |reading: &Reading, origins: &[Origin], path: &str| {
        let catalog = oscal::policy_catalog(&source(reading, origins), Version::V1_2_2);
        outline(&catalog).clauses.into_iter().find(|clause| clause.path == path).unwrap().id
    };
    let before = origins(&[&first.document]);
    // As `policy::compare::lineage` tells of a clause that moved from 2 to 3.
    let origin = |version, path: &str| Origin { version, path: path.to_owned() };
    let after = vec![origin(0, ""), origin(0, "1"), origin(1, "2"), origin(0, "2")];
    assert_eq!(id(&second, &after, "3"), id(&first, &before, "2"));
    assert_eq!(id(&second, &after, "1"), id(&first, &before, "1"));
    assert_ne!(id(&second, &after, "2"), id(&first, &before, "2"));
    // A later amendment changes nothing about ids given before.
    let documents: [&Document; 2] = [&first.document, &second.document];
    assert_eq!(policy::compare::lineage(&documents)[0], before);
}

#[test]
fn standings_are_told_in_the_plan() {
    let reading = read(SAMPLE);
    let clause = reading.obligations[0].clause.clone();
    let standings = Standings::from([(clause, (Standing::Works, "令和8年4月1日に確かめました。".to_owned()))]);
    let files = exported(&reading, false, &standings, Version::V1_1_3);
    let plan = files.iter().find(|file| file.name == "system-security-plan.json").unwrap();
    let Content::SystemSecurityPlan(plan) = &plan.content else { panic!("no plan") };
    let all = &plan.control_implementation.implemented_requirements;
    let works: Vec<_> = all.iter().filter(|one| one.props.iter().any(|prop| prop.value == "works")).collect();
    assert_eq!(works.len(), 1);
    let status = works[0].by_components[0].implementation_status.as_ref().unwrap();
    assert_eq!(status.state, "implemented");
    assert!(all.iter().any(|one| one.by_components[0].implementation_status.as_ref().unwrap().state == "planned"));
}

#[test]
fn what_another_body_says_is_kept() {
    let text = r#"{"catalog":{"uuid":"8a7d2f0e-6a31-4b1e-9c58-0f2d4f3a1b22","metadata":{"title":"隣町","last-modified":"2026-04-01T00:00:00+09:00",
        "version":"2","oscal-version":"1.1.2","actions":[{"type":"approval"}]},
        "groups":[{"title":"第1章 総則","groups":[{"id":"g1","title":"細目","controls":[{"id":"c-1","title":"持出し","x-own":{"a":[1,2]},
        "parts":[{"name":"statement","prose":"職員は、媒体を\\*持ち出さない。","parts":[{"name":"item","prose":"理由を書く。","props":[{"name":"label","value":"a."}]}]}]}]}]}]}}"#;
    let content = oscal::read(text.as_bytes()).unwrap();
    let back: serde_json::Value = serde_json::from_str(&oscal::write(&content)).unwrap();
    assert_eq!(back, serde_json::from_str::<serde_json::Value>(text).unwrap());
    let Content::Catalog(catalog) = &content else { panic!("no catalog") };
    let outline = outline(catalog);
    assert_eq!(outline.list(), "c-1\t第1章 総則/g1/c-1\t持出し\n");
    assert!(outline.text().contains("職員は、媒体を*持ち出さない。\n\na. 理由を書く。\n"), "{}", outline.text());
}

#[test]
fn bad_documents_are_told_where_and_why() {
    let told = |text: &str| oscal::read(text.as_bytes()).unwrap_err().to_string();
    assert!(told("").contains("JSONとして読めません"));
    assert!(told("{\"catalog\":").contains("1行目"));
    assert!(told("[]").contains("OSCALの文書ではありません"));
    assert!(told("{\"poam\":{}}").contains("poam"));
    assert!(told("{\"catalog\":{}}").contains("項目「uuid」がありません"));
    let head = r#""uuid":"8a7d2f0e-6a31-4b1e-9c58-0f2d4f3a1b22","metadata":{"title":"町","last-modified":"2026-04-01T00:00:00Z","version":"1","oscal-version":"1.1.3"}"#;
    let error =
        told(&format!(r#"{{"catalog":{{{head},"groups":[{{"title":"甲"}},{{"title":"乙","controls":[{{"id":"a","title":[]}}]}}]}}}}"#));
    assert!(error.contains("catalog.groups[1].controls[0].title"), "{error}");
    assert!(error.contains("文字列があるはずのところに、配列があります"), "{error}");
    let twice = told(&format!(r#"{{"catalog":{{{head},"controls":[{{"id":"a","title":"甲"}},{{"id":"a","title":"乙"}}]}}}}"#));
    assert!(twice.contains("「a」が二度"), "{twice}");
    assert!(told(&format!(r#"{{"catalog":{{{}}}}}"#, head.replace("1.1.3", "2.0.0"))).contains("2.0.0"));
    assert!(oscal::read(&[0xff, 0xfe]).unwrap_err().to_string().contains("UTF-8"));
    // Deeper than any document: an answer, not a crash.
    let deep = format!("{{\"catalog\":{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(!told(&deep).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a policy says, it comes back.
    #[test]
    fn any_policy_comes_back(lines in prop::collection::vec("(第[1-3]章 |第[1-4]条 |[1-4] |\\([1-3]\\) |[アイウ] |)[ -~ぁ-ん一-丁\\\\*_|#]{0,12}(職員は、報告しなければならない。|甲\t乙|)", 0..24)) {
        let reading = read(&format!("架空町規程\n{}\n", lines.join("\n")));
        let files = exported(&reading, true, &Standings::new(), Version::V1_2_2);
        files.iter().for_each(comes_back);
        let _ = outline(&catalog(&files, "catalog.json")).text();
    }
}
