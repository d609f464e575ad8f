//! What a form sent. To have one is to have checked that the form was ours.

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::header,
};
use jiff::civil::Date;

use crate::{app::App, context::Context, fault::Fault};

/// Largest form with files: a policy or personnel list of 50 MB, and some room.
pub(crate) const UPLOAD_MAX: usize = 56 * 1024 * 1024;
/// Largest form without files.
const FORM_MAX: usize = 2 * 1024 * 1024;
/// Most fields in one form.
const FIELDS_MAX: usize = 20_000;

/// A file that was sent.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Name of the field.
    pub key: String,
    /// Name of the file without folders.
    pub name: String,
    /// Content.
    pub bytes: Bytes,
}

/// The fields and files of a form whose token and origin were checked.
#[derive(Debug, Clone, Default)]
pub struct Input {
    pairs: Vec<(String, String)>,
    /// Files that were chosen.
    pub files: Vec<Upload>,
}

impl Input {
    /// These fields, without files.
    #[cfg(test)]
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Self {
        Self { pairs, files: Vec::new() }
    }

    /// A field, trimmed; empty if it was not sent.
    #[must_use]
    pub fn get(&self, key: &str) -> &str {
        self.pairs.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.trim())
    }

    /// A field as sent, for passwords; empty if it was not sent.
    #[must_use]
    pub fn raw(&self, key: &str) -> &str {
        self.pairs.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str())
    }

    /// All values of a field that may be sent several times.
    #[must_use]
    pub fn all(&self, key: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(name, _)| name == key).map(|(_, value)| value.trim()).collect()
    }

    /// Whether a box was ticked.
    #[must_use]
    pub fn ticked(&self, key: &str) -> bool {
        self.get(key) == "yes"
    }

    /// A date, `None` if empty or none.
    #[must_use]
    pub fn date(&self, key: &str) -> Option<Date> {
        self.get(key).parse().ok()
    }

    /// Every field but the token; values of a repeated field are divided by one space.
    #[must_use]
    pub fn values(&self) -> BTreeMap<String, String> {
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in self.pairs.iter().filter(|(key, _)| key != "csrf") {
            let value = value.replace("\r\n", "\n");
            values
                .entry(key.clone())
                .and_modify(|all| {
                    all.push(' ');
                    all.push_str(value.trim());
                })
                .or_insert_with(|| value.trim().to_owned());
        }
        values
    }

    async fn read(request: Request) -> Result<Self, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        if kind.starts_with("multipart/form-data") { Self::read_files(request).await } else { Self::read_fields(request).await }
    }

    async fn read_fields(request: Request) -> Result<Self, Fault> {
        let bytes = axum::body::to_bytes(request.into_body(), FORM_MAX).await.map_err(|_| Fault::TooLarge)?;
        let pairs: Vec<(String, String)> = form(&bytes).take(FIELDS_MAX).collect();
        Ok(Self { pairs, files: Vec::new() })
    }

    async fn read_files(mut request: Request) -> Result<Self, Fault> {
        DefaultBodyLimit::apply(DefaultBodyLimit::max(UPLOAD_MAX), &mut request);
        let mut parts = Multipart::from_request(request, &()).await.map_err(|error| {
            tracing::info!(%error, "a form could not be read");
            unreadable()
        })?;
        let mut input = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|error| too_large_or_unreadable(&error))? {
            let key = part.name().unwrap_or_default().to_owned();
            let name = part.file_name().map(|name| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
            let bytes = part.bytes().await.map_err(|error| too_large_or_unreadable(&error))?;
            match name {
                Some(name) if !name.is_empty() => input.files.push(Upload { key, name, bytes }),
                Some(_) => {}
                None => input.pairs.push((key, String::from_utf8_lossy(&bytes).into_owned())),
            }
            if input.pairs.len() + input.files.len() > FIELDS_MAX {
                return Err(unreadable());
            }
        }
        Ok(input)
    }
}

fn unreadable() -> Fault {
    Fault::Bad("送信された内容を読み取れませんでした。画面を開き直して、もう一度送信してください。".to_owned())
}

fn too_large_or_unreadable(error: &axum::extract::multipart::MultipartError) -> Fault {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE { Fault::TooLarge } else { unreadable() }
}

/// The pairs of an `application/x-www-form-urlencoded` body or query.
pub(crate) fn form(bytes: &[u8]) -> impl Iterator<Item = (String, String)> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let pairs: Vec<(String, String)> = text
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect();
    pairs.into_iter()
}

fn decode(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                let digits = [ahead.next(), ahead.next()].map(|digit| digit.and_then(|digit| char::from(digit).to_digit(16)));
                if let [Some(high), Some(low)] = digits {
                    out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                    bytes = ahead;
                } else {
                    out.push(byte);
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

impl FromRequest<App> for Input {
    type Rejection = Fault;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Fault> {
        let csrf = request.extensions().get::<Context>().map(|context| context.csrf.clone());
        let input = Self::read(request).await?;
        if csrf.is_some_and(|csrf| csrf != input.raw("csrf")) {
            return Err(Fault::Foreign);
        }
        Ok(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let pairs: Vec<_> = form("a=%E7%94%B3%E8%AB%8B+x&b&rows=1&rows=2&bad=%zz".as_bytes()).collect();
        let input = Input { pairs, files: Vec::new() };
        assert_eq!(input.get("a"), "申請 x");
        assert_eq!(input.get("bad"), "%zz");
        assert_eq!(input.values().get("rows").map(String::as_str), Some("1 2"));
        assert_eq!(input.all("rows"), ["1", "2"]);
    }
}
