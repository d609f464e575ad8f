//! The text of a mail: line ends, flowed lines, the line on top that tells what is gone, and files that
//! were written into the text (uuencode, PGP, BinHex, yEnc).

use super::transfer;
use crate::{Danger, Removal};

/// Lines end in `\n`, blanks at the end of the text are gone, and it ends in one line end if there is any.
pub(super) fn normal(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim_end();
    // Blank lines in front say nothing.
    let start = text.len() - text.trim_start_matches(['\n']).len();
    let text = text.get(start..).unwrap_or_default();
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

/// What a reader of the mail is told of; the rest stands in the report.
const fn is_told(danger: Danger) -> bool {
    !matches!(
        danger,
        Danger::Metadata
            | Danger::Leftover
            | Danger::Slack
            | Danger::ControlCharacter
            | Danger::Unknown
            | Danger::CustomData
            | Danger::Link
            | Danger::Font
            | Danger::Name
    )
}

/// The lines on top.
pub(super) fn banner(removed: &[Removal], held: &[(String, &'static str)]) -> String {
    let mut counts: Vec<(Danger, u64)> = Vec::new();
    for removal in removed.iter().filter(|removal| is_told(removal.kind)) {
        match counts.iter_mut().find(|(kind, _)| *kind == removal.kind) {
            Some((_, count)) => *count = count.saturating_add(removal.count),
            None => counts.push((removal.kind, removal.count)),
        }
    }
    if counts.is_empty() {
        return String::new();
    }
    counts.sort_unstable();
    let listed: Vec<String> = counts
        .iter()
        .map(|(kind, count)| {
            let (word, counter) = kind.word();
            format!("{word}を{count}{counter}")
        })
        .collect();
    let mut out = format!("【無害化】{}取り除きました。\n", listed.join("、"));
    for (name, sentence) in held {
        out.push_str(&format!("【無害化】「{}」：{sentence}\n", super::shown(name)));
    }
    out.push('\n');
    out
}

/// Puts a mark in the place of each address that readers make a link of.
pub(super) fn unlinked(text: &str) -> (String, u64) {
    const MARKS: [&str; 4] = ["http://", "https://", "ftp://", "file://"];
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut count) = (0, 0);
    while let Some(rest) = lower.get(at..) {
        let Some(start) = MARKS.iter().filter_map(|mark| rest.find(mark)).min() else { break };
        let start = at + start;
        out.push_str(text.get(at..start).unwrap_or_default());
        out.push_str("（URLを削除）");
        count += 1;
        let address = text.get(start..).unwrap_or_default();
        at = start + address.find(|c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"')).unwrap_or(address.len());
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (out, count)
}

/// Joins lines that were cut only for the way (RFC 3676).
pub(super) fn unflow(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The depth of quotes of the line that goes on.
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        if open != Some(depth) || signature {
            if open.is_some() {
                out.push('\n');
            }
            if depth > 0 {
                out.push_str(&">".repeat(depth.min(50)));
                out.push(' ');
            }
        }
        let flows = content.ends_with(' ') && !signature;
        if flows {
            out.push_str(if delete_space { content.strip_suffix(' ').unwrap_or(content) } else { content });
            open = Some(depth);
        } else {
            out.push_str(content);
            out.push('\n');
            open = None;
        }
    }
    if open.is_none() {
        out.pop();
    }
    out
}

/// A file that was written into the text.
pub(super) struct Inlaid {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// What was found in a text.
#[derive(Default)]
pub(super) struct Dug {
    pub(super) text: String,
    pub(super) files: Vec<Inlaid>,
    /// Files in encodings that are not read.
    pub(super) refused: u64,
    /// Signatures around the text.
    pub(super) signatures: u64,
    /// The text is a secret.
    pub(super) encrypted: bool,
}

/// Takes files out of a text, and signatures off it.
pub(super) fn dig(text: String) -> Dug {
    let marks = ["begin ", "begin-base64 ", "-----BEGIN PGP", "=ybegin ", "(This file must be converted with BinHex"];
    if !marks.iter().any(|mark| text.contains(mark)) {
        return Dug { text, ..Dug::default() };
    }
    let mut dug = Dug::default();
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    // Beginnings without an end are looked for to the end of the text: not for ever.
    let mut scans = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at + 1..).unwrap_or_default();
        if ["-----BEGIN PGP", "=ybegin ", "(This file"].iter().any(|mark| line.starts_with(mark)) {
            scans += 1;
        }
        let rest = if scans > 200 { &[] } else { rest };
        let used = if line.starts_with("begin") {
            uuencoded(line, rest, &mut dug)
        } else if *line == "-----BEGIN PGP SIGNED MESSAGE-----" {
            dug.signatures += 1;
            // Fields of the armour up to the empty line.
            Some(rest.iter().position(|line| line.trim().is_empty()).map_or(0, |end| end + 1))
        } else if *line == "-----BEGIN PGP SIGNATURE-----" {
            rest.iter().position(|line| *line == "-----END PGP SIGNATURE-----").map(|end| end + 1)
        } else if *line == "-----BEGIN PGP MESSAGE-----" {
            dug.encrypted = true;
            None
        } else if line.starts_with("=ybegin ") {
            refuse(rest, &mut dug, |line| line.starts_with("=yend"))
        } else if line.starts_with("(This file must be converted with BinHex") {
            refuse(rest, &mut dug, |line| line.len() > 1 && line.ends_with(':'))
        } else {
            None
        };
        match used {
            Some(used) => at += 1 + used,
            None => {
                // Signed text guards its hyphens.
                let line = if dug.signatures > 0 { line.strip_prefix("- ").unwrap_or(line) } else { line };
                dug.text.push_str(line);
                dug.text.push('\n');
                at += 1;
            }
        }
    }
    dug
}

fn refuse(rest: &[&str], dug: &mut Dug, end: impl Fn(&str) -> bool) -> Option<usize> {
    let used = rest.iter().position(|line| end(line))? + 1;
    dug.refused += 1;
    Some(used)
}

/// `begin 644 name` and its lines; none if it is only a word.
fn uuencoded(line: &str, rest: &[&str], dug: &mut Dug) -> Option<usize> {
    let base64 = line.starts_with("begin-base64 ");
    let after = line.strip_prefix(if base64 { "begin-base64 " } else { "begin " })?;
    let (mode, name) = after.trim_start().split_once(' ')?;
    if !(3..=4).contains(&mode.len()) || !mode.bytes().all(|byte| matches!(byte, b'0'..=b'7')) || name.trim().is_empty() {
        return None;
    }
    let mut bytes = Vec::new();
    let mut used = 0;
    for line in rest {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line == "end" || line == "====" {
            used += 1;
            break;
        }
        let piece = if base64 {
            Some(transfer::base64(line.as_bytes()))
        } else if line.is_empty() || line.trim() == "`" {
            Some(Vec::new())
        } else {
            transfer::uu_line(line.as_bytes())
        };
        let Some(piece) = piece else { break };
        bytes.extend(piece);
        used += 1;
    }
    if bytes.is_empty() {
        return None;
    }
    let name: String = name.trim().chars().filter(|c| !c.is_control()).collect();
    dug.text.push_str(&format!("（添付：{name}）\n"));
    dug.files.push(Inlaid { name, bytes });
    Some(used)
}

/// Whether the plain form of a mail says about what its HTML form says, so that the plain one is enough.
pub(super) fn alike(plain: &str, html: &str) -> bool {
    let letters = |text: &str| -> std::collections::BTreeMap<char, u32> {
        let mut counts = std::collections::BTreeMap::new();
        for c in text.chars().filter(|c| c.is_alphanumeric()).take(200_000) {
            *counts.entry(c).or_insert(0u32) += 1;
        }
        counts
    };
    let (plain, html) = (letters(plain), letters(html));
    let total: u32 = html.values().sum();
    let shared: u32 = html.iter().map(|(c, count)| (*count).min(plain.get(c).copied().unwrap_or(0))).sum();
    // Half of the letters of the page stand in the plain form too; short pages may differ by a line.
    total < 20 && !plain.is_empty() || shared.saturating_mul(2) >= total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_removed_where_the_hall_wants_it() {
        assert_eq!(unlinked("見る HTTPS://a.test/b?c。<http://d>終"), ("見る （URLを削除）。<（URLを削除）>終".to_owned(), 2));
        assert_eq!(unlinked("無し"), ("無し".to_owned(), 0));
    }

    #[test]
    fn flowed_lines_are_joined() {
        assert_eq!(unflow("a \nb\n\n> c \n> d\ne", false), "a b\n\n> c d\ne");
        assert_eq!(unflow("日本 \n語\n-- \nx", true), "日本語\n-- \nx");
    }

    #[test]
    fn files_in_the_text_are_found() {
        let dug = dig("見て\nbegin 644 cat.txt\n#0V%T\n`\nend\n以上\nbegin with me\n".to_owned());
        assert_eq!(dug.text, "見て\n（添付：cat.txt）\n以上\nbegin with me\n");
        assert_eq!(dug.files.first().map(|file| file.bytes.as_slice()), Some(b"Cat".as_slice()));
        let dug = dig(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- -a\nb\n-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----\n"
                .to_owned(),
        );
        assert_eq!((dug.text.as_str(), dug.signatures), ("-a\nb\n", 1));
        assert!(dig("-----BEGIN PGP MESSAGE-----\n".to_owned()).encrypted);
    }

    #[test]
    fn a_plain_form_that_says_nothing_is_not_enough() {
        assert!(alike("会議は十時からです。資料を添付します。", "会議は十時からです。資料を添付します。よろしく"));
        assert!(!alike("HTMLメールです", "水源地の点検について、来週の火曜日に現地で立会いをお願いします。"));
        assert!(alike("a", "b"));
    }
}
