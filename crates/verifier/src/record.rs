//! The two halves of a record: its entry in the tree and the line that holds its payload.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::tree::Hash;

/// An entry of the tree: `0x01 || commitment` or `0x02 || erased index || commitment`.
pub(crate) struct Entry {
    pub(crate) bytes: Vec<u8>,
    /// Index of the record whose payload this one orders to be erased.
    pub(crate) erases: Option<u64>,
    pub(crate) commitment: Hash,
}

/// Takes the next entry off a bundle of entries.
pub(crate) fn split_entry(bundle: &[u8]) -> Option<(Entry, &[u8])> {
    let (length, rest) = bundle.split_first_chunk::<2>()?;
    let (bytes, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let (erases, commitment) = match bytes {
        [1, commitment @ ..] => (None, commitment),
        [2, order @ ..] => {
            let (target, commitment) = order.split_first_chunk::<8>()?;
            (Some(u64::from_be_bytes(*target)), commitment)
        }
        _ => return None,
    };
    let commitment = commitment.try_into().ok()?;
    Some((Entry { bytes: bytes.to_vec(), erases, commitment }, rest))
}

/// A line of a payload file in the order of its fields.
#[derive(Serialize, Deserialize)]
struct RawLine {
    index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<bool>,
}

/// A payload line.
pub(crate) struct Line {
    pub(crate) index: u64,
    /// Salt and payload; nothing if erased.
    pub(crate) body: Option<([u8; 32], Vec<u8>)>,
}

impl Line {
    /// Reads a line that is spelled in the one way the format allows.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('\n')?;
        let raw: RawLine = serde_json::from_str(text).ok()?;
        if serde_json::to_string(&raw).ok()? != text {
            return None;
        }
        let body = match (raw.salt, raw.payload, raw.payload_base64, raw.erased) {
            (Some(salt), Some(text), None, None) => Some((salt, text.into_bytes())),
            (Some(salt), None, Some(encoded), None) => {
                let bytes = STANDARD.decode(encoded).ok()?;
                // Text must be written as text, or one payload would have two spellings.
                std::str::from_utf8(&bytes).is_err().then_some(())?;
                Some((salt, bytes))
            }
            (None, None, None, Some(true)) => None,
            _ => return None,
        };
        let body = match body {
            Some((salt, payload)) => Some((STANDARD.decode(salt).ok()?.try_into().ok()?, payload)),
            None => None,
        };
        Some(Self { index: raw.index, body })
    }
}

/// What a record calls itself, for the recount.
pub(crate) fn kind_of(payload: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    serde_json::from_slice(payload).map_or_else(|_| "（種別なし）".to_owned(), |Kind { kind }| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_one_spelling() {
        let salt = STANDARD.encode([1; 32]);
        let good = format!("{{\"index\":3,\"salt\":\"{salt}\",\"payload\":\"記録\\n\\u0001\"}}\n");
        let line = Line::parse(&good).unwrap();
        assert_eq!((line.index, line.body.unwrap().1), (3, "記録\n\u{1}".as_bytes().to_vec()));
        assert!(Line::parse("{\"index\":3,\"erased\":true}\n").unwrap().body.is_none());
        for bad in [
            good.replace("{\"index", "{ \"index"),
            good.replace('記', "\\u8a18"),
            good.replace("\"payload\"", "\"payload_base64\""),
            good.replace("\"index\":3", "\"index\":3,\"index\":3"),
            good.replace("\"index\":3", "\"other\":1,\"index\":3"),
            good.trim_end().to_owned(),
            format!("{{\"index\":3,\"salt\":\"{salt}\",\"payload_base64\":\"YWJj\"}}\n"),
            format!("{{\"index\":3,\"salt\":\"{salt}\"}}\n"),
            "{\"index\":3,\"erased\":false}\n".to_owned(),
            "{\"index\":3}\n".to_owned(),
        ] {
            assert!(Line::parse(&bad).is_none(), "{bad}");
        }
    }
}
