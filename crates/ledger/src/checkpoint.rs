//! A C2SP checkpoint: the signed statement of how large the log is and what it hashes to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;
use crate::note::{Note, NoteError, SigningKey, VerifierKey};

/// The head of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log; also the name of its key.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Merkle tree hash over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Signs the checkpoint under its origin.
    pub(crate) fn sign(size: u64, root: Hash, key: &SigningKey) -> String {
        let origin = key.verifier().name().to_owned();
        key.sign(&Self { origin, size, root }.text())
    }

    /// Reads the text of a note; lines after the third are allowed and ignored.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.split_terminator('\n');
        let (Some(origin), Some(digits), Some(encoded)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Malformed);
        };
        let size: u64 = digits.parse().map_err(|_| NoteError::Malformed)?;
        let root = STANDARD.decode(encoded).map_err(|_| NoteError::Malformed)?;
        let root = root.try_into().map_err(|_| NoteError::Malformed)?;
        // `parse` takes a leading plus or zero; the specification does not.
        if origin.is_empty() || digits != size.to_string() || lines.any(str::is_empty) {
            return Err(NoteError::Malformed);
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// Reads a signed checkpoint and checks that `key` signed it for the log of its name.
    pub fn verified(note: &str, key: &VerifierKey) -> Result<Self, NoteError> {
        let note = Note::parse(note)?;
        note.verify(key)?;
        let checkpoint = Self::parse(&note.text)?;
        if checkpoint.origin != key.name() {
            return Err(NoteError::Unsigned);
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_reads() {
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let checkpoint = Checkpoint::parse(text).unwrap();
        assert_eq!(checkpoint.size, 20_852_163);
        assert_eq!(checkpoint.text(), text);
    }

    #[test]
    fn a_size_has_one_spelling() {
        for size in ["+5", "05", "", "-1", "5 ", "18446744073709551616"] {
            let text = format!("log\n{size}\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
            assert_eq!(Checkpoint::parse(&text), Err(NoteError::Malformed), "{size}");
        }
    }
}
