//! Attributes that may say anything, and names that are only names.

use super::*;

/// Attributes that are words for readers, such as an alternative text.
pub(super) fn may_say_anything(own: Space, local: &str) -> bool {
    matches!(
        local,
        "descr"
            | "title"
            | "name"
            | "display"
            | "tooltip"
            | "prompt"
            | "promptTitle"
            | "error"
            | "errorTitle"
            | "alt"
            | "string"
            | "text"
            | "val"
            | "v"
            | "s"
    ) && !(own.is_vml() && local == "name")
}

/// Addresses that name an edition of the format and are never fetched.
pub(super) fn is_identifier(local: &str, value: &str) -> bool {
    const NAMES: [&str; 4] = [
        "http://schemas.openxmlformats.org/",
        "http://schemas.microsoft.com/",
        "http://purl.oclc.org/ooxml/",
        "urn:schemas-microsoft-com:",
    ];
    matches!(local, "uri" | "uniqueId" | "minVer" | "defStyle") && NAMES.iter().any(|name| value.starts_with(name))
}
