//! CFF: dictionaries by allowlist, glyphs and subroutines as far as they are run, all offsets new.

use std::collections::BTreeSet;

use super::charstring::{self, Steps, Subroutines};
use crate::{Hold, cursor::Cursor};

/// A number in a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Number {
    Whole(i32),
    /// Half bytes of a decimal number.
    Real(Vec<u8>),
}

type Dictionary = Vec<(u16, Vec<Number>)>;

/// Operators behind byte 12 are counted from here.
const ESCAPE: u16 = 0x0c00;

/// Of the whole font: box, shape, spacing, matrix, how it was numbered.
const TOP: &[u16] = &[5, ESCAPE + 1, ESCAPE + 2, ESCAPE + 3, ESCAPE + 4, ESCAPE + 5, ESCAPE + 7, ESCAPE + 8, ESCAPE + 31, ESCAPE + 34];
/// Of hinting and widths.
const PRIVATE: &[u16] = &[
    6,
    7,
    8,
    9,
    10,
    11,
    20,
    21,
    ESCAPE + 9,
    ESCAPE + 10,
    ESCAPE + 11,
    ESCAPE + 12,
    ESCAPE + 13,
    ESCAPE + 14,
    ESCAPE + 17,
    ESCAPE + 18,
    ESCAPE + 19,
];
const ROS: u16 = ESCAPE + 30;
const FONT_NAME: u16 = ESCAPE + 38;
/// Strings that every reader knows.
const STANDARD: i32 = 391;

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("CFF: {what}"))
}

struct Private<'a> {
    dictionary: Dictionary,
    subroutines: Subroutines<'a>,
    /// The matrix and the name of a part of a numbered font.
    outside: Dictionary,
}

/// Rebuilds a font.
pub(super) fn rebuild(bytes: &[u8]) -> Result<Vec<u8>, Hold> {
    rebuild_counted(bytes).map(|(made, _)| made)
}

/// Rebuilds a font; tells how many glyphs it has.
pub(super) fn rebuild_counted(bytes: &[u8]) -> Result<(Vec<u8>, u16), Hold> {
    let header = usize::from(*bytes.get(2).ok_or_else(|| broken("no header"))?);
    let mut cursor = Cursor::starting_at(bytes, header).ok_or_else(|| broken("no header"))?;
    let names = index(&mut cursor).ok_or_else(|| broken("names"))?;
    let tops = index(&mut cursor).ok_or_else(|| broken("dictionaries"))?;
    let strings = index(&mut cursor).ok_or_else(|| broken("strings"))?;
    let global = index(&mut cursor).ok_or_else(|| broken("subroutines"))?;
    let top = tops.first().and_then(|top| dictionary(top)).ok_or_else(|| broken("the dictionary"))?;
    if offset(&top, ESCAPE + 6).is_some_and(|kind| kind != 2) || entry(&top, ESCAPE + 20).is_some() {
        return Err(broken("programs of another type"));
    }
    let at = |operator: u16| offset(&top, operator).and_then(|at| Cursor::starting_at(bytes, at));
    let glyphs = at(17).and_then(|mut cursor| index(&mut cursor)).ok_or_else(|| broken("glyphs"))?;
    let count = u16::try_from(glyphs.len()).map_err(|_| broken("too many glyphs"))?;
    if count == 0 {
        return Err(broken("no glyphs"));
    }

    let numbered = entry(&top, ROS).is_some();
    let mut privates = Vec::new();
    let mut selected = vec![0_u8; glyphs.len()];
    if numbered {
        for font in at(ESCAPE + 36).and_then(|mut cursor| index(&mut cursor)).ok_or_else(|| broken("parts"))? {
            let font = dictionary(font).ok_or_else(|| broken("a part"))?;
            privates.push(private(bytes, &font)?);
        }
        selected = at(ESCAPE + 37).and_then(|cursor| selection(cursor, glyphs.len())).ok_or_else(|| broken("the selection of parts"))?;
        if privates.is_empty() || selected.iter().any(|&part| usize::from(part) >= privates.len()) {
            return Err(broken("a part that is not there"));
        }
    } else {
        privates.push(private(bytes, &top)?);
    }

    let mut global = Subroutines::new(global);
    let mut steps = Steps { all: 100_000_000 };
    let mut programs: Vec<Vec<u8>> = Vec::with_capacity(glyphs.len());
    for (glyph, &part) in glyphs.iter().zip(&selected) {
        let Some(private) = privates.get_mut(usize::from(part)) else { continue };
        let used = charstring::run(glyph, &mut global, &mut private.subroutines, &mut steps);
        // What cannot be drawn is not drawn.
        programs.push(used.and_then(|used| glyph.get(..used)).map_or_else(|| vec![14], <[u8]>::to_vec));
    }
    if steps.all == 0 {
        return Err(broken("glyphs take too long"));
    }

    let charset = match offset(&top, 15).unwrap_or(0) {
        predefined @ 0..=2 if !numbered => Err(predefined),
        // Numbered fonts have no known sets; glyphs are numbered as they come.
        0..=2 => Ok((1..count).collect()),
        at => Ok(charset(Cursor::starting_at(bytes, at).unwrap_or_else(|| Cursor::new(&[])), glyphs.len())),
    };
    let encoding = match offset(&top, 16).unwrap_or(0) {
        predefined @ 0..=1 => Err(predefined),
        at => Ok(Cursor::starting_at(bytes, at).and_then(encoding).unwrap_or_else(|| vec![0, 0])),
    };
    let model = Model {
        top,
        name: names.first().copied().unwrap_or_default(),
        strings,
        global,
        charset,
        encoding,
        programs,
        privates,
        selected,
        numbered,
    };
    Ok((model.write(), count))
}

/// Entries of an index.
fn index<'a>(cursor: &mut Cursor<'a>) -> Option<Vec<&'a [u8]>> {
    let count = usize::from(cursor.u16_be()?);
    if count == 0 {
        return Some(Vec::new());
    }
    let size = usize::from(cursor.u8()?);
    if !(1..=4).contains(&size) {
        return None;
    }
    let mut offsets = Vec::with_capacity(count + 1);
    for _ in 0..=count {
        offsets.push(cursor.take(size)?.iter().fold(0_usize, |number, &byte| number << 8 | usize::from(byte)).checked_sub(1)?);
    }
    let data = cursor.rest();
    let end = *offsets.last()?;
    let mut entries = Vec::with_capacity(count);
    for pair in offsets.windows(2) {
        let [from, to] = pair else { continue };
        // Entries that lie wrong are empty; the last may be cut off.
        entries.push(data.get(*from..(*to).min(data.len())).unwrap_or_default());
    }
    cursor.take(end.min(data.len()))?;
    Some(entries)
}

fn dictionary(bytes: &[u8]) -> Option<Dictionary> {
    let mut cursor = Cursor::new(bytes);
    let mut entries = Dictionary::new();
    let mut numbers = Vec::new();
    while let Some(byte) = cursor.u8() {
        match byte {
            0..=21 => {
                let operator = if byte == 12 { ESCAPE + u16::from(cursor.u8()?) } else { u16::from(byte) };
                let numbers = std::mem::take(&mut numbers);
                if entries.iter().all(|entry| entry.0 != operator) {
                    entries.push((operator, numbers));
                }
                continue;
            }
            28 => numbers.push(Number::Whole(i32::from(cursor.i16_be()?))),
            29 => numbers.push(Number::Whole(cursor.u32_be()?.cast_signed())),
            30 => numbers.push(real(&mut cursor)?),
            32..=246 => numbers.push(Number::Whole(i32::from(byte) - 139)),
            247..=250 => numbers.push(Number::Whole((i32::from(byte) - 247) * 256 + i32::from(cursor.u8()?) + 108)),
            251..=254 => numbers.push(Number::Whole(-(i32::from(byte) - 251) * 256 - i32::from(cursor.u8()?) - 108)),
            _ => return None,
        }
        if numbers.len() > 513 {
            return None;
        }
    }
    Some(entries)
}

fn real(cursor: &mut Cursor<'_>) -> Option<Number> {
    let mut halves = Vec::new();
    while halves.len() < 40 {
        let byte = cursor.u8()?;
        for half in [byte >> 4, byte & 15] {
            match half {
                15 => return Some(Number::Real(halves)),
                13 => return None,
                half => halves.push(half),
            }
        }
    }
    None
}

fn entry(dictionary: &Dictionary, operator: u16) -> Option<&[Number]> {
    dictionary.iter().find(|entry| entry.0 == operator).map(|entry| entry.1.as_slice())
}

fn offset(dictionary: &Dictionary, operator: u16) -> Option<usize> {
    match entry(dictionary, operator)?.last()? {
        Number::Whole(at) => usize::try_from(*at).ok(),
        Number::Real(_) => None,
    }
}

/// The private dictionary that a dictionary names, with its subroutines.
fn private<'a>(bytes: &'a [u8], from: &Dictionary) -> Result<Private<'a>, Hold> {
    let mut private = Private { dictionary: Dictionary::new(), subroutines: Subroutines::new(Vec::new()), outside: Dictionary::new() };
    private.outside = from.iter().filter(|entry| entry.0 == ESCAPE + 7 || entry.0 == FONT_NAME).cloned().collect();
    let Some([Number::Whole(size), Number::Whole(at)]) = entry(from, 18) else { return Ok(private) };
    let (Ok(size), Ok(at)) = (usize::try_from(*size), usize::try_from(*at)) else { return Err(broken("private values")) };
    let content = at.checked_add(size).and_then(|end| bytes.get(at..end.min(bytes.len()))).ok_or_else(|| broken("private values"))?;
    private.dictionary = dictionary(content).ok_or_else(|| broken("private values"))?;
    if let Some(own) = offset(&private.dictionary, 19).filter(|&own| own > 0) {
        let subroutines = Cursor::starting_at(bytes, at.saturating_add(own)).and_then(|mut cursor| index(&mut cursor));
        private.subroutines = Subroutines::new(subroutines.ok_or_else(|| broken("subroutines"))?);
    }
    Ok(private)
}

/// For each glyph behind the first its name or number; zero where the font tells none.
fn charset(mut cursor: Cursor<'_>, glyphs: usize) -> Vec<u16> {
    let format = cursor.u8();
    let mut names = Vec::with_capacity(glyphs);
    while names.len() + 1 < glyphs {
        let Some(first) = cursor.u16_be() else { break };
        let more = match format {
            Some(0) => 0,
            Some(1) => cursor.u8().map_or(0, u16::from),
            Some(2) => cursor.u16_be().unwrap_or(0),
            _ => break,
        };
        names.extend((first..=first.saturating_add(more)).take(glyphs - 1 - names.len()));
    }
    names.resize(glyphs.saturating_sub(1), 0);
    names
}

/// Codes of glyphs, in the form in which they are written again.
fn encoding(mut cursor: Cursor<'_>) -> Option<Vec<u8>> {
    let (format, count) = (cursor.u8()?, cursor.u8()?);
    let each = match format & 0x7f {
        0 => 1,
        1 => 2,
        _ => return None,
    };
    let mut out = vec![format, count];
    out.extend(cursor.take(usize::from(count) * each)?);
    if format & 0x80 != 0 {
        let count = cursor.u8()?;
        out.push(count);
        out.extend(cursor.take(usize::from(count) * 3)?);
    }
    Some(out)
}

/// For each glyph the part that it belongs to.
fn selection(mut cursor: Cursor<'_>, glyphs: usize) -> Option<Vec<u8>> {
    match cursor.u8()? {
        0 => cursor.take(glyphs).map(<[u8]>::to_vec),
        3 => {
            let mut parts = Vec::with_capacity(glyphs);
            let count = cursor.u16_be()?;
            let mut first = usize::from(cursor.u16_be()?);
            for _ in 0..count {
                let (part, next) = (cursor.u8()?, usize::from(cursor.u16_be()?));
                if first != parts.len() || next < first {
                    return None;
                }
                parts.resize(next.min(glyphs), part);
                first = next;
            }
            (parts.len() == glyphs).then_some(parts)
        }
        _ => None,
    }
}

struct Model<'a> {
    top: Dictionary,
    name: &'a [u8],
    strings: Vec<&'a [u8]>,
    global: Subroutines<'a>,
    /// Own names, or which of the known sets.
    charset: Result<Vec<u16>, usize>,
    encoding: Result<Vec<u8>, usize>,
    programs: Vec<Vec<u8>>,
    privates: Vec<Private<'a>>,
    selected: Vec<u8>,
    numbered: bool,
}

impl Model<'_> {
    /// Strings that something names; the others become empty and keep their numbers.
    fn strings(&self) -> Vec<Vec<u8>> {
        let mut named: BTreeSet<i32> = BTreeSet::new();
        if !self.numbered {
            named.extend(self.charset.iter().flatten().map(|&name| i32::from(name)));
        }
        let whole = |number: &Number| if let Number::Whole(number) = number { Some(*number) } else { None };
        named.extend(entry(&self.top, ROS).into_iter().flatten().take(2).filter_map(whole));
        for private in &self.privates {
            named.extend(entry(&private.outside, FONT_NAME).into_iter().flatten().filter_map(whole));
        }
        // Supplements of an encoding name glyphs, too.
        if let Ok(encoding) = &self.encoding {
            let at = if encoding.first().is_some_and(|format| format & 0x80 != 0) {
                let each = usize::from(encoding.first().copied().unwrap_or(0) & 0x7f) + 1;
                2 + usize::from(encoding.get(1).copied().unwrap_or(0)) * each + 1
            } else {
                encoding.len()
            };
            let names = encoding.get(at..).unwrap_or_default().chunks_exact(3);
            named.extend(names.filter_map(|three| Some(i32::from(Cursor::starting_at(three, 1)?.u16_be()?))));
        }
        let last = named.last().copied().unwrap_or(0).saturating_sub(STANDARD);
        let kept = self.strings.iter().zip(0..=last.min(0xffff));
        kept.map(|(string, number)| if named.contains(&(number + STANDARD)) { clean(string) } else { Vec::new() }).collect()
    }

    fn write(&self) -> Vec<u8> {
        let mut out = vec![1, 0, 4, 4];
        put_index(&mut out, &[clean(self.name)]);
        let strings = self.strings();
        let global = self.global.kept();
        let charset = self.charset.as_ref().map(|names| put_charset(names));
        let selection = self.numbered.then(|| put_selection(&self.selected));
        let mut glyphs = Vec::new();
        put_index(&mut glyphs, &self.programs);
        // Private values with their subroutines behind them.
        let privates: Vec<(Vec<u8>, Vec<u8>)> = self.privates.iter().map(put_private).collect();

        let mut behind = Vec::new();
        put_index(&mut behind, &strings);
        put_index(&mut behind, &global);
        // The dictionary's length does not depend on the offsets in it: they take five bytes each.
        let length = index_length(1, self.top(&[0; 6]).len());
        let mut at = out.len() + length + behind.len();
        let mut places = [0; 6];
        let mut body = Vec::new();
        let parts = [charset.as_ref().ok(), self.encoding.as_ref().ok(), selection.as_ref(), Some(&glyphs)];
        for (part, place) in parts.into_iter().zip(&mut places) {
            if let Some(part) = part {
                *place = at;
                at += part.len();
                body.extend(part);
            }
        }
        let mut fonts = Vec::new();
        for (private, (dictionary, subroutines)) in self.privates.iter().zip(&privates) {
            let mut font = Vec::new();
            if self.numbered {
                private.outside.iter().for_each(|(operator, numbers)| put_entry(&mut font, *operator, numbers));
            }
            put_offsets(&mut font, 18, &[dictionary.len(), at]);
            fonts.push(font);
            if let Some(place) = places.get_mut(4) {
                *place = at;
            }
            at += dictionary.len() + subroutines.len();
            body.extend(dictionary);
            body.extend(subroutines);
        }
        if let Some(place) = places.get_mut(5) {
            *place = at;
        }
        if self.numbered {
            put_index(&mut body, &fonts);
        }
        put_index(&mut out, &[self.top(&places)]);
        out.extend(behind);
        out.extend(body);
        out
    }

    /// The dictionary: charset, encoding, selection, glyphs, private values, parts are at these places.
    fn top(&self, places: &[usize; 6]) -> Vec<u8> {
        let [charset, encoding, selection, glyphs, private, parts] = *places;
        let mut out = Vec::new();
        if let Some(numbers) = entry(&self.top, ROS) {
            put_entry(&mut out, ROS, numbers);
        }
        for (operator, numbers) in &self.top {
            // The matrix of a font that is not numbered stands here as well.
            if TOP.contains(operator) {
                put_entry(&mut out, *operator, numbers);
            }
        }
        put_offsets(&mut out, 15, &[*self.charset.as_ref().err().unwrap_or(&charset)]);
        if self.numbered {
            put_offsets(&mut out, ESCAPE + 36, &[parts]);
            put_offsets(&mut out, ESCAPE + 37, &[selection]);
        } else {
            put_offsets(&mut out, 16, &[*self.encoding.as_ref().err().unwrap_or(&encoding)]);
            let size = self.privates.first().map_or(0, |private| put_private(private).0.len());
            put_offsets(&mut out, 18, &[size, private]);
        }
        put_offsets(&mut out, 17, &[glyphs]);
        out
    }
}

/// Names may be printable ASCII only.
fn clean(name: &[u8]) -> Vec<u8> {
    name.iter().take(127).map(|&byte| if byte.is_ascii_graphic() || byte == b' ' { byte } else { b'_' }).collect()
}

fn put_private(private: &Private<'_>) -> (Vec<u8>, Vec<u8>) {
    let mut out = Vec::new();
    for (operator, numbers) in &private.dictionary {
        if PRIVATE.contains(operator) {
            put_entry(&mut out, *operator, numbers);
        }
    }
    let kept = private.subroutines.kept();
    let mut subroutines = Vec::new();
    if !kept.is_empty() {
        let length = out.len() + 6;
        put_offsets(&mut out, 19, &[length]);
        put_index(&mut subroutines, &kept);
    }
    (out, subroutines)
}

fn put_operator(out: &mut Vec<u8>, operator: u16) {
    if operator >= ESCAPE {
        out.push(12);
    }
    out.push(operator as u8);
}

fn put_entry(out: &mut Vec<u8>, operator: u16, numbers: &[Number]) {
    for number in numbers {
        match number {
            Number::Whole(number) => match *number {
                number @ -107..=107 => out.push((number + 139) as u8),
                number @ 108..=1131 => out.extend([((number - 108) >> 8) as u8 + 247, (number - 108) as u8]),
                number @ -1131..=-108 => out.extend([((-number - 108) >> 8) as u8 + 251, (-number - 108) as u8]),
                number => match i16::try_from(number) {
                    Ok(number) => {
                        out.push(28);
                        out.extend(number.to_be_bytes());
                    }
                    Err(_) => {
                        out.push(29);
                        out.extend(number.to_be_bytes());
                    }
                },
            },
            Number::Real(halves) => {
                out.push(30);
                let mut halves = halves.clone();
                halves.push(15);
                if halves.len() % 2 == 1 {
                    halves.push(15);
                }
                out.extend(halves.chunks(2).map(|pair| pair.iter().fold(0, |byte, half| byte << 4 | half)));
            }
        }
    }
    put_operator(out, operator);
}

/// Whole numbers of five bytes each.
fn put_offsets(out: &mut Vec<u8>, operator: u16, numbers: &[usize]) {
    for &number in numbers {
        out.push(29);
        out.extend((number as u32).to_be_bytes());
    }
    put_operator(out, operator);
}

/// Bytes that an offset takes in an index of so many bytes.
fn offset_size(data: usize) -> usize {
    match data + 1 {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xff_ffff => 3,
        _ => 4,
    }
}

fn index_length(count: usize, data: usize) -> usize {
    3 + (count + 1) * offset_size(data) + data
}

fn put_index(out: &mut Vec<u8>, entries: &[Vec<u8>]) {
    out.extend((entries.len() as u16).to_be_bytes());
    if entries.is_empty() {
        return;
    }
    let size = offset_size(entries.iter().map(Vec::len).sum());
    out.push(size as u8);
    let mut at = 1_u32;
    let lengths = entries.iter().map(|entry| entry.len() as u32);
    for length in std::iter::once(0).chain(lengths) {
        at += length;
        out.extend(at.to_be_bytes().get(4 - size..).unwrap_or_default());
    }
    entries.iter().for_each(|entry| out.extend(entry));
}

fn put_charset(names: &[u16]) -> Vec<u8> {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for &name in names {
        match runs.last_mut() {
            Some((first, more)) if first.checked_add(*more).and_then(|last| last.checked_add(1)) == Some(name) => *more += 1,
            _ => runs.push((name, 0)),
        }
    }
    let mut out = Vec::new();
    if runs.len() * 2 < names.len() {
        out.push(2);
        runs.iter().for_each(|(first, more)| {
            out.extend(first.to_be_bytes());
            out.extend(more.to_be_bytes());
        });
    } else {
        out.push(0);
        out.extend(names.iter().flat_map(|name| name.to_be_bytes()));
    }
    out
}

fn put_selection(selected: &[u8]) -> Vec<u8> {
    let mut runs: Vec<(u16, u8)> = Vec::new();
    for (glyph, &part) in (0_u16..).zip(selected) {
        if runs.last().is_none_or(|run| run.1 != part) {
            runs.push((glyph, part));
        }
    }
    let mut out = Vec::new();
    if runs.len() * 3 + 5 < selected.len() + 1 {
        out.push(3);
        out.extend((runs.len() as u16).to_be_bytes());
        for (first, part) in runs {
            out.extend(first.to_be_bytes());
            out.push(part);
        }
        out.extend((selected.len() as u16).to_be_bytes());
    } else {
        out.push(0);
        out.extend(selected);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A font of two glyphs, one of which calls a subroutine; a second one is called by nobody.
    fn font() -> Vec<u8> {
        let private = Private {
            dictionary: vec![(20, vec![Number::Whole(500)]), (6, vec![Number::Whole(-10), Number::Whole(10)])],
            subroutines: Subroutines::new(vec![&[139, 22, 11], b"CANARY"]),
            outside: Dictionary::new(),
        };
        let mut model = Model {
            top: vec![(5, vec![Number::Whole(0), Number::Whole(-200), Number::Whole(1000), Number::Whole(800)])],
            name: b"Sample",
            strings: vec![b"CANARY", b"own"],
            global: Subroutines::new(Vec::new()),
            charset: Ok(vec![392]),
            encoding: Err(0),
            programs: vec![vec![14], vec![32, 10, 14]],
            privates: vec![private],
            selected: vec![0, 0],
            numbered: false,
        };
        let mut steps = Steps { all: 1000 };
        for program in [&[14_u8][..], &[32, 10, 14]] {
            charstring::run(program, &mut model.global, &mut model.privates[0].subroutines, &mut steps).unwrap();
        }
        model.write()
    }

    #[test]
    fn what_it_writes_it_reads() {
        let font = font();
        assert!(rebuild(&font).unwrap() == font);
        assert!(!font.windows(6).any(|window| window == b"CANARY"));
        assert!(font.windows(3).any(|window| window == b"own"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn mangled_fonts_do_not_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut bytes = font();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(made) = rebuild(&bytes) {
                prop_assert!(rebuild(&made).unwrap() == made);
            }
        }
    }
}
