//! Office packages under a password: the package inside is decrypted and rebuilt; it comes out open.
//!
//! Both ways of Office are read: *standard* (2007) and *agile* (2010 and later).

use aes::cipher::{Block, BlockCipherDecrypt, KeyInit};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::{
    Danger, Hold, Kind, Reason,
    cfb::Cfb,
    detect,
    job::{Built, Job},
    xml,
};

/// With this, Office encrypts what should look unencrypted.
const SILENT: &str = "VelvetSweatshop";
/// Rounds that make guessing slow; more of them only make us slow.
const ROUNDS: u32 = 1_000_000;

/// Whether a password may hide a file of this kind.
pub(super) fn may_hide(kind: Kind) -> bool {
    kind == Kind::Xlsb || super::ooxml::OFFICE.contains(&kind)
}

/// Decrypts and rebuilds what is inside.
pub(crate) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let file = Cfb::read(bytes)?;
    let info = file.stream("EncryptionInfo").map_err(|_| unknown())?;
    let package = file.stream("EncryptedPackage").map_err(|_| unknown())?;
    job.expand(bytes.len() as u64, package.len() as u64)?;
    let scheme = Scheme::read(job, &info)?;
    let passwords = job.passwords;
    let found = std::iter::once(SILENT).chain(passwords.iter().copied()).find_map(|password| scheme.key(password).transpose());
    let Some(key) = found.transpose()? else {
        let reason = if passwords.is_empty() { Reason::PasswordNeeded } else { Reason::PasswordWrong };
        return Err(Hold::new(reason, "an encrypted Office package"));
    };
    let plain = scheme.decrypt(&package, &key)?;
    let name = job.name.clone();
    let kind = detect::detect(&name, None, &plain).agreed()?;
    if !may_hide(kind) {
        return Err(Hold::new(Reason::KindMismatch, format!("decrypts to {}", kind.id())));
    }
    job.removed(Danger::Encryption, "", 1);
    job.rebuild(kind, &plain)
}

fn unknown() -> Hold {
    Hold::new(Reason::EncryptionUnknown, "an Office package encrypted in an unknown way")
}

fn broken() -> Hold {
    Hold::damaged("an encrypted Office package is broken")
}

#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        fn run<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut digest = D::new();
            for part in parts {
                digest.update(part);
            }
            digest.finalize().to_vec()
        }
        match self {
            Self::Sha1 => run::<Sha1>(parts),
            Self::Sha256 => run::<Sha256>(parts),
            Self::Sha384 => run::<Sha384>(parts),
            Self::Sha512 => run::<Sha512>(parts),
        }
    }

    fn named(name: &str) -> Result<Self, Hold> {
        match name {
            "SHA1" | "SHA-1" => Ok(Self::Sha1),
            "SHA256" | "SHA-256" => Ok(Self::Sha256),
            "SHA384" | "SHA-384" => Ok(Self::Sha384),
            "SHA512" | "SHA-512" => Ok(Self::Sha512),
            _ => Err(unknown()),
        }
    }

    /// The password, made slow.
    fn stretch(self, salt: &[u8], password: &str, rounds: u32) -> Vec<u8> {
        let wide: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        (0..rounds).fold(self.of(&[salt, &wide]), |hash, round| self.of(&[&round.to_le_bytes(), &hash]))
    }
}

/// How a package is encrypted.
enum Scheme {
    Standard { key_length: usize, salt: Vec<u8>, verifier: Vec<u8>, verifier_hash: Vec<u8> },
    Agile { data: Part, password: Part, rounds: u32, verifier: Vec<u8>, verifier_hash: Vec<u8>, key: Vec<u8> },
}

/// The values of one element of the agile description.
struct Part {
    salt: Vec<u8>,
    hash: Hash,
    key_length: usize,
}

impl Scheme {
    fn read(job: &Job<'_>, info: &[u8]) -> Result<Self, Hold> {
        let number = |at: usize| info.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes));
        match (number(0), number(4)) {
            (0x0004_0004, 0x40) => Self::agile(job, info.get(8..).unwrap_or_default()),
            (0x0002_0002..=0x0002_0004, _) => {
                let header = number(8) as usize;
                let (cipher, bits) = (number(20), number(28));
                let key_length = match (cipher, bits) {
                    (0x660e, 128) | (0, 0 | 128) => 16,
                    (0x660f, 192) => 24,
                    (0x6610, 256) => 32,
                    _ => return Err(unknown()),
                };
                let rest = header.checked_add(12).and_then(|at| info.get(at..)).ok_or_else(broken)?;
                let part = |from: usize, to: usize| rest.get(from..to).map(<[u8]>::to_vec).ok_or_else(broken);
                Ok(Self::Standard { key_length, salt: part(4, 20)?, verifier: part(20, 36)?, verifier_hash: part(40, 72)? })
            }
            _ => Err(unknown()),
        }
    }

    fn agile(job: &Job<'_>, text: &[u8]) -> Result<Self, Hold> {
        let text = xml::decode(text)?;
        let tree = xml::Tree::parse(&text, &job.policy.limits)?;
        let find = |local: &str| tree.descendants(tree.root()).find(|node| tree.local(*node) == local).ok_or_else(unknown);
        let (data, password) = (find("keyData")?, find("encryptedKey")?);
        let word = |node, name: &str| tree.attribute(node, "", name).ok_or_else(unknown);
        let binary = |node, name: &str| STANDARD.decode(word(node, name)?).map_err(|_| broken());
        let part = |node| -> Result<Part, Hold> {
            if word(node, "cipherAlgorithm")? != "AES"
                || word(node, "cipherChaining")? != "ChainingModeCBC"
                || word(node, "blockSize")? != "16"
            {
                return Err(unknown());
            }
            let key_length = match word(node, "keyBits")? {
                "128" => 16,
                "192" => 24,
                "256" => 32,
                _ => return Err(unknown()),
            };
            Ok(Part { salt: binary(node, "saltValue")?, hash: Hash::named(word(node, "hashAlgorithm")?)?, key_length })
        };
        let rounds = word(password, "spinCount")?.parse().ok().filter(|rounds| *rounds <= ROUNDS).ok_or_else(unknown)?;
        Ok(Self::Agile {
            data: part(data)?,
            password: part(password)?,
            rounds,
            verifier: binary(password, "encryptedVerifierHashInput")?,
            verifier_hash: binary(password, "encryptedVerifierHashValue")?,
            key: binary(password, "encryptedKeyValue")?,
        })
    }

    /// The key of the package, if the password is right.
    fn key(&self, password: &str) -> Result<Option<Vec<u8>>, Hold> {
        match self {
            Self::Standard { key_length, salt, verifier, verifier_hash } => {
                let hash = Hash::Sha1.stretch(salt, password, 50_000);
                let hash = Hash::Sha1.of(&[&hash, &[0; 4]]);
                let half = |fill: u8| {
                    let mut block = [fill; 64];
                    for (byte, mask) in block.iter_mut().zip(&hash) {
                        *byte ^= mask;
                    }
                    Hash::Sha1.of(&[&block])
                };
                let mut key = [half(0x36), half(0x5c)].concat();
                key.truncate(*key_length);
                let told = Hash::Sha1.of(&[&cipher(&key, None, verifier)?]);
                let right = cipher(&key, None, verifier_hash)?.get(..told.len()) == Some(told.as_slice());
                Ok(right.then_some(key))
            }
            Self::Agile { password: part, rounds, verifier, verifier_hash, key, .. } => {
                let hash = part.hash.stretch(&part.salt, password, *rounds);
                let open = |purpose: [u8; 8], packed: &[u8]| {
                    let mut key = part.hash.of(&[&hash, &purpose]);
                    key.resize(part.key_length, 0x36);
                    cipher(&key, Some(&vector(&part.salt)), packed)
                };
                let input = open([0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79], verifier)?;
                let input = input.get(..part.salt.len()).ok_or_else(broken)?;
                let told = part.hash.of(&[input]);
                let value = open([0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e], verifier_hash)?;
                if value.get(..told.len()) != Some(told.as_slice()) {
                    return Ok(None);
                }
                let mut key = open([0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6], key)?;
                key.truncate(part.key_length);
                Ok(Some(key))
            }
        }
    }

    /// The package: its length, then its blocks.
    fn decrypt(&self, package: &[u8], key: &[u8]) -> Result<Vec<u8>, Hold> {
        let (length, body) = package.split_first_chunk().ok_or_else(broken)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| broken())?;
        // What does not fill a block was added by the writer of the file.
        let body = body.get(..body.len() / 16 * 16).unwrap_or_default();
        let mut plain = match self {
            Self::Standard { .. } => cipher(key, None, body)?,
            Self::Agile { data, .. } => {
                let mut plain = Vec::with_capacity(body.len());
                for (number, segment) in (0_u32..).zip(body.chunks(4096)) {
                    let vector = vector(&data.hash.of(&[&data.salt, &number.to_le_bytes()]));
                    plain.append(&mut cipher(key, Some(&vector), segment)?);
                }
                plain
            }
        };
        if length > plain.len() {
            return Err(broken());
        }
        plain.truncate(length);
        Ok(plain)
    }
}

/// The first block of a vector, filled up as Office does.
fn vector(bytes: &[u8]) -> [u8; 16] {
    let mut vector = [0x36; 16];
    for (to, from) in vector.iter_mut().zip(bytes) {
        *to = *from;
    }
    vector
}

/// AES by blocks, chained if there is a vector.
fn cipher(key: &[u8], vector: Option<&[u8; 16]>, packed: &[u8]) -> Result<Vec<u8>, Hold> {
    match key.len() {
        16 => Ok(blocks(&aes::Aes128::new_from_slice(key).map_err(|_| broken())?, vector, packed)),
        24 => Ok(blocks(&aes::Aes192::new_from_slice(key).map_err(|_| broken())?, vector, packed)),
        32 => Ok(blocks(&aes::Aes256::new_from_slice(key).map_err(|_| broken())?, vector, packed)),
        _ => Err(broken()),
    }
}

fn blocks<C: BlockCipherDecrypt>(cipher: &C, vector: Option<&[u8; 16]>, packed: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(packed.len());
    let mut before = vector.copied().unwrap_or_default();
    for chunk in packed.as_chunks::<16>().0 {
        let mut block = Block::<C>::default();
        for (to, from) in block.iter_mut().zip(chunk) {
            *to = *from;
        }
        cipher.decrypt_block(&mut block);
        out.extend(block.iter().zip(before).map(|(byte, mask)| byte ^ mask));
        if vector.is_some() {
            before = *chunk;
        }
    }
    out
}
