//! Who may depend on whom: data flows one way, and each outside world is known to few crates.

use super::Finding;
use crate::process;
use serde::Deserialize;

/// Each workspace crate and the workspace crates it may know.
const LAYERS: &[(&str, &[&str])] = &[
    ("document", &[]),
    ("policy", &[]),
    ("ledger", &[]),
    ("office", &["policy"]),
    ("exchange", &["office", "policy"]),
    ("registry", &["office", "ledger", "policy"]),
    ("web", &["registry", "office", "policy", "ledger", "document", "exchange"]),
    ("verifier", &[]),
    ("sanitize", &[]),
    ("gate", &["sanitize"]),
    ("sekisho", &["document", "policy", "ledger", "office", "exchange", "registry", "web", "sanitize", "gate"]),
    ("xtask", &["document", "policy"]),
];

/// Libraries that stand for an outside world, and the crates that may name them.
const WORLDS: &[(&str, &[&str])] = &[
    ("sqlx", &["ledger", "registry"]),
    ("axum", &["web", "sekisho"]),
    ("axum-extra", &["web"]),
    ("axum-server", &["sekisho"]),
    ("askama", &["web"]),
    ("tokio", &["ledger", "registry", "web", "sekisho"]),
    ("getrandom", &["registry", "web", "sekisho"]),
    ("clap", &["sekisho", "verifier", "xtask"]),
    ("rustls", &["sekisho"]),
    ("landlock", &["gate"]),
    ("seccompiler", &["gate"]),
    ("argon2", &["web", "sekisho"]),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
}

/// Checks the edges that `cargo metadata` names.
pub(super) fn check() -> Result<Vec<Finding>, String> {
    let text = process::read(&mut process::command("cargo", &["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Metadata = serde_json::from_str(&text).map_err(|error| format!("cargo metadata is not understood: {error}"))?;
    Ok(metadata.packages.iter().flat_map(check_package).collect())
}

fn check_package(package: &Package) -> Vec<Finding> {
    let name = package.name.as_str();
    let manifest = match name {
        "xtask" => "xtask/Cargo.toml".to_owned(),
        _ => format!("crates/{name}/Cargo.toml"),
    };
    let Some((_, layer)) = LAYERS.iter().find(|(known, _)| *known == name) else {
        let remedy = "give it a line in xtask/src/tidy/layers.rs and in ARCHITECTURE.md";
        return vec![Finding::new(manifest, 1, format!("crate `{name}` has no layer"), remedy)];
    };
    // Tests may reach wherever they like: what ships is decided by the normal edges.
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind.is_none());
    normal
        .filter_map(|dependency| {
            let other = dependency.name.as_str();
            let allowed = if dependency.path.is_some() {
                layer.contains(&other)
            } else {
                WORLDS.iter().all(|(world, crates)| *world != other || crates.contains(&name))
            };
            let what = format!("`{name}` may not depend on `{other}`");
            let remedy = "move the code to the crate that may, or argue for a new edge in ARCHITECTURE.md and xtask/src/tidy/layers.rs";
            (!allowed).then(|| Finding::new(&manifest, 1, what, remedy))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, other: &str, kind: Option<&str>, path: Option<&str>) -> Package {
        Package {
            name: name.into(),
            dependencies: vec![Dependency { name: other.into(), kind: kind.map(Into::into), path: path.map(Into::into) }],
        }
    }

    #[test]
    fn edges_point_down_only() {
        assert!(check_package(&package("office", "policy", None, Some("p"))).is_empty());
        assert_eq!(check_package(&package("policy", "office", None, Some("p"))).len(), 1);
        assert_eq!(check_package(&package("verifier", "ledger", None, Some("p"))).len(), 1);
        assert!(check_package(&package("verifier", "ledger", Some("dev"), Some("p"))).is_empty());
    }

    #[test]
    fn outside_worlds_stay_outside() {
        assert_eq!(check_package(&package("office", "sqlx", None, None)).len(), 1);
        assert!(check_package(&package("registry", "sqlx", None, None)).is_empty());
        assert_eq!(check_package(&package("newcomer", "serde", None, None)).len(), 1);
    }
}
