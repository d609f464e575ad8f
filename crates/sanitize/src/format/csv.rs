//! CSV and TSV: cells that a spreadsheet would calculate become text, all others stay as they are.
//!
//! A formula is kept for the eye behind an apostrophe; one that calls programs (DDE) or reaches outside is
//! taken out. Numbers stay numbers, a lone dash stays a dash.

use super::text;
use crate::{
    Danger, Hold, Kind,
    job::{Built, Job},
};

/// Rebuilds a table.
pub(super) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
    let decoded = text::read(job, bytes, None)?;
    let cleaned = crate::text::clean_in(job, "", &decoded.text);
    let words = text::line_ends(&cleaned);
    let (words, told) = match named_separator(&words) {
        Some((separator, rest)) => {
            job.removed(Danger::Leftover, "sep=", 1);
            (rest, Some(separator))
        }
        None => (&*words, None),
    };
    let own = if kind == Kind::Tsv { '\t' } else { ',' };
    let separator = told.unwrap_or_else(|| separator(words, own));
    let mut out = table(job, words, separator, if told.is_some() { own } else { separator });
    // What was taken out may have shown a separator that now is another.
    for _ in 0..4 {
        let again = table(job, &out, self::separator(&out, own), self::separator(&out, own));
        if again == out {
            break;
        }
        out = again;
    }
    text::something(&out)?;
    Ok(Built::new(kind, text::write(job, &out, decoded.charset)))
}

/// `sep=;` on the first line, which Excel obeys.
fn named_separator(words: &str) -> Option<(char, &str)> {
    let (line, rest) = words.split_once('\n')?;
    let line = line.trim_end_matches('\r').trim_matches('"');
    let named = line.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and_then(|_| line.get(4..))?;
    let mut chars = named.chars();
    match (chars.next(), chars.next()) {
        (Some(separator), None) => Some((separator, rest)),
        _ => None,
    }
}

/// The separator: the usual one, unless the first line has none of it and many of another.
fn separator(words: &str, own: char) -> char {
    let line = words.lines().next().unwrap_or_default();
    if line.contains(own) {
        return own;
    }
    [',', '\t', ';'].into_iter().find(|other| line.contains(*other)).unwrap_or(own)
}

/// Reads cell by cell and writes each anew.
fn table(job: &mut Job<'_>, words: &str, separator: char, written: char) -> String {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    let mut row = 1_u64;
    let (mut dde, mut formulas) = (0, 0);
    let mut first: Option<(u64, u64)> = None;
    let mut column = 1_u64;
    while !rest.is_empty() {
        let (cell, quoted, after) = cell(rest, separator);
        let (made, found) = defuse(&cell);
        match found {
            Found::Nothing => {}
            Found::Dde => dde += 1,
            Found::Formula => formulas += 1,
        }
        if !matches!(found, Found::Nothing) && first.is_none() {
            first = Some((row, column));
        }
        let quoted = quoted || made.contains([written, '"', '\n']) && made != cell || separator != written && made.contains(written);
        if quoted {
            out.push('"');
            out.push_str(&made.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&made);
        }
        let end = after.chars().next();
        rest = after;
        if let Some(end) = end {
            rest = rest.get(end.len_utf8()..).unwrap_or_default();
            if end == '\r' {
                rest = rest.get(1..).unwrap_or_default();
                out.push('\r');
            }
            if end == separator {
                out.push(written);
                column += 1;
                // A separator at the very end has an empty cell behind it, which needs nothing written.
            } else {
                out.push('\n');
                row += 1;
                column = 1;
            }
        }
    }
    let place = first.map_or_else(String::new, |(row, column)| format!("{row}行{column}列"));
    job.removed(Danger::Dde, &place, dde);
    job.removed(Danger::Formula, &place, formulas);
    out
}

/// The next cell, whether it stood in quotes, and what follows, beginning with the separator or line end.
fn cell(rest: &str, separator: char) -> (String, bool, &str) {
    let plain_end = |text: &str| {
        text.find([separator, '\n']).map_or(text.len(), |end| {
            // The CR of a CRLF belongs to the line end.
            if text.get(..end).is_some_and(|before| before.ends_with('\r')) && text.get(end..).is_some_and(|t| t.starts_with('\n')) {
                end - 1
            } else {
                end
            }
        })
    };
    let Some(mut inner) = rest.strip_prefix('"') else {
        let (cell, after) = rest.split_at_checked(plain_end(rest)).unwrap_or((rest, ""));
        return (cell.to_owned(), false, after);
    };
    let mut value = String::new();
    loop {
        let Some((before, after)) = inner.split_once('"') else {
            // Quotes that never close take in all the rest, as spreadsheets read it.
            value.push_str(inner);
            return (value, true, "");
        };
        value.push_str(before);
        if let Some(more) = after.strip_prefix('"') {
            value.push('"');
            inner = more;
            continue;
        }
        // What follows closed quotes is part of the cell.
        let (more, after) = after.split_at_checked(plain_end(after)).unwrap_or((after, ""));
        value.push_str(more);
        return (value, true, after);
    }
}

enum Found {
    Nothing,
    Formula,
    Dde,
}

const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell that is only text, a number or nothing.
fn defuse(cell: &str) -> (String, Found) {
    let whole = judge(cell);
    if !matches!(whole, Found::Nothing) {
        let reaches = reaches_out(cell);
        return match whole {
            Found::Dde => (String::new(), Found::Dde),
            _ if reaches => (String::new(), Found::Formula),
            _ => (format!("'{}", cell.trim_start_matches(['\t', '\r', '\n'])), Found::Formula),
        };
    }
    // Read with another separator, parts of a cell begin cells of their own.
    if cell.contains([';', '\t', '|']) {
        let mut made = String::with_capacity(cell.len());
        let mut found = Found::Nothing;
        for part in cell.split_inclusive([';', '\t']) {
            let trimmed = part.trim_start();
            let sharp = trimmed.starts_with(['=', '@', '＝', '＠']) || dde(trimmed) || reaches_out(trimmed);
            match judge(part) {
                Found::Dde => found = Found::Dde,
                Found::Formula if sharp => {
                    found = Found::Formula;
                    made.push('\'');
                    made.push_str(part);
                }
                _ => made.push_str(part),
            }
        }
        return (made, found);
    }
    (cell.to_owned(), Found::Nothing)
}

/// What a spreadsheet makes of a cell.
fn judge(cell: &str) -> Found {
    let text = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    if !text.starts_with(SIGNS)
        || is_number(text)
        || text.chars().all(|c| SIGNS.contains(&c) || c.is_whitespace() || matches!(c, 'ー' | '―'))
    {
        return Found::Nothing;
    }
    if dde(text) { Found::Dde } else { Found::Formula }
}

/// `=cmd|'/c calc'!A0`
fn dde(text: &str) -> bool {
    text.starts_with(SIGNS) && text.split_once('|').is_some_and(|(_, after)| after.contains('!') || after.contains('\''))
        || text.starts_with(SIGNS) && text.to_ascii_uppercase().contains("DDE(")
}

/// Functions that fetch, send or register something.
fn reaches_out(text: &str) -> bool {
    const FUNCTIONS: [&str; 14] = [
        "HYPERLINK",
        "WEBSERVICE",
        "IMPORTXML",
        "IMPORTDATA",
        "IMPORTHTML",
        "IMPORTFEED",
        "IMPORTRANGE",
        "IMAGE(",
        "CALL(",
        "REGISTER",
        "EXEC(",
        "RTD(",
        "FILTERXML",
        "ENCODEURL",
    ];
    let upper = text.to_ascii_uppercase();
    FUNCTIONS.iter().any(|function| upper.contains(function))
}

/// A number with its sign, in either width: −1,234.5, +3%, -1E5, △ is no sign.
fn is_number(text: &str) -> bool {
    let text: String = text
        .trim_end()
        .chars()
        .map(|c| match c {
            '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            c => c,
        })
        .collect();
    let Some(rest) = text.strip_prefix(['+', '-']) else { return false };
    let rest = rest.trim_start().trim_start_matches(['¥', '\\', '$', '￥']);
    let rest = rest.strip_suffix(['%', '円']).unwrap_or(rest);
    let (mantissa, exponent) = rest.split_once(['e', 'E']).map_or((rest, None), |(a, b)| (a, Some(b)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = mantissa.split_once('.').map_or((mantissa, None), |(a, b)| (a, Some(b)));
    let whole_good = whole.is_empty() && part.is_some() || whole.starts_with(|c: char| c.is_ascii_digit()) && whole.split(',').all(digits);
    whole_good
        && part.is_none_or(|part| digits(part) || part.is_empty() && !whole.is_empty())
        && exponent.is_none_or(|exponent| digits(exponent.trim_start_matches(['+', '-'])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, Outcome, Policy, sanitize};

    fn made(name: &str, bytes: &[u8]) -> (Outcome, Vec<u8>, Vec<(Danger, u64)>) {
        let verdict = sanitize(Input { name, declared: None, bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {});
        let removed = verdict.report.removed.iter().map(|removal| (removal.kind, removal.count)).collect();
        (verdict.report.outcome, verdict.output.map(|output| output.into_bytes()).unwrap_or_default(), removed)
    }

    #[test]
    fn cells_that_would_be_calculated_become_text() {
        let csv = "品,数\r\n=1+2,-5\r\n\"=cmd|'/c calc'!A0\",\"+1,234.5\"\r\n@SUM(A1),－\r\n-2+3,\"a\"\"b\"\r\n＝A1,-\r\n=HYPERLINK(\"http://a\"),x\r\n";
        let (outcome, bytes, removed) = made("a.csv", csv.as_bytes());
        assert_eq!(outcome, Outcome::Rebuilt);
        let out = String::from_utf8(bytes.clone()).unwrap();
        assert_eq!(out, "品,数\r\n'=1+2,-5\r\n\"\",\"+1,234.5\"\r\n'@SUM(A1),－\r\n'-2+3,\"a\"\"b\"\r\n'＝A1,-\r\n,x\r\n");
        assert_eq!(removed, [(Danger::Dde, 1), (Danger::Formula, 5)]);
        assert_eq!(made("a.csv", &bytes).0, Outcome::Verified);
    }

    #[test]
    fn harmless_tables_are_verified_in_their_encoding() {
        let text = "氏名,金額,備考\r\n山田 太郎,-1200,\"改行\n「①㈱」\"\r\n髙橋,+3.5%,\r\n";
        for charset in [crate::text::Charset::CP932, crate::text::Charset::Utf8 { bom: true }, crate::text::Charset::UTF8] {
            let (bytes, _) = crate::text::encode(text, charset);
            assert_eq!(made("a.csv", &bytes), (Outcome::Verified, bytes, vec![]), "{charset:?}");
        }
    }

    #[test]
    fn other_separators_do_not_hide_cells() {
        let out = |name: &str, text: &str| String::from_utf8(made(name, text.as_bytes()).1).unwrap();
        assert_eq!(out("a.csv", "sep=|\na|=1+1|c,d\n"), "a,'=1+1,\"c,d\"\n");
        assert_eq!(out("a.csv", "a,b;=1+1\n"), "a,b;'=1+1\n");
        assert_eq!(out("a.tsv", "a\t=1+1\r\n"), "a\t'=1+1\r\n");
        assert_eq!(out("a.csv", "a;=1+1\n"), "a;'=1+1\n");
        assert_eq!(out("a.csv", "\"x\"=1,\"\t=1+1\"\n"), "\"x=1\",\"'=1+1\"\n");
        assert_eq!(out("a.csv", "a\r=1+1\rb"), "a\n'=1+1\nb");
    }

    #[test]
    fn numbers_are_told_from_formulas() {
        for number in ["-5", "+1,234", "-0.5", "-.5", "+3%", "-1E5", "-1.5e-3", "－１２", "-¥1,200", "-5."] {
            assert!(is_number(number), "{number}");
        }
        for formula in ["-5+3", "+81-3-1234", "-a", "=5", "-1(2)", "-", "-1e"] {
            assert!(!is_number(formula), "{formula}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_table_comes_to_rest_after_one_pass(text in "[-=+@|!'\",;\t\r\na1＝ ]{0,40}") {
            let (outcome, bytes, _) = made("a.csv", format!("あ{text}").as_bytes());
            if outcome != Outcome::Held {
                let (_, again, removed) = made("a.csv", &bytes);
                proptest::prop_assert_eq!(String::from_utf8(again), String::from_utf8(bytes));
                proptest::prop_assert!(removed.is_empty());
            }
        }
    }
}
