//! JSON: read token by token; what is well-formed comes out as it is.

use super::text;
use crate::{
    Hold, Kind, Reason,
    job::{Built, Job},
};

/// Rebuilds a JSON text.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let decoded = text::read(job, bytes, None)?;
    let cleaned = crate::text::clean_in(job, "", &decoded.text);
    check(&cleaned, job.policy.limits.xml_depth as usize)?;
    Ok(Built::new(Kind::Json, text::write(job, &cleaned, decoded.charset)))
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value or the end of an array just begun.
    FirstValue,
    Key,
    /// A key or the end of an object just begun.
    FirstKey,
    CommaOrEnd,
    Nothing,
}

/// One value and nothing after it.
fn check(text: &str, depth: usize) -> Result<(), Hold> {
    let damaged = || Hold::damaged("not well-formed JSON");
    // Open arrays (false) and objects (true).
    let mut open: Vec<bool> = Vec::new();
    let mut next = Next::Value;
    let mut rest = text.trim_start_matches([' ', '\t', '\r', '\n']);
    while let Some(first) = rest.bytes().next() {
        let after_value = |open: &[bool]| if open.is_empty() { Next::Nothing } else { Next::CommaOrEnd };
        let length = match first {
            b'{' | b'[' if matches!(next, Next::Value | Next::FirstValue) => {
                if open.len() >= depth {
                    return Err(Hold::new(Reason::TooDeep, "JSON values within values"));
                }
                open.push(first == b'{');
                next = if first == b'{' { Next::FirstKey } else { Next::FirstValue };
                1
            }
            b'}' if matches!(next, Next::FirstKey | Next::CommaOrEnd) && open.pop() == Some(true) => {
                next = after_value(&open);
                1
            }
            b']' if matches!(next, Next::FirstValue | Next::CommaOrEnd) && open.pop() == Some(false) => {
                next = after_value(&open);
                1
            }
            b',' if next == Next::CommaOrEnd => {
                next = if open.last() == Some(&true) { Next::Key } else { Next::Value };
                1
            }
            b'"' if matches!(next, Next::Key | Next::FirstKey) => {
                let length = string(rest).ok_or_else(damaged)?;
                let tail = rest.get(length..).unwrap_or_default();
                let colon = tail.trim_start_matches([' ', '\t', '\r', '\n']);
                if !colon.starts_with(':') {
                    return Err(damaged());
                }
                next = Next::Value;
                length + (tail.len() - colon.len()) + 1
            }
            _ if matches!(next, Next::Value | Next::FirstValue) => {
                next = after_value(&open);
                scalar(rest).ok_or_else(damaged)?
            }
            _ => return Err(damaged()),
        };
        rest = rest.get(length..).unwrap_or_default().trim_start_matches([' ', '\t', '\r', '\n']);
    }
    if next == Next::Nothing { Ok(()) } else { Err(damaged()) }
}

/// Length of a string, number or word.
fn scalar(rest: &str) -> Option<usize> {
    if rest.starts_with('"') {
        return string(rest);
    }
    if let Some(word) = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word)) {
        return Some(word.len());
    }
    let bytes = rest.as_bytes();
    let digits = |at: usize| bytes.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || whole > 1 && bytes.get(at) == Some(&b'0') {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let part = digits(at + 1);
        if part == 0 {
            return None;
        }
        at += 1 + part;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    Some(at)
}

/// Length of a string with its quotes.
fn string(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => match bytes.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => at += 6,
                _ => return None,
            },
            ..=0x1f => return None,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_is_well_formed() {
        for good in ["{}", "[]", " {\"a\": [1, -2.5e+3, true, null, \"\\u00e9\\n\"], \"b\": {}} ", "\"x\"", "0", "[[[]]]"] {
            assert!(check(good, 10).is_ok(), "{good}");
        }
        for bad in
            ["", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "[1] 2", "01", "1.", "\"\\x\"", "\"a\nb\"", "[1}", "//x\n1", "NaN", "tru"]
        {
            assert!(check(bad, 10).is_err(), "{bad}");
        }
        assert_eq!(check(&"[".repeat(11), 10).unwrap_err().reason, Reason::TooDeep);
    }

    proptest::proptest! {
        #[test]
        fn what_passes_is_what_another_reader_takes(text in "[\\[\\]{},:\"0-9a-e.\\\\ntrufals-]{0,24}") {
            proptest::prop_assert_eq!(check(&text, 200).is_ok(), serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
        }
    }
}
