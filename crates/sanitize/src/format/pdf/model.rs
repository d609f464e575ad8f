//! From the objects of a file to the objects of a new one, by the allowlist of [`super::schema`].
//!
//! Nothing is copied: every dictionary is built anew from entries that its table knows, every stream
//! from what its own reader understood. Objects are numbered in the order in which they are reached, so
//! what is not reached is gone, and a file made here is numbered in the same way when read again.

mod typed;

use typed::Class;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use super::{
    content,
    file::File,
    filter, function, icc, image,
    object::{Dict, Id, Obj, Object},
    schema::{self, Shape, T},
};
use crate::{Danger, Hold, Reason, job::Job};

/// An object of the new file.
#[derive(Debug)]
pub(crate) struct Out {
    /// Its value; the dictionary of a stream without `Length`.
    pub(crate) value: Obj,
    /// Its bytes, filters applied.
    pub(crate) stream: Option<Vec<u8>>,
}

/// What became of a value.
pub(crate) enum Got {
    /// A new value.
    Value(Obj),
    /// It is not of the shape asked for.
    No,
    /// It was left out, and that was told or need not be.
    Gone,
}

/// What is to be made.
enum Task {
    Object(u32, T),
    Value(Dict, T),
}

/// The new document while it is made.
pub(crate) struct Model<'a, 'f> {
    /// The file that is read.
    pub(crate) file: &'f File<'a>,
    /// Objects by number, the first being 1.
    pub(crate) out: Vec<Option<Out>>,
    memo: BTreeMap<(u32, T), u32>,
    inherited: BTreeMap<u32, u32>,
    joined: BTreeMap<Vec<u32>, u32>,
    queue: VecDeque<(u32, Task)>,
    /// New numbers of pages by old ones.
    pub(crate) pages: BTreeMap<u32, u32>,
    told_objects: BTreeSet<u32>,
    /// What was removed.
    pub(crate) removed: Vec<(Danger, String, u64)>,
    /// Where it is now.
    pub(crate) place: String,
    /// Whether a signature was met.
    pub(crate) signed: bool,
}

/// A reference to a new object.
pub(crate) const fn reference(num: u32) -> Obj {
    Obj::Ref(Id { num, generation: 0 })
}

impl<'a, 'f> Model<'a, 'f> {
    /// An empty document.
    pub(crate) fn new(file: &'f File<'a>) -> Self {
        Self {
            file,
            out: Vec::new(),
            memo: BTreeMap::new(),
            inherited: BTreeMap::new(),
            joined: BTreeMap::new(),
            queue: VecDeque::new(),
            pages: BTreeMap::new(),
            told_objects: BTreeSet::new(),
            removed: Vec::new(),
            place: String::new(),
            signed: false,
        }
    }

    /// Tells that something is left out here.
    pub(crate) fn tell(&mut self, danger: Danger, count: u64) {
        if danger == Danger::Signature {
            self.signed = true;
        }
        match self.removed.iter_mut().rev().take(40).find(|(kind, place, _)| *kind == danger && *place == self.place) {
            Some((_, _, before)) => *before = before.saturating_add(count),
            None => self.removed.push((danger, self.place.clone(), count)),
        }
    }

    /// A number for a new object.
    pub(crate) fn slot(&mut self, job: &Job<'_>) -> Result<u32, Hold> {
        if self.out.len() >= job.policy.limits.pdf_objects as usize {
            return Err(Hold::new(Reason::TooMany, "more objects than the limit"));
        }
        self.out.push(None);
        u32::try_from(self.out.len()).map_err(|_| Hold::new(Reason::TooMany, "more objects than the limit"))
    }

    /// Fills a number.
    pub(crate) fn set(&mut self, slot: u32, value: Obj, stream: Option<Vec<u8>>) {
        if let Some(place) = (slot as usize).checked_sub(1).and_then(|index| self.out.get_mut(index)) {
            *place = Some(Out { value, stream });
        }
    }

    /// Follows references to an object.
    pub(crate) fn follow(&self, job: &mut Job<'_>, id: Id) -> Result<(u32, Arc<Object>), Hold> {
        let mut id = id;
        for _ in 0..16 {
            let object = self.file.target(job, id)?;
            match object.value {
                Obj::Ref(next) => id = next,
                _ => return Ok((id.num, object)),
            }
        }
        Err(Hold::damaged("references in a circle"))
    }

    /// A value with references followed.
    pub(crate) fn resolve(&self, job: &mut Job<'_>, value: &Obj) -> Result<Obj, Hold> {
        self.file.resolve(job, value)
    }

    /// The value of a key with references followed; null if there is none.
    pub(crate) fn look(&self, job: &mut Job<'_>, dict: &Dict, key: &[u8]) -> Result<Obj, Hold> {
        match dict.get(key) {
            None => Ok(Obj::Null),
            Some(value) => self.resolve(job, value),
        }
    }

    /// A dictionary under a key.
    pub(crate) fn look_dict(&self, job: &mut Job<'_>, dict: &Dict, key: &[u8]) -> Result<Option<Dict>, Hold> {
        match self.look(job, dict, key)? {
            Obj::Dict(dict) => Ok(Some(dict)),
            _ => Ok(None),
        }
    }

    /// Makes everything that is asked for so far.
    pub(crate) fn drain(&mut self, job: &mut Job<'_>) -> Result<(), Hold> {
        while let Some((slot, task)) = self.queue.pop_front() {
            let (value, stream) = match task {
                Task::Object(num, ty) => {
                    let object = self.file.get(job, num)?;
                    self.object(job, &object, ty)?
                }
                Task::Value(dict, ty) => (Obj::Dict(self.entries(job, &dict, ty, 0)?), None),
            };
            self.set(slot, value, stream);
        }
        Ok(())
    }

    /// The dictionary of a node higher in the page tree, made once for all pages below.
    pub(crate) fn inherit(&mut self, job: &mut Job<'_>, node: u32, dict: &Dict) -> Result<Obj, Hold> {
        if let Some(&slot) = self.inherited.get(&node) {
            return Ok(reference(slot));
        }
        let slot = self.slot(job)?;
        self.inherited.insert(node, slot);
        self.queue.push_back((slot, Task::Value(dict.clone(), T::Resources)));
        Ok(reference(slot))
    }

    /// An object, made new.
    fn object(&mut self, job: &mut Job<'_>, object: &Object, ty: T) -> Result<(Obj, Option<Vec<u8>>), Hold> {
        let Obj::Dict(dict) = &object.value else { return Ok((Obj::Null, None)) };
        if object.stream.is_none() {
            return Ok((Obj::Dict(self.entries(job, dict, ty, 0)?), None));
        }
        if ty == T::Image {
            return image::image(self, job, object, dict);
        }
        let data = self.file.decode(job, object)?;
        if data.left.is_some() {
            return Err(Hold::damaged("an image filter on something else"));
        }
        let mut bytes = data.bytes;
        let mut head = Dict::default();
        match ty {
            T::Form => {
                head.put(b"Type", Obj::name(b"XObject"));
                head.put(b"Subtype", Obj::name(b"Form"));
            }
            T::Icc => {
                let components = self.look(job, dict, b"N")?.as_int().unwrap_or(0);
                let Some(profile) = icc::rebuild(&bytes, components) else { return Err(Hold::damaged("a wrong color profile")) };
                bytes = profile;
                head.put(b"N", Obj::int(components));
                let alternate = match components {
                    1 => b"DeviceGray".as_slice(),
                    3 => b"DeviceRGB",
                    _ => b"DeviceCMYK",
                };
                // Lab profiles keep the range of their values.
                if let Got::Value(range) = self.value(job, dict.get(b"Range").unwrap_or(&Obj::Null), &Shape::Nums, 0)? {
                    head.put(b"Range", range);
                }
                head.put(b"Alternate", Obj::name(alternate));
                let packed = pack(&mut head, &bytes);
                return Ok((Obj::Dict(head), Some(packed)));
            }
            _ => {}
        }
        head.0.extend(self.entries(job, dict, ty, 0)?.0);
        match ty {
            T::Form | T::Tiling | T::CharProc => bytes = content::rewrite(self, job, &bytes)?,
            T::CMap => {
                let Some(map) = super::cmap::rebuild(&bytes) else { return Err(Hold::damaged("a character map that is not understood")) };
                bytes = map;
            }
            T::FontFile1 | T::FontFile2 | T::FontFile3 => {
                let font = super::font::rebuild(self, job, ty, dict, &bytes)?;
                for (key, value) in font.lengths {
                    head.put(key, Obj::int(value));
                }
                bytes = font.bytes;
            }
            T::Function => match self.look(job, dict, b"FunctionType")?.as_int() {
                Some(0) => {}
                Some(4) => bytes = function::rebuild(&bytes)?,
                _ => return Err(Hold::damaged("a function of an unknown type")),
            },
            T::Gids if bytes.len() > 131_072 => return Err(Hold::damaged("a glyph map too long")),
            T::Lookup => bytes.truncate(256 * 32),
            _ => {}
        }
        let packed = pack(&mut head, &bytes);
        Ok((Obj::Dict(head), Some(packed)))
    }

    /// The entries of a dictionary that its table knows.
    pub(crate) fn entries(&mut self, job: &mut Job<'_>, dict: &Dict, ty: T, depth: u32) -> Result<Dict, Hold> {
        let table = schema::table(ty);
        let mut new = Dict::default();
        if ty == T::Looks {
            new.put(b"Type", Obj::name(b"Annot"));
            new.put(b"Subtype", Obj::name(b"Stamp"));
        }
        for (key, shape) in table {
            let key = key.as_bytes();
            let Some(value) = dict.get(key) else { continue };
            if ty == T::Looks && key == b"Type" {
                continue;
            }
            let popup = ty == T::Annot && key == b"Parent" && dict.get(b"Subtype").and_then(Obj::as_name) == Some(b"Popup");
            let shape = if popup { &Shape::Is(T::Annot) } else { shape };
            match self.value(job, value, shape, depth)? {
                Got::Value(value) => new.put(key, value),
                Got::Gone => {}
                Got::No => {
                    let danger = schema::danger(key);
                    self.tell(danger, 1);
                }
            }
        }
        for (key, value) in &dict.0 {
            if table.iter().any(|(known, _)| known.as_bytes() == key) || is_stream_key(key) {
                continue;
            }
            self.leave_out(job, key, value)?;
        }
        Ok(new)
    }

    /// Tells of a key that is not kept.
    pub(crate) fn leave_out(&mut self, job: &mut Job<'_>, key: &[u8], value: &Obj) -> Result<(), Hold> {
        match (key, self.resolve(job, value)?) {
            (_, Obj::Null) => {}
            (b"AA", Obj::Dict(actions)) => {
                for (_, action) in &actions.0 {
                    if let Got::Value(_) | Got::No = self.action(job, action, 0)? {
                        self.tell(Danger::Action, 1);
                    }
                }
            }
            (b"PA", action @ Obj::Dict(_)) => {
                if let Got::Value(_) | Got::No = self.action(job, &action, 0)? {
                    self.tell(Danger::Action, 1);
                }
            }
            _ => self.tell(schema::danger(key), 1),
        }
        Ok(())
    }

    /// A value of a shape.
    pub(crate) fn value(&mut self, job: &mut Job<'_>, value: &Obj, shape: &'static Shape, depth: u32) -> Result<Got, Hold> {
        if depth > job.policy.limits.pdf_depth {
            return Err(Hold::new(Reason::TooDeep, "values nested too deep"));
        }
        let deeper = depth + 1;
        match shape {
            Shape::Is(ty) => return self.is(job, value, *ty, deeper),
            Shape::Or(first, second) => {
                return match self.value(job, value, first, deeper)? {
                    Got::No => self.value(job, value, second, deeper),
                    got => Ok(got),
                };
            }
            Shape::Color => return self.color(job, value, deeper),
            Shape::Profile => {
                return Ok(match self.icc(job, value)? {
                    Got::Value(Obj::Array(items)) => items.into_iter().nth(1).map_or(Got::Gone, Got::Value),
                    Got::Value(_) => Got::Gone,
                    got => got,
                });
            }
            Shape::PageRef => {
                return Ok(match value {
                    Obj::Ref(id) => self.pages.get(&id.num).map_or(Got::Gone, |&page| Got::Value(reference(page))),
                    _ => Got::Gone,
                });
            }
            Shape::Late => {
                let Obj::Ref(id) = value else { return Ok(Got::No) };
                let (num, _) = self.follow(job, *id)?;
                let known = [T::Annot, T::Looks, T::Form, T::Image].into_iter().find_map(|ty| self.memo.get(&(num, ty)));
                return Ok(known.map_or(Got::Gone, |&slot| Got::Value(reference(slot))));
            }
            Shape::Contents => return self.contents(job, value),
            Shape::Looks => {
                if let Obj::Ref(id) = value {
                    let (_, object) = self.follow(job, *id)?;
                    if object.stream.is_some() {
                        return self.is(job, value, T::Form, deeper);
                    }
                }
                return self.value(job, value, &Shape::Map(&Shape::Is(T::Form)), deeper);
            }
            Shape::Dest => return self.dest(job, value, deeper),
            Shape::Action => return self.action(job, value, 0),
            Shape::Quiet => return Ok(Got::Gone),
            Shape::Numbers(inner) => return self.numbers(job, value, inner),
            Shape::Names(inner) => return self.names(job, value, inner),
            Shape::Order => return self.order(job, value, deeper),
            _ => {}
        }
        let value = self.resolve(job, value)?;
        if value == Obj::Null {
            return Ok(Got::Gone);
        }
        let fits = match shape {
            Shape::Bool => matches!(value, Obj::Bool(_)),
            Shape::Int => {
                return Ok(match value {
                    Obj::Num(num) if num.as_int().is_some() => Got::Value(value),
                    // `4.0` was trimmed before; what has a fraction is cut, as readers do.
                    #[expect(clippy::cast_possible_truncation, reason = "cut on purpose")]
                    Obj::Num(num) => Got::Value(Obj::int(num.as_f64() as i64)),
                    _ => Got::No,
                });
            }
            Shape::Num => matches!(value, Obj::Num(_)),
            Shape::Name => matches!(value, Obj::Name(_)),
            Shape::Text => matches!(value, Obj::Str(_)),
            Shape::OneOf(names) => matches!(&value, Obj::Name(name) if names.iter().any(|known| known.as_bytes() == name)),
            Shape::Nums | Shape::Rect => {
                let Obj::Array(items) = value else { return Ok(Got::No) };
                let mut nums = Vec::with_capacity(items.len());
                for item in items {
                    match self.resolve(job, &item)? {
                        Obj::Num(num) => nums.push(Obj::Num(num)),
                        _ => return Ok(Got::No),
                    }
                }
                if matches!(shape, Shape::Rect) && nums.len() != 4 {
                    return Ok(Got::No);
                }
                return Ok(Got::Value(Obj::Array(nums)));
            }
            Shape::Plain => return self.plain(job, &value, deeper),
            Shape::FontSize => {
                let Obj::Array(items) = value else { return Ok(Got::No) };
                let [font, size] = items.as_slice() else { return Ok(Got::No) };
                let (Got::Value(font), Obj::Num(size)) = (self.is(job, font, T::Font, deeper)?, self.resolve(job, size)?) else {
                    return Ok(Got::No);
                };
                return Ok(Got::Value(Obj::Array(vec![font, Obj::Num(size)])));
            }
            Shape::Each(inner) => {
                let Obj::Array(items) = value else { return Ok(Got::No) };
                let mut new = Vec::with_capacity(items.len());
                for item in &items {
                    match self.value(job, item, inner, deeper)? {
                        Got::Value(value) => new.push(value),
                        Got::Gone => {}
                        Got::No if *item == Obj::Null => {}
                        Got::No => self.tell(Danger::Unknown, 1),
                    }
                }
                return Ok(Got::Value(Obj::Array(new)));
            }
            Shape::Map(inner) => {
                let Obj::Dict(dict) = value else { return Ok(Got::No) };
                let mut new = Dict::default();
                for (key, item) in &dict.0 {
                    match self.value(job, item, inner, deeper)? {
                        Got::Value(value) => new.put(key, value),
                        Got::Gone => {}
                        Got::No => self.tell(Danger::Unknown, 1),
                    }
                }
                return Ok(Got::Value(Obj::Dict(new)));
            }
            _ => false,
        };
        Ok(if fits { Got::Value(value) } else { Got::No })
    }

    /// Values without dictionaries.
    fn plain(&mut self, job: &mut Job<'_>, value: &Obj, depth: u32) -> Result<Got, Hold> {
        if depth > job.policy.limits.pdf_depth {
            return Err(Hold::new(Reason::TooDeep, "values nested too deep"));
        }
        Ok(match self.resolve(job, value)? {
            Obj::Array(items) => {
                let mut new = Vec::with_capacity(items.len());
                for item in &items {
                    match self.plain(job, item, depth + 1)? {
                        Got::Value(value) => new.push(value),
                        // Places in arrays count.
                        Got::Gone => new.push(Obj::Null),
                        Got::No => return Ok(Got::No),
                    }
                }
                Got::Value(Obj::Array(new))
            }
            Obj::Null => Got::Gone,
            Obj::Dict(_) | Obj::Ref(_) => Got::No,
            plain => Got::Value(plain),
        })
    }

    /// Names of layers within arrays; names and strings between them.
    fn order(&mut self, job: &mut Job<'_>, value: &Obj, depth: u32) -> Result<Got, Hold> {
        if depth > job.policy.limits.pdf_depth {
            return Err(Hold::new(Reason::TooDeep, "values nested too deep"));
        }
        let resolved = self.resolve(job, value)?;
        Ok(match resolved {
            Obj::Array(items) => {
                let mut new = Vec::with_capacity(items.len());
                for item in &items {
                    match self.order(job, item, depth + 1)? {
                        Got::Value(value) => new.push(value),
                        Got::Gone => {}
                        Got::No => self.tell(Danger::Unknown, 1),
                    }
                }
                Got::Value(Obj::Array(new))
            }
            Obj::Name(_) | Obj::Str(_) => Got::Value(resolved),
            Obj::Dict(_) => self.is(job, value, T::Ocg, depth)?,
            Obj::Null => Got::Gone,
            _ => Got::No,
        })
    }

    /// A dictionary or stream of a type.
    pub(crate) fn is(&mut self, job: &mut Job<'_>, value: &Obj, want: T, depth: u32) -> Result<Got, Hold> {
        match value {
            Obj::Ref(id) => {
                let (num, object) = self.follow(job, *id)?;
                let Obj::Dict(dict) = &object.value else {
                    return Ok(if object.value == Obj::Null { Got::Gone } else { Got::No });
                };
                // Most objects are reached again and again under one type.
                if let Some(&slot) = self.memo.get(&(num, want)) {
                    return Ok(Got::Value(reference(slot)));
                }
                let (ty, danger) = match self.classify(job, want, dict, object.stream.is_some())? {
                    Class::Is(ty) => (ty, None),
                    Class::Looks(danger) => (T::Looks, Some(danger)),
                    Class::Not => return Ok(Got::No),
                    Class::Drop(danger) => {
                        if self.told_objects.insert(num) {
                            self.tell(danger, 1);
                        }
                        return Ok(Got::Gone);
                    }
                };
                if let Some(&slot) = self.memo.get(&(num, ty)) {
                    return Ok(Got::Value(reference(slot)));
                }
                if let Some(danger) = danger
                    && self.told_objects.insert(num)
                {
                    self.tell(danger, 1);
                }
                let slot = self.slot(job)?;
                self.memo.insert((num, ty), slot);
                self.queue.push_back((slot, Task::Object(num, ty)));
                Ok(Got::Value(reference(slot)))
            }
            Obj::Dict(dict) => match self.classify(job, want, dict, false)? {
                Class::Is(ty) => Ok(Got::Value(Obj::Dict(self.entries(job, dict, ty, depth)?))),
                Class::Looks(danger) => {
                    self.tell(danger, 1);
                    Ok(Got::Value(Obj::Dict(self.entries(job, dict, T::Looks, depth)?)))
                }
                Class::Drop(danger) => {
                    self.tell(danger, 1);
                    Ok(Got::Gone)
                }
                Class::Not => Ok(Got::No),
            },
            Obj::Null => Ok(Got::Gone),
            _ => Ok(Got::No),
        }
    }
}

/// Keys that say how a stream is stored; the writer sets its own.
pub(crate) fn is_stream_key(key: &[u8]) -> bool {
    matches!(key, b"Length" | b"Filter" | b"DecodeParms" | b"DL" | b"F" | b"FFilter" | b"FDecodeParms")
}

/// Packs a stream and says so in its dictionary.
pub(crate) fn pack(dict: &mut Dict, bytes: &[u8]) -> Vec<u8> {
    let packed = filter::to_flate(bytes);
    // The filter's name costs some bytes as well.
    if packed.len().saturating_add(20) < bytes.len() {
        dict.put(b"Filter", Obj::name(b"FlateDecode"));
        packed
    } else {
        bytes.to_vec()
    }
}
