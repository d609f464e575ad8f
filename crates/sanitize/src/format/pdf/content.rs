//! Content streams: read as operators with their operands, written anew; what is no operator is gone.

use super::{
    filter, image,
    lex::{Item, Lexer, is_space},
    model::Model,
    object::{Dict, Obj, space, write_name, write_obj},
    schema::T,
};
use crate::{Danger, Hold, job::Job};

/// Operands an operator takes: `n` number, `N` name, `s` string, `a` array of numbers, `t` array of
/// numbers and strings, `p` properties (a name or a dictionary), `c` numbers and perhaps a name.
const fn operands(operator: &[u8]) -> Option<&'static [u8]> {
    Some(match operator {
        b"b" | b"B" | b"b*" | b"B*" | b"BT" | b"EMC" | b"ET" | b"f" | b"F" | b"f*" | b"h" | b"n" | b"q" | b"Q" | b"s" | b"S" | b"T*"
        | b"W" | b"W*" => b"",
        b"c" | b"cm" | b"d1" | b"Tm" => b"nnnnnn",
        b"re" | b"v" | b"y" | b"k" | b"K" => b"nnnn",
        b"rg" | b"RG" => b"nnn",
        b"d0" | b"l" | b"m" | b"Td" | b"TD" => b"nn",
        b"g" | b"G" | b"i" | b"j" | b"J" | b"M" | b"Tc" | b"TL" | b"Tr" | b"Ts" | b"Tw" | b"Tz" | b"w" => b"n",
        b"cs" | b"CS" | b"Do" | b"gs" | b"MP" | b"ri" | b"sh" | b"BMC" => b"N",
        b"Tf" => b"Nn",
        b"d" => b"an",
        b"Tj" | b"'" => b"s",
        b"\"" => b"nns",
        b"TJ" => b"t",
        b"BDC" | b"DP" => b"Np",
        b"sc" | b"scn" | b"SC" | b"SCN" => b"c",
        _ => return None,
    })
}

/// Operands kept at most; colors of 32 components and a pattern.
const STACK: usize = 64;

/// Reads and writes a content stream.
pub(crate) fn rewrite(model: &mut Model<'_, '_>, job: &mut Job<'_>, bytes: &[u8]) -> Result<Vec<u8>, Hold> {
    let mut lexer = Lexer::new(bytes, 0);
    let mut out = Vec::with_capacity(bytes.len());
    let mut stack: Vec<Obj> = Vec::new();
    let mut unknown = 0_u64;
    loop {
        let before = lexer.at();
        match lexer.item() {
            Ok(None) => break,
            Ok(Some(Item::Value(value))) => {
                if stack.len() < STACK {
                    stack.push(value);
                } else {
                    unknown += 1;
                }
            }
            Ok(Some(Item::Word(b"BI"))) => {
                stack.clear();
                if !inline(model, job, bytes, &mut lexer, &mut out)? {
                    unknown += 1;
                }
            }
            Ok(Some(Item::Word(b"BX" | b"EX"))) => stack.clear(),
            Ok(Some(Item::Word(word))) => {
                let done = match operands(word) {
                    Some(spec) => write_operator(model, job, word, spec, &mut stack, &mut out)?,
                    None => false,
                };
                if !done {
                    unknown += 1;
                }
                stack.clear();
            }
            Ok(Some(Item::Open | Item::Close)) | Err(_) => {
                unknown += 1;
                stack.clear();
                if lexer.at() <= before {
                    lexer.seek(before + 1);
                }
            }
        }
    }
    if unknown > 0 {
        model.tell(Danger::Unknown, unknown);
    }
    Ok(out)
}

fn write_operator(
    model: &mut Model<'_, '_>,
    job: &mut Job<'_>,
    word: &[u8],
    spec: &[u8],
    stack: &mut [Obj],
    out: &mut Vec<u8>,
) -> Result<bool, Hold> {
    let taken = if spec == b"c" {
        let good = stack.iter().enumerate().all(|(index, value)| match value {
            Obj::Num(_) => true,
            Obj::Name(_) => index + 1 == stack.len(),
            _ => false,
        });
        if !good || stack.is_empty() {
            return Ok(false);
        }
        0
    } else {
        // Operands too many: the last ones count.
        match stack.len().checked_sub(spec.len()) {
            Some(extra) => extra,
            None => return Ok(false),
        }
    };
    if spec != b"c" {
        for (kind, value) in spec.iter().zip(stack.get_mut(taken..).unwrap_or_default()) {
            let good = match (kind, &mut *value) {
                (b'n', Obj::Num(_)) | (b'N' | b'p', Obj::Name(_)) | (b's', Obj::Str(_)) => true,
                (b'a', Obj::Array(items)) => items.iter().all(|item| matches!(item, Obj::Num(_))),
                (b't', Obj::Array(items)) => {
                    items.retain(|item| matches!(item, Obj::Num(_) | Obj::Str(_)));
                    true
                }
                (b'p', Obj::Dict(dict)) => {
                    *dict = model.entries(job, dict, T::Marked, 0)?;
                    true
                }
                _ => false,
            };
            if !good {
                return Ok(false);
            }
        }
    }
    for value in stack.get(taken..).unwrap_or_default() {
        write_obj(value, out);
    }
    if stack.len() > taken {
        space(out);
    }
    out.extend_from_slice(word);
    out.push(b'\n');
    Ok(true)
}

/// The long names of an inline image's keys.
fn long(key: &[u8]) -> Option<&'static [u8]> {
    Some(match key {
        b"W" | b"Width" => b"W",
        b"H" | b"Height" => b"H",
        b"BPC" | b"BitsPerComponent" => b"BPC",
        b"CS" | b"ColorSpace" => b"CS",
        b"D" | b"Decode" => b"D",
        b"DP" | b"DecodeParms" => b"DP",
        b"F" | b"Filter" => b"F",
        b"IM" | b"ImageMask" => b"IM",
        b"I" | b"Interpolate" => b"I",
        b"Intent" => b"Intent",
        b"L" | b"Length" => b"L",
        _ => return None,
    })
}

/// An inline image; false if it could not be read.
fn inline(model: &mut Model<'_, '_>, job: &mut Job<'_>, bytes: &[u8], lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<bool, Hold> {
    let mut dict = Dict::default();
    loop {
        match lexer.item() {
            Ok(Some(Item::Word(b"ID"))) => break,
            Ok(Some(Item::Value(Obj::Name(key)))) => {
                let Ok(Some(Item::Value(value))) = lexer.item() else { return Ok(false) };
                match long(&key) {
                    Some(key) if dict.get(key).is_none() => dict.put(key, value),
                    Some(_) => {}
                    None => model.tell(Danger::Unknown, 1),
                }
            }
            _ => return Ok(false),
        }
    }
    if lexer.peek().is_some_and(is_space) {
        lexer.seek(lexer.at() + 1);
    }
    let start = lexer.at();
    let rest = bytes.get(start..).unwrap_or_default();
    let int = |key: &[u8]| dict.get(key).and_then(Obj::as_int).and_then(|value| u64::try_from(value).ok());
    let (Some(width), Some(height)) = (int(b"W"), int(b"H")) else {
        lexer.seek(start + end_of_image(rest, 0).1);
        return Ok(false);
    };
    job.pixels(width, height)?;
    let mask = matches!(dict.get(b"IM"), Some(Obj::Bool(true)));
    let bits = if mask { 1 } else { int(b"BPC").unwrap_or(8) };
    let components = if mask { Some(1) } else { components(dict.get(b"CS")) };
    let expected = components.map(|count| width.saturating_mul(count).saturating_mul(bits).div_ceil(8).saturating_mul(height));
    let filters: Vec<Obj> = match dict.get(b"F") {
        None | Some(Obj::Null) => Vec::new(),
        Some(Obj::Array(filters)) => filters.clone(),
        Some(one) => vec![one.clone()],
    };
    let parms: Vec<Obj> = match dict.get(b"DP") {
        None | Some(Obj::Null) => Vec::new(),
        Some(Obj::Array(parms)) => parms.clone(),
        Some(one) => vec![one.clone()],
    };
    let by_itself = matches!(
        filters.first().and_then(Obj::as_name),
        Some(
            b"Fl"
                | b"FlateDecode"
                | b"LZW"
                | b"LZWDecode"
                | b"AHx"
                | b"ASCIIHexDecode"
                | b"A85"
                | b"ASCII85Decode"
                | b"RL"
                | b"RunLengthDecode"
        )
    );
    let (mut data, end) = match (filters.is_empty(), expected) {
        (true, Some(length)) if length <= rest.len() as u64 => {
            let length = usize::try_from(length).unwrap_or(rest.len());
            let (_, after) = end_of_image(rest, length);
            (super::file::Data { bytes: rest.get(..length).unwrap_or_default().to_vec(), left: None, predicted: false }, after)
        }
        _ if by_itself => {
            let (data, used) = model.file.run(job, rest, &filters, &parms)?;
            let (_, after) = end_of_image(rest, used.min(rest.len()));
            (data, after)
        }
        _ => {
            let (length, after) = end_of_image(rest, 0);
            let (data, _) = model.file.run(job, rest.get(..length).unwrap_or_default(), &filters, &parms)?;
            (data, after)
        }
    };
    lexer.seek(start + end);
    let mut last: &[u8] = b"Fl";
    if let Some((picture, parms)) = data.left.take() {
        match picture {
            super::file::Picture::Dct => {
                data.bytes = image::jpeg(job, &data.bytes)?;
                last = b"DCT";
            }
            super::file::Picture::Ccitt => data.bytes = image::ccitt_samples(job, &data.bytes, &parms, width, height)?.bytes,
            _ => return Ok(false),
        }
    }
    if last == b"Fl" {
        if let Some(expected) = expected {
            data.bytes.truncate(usize::try_from(expected).unwrap_or(usize::MAX));
        }
        data.bytes = filter::to_flate(&data.bytes);
    }
    out.extend_from_slice(b"BI");
    for key in [b"W".as_slice(), b"H", b"IM", b"CS", b"BPC", b"D", b"I", b"Intent"] {
        let Some(value) = dict.get(key) else { continue };
        let good = match key {
            b"W" | b"H" | b"BPC" => value.as_int().is_some(),
            b"IM" | b"I" => matches!(value, Obj::Bool(_)),
            b"D" => matches!(value, Obj::Array(items) if items.iter().all(|item| matches!(item, Obj::Num(_)))),
            b"Intent" => matches!(value, Obj::Name(_)),
            _ => match value {
                Obj::Name(_) => true,
                Obj::Array(items) => items.iter().all(|item| matches!(item, Obj::Name(_) | Obj::Num(_) | Obj::Str(_))),
                _ => false,
            },
        };
        if good {
            write_name(key, out);
            write_obj(value, out);
        } else {
            model.tell(Danger::Unknown, 1);
        }
    }
    out.extend_from_slice(b"/F[/A85/");
    out.extend_from_slice(last);
    out.extend_from_slice(b"]\nID ");
    out.extend_from_slice(&filter::to_ascii_85(&data.bytes));
    out.extend_from_slice(b"\nEI\n");
    Ok(true)
}

/// How many components a color space of an inline image has.
fn components(space: Option<&Obj>) -> Option<u64> {
    match space {
        Some(Obj::Name(name)) => match name.as_slice() {
            b"G" | b"DeviceGray" | b"CalGray" => Some(1),
            b"RGB" | b"DeviceRGB" | b"CalRGB" => Some(3),
            b"CMYK" | b"DeviceCMYK" => Some(4),
            _ => None,
        },
        Some(Obj::Array(items)) => match items.first().and_then(Obj::as_name) {
            Some(b"I" | b"Indexed") => Some(1),
            _ => None,
        },
        _ => None,
    }
}

/// Where an inline image's data ends, looked for from a place, and where `EI` ends.
fn end_of_image(rest: &[u8], from: usize) -> (usize, usize) {
    let mut at = from;
    while let Some(found) = memchr::memmem::find(rest.get(at..).unwrap_or_default(), b"EI") {
        let here = at + found;
        let before = here == from || rest.get(here.wrapping_sub(1)).copied().is_some_and(|byte| is_space(byte) || byte == b'>');
        let behind = rest.get(here + 2..).unwrap_or_default();
        let after = behind.first().is_none_or(|&byte| is_space(byte));
        let plain = behind.iter().take(12).all(|&byte| is_space(byte) || (b' '..=b'~').contains(&byte));
        if before && after && plain {
            let length = if here > from { here - 1 } else { here };
            return (length, here + 2);
        }
        at = here + 1;
    }
    (rest.len(), rest.len())
}
