//! Field instructions of Word: which only compute from the document itself.

use crate::{Danger, Policy};

/// What becomes of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays.
    Good,
    /// Its result stays as text.
    Bad(Danger),
    /// These words, which were part of the instruction, take its place.
    Words(Danger, String),
}

/// Instructions that read nothing but the document and its properties.
const GOOD: &[&str] = &[
    "ADDRESSBLOCK",
    "ADVANCE",
    "AUTHOR",
    "AUTONUM",
    "AUTONUMLGL",
    "AUTONUMOUT",
    "BARCODE",
    "BIBLIOGRAPHY",
    "BIDIOUTLINE",
    "CITATION",
    "COMMENTS",
    "COMPARE",
    "CREATEDATE",
    "DATE",
    "DISPLAYBARCODE",
    "DOCPROPERTY",
    "EDITTIME",
    "EQ",
    "FILENAME",
    "FILESIZE",
    "FORMCHECKBOX",
    "FORMDROPDOWN",
    "FORMTEXT",
    "GREETINGLINE",
    "IF",
    "INDEX",
    "INFO",
    "KEYWORDS",
    "LASTSAVEDBY",
    "LISTNUM",
    "MERGEBARCODE",
    "MERGEFIELD",
    "MERGEREC",
    "MERGESEQ",
    "NEXT",
    "NEXTIF",
    "NOTEREF",
    "NUMCHARS",
    "NUMPAGES",
    "NUMWORDS",
    "PAGE",
    "PAGEREF",
    "PRINTDATE",
    "QUOTE",
    "REF",
    "REVNUM",
    "SAVEDATE",
    "SECTION",
    "SECTIONPAGES",
    "SEQ",
    "SHAPE",
    "SKIPIF",
    "STYLEREF",
    "SUBJECT",
    "SYMBOL",
    "TA",
    "TC",
    "TIME",
    "TITLE",
    "TOA",
    "TOC",
    "USERADDRESS",
    "USERINITIALS",
    "USERNAME",
    "XE",
    "GLYPH",
    "CHARFORMAT",
    "FIRST",
    "DOCVARIABLE",
    "FTNREF",
];

/// Judges an instruction; `dynamic`: its first word comes from a field inside.
pub(super) fn judge(instruction: &str, dynamic: bool, policy: &Policy) -> Verdict {
    let instruction = instruction.trim();
    let end = instruction.find(|c: char| c.is_whitespace() || c == '"' || c == '\\').unwrap_or(instruction.len());
    let word = instruction.get(..end).unwrap_or_default().to_ascii_uppercase();
    let rest = instruction.get(end..).unwrap_or_default().trim();
    if dynamic {
        return Verdict::Bad(Danger::Formula);
    }
    if word.starts_with('=') || GOOD.contains(&word.as_str()) {
        return Verdict::Good;
    }
    match word.as_str() {
        // A reference to a bookmark, written without REF, or nothing at all.
        "" => Verdict::Bad(Danger::Formula),
        "DDE" | "DDEAUTO" => Verdict::Bad(Danger::Dde),
        "HYPERLINK" => hyperlink(rest, policy),
        "INCLUDEPICTURE" | "INCLUDETEXT" | "INCLUDE" | "IMPORT" | "LINK" | "RD" | "AUTOTEXT" | "AUTOTEXTLIST" | "GLOSSARY" | "TEMPLATE" => {
            Verdict::Bad(Danger::Remote)
        }
        "DATABASE" | "DATA" => Verdict::Bad(Danger::DataConnection),
        "MACROBUTTON" => {
            Verdict::Words(Danger::Macro, rest.split_once(char::is_whitespace).map_or("", |(_, words)| words.trim()).to_owned())
        }
        "GOTOBUTTON" => Verdict::Words(Danger::Link, rest.split_once(char::is_whitespace).map_or("", |(_, words)| words.trim()).to_owned()),
        "ASK" | "FILLIN" | "PRINT" | "SET" => Verdict::Bad(Danger::Action),
        "EMBED" => Verdict::Bad(Danger::OleObject),
        "CONTROL" | "HTMLCONTROL" | "OCX" => Verdict::Bad(Danger::Control),
        "ADDIN" | "PRIVATE" => Verdict::Bad(Danger::CustomData),
        _ => Verdict::Bad(Danger::Formula),
    }
}

/// `"address" \l "place" \t …`.
fn hyperlink(rest: &str, policy: &Policy) -> Verdict {
    let mut address = None;
    let mut words = rest;
    while !words.is_empty() {
        let (word, after) = word(words);
        match word.to_ascii_lowercase().as_str() {
            // With a value of their own.
            "\\l" | "\\o" | "\\t" => {
                let (_, after) = self::word(after);
                words = after;
                continue;
            }
            switch if switch.starts_with('\\') && !switch.starts_with("\\\\") => {}
            _ => {
                address.get_or_insert(word);
            }
        }
        words = after;
    }
    match address {
        None => Verdict::Good,
        Some(address) if policy.links.may_click(address) => Verdict::Good,
        Some(_) => Verdict::Bad(Danger::Link),
    }
}

/// The first word, quoted or not, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    if let Some(quoted) = text.strip_prefix(['"', '\u{201C}', '\u{201D}']) {
        let end = quoted.find(['"', '\u{201C}', '\u{201D}']).unwrap_or(quoted.len());
        let after = quoted.get(end..).unwrap_or_default();
        return (
            quoted.get(..end).unwrap_or_default(),
            after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default().trim_start(),
        );
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (text.get(..end).unwrap_or_default(), text.get(end..).unwrap_or_default().trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_judged_by_their_first_word() {
        let policy = Policy::default();
        for good in [
            " PAGE  \\* MERGEFORMAT ",
            "TOC \\o \"1-3\" \\h",
            "=SUM(ABOVE)",
            "HYPERLINK \\l \"_Toc1\"",
            "HYPERLINK  \\l \"a\" \\o \"tip\"",
            "IF 1 = 1 \"a\" \"b\"",
        ] {
            assert_eq!(judge(good, false, &policy), Verdict::Good, "{good}");
        }
        for (bad, danger) in [
            ("DDEAUTO c:\\\\x \"y\"", Danger::Dde),
            (" dde x", Danger::Dde),
            ("HYPERLINK \"http://x\" \\l \"a\"", Danger::Link),
            ("INCLUDEPICTURE \"\\\\\\\\x\"", Danger::Remote),
            ("HYPERLINK \\\\\\\\srv\\\\a", Danger::Link),
            ("SET a DDE", Danger::Action),
            ("", Danger::Formula),
            ("PAGEDDE", Danger::Formula),
        ] {
            assert_eq!(judge(bad, false, &policy), Verdict::Bad(danger), "{bad}");
        }
        assert_eq!(judge("PAGE", true, &policy), Verdict::Bad(Danger::Formula));
        assert_eq!(judge("MACROBUTTON Mac ここを押す", false, &policy), Verdict::Words(Danger::Macro, "ここを押す".to_owned()));
    }
}
