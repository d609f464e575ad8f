//! The new file: header, objects, one cross-reference, one end.

use std::collections::VecDeque;

use super::{
    filter,
    model::{Out, reference},
    object::{Dict, Obj, write_obj, write_u64},
};

/// Objects within one object stream.
const GROUP: usize = 200;

/// From so many objects without data on, they are packed together.
const PACK_FROM: usize = 9;

fn begin(num: u32, out: &mut Vec<u8>) {
    write_u64(u64::from(num), out);
    out.extend_from_slice(b" 0 obj\n");
}

fn stream(num: u32, dict: &Dict, bytes: &[u8], out: &mut Vec<u8>) {
    begin(num, out);
    let mut dict = dict.clone();
    dict.put(b"Length", Obj::int(i64::try_from(bytes.len()).unwrap_or(0)));
    write_obj(&Obj::Dict(dict), out);
    out.extend_from_slice(b"\nstream\n");
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\nendstream\nendobj\n");
}

/// Where an object came to stand.
#[derive(Clone, Copy)]
enum Place {
    Nowhere,
    At(usize),
    Within(u32, usize),
}

/// Numbers objects in the order in which they are reached from the catalog; others are gone.
fn in_order(mut objects: Vec<Option<Out>>, root: u32, info: Option<u32>) -> Vec<Option<Out>> {
    let mut numbers = vec![0_u32; objects.len() + 1];
    let mut order: Vec<Option<Out>> = Vec::with_capacity(objects.len());
    let mut queue: VecDeque<u32> = VecDeque::new();
    let mut next = 1_u32;
    let mut found = Vec::new();
    for start in [Some(root), info].into_iter().flatten() {
        reach(start, &mut numbers, &mut next, &mut queue);
        while let Some(num) = queue.pop_front() {
            let object = usize::try_from(num).ok().and_then(|num| objects.get_mut(num.checked_sub(1)?)).and_then(Option::take);
            if let Some(object) = &object {
                references(&object.value, &mut found);
                for id in found.drain(..) {
                    reach(id, &mut numbers, &mut next, &mut queue);
                }
            }
            order.push(object);
        }
    }
    for object in order.iter_mut().flatten() {
        renumber(&mut object.value, &numbers);
    }
    order
}

fn reach(num: u32, numbers: &mut [u32], next: &mut u32, queue: &mut VecDeque<u32>) {
    if let Some(slot) = usize::try_from(num).ok().and_then(|num| numbers.get_mut(num))
        && *slot == 0
    {
        *slot = *next;
        *next += 1;
        queue.push_back(num);
    }
}

fn references(value: &Obj, found: &mut Vec<u32>) {
    match value {
        Obj::Ref(id) => found.push(id.num),
        Obj::Array(items) => items.iter().for_each(|item| references(item, found)),
        Obj::Dict(dict) => dict.0.iter().for_each(|(_, item)| references(item, found)),
        _ => {}
    }
}

fn renumber(value: &mut Obj, numbers: &[u32]) {
    match value {
        Obj::Ref(id) => id.num = usize::try_from(id.num).ok().and_then(|num| numbers.get(num)).copied().unwrap_or(0),
        Obj::Array(items) => items.iter_mut().for_each(|item| renumber(item, numbers)),
        Obj::Dict(dict) => dict.0.iter_mut().for_each(|(_, item)| renumber(item, numbers)),
        _ => {}
    }
}

/// Writes the file.
pub(crate) fn write(objects: Vec<Option<Out>>, root: u32, info: Option<u32>) -> Vec<u8> {
    let objects = in_order(objects, root, info);
    let info = info.and_then(|_| u32::try_from(objects.len()).ok());
    let root = 1;
    let objects = objects.as_slice();
    let estimate = objects.iter().flatten().map(|object| object.stream.as_ref().map_or(60, |bytes| bytes.len() + 150)).sum::<usize>();
    let mut out = Vec::with_capacity(estimate + 1_024);
    out.extend_from_slice(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
    let mut places = vec![Place::Nowhere; objects.len() + 1];
    let plain: Vec<(u32, &Obj)> = (1_u32..)
        .zip(objects)
        .filter_map(|(num, object)| object.as_ref().filter(|object| object.stream.is_none()).map(|object| (num, &object.value)))
        .collect();
    let packing = plain.len() >= PACK_FROM;
    let mut set = |num: u32, place: Place| {
        if let Some(slot) = usize::try_from(num).ok().and_then(|num| places.get_mut(num)) {
            *slot = place;
        }
    };
    for (num, object) in (1_u32..).zip(objects) {
        let Some(object) = object else { continue };
        match (&object.stream, &object.value) {
            (Some(bytes), Obj::Dict(dict)) => {
                set(num, Place::At(out.len()));
                stream(num, dict, bytes, &mut out);
            }
            (None, value) if !packing => {
                set(num, Place::At(out.len()));
                begin(num, &mut out);
                write_obj(value, &mut out);
                out.extend_from_slice(b"\nendobj\n");
            }
            _ => {}
        }
    }
    let mut next = u32::try_from(objects.len()).unwrap_or(0) + 1;
    let mut trailer = Dict::default();
    if packing {
        let mut added = Vec::new();
        for group in plain.chunks(GROUP) {
            let (mut index, mut body) = (Vec::new(), Vec::new());
            for (at, (num, value)) in group.iter().enumerate() {
                set(*num, Place::Within(next, at));
                write_u64(u64::from(*num), &mut index);
                index.push(b' ');
                write_u64(body.len() as u64, &mut index);
                index.push(b' ');
                write_obj(value, &mut body);
                body.push(b'\n');
            }
            let mut dict = Dict::default();
            dict.put(b"Type", Obj::name(b"ObjStm"));
            dict.put(b"N", Obj::int(i64::try_from(group.len()).unwrap_or(0)));
            dict.put(b"First", Obj::int(i64::try_from(index.len()).unwrap_or(0)));
            index.append(&mut body);
            let bytes = super::model::pack(&mut dict, &index);
            added.push(out.len());
            stream(next, &dict, &bytes, &mut out);
            next += 1;
        }
        places.extend(added.into_iter().map(Place::At));
        let start = out.len();
        places.push(Place::At(start));
        cross_reference_stream(&places, next, root, info, start, &mut out);
        return out;
    }
    let start = out.len();
    out.extend_from_slice(b"xref\n0 ");
    write_u64(places.len() as u64, &mut out);
    out.push(b'\n');
    for (num, place) in places.iter().enumerate() {
        match place {
            Place::At(at) => out.extend_from_slice(format!("{at:010} 00000 n \n").as_bytes()),
            _ if num == 0 => out.extend_from_slice(b"0000000000 65535 f \n"),
            _ => out.extend_from_slice(b"0000000000 00000 f \n"),
        }
    }
    out.extend_from_slice(b"trailer\n");
    trailer.put(b"Size", Obj::int(i64::try_from(places.len()).unwrap_or(0)));
    trailer.put(b"Root", reference(root));
    if let Some(info) = info {
        trailer.put(b"Info", reference(info));
    }
    write_obj(&Obj::Dict(trailer), &mut out);
    end(start, &mut out);
    out
}

fn end(start: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\nstartxref\n");
    write_u64(start as u64, out);
    out.extend_from_slice(b"\n%%EOF\n");
}

fn cross_reference_stream(places: &[Place], num: u32, root: u32, info: Option<u32>, start: usize, out: &mut Vec<u8>) {
    let wide = (1..8).find(|&bytes| (start as u64) < 1_u64 << (8 * bytes)).unwrap_or(8);
    let mut rows = Vec::with_capacity(places.len() * (wide + 2));
    for place in places {
        let (kind, second, third) = match *place {
            Place::Nowhere => (0_u8, 0_u64, 0_usize),
            Place::At(at) => (1, at as u64, 0),
            Place::Within(stream, index) => (2, u64::from(stream), index),
        };
        rows.push(kind);
        rows.extend_from_slice(second.to_be_bytes().get(8 - wide..).unwrap_or_default());
        rows.push(u8::try_from(third).unwrap_or(0));
    }
    let mut dict = Dict::default();
    dict.put(b"Type", Obj::name(b"XRef"));
    dict.put(b"Size", Obj::int(i64::try_from(places.len()).unwrap_or(0)));
    dict.put(b"W", Obj::Array(vec![Obj::int(1), Obj::int(i64::try_from(wide).unwrap_or(0)), Obj::int(1)]));
    dict.put(b"Root", reference(root));
    if let Some(info) = info {
        dict.put(b"Info", reference(info));
    }
    // Rows resemble the ones above them.
    let layout = filter::Rows { row: wide + 2, pixel: 1, bits: 8, colors: 1 };
    let mut coded = Vec::with_capacity(rows.len() + places.len());
    let mut above = vec![0_u8; layout.row];
    for row in rows.chunks(layout.row) {
        coded.push(2);
        coded.extend(row.iter().zip(&above).map(|(here, up)| here.wrapping_sub(*up)));
        above = row.to_vec();
    }
    let packed = filter::to_flate(&coded);
    if packed.len() + 60 < rows.len() {
        dict.put(b"Filter", Obj::name(b"FlateDecode"));
        let mut parms = Dict::default();
        parms.put(b"Predictor", Obj::int(12));
        parms.put(b"Columns", Obj::int(i64::try_from(layout.row).unwrap_or(0)));
        dict.put(b"DecodeParms", Obj::Dict(parms));
        rows = packed;
    }
    stream(num, &dict, &rows, out);
    // `stream` ends with a line of its own.
    out.pop();
    end(start, out);
}
