//! The package around the parts: what is taken along, under which names, and the manifest.

use std::collections::BTreeMap;

use super::{
    crypt::{self, Crypt},
    filter, without_type,
};
use crate::{
    Danger, Hold, Kind, OnSigned, Reason,
    job::{Built, Job},
    xml,
    zip::{Archive, Entry, Method, Writer},
};

/// Pictures that documents show.
const PICTURES: &[Kind] = &[Kind::Png, Kind::Jpeg, Kind::Gif, Kind::WebP, Kind::Bmp, Kind::Tiff, Kind::Svg, Kind::Emf, Kind::Wmf];

/// What is written.
#[derive(Default)]
struct Out {
    parts: Vec<(String, Vec<u8>, &'static str)>,
    pictures: BTreeMap<String, Option<String>>,
    objects: BTreeMap<String, Option<String>>,
}

/// A document of a package: the main one or an object in it.
pub(super) struct Package<'a, 'p> {
    archive: &'p Archive<'a>,
    crypt: Option<&'p Crypt>,
    /// Its folder in the input: empty or `Object 1/`.
    folder: String,
    /// Its folder in the output.
    written: String,
    depth: u32,
    out: &'p mut Out,
    /// Members that were taken along.
    seen: &'p mut Vec<String>,
}

/// Rebuilds a package.
pub(super) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
    let archive = Archive::read(bytes)?;
    archive.tell(job);
    signed(job, &archive)?;
    let crypt = crypt::read(job, &archive)?;
    let mut out = Out::default();
    let mut seen = vec!["mimetype".to_owned(), "META-INF/manifest.xml".to_owned()];
    let mut root = Package {
        archive: &archive,
        crypt: crypt.as_ref(),
        folder: String::new(),
        written: String::new(),
        depth: 0,
        out: &mut out,
        seen: &mut seen,
    };
    let (body, version) = root.document(job)?;
    let kind = of_body(kind, &body)?;
    leftovers(job, &archive, &seen);
    let mut writer = Writer::new();
    writer.add("mimetype", kind.mime().as_bytes(), Method::Stored);
    for (name, bytes, _) in &out.parts {
        if !name.ends_with('/') {
            let packed = [".png", ".jpg", ".gif", ".webp"].iter().any(|ending| name.ends_with(ending));
            writer.add(name, bytes, if packed { Method::Stored } else { Method::Deflated });
        }
    }
    writer.add("META-INF/manifest.xml", manifest(kind, version.as_deref(), &out).as_bytes(), Method::Deflated);
    Ok(Built::new(kind, writer.finish()))
}

/// The kind of a document by what is in it; the input's kind tells whether it is a template.
fn of_body(kind: Kind, body: &str) -> Result<Kind, Hold> {
    let template = matches!(kind, Kind::Ott | Kind::Ots | Kind::Otp | Kind::Otg);
    Ok(match (body, template) {
        ("text", false) => Kind::Odt,
        ("text", true) => Kind::Ott,
        ("spreadsheet", false) => Kind::Ods,
        ("spreadsheet", true) => Kind::Ots,
        ("presentation", false) => Kind::Odp,
        ("presentation", true) => Kind::Otp,
        ("drawing", false) => Kind::Odg,
        ("drawing", true) => Kind::Otg,
        _ => return Err(Hold::new(Reason::KindMismatch, "a body of another kind of document")),
    })
}

fn signed(job: &mut Job<'_>, archive: &Archive<'_>) -> Result<(), Hold> {
    let count = archive.entries.iter().filter(|entry| entry.name.starts_with("META-INF/") && entry.name.contains("signatures")).count();
    if count > 0 && job.policy.signed == OnSigned::Hold {
        return Err(Hold::new(Reason::Signed, "a signed document"));
    }
    Ok(())
}

/// Tells of members that nothing refers to.
fn leftovers(job: &mut Job<'_>, archive: &Archive<'_>, seen: &[String]) {
    for entry in archive.entries.iter().filter(|entry| !entry.folder && !seen.contains(&entry.name)) {
        let name = entry.name.as_str();
        let folder = name.split('/').next().unwrap_or_default();
        let danger = match folder {
            "Basic" | "Scripts" | "Dialogs" => Danger::Macro,
            "Configurations2" => Danger::AddIn,
            "Thumbnails" | "layout-cache" | "Versions" | "VersionList.xml" => Danger::Leftover,
            "META-INF" if name.contains("signatures") => Danger::Signature,
            "manifest.rdf" => Danger::Metadata,
            "Fonts" => Danger::Font,
            "database" => Danger::DataConnection,
            "Media" => Danger::Media,
            // Told where the document refers to it.
            _ if name.starts_with("Object") => continue,
            _ => Danger::Unknown,
        };
        // Empty files stand for folders that hold no settings.
        if entry.size > 0 {
            job.removed(danger, name, 1);
        }
    }
}

fn manifest(kind: Kind, version: Option<&str>, out: &Out) -> String {
    // Readers compare it with the version in the content; before 1.2 there was none here.
    let version = version.filter(|version| !matches!(*version, "1.0" | "1.1"));
    let mut writer = xml::Writer::new();
    writer.start("manifest", "manifest");
    writer.declare("manifest", "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0");
    if let Some(version) = version {
        writer.attribute("manifest", "version", version);
    }
    let root = (String::from("/"), Vec::new(), kind.mime());
    for (name, _, mime) in std::iter::once(&root).chain(&out.parts) {
        writer.start("manifest", "file-entry");
        writer.attribute("manifest", "full-path", name);
        if let Some(version) = version.filter(|_| name.ends_with('/')) {
            writer.attribute("manifest", "version", version);
        }
        writer.attribute("manifest", "media-type", mime);
        writer.end();
    }
    writer.finish()
}

impl Package<'_, '_> {
    /// Filters the parts of a document; tells what kind it is, and of which version.
    fn document(&mut self, job: &mut Job<'_>) -> Result<(String, Option<String>), Hold> {
        let mut body = None;
        let mut version = None;
        for name in ["content.xml", "styles.xml", "meta.xml", "settings.xml"] {
            let path = format!("{}{name}", self.folder);
            let Some(entry) = self.archive.find(&path) else { continue };
            let bytes = self.unpack(job, entry)?;
            self.seen.push(path.clone());
            // Some writers leave an empty part.
            if bytes.is_empty() {
                continue;
            }
            job.count_member()?;
            let text = xml::decode(&bytes).map_err(|hold| hold.at(&path))?;
            let text = without_type(&text).map_err(|hold| hold.at(&path))?;
            // Kept at its place before the parts it refers to.
            let at = self.out.parts.len();
            let part = filter::part(job, Some(&mut *self), text, &path).map_err(|hold| hold.at(&path))?;
            self.out.parts.insert(at, (format!("{}{name}", self.written), part.xml.into_bytes(), "text/xml"));
            if name == "content.xml" {
                (body, version) = (part.body, part.version);
            }
        }
        Ok((body.ok_or_else(|| Hold::damaged("no content"))?, version))
    }

    fn unpack(&self, job: &mut Job<'_>, entry: &Entry<'_>) -> Result<Vec<u8>, Hold> {
        let bytes = entry.unpack(job)?;
        match self.crypt {
            Some(crypt) => crypt.open(job, &entry.name, bytes),
            None => Ok(bytes),
        }
    }

    /// A picture that the document shows: its new name, or nothing if it cannot come along.
    pub(super) fn picture(&mut self, job: &mut Job<'_>, href: &str) -> Result<Option<String>, Hold> {
        let Some(path) = inside(href) else {
            job.removed(Danger::Remote, &self.folder, 1);
            return Ok(None);
        };
        let own = format!("{}{path}", self.folder);
        let entry = self.archive.find(&own).or_else(|| self.archive.find(&path));
        let Some(entry) = entry.filter(|entry| !entry.folder && !entry.special) else {
            job.removed(Danger::Unknown, &own, 1);
            return Ok(None);
        };
        let key = format!("{}\n{}", self.written, entry.name);
        if let Some(known) = self.out.pictures.get(&key) {
            return Ok(known.clone());
        }
        self.seen.push(entry.name.clone());
        let bytes = self.unpack(job, entry)?;
        let made = made(job, &entry.name, &bytes)?;
        let name = made.map(|built| {
            let number = self.out.pictures.values().flatten().count() + 1;
            let ending = built.kind.endings().first().copied().unwrap_or("bin");
            let name = format!("Pictures/{number:04}.{ending}");
            self.out.parts.push((format!("{}{name}", self.written), built.bytes, built.kind.mime()));
            name
        });
        self.out.pictures.insert(key, name.clone());
        Ok(name)
    }

    /// An object that the document shows, filtered as a document of its own.
    pub(super) fn object(&mut self, job: &mut Job<'_>, href: &str) -> Result<Option<String>, Hold> {
        let Some(path) = inside(href) else {
            job.removed(Danger::Remote, &self.folder, 1);
            return Ok(None);
        };
        let folder = format!("{}{}/", self.folder, path.trim_end_matches('/'));
        if let Some(known) = self.out.objects.get(&folder) {
            return Ok(known.clone());
        }
        if self.depth >= job.policy.limits.nesting {
            return Err(Hold::new(Reason::TooDeep, "objects within objects"));
        }
        // Should it show itself, it is found here.
        self.out.objects.insert(folder.clone(), None);
        if self.archive.find(&format!("{folder}content.xml")).is_none() {
            job.removed(Danger::OleObject, folder.trim_end_matches('/'), 1);
            return Ok(None);
        }
        let number = self.out.objects.len();
        let name = format!("Object {number}");
        let at = self.out.parts.len();
        let mut inner = Package {
            archive: self.archive,
            crypt: self.crypt,
            folder: folder.clone(),
            written: format!("{}{name}/", self.written),
            depth: self.depth + 1,
            out: &mut *self.out,
            seen: &mut *self.seen,
        };
        let (body, _) = inner.document(job)?;
        let mime = match body.as_str() {
            "chart" => "application/vnd.oasis.opendocument.chart",
            "math" => "application/vnd.oasis.opendocument.formula",
            "image" => "application/vnd.oasis.opendocument.image",
            body => of_body(Kind::Odt, body)?.mime(),
        };
        self.out.parts.insert(at, (format!("{}{name}/", self.written), Vec::new(), mime));
        self.out.objects.insert(folder, Some(format!("./{name}")));
        Ok(Some(format!("./{name}")))
    }
}

/// A picture rebuilt; nothing, and told, if it cannot be.
pub(super) fn made(job: &mut Job<'_>, place: &str, bytes: &[u8]) -> Result<Option<Built>, Hold> {
    match job.part(place, bytes, PICTURES) {
        Ok(built) => Ok(Some(built)),
        Err(hold) if job.note_instead(&hold) => {
            // Previews in a format of LibreOffice's own, which it draws anew from what they show.
            let preview = bytes.starts_with(b"VCLMTF");
            job.removed(if preview { Danger::Leftover } else { Danger::EmbeddedFile }, place, 1);
            Ok(None)
        }
        Err(hold) => Err(hold),
    }
}

/// The name of a member that a reference leads to; nothing if it leads outside.
fn inside(href: &str) -> Option<String> {
    let href = href.trim_start_matches('#');
    let path = href.strip_prefix("./").unwrap_or(href);
    let mut plain = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let code = digit(bytes.next())? * 16 + digit(bytes.next())?;
            plain.push(u8::try_from(code).ok()?);
        } else {
            plain.push(byte);
        }
    }
    let path = String::from_utf8(plain).ok()?;
    let bad = path.is_empty() || path.starts_with('/') || path.contains([':', '\\', '\0', '?']) || path.split('/').any(|part| part == "..");
    (!bad).then_some(path)
}
