//! Who signed a mail, as the certificates in its signature say; nothing is verified.

use super::header;
use crate::text;

/// The names in the certificates, at most five.
pub(super) fn names(signature: &[u8]) -> Vec<String> {
    // id-at-commonName and emailAddress, as DER writes them.
    const MARKS: [&[u8]; 2] = [b"\x06\x03\x55\x04\x03", b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"];
    let mut found: Vec<String> = Vec::new();
    for at in 0..signature.len().min(100_000) {
        let Some(rest) = signature.get(at..) else { break };
        let Some(after) = MARKS.iter().find_map(|mark| rest.strip_prefix(*mark)) else { continue };
        let Some(([tag, length], value)) = after.split_first_chunk::<2>() else { continue };
        let Some(value) = value.get(..usize::from(*length)).filter(|_| *length < 128) else { continue };
        let name = match tag {
            0x0c | 0x13 | 0x14 | 0x16 => text::decode(value, Some("utf-8")).text,
            0x1e => text::decode(value, Some("utf-16be")).text,
            _ => continue,
        };
        let name = header::tidy(&name);
        if !name.is_empty() && !found.contains(&name) {
            found.push(name);
        }
        if found.len() == 5 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_found_in_certificates() {
        let der = b"xx\x06\x03\x55\x04\x03\x0c\x03ABCyy\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01\x16\x05a@b.c";
        assert_eq!(super::names(der), ["ABC", "a@b.c"]);
    }
}
