//! The package: parts found along relationships, and the new package that is written of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    filter, properties,
    role::{self, Role},
};
use crate::{
    Danger, Hold, Kind, OnSigned, Reason,
    job::Job,
    xml::{self, Tree},
    zip::{Archive, Entry, Method, Writer},
};

/// Kinds of pictures that parts may be.
const PICTURES: [Kind; 9] = [Kind::Png, Kind::Jpeg, Kind::Gif, Kind::Bmp, Kind::Tiff, Kind::WebP, Kind::Svg, Kind::Emf, Kind::Wmf];

/// Kinds of files that are rebuilt here, and so may be embedded.
pub(crate) const OFFICE: [Kind; 14] = [
    Kind::Docx,
    Kind::Docm,
    Kind::Dotx,
    Kind::Dotm,
    Kind::Xlsx,
    Kind::Xlsm,
    Kind::Xltx,
    Kind::Xltm,
    Kind::Pptx,
    Kind::Pptm,
    Kind::Potx,
    Kind::Potm,
    Kind::Ppsx,
    Kind::Ppsm,
];

const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";

/// A relationship of the input.
struct Relation {
    id: String,
    kind: String,
    target: Target,
    /// Whether it was resolved already, and how.
    done: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    /// A part, by its name in lower case.
    Part(String),
    /// A place in the same document: `#Sheet1!A1`.
    Place(String),
    /// Anything else.
    Outside(String),
}

/// A relationship of the output.
struct Kept {
    id: String,
    kind: String,
    target: KeptTarget,
}

enum KeptTarget {
    Part(usize),
    Place(String),
    Link(String),
}

/// A part of the output.
struct Part {
    role: Role,
    /// Its name in the input.
    source: String,
    /// Its name in the output.
    name: String,
    content_type: String,
    relations: Vec<Relation>,
    kept: Vec<Kept>,
    bytes: Vec<u8>,
    packed: bool,
}

/// Everything about the package under way.
pub(super) struct Package<'a> {
    entries: HashMap<String, Entry<'a>>,
    pub(super) main: Role,
    pub(super) strict: bool,
    parts: Vec<Part>,
    /// Parts by their names in the input; `None`: looked at and left out.
    found: HashMap<String, Option<usize>>,
    numbers: BTreeMap<String, u32>,
    /// Names of the input that were reached or told.
    told: HashSet<String>,
}

/// Rebuilds a package; `kind` is the one to come out.
pub(super) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Vec<u8>, Hold> {
    let main = match kind {
        Kind::Docx | Kind::Dotx => Role::Document,
        Kind::Xlsx | Kind::Xltx => Role::Workbook,
        _ => Role::Presentation,
    };
    let archive = Archive::read(bytes)?;
    archive.tell(job);
    let mut entries = HashMap::new();
    for entry in archive.entries.into_iter().filter(|entry| !entry.folder) {
        if entry.special {
            return Err(Hold::damaged("a part that is no file"));
        }
        entries.insert(entry.name.trim_start_matches('/').to_ascii_lowercase(), entry);
    }
    let mut package =
        Package { entries, main, strict: false, parts: Vec::new(), found: HashMap::new(), numbers: BTreeMap::new(), told: HashSet::new() };
    package.content_types(job)?;
    let roots = package.relations(job, "")?;
    let strict = roots.iter().find(|root| role::short(&root.kind) == "officeDocument").ok_or_else(|| Hold::damaged("no main part"))?;
    package.strict = strict.kind.contains("purl.oclc.org");
    let Target::Part(name) = strict.target.clone() else { return Err(Hold::damaged("a main part outside")) };
    package.add(job, main, &name)?.ok_or_else(|| Hold::damaged("no main part"))?;
    let mut properties = Vec::new();
    for root in &roots {
        package.root(job, root, &name, &mut properties)?;
    }
    // Parts are found while parts before them are read.
    let mut at = 0;
    while at < package.parts.len() {
        package.process(job, at)?;
        at += 1;
    }
    package.orphans(job);
    Ok(package.write(kind, &properties))
}

impl<'a> Package<'a> {
    fn unpack(&mut self, job: &mut Job<'_>, name: &str) -> Result<Option<Vec<u8>>, Hold> {
        let Some(entry) = self.entries.get(name) else { return Ok(None) };
        self.told.insert(name.to_owned());
        entry.unpack(job).map(Some).map_err(|hold| hold.at(name))
    }

    /// Content types are made anew; those of the input only have to be there once and be readable.
    fn content_types(&mut self, job: &mut Job<'_>) -> Result<(), Hold> {
        const NAME: &str = "[content_types].xml";
        let bytes = self.unpack(job, NAME)?.ok_or_else(|| Hold::damaged("no content types"))?;
        let text = xml::decode(&bytes).map_err(|hold| hold.at(NAME))?;
        let tree = Tree::parse(&text, &job.policy.limits).map_err(|hold| hold.at(NAME))?;
        if !tree.is(tree.root(), TYPES, "Types") {
            return Err(Hold::damaged("content types that are none").at(NAME));
        }
        Ok(())
    }

    /// Relationships of a part, of the package for the empty name.
    fn relations(&mut self, job: &mut Job<'_>, part: &str) -> Result<Vec<Relation>, Hold> {
        let (folder, base) = part.rsplit_once('/').unwrap_or(("", part));
        let name = if folder.is_empty() { format!("_rels/{base}.rels") } else { format!("{folder}/_rels/{base}.rels") };
        let Some(bytes) = self.unpack(job, &name)? else { return Ok(Vec::new()) };
        let text = xml::decode(&bytes).map_err(|hold| hold.at(&name))?;
        let tree = Tree::parse(&text, &job.policy.limits).map_err(|hold| hold.at(&name))?;
        if !tree.is(tree.root(), RELATIONSHIPS, "Relationships") {
            return Err(Hold::damaged("relationships that are none").at(&name));
        }
        let mut relations: Vec<Relation> = Vec::new();
        let mut ids = HashSet::new();
        for node in tree.elements(tree.root()).filter(|node| tree.is(*node, RELATIONSHIPS, "Relationship")) {
            let get = |local| tree.attribute(node, "", local).unwrap_or_default();
            let (id, kind, target) = (get("Id"), get("Type"), get("Target"));
            if !ids.insert(id.to_owned()) {
                return Err(Hold::damaged("two relationships of one name").at(&name));
            }
            let target = if get("TargetMode").eq_ignore_ascii_case("External") || target.contains("://") || target.starts_with("mailto:") {
                Target::Outside(target.to_owned())
            } else if target.starts_with('#') {
                Target::Place(target.to_owned())
            } else {
                match join(folder, target) {
                    Some(path) => Target::Part(self.spelled(path)),
                    None => Target::Outside(target.to_owned()),
                }
            };
            relations.push(Relation { id: id.to_owned(), kind: kind.to_owned(), target, done: None });
        }
        Ok(relations)
    }

    /// The name as the ZIP spells it: with or without percent signs.
    fn spelled(&self, path: String) -> String {
        if self.entries.contains_key(&path) || !path.contains('%') {
            return path;
        }
        let plain = percent(&path).to_ascii_lowercase();
        if self.entries.contains_key(&plain) { plain } else { path }
    }

    /// A relationship of the package itself.
    fn root(
        &mut self,
        job: &mut Job<'_>,
        root: &Relation,
        main: &str,
        properties: &mut Vec<(properties::Which, Vec<u8>)>,
    ) -> Result<(), Hold> {
        let which = match root.kind.rsplit('/').next().unwrap_or_default() {
            "officeDocument" if root.target == Target::Part(main.to_owned()) => return Ok(()),
            "core-properties" => properties::Which::Core,
            "extended-properties" | "extendedProperties" => properties::Which::App,
            "custom-properties" | "customProperties" => properties::Which::Custom,
            "origin" if job.policy.signed == OnSigned::Hold => return Err(Hold::new(Reason::Signed, "an Office signature")),
            _ => {
                self.tell(job, &root.kind, &root.target, "_rels/.rels");
                return Ok(());
            }
        };
        let Target::Part(name) = &root.target else {
            self.tell(job, &root.kind, &root.target, "_rels/.rels");
            return Ok(());
        };
        if properties.iter().any(|(known, _)| *known == which) {
            job.removed(Danger::Unknown, name, 1);
            return Ok(());
        }
        if let Some(bytes) = self.unpack(job, name)?
            && let Some(bytes) = properties::rebuild(job, which, name, &bytes)?
        {
            properties.push((which, bytes));
        }
        Ok(())
    }

    /// The part of this name in this role, found before or now.
    fn add(&mut self, job: &mut Job<'_>, role: Role, source: &str) -> Result<Option<usize>, Hold> {
        if let Some(known) = self.found.get(source) {
            return match known {
                Some(part) if self.parts.get(*part).is_some_and(|part| part.role != role) => {
                    Err(Hold::damaged("one part in two roles").at(source))
                }
                known => Ok(*known),
            };
        }
        if !self.entries.contains_key(source) {
            return Ok(None);
        }
        let (mut content_type, mut ending, mut bytes) = (role.content_type(), "xml", Vec::new());
        match role {
            Role::Image | Role::Package => {
                let raw = self.unpack(job, source)?.unwrap_or_default();
                let allowed: &[Kind] = if role == Role::Image { &PICTURES } else { &OFFICE };
                match job.part(source, &raw, allowed) {
                    Ok(built) => {
                        ending = built.kind.endings().first().copied().unwrap_or("bin");
                        content_type = built.kind.mime().to_owned();
                        if built.kind == Kind::Emf {
                            content_type = "image/x-emf".to_owned();
                        } else if built.kind == Kind::Wmf {
                            content_type = "image/x-wmf".to_owned();
                        }
                        bytes = built.bytes;
                    }
                    Err(hold) if fatal(hold.reason) => return Err(hold),
                    Err(_) => {
                        self.found.insert(source.to_owned(), None);
                        job.removed(if role == Role::Image { Danger::Media } else { Danger::EmbeddedFile }, source, 1);
                        return Ok(None);
                    }
                }
            }
            Role::Vml => ending = "vml",
            _ => {}
        }
        // Tables and pivots that draw from outside go as a whole.
        let relations = if matches!(role, Role::Image | Role::Package) { Vec::new() } else { self.relations(job, source)? };
        if !self.is_inside(job, role, source, &relations)? {
            self.found.insert(source.to_owned(), None);
            self.told.insert(source.to_owned());
            job.removed(Danger::DataConnection, source, 1);
            return Ok(None);
        }
        let stem = role.stem(self.main);
        let number = self.numbers.entry(if role == Role::Vml { format!("{stem}.vml") } else { stem.clone() }).or_default();
        *number += 1;
        let name = if role.is_single() && *number == 1 { format!("{stem}.{ending}") } else { format!("{stem}{number}.{ending}") };
        let packed = matches!(role, Role::Package) || matches!(ending, "png" | "jpg" | "gif" | "webp");
        let index = self.parts.len();
        self.parts.push(Part { role, source: source.to_owned(), name, content_type, relations, kept: Vec::new(), bytes, packed });
        self.found.insert(source.to_owned(), Some(index));
        Ok(Some(index))
    }

    /// Whether a pivot draws from the workbook alone, and drawings in VML can be read.
    fn is_inside(&mut self, job: &mut Job<'_>, role: Role, source: &str, relations: &[Relation]) -> Result<bool, Hold> {
        match role {
            Role::PivotCache => {
                let bytes = self.unpack(job, source)?.unwrap_or_default();
                let text = xml::decode(&bytes).map_err(|hold| hold.at(source))?;
                let tree = Tree::parse(&text, &job.policy.limits).map_err(|hold| hold.at(source))?;
                let from = tree.elements(tree.root()).find(|node| tree.local(*node) == "cacheSource");
                Ok(from.is_some_and(|from| {
                    tree.attribute(from, "", "type") == Some("worksheet")
                        && !tree.descendants(from).any(|node| {
                            tree.attributes(node).iter().any(|attribute| attribute.name.ns != xml::Ns::NONE && attribute.name.local == "id")
                        })
                }))
            }
            Role::PivotTable => {
                for relation in relations.iter().filter(|relation| role::short(&relation.kind) == "pivotCacheDefinition") {
                    let Target::Part(cache) = &relation.target else { return Ok(false) };
                    // Only caches that the workbook lists.
                    if !matches!(self.found.get(cache), Some(Some(_))) {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Role::Vml => {
                let bytes = self.unpack(job, source)?.unwrap_or_default();
                Ok(xml::decode(&bytes).is_ok_and(|text| Tree::parse(&text, &job.policy.limits).is_ok()))
            }
            _ => Ok(true),
        }
    }

    /// Whether a part may point at what this relationship of it names; if so, it will.
    pub(super) fn resolve(&mut self, job: &mut Job<'_>, part: usize, id: &str) -> Result<bool, Hold> {
        let Some((at, relation)) =
            self.parts.get(part).and_then(|part| part.relations.iter().enumerate().find(|(_, relation)| relation.id == id))
        else {
            return Ok(false);
        };
        if let Some(done) = relation.done {
            return Ok(done);
        }
        let (kind, target) = (relation.kind.clone(), relation.target.clone());
        let short = role::short(&kind);
        let kept = match target {
            Target::Place(place) if short == "hyperlink" && !place.contains(['\\', ':', '/']) => Some((kind, KeptTarget::Place(place))),
            Target::Outside(address) if short == "hyperlink" && job.policy.links.may_click(&address) => {
                Some((kind, KeptTarget::Link(address)))
            }
            Target::Part(name) => match Role::of(&kind, self.main) {
                Some(role) => self.add(job, role, &name)?.map(|index| (role.relation(self.strict), KeptTarget::Part(index))),
                None => None,
            },
            _ => None,
        };
        let done = kept.is_some();
        let safe = id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        if let Some(part) = self.parts.get_mut(part) {
            if !safe {
                return Err(Hold::damaged("a relationship whose name is none").at(&part.source));
            }
            if let Some(relation) = part.relations.get_mut(at) {
                relation.done = Some(done);
            }
            if let Some((kind, target)) = kept {
                part.kept.push(Kept { id: id.to_owned(), kind, target });
            }
        }
        Ok(done)
    }

    /// The role of what a relationship of a part points at, if it is there.
    pub(super) fn role_of(&self, part: usize, id: &str) -> Option<Role> {
        let relation = self.parts.get(part)?.relations.iter().find(|relation| relation.id == id)?;
        match &relation.target {
            Target::Part(name) if self.entries.contains_key(name) => Role::of(&relation.kind, self.main),
            _ => None,
        }
    }

    /// Filters a part and follows what belongs to it.
    fn process(&mut self, job: &mut Job<'_>, at: usize) -> Result<(), Hold> {
        let Some(part) = self.parts.get(at) else { return Ok(()) };
        let (role, source) = (part.role, part.source.clone());
        if matches!(role, Role::Image | Role::Package) {
            return Ok(());
        }
        job.count_member()?;
        let bytes = self.unpack(job, &source)?.unwrap_or_default();
        let text = xml::decode(&bytes).map_err(|hold| hold.at(&source))?;
        let written = filter::filter(job, self, at, role, &source, &text).map_err(|hold| hold.at(&source))?;
        drop(text);
        if let Some(part) = self.parts.get_mut(at) {
            part.bytes = written;
        }
        let ids: Vec<(String, String, Target, Option<bool>)> = self.parts.get(at).map_or_else(Vec::new, |part| {
            part.relations
                .iter()
                .map(|relation| (relation.id.clone(), relation.kind.clone(), relation.target.clone(), relation.done))
                .collect()
        });
        for (id, kind, target, done) in ids {
            let implicit = Role::of(&kind, self.main).is_some_and(|target| target.is_implicit(role));
            let kept = match done {
                Some(done) => done,
                None => implicit && self.resolve(job, at, &id)?,
            };
            if !kept {
                self.tell(job, &kind, &target, &source);
            }
        }
        Ok(())
    }

    /// Tells of a relationship that was left out.
    fn tell(&mut self, job: &mut Job<'_>, kind: &str, target: &Target, source: &str) {
        let external = matches!(target, Target::Outside(_));
        let place = match target {
            Target::Part(name) => {
                if matches!(self.found.get(name), Some(None)) {
                    // Told when it was looked at.
                    return;
                }
                if !self.entries.contains_key(name) {
                    return;
                }
                self.told.insert(name.clone());
                name.as_str()
            }
            _ => source,
        };
        if let Some(danger) = role::danger(kind, external) {
            job.removed(danger, place, 1);
        }
    }

    /// Tells of parts that nothing reached.
    fn orphans(&mut self, job: &mut Job<'_>) {
        let mut names: Vec<&String> = self.entries.keys().filter(|name| !self.told.contains(*name)).collect();
        names.sort_unstable();
        for name in names {
            let danger = match name.rsplit('/').next().unwrap_or_default() {
                "vbaproject.bin" | "vbadata.xml" => Danger::Macro,
                "calcchain.xml" => continue,
                base if base.ends_with(".rels") => continue,
                _ if name.contains("macrosheets/") => Danger::Xlm,
                _ if name.contains("externallinks/") => Danger::Remote,
                _ if name.contains("activex/") || name.contains("ctrlprops/") => Danger::Control,
                _ if name.contains("customxml/") => Danger::CustomData,
                _ if name.contains("_xmlsignatures/") => Danger::Signature,
                _ if name.contains("embeddings/") => Danger::OleObject,
                _ if name.contains("fonts/") => Danger::Font,
                _ if name.contains("printersettings") || name.contains("thumbnail") => Danger::Leftover,
                _ => Danger::Unknown,
            };
            job.removed(danger, name, 1);
        }
    }

    fn write(self, kind: Kind, properties: &[(properties::Which, Vec<u8>)]) -> Vec<u8> {
        let mut types = xml::Writer::new();
        types.start("", "Types");
        types.declare("", TYPES);
        let mut defaults: BTreeMap<&str, &str> = BTreeMap::new();
        defaults.insert("rels", "application/vnd.openxmlformats-package.relationships+xml");
        defaults.insert("xml", "application/xml");
        for part in self.parts.iter().filter(|part| matches!(part.role, Role::Image | Role::Package | Role::Vml)) {
            if let Some((_, ending)) = part.name.rsplit_once('.') {
                defaults.insert(ending, &part.content_type);
            }
        }
        for (ending, content_type) in &defaults {
            types.start("", "Default");
            types.attribute("", "Extension", ending);
            types.attribute("", "ContentType", content_type);
            types.end();
        }
        let main_type = format!("{}.main+xml", kind.mime());
        let mut override_of = |name: &str, content_type: &str| {
            types.start("", "Override");
            types.attribute("", "PartName", &format!("/{name}"));
            types.attribute("", "ContentType", content_type);
            types.end();
        };
        for part in self.parts.iter().filter(|part| !matches!(part.role, Role::Image | Role::Package | Role::Vml)) {
            override_of(&part.name, if part.role == self.main { &main_type } else { &part.content_type });
        }
        for (which, _) in properties {
            override_of(which.name(), which.content_type());
        }
        let mut root = xml::Writer::new();
        root.start("", "Relationships");
        root.declare("", RELATIONSHIPS);
        let main = self.parts.first().map_or("", |part| &part.name);
        relation(&mut root, "rId1", &self.main.relation(self.strict), main, false);
        for (number, (which, _)) in properties.iter().enumerate() {
            relation(&mut root, &format!("rId{}", number + 2), &which.relation(self.strict), which.name(), false);
        }
        let mut zip = Writer::new();
        zip.add("[Content_Types].xml", types.finish().as_bytes(), Method::Deflated);
        zip.add("_rels/.rels", root.finish().as_bytes(), Method::Deflated);
        for part in &self.parts {
            zip.add(&part.name, &part.bytes, if part.packed { Method::Stored } else { Method::Deflated });
            if !part.kept.is_empty() {
                let (folder, base) = part.name.rsplit_once('/').unwrap_or(("", &part.name));
                let mut rels = xml::Writer::new();
                rels.start("", "Relationships");
                rels.declare("", RELATIONSHIPS);
                for kept in &part.kept {
                    match &kept.target {
                        KeptTarget::Part(target) => {
                            let target = self.parts.get(*target).map_or("", |part| &part.name);
                            relation(&mut rels, &kept.id, &kept.kind, &relative(folder, target), false);
                        }
                        KeptTarget::Place(place) => relation(&mut rels, &kept.id, &kept.kind, place, false),
                        KeptTarget::Link(address) => relation(&mut rels, &kept.id, &kept.kind, address, true),
                    }
                }
                zip.add(&format!("{folder}/_rels/{base}.rels"), rels.finish().as_bytes(), Method::Deflated);
            }
        }
        for (which, bytes) in properties {
            zip.add(which.name(), bytes, Method::Deflated);
        }
        zip.finish()
    }
}

fn relation(out: &mut xml::Writer, id: &str, kind: &str, target: &str, external: bool) {
    out.start("", "Relationship");
    out.attribute("", "Id", id);
    out.attribute("", "Type", kind);
    out.attribute("", "Target", target);
    if external {
        out.attribute("", "TargetMode", "External");
    }
    out.end();
}

/// Reasons in a part that hold the whole.
const fn fatal(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ExpandsTooMuch
            | Reason::TooMany
            | Reason::TooDeep
            | Reason::TimeOut
            | Reason::MemoryOut
            | Reason::Infected
            | Reason::Crashed
    )
}

/// The name of a target as seen from a folder, in lower case; none if it leads out of the package.
fn join(folder: &str, target: &str) -> Option<String> {
    let target = target.split(['#', '?']).next().unwrap_or_default();
    let target = target.replace('\\', "/");
    let mut path: Vec<&str> =
        if target.starts_with('/') { Vec::new() } else { folder.split('/').filter(|step| !step.is_empty()).collect() };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop()?;
            }
            step => path.push(step),
        }
    }
    if path.is_empty() || path.iter().any(|step| step.contains(':')) {
        return None;
    }
    Some(path.join("/").to_ascii_lowercase())
}

/// `../media/image1.png` from `word/charts`.
fn relative(folder: &str, target: &str) -> String {
    let from: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    let to: Vec<&str> = target.split('/').collect();
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count().min(to.len().saturating_sub(1));
    let mut steps = vec![".."; from.len() - same];
    steps.extend(to.iter().skip(same));
    steps.join("/")
}

/// `%20` → space.
fn percent(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}
