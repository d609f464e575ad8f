//! Character maps: the few operators that matter are read, and a map is written from what they say.

use super::{
    lex::{Item, Lexer},
    object::{Obj, write_name, write_obj, write_str},
};

/// Sections, by the word that ends them, and values of one entry.
const SECTIONS: [(&[u8], usize); 7] =
    [(b"codespacerange", 2), (b"bfchar", 2), (b"bfrange", 3), (b"cidchar", 2), (b"cidrange", 3), (b"notdefchar", 2), (b"notdefrange", 3)];

/// Entries of one section.
const ENTRIES: usize = 100;

fn fits(at: usize, width: usize, name: &[u8], value: &Obj) -> bool {
    let last = at + 1 == width;
    match value {
        Obj::Str(text) => (!last || name == b"codespacerange" || name.starts_with(b"bf")) && text.len() <= 512,
        Obj::Num(num) => last && num.as_int().is_some() && !name.starts_with(b"bf") && name != b"codespacerange",
        Obj::Array(items) => last && name == b"bfrange" && items.iter().all(|item| matches!(item, Obj::Str(text) if text.len() <= 512)),
        _ => false,
    }
}

/// Reads a map and writes it.
pub(crate) fn rebuild(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut lexer = Lexer::new(bytes, 0);
    let mut stack: Vec<Obj> = Vec::new();
    let mut name: Option<Vec<u8>> = None;
    let (mut registry, mut ordering, mut supplement) = (None, None, None);
    let mut vertical = None;
    let mut base: Option<Vec<u8>> = None;
    let mut sections: Vec<(&[u8], usize, Vec<Obj>)> = Vec::new();
    loop {
        let before = lexer.at();
        match lexer.item() {
            Ok(None) => break,
            Ok(Some(Item::Value(value))) => {
                if let Obj::Dict(dict) = &value {
                    registry = dict.get(b"Registry").cloned().or(registry);
                    ordering = dict.get(b"Ordering").cloned().or(ordering);
                    supplement = dict.get(b"Supplement").cloned().or(supplement);
                }
                stack.push(value);
            }
            Ok(Some(Item::Word(word))) => {
                let mut taken = stack.iter().rev();
                match (word, taken.next(), taken.next()) {
                    (b"def", Some(value), Some(Obj::Name(key))) => match key.as_slice() {
                        b"CMapName" => name = value.as_name().map(<[u8]>::to_vec),
                        b"Registry" => registry = Some(value.clone()),
                        b"Ordering" => ordering = Some(value.clone()),
                        b"Supplement" => supplement = Some(value.clone()),
                        b"WMode" => vertical = value.as_int(),
                        _ => {}
                    },
                    (b"usecmap", Some(Obj::Name(other)), _) => base = Some(other.clone()),
                    _ => {
                        let section = word.strip_prefix(b"end").and_then(|word| SECTIONS.iter().find(|(name, _)| *name == word));
                        if let Some(&(name, width)) = section {
                            let mut entries = Vec::with_capacity(stack.len());
                            for entry in stack.chunks_exact(width) {
                                if entry.iter().enumerate().all(|(at, value)| fits(at, width, name, value)) {
                                    entries.extend_from_slice(entry);
                                }
                            }
                            match sections.last_mut() {
                                Some((before, _, all)) if *before == name => all.append(&mut entries),
                                _ => sections.push((name, width, entries)),
                            }
                        }
                    }
                }
                stack.clear();
            }
            Ok(Some(Item::Open | Item::Close)) | Err(_) => {
                if lexer.at() <= before {
                    lexer.seek(before + 1);
                }
            }
        }
    }
    let mut out = b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n".to_vec();
    if let (Some(Obj::Str(registry)), Some(Obj::Str(ordering))) = (&registry, &ordering) {
        out.extend_from_slice(b"/CIDSystemInfo <</Registry");
        write_str(registry, &mut out);
        out.extend_from_slice(b"/Ordering");
        write_str(ordering, &mut out);
        out.extend_from_slice(b"/Supplement");
        write_obj(&Obj::int(supplement.and_then(|value| value.as_int()).unwrap_or(0)), &mut out);
        out.extend_from_slice(b">> def\n");
    }
    if let Some(name) = &name {
        out.extend_from_slice(b"/CMapName");
        write_name(name, &mut out);
        out.extend_from_slice(b" def\n");
    }
    if let Some(vertical @ (0 | 1)) = vertical {
        out.extend_from_slice(b"/WMode");
        write_obj(&Obj::int(vertical), &mut out);
        out.extend_from_slice(b" def\n");
    }
    let type_line: &[u8] =
        if sections.iter().any(|(name, ..)| name.starts_with(b"bf")) { b"/CMapType 2 def\n" } else { b"/CMapType 1 def\n" };
    out.extend_from_slice(type_line);
    if let Some(base) = &base {
        write_name(base, &mut out);
        out.extend_from_slice(b" usecmap\n");
    }
    for (name, width, entries) in sections.iter().filter(|(_, _, entries)| !entries.is_empty()) {
        for chunk in entries.chunks(ENTRIES * width) {
            write_obj(&Obj::int(i64::try_from(chunk.len() / width).unwrap_or(0)), &mut out);
            out.extend_from_slice(b" begin");
            out.extend_from_slice(name);
            out.push(b'\n');
            for entry in chunk.chunks(*width) {
                for value in entry {
                    write_code(value, &mut out);
                }
                out.push(b'\n');
            }
            out.extend_from_slice(b"end");
            out.extend_from_slice(name);
            out.push(b'\n');
        }
    }
    out.extend_from_slice(b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    Some(out)
}

/// Codes are written in hexadecimal, as every reader expects them.
fn write_code(value: &Obj, out: &mut Vec<u8>) {
    match value {
        Obj::Str(text) => {
            out.push(b'<');
            for byte in text {
                for digit in [byte >> 4, byte & 15] {
                    out.push(if digit < 10 { b'0' + digit } else { b'A' + digit - 10 });
                }
            }
            out.push(b'>');
        }
        Obj::Array(items) => {
            out.push(b'[');
            for item in items {
                write_code(item, out);
            }
            out.push(b']');
        }
        other => write_obj(other, out),
    }
}
