//! What a worker answers is believed no further than it can be checked: it has read a hostile file.

use sanitize::{ENGINE, Kind, Outcome, Policy, Reason, Report, Treatment};
use sha2::{Digest, Sha256};

use crate::gate::File;

/// What comes out: bytes that a confined worker wrote. Nothing else makes one, and never from the input.
#[derive(Debug)]
pub struct Safe {
    name: String,
    bytes: Vec<u8>,
}

impl Safe {
    /// The name to give it: no folder, no character that deceives, an ending of a kind that is rebuilt.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A checked answer.
pub(crate) struct Answer {
    pub(crate) report: Report,
    pub(crate) output: Option<Safe>,
    pub(crate) peak_bytes: Option<u64>,
}

/// Checks an answer against the file; what can be computed here is not taken from it.
pub(crate) fn check(
    file: File<'_>,
    policy: &Policy,
    report: &[u8],
    output: Option<Vec<u8>>,
    peak_bytes: Option<u64>,
) -> Result<Answer, &'static str> {
    let mut report: Report = serde_json::from_slice(report).map_err(|_| "the report is none")?;
    let output = match (report.outcome, output, report.output.take()) {
        (Outcome::Held, None, None) if report.reason.is_some() => None,
        (Outcome::Rebuilt | Outcome::Verified | Outcome::Flattened, Some(bytes), Some(name)) if report.reason.is_none() => {
            if bytes.is_empty() {
                return Err("an output of no bytes");
            }
            if report.outcome == Outcome::Verified && bytes != file.bytes {
                return Err("called verified, and changed");
            }
            Some(Safe { name: checked_name(name)?, bytes })
        }
        _ => return Err("outcome, reason and output do not fit"),
    };
    report.input = file.name.to_owned();
    report.output = output.as_ref().map(|safe| safe.name().to_owned());
    report.sha256_in = sha256(file.bytes);
    report.bytes_in = file.bytes.len() as u64;
    report.sha256_out = output.as_ref().map(|safe| sha256(safe.bytes()));
    report.bytes_out = output.as_ref().map(|safe| safe.bytes().len() as u64);
    report.engine = ENGINE.to_owned();
    report.policy.clone_from(&policy.id);
    report.detail = report.detail.map(|text| plain(&text));
    if let Some(reason) = report.reason {
        report.sentence = reason.sentence().to_owned();
    }
    report.sentence = plain(&report.sentence);
    for note in &mut report.notes {
        *note = plain(note);
    }
    for removal in &mut report.removed {
        removal.place = plain(&removal.place);
    }
    Ok(Answer { report, output, peak_bytes })
}

/// A name that may be given to a file.
fn checked_name(name: String) -> Result<String, &'static str> {
    let ending = name.rsplit_once('.').and_then(|(_, ending)| Kind::of_ending(ending));
    if !ending.is_some_and(|kind| kind.treatment() == Treatment::Rebuild) {
        return Err("an output whose name tells no kind that is rebuilt");
    }
    if name.starts_with('.') || name.contains(['/', '\\', ':']) || name.chars().any(deceives) || name.len() > 255 {
        return Err("an output with a dangerous name");
    }
    Ok(name)
}

/// Characters that make a line look other than it is: control, bidirectional, invisible.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A text that cannot play tricks on a terminal or a log.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if deceives(c) { '\u{fffd}' } else { c }).collect()
}

/// SHA-256, hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// A digest in letters.
pub(crate) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A report of a file that is not read at all because of its size; its digest is computed by whoever can.
#[must_use]
pub fn too_large(name: &str, bytes: u64, policy: &Policy) -> Report {
    let mut report = Report::held(name, &[], policy, Reason::TooLarge, format!("{bytes} bytes, {} allowed", policy.limits.input_bytes));
    report.bytes_in = bytes;
    report
}
