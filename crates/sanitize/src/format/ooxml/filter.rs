//! The filter of one part: events in, markup out; what is written is decided element by element.
//!
//! Namespaces are declared at the root, each with one prefix of ours, and only those that are used.
//! `mc:AlternateContent` is resolved to the first choice whose namespaces are all read, or the fallback.
//! A part with field instructions that must go is read twice: where a field begins, its words are not known yet.

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

    fn start_root(
        &mut self,
        reader: &Reader<'_>,
        spaces: &mut Spaces,
        name: Name<'_>,
        space: Option<Space>,
        frames: &mut Vec<Frame>,
    ) -> Result<(), Hold> {
        let (wanted, local) = self.role.root();
        let good =
            if self.role == Role::Vml { name.ns == Ns::NONE && name.local == local } else { space == Some(wanted) && name.local == local };
        if !good {
            return Err(Hold::damaged("a part that is not what its relationship tells"));
        }
        if let Some((_, strict)) = Space::of(reader.uri(name.ns)) {
            self.strict = strict && wanted.uri(true) != wanted.uri(false) || self.strict && wanted.uri(true) == wanted.uri(false);
        }
        self.root = Some(wanted);
        for attribute in reader.attributes() {
            if self.space(reader, spaces, attribute.name.ns) == Some(Space::Mc) && attribute.name.local == "Ignorable" {
                for prefix in attribute.value.split_whitespace() {
                    if let Some(space) = reader.resolve(prefix).and_then(|ns| self.space(reader, spaces, ns))
                        && let Some(slot) = self.ignorable.get_mut(space as usize)
                    {
                        *slot = true;
                    }
                }
            }
        }
        if self.role == Role::Workbook {
            self.count_sheets(reader)?;
        }
        if self.role == Role::Vml {
            self.out.start("", "xml");
            self.root_end = self.out.len();
        } else {
            let prefix = self.prefix(wanted);
            self.out.start(prefix, local);
            self.root_end = self.out.len();
            self.attributes(reader, spaces, wanted, local, reader.attributes())?;
        }
        frames.push(Frame::Written { text: false, empty: None });
        Ok(())
    }

    /// Which sheets stay, and their numbers then.
    fn count_sheets(&mut self, reader: &Reader<'_>) -> Result<(), Hold> {
        let mut ahead = reader.clone();
        let (mut sheets, mut kept) = (Vec::new(), 0);
        while let Some(event) = ahead.next()? {
            let Event::Start(name) = event else { continue };
            if name.local != "sheet" || ahead.depth() != 3 {
                continue;
            }
            let id = ahead.attributes().iter().find(|attribute| attribute.name.local == "id").map(|attribute| attribute.value.to_string());
            let stays = id.is_some_and(|id| matches!(self.package.role_of(self.part, &id), Some(Role::Worksheet | Role::Chartsheet)));
            sheets.push(stays.then_some(kept));
            if stays {
                kept += 1;
                let state = ahead.attributes().iter().find(|attribute| attribute.name.local == "state");
                self.shown |= state.is_none_or(|state| state.value == "visible");
            }
        }
        if kept == 0 {
            return Err(Hold::new(crate::Reason::NothingLeft, "no sheet without macros"));
        }
        self.sheets = Some(sheets);
        Ok(())
    }

    /// `mc:AlternateContent` and its parts; how much to skip.
    fn alternate(&mut self, reader: &Reader<'_>, spaces: &mut Spaces, name: Name<'_>, frames: &mut Vec<Frame>) -> usize {
        if name.local == "AlternateContent" {
            frames.push(Frame::Alternate(false));
            return 0;
        }
        let Some(Frame::Alternate(chosen)) = frames.last_mut() else { return 1 };
        let take = match name.local {
            "Fallback" => true,
            "Choice" => {
                let requires = reader.attributes().iter().find(|attribute| attribute.name.local == "Requires");
                let mut all = requires.is_some_and(|requires| !requires.value.trim().is_empty());
                for prefix in requires.map(|requires| &*requires.value).unwrap_or_default().split_whitespace() {
                    let space = reader.resolve(prefix).and_then(|ns| self.space(reader, spaces, ns));
                    all &= space.is_some_and(Space::is_chosen);
                }
                all
            }
            _ => false,
        };
        if *chosen || !take {
            return 1;
        }
        *chosen = true;
        frames.push(Frame::Unwrapped);
        0
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

    #[allow(clippy::too_many_arguments, reason = "all of it is the state of one step")]
    fn special(
        &mut self,
        special: Special,
        reader: &Reader<'_>,
        spaces: &mut Spaces,
        space: Space,
        local: &str,
        attributes: &[Attribute<'_>],
        frames: &[Frame],
    ) -> Result<Option<Frame>, Hold> {
        let get = |local: &str| attributes.iter().find(|attribute| attribute.name.local == local).map(|attribute| &*attribute.value);
        let mark = self.out.mark();
        let written = Some(Frame::Written { text: false, empty: None });
        Ok(match special {
            Special::FieldChar => {
                if self.field(get("fldCharType").unwrap_or_default()) {
                    self.write(reader, spaces, space, local, attributes)?;
                    written
                } else {
                    None
                }
            }
            Special::FieldText => {
                if self.in_bad_instruction() {
                    // Still heard, not written.
                    return Ok(Some(Frame::FieldText));
                }
                self.write(reader, spaces, space, local, attributes)?;
                Some(Frame::FieldText)
            }
            Special::RunText => {
                if self.in_bad_instruction() {
                    return Ok(Some(Frame::RunText));
                }
                self.write(reader, spaces, space, local, attributes)?;
                Some(Frame::RunText)
            }
            Special::FieldSimple => match field::judge(get("instr").unwrap_or_default(), false, self.job.policy) {
                Verdict::Good => {
                    self.write(reader, spaces, space, local, attributes)?;
                    written
                }
                Verdict::Bad(danger) | Verdict::Words(danger, _) => {
                    self.tell(danger, 1);
                    Some(Frame::Unwrapped)
                }
            },
            Special::FieldData | Special::SheetView => {
                self.write(reader, spaces, space, local, attributes)?;
                written
            }
            Special::WordHyperlink => match self.write(reader, spaces, space, local, attributes)? {
                Some(true) => written,
                None if get("anchor").is_some() => written,
                _ => {
                    self.rollback(mark);
                    Some(Frame::Unwrapped)
                }
            },
            Special::WordObject => {
                let (object, picture, drawing) = self.look(reader)?;
                let stays = match object {
                    Some(id) => self.package.resolve(self.job, self.part, &id)?,
                    None => false,
                };
                if stays {
                    self.write(reader, spaces, space, local, attributes)?;
                    written
                } else if drawing || !picture {
                    Some(Frame::Unwrapped)
                } else {
                    let prefix = self.prefix(space);
                    self.out.start(prefix, "pict");
                    written
                }
            }
            Special::OleObject => match self.write(reader, spaces, space, local, attributes)? {
                Some(true) if !matches!(get("Type"), Some("Link")) => written,
                _ => {
                    self.rollback(mark);
                    if space == Space::P && self.picture.is_none() {
                        // The frame shows the picture that belongs to it.
                        self.out.start("p", local);
                        for name in ["spid", "name", "imgW", "imgH"] {
                            if let Some(value) = get(name) {
                                self.out.attribute("", name, value);
                            }
                        }
                        written
                    } else if space == Space::P {
                        Some(Frame::Unwrapped)
                    } else {
                        None
                    }
                }
            },
            Special::GraphicFrame => {
                let (object, picture, _) = self.look(reader)?;
                let gone = match object {
                    Some(id) => !self.package.resolve(self.job, self.part, &id)?,
                    None => false,
                };
                if gone && picture && self.picture.is_none() {
                    self.picture = Some((String::new(), String::new()));
                    Some(Frame::Picture)
                } else {
                    self.write(reader, spaces, space, local, attributes)?;
                    written
                }
            }
            Special::HyperlinkOnShape => {
                let action = get("action").unwrap_or_default();
                let goes = ["ppaction://hlinksldjump", "ppaction://hlinkshowjump", "ppaction://noaction", "ppaction://customshow"];
                let fine = action.is_empty() || goes.iter().any(|good| action.starts_with(good));
                let id =
                    attributes.iter().find(|attribute| attribute.name.local == "id").map(|attribute| &*attribute.value).unwrap_or_default();
                let stays =
                    fine && (id.is_empty() && !action.is_empty() || !id.is_empty() && self.package.resolve(self.job, self.part, id)?);
                if stays {
                    self.write(reader, spaces, space, local, attributes)?;
                    return Ok(written);
                }
                if !fine {
                    self.tell(if action.contains("macro") { Danger::Macro } else { Danger::Action }, 1);
                }
                if local == "hlinkClick" && matches!(frames.last(), Some(Frame::Run)) {
                    self.look_like_link();
                }
                None
            }
            Special::SheetHyperlink => match self.write(reader, spaces, space, local, attributes)? {
                Some(true) => written,
                None if get("location").is_some_and(|location| !rule::leads_out(location)) => written,
                _ => {
                    self.rollback(mark);
                    None
                }
            },
            Special::Sheet => {
                let stays = match &self.sheets {
                    Some(sheets) if frames.len() == 2 => sheets.get(self.sheet).is_some_and(Option::is_some),
                    _ => true,
                };
                self.sheet += usize::from(frames.len() == 2);
                match self.write(reader, spaces, space, local, attributes)? {
                    Some(true) if stays => written,
                    None if self.sheets.is_none() => written,
                    _ => {
                        self.rollback(mark);
                        None
                    }
                }
            }
            Special::DefinedName => {
                let name = get("name").unwrap_or_default();
                let lower = name.to_ascii_lowercase();
                let set = |local: &str| matches!(get(local), Some("1" | "true" | "on"));
                let macro_like = set("xlm")
                    || set("function")
                    || set("vbProcedure")
                    || lower.starts_with("_xlnm.auto_")
                    || lower.starts_with("auto_open")
                    || lower.starts_with("auto_close");
                let local_id = get("localSheetId").map(|id| id.parse::<usize>().unwrap_or(usize::MAX));
                let new_id = local_id.map(|id| self.sheets.as_ref().and_then(|sheets| sheets.get(id).copied().flatten()));
                if macro_like || matches!(new_id, Some(None)) {
                    self.tell(Danger::Xlm, 1);
                    return Ok(None);
                }
                let prefix = self.prefix(space);
                self.out.start(prefix, local);
                let others: Vec<Attribute<'_>> =
                    attributes.iter().filter(|attribute| attribute.name.local != "localSheetId").cloned().collect();
                self.attributes(reader, spaces, space, local, &others)?;
                if let Some(Some(id)) = new_id {
                    self.out.attribute("", "localSheetId", &id.to_string());
                }
                Some(Frame::Gather(Gather { mark, name: true, shared: None, keep: false, text: String::new() }))
            }
            Special::VmlShape => {
                if self.role == Role::Vml && self.is_control(reader)? {
                    self.tell(Danger::Control, 1);
                    return Ok(None);
                }
                self.write(reader, spaces, space, local, attributes)?;
                written
            }
        })
    }

    /// Looks ahead into an element: the relationship of an object in it, whether a picture is there, whether a drawing.
    fn look(&self, reader: &Reader<'_>) -> Result<(Option<String>, bool, bool), Hold> {
        let mut ahead = reader.clone();
        let depth = ahead.depth();
        let (mut object, mut picture, mut drawing) = (None, false, false);
        while let Some(event) = ahead.next()? {
            match event {
                Event::Start(name) => match name.local {
                    "OLEObject" | "oleObj" | "objectEmbed" => {
                        let id = ahead.attributes().iter().find(|attribute| attribute.name.ns != Ns::NONE && attribute.name.local == "id");
                        object = object.or_else(|| Some(id.map(|id| id.value.to_string()).unwrap_or_default()));
                    }
                    "pic" | "shape" | "rect" => picture = true,
                    "drawing" => drawing = true,
                    _ => {}
                },
                Event::End(_) if ahead.depth() < depth => break,
                _ => {}
            }
        }
        Ok((object, picture, drawing))
    }

    /// Whether a shape of a sheet is a control.
    fn is_control(&self, reader: &Reader<'_>) -> Result<bool, Hold> {
        let mut ahead = reader.clone();
        let depth = ahead.depth();
        while let Some(event) = ahead.next()? {
            match event {
                Event::Start(name) if name.local == "ClientData" => {
                    let kind = ahead.attributes().iter().find(|attribute| attribute.name.local == "ObjectType");
                    return Ok(kind.is_none_or(|kind| {
                        !matches!(&*kind.value, "Note" | "Pict" | "Rect" | "Group" | "Shape" | "Line" | "Oval" | "Polygon")
                    }));
                }
                Event::End(_) if ahead.depth() < depth => break,
                _ => {}
            }
        }
        Ok(false)
    }

    /// Within a frame whose picture takes its place: what is not the picture.
    #[allow(clippy::option_option, reason = "outer: handled; inner: skipped")]
    fn inside_picture(
        &mut self,
        reader: &Reader<'_>,
        space: Space,
        local: &str,
        attributes: &[Attribute<'_>],
        frames: &[Frame],
    ) -> Result<Option<Option<Frame>>, Hold> {
        let Some((id, name)) = self.picture.clone() else { return Ok(None) };
        let around = frames.iter().rposition(|frame| matches!(frame, Frame::Picture)).unwrap_or(0);
        let bare = frames.get(around..).is_some_and(|inside| !inside.iter().any(|frame| matches!(frame, Frame::Written { .. })));
        if space == Space::P && local == "cNvPr" && !bare {
            self.out.start("p", "cNvPr");
            self.out.attribute("", "id", &id);
            self.out.attribute("", "name", &name);
            for attribute in
                attributes.iter().filter(|attribute| attribute.name.ns == Ns::NONE && matches!(attribute.name.local, "descr" | "title"))
            {
                self.out.attribute("", attribute.name.local, &attribute.value);
            }
            return Ok(Some(Some(Frame::Written { text: false, empty: None })));
        }
        if !bare {
            return Ok(None);
        }
        Ok(match local {
            "nvGraphicFramePr" => {
                let mut ahead = reader.clone();
                while let Some(event) = ahead.next()? {
                    if let Event::Start(name) = event
                        && name.local == "cNvPr"
                    {
                        let get = |local: &str| {
                            ahead
                                .attributes()
                                .iter()
                                .find(|attribute| attribute.name.local == local)
                                .map(|attribute| attribute.value.to_string())
                        };
                        self.picture = Some((get("id").unwrap_or_default(), get("name").unwrap_or_default()));
                        break;
                    }
                }
                Some(None)
            }
            "graphic" | "graphicData" => Some(Some(Frame::Unwrapped)),
            "pic" => None,
            _ => Some(None),
        })
    }

    /// Text that was a link keeps the look of one.
    fn look_like_link(&mut self) {
        const FILL: &str = "<a:solidFill><a:schemeClr val=\"hlink\"/></a:solidFill>";
        if self.out.in_tag() {
            if !self.run.underlined {
                self.out.attribute("", "u", "sng");
            }
            self.out.start("a", "solidFill");
            self.out.start("a", "schemeClr");
            self.out.attribute("", "val", "hlink");
            self.out.end();
            self.out.end();
        } else {
            match self.run.fill {
                Some((from, to)) => self.out.patch(from, to, FILL),
                None if !self.run.outlined => self.out.patch(self.run.tag_end + 1, self.run.tag_end + 1, FILL),
                None => {}
            }
            if !self.run.underlined {
                self.out.patch(self.run.tag_end, self.run.tag_end, " u=\"sng\"");
            }
        }
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

    fn verdict(&self, index: usize) -> &Verdict {
        self.verdicts.and_then(|verdicts| verdicts.get(index)).unwrap_or(&Verdict::Good)
    }

    /// Whether what is read is part of an instruction that goes.
    fn in_bad_instruction(&self) -> bool {
        self.verdicts.is_some() && self.fields.iter().any(|field| !field.in_result && *self.verdict(field.index) != Verdict::Good)
    }

    /// A field's begin, separator or end; whether it is written.
    fn field(&mut self, kind: &str) -> bool {
        match kind {
            "begin" => {
                let hidden = self.in_bad_instruction();
                if let Some(outer) = self.fields.iter_mut().rev().find(|field| !field.in_result) {
                    outer.dynamic |= outer.instruction.trim().is_empty();
                }
                let index = self.found.len();
                self.found.push(Verdict::Good);
                self.fields.push(Field { index, instruction: String::new(), dynamic: false, in_result: false, judged: false });
                let verdict = self.verdict(index).clone();
                match verdict {
                    Verdict::Good => !hidden,
                    Verdict::Bad(danger) => {
                        self.tell(danger, 1);
                        false
                    }
                    Verdict::Words(danger, words) => {
                        self.tell(danger, 1);
                        if !hidden && !words.is_empty() {
                            let prefix = self.prefix(Space::W);
                            self.out.start(prefix, "t");
                            self.out.attribute("xml", "space", "preserve");
                            self.out.text(&words);
                            self.out.end();
                        }
                        false
                    }
                }
            }
            "separate" => {
                let Some(mut field) = self.fields.pop() else { return false };
                let shown = *self.verdict(field.index) == Verdict::Good;
                field.in_result = true;
                let index = field.index;
                if !field.judged {
                    let verdict = field::judge(&field.instruction, field.dynamic, self.job.policy);
                    if let Some(slot) = self.found.get_mut(index) {
                        *slot = verdict;
                    }
                    field.judged = true;
                }
                self.fields.push(field);
                shown && !self.in_bad_instruction()
            }
            "end" => {
                let Some(field) = self.fields.pop() else { return false };
                let shown = *self.verdict(field.index) == Verdict::Good;
                self.judge(field);
                shown && !self.in_bad_instruction()
            }
            _ => false,
        }
    }

    fn judge(&mut self, field: Field) {
        if !field.judged {
            let verdict = field::judge(&field.instruction, field.dynamic, self.job.policy);
            if let Some(slot) = self.found.get_mut(field.index) {
                *slot = verdict;
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

/// Attributes that are words for readers, such as an alternative text.
fn may_say_anything(own: Space, local: &str) -> bool {
    matches!(
        local,
        "descr"
            | "title"
            | "name"
            | "display"
            | "tooltip"
            | "prompt"
            | "promptTitle"
            | "error"
            | "errorTitle"
            | "alt"
            | "string"
            | "text"
            | "val"
            | "v"
            | "s"
    ) && !(own.is_vml() && local == "name")
}

/// Addresses that name an edition of the format and are never fetched.
fn is_identifier(local: &str, value: &str) -> bool {
    const NAMES: [&str; 4] = [
        "http://schemas.openxmlformats.org/",
        "http://schemas.microsoft.com/",
        "http://purl.oclc.org/ooxml/",
        "urn:schemas-microsoft-com:",
    ];
    matches!(local, "uri" | "uniqueId" | "minVer" | "defStyle") && NAMES.iter().any(|name| value.starts_with(name))
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
