//! Packages behind a password: what the manifest tells of the encryption, and the members without it.

use std::collections::BTreeMap;

use aes::cipher::{Array, BlockCipherDecrypt, KeyInit, consts::U16};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::without_type;
use crate::{
    Danger, Hold, Reason,
    format::base64,
    job::Job,
    xml::{self, Event, Reader},
    zip::{self, Archive},
};

/// Rounds of the key derivation at most; programs write 1,024 or 100,000.
const ROUNDS: u32 = 500_000;

/// How one member is encrypted.
#[derive(Default)]
struct Sealed {
    size: u64,
    checksum_type: String,
    checksum: Vec<u8>,
    algorithm: String,
    vector: Vec<u8>,
    derivation: String,
    salt: Vec<u8>,
    rounds: u32,
    start: String,
}

/// Members of a package that are encrypted, and the password that opens them.
pub(super) struct Crypt {
    members: BTreeMap<String, Sealed>,
    password: String,
}

/// Reads the manifest; nothing if no member is encrypted. Tries the passwords.
pub(super) fn read(job: &mut Job<'_>, archive: &Archive<'_>) -> Result<Option<Crypt>, Hold> {
    let Some(entry) = archive.find("META-INF/manifest.xml") else { return Ok(None) };
    let bytes = entry.unpack(job)?;
    let text = xml::decode(&bytes)?;
    let members = members(without_type(&text)?, job).map_err(|hold| hold.at("META-INF/manifest.xml"))?;
    if members.is_empty() {
        return Ok(None);
    }
    if job.passwords.is_empty() {
        return Err(Hold::new(Reason::PasswordNeeded, "an encrypted document"));
    }
    let (name, first) = match members.get_key_value("content.xml").or_else(|| members.first_key_value()) {
        Some((name, first)) => (name.clone(), first),
        None => return Ok(None),
    };
    let Some(entry) = archive.find(&name) else { return Err(Hold::damaged("an encrypted member that is not there")) };
    let packed = entry.unpack(job)?;
    for password in job.passwords.iter().take(32) {
        if first.clear(&packed, password)?.is_some() {
            job.removed(Danger::Encryption, "", 1);
            let password = (*password).to_owned();
            return Ok(Some(Crypt { members, password }));
        }
    }
    Err(Hold::new(Reason::PasswordWrong, "no password opens the document"))
}

fn members(text: &str, job: &Job<'_>) -> Result<BTreeMap<String, Sealed>, Hold> {
    let mut members = BTreeMap::new();
    let mut reader = Reader::new(text, &job.policy.limits)?;
    let mut name = String::new();
    let mut sealed: Option<Sealed> = None;
    let mut size = 0;
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(element) => {
                let value = |wanted: &str| {
                    let found = reader.attributes().iter().find(|attribute| attribute.name.local == wanted);
                    found.map(|attribute| attribute.value.clone().into_owned()).unwrap_or_default()
                };
                let bytes = |wanted: &str| base64::decode(&value(wanted)).unwrap_or_default();
                match (element.local, sealed.as_mut()) {
                    ("file-entry", _) => {
                        name = value("full-path");
                        size = value("size").parse().unwrap_or(0);
                    }
                    ("encryption-data", _) => {
                        sealed =
                            Some(Sealed { size, checksum_type: value("checksum-type"), checksum: bytes("checksum"), ..Sealed::default() });
                    }
                    ("algorithm", Some(sealed)) => {
                        (sealed.algorithm, sealed.vector) = (value("algorithm-name"), bytes("initialisation-vector"))
                    }
                    ("key-derivation", Some(sealed)) => {
                        sealed.derivation = value("key-derivation-name");
                        sealed.salt = bytes("salt");
                        sealed.rounds = value("iteration-count").parse().unwrap_or(0);
                    }
                    ("start-key-generation", Some(sealed)) => sealed.start = value("start-key-generation-name"),
                    _ => {}
                }
            }
            Event::End(element) if element.local == "encryption-data" => {
                if let Some(sealed) = sealed.take()
                    && members.insert(std::mem::take(&mut name), sealed).is_some()
                {
                    return Err(Hold::damaged("a member told of twice"));
                }
            }
            _ => {}
        }
    }
    Ok(members)
}

impl Sealed {
    /// The packed bytes without encryption; nothing if the password is wrong.
    fn clear(&self, sealed: &[u8], password: &str) -> Result<Option<Vec<u8>>, Hold> {
        let unknown = || Hold::new(Reason::EncryptionUnknown, "an encryption that is not read");
        let size = match self.algorithm.rsplit('#').next() {
            Some("aes256-cbc") => 32,
            Some("aes128-cbc") => 16,
            _ => return Err(unknown()),
        };
        if !self.derivation.to_ascii_lowercase().ends_with("pbkdf2") || self.rounds == 0 || self.rounds > ROUNDS {
            return Err(unknown());
        }
        let start = match self.start.rsplit('#').next().map(str::to_ascii_lowercase).as_deref() {
            Some("sha256") => Sha256::digest(password.as_bytes()).to_vec(),
            Some("" | "sha1") => Sha1::digest(password.as_bytes()).to_vec(),
            _ => return Err(unknown()),
        };
        let mut key = vec![0; size];
        pbkdf2::pbkdf2_hmac::<Sha1>(&start, &self.salt, self.rounds, &mut key);
        let clear = match size {
            16 => decrypt(&aes::Aes128::new_from_slice(&key).map_err(|_| unknown())?, &self.vector, sealed),
            _ => decrypt(&aes::Aes256::new_from_slice(&key).map_err(|_| unknown())?, &self.vector, sealed),
        };
        let Some(clear) = clear else { return Ok(None) };
        let head = clear.get(..clear.len().min(1_024)).unwrap_or_default();
        let sum = match self.checksum_type.rsplit(['#', ':']).next().map(str::to_ascii_lowercase).as_deref() {
            Some("sha256-1k") => Sha256::digest(head).to_vec(),
            Some("sha1-1k" | "sha1/1k") => Sha1::digest(head).to_vec(),
            _ => return Err(unknown()),
        };
        Ok((sum == self.checksum).then_some(clear))
    }
}

/// AES-CBC with the padding of XML encryption; nothing if the bytes are none of it.
fn decrypt(cipher: &impl BlockCipherDecrypt<BlockSize = U16>, vector: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut before: [u8; 16] = vector.try_into().ok()?;
    let (blocks, rest) = bytes.as_chunks::<16>();
    if !rest.is_empty() || blocks.is_empty() {
        return None;
    }
    let mut clear = Vec::with_capacity(bytes.len());
    for block in blocks {
        let mut own = Array::<u8, U16>::from(*block);
        cipher.decrypt_block(&mut own);
        clear.extend(own.iter().zip(before).map(|(byte, before)| byte ^ before));
        before = *block;
    }
    let padding = usize::from(*clear.last()?);
    let length = clear.len().checked_sub(padding).filter(|_| (1..=16).contains(&padding))?;
    clear.truncate(length);
    Some(clear)
}

impl Crypt {
    /// A member without its encryption; as it is if it has none.
    pub(super) fn open(&self, job: &mut Job<'_>, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, Hold> {
        let Some(sealed) = self.members.get(name) else { return Ok(bytes) };
        let wrong = || Hold::damaged("an encrypted member that the password does not open").at(name);
        let packed = sealed.clear(&bytes, &self.password)?.ok_or_else(wrong)?;
        job.expand(packed.len() as u64, sealed.size)?;
        let size = usize::try_from(sealed.size).map_err(|_| wrong())?;
        let mut clear = Vec::new();
        let read = zip::inflate_into(&packed, size.saturating_add(1), &mut clear)?;
        // Some programs leave the last bytes of the padding in.
        if clear.len() != size || packed.len().saturating_sub(read) > 16 {
            return Err(wrong());
        }
        Ok(clear)
    }
}
