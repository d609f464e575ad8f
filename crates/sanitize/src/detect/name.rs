//! Names: what hides or lies is refused, what is merely awkward is made plain.

use unicode_normalization::UnicodeNormalization;

use crate::{Hold, Kind, Reason, Treatment};

/// Characters that are not seen or turn the reading round.
pub(crate) const fn deceives(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}' | '\u{ad}' | '\u{180e}'
            | '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}'
    )
}

/// Refuses names that hide what a file is or where it would go.
pub(super) fn check(name: &str) -> Result<(), Hold> {
    let refuse = |detail: &str| Err(Hold::new(Reason::DangerousName, detail));
    if name.len() > 1_000 {
        return refuse("a name of more than 1,000 bytes");
    }
    if let Some(c) = name.chars().find(|c| deceives(*c)) {
        return refuse(&format!("U+{:04X} in the name", u32::from(c)));
    }
    if name.chars().any(char::is_control) {
        return refuse("a control character in the name");
    }
    // 請求書.exe.pdf: one ending is meant for the eye, the other for the machine.
    let mut parts = name.split('.').rev();
    let last = parts.next().unwrap_or_default();
    let before = parts.next().filter(|part| parts.clone().next().is_some() && *part == part.trim());
    if let (Some(before), Some(_)) = (before, Kind::of_ending(last))
        && Kind::of_ending(before).is_some_and(|kind| kind.treatment() == Treatment::Never)
        && !matches!(before.to_ascii_lowercase().as_str(), "com" | "application" | "desktop" | "website" | "pkg")
    {
        return refuse("an ending of a program before the ending");
    }
    Ok(())
}

/// Names that Windows gives to devices.
pub(crate) fn is_device(stem: &str) -> bool {
    let stem = stem.trim().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|rest| rest.chars().count() == 1 && rest.chars().all(|c| c.is_ascii_digit() || "¹²³".contains(c)))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

/// The name of the output: the input's without folders and without what file systems stumble over,
/// in NFC, with the ending of what came out.
pub(crate) fn output_name(name: &str, kind: Kind) -> String {
    let name: String = name.nfc().filter(|c| !c.is_control() && !deceives(*c)).collect();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().map(|c| if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c }).collect();
    let name = name.trim().trim_end_matches(['.', ' ']);
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && Kind::of_ending(ending).is_some() => (stem, ending),
        _ => (name, ""),
    };
    // tar.gz is one ending.
    let stem = match (stem.rsplit_once('.'), Kind::of_ending(ending)) {
        (Some((stem, "tar" | "TAR")), Some(Kind::Gzip | Kind::Bzip2 | Kind::Xz | Kind::Zstd)) if kind == Kind::Zip => stem,
        _ => stem,
    };
    let stem = if stem.is_empty() { "file" } else { stem };
    let stem = if is_device(stem.split('.').next().unwrap_or_default()) { format!("_{stem}") } else { stem.to_owned() };
    let keeps = kind.endings().contains(&ending.to_ascii_lowercase().as_str());
    match kind.endings().first() {
        Some(first) if !keeps => format!("{stem}.{first}"),
        _ if ending.is_empty() => stem,
        _ => format!("{stem}.{ending}"),
    }
}
