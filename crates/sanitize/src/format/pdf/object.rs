//! The values a PDF is made of.

use std::sync::Arc;

/// An exact decimal number: `mantissa × 10^-scale`, without trailing zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Num {
    /// All digits.
    pub(crate) mantissa: i64,
    /// How many of them stand behind the point.
    pub(crate) scale: u8,
}

/// Powers of ten that a scale may ask for.
const TENS: [i64; 13] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
];

/// Digits kept behind the point.
pub(crate) const SCALE: u8 = 12;

impl Num {
    /// A whole number.
    pub(crate) const fn int(value: i64) -> Self {
        Self { mantissa: value, scale: 0 }
    }

    /// Drops zeros at the end of the fraction.
    pub(crate) fn trimmed(mut self) -> Self {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }

    /// The whole number it is, if it is one.
    pub(crate) const fn as_int(self) -> Option<i64> {
        if self.scale == 0 { Some(self.mantissa) } else { None }
    }

    /// Nearest float, for comparisons.
    #[expect(clippy::cast_precision_loss, reason = "only compared")]
    pub(crate) fn as_f64(self) -> f64 {
        self.mantissa as f64 / TENS.get(usize::from(self.scale)).copied().unwrap_or(1) as f64
    }

    /// Writes it in its one spelling.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        if self.mantissa < 0 {
            out.push(b'-');
        }
        let digits = self.mantissa.unsigned_abs();
        let ten = TENS.get(usize::from(self.scale)).copied().unwrap_or(1).unsigned_abs();
        let (whole, fraction) = (digits / ten, digits % ten);
        if whole != 0 || self.scale == 0 {
            write_u64(whole, out);
        }
        if self.scale > 0 {
            out.push(b'.');
            let mut place = ten / 10;
            while place > 0 {
                out.push(b'0' + (fraction / place % 10) as u8);
                place /= 10;
            }
        }
    }
}

/// Writes a whole number.
pub(crate) fn write_u64(mut value: u64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + (value % 10) as u8;
        at -= 1;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

/// A number of an object, and its generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id {
    /// Object number.
    pub(crate) num: u32,
    /// Generation.
    pub(crate) generation: u16,
}

/// A dictionary in the order it was written; no key twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Dict(pub(crate) Vec<(Vec<u8>, Obj)>);

impl Dict {
    /// The value of a key.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Obj> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Adds an entry; the caller knows the key to be new.
    pub(crate) fn put(&mut self, key: &[u8], value: Obj) {
        self.0.push((key.to_vec(), value));
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obj {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Num(Num),
    /// A name, its escapes undone.
    Name(Vec<u8>),
    /// A string, its escapes undone.
    Str(Vec<u8>),
    /// An array.
    Array(Vec<Obj>),
    /// A dictionary.
    Dict(Dict),
    /// A reference to another object.
    Ref(Id),
}

impl Obj {
    /// A whole number.
    pub(crate) const fn int(value: i64) -> Self {
        Self::Num(Num::int(value))
    }

    /// A name.
    pub(crate) fn name(text: &[u8]) -> Self {
        Self::Name(text.to_vec())
    }

    /// As a whole number.
    pub(crate) const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Num(num) => num.as_int(),
            _ => None,
        }
    }

    /// As a name.
    pub(crate) fn as_name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// An object as the file has it: a value, and raw bytes if it is a stream.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// The value; a dictionary for a stream.
    pub(crate) value: Obj,
    /// Where its raw bytes are in the file.
    pub(crate) stream: Option<Raw>,
}

/// The raw bytes of a stream.
#[derive(Debug, Clone)]
pub(crate) enum Raw {
    /// From … to in the file.
    Range(usize, usize),
    /// Decrypted.
    Owned(Arc<Vec<u8>>),
}

/// Writes a value in its one spelling.
pub(crate) fn write_obj(value: &Obj, out: &mut Vec<u8>) {
    match value {
        Obj::Null => word(b"null", out),
        Obj::Bool(true) => word(b"true", out),
        Obj::Bool(false) => word(b"false", out),
        Obj::Num(num) => {
            space(out);
            num.write(out);
        }
        Obj::Name(name) => write_name(name, out),
        Obj::Str(text) => write_str(text, out),
        Obj::Array(items) => {
            out.push(b'[');
            for item in items {
                write_obj(item, out);
            }
            out.push(b']');
        }
        Obj::Dict(dict) => {
            out.extend_from_slice(b"<<");
            for (key, item) in &dict.0 {
                write_name(key, out);
                write_obj(item, out);
            }
            out.extend_from_slice(b">>");
        }
        Obj::Ref(id) => {
            space(out);
            write_u64(u64::from(id.num), out);
            out.push(b' ');
            write_u64(u64::from(id.generation), out);
            out.extend_from_slice(b" R");
        }
    }
}

/// A space, where two words would run together.
pub(crate) fn space(out: &mut Vec<u8>) {
    if out.last().is_some_and(|&last| !matches!(last, b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'(' | b')' | b'\n' | b' ')) {
        out.push(b' ');
    }
}

fn word(text: &[u8], out: &mut Vec<u8>) {
    space(out);
    out.extend_from_slice(text);
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

fn hex(byte: u8, out: &mut Vec<u8>) {
    out.push(HEX.get(usize::from(byte >> 4)).copied().unwrap_or(b'0'));
    out.push(HEX.get(usize::from(byte & 15)).copied().unwrap_or(b'0'));
}

/// Writes a name with the escapes it needs.
pub(crate) fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for &byte in name {
        match byte {
            b'!'..=b'~' if !super::lex::is_delimiter(byte) && byte != b'#' => out.push(byte),
            _ => {
                out.push(b'#');
                hex(byte, out);
            }
        }
    }
}

/// Writes a string, in parentheses or in hexadecimal, whichever is shorter.
pub(crate) fn write_str(text: &[u8], out: &mut Vec<u8>) {
    let escaped = text
        .iter()
        .map(|&byte| match byte {
            b'(' | b')' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
            0..=31 | 127 => 4,
            _ => 1_usize,
        })
        .fold(0_usize, usize::saturating_add);
    if escaped > text.len().saturating_mul(2) {
        out.push(b'<');
        for &byte in text {
            hex(byte, out);
        }
        out.push(b'>');
        return;
    }
    out.push(b'(');
    for &byte in text {
        match byte {
            b'(' | b')' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..=31 | 127 => out.extend_from_slice(&[b'\\', b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]),
            _ => out.push(byte),
        }
    }
    out.push(b')');
}
