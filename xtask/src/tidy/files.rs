//! Size, first line and forbidden content of each file.

use super::{Finding, Source};

/// Above this a file is data that nobody reads in a review.
pub(super) const BYTES_MAX: usize = 600_000;
/// A file that one can follow in one sitting, tests aside.
const LINES_MAX: usize = 600;
/// The same with its tests.
const LINES_WITH_TESTS_MAX: usize = 900;
const TEMPLATE_LINES_MAX: usize = 120;
/// All scripts together: pages work without them.
const SCRIPT_LINES_MAX: usize = 300;

const TEMPLATES: &str = "crates/web/templates/";
const ASSETS: &str = "crates/web/assets/";

/// Checks every file on its own, and the scripts together.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = sources.iter().flat_map(check_source).collect();
    let scripts = || sources.iter().filter(|source| source.path.starts_with(ASSETS) && source.has_extension("js"));
    let lines: usize = scripts().map(|script| script.text.lines().count()).sum();
    if let (true, Some(first)) = (lines > SCRIPT_LINES_MAX, scripts().next()) {
        let what = format!("{lines} lines of script in all, {SCRIPT_LINES_MAX} allowed");
        findings.push(Finding::new(&first.path, 1, what, "let the server do it"));
    }
    findings
}

fn check_source(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if source.has_extension("rs") {
        findings.extend(module_line(source));
        findings.extend(length(source));
    }
    if source.path.starts_with(TEMPLATES) {
        findings.extend(template(source));
    }
    findings.extend(forbidden(source));
    findings
}

fn module_line(source: &Source) -> Option<Finding> {
    let first = source.text.lines().next().unwrap_or_default();
    let said = first.strip_prefix("//! ").is_some_and(|words| words.trim().len() > 10);
    (!said).then(|| {
        let remedy = "begin with a `//!` line that says what the module is for";
        Finding::new(&source.path, 1, "no module line", remedy)
    })
}

fn length(source: &Source) -> Option<Finding> {
    let lines: Vec<&str> = source.text.lines().collect();
    let is_test = source.path.contains("/tests/") || source.path.ends_with("/tests.rs");
    let body = if is_test { 0 } else { lines_before_tests(&lines) };
    let (number, limit) = if body > LINES_MAX {
        (body, format!("{LINES_MAX} without tests"))
    } else if lines.len() > LINES_WITH_TESTS_MAX {
        (lines.len(), format!("{LINES_WITH_TESTS_MAX}"))
    } else {
        return None;
    };
    let what = format!("{number} lines, {limit} allowed");
    Some(Finding::new(&source.path, number, what, "split it by what its parts are for"))
}

/// Tests stand at the end of a file: everything from the test module on is theirs.
fn lines_before_tests(lines: &[&str]) -> usize {
    lines
        .windows(2)
        .position(|pair| {
            matches!(pair, [attribute, module]
                if attribute.starts_with("#[cfg(test)]") && module.trim_start().starts_with("mod "))
        })
        .unwrap_or(lines.len())
}

fn template(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = source.text.lines().count();
    if lines > TEMPLATE_LINES_MAX {
        let what = format!("{lines} lines of template, {TEMPLATE_LINES_MAX} allowed");
        findings.push(Finding::new(&source.path, lines, what, "move a part into a partial"));
    }
    for (index, line) in source.text.lines().enumerate() {
        if let Some(what) = inline_code(line) {
            let remedy = "the content policy refuses it: use a file in crates/web/assets";
            findings.push(Finding::new(&source.path, index + 1, what, remedy));
        }
    }
    findings
}

/// What a strict content security policy would refuse to run or apply.
fn inline_code(line: &str) -> Option<&'static str> {
    let line = line.to_lowercase();
    let opens_script = line.match_indices("<script").any(|(at, _)| {
        let tag = line.get(at..).unwrap_or_default();
        let tag = tag.split_once('>').map_or(tag, |(inside, _)| inside);
        !tag.contains("src=")
    });
    let handles_event = line.split([' ', '\t']).any(|word| {
        word.strip_prefix("on")
            .and_then(|rest| rest.split_once('='))
            .is_some_and(|(event, _)| !event.is_empty() && event.chars().all(|letter| letter.is_ascii_lowercase()))
    });
    if opens_script {
        Some("inline script")
    } else if handles_event {
        Some("inline event handler")
    } else if line.contains("javascript:") {
        Some("script in a link")
    } else if line.contains("<style") || line.contains(" style=") {
        Some("inline style")
    } else {
        None
    }
}

/// Folders that exist on one machine only. (Put together here so that this file passes.)
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/fa", "rm/"), concat!("/t", "mp/")];

fn forbidden(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_npm_lock = source.path.ends_with("package-lock.json");
    for (index, line) in source.text.lines().enumerate() {
        if MACHINE_PATHS.iter().any(|path| holds_absolute(line, path)) {
            let remedy = "take a temporary folder or a path from the caller";
            findings.push(Finding::new(&source.path, index + 1, "a path of one machine", remedy));
        }
        if is_npm_lock && line.contains("\"resolved\": \"http") {
            let remedy = "make the lock file with `npm install --omit-lockfile-registry-resolved`";
            findings.push(Finding::new(&source.path, index + 1, "a registry's address", remedy));
        }
    }
    findings
}

/// Whether the line holds the path as an absolute one, and not as the middle of a longer path.
fn holds_absolute(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '}' | ')'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_file_says_what_it_is_for() {
        assert!(check_source(&source("a.rs", "//! What this module is for.\n")).is_empty());
        assert_eq!(check_source(&source("a.rs", "use std::fs;\n")).len(), 1);
        assert_eq!(check_source(&source("a.rs", "//! .\n")).len(), 1);
    }

    #[test]
    fn tests_do_not_count_against_the_shorter_limit() {
        let body = "//! What this module is for.\n".to_owned() + &"//\n".repeat(590);
        let tests = format!("{body}#[cfg(test)]\nmod tests {{\n{}}}\n", "//\n".repeat(290));
        assert!(check_source(&source("a.rs", &tests)).is_empty());
        assert_eq!(check_source(&source("a.rs", &(body + &"//\n".repeat(20)))).len(), 1);
        assert_eq!(check_source(&source("a.rs", &(tests + &"//\n".repeat(20)))).len(), 1);
    }

    #[test]
    fn templates_carry_no_code() {
        assert_eq!(inline_code("<script src=\"/assets/a.js\"></script>"), None);
        assert_eq!(inline_code("<script>alert(1)</script>"), Some("inline script"));
        assert_eq!(inline_code("<a onclick=\"x()\">"), Some("inline event handler"));
        assert_eq!(inline_code("<p style=\"color:red\">"), Some("inline style"));
        assert_eq!(inline_code("<meta content=\"one=1\">"), None);
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        let line = format!("see {}main", MACHINE_PATHS[0]);
        assert_eq!(check_source(&source("a.md", &line)).len(), 1);
        let middle = format!("docs{}main", MACHINE_PATHS[0]);
        assert!(check_source(&source("a.md", &middle)).is_empty());
    }
}
