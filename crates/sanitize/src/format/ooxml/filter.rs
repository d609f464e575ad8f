//! The filter of one part: events in, markup out; what is written is decided element by element.
//!
//! Namespaces are declared at the root, each with one prefix of ours, and only those that are used.
//! `mc:AlternateContent` is resolved to the first choice whose namespaces are all read, or the fallback.
//! A part with field instructions that must go is read twice: where a field begins, its words are not known yet.

mod judge;
mod names;
mod root;
mod special;

use names::{is_identifier, may_say_anything};

use std::{borrow::Cow, collections::BTreeMap, collections::HashMap};

use super::{
    field::{self, Verdict},
    formula,
    package::Package,
    role::Role,
    rule::{self, Act, Special, Value},
    space::Space,
};
use crate::{
    Danger, Hold,
    job::Job,
    xml::{Attribute, DECLARATION, Event, Mark, Name, Ns, Reader, Writer},
};

/// Filters a part.
pub(super) fn filter(
    job: &mut Job<'_>,
    package: &mut Package<'_>,
    part: usize,
    role: Role,
    place: &str,
    text: &str,
) -> Result<Vec<u8>, Hold> {
    let mut verdicts: Option<Vec<Verdict>> = None;
    loop {
        let mut filter = Filter::new(job, package, part, role, text, verdicts.as_deref());
        filter.run(text)?;
        let (found, removed) = (std::mem::take(&mut filter.found), std::mem::take(&mut filter.removed));
        if verdicts.is_none() && found.iter().any(|verdict| *verdict != Verdict::Good) {
            verdicts = Some(found);
            continue;
        }
        let bytes = filter.finish();
        for (danger, count) in removed {
            job.removed(danger, place, count);
        }
        return Ok(bytes);
    }
}

/// What an open element of the input has become.
enum Frame {
    /// Written; may hold text; back to the mark if it stays empty.
    Written {
        text: bool,
        empty: Option<Mark>,
    },
    /// A run whose text may belong to an instruction.
    RunText,
    FieldText,
    /// Not written, its children are.
    Unwrapped,
    /// `mc:AlternateContent`; whether a reading was chosen.
    Alternate(bool),
    /// A formula or name, gathered to be judged at its end.
    Gather(Gather),
    /// Properties of a run of a drawing, for the look of a link that goes.
    Run,
    /// The fill among them, since this place.
    Fill(usize),
    /// A frame around an object that goes: its picture takes its place.
    Picture,
}

/// Of each namespace of a document, which it is; filled as they are met.
type Spaces = Vec<Option<Option<Space>>>;

struct Gather {
    mark: Mark,
    name: bool,
    shared: Option<String>,
    keep: bool,
    text: String,
}

struct Field {
    index: usize,
    instruction: String,
    dynamic: bool,
    in_result: bool,
    judged: bool,
}

/// Properties of the run under way.
#[derive(Default)]
struct Run {
    tag_end: usize,
    underlined: bool,
    outlined: bool,
    fill: Option<(usize, usize)>,
}

struct Filter<'f, 'j, 'a, 'v> {
    job: &'f mut Job<'j>,
    package: &'f mut Package<'a>,
    part: usize,
    role: Role,
    out: Writer,
    /// The namespace of the root, which spreadsheets write without prefix.
    root: Option<Space>,
    root_end: usize,
    strict: bool,
    first_use: Vec<Option<usize>>,
    ignorable: Vec<bool>,
    removed: BTreeMap<Danger, u64>,
    verdicts: Option<&'v [Verdict]>,
    found: Vec<Verdict>,
    fields: Vec<Field>,
    run: Run,
    shared: Vec<String>,
    /// Of each sheet of a workbook, its number afterwards.
    sheets: Option<Vec<Option<usize>>>,
    sheet: usize,
    shown: bool,
    /// Number and name of a frame whose picture takes its place.
    picture: Option<(String, String)>,
}

impl<'f, 'j, 'a, 'v> Filter<'f, 'j, 'a, 'v> {
    fn new(
        job: &'f mut Job<'j>,
        package: &'f mut Package<'a>,
        part: usize,
        role: Role,
        text: &str,
        verdicts: Option<&'v [Verdict]>,
    ) -> Self {
        let strict = package.strict;
        Self {
            job,
            package,
            part,
            role,
            out: Writer::piece(text.len().saturating_add(1024)),
            root: None,
            root_end: 0,
            strict,
            first_use: vec![None; Space::COUNT],
            ignorable: vec![false; Space::COUNT],
            removed: BTreeMap::new(),
            verdicts,
            found: Vec::new(),
            fields: Vec::new(),
            run: Run::default(),
            shared: Vec::new(),
            sheets: None,
            sheet: 0,
            shown: false,
            picture: None,
        }
    }

    fn tell(&mut self, danger: Danger, count: u64) {
        *self.removed.entry(danger).or_default() += count;
    }

    fn prefix(&mut self, space: Space) -> &'static str {
        let at = self.out.len();
        if let Some(first) = self.first_use.get_mut(space as usize) {
            first.get_or_insert(at);
        }
        if space == Space::S && self.root == Some(Space::S) { "" } else { space.prefix() }
    }

    fn rollback(&mut self, mark: Mark) {
        self.out.rollback(mark);
        for first in &mut self.first_use {
            if first.is_some_and(|at| at >= mark.length) {
                *first = None;
            }
        }
    }

    fn run(&mut self, text: &str) -> Result<(), Hold> {
        let mut reader = Reader::new(text, &self.job.policy.limits)?;
        let mut frames: Vec<Frame> = Vec::new();
        let mut spaces: Spaces = Vec::new();
        let mut acts: HashMap<(Space, &str), Act, Fast> = HashMap::default();
        let mut skip = 0_usize;
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(name) => {
                    if skip > 0 {
                        skip += 1;
                        continue;
                    }
                    if matches!(frames.last(), Some(Frame::Gather(_) | Frame::RunText | Frame::FieldText)) {
                        self.tell(Danger::Unknown, 1);
                        skip = 1;
                        continue;
                    }
                    let space = self.space(&reader, &mut spaces, name.ns);
                    if frames.is_empty() {
                        self.start_root(&reader, &mut spaces, name, space, &mut frames)?;
                        continue;
                    }
                    let Some(space) = space else {
                        // Other namespaces: notes that programs write for themselves, such as where the file lay.
                        self.tell(
                            if self.role == Role::Vml || reader.uri(name.ns).starts_with("http://schemas.microsoft.com/") {
                                Danger::Leftover
                            } else {
                                Danger::Unknown
                            },
                            1,
                        );
                        skip = 1;
                        continue;
                    };
                    if space == Space::Mc {
                        skip = self.alternate(&reader, &mut spaces, name, &mut frames);
                        continue;
                    }
                    let role = self.role;
                    let act = match acts.get(&(space, name.local)) {
                        Some(act) => *act,
                        None => {
                            let act = rule::element(space, name.local, role);
                            // Names that nobody knows are not remembered: there may be any number of them.
                            if act != Act::Drop(Some(Danger::Unknown)) {
                                acts.insert((space, name.local), act);
                            }
                            act
                        }
                    };
                    let attributes = std::mem::take(reader.attributes_mut());
                    let frame = self.start(&reader, &mut spaces, space, name.local, act, &attributes, &frames)?;
                    *reader.attributes_mut() = attributes;
                    match frame {
                        Some(frame) => frames.push(frame),
                        None => skip = 1,
                    }
                }
                Event::End(_) => {
                    if skip > 0 {
                        skip -= 1;
                        continue;
                    }
                    if let Some(frame) = frames.pop() {
                        self.end(frame);
                    }
                }
                Event::Text(text) if skip == 0 => self.text(&text, &mut frames),
                Event::Text(_) => {}
            }
        }
        while let Some(field) = self.fields.pop() {
            self.judge(field);
        }
        Ok(())
    }

    fn space(&self, reader: &Reader<'_>, spaces: &mut Spaces, ns: Ns) -> Option<Space> {
        let index = usize::from(ns.0);
        if spaces.len() <= index {
            spaces.resize(index + 1, None);
        }
        let slot = spaces.get_mut(index)?;
        *slot.get_or_insert_with(|| Space::of(reader.uri(ns)).map(|(space, _)| space))
    }

    /// Writes attributes that stay; false if one that points at a part cannot.
    fn attributes(
        &mut self,
        reader: &Reader<'_>,
        spaces: &mut Spaces,
        own: Space,
        local: &str,
        attributes: &[Attribute<'_>],
    ) -> Result<Option<bool>, Hold> {
        let mut bound = None;
        for attribute in attributes {
            let name = attribute.name;
            let value: &str = &attribute.value;
            if name.ns == Ns::XML {
                if matches!(name.local, "space" | "lang") && value.len() <= 32 {
                    self.out.attribute("xml", name.local, value);
                }
                continue;
            }
            let space = if name.ns == Ns::NONE {
                None
            } else {
                match self.space(reader, spaces, name.ns) {
                    Some(Space::Mc) => continue,
                    Some(Space::S) | None => {
                        self.tell(Danger::Unknown, 1);
                        continue;
                    }
                    space => space,
                }
            };
            let mut value = Cow::Borrowed(value);
            match rule::attribute(own, local, space, name.local, self.role) {
                Value::Keep => {
                    if rule::leads_out(&value) && !may_say_anything(own, name.local) && !is_identifier(name.local, &value) {
                        self.tell(Danger::Remote, 1);
                        continue;
                    }
                }
                Value::Relation => {
                    if value.is_empty() {
                        if !local.starts_with("hlink") {
                            continue;
                        }
                    } else {
                        let done = self.package.resolve(self.job, self.part, &value)?;
                        bound = Some(done && bound.unwrap_or(true));
                        if !done {
                            continue;
                        }
                    }
                }
                // `macro=""` is how drawings say that there is none.
                Value::Drop(Some(Danger::Macro)) if value.is_empty() => {}
                Value::Drop(danger) => {
                    if let Some(danger) = danger {
                        self.tell(danger, 1);
                    }
                    continue;
                }
                Value::Formula => {
                    if let Some(danger) = formula::danger(&value) {
                        self.tell(danger, 1);
                        continue;
                    }
                }
            }
            match (own, local, name.local, &self.sheets) {
                (Space::S, "workbookView", "activeTab" | "firstSheet", Some(sheets)) => {
                    let old = value.parse::<usize>().unwrap_or(0);
                    let new = sheets.get(old).copied().flatten().unwrap_or(0);
                    if new != old {
                        value = Cow::Owned(new.to_string());
                    }
                }
                (Space::S, "sheet", "state", _) if !self.shown => {
                    self.shown = true;
                    continue;
                }
                _ => {}
            }
            if let Some(space) = space {
                let prefix = self.prefix(space);
                self.out.attribute(prefix, name.local, &value);
            } else {
                self.out.attribute("", name.local, &value);
            }
        }
        Ok(bound)
    }

    /// Writes a start tag; false, and nothing written, if it points at something that is not there.
    fn write(
        &mut self,
        reader: &Reader<'_>,
        spaces: &mut Spaces,
        space: Space,
        local: &str,
        attributes: &[Attribute<'_>],
    ) -> Result<Option<bool>, Hold> {
        let prefix = self.prefix(space);
        self.out.start(prefix, local);
        self.attributes(reader, spaces, space, local, attributes)
    }

    #[allow(clippy::too_many_arguments, reason = "all of it is the state of one step")]
    fn start(
        &mut self,
        reader: &Reader<'_>,
        spaces: &mut Spaces,
        space: Space,
        local: &str,
        act: Act,
        attributes: &[Attribute<'_>],
        frames: &[Frame],
    ) -> Result<Option<Frame>, Hold> {
        let mark = self.out.mark();
        Ok(match act {
            Act::Keep | Act::KeepText => {
                if let Some(frame) = self.inside_picture(reader, space, local, attributes, frames)? {
                    return Ok(frame);
                }
                self.write(reader, spaces, space, local, attributes)?;
                if space == Space::A {
                    match local {
                        "rPr" | "endParaRPr" | "defRPr" => {
                            self.run = Run {
                                tag_end: self.out.len(),
                                underlined: attributes.iter().any(|a| a.name.local == "u"),
                                outlined: false,
                                fill: None,
                            };
                            return Ok(Some(Frame::Run));
                        }
                        "noFill" | "solidFill" | "gradFill" | "blipFill" | "pattFill" | "grpFill"
                            if matches!(frames.last(), Some(Frame::Run)) =>
                        {
                            return Ok(Some(Frame::Fill(mark.content())));
                        }
                        "ln" if matches!(frames.last(), Some(Frame::Run)) => self.run.outlined = true,
                        _ => {}
                    }
                }
                Some(Frame::Written { text: act == Act::KeepText, empty: None })
            }
            Act::KeepFilled => {
                self.write(reader, spaces, space, local, attributes)?;
                // The extent of a drawing is called as extensions are.
                let filled = local != "ext" || attributes.iter().any(|attribute| attribute.name.local == "uri");
                Some(Frame::Written { text: false, empty: filled.then_some(mark) })
            }
            Act::KeepBound(_) => match self.write(reader, spaces, space, local, attributes)? {
                Some(true) => Some(Frame::Written { text: false, empty: None }),
                None if local == "chart" || local == "sld" => Some(Frame::Written { text: false, empty: None }),
                _ => {
                    self.rollback(mark);
                    None
                }
            },
            Act::Unwrap(danger) => {
                self.tell(danger, 1);
                Some(Frame::Unwrapped)
            }
            Act::Drop(danger) => {
                if let Some(danger) = danger {
                    self.tell(danger, 1);
                }
                None
            }
            Act::Formula => {
                let get = |local: &str| {
                    attributes.iter().find(|attribute| attribute.name.local == local).map(|attribute| attribute.value.to_string())
                };
                let shared = (local == "f" && get("t").as_deref() == Some("shared")).then(|| get("si").unwrap_or_default());
                if shared.as_ref().is_some_and(|shared| self.shared.contains(shared)) {
                    self.tell(Danger::Formula, 1);
                    return Ok(None);
                }
                let keep = !(space == Space::S && matches!(local, "f" | "calculatedColumnFormula" | "totalsRowFormula"));
                self.write(reader, spaces, space, local, attributes)?;
                Some(Frame::Gather(Gather { mark, name: false, shared, keep, text: String::new() }))
            }
            Act::Special(special) => return self.special(special, reader, spaces, space, local, attributes, frames),
        })
    }

    fn end(&mut self, frame: Frame) {
        match frame {
            Frame::Written { empty: Some(mark), .. } if self.out.in_tag() => self.rollback(mark),
            Frame::Written { .. } | Frame::Run => self.out.end(),
            Frame::Fill(from) => {
                self.out.end();
                self.run.fill = Some((from, self.out.len()));
            }
            Frame::RunText | Frame::FieldText => {
                if !self.in_bad_instruction() {
                    self.out.end();
                }
            }
            Frame::Unwrapped | Frame::Alternate(_) => {}
            Frame::Picture => self.picture = None,
            Frame::Gather(gather) => {
                let Some(danger) = formula::danger(&gather.text) else {
                    self.out.text(&gather.text);
                    self.out.end();
                    return;
                };
                self.tell(danger, 1);
                if gather.keep {
                    // What a program writes where a reference is gone.
                    self.out.text(if self.role == Role::Worksheet { "FALSE" } else { "#REF!" });
                    self.out.end();
                } else {
                    self.rollback(gather.mark);
                    self.shared.extend(gather.shared);
                }
                let _ = gather.name;
            }
        }
    }

    fn text(&mut self, text: &str, frames: &mut [Frame]) {
        match frames.last_mut() {
            Some(Frame::Written { text: true, .. }) => self.out.text(text),
            Some(Frame::Gather(gather)) => gather.text.push_str(text),
            Some(Frame::FieldText) => {
                if let Some(field) = self.fields.last_mut()
                    && !field.in_result
                {
                    field.instruction.push_str(text);
                }
                if !self.in_bad_instruction() {
                    self.out.text(text);
                }
            }
            Some(Frame::RunText) => {
                if let Some(field) = self.fields.iter_mut().rev().find(|field| !field.in_result) {
                    field.instruction.push_str(text);
                }
                if !self.in_bad_instruction() {
                    self.out.text(text);
                }
            }
            _ => {
                if !text.bytes().all(|byte| byte.is_ascii_whitespace()) {
                    self.tell(Danger::Unknown, 1);
                }
            }
        }
    }

    /// The part, with the namespaces it uses declared at its root.
    fn finish(self) -> Vec<u8> {
        let mut declarations = String::new();
        let mut ignorable: Vec<&str> = Vec::new();
        for space in Space::all() {
            if self.first_use.get(space as usize).copied().flatten().is_none() {
                continue;
            }
            let plain = space == Space::S && self.root == Some(Space::S);
            let name = if plain { "xmlns".to_owned() } else { format!("xmlns:{}", space.prefix()) };
            declarations.push_str(&format!(" {name}=\"{}\"", space.uri(self.strict)));
            if !plain && self.ignorable.get(space as usize) == Some(&true) {
                ignorable.push(space.prefix());
            }
        }
        if !ignorable.is_empty() {
            declarations.push_str(&format!(" xmlns:mc=\"{}\" mc:Ignorable=\"{}\"", Space::Mc.uri(false), ignorable.join(" ")));
        }
        let root_end = self.root_end;
        let body = self.out.finish();
        let (head, tail) = body.split_at_checked(root_end).unwrap_or((&body, ""));
        let mut whole = String::with_capacity(DECLARATION.len() + body.len() + declarations.len());
        // VML has no declaration of its own.
        if self.role != Role::Vml {
            whole.push_str(DECLARATION);
        }
        whole.push_str(head);
        whole.push_str(&declarations);
        whole.push_str(tail);
        whole.into_bytes()
    }
}

/// A quick hash for short names.
#[derive(Default, Clone)]
struct Fast;

impl std::hash::BuildHasher for Fast {
    type Hasher = FastHasher;

    fn build_hasher(&self) -> FastHasher {
        FastHasher(0xCBF2_9CE4_8422_2325)
    }
}

struct FastHasher(u64);

impl std::hash::Hasher for FastHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x517C_C1B7_2722_0A95);
        }
        for byte in rest {
            self.0 = (self.0.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x517C_C1B7_2722_0A95);
        }
    }
}
