//! Office files with a password: an OLE compound file that holds the encrypted package and how to open it.
//!
//! Agile encryption (Office 2010 and later, AES with SHA-1 to SHA-512) and standard encryption (Office 2007,
//! AES-128 with SHA-1) are opened with the passwords of the job. The package comes out open.

mod compound;

use aes::cipher::{Array, BlockCipherDecrypt, KeyInit, consts::U16};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::{
    Hold, Limits, Reason,
    xml::{self, Tree},
};

/// Whether this is an OLE compound file rather than a ZIP.
pub(super) fn is_compound(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
}

/// More rounds of hashing than any program writes.
const ROUNDS: u32 = 1_000_000;

/// The package inside, opened with the first password that fits.
pub(super) fn open(bytes: &[u8], passwords: &[&str], limits: &Limits) -> Result<Vec<u8>, Hold> {
    let file = compound::Compound::read(bytes)?;
    let info = file.stream("EncryptionInfo")?;
    let package = file.stream("EncryptedPackage")?;
    let scheme = match info.get(..4) {
        Some([4, 0, 4, 0]) => Scheme::Agile(Agile::read(info.get(8..).unwrap_or_default(), limits)?),
        Some([2..=4, 0, 2, 0]) => Scheme::Standard(Standard::read(&info).ok_or_else(unknown)?),
        _ => return Err(unknown()),
    };
    // Some programs write this one where the user gave none.
    for password in passwords.iter().copied().chain(["VelvetSweatshop"]) {
        let wide: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let opened = match &scheme {
            Scheme::Agile(agile) => agile.open(&wide, &package),
            Scheme::Standard(standard) => standard.open(&wide, &package),
        };
        if let Some(opened) = opened {
            return Ok(opened);
        }
    }
    Err(Hold::new(if passwords.is_empty() { Reason::PasswordNeeded } else { Reason::PasswordWrong }, "an encrypted Office file"))
}

fn unknown() -> Hold {
    Hold::new(Reason::EncryptionUnknown, "an encryption of Office that is not read")
}

enum Scheme {
    Agile(Agile),
    Standard(Standard),
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

    /// The password, salted and hashed over and over.
    fn stretch(self, salt: &[u8], password: &[u8], rounds: u32) -> Vec<u8> {
        let mut hash = self.of(&[salt, password]);
        for round in 0..rounds {
            hash = self.of(&[&round.to_le_bytes(), &hash]);
        }
        hash
    }
}

/// Cuts or fills to a length.
fn fit(mut bytes: Vec<u8>, length: usize, fill: u8) -> Vec<u8> {
    bytes.resize(length, fill);
    bytes
}

/// Decrypts whole blocks, chained if there is a start.
fn decrypt(key: &[u8], start: Option<&[u8]>, bytes: &[u8]) -> Option<Vec<u8>> {
    fn run(cipher: &impl BlockCipherDecrypt<BlockSize = U16>, start: Option<&[u8]>, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut before = start.map(<[u8]>::to_vec);
        for chunk in bytes.as_chunks::<16>().0 {
            let mut block: Array<u8, U16> = Array::from(*chunk);
            cipher.decrypt_block(&mut block);
            match &mut before {
                Some(before) => {
                    out.extend(block.iter().zip(before.iter()).map(|(a, b)| a ^ b));
                    before.clear();
                    before.extend_from_slice(chunk);
                }
                None => out.extend_from_slice(&block),
            }
        }
        out
    }
    Some(match key.len() {
        16 => run(&aes::Aes128::new_from_slice(key).ok()?, start, bytes),
        24 => run(&aes::Aes192::new_from_slice(key).ok()?, start, bytes),
        32 => run(&aes::Aes256::new_from_slice(key).ok()?, start, bytes),
        _ => return None,
    })
}

/// The length of the package and its encrypted bytes.
fn split(package: &[u8]) -> Option<(usize, &[u8])> {
    let (length, bytes) = package.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    (length <= bytes.len()).then_some((length, bytes))
}

/// How one thing is encrypted.
struct Part {
    salt: Vec<u8>,
    block: usize,
    key: usize,
    hash: Hash,
}

struct Agile {
    data: Part,
    password: Part,
    rounds: u32,
    verifier_input: Vec<u8>,
    verifier_value: Vec<u8>,
    key_value: Vec<u8>,
}

impl Agile {
    fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Hold> {
        const MAIN: &str = "http://schemas.microsoft.com/office/2006/encryption";
        const PASSWORD: &str = "http://schemas.microsoft.com/office/2006/keyEncryptor/password";
        let text = xml::decode(bytes)?;
        let tree = Tree::parse(text.trim_end_matches('\0'), limits)?;
        let data = tree.descendants(tree.root()).find(|node| tree.is(*node, MAIN, "keyData")).ok_or_else(unknown)?;
        let key = tree.descendants(tree.root()).find(|node| tree.is(*node, PASSWORD, "encryptedKey")).ok_or_else(unknown)?;
        let get = |node, name| tree.attribute(node, "", name).unwrap_or_default();
        let part = |node| {
            let known = get(node, "cipherAlgorithm") == "AES" && get(node, "cipherChaining") == "ChainingModeCBC";
            let hash = match get(node, "hashAlgorithm") {
                "SHA1" | "SHA-1" => Hash::Sha1,
                "SHA256" | "SHA-256" => Hash::Sha256,
                "SHA384" | "SHA-384" => Hash::Sha384,
                "SHA512" | "SHA-512" => Hash::Sha512,
                _ => return None,
            };
            let block = get(node, "blockSize").parse().ok().filter(|block| *block == 16)?;
            let key = get(node, "keyBits").parse::<usize>().ok().filter(|bits| matches!(bits, 128 | 192 | 256))? / 8;
            known.then_some(Part { salt: base64(get(node, "saltValue"))?, block, key, hash })
        };
        let rounds = get(key, "spinCount").parse().ok().filter(|rounds| *rounds <= ROUNDS).ok_or_else(unknown)?;
        let read = || {
            Some(Self {
                data: part(data)?,
                password: part(key)?,
                rounds,
                verifier_input: base64(get(key, "encryptedVerifierHashInput"))?,
                verifier_value: base64(get(key, "encryptedVerifierHashValue"))?,
                key_value: base64(get(key, "encryptedKeyValue"))?,
            })
        };
        read().ok_or_else(unknown)
    }

    fn open(&self, password: &[u8], package: &[u8]) -> Option<Vec<u8>> {
        const INPUT: [u8; 8] = [0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79];
        const VALUE: [u8; 8] = [0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E];
        const KEY: [u8; 8] = [0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6];
        let hash = self.password.hash;
        let stretched = hash.stretch(&self.password.salt, password, self.rounds);
        let start = fit(self.password.salt.clone(), self.password.block, 0x36);
        let unlock = |purpose: &[u8], bytes: &[u8]| {
            let key = fit(hash.of(&[&stretched, purpose]), self.password.key, 0x36);
            decrypt(&key, Some(&start), bytes)
        };
        let input = unlock(&INPUT, &self.verifier_input)?;
        let value = unlock(&VALUE, &self.verifier_value)?;
        let wanted = hash.of(&[&input]);
        if value.get(..wanted.len())? != wanted {
            return None;
        }
        let key = fit(unlock(&KEY, &self.key_value)?, self.data.key, 0x36);
        let (length, bytes) = split(package)?;
        let mut out = Vec::with_capacity(bytes.len());
        for (number, segment) in bytes.chunks(4_096).enumerate() {
            let number = u32::try_from(number).ok()?;
            let start = fit(self.data.hash.of(&[&self.data.salt, &number.to_le_bytes()]), self.data.block, 0x36);
            out.extend(decrypt(&key, Some(&start), segment)?);
        }
        out.truncate(length);
        (out.len() == length).then_some(out)
    }
}

struct Standard {
    key: usize,
    salt: Vec<u8>,
    verifier: Vec<u8>,
    verifier_hash: Vec<u8>,
}

impl Standard {
    fn read(info: &[u8]) -> Option<Self> {
        let number =
            |bytes: &[u8], at: usize| bytes.get(at..at.checked_add(4)?).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
        let header = usize::try_from(number(info, 8)?).ok()?;
        // Algorithm and length of the key stand in the header behind flags and sizes.
        let algorithm = number(info, 12 + 8)?;
        if !matches!(algorithm, 0x660E | 0x660F | 0x6610) || number(info, 12 + 12)? != 0x8004 {
            return None;
        }
        let key = usize::try_from(number(info, 12 + 16)?).ok().filter(|bits| matches!(bits, 128 | 192 | 256))? / 8;
        let rest = info.get(header.checked_add(12)?..)?;
        if number(rest, 0)? != 16 {
            return None;
        }
        Some(Self { key, salt: rest.get(4..20)?.to_vec(), verifier: rest.get(20..36)?.to_vec(), verifier_hash: rest.get(40..72)?.to_vec() })
    }

    fn open(&self, password: &[u8], package: &[u8]) -> Option<Vec<u8>> {
        let stretched = Hash::Sha1.stretch(&self.salt, password, 50_000);
        let last = Hash::Sha1.of(&[&stretched, &[0; 4]]);
        let derive = |with: u8| {
            let padded: Vec<u8> = (0..64).map(|at| last.get(at).copied().unwrap_or(0) ^ with).collect();
            Hash::Sha1.of(&[&padded])
        };
        let key = fit([derive(0x36), derive(0x5C)].concat(), self.key, 0);
        let verifier = decrypt(&key, None, &self.verifier)?;
        let hash = decrypt(&key, None, &self.verifier_hash)?;
        if hash.get(..20)? != Hash::Sha1.of(&[&verifier]) {
            return None;
        }
        let (length, bytes) = split(package)?;
        let mut out = decrypt(&key, None, bytes)?;
        out.truncate(length);
        (out.len() == length).then_some(out)
    }
}

/// Base64 with padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xFF).ok()?);
        }
    }
    Some(out)
}
