//! Keys, signed notes and checkpoints of C2SP, written from their texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};

use crate::tree::{Hash, sha256};

/// The public key of a log: `<name>+<hash>+<base64(0x01 || key)>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl Key {
    /// Reads a key; nothing if the text is not one or its hash does not fit.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let mut parts = text.splitn(3, '+');
        let (name, hash, material) = (parts.next()?, parts.next()?, parts.next()?);
        let material = STANDARD.decode(material).ok()?;
        let (kind, bytes) = material.split_first()?;
        let key = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
        let id = sha256(&[name.as_bytes(), b"\n", &[1], bytes]);
        let id = *id.first_chunk::<4>()?;
        let fits = hash == format!("{:08x}", u32::from_be_bytes(id));
        (*kind == 1 && fits && is_name(name)).then(|| Self { name: name.to_owned(), id, key })
    }

    /// Name of the key, which is the origin of its log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id in hexadecimal, to be compared by eye.
    pub fn fingerprint(&self) -> String {
        format!("{:08x}", u32::from_be_bytes(self.id))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// Merkle tree hash over them.
    pub root: [u8; 32],
}

/// Why a checkpoint is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disbelief {
    Malformed,
    OtherKey,
    Forged,
}

/// Reads a signed checkpoint and checks its signature; the head is also returned when it is not
/// to be believed, as far as it can be read.
pub(crate) fn read_checkpoint(note: &str, key: &Key) -> (Option<Head>, Result<(), Disbelief>) {
    let Some((text, signatures)) = split_note(note) else {
        return (None, Err(Disbelief::Malformed));
    };
    let Some((origin, head)) = read_text(&text) else {
        return (None, Err(Disbelief::Malformed));
    };
    let mut belief = Err(Disbelief::OtherKey);
    for (name, bytes) in signatures {
        let Some((id, signature)) = bytes.split_first_chunk::<4>() else {
            return (Some(head), Err(Disbelief::Malformed));
        };
        if name == key.name && *id == key.id {
            let good = Signature::from_slice(signature).is_ok_and(|signature| key.key.verify_strict(text.as_bytes(), &signature).is_ok());
            if !good {
                return (Some(head), Err(Disbelief::Forged));
            }
            belief = Ok(());
        }
    }
    if belief.is_ok() && origin != key.name {
        belief = Err(Disbelief::OtherKey);
    }
    (Some(head), belief)
}

type Signatures<'a> = Vec<(&'a str, Vec<u8>)>;

fn split_note(note: &str) -> Option<(String, Signatures<'_>)> {
    if note.chars().any(|c| c < ' ' && c != '\n') {
        return None;
    }
    let (text, lines) = note.rsplit_once("\n\n")?;
    let mut signatures = Vec::new();
    for line in lines.strip_suffix('\n')?.split('\n') {
        let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
        if !is_name(name) {
            return None;
        }
        signatures.push((name, STANDARD.decode(encoded).ok()?));
    }
    Some((format!("{text}\n"), signatures))
}

fn read_text(text: &str) -> Option<(&str, Head)> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let (origin, digits, encoded) = (lines.next()?, lines.next()?, lines.next()?);
    let size: u64 = digits.parse().ok()?;
    let root: Hash = STANDARD.decode(encoded).ok()?.try_into().ok()?;
    let plain = !origin.is_empty() && size.to_string() == digits && !lines.any(str::is_empty);
    plain.then_some((origin, Head { size, root }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    fn key_and_note(text: &str) -> (Key, String) {
        let signing = SigningKey::from_bytes(&[8; 32]);
        let public = signing.verifying_key().to_bytes();
        let id = *sha256(&[b"log", b"\n", &[1], &public]).first_chunk::<4>().unwrap();
        let material = STANDARD.encode([&[1][..], &public].concat());
        let vkey = format!("log+{:08x}+{material}", u32::from_be_bytes(id));
        let signature = signing.sign(text.as_bytes()).to_bytes();
        let line = STANDARD.encode([&id[..], &signature].concat());
        (Key::parse(&vkey).unwrap(), format!("{text}\n— log {line}\n"))
    }

    #[test]
    fn a_checkpoint_is_believed_only_as_signed() {
        let (key, note) = key_and_note("log\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
        let (head, belief) = read_checkpoint(&note, &key);
        assert_eq!((head.unwrap().size, belief), (5, Ok(())));
        let forged = note.replacen("\n5\n", "\n6\n", 1);
        assert_eq!(read_checkpoint(&forged, &key).1, Err(Disbelief::Forged));
        let foreign = note.replacen("— log", "— lag", 1);
        assert_eq!(read_checkpoint(&foreign, &key).1, Err(Disbelief::OtherKey));
        for broken in ["", "log\n", &note.replacen("\n5\n", "\n05\n", 1), note.trim_end()] {
            assert_eq!(read_checkpoint(broken, &key).1, Err(Disbelief::Malformed), "{broken}");
        }
    }

    #[test]
    fn the_origin_must_be_the_name_of_the_key() {
        let (key, note) = key_and_note("other\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
        assert_eq!(read_checkpoint(&note, &key).1, Err(Disbelief::OtherKey));
    }
}
