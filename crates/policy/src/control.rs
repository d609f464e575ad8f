//! The catalogue of controls (統制) that obligations of all policies bind to: data in `catalog/controls/`.

mod binding;
mod likeness;

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use binding::Matcher;
pub(crate) use binding::Passage;
use likeness::Likeness;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../catalog/controls");
/// What Sekisho's own standard and forms say about the controls: more words to know them by.
static STANDARD: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../catalog/standard");
static FORMS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../catalog/procedures");

/// What kind of control it is, which says how it is carried out and proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A role must be held by somebody.
    Appoint,
    /// A document must exist.
    Document,
    /// A task that comes again.
    Periodic,
    /// Leave must be asked for.
    Permit,
    /// Something nobody may do.
    Prohibition,
    /// Something must be written down when it happens.
    Record,
    /// Somebody must be told.
    Report,
    /// A system must be made to do it.
    Technical,
    /// People must learn or know it.
    Training,
}

/// How often a control is due if the policy does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Frequency {
    /// At all times.
    Continuous,
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every six months.
    Semiannual,
    /// Every fiscal year.
    Annual,
    /// Once.
    Once,
    /// When what it concerns changes.
    OnChange,
    /// When the occasion arises.
    Event,
}

impl Frequency {
    /// Months between two dates it is due; `None` where no calendar tells.
    #[must_use]
    pub fn months(self) -> Option<u32> {
        match self {
            Frequency::Monthly => Some(1),
            Frequency::Quarterly => Some(3),
            Frequency::Semiannual => Some(6),
            Frequency::Annual => Some(12),
            _ => None,
        }
    }
}

/// A control: what policies ask for in ever other words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Identity, such as `permit.carry-out`.
    pub id: String,
    /// Short Japanese title.
    pub title: String,
    /// How it is carried out and proved.
    pub kind: Kind,
    /// How often it is due if the policy does not say.
    pub frequency: Frequency,
    /// What sentences about it have in common: words that must all occur in the sentence or its headings.
    pub cues: Vec<String>,
    /// Whether what is technical about it stands at the border of a zone and not on a machine.
    #[serde(default)]
    pub gateway: bool,
    /// Guideline or law that asks for it, where policies do not state it yet.
    #[serde(default)]
    pub source: String,
    /// Why it is asked for.
    #[serde(default)]
    pub reason: String,
}

/// Why a catalogue cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A file is not what it should be.
    #[error("統制の一覧 {file} を読み取れません: {reason}")]
    Syntax {
        /// Name of the file.
        file: String,
        /// What the parser says.
        reason: String,
    },
    /// Two controls with one id.
    #[error("統制の一覧 {file} の「{id}」は、ほかの統制と番号が重なっています。どちらかを改めてください。")]
    Duplicate {
        /// Name of the file.
        file: String,
        /// The id that comes twice.
        id: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    control: Vec<Control>,
}

/// What a file of the standard set, or a form, says about controls. Other fields are not looked at.
#[derive(Deserialize)]
struct Wording {
    #[serde(default)]
    clause: Vec<Said>,
    #[serde(flatten)]
    form: Option<Said>,
}

#[derive(Deserialize)]
struct Said {
    control: String,
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    summary: String,
}

/// The catalogue, ready for binding.
#[derive(Debug, Clone, Default)]
pub struct Controls {
    controls: Vec<Control>,
    by_id: HashMap<String, usize>,
    matcher: Matcher,
    likeness: Likeness,
}

/// Names and contents of the text files of a folder, in the order of their names.
fn texts(folder: &'static Dir<'static>) -> Vec<(&'static str, &'static str)> {
    let mut files: Vec<_> = folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?))).collect();
    files.sort_unstable();
    files
}

impl Controls {
    /// The catalogue built into the program.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Controls> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            let wordings = texts(&STANDARD).into_iter().chain(texts(&FORMS)).map(|(_, text)| text);
            Self::parse(texts(&FILES)).unwrap_or_default().worded(wordings)
        })
    }

    /// The catalogue with more texts about its controls: files of the standard set and forms.
    /// Files that say nothing about controls are passed over.
    #[must_use]
    pub fn worded<'a>(mut self, files: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut said, mut formed) = (Vec::new(), HashSet::new());
        for wording in files.into_iter().filter_map(|text| toml::from_str::<Wording>(text).ok()) {
            formed.extend(wording.form.as_ref().map(|form| form.control.clone()));
            said.extend(wording.clause.into_iter().chain(wording.form));
        }
        let mut about: HashMap<&str, Vec<&str>> = HashMap::new();
        for said in &said {
            about.entry(&said.control).or_default().extend([said.title.as_str(), &said.title, &said.text, &said.summary]);
        }
        self.likeness = Likeness::new(self.controls.iter().map(|control| {
            let own = [control.title.as_str(), control.title.as_str()].into_iter().chain(control.cues.iter().map(String::as_str));
            let texts = own.chain(about.get(control.id.as_str()).into_iter().flatten().copied()).collect();
            (texts, formed.contains(&control.id))
        }));
        self
    }

    /// Reads a catalogue from files, given as names and contents.
    ///
    /// # Errors
    /// When a file is no valid list of controls or an id comes twice.
    pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CatalogueError> {
        let mut controls: Vec<Control> = Vec::new();
        let mut by_id = HashMap::new();
        for (name, text) in files {
            let file: File = toml::from_str(text)
                .map_err(|error| CatalogueError::Syntax { file: name.to_owned(), reason: error.message().to_owned() })?;
            for control in file.control {
                if by_id.insert(control.id.clone(), controls.len()).is_some() {
                    return Err(CatalogueError::Duplicate { file: name.to_owned(), id: control.id });
                }
                controls.push(control);
            }
        }
        let matcher = Matcher::new(&controls);
        Ok(Controls { controls, by_id, matcher, likeness: Likeness::default() }.worded([]))
    }

    /// The control of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Control> {
        self.by_id.get(id).and_then(|at| self.controls.get(*at))
    }

    /// All controls, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Control> {
        self.controls.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.controls.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.controls.is_empty()
    }

    /// Ids of the controls a passage binds to, best first: those whose cues it holds, or else what it
    /// is most like. Where the two disagree and the likeness is clear, it has the last word.
    pub(crate) fn bind(&self, passage: &Passage<'_>) -> Vec<String> {
        let mut found = self.matcher.find(&self.controls, passage);
        let like = self.likeness.rank(&self.controls, passage);
        let of = |at: usize| like.iter().find(|(like, _)| *like == at).map_or(0.0, |(_, like)| *like);
        if let Some((best, likeness)) = like.first().copied() {
            let cued = found.iter().map(|at| of(*at)).fold(0.0, f32::max);
            if found.is_empty() && likeness >= likeness::ENOUGH || !found.is_empty() && likeness > cued + CLEARLY {
                found.insert(0, best);
            }
        }
        found.into_iter().filter_map(|at| self.controls.get(at)).map(|control| control.id.clone()).collect()
    }
}

/// How much more like another control a passage must be than like the one its cues tell.
const CLEARLY: f32 = 0.22;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_is_whole() {
        let files = FILES.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)));
        let controls = Controls::parse(files).unwrap();
        assert_eq!(controls.len(), 415);
        for control in controls.iter() {
            assert!(!control.title.is_empty() && control.title.chars().count() <= 30, "{}", control.id);
            assert!(!control.cues.is_empty(), "{} has no cue", control.id);
            assert!(
                control.cues.iter().all(|cue| cue.split(' ').all(|word| word.chars().count() >= 2)),
                "{} has a word of one letter",
                control.id
            );
            assert_eq!(controls.get(&control.id), Some(control));
        }
    }

    #[test]
    fn wrong_catalogues_are_refused_by_name() {
        let one = "[[control]]\nid=\"a\"\ntitle=\"甲\"\nkind=\"record\"\nfrequency=\"event\"\ncues=[\"記録\"]\n";
        assert_eq!(Controls::parse([("a.toml", one), ("b.toml", one)]).unwrap_err().to_string().matches("b.toml").count(), 1);
        assert!(Controls::parse([("c.toml", "[[control]]\nid=1")]).unwrap_err().to_string().contains("c.toml"));
    }
}
