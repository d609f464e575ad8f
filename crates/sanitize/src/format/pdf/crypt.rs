//! The standard security handler, to read what is encrypted; nothing is ever encrypted here.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use md5::{Digest, Md5};
use sha2::{Sha256, Sha384, Sha512};

use super::object::{Dict, Id, Obj};
use crate::{Hold, Reason};

/// How strings or streams are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// Not at all.
    Plain,
    /// RC4 with a key for each object.
    Rc4,
    /// AES-128 with a key for each object.
    Aes128,
    /// AES-256 with one key.
    Aes256,
}

/// A file's key and what it is for.
#[derive(Clone)]
pub(crate) struct Crypt {
    key: Vec<u8>,
    /// For strings.
    pub(crate) strings: Method,
    /// For streams.
    pub(crate) streams: Method,
    /// Whether metadata streams are encrypted too.
    pub(crate) metadata: bool,
}

const PAD: [u8; 32] = [
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08, 0x2E, 0x2E, 0x00, 0xB6, 0xD0, 0x68,
    0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A,
];

/// RC4, which is its own inverse.
fn rc4(key: &[u8], bytes: &mut [u8]) {
    let mut state: [u8; 256] = std::array::from_fn(|index| u8::try_from(index).unwrap_or(0));
    if key.is_empty() {
        return;
    }
    let mut j = 0_u8;
    for (i, &k) in (0..=255_u8).zip(key.iter().cycle()) {
        j = j.wrapping_add(state.get(usize::from(i)).copied().unwrap_or(0)).wrapping_add(k);
        state.swap(usize::from(i), usize::from(j));
    }
    let (mut i, mut j) = (0_u8, 0_u8);
    for byte in bytes {
        i = i.wrapping_add(1);
        let a = state.get(usize::from(i)).copied().unwrap_or(0);
        j = j.wrapping_add(a);
        let b = state.get(usize::from(j)).copied().unwrap_or(0);
        state.swap(usize::from(i), usize::from(j));
        *byte ^= state.get(usize::from(a.wrapping_add(b))).copied().unwrap_or(0);
    }
}

/// A block of AES.
type Block = aes::cipher::Array<u8, aes::cipher::consts::U16>;

fn block(bytes: &[u8]) -> Block {
    let mut block = Block::default();
    for (slot, &byte) in block.iter_mut().zip(bytes) {
        *slot = byte;
    }
    block
}

fn cbc_decrypt(cipher: &impl BlockCipherDecrypt<BlockSize = aes::cipher::consts::U16>, iv: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut before = block(iv);
    for chunk in bytes.chunks_exact(16) {
        let coded = block(chunk);
        let mut plain = coded;
        cipher.decrypt_block(&mut plain);
        out.extend(plain.iter().zip(&before).map(|(a, b)| a ^ b));
        before = coded;
    }
    out
}

fn aes_decrypt(key: &[u8], iv: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    match key.len() {
        16 => Some(cbc_decrypt(&aes::Aes128::new_from_slice(key).ok()?, iv, bytes)),
        32 => Some(cbc_decrypt(&aes::Aes256::new_from_slice(key).ok()?, iv, bytes)),
        _ => None,
    }
}

fn aes128_encrypt(key: &[u8], iv: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let cipher = aes::Aes128::new_from_slice(key).ok()?;
    let mut out = Vec::with_capacity(bytes.len());
    let mut before = block(iv);
    for chunk in bytes.chunks_exact(16) {
        let mut next = block(chunk);
        for (slot, byte) in next.iter_mut().zip(&before) {
            *slot ^= byte;
        }
        cipher.encrypt_block(&mut next);
        out.extend_from_slice(&next);
        before = next;
    }
    Some(out)
}

fn md5(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// What an encryption dictionary tells.
struct Told {
    revision: i64,
    length: usize,
    owner: Vec<u8>,
    user: Vec<u8>,
    owner_key: Vec<u8>,
    user_key: Vec<u8>,
    permissions: i64,
    metadata: bool,
    id: Vec<u8>,
}

fn padded(password: &[u8]) -> Vec<u8> {
    password.iter().chain(&PAD).take(32).copied().collect()
}

impl Told {
    /// The key by a user password, revisions 2 to 4.
    fn old_key(&self, password: &[u8]) -> Vec<u8> {
        let permissions = self.permissions.to_le_bytes();
        let tail: &[u8] = if self.revision >= 4 && !self.metadata { &[0xFF; 4] } else { &[] };
        let pad = padded(password);
        let mut key = md5(&[&pad, &self.owner, permissions.get(..4).unwrap_or_default(), &self.id, tail]);
        if self.revision >= 3 {
            for _ in 0..50 {
                key = md5(&[key.get(..self.length).unwrap_or_default()]);
            }
        }
        key.truncate(self.length);
        key
    }

    fn old_user(&self, password: &[u8]) -> Option<Vec<u8>> {
        let key = self.old_key(password);
        let good = if self.revision == 2 {
            let mut check = PAD.to_vec();
            rc4(&key, &mut check);
            self.user == check
        } else {
            let mut check = md5(&[&PAD, &self.id]);
            for round in 0..20_u8 {
                let turned: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
                rc4(&turned, &mut check);
            }
            self.user.get(..16) == Some(check.as_slice())
        };
        good.then_some(key)
    }

    fn old_owner(&self, password: &[u8]) -> Option<Vec<u8>> {
        let mut key = md5(&[&padded(password)]);
        if self.revision >= 3 {
            for _ in 0..50 {
                key = md5(&[&key]);
            }
        }
        key.truncate(self.length);
        let mut user = self.owner.clone();
        let rounds = if self.revision == 2 { 1 } else { 20_u8 };
        for round in (0..rounds).rev() {
            let turned: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
            rc4(&turned, &mut user);
        }
        self.old_user(&user)
    }

    /// The hash of revisions 5 and 6.
    fn hash(&self, password: &[u8], salt: &[u8], user: &[u8]) -> Option<Vec<u8>> {
        let mut key = Sha256::new().chain_update(password).chain_update(salt).chain_update(user).finalize().to_vec();
        if self.revision < 6 {
            return Some(key);
        }
        let mut round = 0_u32;
        loop {
            let mut one = password.to_vec();
            one.extend_from_slice(&key);
            one.extend_from_slice(user);
            let coded = aes128_encrypt(key.get(..16)?, key.get(16..32)?, &one.repeat(64))?;
            let rest = coded.iter().take(16).map(|&byte| u32::from(byte)).sum::<u32>() % 3;
            key = match rest {
                0 => Sha256::digest(&coded).to_vec(),
                1 => Sha384::digest(&coded).to_vec(),
                _ => Sha512::digest(&coded).to_vec(),
            };
            round += 1;
            if round >= 64 && u32::from(coded.last().copied().unwrap_or(0)) <= round - 32 {
                break;
            }
        }
        key.truncate(32);
        Some(key)
    }

    fn new_key(&self, password: &[u8]) -> Option<Vec<u8>> {
        let password = password.get(..127).unwrap_or(password);
        let user = self.user.get(..48)?;
        if self.hash(password, user.get(32..40)?, b"")? == user.get(..32)? {
            let between = self.hash(password, user.get(40..48)?, b"")?;
            return aes_decrypt(&between, &[0; 16], self.user_key.get(..32)?);
        }
        let owner = self.owner.get(..48)?;
        if self.hash(password, owner.get(32..40)?, user)? == owner.get(..32)? {
            let between = self.hash(password, owner.get(40..48)?, user)?;
            return aes_decrypt(&between, &[0; 16], self.owner_key.get(..32)?);
        }
        None
    }
}

impl Crypt {
    /// Opens a file with the empty password or one of those given.
    pub(crate) fn open(dict: &Dict, id: &[u8], passwords: &[&str]) -> Result<Self, Hold> {
        let unknown = |detail: &str| Hold::new(Reason::EncryptionUnknown, detail);
        let int = |key: &[u8]| dict.get(key).and_then(Obj::as_int);
        let text = |key: &[u8]| match dict.get(key) {
            Some(Obj::Str(text)) => text.clone(),
            _ => Vec::new(),
        };
        if dict.get(b"Filter").and_then(Obj::as_name) != Some(b"Standard") {
            return Err(unknown("not the standard security handler"));
        }
        let version = int(b"V").unwrap_or(0);
        let revision = int(b"R").unwrap_or(0);
        let mut length = int(b"Length").unwrap_or(40);
        // Some writers count bytes.
        if (5..=16).contains(&length) {
            length *= 8;
        }
        let (strings, streams) = match version {
            1 => {
                length = 40;
                (Method::Rc4, Method::Rc4)
            }
            2 => (Method::Rc4, Method::Rc4),
            4 | 5 => {
                if version == 4 {
                    length = 128;
                }
                (method(dict, b"StrF")?, method(dict, b"StmF")?)
            }
            _ => return Err(unknown("a version of encryption that is not known")),
        };
        if !(2..=6).contains(&revision) || !(40..=256).contains(&length) || length % 8 != 0 {
            return Err(unknown("a revision of encryption that is not known"));
        }
        let told = Told {
            revision,
            length: usize::try_from(length / 8).unwrap_or(5).min(16),
            owner: text(b"O"),
            user: text(b"U"),
            owner_key: text(b"OE"),
            user_key: text(b"UE"),
            permissions: int(b"P").unwrap_or(0),
            metadata: !matches!(dict.get(b"EncryptMetadata"), Some(Obj::Bool(false))),
            id: id.to_vec(),
        };
        let mut told = told;
        if revision <= 4 {
            told.owner.truncate(32);
        }
        let none: [&str; 1] = [""];
        for password in none.iter().chain(passwords) {
            let mut spellings = vec![password.as_bytes().to_vec()];
            // Old revisions know bytes of Latin script only.
            if revision <= 4 && !password.is_ascii() && password.chars().all(|c| u32::from(c) < 256) {
                spellings.push(password.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect());
            }
            for spelling in spellings {
                let key =
                    if revision >= 5 { told.new_key(&spelling) } else { told.old_user(&spelling).or_else(|| told.old_owner(&spelling)) };
                if let Some(key) = key {
                    return Ok(Self { key, strings, streams, metadata: told.metadata });
                }
            }
        }
        Err(if passwords.is_empty() {
            Hold::new(Reason::PasswordNeeded, "encrypted, and the empty password does not open it")
        } else {
            Hold::new(Reason::PasswordWrong, "none of the passwords opens it")
        })
    }

    /// Decrypts a string or a stream of an object.
    pub(crate) fn decrypt(&self, method: Method, id: Id, bytes: &[u8]) -> Vec<u8> {
        let key = match method {
            Method::Plain => return bytes.to_vec(),
            Method::Aes256 => self.key.clone(),
            Method::Rc4 | Method::Aes128 => {
                let num = id.num.to_le_bytes();
                let generation = id.generation.to_le_bytes();
                let salt: &[u8] = if method == Method::Aes128 { b"sAlT" } else { b"" };
                let mut key = md5(&[&self.key, num.get(..3).unwrap_or_default(), &generation, salt]);
                key.truncate((self.key.len() + 5).min(16));
                key
            }
        };
        if method == Method::Rc4 {
            let mut out = bytes.to_vec();
            rc4(&key, &mut out);
            return out;
        }
        let (Some(iv), Some(rest)) = (bytes.get(..16), bytes.get(16..)) else { return Vec::new() };
        let mut out = aes_decrypt(&key, iv, rest).unwrap_or_default();
        if let Some(&pad) = out.last()
            && (1..=16).contains(&pad)
        {
            out.truncate(out.len().saturating_sub(usize::from(pad)));
        }
        out
    }
}

fn method(dict: &Dict, which: &[u8]) -> Result<Method, Hold> {
    let name = dict.get(which).and_then(Obj::as_name).unwrap_or(b"Identity");
    if name == b"Identity" {
        return Ok(Method::Plain);
    }
    let filter = match dict.get(b"CF") {
        Some(Obj::Dict(filters)) => match filters.get(name) {
            Some(Obj::Dict(filter)) => filter.get(b"CFM").and_then(Obj::as_name).map(<[u8]>::to_vec),
            _ => None,
        },
        _ => None,
    };
    match filter.as_deref() {
        Some(b"None") => Ok(Method::Plain),
        Some(b"V2") => Ok(Method::Rc4),
        Some(b"AESV2") => Ok(Method::Aes128),
        Some(b"AESV3") => Ok(Method::Aes256),
        _ => Err(Hold::new(Reason::EncryptionUnknown, "a crypt filter that is not known")),
    }
}
