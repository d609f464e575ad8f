//! Formulas, conditions and other values that are calculated or followed.

use crate::Danger;

/// What makes a formula dangerous, if anything.
pub(super) fn danger(formula: &str) -> Option<Danger> {
    let upper: String = formula.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let has = |mark: &str| upper.contains(mark);
    if has("DDE(") || has("|'") {
        return Some(Danger::Dde);
    }
    if has("HYPERLINK(") {
        return Some(Danger::Link);
    }
    const CALLS: [&str; 9] =
        ["WEBSERVICE(", "FILTERXML(", "IMPORTXML(", "CALL(", "REGISTER", "EXEC(", "RTD(", "SQL.REQUEST", "MULTIPLE.OPERATIONS_"];
    if CALLS.iter().any(|call| has(call)) {
        return Some(Danger::Formula);
    }
    outside(formula).then_some(Danger::Remote)
}

/// Whether a value names something outside of the document.
pub(super) fn outside(value: &str) -> bool {
    if !value.contains([':', '\\', '|']) && !value.contains("//") {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    const MARKS: [&str; 22] = [
        "file:",
        "http:",
        "https:",
        "ftp:",
        "smb:",
        "\\\\",
        "vnd.sun.star.",
        "macro:",
        ".uno:",
        "javascript:",
        "vbscript:",
        "mhtml:",
        "ms-",
        "data:",
        "ldap:",
        "search-ms:",
        "library-ms:",
        "service:",
        "private:",
        "slot:",
        "script:",
        "dav:",
    ];
    MARKS.iter().any(|mark| lower.contains(mark) && (*mark != "ms-" || lower.starts_with("ms-") && lower.contains(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_that_reach_out_are_found() {
        assert_eq!(danger("of:=SUM([.A1:.B2])"), None);
        assert_eq!(danger("of:=IF([.A1]=\"a\";1;2)"), None);
        assert_eq!(danger("of:=DDE(\"soffice\";\"a\";\"b\")"), Some(Danger::Dde));
        assert_eq!(danger("of:=HYPERLINK(\"http://a\";\"b\")"), Some(Danger::Link));
        assert_eq!(danger("of:=WEBSERVICE(\"a\")"), Some(Danger::Formula));
        assert_eq!(danger("of:=['file:///a.ods'#$Sheet1.A1]"), Some(Danger::Remote));
    }
}
