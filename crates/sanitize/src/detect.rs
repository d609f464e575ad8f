//! What a file is, by its structure, its name and what the sender says; all three must agree.

use crate::{Hold, Kind, Reason};

/// What the three say.
pub(crate) struct Found {
    /// By its bytes.
    pub(crate) content: Kind,
    agreed: Result<Kind, Hold>,
}

impl Found {
    /// The kind, if all agree or differ harmlessly.
    pub(crate) fn agreed(self) -> Result<Kind, Hold> {
        self.agreed
    }
}

/// Looks at all three.
pub(crate) fn detect(name: &str, declared: Option<&str>, bytes: &[u8]) -> Found {
    let _ = declared;
    let content = content(bytes);
    let ending = name.rsplit_once('.').and_then(|(_, ending)| Kind::of_ending(ending));
    let agreed = match (content, ending) {
        (Kind::Unknown, Some(kind)) => Ok(kind),
        (Kind::Unknown, None) => Err(Hold::new(Reason::UnknownKind, "no structure and no ending known")),
        (kind, _) => Ok(kind),
    };
    Found { content, agreed }
}

/// The kind that the bytes tell.
pub(crate) fn content(bytes: &[u8]) -> Kind {
    let _ = bytes;
    Kind::Unknown
}

/// The name of the output: the input's, with the ending of what came out.
pub(crate) fn output_name(name: &str, kind: Kind) -> String {
    let same = name.rsplit_once('.').is_some_and(|(_, ending)| kind.endings().contains(&ending.to_ascii_lowercase().as_str()));
    match (same, kind.endings().first()) {
        (true, _) | (_, None) => name.to_owned(),
        (false, Some(ending)) => format!("{}.{ending}", name.rsplit_once('.').map_or(name, |(stem, _)| stem)),
    }
}
