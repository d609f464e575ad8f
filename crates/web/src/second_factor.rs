//! The second factor (二要素目): time-based codes (RFC 6238), never accepted twice.
//!
//! What is kept of it is `SECRET` or `SECRET STEP`: base32, and the time step of the last code used.

use qrcode::{QrCode, render::svg};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use office::calendar::Moment;

use crate::{app::App, paging::encode};

/// The secret part of what is kept.
fn secret_of(kept: &str) -> &str {
    kept.split_once(' ').map_or(kept, |(secret, _)| secret)
}

fn totp(kept: &str) -> Option<Totp> {
    Builder::new().with_secret(Secret::try_from_base32(secret_of(kept)).ok()?).build().ok()
}

fn seconds(now: Moment) -> u64 {
    u64::try_from(now.0 / 1_000_000).unwrap_or_default()
}

/// A secret as it is kept, from bytes of chance.
#[must_use]
pub fn secret(chance: &[u8; 20]) -> String {
    Secret::new(Box::from(*chance)).to_base32()
}

/// The code of this moment: for the accounts of a demonstration.
#[must_use]
pub fn current_code(secret: &str, now: Moment) -> Option<String> {
    Some(totp(secret)?.generate(seconds(now)).to_string())
}

/// The time step of a right code, if it is later than the last one used.
fn step(kept: &str, code: &str, now: Moment) -> Option<u64> {
    let code: String = registry::normalize(code).chars().filter(char::is_ascii_digit).collect();
    let step = totp(kept)?.check(&code, seconds(now))?;
    let last = kept.split_once(' ').and_then(|(_, last)| last.parse().ok()).unwrap_or(0);
    (step > last).then_some(step)
}

impl App {
    /// Accepts a code once: returns what is to be kept from now on, or nothing if the code is wrong or was used.
    pub(crate) fn accept_code(&self, person: &str, kept: &str, code: &str) -> Option<String> {
        let step = step(kept, code, self.registry.now())?;
        let fresh = self.remember(|memory| {
            let last = memory.steps.entry(person.to_owned()).or_insert(0);
            let fresh = step > *last;
            *last = (*last).max(step);
            fresh
        });
        fresh.then(|| format!("{} {step}", secret_of(kept)))
    }

    /// The secret offered to a session on the enrolment page: the same until it is taken or the process ends.
    pub(crate) fn offered_secret(&self, session: &str) -> String {
        let digest = Sha256::new().chain_update(self.key).chain_update(session.as_bytes()).finalize();
        let bytes: Vec<u8> = digest.iter().copied().take(20).collect();
        Secret::new(bytes.into_boxed_slice()).to_base32()
    }
}

/// The QR code for an authenticator, as the address of an image.
#[must_use]
pub fn qr(body: &str, person: &str, secret: &str) -> Option<String> {
    let issuer = encode(&format!("関所 {body}"));
    let address = format!("otpauth://totp/{issuer}:{}?secret={secret}&issuer={issuer}", encode(person));
    let image = QrCode::new(address).ok()?.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    Some(format!("data:image/svg+xml;base64,{}", STANDARD.encode(image)))
}

/// A secret in groups of four, for typing.
#[must_use]
pub fn grouped(secret: &str) -> String {
    let chars: Vec<char> = secret.chars().collect();
    chars.chunks(4).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

    #[test]
    fn a_code_is_good_for_its_step_and_no_earlier_one() {
        let now = Moment(1_800_000_000_000_000);
        let code = current_code(SECRET, now).unwrap();
        let used = step(SECRET, &code, now).unwrap();
        assert_eq!(used, 60_000_000);
        assert_eq!(step(&format!("{SECRET} {used}"), &code, now), None);
        assert_eq!(step(SECRET, &code, now.plus_seconds(120)), None);
        let full_width: String = code.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
        assert_eq!(step(SECRET, &full_width, now), Some(used));
    }

    #[test]
    fn the_qr_code_is_an_image_of_our_own() {
        assert!(qr("青浜町", "10001", SECRET).unwrap().starts_with("data:image/svg+xml;base64,"));
        assert_eq!(grouped("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }
}
