//! Passwords: Argon2id, stretched away from the request threads, and the rule for new ones.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use crate::app::App;

/// Shortest password.
pub const LENGTH_MIN: usize = 12;
/// Longest password, so that nobody makes us stretch a book.
const LENGTH_MAX: usize = 256;

/// The rule, as the page says it.
pub const RULE: &str = "12文字以上にしてください。文字の種類は問いません。複数の単語を並べた長いものが覚えやすく、破られにくくなります。職員番号や氏名を含むもの、同じ文字の繰返し、よく使われるものは使えません。";

/// Beginnings and parts that guessers try first.
const COMMON: [&str; 14] = [
    "password",
    "passw0rd",
    "qwerty",
    "asdfgh",
    "zxcvbn",
    "123456",
    "abcdef",
    "abc123",
    "letmein",
    "welcome",
    "administrator",
    "sekisho",
    "iloveyou",
    "1q2w3e",
];

/// Hash of no password: verified when an account is unknown, so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2VraXNoby1uby1vbmU$3pnvxXFh5hCUKXDNyIuPWtgNbs0Cwf0OqwxgJf05hKY";

/// Why a new password is not good enough, if so.
#[must_use]
pub fn weakness(password: &str, id: &str, name: &str) -> Option<&'static str> {
    let plain = registry::normalize(password);
    let squeezed: String = plain.chars().filter(|c| !c.is_whitespace()).collect();
    let distinct = squeezed.chars().collect::<std::collections::BTreeSet<_>>().len();
    let length = password.chars().count();
    if length < LENGTH_MIN {
        return Some("短すぎます。12文字以上にしてください。");
    }
    if length > LENGTH_MAX {
        return Some("長すぎます。256文字以内にしてください。");
    }
    if distinct < 5 {
        return Some("同じ文字の繰返しが多すぎます。別のものにしてください。");
    }
    if COMMON.iter().any(|common| squeezed.contains(common) && squeezed.len() < common.len() + 8) {
        return Some("よく使われるパスワードなので推測されます。別のものにしてください。");
    }
    let own = |part: &str| part.chars().count() >= 2 && squeezed.contains(&registry::normalize(part).replace(' ', ""));
    if own(id) || own(name) {
        return Some("職員番号や氏名が含まれています。別のものにしてください。");
    }
    None
}

/// The PHC string (Argon2id) of a password with this salt; `None` only if the salt is unusable.
#[must_use]
pub fn hash(password: &str, salt: &[u8; 16]) -> Option<String> {
    let made: PasswordHash = Argon2::default().hash_password_with_salt(password.as_bytes(), salt).ok()?;
    Some(made.to_string())
}

fn matches(password: &str, phc: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

impl App {
    /// Stretches a new password away from the request threads.
    pub(crate) async fn stretch(&self, password: &str) -> Option<String> {
        let mut salt = [0; 16];
        self.registry.chance(&mut salt);
        let password = password.to_owned();
        let _turn = self.stretching.acquire().await.ok()?;
        tokio::task::spawn_blocking(move || hash(&password, &salt)).await.ok()?
    }

    /// Whether a password is the one of this hash. An empty hash takes as long and never matches.
    pub(crate) async fn verify(&self, password: &str, phc: &str) -> bool {
        let known = !phc.is_empty();
        let phc = if known { phc.to_owned() } else { NOBODY.to_owned() };
        let password: String = password.chars().take(LENGTH_MAX).collect();
        let Ok(_turn) = self.stretching.acquire().await else { return false };
        let right = tokio::task::spawn_blocking(move || matches(&password, &phc)).await.unwrap_or(false);
        right && known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_hash_only() {
        let phc = hash("川沿いの桜と古い橋", &[7; 16]).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(matches("川沿いの桜と古い橋", &phc));
        assert!(!matches("川沿いの桜と古い端", &phc));
    }

    #[test]
    fn nobody_has_a_well_formed_hash() {
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn weak_passwords_are_named() {
        assert!(weakness("みじかい", "10001", "山田 太郎").is_some());
        assert!(weakness("aaaaaaaaaaaaaa", "10001", "山田 太郎").is_some());
        assert!(weakness("Password12345", "10001", "山田 太郎").is_some());
        assert!(weakness("hello-10001-world", "10001", "山田 太郎").is_some());
        assert_eq!(weakness("kawa-zoi no sakura", "10001", "山田 太郎"), None);
    }
}
