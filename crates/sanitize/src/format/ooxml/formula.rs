//! Formulas of cells, names, rules and charts: which reach outside or run something.

use std::sync::OnceLock;

use crate::Danger;

/// Functions that are known and compute from what they are given; others come from macros or reach outside.
const FUNCTIONS: &str = include_str!("functions.txt");

fn known(name: &str) -> bool {
    static NAMES: OnceLock<Vec<&str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let mut names: Vec<&str> = FUNCTIONS.split_whitespace().collect();
        names.sort_unstable();
        names
    });
    names.binary_search(&name).is_ok()
}

/// What is dangerous about a formula, if anything.
pub(super) fn danger(formula: &str) -> Option<Danger> {
    let bytes = formula.as_bytes();
    let mut at = 0;
    // Of structured references: `Table[[#This Row],[Price]]`.
    let mut depth = 0_u32;
    let mut before = b' ';
    while let Some(&byte) = bytes.get(at) {
        if depth > 0 {
            match byte {
                b'\'' => at += 1,
                b'[' => depth += 1,
                b']' => depth -= 1,
                _ => {}
            }
            at += 1;
            before = byte;
            continue;
        }
        match byte {
            b'"' => match closing(bytes, at + 1, b'"') {
                Some(end) => at = end,
                None => return Some(Danger::Formula),
            },
            b'\'' => {
                // A sheet, perhaps of another file.
                let end = match closing(bytes, at + 1, b'\'') {
                    Some(end) => end,
                    None => return Some(Danger::Formula),
                };
                let name = formula.get(at..end).unwrap_or_default();
                if name.contains('[') || name.contains('\\') || name.contains("//") {
                    return Some(Danger::Remote);
                }
                if bytes.get(end) == Some(&b'|') || before == b'|' {
                    return Some(Danger::Dde);
                }
                at = end;
            }
            b'|' => return Some(Danger::Dde),
            b'[' => {
                if before.is_ascii_alphanumeric() || before >= 0x80 || matches!(before, b'_' | b'.') {
                    depth = 1;
                } else {
                    return Some(Danger::Remote);
                }
                at += 1;
            }
            _ if byte.is_ascii_alphabetic() || byte >= 0x80 || byte == b'_' => {
                let rest = bytes.get(at..).unwrap_or_default();
                let length = rest
                    .iter()
                    .position(|byte| !(byte.is_ascii_alphanumeric() || *byte >= 0x80 || matches!(byte, b'_' | b'.' | b'?' | b'\\')))
                    .unwrap_or(rest.len());
                let name = formula.get(at..at + length).unwrap_or_default();
                at += length;
                if bytes.get(at) == Some(&b'(')
                    && let Some(danger) = function(name, formula.get(at + 1..).unwrap_or_default())
                {
                    return Some(danger);
                }
                before = b'a';
                continue;
            }
            _ => at += 1,
        }
        before = byte;
    }
    None
}

/// Behind the closing quote; a doubled one stands for itself.
fn closing(bytes: &[u8], mut at: usize, quote: u8) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == quote)? + 1;
        if bytes.get(at) == Some(&quote) {
            at += 1;
        } else {
            return Some(at);
        }
    }
}

fn function(name: &str, arguments: &str) -> Option<Danger> {
    let upper = name.to_ascii_uppercase();
    let bare = ["_XLFN._XLWS.", "_XLFN.", "_XLWS.", "_XLUDF."].iter().find_map(|prefix| upper.strip_prefix(prefix)).unwrap_or(&upper);
    match bare {
        "CALL" | "REGISTER" | "REGISTER.ID" | "EXEC" | "EVALUATE" | "RUN" | "FOPEN" | "FWRITE" | "FWRITELN" | "FORMULA"
        | "FORMULA.FILL" | "GET.WORKSPACE" | "GET.CELL" | "GET.DOCUMENT" | "GET.WORKBOOK" | "HALT" | "ALERT" | "SET.VALUE" | "SET.NAME" => {
            Some(Danger::Xlm)
        }
        "DDE" => Some(Danger::Dde),
        "WEBSERVICE" | "FILTERXML" | "IMAGE" | "STOCKHISTORY" | "PY" | "RTD" | "SQL.REQUEST" => Some(Danger::Formula),
        "HYPERLINK" => {
            // A place in the same workbook.
            let inside = arguments.trim_start().strip_prefix("\"#").is_some_and(|rest| {
                rest.split_once('"').is_some_and(|(place, rest)| !place.contains(['\\', '/', ':']) && !rest.trim_start().starts_with('&'))
            });
            (!inside).then_some(Danger::Link)
        }
        // Arguments of LAMBDA and LET that are called.
        _ if bare.starts_with("_XLPM.") || known(bare) => None,
        _ => Some(Danger::Formula),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_that_compute_stay() {
        for good in [
            "SUM(A1:B2)",
            "IF(A1=\"a|b\",'x y'!B2,Table1[[#This Row],[Qty]]*2)",
            "_xlfn.XLOOKUP(A1,Table1[名前],B:B)",
            "日本+1",
            "HYPERLINK(\"#Sheet2!A1\",\"x\")",
            "SUM('9月 [仮'!A1)".get(0..0).unwrap_or(""),
            "-A1%",
            "{1,2;3,4}",
            "SUBTOTAL(109,Table1[Q'[ty])",
        ] {
            assert_eq!(danger(good), None, "{good}");
        }
    }

    #[test]
    fn formulas_that_reach_outside_go() {
        for (bad, wanted) in [
            ("cmd|'/c calc'!A1", Danger::Dde),
            ("'cmd'|'/c calc'!A1", Danger::Dde),
            ("DDE(\"cmd\",\"/c\")", Danger::Dde),
            ("[1]Sheet1!A1", Danger::Remote),
            ("'[1]Sheet 1'!A1", Danger::Remote),
            ("'\\\\srv\\a\\[b.xlsx]S'!A1", Danger::Remote),
            ("_xlfn.WEBSERVICE(\"http://x\")", Danger::Formula),
            ("HYPERLINK(\"http://x\")", Danger::Link),
            ("HYPERLINK(\"#\"&A1)", Danger::Link),
            ("MyMacro(1)", Danger::Formula),
            ("EXEC(\"calc\")", Danger::Xlm),
            ("1+webservice(A1)", Danger::Formula),
            ("SUM([x.xlsx]S!A1)", Danger::Remote),
            ("'x", Danger::Formula),
            ("_xlfn._xlws.PY(1)", Danger::Formula),
        ] {
            assert_eq!(danger(bad), Some(wanted), "{bad}");
        }
    }
}
