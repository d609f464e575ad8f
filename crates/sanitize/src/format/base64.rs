//! Base64 of pictures in single-file documents and pages.

/// The bytes; nothing if it is no base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0_u32, 0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if padding < 2 => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | u32::from(value);
        count += 1;
        if count == 4 {
            out.extend(bits.to_be_bytes().get(1..)?);
            (bits, count) = (0, 0);
        }
    }
    match count {
        0 => {}
        2 => out.push(u8::try_from(bits >> 4 & 0xff).ok()?),
        3 => {
            out.push(u8::try_from(bits >> 10 & 0xff).ok()?);
            out.push(u8::try_from(bits >> 2 & 0xff).ok()?);
        }
        _ => return None,
    }
    Some(out)
}

/// Bytes as base64, on one line.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4_usize {
            let index = (bits >> (18 - 6 * place) & 63) as usize;
            let letter = LETTERS.get(index).copied().unwrap_or(b'A');
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_both_ways() {
        for length in 0..20_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(37)).collect();
            assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
        assert_eq!(decode("QU\r\nJD"), Some(b"ABC".to_vec()));
        assert_eq!(decode("Q"), None);
        assert_eq!(decode("QQ==QQ=="), None);
    }
}
