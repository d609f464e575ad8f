//! Transfer encodings: base64, quoted-printable and uuencode, read leniently, base64 written.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What each byte is worth in base64; 255 for what is skipped.
const VALUES: [u8; 256] = {
    let mut table = [255; 256];
    let mut at = 0;
    while at < 64 {
        #[expect(clippy::indexing_slicing, reason = "evaluated while compiling, where it cannot fail at run time")]
        {
            table[LETTERS[at] as usize] = at as u8;
        }
        at += 1;
    }
    table
};

/// Reads base64; anything that is no letter of it is skipped, padding ends a group.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in text {
        let value = VALUES.get(usize::from(*byte)).copied().unwrap_or(255);
        if value < 64 {
            bits = bits << 6 | u32::from(value);
            count += 1;
            if count == 4 {
                out.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
                (bits, count) = (0, 0);
            }
        } else if *byte == b'=' {
            rest(&mut out, bits, count);
            (bits, count) = (0, 0);
        }
    }
    rest(&mut out, bits, count);
    out
}

/// The bytes of a group that is not full.
fn rest(out: &mut Vec<u8>, bits: u32, count: u32) {
    match count {
        2 => out.push((bits >> 4) as u8),
        3 => out.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
}

/// Writes base64 without line ends.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    let letter = |value: u32| char::from(LETTERS.get((value & 63) as usize).copied().unwrap_or(b'A'));
    for group in bytes.chunks(3) {
        let at = |place: usize| u32::from(group.get(place).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        out.push(letter(bits >> 18));
        out.push(letter(bits >> 12));
        out.push(if group.len() > 1 { letter(bits >> 6) } else { '=' });
        out.push(if group.len() > 2 { letter(bits) } else { '=' });
    }
    out
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Two hexadecimal digits at the start.
pub(super) fn hex_pair(text: &[u8]) -> Option<u8> {
    Some(hex(*text.first()?)? << 4 | hex(*text.get(1)?)?)
}

/// Reads quoted-printable; what is no escape stays as it stands.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let ended = content.len() < line.len();
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let content = content.trim_ascii_end();
        let (content, soft) = match content.strip_suffix(b"=") {
            Some(content) => (content, true),
            None => (content, false),
        };
        let mut rest = content;
        while let Some((byte, after)) = rest.split_first() {
            match (*byte, hex_pair(after)) {
                (b'=', Some(value)) => {
                    out.push(value);
                    rest = after.get(2..).unwrap_or_default();
                }
                (byte, _) => {
                    out.push(byte);
                    rest = after;
                }
            }
        }
        if ended && !soft {
            out.extend(b"\r\n");
        }
    }
    out
}

/// Reads the Q encoding of header words.
pub(super) fn q_word(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (*byte, hex_pair(after)) {
            (b'=', Some(value)) => {
                out.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'_', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
    }
    out
}

/// Reads percent escapes (RFC 2231).
pub(super) fn percent(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (*byte, hex_pair(after)) {
            (b'%', Some(value)) => {
                out.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            (byte, _) => out.push(byte),
        }
    }
    out
}

/// One line of uuencode; none if it is no such line.
pub(super) fn uu_line(line: &[u8]) -> Option<Vec<u8>> {
    let (first, data) = line.split_first()?;
    let value = |byte: u8| -> Option<u8> { (0x20..=0x60).contains(&byte).then(|| byte.wrapping_sub(0x20) & 63) };
    let length = usize::from(value(*first)?);
    // Trailing spaces, which stand for zeros, are lost on the way; some writers add a check letter.
    let need = length.div_ceil(3) * 4;
    if data.len() > need + 2 || data.len() + 4 < need {
        return None;
    }
    let mut out = Vec::with_capacity(need);
    for place in (0..need).step_by(4) {
        let at = |offset: usize| value(data.get(place + offset).copied().unwrap_or(b' '));
        let (a, b, c, d) = (at(0)?, at(1)?, at(2)?, at(3)?);
        out.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    out.truncate(length);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_read_leniently() {
        assert_eq!(base64(b"5L2Z\r\n5rC0\x00!54m5"), "余水特".as_bytes());
        assert_eq!(base64(b"YQ==YmM="), b"abc");
        assert_eq!(base64(b"YWI"), b"ab");
        assert_eq!(to_base64(b"abcd"), "YWJjZA==");
        assert_eq!(quoted_printable(b"a=20b=\r\nc=3D  \nd=zz"), b"a bc=\r\nd=zz");
        assert_eq!(q_word(b"a_=41"), b"a A");
        assert_eq!(percent(b"%41%4"), b"A%4");
        assert_eq!(uu_line(b"#0V%T").as_deref(), Some(b"Cat".as_slice()));
        assert_eq!(uu_line(b"hello world, this is text"), None);
    }
}
