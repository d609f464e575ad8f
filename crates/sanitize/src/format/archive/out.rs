//! The new ZIP: where members go, under which names, and what stands where a member is missing.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use crate::{
    Danger, Hold, Kind, Reason, detect,
    job::{Built, Job},
    zip::{Method, Writer},
};

/// What notes are called: the member's name comes before it.
const NOTE: &str = "_無害化結果.txt";

/// An output under way.
pub(super) struct Out {
    writer: Writer,
    /// Folded paths of files that were written.
    files: BTreeSet<String>,
    /// Folded paths of folders, with what they are called.
    folders: BTreeMap<String, String>,
    /// Folders that were written as members.
    written: BTreeSet<String>,
    kept: usize,
    /// Why the first member that is missing is missing.
    first: Option<Hold>,
}

impl Out {
    pub(super) fn new() -> Self {
        Self { writer: Writer::new(), files: BTreeSet::new(), folders: BTreeMap::new(), written: BTreeSet::new(), kept: 0, first: None }
    }

    /// A folder.
    pub(super) fn folder(&mut self, job: &mut Job<'_>, name: &str) -> Result<(), Hold> {
        job.count_member()?;
        let (parts, changed) = plain_path(name);
        if leftover(&parts) {
            return Ok(());
        }
        let path = self.enter(&parts);
        if path.is_empty() {
            return Ok(());
        }
        if changed {
            job.removed(Danger::Name, &path, 1);
        }
        if self.written.insert(fold(&path)) {
            self.writer.add(&format!("{path}/"), b"", Method::Stored);
        }
        Ok(())
    }

    /// A file, rebuilt as a member of the job.
    pub(super) fn file(&mut self, job: &mut Job<'_>, name: &str, bytes: &[u8]) -> Result<(), Hold> {
        let (mut parts, mut changed) = plain_path(name);
        if leftover(&parts) {
            job.count_member()?;
            job.removed(Danger::Leftover, &parts.join("/"), 1);
            return Ok(());
        }
        // Characters that deceive are left in the last part: the engine holds the file for them.
        let Some(base) = parts.pop() else { return self.held(job, name, Hold::new(Reason::DangerousName, "a file without a name")) };
        let shown = if parts.is_empty() { base.clone() } else { format!("{}/{base}", parts.join("/")) };
        let made = if bytes.is_empty() { empty(job, &base) } else { job.member(&shown, None, bytes).map(Some) };
        let (new, kind, bytes) = match &made {
            Ok(Some(made)) => (made.name.clone(), Some(made.kind), made.bytes.as_slice()),
            Ok(None) => (
                detect::output_name(&base, Kind::of_ending(base.rsplit_once('.').map_or("", |(_, end)| end)).unwrap_or(Kind::Text)),
                None,
                [].as_slice(),
            ),
            Err(hold) => return self.held(job, name, hold.clone()),
        };
        let path = self.place(&parts, &new);
        // A change of the ending is told by what was rebuilt, a number in the name only here.
        changed |= path.rsplit('/').next() != Some(new.as_str());
        if changed {
            job.removed(Danger::Name, &path, 1);
        }
        self.writer.add(&path, bytes, kind.map_or(Method::Stored, method));
        self.kept += 1;
        Ok(())
    }

    /// A link or a device: dropped.
    pub(super) fn special(&mut self, job: &mut Job<'_>, name: &str) -> Result<(), Hold> {
        job.count_member()?;
        job.removed(Danger::EmbeddedFile, &plain_path(name).0.join("/"), 1);
        self.first.get_or_insert_with(|| Hold::new(Reason::DangerousKind, "a link or a device"));
        Ok(())
    }

    /// A file that cannot be let through: a note in its place, or the whole is held.
    pub(super) fn held(&mut self, job: &mut Job<'_>, name: &str, hold: Hold) -> Result<(), Hold> {
        if !job.note_instead(&hold) {
            return Err(hold);
        }
        let (mut parts, _) = plain_path(name);
        let base = parts.pop().map(|base| visible(&base)).filter(|base| !base.is_empty()).unwrap_or_else(|| "file".to_owned());
        let stem = base.rsplit_once('.').map_or(base.as_str(), |(stem, _)| stem);
        let stem = if stem.is_empty() { base.as_str() } else { stem };
        let path = self.place(&parts, &detect::output_name(&format!("{stem}{NOTE}"), Kind::Text));
        let text = format!("「{base}」は、無害化の結果、この書庫から取り除かれました。\r\n理由: {}\r\n", hold.reason.sentence());
        self.writer.add(&path, text.as_bytes(), Method::Deflated);
        job.removed(Danger::EmbeddedFile, &path, 1);
        self.first.get_or_insert(hold);
        Ok(())
    }

    /// The archive, if anything is in it.
    pub(super) fn finish(self) -> Result<Built, Hold> {
        match (self.kept, self.first) {
            (0, Some(hold)) => Err(hold),
            (0, None) => Err(Hold::new(Reason::Empty, "an archive without files")),
            _ => Ok(Built::new(Kind::Zip, self.writer.finish())),
        }
    }

    /// The path of a folder, each part called as it was called first, and never as a file is called.
    fn enter(&mut self, parts: &[String]) -> String {
        let mut path = String::new();
        for part in parts {
            let mut part = part.clone();
            let next = loop {
                let next = if path.is_empty() { part.clone() } else { format!("{path}/{part}") };
                let folded = fold(&next);
                if let Some(known) = self.folders.get(&folded) {
                    break known.clone();
                }
                if !self.files.contains(&folded) {
                    self.folders.insert(folded, next.clone());
                    break next;
                }
                part.insert(0, '_');
            };
            path = next;
        }
        path
    }

    /// A path that no other file has, in any case.
    fn place(&mut self, parts: &[String], base: &str) -> String {
        let folder = self.enter(parts);
        let (stem, ending) = match base.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
            _ => (base, String::new()),
        };
        let mut number = 1_u32;
        loop {
            let name = if number == 1 { base.to_owned() } else { format!("{stem} ({number}){ending}") };
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let folded = fold(&path);
            if !self.folders.contains_key(&folded) && self.files.insert(folded) {
                return path;
            }
            number = number.saturating_add(1);
        }
    }
}

/// Files without bytes are harmless, but only where nothing is expected in them.
fn empty(job: &mut Job<'_>, base: &str) -> Result<Option<crate::job::Made>, Hold> {
    job.count_member()?;
    let kind = base.rsplit_once('.').and_then(|(_, ending)| Kind::of_ending(ending));
    let plain = kind.is_none_or(crate::format::verifiable) && !base.chars().any(|c| detect::deceives(c) || c.is_control());
    if plain { Ok(None) } else { Err(Hold::new(Reason::Empty, "a member without bytes")) }
}

/// What is packed already is not packed again.
fn method(kind: Kind) -> Method {
    let packed = matches!(kind, Kind::Png | Kind::Jpeg | Kind::Gif | Kind::WebP | Kind::Zip)
        || kind.mime().contains("openxmlformats")
        || (kind.mime().contains("oasis.opendocument") && !kind.mime().contains("flat-xml"));
    if packed { Method::Stored } else { Method::Deflated }
}

fn fold(path: &str) -> String {
    path.to_lowercase()
}

/// Without characters that are not seen.
fn visible(name: &str) -> String {
    name.chars().filter(|c| !c.is_control() && !detect::deceives(*c)).collect()
}

/// Files that systems leave behind: Finder's and Explorer's own.
fn leftover(parts: &[String]) -> bool {
    let last = parts.last().map_or("", String::as_str);
    parts.first().is_some_and(|first| first == "__MACOSX")
        || last.starts_with("._")
        || [".DS_Store", "Thumbs.db", "desktop.ini"].iter().any(|name| name.eq_ignore_ascii_case(last))
}

/// The parts of a path, each fit for any file system, and whether that is another path than was told.
fn plain_path(name: &str) -> (Vec<String>, bool) {
    let told: Vec<String> = name.trim_end_matches(['/', '\\']).split(['/', '\\']).map(|part| part.nfc().collect()).collect();
    let count = told.len();
    let parts: Vec<String> = told
        .iter()
        .enumerate()
        .filter(|(at, part)| {
            // A drive is the first part, the server of `\\server\share` comes after two empty ones.
            let drive = *at == 0 && part.len() == 2 && part.ends_with(':');
            !drive && !part.chars().all(|c| c == '.' || c.is_whitespace())
        })
        .map(|(at, part)| plain(part, at + 1 == count))
        .collect();
    // `./` in front is how tar begins.
    let told: Vec<String> = told.into_iter().skip_while(|part| part == ".").collect();
    let changed = parts != told;
    (parts, changed)
}

/// One part of a path.
fn plain(part: &str, last: bool) -> String {
    let clean: String = part
        .chars()
        .filter(|c| last || !(c.is_control() || detect::deceives(*c)))
        .map(|c| if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    let clean = clean.trim().trim_end_matches(['.', ' ', '\u{3000}']);
    if detect::is_device(clean.split('.').next().unwrap_or_default()) { format!("_{clean}") } else { clean.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_nowhere_else() {
        let path = |name: &str| {
            let (parts, changed) = plain_path(name);
            (parts.join("/"), changed)
        };
        for (told, made, changed) in [
            ("a/b.txt", "a/b.txt", false),
            ("a\\b.txt", "a/b.txt", false),
            ("./a/b.txt", "a/b.txt", false),
            ("資料/か\u{3099}.txt", "資料/が.txt", false),
            ("../../etc/passwd", "etc/passwd", true),
            ("/etc/passwd", "etc/passwd", true),
            ("C:\\Windows\\a.txt", "Windows/a.txt", true),
            ("\\\\server\\share\\a.txt", "server/share/a.txt", true),
            ("a/.../b.txt", "a/b.txt", true),
            ("con/aux.txt", "_con/_aux.txt", true),
            ("a.txt:b.exe", "a.txt_b.exe", true),
            ("a.exe. .", "a.exe", true),
            ("a\u{202e}b/c.txt", "ab/c.txt", true),
        ] {
            assert_eq!(path(told), (made.to_owned(), changed), "{told}");
        }
    }
}
