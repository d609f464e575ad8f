//! One file under way: its policy, how deep it is nested, what is spent, what was removed.

use crate::{Danger, Hold, Kind, OnHeldMember, Policy, Reason, Removal, detect, format};

/// What a rebuilder hands back.
pub(crate) struct Built {
    /// Written from the model.
    pub(crate) bytes: Vec<u8>,
    /// May differ from the input's kind: docm → docx.
    pub(crate) kind: Kind,
    /// Pixels or text only.
    pub(crate) flattened: bool,
}

impl Built {
    /// New bytes of a kind.
    pub(crate) const fn new(kind: Kind, bytes: Vec<u8>) -> Self {
        Self { bytes, kind, flattened: false }
    }
}

/// A safe file with its name.
pub(crate) struct Made {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
    pub(crate) flattened: bool,
    /// Whether bytes that come out as they went in may be called verified: text and its relatives.
    pub(crate) verifiable: bool,
}

/// What a job found, once it is over.
pub(crate) struct Found {
    pub(crate) kind: Option<Kind>,
    pub(crate) removed: Vec<Removal>,
    pub(crate) notes: Vec<String>,
}

/// One file under way, with all files inside it.
pub(crate) struct Job<'a> {
    /// What the hall decided.
    pub(crate) policy: &'a Policy,
    /// Passwords to try.
    pub(crate) passwords: &'a [&'a str],
    members: &'a mut dyn FnMut(&str, &[u8]),
    /// Names of the files around this one, outermost first; empty for the file itself.
    place: Vec<String>,
    /// The name of the file that is being rebuilt.
    pub(crate) name: String,
    kind: Option<Kind>,
    removed: Vec<Removal>,
    notes: Vec<String>,
    expanded: u64,
    count: u32,
    pixels: u64,
}

/// Removals listed at most; more are counted at the last one of their kind.
const LISTED: usize = 2_000;

impl<'a> Job<'a> {
    pub(crate) fn new(policy: &'a Policy, passwords: &'a [&'a str], members: &'a mut dyn FnMut(&str, &[u8])) -> Self {
        Self {
            policy,
            passwords,
            members,
            place: Vec::new(),
            name: String::new(),
            kind: None,
            removed: Vec::new(),
            notes: Vec::new(),
            expanded: 0,
            count: 0,
            pixels: 0,
        }
    }

    pub(crate) fn into_found(self) -> Found {
        Found { kind: self.kind, removed: self.removed, notes: self.notes }
    }

    /// The file itself, or a member of an archive or a mail: name, declared type and content must agree.
    pub(crate) fn file(&mut self, name: &str, declared: Option<&str>, bytes: &[u8]) -> Result<Made, Hold> {
        let limits = &self.policy.limits;
        if bytes.is_empty() {
            return Err(Hold::new(Reason::Empty, "no bytes"));
        }
        if bytes.len() as u64 > limits.input_bytes {
            return Err(Hold::new(Reason::TooLarge, format!("{} bytes", bytes.len())));
        }
        let found = detect::detect(name, declared, bytes);
        // Known kinds are told even when the name does not fit.
        if self.place.is_empty() {
            self.kind = Some(found.kind);
        }
        let kind = found.agreed()?;
        let outer = std::mem::replace(&mut self.name, name.to_owned());
        let made = self.rebuild(kind, bytes);
        self.name = outer;
        let made = made?;
        Ok(Made {
            name: detect::output_name(name, made.kind),
            kind: made.kind,
            bytes: made.bytes,
            flattened: made.flattened,
            verifiable: format::verifiable(kind),
        })
    }

    /// A member of an archive, a mail or a document, with its name: as [`Job::file`], one level deeper.
    ///
    /// The scanner sees it, its removals stand under its name.
    pub(crate) fn member(&mut self, name: &str, declared: Option<&str>, bytes: &[u8]) -> Result<Made, Hold> {
        self.within(name, bytes, |job| job.file(name, declared, bytes))
    }

    /// A part whose kind its bytes tell and whose name tells nothing, such as a picture in a document.
    ///
    /// Held with [`Reason::KindMismatch`] unless it is one of `allowed`.
    pub(crate) fn part(&mut self, place: &str, bytes: &[u8], allowed: &[Kind]) -> Result<Built, Hold> {
        self.within(place, bytes, |job| {
            let kind = detect::content(bytes);
            if !allowed.contains(&kind) {
                return Err(Hold::new(Reason::KindMismatch, format!("a part of kind {}", kind.id())));
            }
            job.rebuild(kind, bytes)
        })
    }

    /// Shows the scanner something that is dropped anyway.
    pub(crate) fn show(&mut self, name: &str, bytes: &[u8]) {
        self.place.push(name.to_owned());
        (self.members)(&self.place.join(" › "), bytes);
        self.place.pop();
    }

    fn within<T>(&mut self, name: &str, bytes: &[u8], work: impl FnOnce(&mut Self) -> Result<T, Hold>) -> Result<T, Hold> {
        self.count_member()?;
        self.place.push(name.to_owned());
        let place = self.place.join(" › ");
        (self.members)(&place, bytes);
        let done = if self.place.len() > self.policy.limits.nesting as usize {
            Err(Hold::new(Reason::TooDeep, format!("{} files within files", self.place.len())))
        } else {
            work(self)
        };
        self.place.pop();
        done.map_err(|hold| hold.at(name))
    }

    /// Rebuilds bytes whose kind is certain, at the same depth.
    pub(crate) fn rebuild(&mut self, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
        if let Some(reason) = kind.treatment().held() {
            return Err(Hold::new(if kind == Kind::Unknown { Reason::UnknownKind } else { reason }, kind.id()));
        }
        if self.policy.held.contains(&kind) {
            return Err(Hold::new(Reason::HeldByPolicy, kind.id()));
        }
        format::rebuild(self, kind, bytes)
    }

    /// Whether a held member is replaced by a note ([`OnHeldMember::Note`]) rather than holding the whole.
    ///
    /// Malware, bombs and limits hold the whole in any case.
    pub(crate) fn note_instead(&self, hold: &Hold) -> bool {
        let fatal = matches!(
            hold.reason,
            Reason::ExpandsTooMuch
                | Reason::TooMany
                | Reason::TooDeep
                | Reason::TimeOut
                | Reason::MemoryOut
                | Reason::Infected
                | Reason::Crashed
        );
        !fatal && self.policy.held_member == OnHeldMember::Note
    }

    /// Counts one part, member or object; all depths together have one limit.
    pub(crate) fn count_member(&mut self) -> Result<(), Hold> {
        self.count = self.count.saturating_add(1);
        if self.count > self.policy.limits.members {
            return Err(Hold::new(Reason::TooMany, format!("more than {} parts", self.policy.limits.members)));
        }
        Ok(())
    }

    /// Accounts for unpacked bytes, before or while they are unpacked.
    pub(crate) fn expand(&mut self, packed: u64, unpacked: u64) -> Result<(), Hold> {
        let limits = &self.policy.limits;
        self.expanded = self.expanded.saturating_add(unpacked);
        if self.expanded > limits.expanded_bytes {
            return Err(Hold::new(Reason::ExpandsTooMuch, format!("more than {} bytes unpacked", limits.expanded_bytes)));
        }
        if unpacked > limits.ratio_from_bytes && unpacked / packed.max(1) > limits.ratio {
            return Err(Hold::new(Reason::ExpandsTooMuch, format!("{packed} bytes unpack to {unpacked}")));
        }
        Ok(())
    }

    /// How many bytes a stream of so many packed bytes may unpack to here; decoders stop there.
    pub(crate) fn room(&self, packed: u64) -> u64 {
        let limits = &self.policy.limits;
        let left = limits.expanded_bytes.saturating_sub(self.expanded);
        left.min(packed.saturating_mul(limits.ratio).max(limits.ratio_from_bytes))
    }

    /// Accounts for the pixels of an image, before they are decoded.
    pub(crate) fn pixels(&mut self, width: u64, height: u64) -> Result<(), Hold> {
        let count = width.saturating_mul(height);
        self.pixels = self.pixels.saturating_add(count);
        let limits = &self.policy.limits;
        if count > limits.image_pixels || self.pixels > limits.file_pixels {
            return Err(Hold::new(Reason::ExpandsTooMuch, format!("a picture of {width} × {height} pixels")));
        }
        Ok(())
    }

    /// Tells that something was removed.
    pub(crate) fn removed(&mut self, kind: Danger, place: &str, count: u64) {
        if count == 0 {
            return;
        }
        let place = if self.place.is_empty() { place.to_owned() } else { format!("{} › {place}", self.place.join(" › ")) };
        let full = self.removed.len() >= LISTED;
        let same = self.removed.iter_mut().rev().find(|removal| removal.kind == kind && (full || removal.place == place));
        match same {
            Some(removal) => removal.count = removal.count.saturating_add(count),
            None => self.removed.push(Removal { kind, place, count }),
        }
    }

    /// What was removed so far, at all depths.
    pub(crate) fn removals(&self) -> &[Removal] {
        &self.removed
    }

    /// Tells something else a reader should know, in Japanese.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        if self.notes.len() < 100 {
            self.notes.push(text.into());
        }
    }
}
