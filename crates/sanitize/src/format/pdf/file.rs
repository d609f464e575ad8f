//! A PDF file as a table of objects: strictly by its cross-reference first; if that is wrong, by a scan.

mod read;

use read::behind;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    crypt::{Crypt, Method},
    filter,
    lex::{Lexer, Wrong, is_space},
    object::{Dict, Id, Obj, Object, Raw},
};
use crate::{Hold, Reason, job::Job};

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Free,
    At(usize, u16),
    Within(u32, u32),
}

/// The objects of an object stream.
struct Packed {
    bytes: Vec<u8>,
    /// Number and place of each.
    index: Vec<(u32, usize)>,
}

/// Streams may pack as tightly as they like up to here.
const FREE: u64 = 48 << 20;

/// What was read once.
type Cache<T> = RefCell<BTreeMap<u32, T>>;

/// A file.
pub(crate) struct File<'a> {
    bytes: &'a [u8],
    /// Where `%PDF-` stands: offsets count from there, or from 0.
    base: usize,
    table: BTreeMap<u32, Entry>,
    /// Of the newest section.
    pub(crate) trailer: Dict,
    crypt: Option<Crypt>,
    /// Whether it is read by scanning.
    pub(crate) repaired: bool,
    cache: Cache<Arc<Object>>,
    packed: Cache<Arc<Packed>>,
    /// Objects being read now, against cycles.
    busy: RefCell<BTreeSet<u32>>,
    /// Revisions seen.
    pub(crate) revisions: u32,
    /// Bytes before the header or behind the end.
    pub(crate) around: usize,
}

/// The filters that leave an image to its own decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picture {
    /// `DCTDecode`.
    Dct,
    /// `JPXDecode`.
    Jpx,
    /// `CCITTFaxDecode`.
    Ccitt,
    /// `JBIG2Decode`.
    Jbig2,
}

/// A stream's bytes, decoded as far as generic filters go.
pub(crate) struct Data {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// The image filter that is left, and its parameters.
    pub(crate) left: Option<(Picture, Dict)>,
    /// Whether a predictor was used.
    pub(crate) predicted: bool,
}

impl<'a> File<'a> {
    fn empty(bytes: &'a [u8], base: usize) -> Self {
        Self {
            bytes,
            base,
            table: BTreeMap::new(),
            trailer: Dict::default(),
            crypt: None,
            repaired: false,
            cache: RefCell::default(),
            packed: RefCell::default(),
            busy: RefCell::default(),
            revisions: 0,
            around: 0,
        }
    }

    /// Reads by the cross-reference; anything wrong in it is an error.
    pub(crate) fn strict(job: &mut Job<'_>, bytes: &'a [u8]) -> Result<Self, Hold> {
        let head = bytes.get(..bytes.len().min(1_024 + 5)).unwrap_or_default();
        let base = memchr::memmem::find(head, b"%PDF-").ok_or("no header")?;
        let mut last = None;
        for base in [base, 0] {
            let mut file = Self::empty(bytes, base);
            match file.read_sections(job).and_then(|()| file.check_table()) {
                Ok(()) => {
                    file.around = base.saturating_add(behind(bytes));
                    file.unlock(job)?;
                    return Ok(file);
                }
                Err(hold) if hold.reason != Reason::Damaged => return Err(hold),
                Err(hold) => last = Some(hold),
            }
        }
        Err(last.unwrap_or_else(|| Hold::damaged("no cross-reference")))
    }

    fn read_sections(&mut self, job: &mut Job<'_>) -> Result<(), Hold> {
        let bytes = self.bytes;
        let found = memchr::memmem::rfind(bytes, b"startxref").ok_or("no startxref")?;
        let mut lexer = Lexer::new(bytes, found.saturating_add(9));
        let start = lexer.unsigned().ok_or("startxref without a number")?;
        let mut next = Some(start);
        let mut seen = BTreeSet::new();
        while let Some(offset) = next {
            if !seen.insert(offset) || seen.len() > 1_000 {
                return Err(Hold::damaged("cross-reference sections in a circle"));
            }
            let (dict, hybrid) = self.read_section(job, offset)?;
            next = match dict.get(b"Prev") {
                None => None,
                Some(prev) => Some(prev.as_int().and_then(|prev| u64::try_from(prev).ok()).ok_or("a wrong Prev")?),
            };
            if let Some(hybrid) = hybrid
                && seen.insert(hybrid)
            {
                self.read_section(job, hybrid)?;
            }
            if self.trailer.0.is_empty() {
                self.trailer = dict;
            }
            self.revisions = self.revisions.saturating_add(1);
        }
        Ok(())
    }

    fn place(&self, offset: u64) -> Result<usize, Wrong> {
        usize::try_from(offset).ok().and_then(|at| at.checked_add(self.base)).filter(|&at| at < self.bytes.len()).ok_or("an offset outside")
    }

    fn add(&mut self, job: &Job<'_>, num: u32, entry: Entry, over_free: bool) -> Result<(), Hold> {
        if self.table.len() > job.policy.limits.pdf_objects as usize {
            return Err(Hold::new(Reason::TooMany, "more objects than the limit"));
        }
        match self.table.get(&num) {
            Some(Entry::Free) if over_free => {
                self.table.insert(num, entry);
            }
            Some(_) => {}
            None => {
                self.table.insert(num, entry);
            }
        }
        Ok(())
    }

    /// One section; newer ones were read before and win. Returns its trailer and where its hidden part is.
    fn read_section(&mut self, job: &mut Job<'_>, offset: u64) -> Result<(Dict, Option<u64>), Hold> {
        let at = self.place(offset)?;
        let mut lexer = Lexer::new(self.bytes, at);
        if !lexer.word(b"xref") {
            return self.read_stream_section(job, at).map(|dict| (dict, None));
        }
        let mut entries = Vec::new();
        while !lexer.word(b"trailer") {
            let first = lexer.unsigned().ok_or("a wrong subsection")?;
            let count = lexer.unsigned().ok_or("a wrong subsection")?;
            let room = self.bytes.len().saturating_sub(lexer.at()) / 10;
            if count > room as u64 {
                return Err(Hold::damaged("a subsection longer than the file"));
            }
            for index in 0..count {
                let offset = lexer.unsigned().ok_or("a wrong entry")?;
                let generation = lexer.unsigned().ok_or("a wrong entry")?;
                let num = first.checked_add(index).and_then(|num| u32::try_from(num).ok()).ok_or("an object number too large")?;
                if lexer.word(b"n") {
                    // In use at 0 is how some writers say free.
                    let entry = if offset == 0 {
                        Entry::Free
                    } else {
                        Entry::At(self.place(offset)?, u16::try_from(generation).map_err(|_| "a generation too large")?)
                    };
                    entries.push((num, entry));
                } else if lexer.word(b"f") {
                    entries.push((num, Entry::Free));
                } else {
                    return Err(Hold::damaged("a wrong entry"));
                }
            }
        }
        let Obj::Dict(dict) = lexer.value()? else { return Err(Hold::damaged("a trailer that is no dictionary")) };
        let mut here = BTreeSet::new();
        for (num, entry) in entries {
            if !here.insert(num) {
                return Err(Hold::damaged("an object twice in one section"));
            }
            self.add(job, num, entry, false)?;
        }
        let hybrid = match dict.get(b"XRefStm") {
            None => None,
            Some(at) => Some(at.as_int().and_then(|at| u64::try_from(at).ok()).ok_or("a wrong XRefStm")?),
        };
        Ok((dict, hybrid))
    }

    fn read_stream_section(&mut self, job: &mut Job<'_>, at: usize) -> Result<Dict, Hold> {
        let (_, object) = self.parse_at(at)?;
        let Obj::Dict(dict) = &object.value else { return Err(Hold::damaged("no cross-reference where one should be")) };
        if dict.get(b"Type").and_then(Obj::as_name) != Some(b"XRef") || object.stream.is_none() {
            return Err(Hold::damaged("no cross-reference where one should be"));
        }
        let dict = dict.clone();
        let data = self.decode(job, &object)?;
        let int = |value: Option<&Obj>| value.and_then(Obj::as_int).and_then(|value| u64::try_from(value).ok());
        let Some(Obj::Array(widths)) = dict.get(b"W") else { return Err(Hold::damaged("a cross-reference stream without W")) };
        let widths: Vec<usize> = widths
            .iter()
            .filter_map(|width| int(Some(width)))
            .filter(|&width| width <= 8)
            .filter_map(|width| usize::try_from(width).ok())
            .collect();
        let [kind_width, second_width, third_width] = widths.as_slice() else { return Err(Hold::damaged("a wrong W")) };
        let size = int(dict.get(b"Size")).ok_or("a cross-reference stream without Size")?;
        let index = match dict.get(b"Index") {
            Some(Obj::Array(index)) => index.iter().map(|value| int(Some(value)).ok_or("a wrong Index")).collect::<Result<Vec<_>, _>>()?,
            None => vec![0, size],
            Some(_) => return Err(Hold::damaged("a wrong Index")),
        };
        let row = kind_width + second_width + third_width;
        if row == 0 {
            return Err(Hold::damaged("a wrong W"));
        }
        let mut rows = data.bytes.chunks_exact(row);
        for pair in index.chunks(2) {
            let [first, count] = pair else { return Err(Hold::damaged("a wrong Index")) };
            for offset in 0..*count {
                let Some(row) = rows.next() else { return Err(Hold::damaged("a cross-reference stream too short")) };
                let field = |from: usize, width: usize| {
                    row.get(from..from + width).unwrap_or_default().iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte))
                };
                let kind = if *kind_width == 0 { 1 } else { field(0, *kind_width) };
                let (second, third) = (field(*kind_width, *second_width), field(kind_width + second_width, *third_width));
                let num = first.checked_add(offset).and_then(|num| u32::try_from(num).ok()).ok_or("an object number too large")?;
                let entry = match kind {
                    0 => Entry::Free,
                    1 if second == 0 => Entry::Free,
                    1 => Entry::At(self.place(second)?, u16::try_from(third).map_err(|_| "a generation too large")?),
                    2 => Entry::Within(
                        u32::try_from(second).map_err(|_| "an object number too large")?,
                        u32::try_from(third).map_err(|_| "an index too large")?,
                    ),
                    _ => return Err(Hold::damaged("an entry of an unknown kind")),
                };
                self.add(job, num, entry, true)?;
            }
        }
        Ok(dict)
    }

    /// Every entry must lead to the object it promises.
    fn check_table(&self) -> Result<(), Hold> {
        for (&num, &entry) in &self.table {
            match entry {
                Entry::Free => {}
                Entry::At(at, generation) => {
                    let id = Lexer::new(self.bytes, at).header();
                    if id != Some(Id { num, generation }) {
                        return Err(Hold::damaged("an entry leads to no object or to another"));
                    }
                }
                Entry::Within(stream, _) => {
                    if !matches!(self.table.get(&stream), Some(Entry::At(..))) {
                        return Err(Hold::damaged("an entry leads into a stream that is not there"));
                    }
                }
            }
        }
        if self.trailer.get(b"Root").is_none() {
            return Err(Hold::damaged("no Root"));
        }
        Ok(())
    }

    /// Reads by scanning all bytes: the last object of a number wins.
    pub(crate) fn repair(job: &mut Job<'_>, bytes: &'a [u8]) -> Result<Self, Hold> {
        let mut file = Self::empty(bytes, 0);
        file.repaired = true;
        let mut trailers: Vec<Dict> = Vec::new();
        let mut streams = Vec::new();
        let mut at = 0_usize;
        let mut order: BTreeMap<u32, usize> = BTreeMap::new();
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(&byte) = rest.first() else { break };
            let fresh = at == 0 || bytes.get(at - 1).is_some_and(|&before| !before.is_ascii_alphanumeric());
            if byte.is_ascii_digit() && fresh {
                let mut lexer = Lexer::new(bytes, at);
                if let Some(id) = lexer.header() {
                    if file.table.len() > job.policy.limits.pdf_objects as usize {
                        return Err(Hold::new(Reason::TooMany, "more objects than the limit"));
                    }
                    if let Ok((end, object)) = file.parse_at(at) {
                        file.table.insert(id.num, Entry::At(at, id.generation));
                        order.insert(id.num, at);
                        if let Obj::Dict(dict) = &object.value {
                            match dict.get(b"Type").and_then(Obj::as_name) {
                                Some(b"XRef") => trailers.push(dict.clone()),
                                Some(b"ObjStm") => streams.push((id.num, at)),
                                _ => {}
                            }
                        }
                        at = end.max(at + 1);
                        continue;
                    }
                    at = lexer.at();
                    continue;
                }
                // All digits of a number that heads nothing.
                at += rest.iter().take_while(|byte| byte.is_ascii_digit()).count().max(1);
                continue;
            }
            if byte == b't' && fresh && rest.starts_with(b"trailer") {
                let mut lexer = Lexer::new(bytes, at + 7);
                if let Ok(Obj::Dict(dict)) = lexer.value() {
                    trailers.push(dict);
                    at = lexer.at();
                    continue;
                }
            }
            if byte == b'%' {
                at += rest.iter().take_while(|&&byte| byte != b'\n' && byte != b'\r').count().max(1);
                continue;
            }
            at += 1;
        }
        trailers.retain(|dict| dict.get(b"Root").is_some());
        let mut roots: Vec<&Obj> = trailers.iter().filter_map(|dict| dict.get(b"Root")).collect();
        roots.dedup();
        if roots.len() > 1 {
            return Err(Hold::damaged("several documents in one file: readers would show different ones"));
        }
        if let Some(trailer) = trailers.last() {
            file.trailer = trailer.clone();
        }
        if file.trailer.get(b"Encrypt").is_none()
            && let Some(encrypt) = trailers.iter().find_map(|dict| dict.get(b"Encrypt").cloned())
        {
            file.trailer.put(b"Encrypt", encrypt);
        }
        file.revisions = 1;
        file.unlock(job)?;
        // What object streams hold, in the order of the file.
        for (num, at) in streams {
            if order.get(&num) != Some(&at) {
                continue;
            }
            let packed = file.packed(job, num)?;
            for (index, &(inner, _)) in packed.index.iter().enumerate() {
                if order.get(&inner).is_none_or(|&before| before < at) {
                    order.insert(inner, at);
                    file.table.insert(inner, Entry::Within(num, u32::try_from(index).unwrap_or(u32::MAX)));
                }
            }
        }
        if file.trailer.get(b"Root").is_none() {
            let nums: Vec<u32> = file.table.keys().copied().collect();
            let mut roots = Vec::new();
            for num in nums {
                if let Ok(object) = file.get(job, num)
                    && let Obj::Dict(dict) = &object.value
                    && dict.get(b"Type").and_then(Obj::as_name) == Some(b"Catalog")
                {
                    roots.push(num);
                }
            }
            let [root] = roots.as_slice() else { return Err(Hold::damaged("no catalog, or several")) };
            file.trailer.put(b"Root", Obj::Ref(Id { num: *root, generation: file.generation(*root) }));
        }
        Ok(file)
    }

    fn generation(&self, num: u32) -> u16 {
        match self.table.get(&num) {
            Some(&Entry::At(_, generation)) => generation,
            _ => 0,
        }
    }

    /// Finds the key, if the file is encrypted.
    fn unlock(&mut self, job: &mut Job<'_>) -> Result<(), Hold> {
        let Some(encrypt) = self.trailer.get(b"Encrypt").cloned() else { return Ok(()) };
        let dict = match encrypt {
            Obj::Dict(dict) => dict,
            Obj::Ref(id) => match &self.get(job, id.num)?.value {
                Obj::Dict(dict) => dict.clone(),
                _ => return Err(Hold::damaged("Encrypt is no dictionary")),
            },
            _ => return Err(Hold::damaged("Encrypt is no dictionary")),
        };
        let id = match self.trailer.get(b"ID") {
            Some(Obj::Array(ids)) => match ids.first() {
                Some(Obj::Str(id)) => id.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let crypt = Crypt::open(&dict, &id, job.passwords)?;
        self.crypt = Some(crypt);
        // Read before the key was known.
        self.cache.borrow_mut().clear();
        self.packed.borrow_mut().clear();
        Ok(())
    }

    /// Whether it is encrypted.
    pub(crate) const fn encrypted(&self) -> bool {
        self.crypt.is_some()
    }

    /// An object; null if there is none.
    pub(crate) fn get(&self, job: &mut Job<'_>, num: u32) -> Result<Arc<Object>, Hold> {
        if let Some(object) = self.cache.borrow().get(&num) {
            return Ok(Arc::clone(object));
        }
        let null = || Arc::new(Object { value: Obj::Null, stream: None });
        let object = match self.table.get(&num) {
            None | Some(Entry::Free) => null(),
            Some(&Entry::At(at, generation)) => {
                if !self.busy.borrow_mut().insert(num) {
                    return Err(Hold::damaged("an object that needs itself to be read"));
                }
                let mut read = self.parse_at(at);
                // The length may be an object within a stream that was not yet opened.
                if read.is_err()
                    && let Some(stream) = self.length_within(at)
                    && self.packed(job, stream).is_ok()
                {
                    read = self.parse_at(at);
                }
                self.busy.borrow_mut().remove(&num);
                let (_, mut object) = read?;
                self.decrypt(&mut object, Id { num, generation });
                Arc::new(object)
            }
            Some(&Entry::Within(stream, index)) => {
                let packed = self.packed(job, stream)?;
                let entry = usize::try_from(index).ok().and_then(|index| packed.index.get(index)).copied();
                let (found, at) = entry.ok_or("an object stream with fewer objects than promised")?;
                if found != num {
                    return Err(Hold::damaged("an object stream with another object than promised"));
                }
                let value = Lexer::new(&packed.bytes, at).value()?;
                Arc::new(Object { value, stream: None })
            }
        };
        self.cache.borrow_mut().insert(num, Arc::clone(&object));
        Ok(object)
    }

    /// The object that a reference means.
    pub(crate) fn target(&self, job: &mut Job<'_>, id: Id) -> Result<Arc<Object>, Hold> {
        if self.generation(id.num) != id.generation && matches!(self.table.get(&id.num), Some(Entry::At(..))) {
            return Ok(Arc::new(Object { value: Obj::Null, stream: None }));
        }
        self.get(job, id.num)
    }

    /// A value with references followed.
    pub(crate) fn resolve(&self, job: &mut Job<'_>, value: &Obj) -> Result<Obj, Hold> {
        let mut value = value.clone();
        for _ in 0..16 {
            match value {
                Obj::Ref(id) => value = self.target(job, id)?.value.clone(),
                _ => return Ok(value),
            }
        }
        Err(Hold::damaged("references in a circle"))
    }

    fn packed(&self, job: &mut Job<'_>, num: u32) -> Result<Arc<Packed>, Hold> {
        if let Some(packed) = self.packed.borrow().get(&num) {
            return Ok(Arc::clone(packed));
        }
        if !matches!(self.table.get(&num), Some(Entry::At(..))) {
            return Err(Hold::damaged("an object stream within an object stream"));
        }
        let object = self.get(job, num)?;
        let Obj::Dict(dict) = &object.value else { return Err(Hold::damaged("no object stream where one should be")) };
        if object.stream.is_none() || dict.get(b"Type").and_then(Obj::as_name) != Some(b"ObjStm") {
            return Err(Hold::damaged("no object stream where one should be"));
        }
        let int = |this: &Self, job: &mut Job<'_>, key: &[u8]| -> Result<usize, Hold> {
            let value = this.resolve(job, dict.get(key).unwrap_or(&Obj::Null))?;
            Ok(value.as_int().and_then(|value| usize::try_from(value).ok()).ok_or("a wrong object stream")?)
        };
        let (count, first) = (int(self, job, b"N")?, int(self, job, b"First")?);
        let data = self.decode(job, &object)?;
        if count > data.bytes.len() || count > job.policy.limits.pdf_objects as usize {
            return Err(Hold::damaged("an object stream that promises too much"));
        }
        let mut lexer = Lexer::new(&data.bytes, 0);
        let mut index = Vec::with_capacity(count);
        for _ in 0..count {
            let num = lexer.unsigned().and_then(|num| u32::try_from(num).ok()).ok_or("a wrong object stream")?;
            let at = lexer.unsigned().and_then(|at| usize::try_from(at).ok()).ok_or("a wrong object stream")?;
            index.push((num, first.checked_add(at).ok_or("a wrong object stream")?));
        }
        let packed = Arc::new(Packed { bytes: data.bytes, index });
        self.packed.borrow_mut().insert(num, Arc::clone(&packed));
        Ok(packed)
    }
}
