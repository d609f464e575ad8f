//! C2SP signed notes with Ed25519: a text, and lines that say who signed it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use sha2::{Digest, Sha256};

/// Signature type of a plain Ed25519 signature over the note text.
const TYPE_ED25519: u8 = 0x01;
/// Signature type of a witness cosignature.
const TYPE_COSIGNATURE: u8 = 0x04;
/// More signature lines than this are not read.
const SIGNATURES_MAX: usize = 64;

/// Why a note or key was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The bytes are not a signed note, or the text not a key.
    #[error("署名付きの文書又は鍵の形式ではありません")]
    Malformed,
    /// No signature by the expected key.
    #[error("この台帳の鍵による署名がありません")]
    Unsigned,
    /// A signature by the expected key does not fit the text.
    #[error("署名が本文と合いません")]
    Forged,
}

/// One signature line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Key name.
    pub name: String,
    /// Key id: the first four bytes of a hash over name and key.
    pub key_id: [u8; 4],
    /// The signature itself.
    pub bytes: Vec<u8>,
}

/// A text and its signatures, none of them checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The signed text, its last newline included.
    pub text: String,
    /// The signature lines in order.
    pub signatures: Vec<Signature>,
}

impl Note {
    /// Reads a note.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.chars().any(|c| c < ' ' && c != '\n') || !note.ends_with('\n') {
            return Err(NoteError::Malformed);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
        let signatures =
            lines.split_terminator('\n').map(|line| parse_signature(line).ok_or(NoteError::Malformed)).collect::<Result<Vec<_>, _>>()?;
        if signatures.is_empty() || signatures.len() > SIGNATURES_MAX {
            return Err(NoteError::Malformed);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Checks that `key` signed the text; signatures by other keys are ignored.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let mut signed = Err(NoteError::Unsigned);
        for signature in &self.signatures {
            if signature.name == key.name && signature.key_id == key.key_id() {
                let bytes = signature.bytes.as_slice().try_into().map_err(|_| NoteError::Forged)?;
                key.key.verify_strict(self.text.as_bytes(), &ed25519_dalek::Signature::from_bytes(bytes)).map_err(|_| NoteError::Forged)?;
                signed = Ok(());
            }
        }
        signed
    }
}

fn parse_signature(line: &str) -> Option<Signature> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    let decoded = STANDARD.decode(encoded).ok()?;
    let (key_id, bytes) = decoded.split_first_chunk::<4>()?;
    (valid_name(name) && !bytes.is_empty()).then(|| Signature { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() })
}

fn valid_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

fn key_id(name: &str, signature_type: u8, key: &[u8; 32]) -> [u8; 4] {
    let digest: [u8; 32] = Sha256::new().chain_update(name).chain_update([b'\n', signature_type]).chain_update(key).finalize().into();
    let [a, b, c, d, ..] = digest;
    [a, b, c, d]
}

/// A name and the public key that signs under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    /// Reads the C2SP form `<name>+<hash>+<base64 of type and key>`.
    pub fn parse(vkey: &str) -> Result<Self, NoteError> {
        let malformed = || NoteError::Malformed;
        let (name, rest) = vkey.trim_end_matches('\n').split_once('+').ok_or_else(malformed)?;
        let (hash, encoded) = rest.split_once('+').ok_or_else(malformed)?;
        let decoded = STANDARD.decode(encoded).map_err(|_| NoteError::Malformed)?;
        let [TYPE_ED25519, key @ ..] = decoded.as_slice() else {
            return Err(NoteError::Malformed);
        };
        let key: &[u8; 32] = key.try_into().map_err(|_| NoteError::Malformed)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| NoteError::Malformed)?;
        let parsed = Self { name: name.to_owned(), key };
        if !valid_name(name) || hash != hex(parsed.key_id()) {
            return Err(NoteError::Malformed);
        }
        Ok(parsed)
    }

    /// The key name, which is the origin of the log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of the hash over name and key.
    pub fn key_id(&self) -> [u8; 4] {
        key_id(&self.name, TYPE_ED25519, self.key.as_bytes())
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = STANDARD.encode([&[TYPE_ED25519], self.key.as_bytes().as_slice()].concat());
        write!(f, "{}+{}+{key}", self.name, hex(self.key_id()))
    }
}

fn hex(bytes: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(bytes))
}

/// The key that signs checkpoints.
///
/// Trust: its holder can sign any history; the caller keeps the seed in a file only it can read.
#[derive(Clone)]
pub struct SigningKey {
    verifier: VerifierKey,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// A key from its 32-byte seed; the name becomes the log's origin and may hold neither spaces
    /// nor `+`.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        if !valid_name(name) {
            return Err(NoteError::Malformed);
        }
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let verifier = VerifierKey { name: name.to_owned(), key: key.verifying_key() };
        Ok(Self { verifier, key })
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a text, which must end in a newline, and returns the note.
    pub(crate) fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let encoded = STANDARD.encode([self.verifier.key_id().as_slice(), signature.as_slice()].concat());
        format!("{text}\n— {} {encoded}\n", self.verifier.name)
    }
}

impl std::fmt::Debug for SigningKey {
    /// The seed never reaches a log file.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.verifier)
    }
}

/// Checks a witness's cosignature (C2SP tlog-cosignature, Ed25519) on a note and returns the
/// moment it was made, in seconds since 1970.
pub fn verify_cosignature(note: &Note, name: &str, key: &[u8; 32]) -> Result<u64, NoteError> {
    let id = key_id(name, TYPE_COSIGNATURE, key);
    let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| NoteError::Malformed)?;
    let signature = note.signatures.iter().find(|signature| signature.name == name && signature.key_id == id).ok_or(NoteError::Unsigned)?;
    let (time, bytes) = signature.bytes.split_first_chunk::<8>().ok_or(NoteError::Forged)?;
    let bytes = bytes.try_into().map_err(|_| NoteError::Forged)?;
    let time = u64::from_be_bytes(*time);
    let message = format!("cosignature/v1\ntime {time}\n{}", note.text);
    key.verify_strict(message.as_bytes(), &ed25519_dalek::Signature::from_bytes(bytes)).map_err(|_| NoteError::Forged)?;
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_reads_and_only_whole() {
        let note = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
        let parsed = Note::parse(note).unwrap();
        assert!(parsed.text.ends_with("ed è subito sera.\n"));
        assert_eq!(parsed.signatures[0].name, "quasimodo.example/salvatore");
        assert_eq!(parsed.signatures[0].bytes.len(), 64);
        for cut in note.char_indices().map(|(at, _)| at) {
            let (part, _) = note.split_at(cut);
            assert!(Note::parse(part).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_signature_fits_only_its_text_and_key() {
        let key = SigningKey::from_seed("sekisho.example/town", &[3; 32]).unwrap();
        let other = SigningKey::from_seed("sekisho.example/town", &[4; 32]).unwrap();
        let note = Note::parse(&key.sign("hello\n")).unwrap();
        assert_eq!(note.verify(key.verifier()), Ok(()));
        assert_eq!(note.verify(other.verifier()), Err(NoteError::Unsigned));
        let changed = Note { text: "hallo\n".to_owned(), ..note };
        assert_eq!(changed.verify(key.verifier()), Err(NoteError::Forged));
    }

    #[test]
    fn keys_read_back_and_bad_names_are_refused() {
        let key = SigningKey::from_seed("sekisho.example/町", &[3; 32]).unwrap();
        let vkey = key.verifier().to_string();
        assert_eq!(VerifierKey::parse(&vkey).as_ref(), Ok(key.verifier()));
        assert!(VerifierKey::parse(&vkey.replace("町", "村")).is_err());
        for name in ["", "a b", "a+b", "a\nb", "a\u{3000}b"] {
            assert!(SigningKey::from_seed(name, &[3; 32]).is_err(), "{name}");
        }
    }

    #[test]
    fn another_implementation_agrees_on_keys_and_signatures() {
        use signed_note::{Note as Foreign, StandardVerifier, VerifierList};
        let key = SigningKey::from_seed("sekisho.example/town", &[9; 32]).unwrap();
        let note = key.sign("sekisho.example/town\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
        let verifier = StandardVerifier::new(&key.verifier().to_string()).unwrap();
        let list = VerifierList::new(vec![Box::new(verifier)]);
        let (verified, unverified) = Foreign::from_bytes(note.as_bytes()).unwrap().verify(&list).unwrap();
        assert_eq!((verified.len(), unverified.len()), (1, 0));
    }

    #[test]
    fn a_cosignature_is_bound_to_its_time() {
        let key = SigningKey::from_seed("sekisho.example/town", &[3; 32]).unwrap();
        let witness = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
        let public = witness.verifying_key().to_bytes();
        let mut note = Note::parse(&key.sign("text\n")).unwrap();
        let signature = witness.sign(b"cosignature/v1\ntime 1679315147\ntext\n").to_bytes();
        let time = 1_679_315_147u64.to_be_bytes();
        note.signatures.push(Signature {
            name: "witness".to_owned(),
            key_id: key_id("witness", TYPE_COSIGNATURE, &public),
            bytes: [&time[..], &signature[..]].concat(),
        });
        assert_eq!(verify_cosignature(&note, "witness", &public), Ok(1_679_315_147));
        note.signatures[1].bytes[7] ^= 1;
        assert_eq!(verify_cosignature(&note, "witness", &public), Err(NoteError::Forged));
    }
}
