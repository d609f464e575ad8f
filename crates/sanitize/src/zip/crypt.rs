//! Encrypted members: the traditional cipher of ZIP, and WinZip's AES.

use std::borrow::Cow;

use aes::cipher::{Block, BlockCipherEncrypt, KeyInit};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::Entry;
use crate::{Hold, Reason, job::Job};

/// Tries the passwords of a job; `open` unpacks what one of them decrypts and says no to nonsense.
pub(super) fn open(
    entry: &Entry<'_>,
    job: &mut Job<'_>,
    open: impl Fn(&mut Job<'_>, &[u8]) -> Result<Vec<u8>, Hold>,
) -> Result<Vec<u8>, Hold> {
    let passwords = job.passwords;
    if passwords.is_empty() {
        return Err(Hold::new(Reason::PasswordNeeded, "ZIP: an encrypted member"));
    }
    for password in passwords {
        for password in spellings(password) {
            let clear = match entry.aes {
                Some((strength, _)) => aes(entry.packed, strength, &password)?,
                None => traditional(entry.packed, entry.check, &password)?,
            };
            // One in 256 wrong passwords of the traditional cipher gets so far; the sum tells.
            let Some(clear) = clear else { continue };
            match open(job, &clear) {
                Err(hold) if hold.reason == Reason::Damaged && entry.aes.is_none() => {}
                done => return done,
            }
        }
    }
    Err(Hold::new(Reason::PasswordWrong, "ZIP: no password fits"))
}

/// A password as bytes: in UTF-8, and as Windows in Japan writes it.
fn spellings(password: &str) -> Vec<Cow<'_, [u8]>> {
    let mut all = vec![Cow::Borrowed(password.as_bytes())];
    if !password.is_ascii() {
        let (bytes, _, failed) = encoding_rs::SHIFT_JIS.encode(password);
        if !failed {
            all.push(bytes);
        }
    }
    all
}

/// The three numbers of the traditional cipher.
struct Keys(u32, u32, u32);

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut sum = at as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
            bit += 1;
        }
        #[expect(clippy::indexing_slicing, reason = "computed when compiled")]
        {
            table[at] = sum;
        }
        at += 1;
    }
    table
};

fn step(sum: u32, byte: u8) -> u32 {
    TABLE.get(usize::from(sum as u8 ^ byte)).copied().unwrap_or(0) ^ sum >> 8
}

impl Keys {
    fn new(password: &[u8]) -> Self {
        let mut keys = Self(0x1234_5678, 0x2345_6789, 0x3456_7890);
        for byte in password {
            keys.update(*byte);
        }
        keys
    }

    fn update(&mut self, byte: u8) {
        self.0 = step(self.0, byte);
        self.1 = self.1.wrapping_add(self.0 & 0xff).wrapping_mul(134_775_813).wrapping_add(1);
        self.2 = step(self.2, (self.1 >> 24) as u8);
    }

    fn decrypt(&mut self, byte: u8) -> u8 {
        let mask = (self.2 | 2) & 0xffff;
        let clear = byte ^ (mask.wrapping_mul(mask ^ 1) >> 8) as u8;
        self.update(clear);
        clear
    }
}

/// None when the password is certainly wrong.
fn traditional(packed: &[u8], check: u8, password: &[u8]) -> Result<Option<Vec<u8>>, Hold> {
    let (head, body) = packed.split_at_checked(12).ok_or_else(|| Hold::damaged("ZIP: an encrypted member without its head"))?;
    let mut keys = Keys::new(password);
    let head: Vec<u8> = head.iter().map(|byte| keys.decrypt(*byte)).collect();
    Ok((head.last() == Some(&check)).then(|| body.iter().map(|byte| keys.decrypt(*byte)).collect()))
}

/// None when the password is wrong.
fn aes(packed: &[u8], strength: u8, password: &[u8]) -> Result<Option<Vec<u8>>, Hold> {
    let broken = || Hold::damaged("ZIP: a member encrypted with AES is broken");
    let (salt_length, key_length) = match strength {
        1 => (8, 16),
        2 => (12, 24),
        3 => (16, 32),
        _ => return Err(Hold::new(Reason::EncryptionUnknown, "ZIP: AES of unknown strength")),
    };
    let (salt, rest) = packed.split_at_checked(salt_length).ok_or_else(broken)?;
    let (check, rest) = rest.split_at_checked(2).ok_or_else(broken)?;
    let (body, mac) = rest.split_at_checked(rest.len().saturating_sub(10)).ok_or_else(broken)?;
    let mut keys = vec![0; key_length * 2 + 2];
    pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, 1000, &mut keys);
    let (key, rest) = keys.split_at_checked(key_length).ok_or_else(broken)?;
    let (mac_key, told) = rest.split_at_checked(key_length).ok_or_else(broken)?;
    if told != check {
        return Ok(None);
    }
    let mut sum = <Hmac<Sha1> as KeyInit>::new_from_slice(mac_key).map_err(|_| broken())?;
    sum.update(body);
    // Two bytes fit by chance once in 65,536 times; then this is a wrong password too.
    if sum.finalize().into_bytes().get(..10) != Some(mac) {
        return Ok(None);
    }
    let mut clear = body.to_vec();
    match strength {
        1 => counter(&aes::Aes128::new_from_slice(key).map_err(|_| broken())?, &mut clear),
        2 => counter(&aes::Aes192::new_from_slice(key).map_err(|_| broken())?, &mut clear),
        _ => counter(&aes::Aes256::new_from_slice(key).map_err(|_| broken())?, &mut clear),
    }
    Ok(Some(clear))
}

/// Counter mode with a little-endian counter from one.
fn counter<C: BlockCipherEncrypt>(cipher: &C, bytes: &mut [u8]) {
    for (number, chunk) in (1_u128..).zip(bytes.chunks_mut(16)) {
        let mut block = Block::<C>::default();
        for (to, from) in block.iter_mut().zip(number.to_le_bytes()) {
            *to = from;
        }
        cipher.encrypt_block(&mut block);
        for (byte, mask) in chunk.iter_mut().zip(block.iter()) {
            *byte ^= mask;
        }
    }
}
