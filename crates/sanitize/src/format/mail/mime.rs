//! Multiparts, cut once: a delimiter is a whole line, parts end where their parent's end.

use super::header;

/// What lies between the delimiters.
pub(super) struct Split<'b> {
    pub(super) parts: Vec<&'b [u8]>,
    /// Something before the first delimiter, or after the last.
    pub(super) outside: u64,
}

/// Cuts a body at its delimiters.
pub(super) fn split<'b>(body: &'b [u8], boundary: &str) -> Split<'b> {
    let mark = [b"--", boundary.as_bytes()].concat();
    let mut split = Split { parts: Vec::new(), outside: 0 };
    let mut start: Option<usize> = None;
    let mut at = 0usize;
    let mut first = true;
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = header::line(rest);
        let delimiter = line.strip_prefix(mark.as_slice()).map(<[u8]>::trim_ascii).filter(|tail| tail.is_empty() || *tail == b"--");
        if let Some(tail) = delimiter {
            let before = body.get(start.unwrap_or(0)..at).unwrap_or_default();
            let before = before.strip_suffix(b"\n").unwrap_or(before);
            let before = before.strip_suffix(b"\r").unwrap_or(before);
            if first {
                split.outside += u64::from(!before.trim_ascii().is_empty());
            } else {
                split.parts.push(before);
            }
            first = false;
            if !tail.is_empty() {
                split.outside += u64::from(!after.trim_ascii().is_empty());
                return split;
            }
            start = Some(body.len() - after.len());
        }
        at = body.len() - after.len();
        rest = after;
    }
    if let (false, Some(start)) = (first, start) {
        split.parts.push(body.get(start..).unwrap_or_default());
    }
    split
}

/// The boundary of a multipart that declares none: its first line with two hyphens.
pub(super) fn guess(body: &[u8]) -> Option<String> {
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = header::line(rest);
        let text = line.trim_ascii_end();
        if let Some(boundary) = text.strip_prefix(b"--")
            && (4..=200).contains(&boundary.len())
            && boundary.is_ascii()
        {
            return Some(String::from_utf8_lossy(boundary).into_owned());
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(body: &str, boundary: &str) -> (Vec<String>, u64) {
        let split = split(body.as_bytes(), boundary);
        (split.parts.iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect(), split.outside)
    }

    #[test]
    fn only_whole_lines_delimit() {
        let body = "pre\r\n--x\r\na\r\n--x_alt\r\nb\r\n--x \r\nc\r\n\r\n--x--\r\n--x\r\nhidden\r\n";
        assert_eq!(parts(body, "x"), (vec!["a\r\n--x_alt\r\nb".into(), "c\r\n".into()], 2));
        assert_eq!(parts("--x\na", "x"), (vec!["a".into()], 0));
        assert_eq!(parts("a", "x"), (vec![], 0));
        assert_eq!(parts("--x--\n", "x"), (vec![], 0));
        assert_eq!(guess(b"\r\n--abcd\r\n\r\nx").as_deref(), Some("abcd"));
    }
}
