//! The four outcomes, the safe bytes, and what a report tells.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    ENGINE, Hold, Input, Kind, Policy, Reason, Removal, Verdict,
    job::{Found, Made},
};

/// What became of a file. There is no outcome for original bytes let through unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// New bytes, written by this engine.
    Rebuilt,
    /// Every byte accounted for, nothing dangerous found, nothing changed.
    Verified,
    /// Pixels or text only.
    Flattened,
    /// Refused.
    Held,
}

/// Safe bytes; only this crate makes one.
#[derive(Debug)]
pub struct Sanitized {
    name: String,
    kind: Kind,
    bytes: Vec<u8>,
}

impl Sanitized {
    /// The name to give it: the ending may differ from the input's (docm → docx).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, for good.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// What happened to a file, for machines and, in [`Report::sentence`], for a clerk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The input's name.
    pub input: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The output's name; none when held.
    pub output: Option<String>,
    /// What kind of file it was found to be.
    pub kind: Option<Kind>,
    /// Why it was held.
    pub reason: Option<Reason>,
    /// Where, and what exactly, for whoever looks into it.
    pub detail: Option<String>,
    /// One sentence for a clerk.
    pub sentence: String,
    /// What was removed.
    pub removed: Vec<Removal>,
    /// What else a reader should know: who had signed, what was left out.
    pub notes: Vec<String>,
    /// SHA-256 of the input, hexadecimal.
    pub sha256_in: String,
    /// SHA-256 of the output, hexadecimal.
    pub sha256_out: Option<String>,
    /// Bytes of the input.
    pub bytes_in: u64,
    /// Bytes of the output.
    pub bytes_out: Option<u64>,
    /// Engine and version.
    pub engine: String,
    /// The policy's name.
    pub policy: String,
}

impl Report {
    /// A report of a file that never reached an answer: time out, crash, infected, scanner down.
    #[must_use]
    pub fn held(input: &str, bytes: &[u8], policy: &Policy, reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            input: input.to_owned(),
            outcome: Outcome::Held,
            output: None,
            kind: None,
            reason: Some(reason),
            detail: Some(detail.into()),
            sentence: reason.sentence().to_owned(),
            removed: Vec::new(),
            notes: Vec::new(),
            sha256_in: sha256(bytes),
            sha256_out: None,
            bytes_in: bytes.len() as u64,
            bytes_out: None,
            engine: ENGINE.to_owned(),
            policy: policy.id.clone(),
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts the verdict together.
pub(crate) fn verdict(input: Input<'_>, policy: &Policy, found: Found, made: Result<Made, Hold>) -> Verdict {
    let mut report = Report::held(input.name, input.bytes, policy, Reason::Crashed, "");
    report.kind = found.kind;
    report.notes = found.notes;
    match made {
        Err(hold) => {
            report.reason = Some(hold.reason);
            report.sentence = hold.reason.sentence().to_owned();
            report.detail = Some(if hold.place.is_empty() { hold.detail } else { format!("{}: {}", hold.place, hold.detail) });
            Verdict { report, output: None }
        }
        Ok(made) => {
            report.reason = None;
            report.detail = None;
            // Unchanged bytes were all accounted for, or they would not have come out unchanged.
            let unchanged = found.removed.is_empty() && made.verifiable && made.bytes == input.bytes;
            report.outcome = if made.flattened {
                Outcome::Flattened
            } else if unchanged {
                Outcome::Verified
            } else {
                Outcome::Rebuilt
            };
            report.removed = found.removed;
            report.sentence = sentence(report.outcome, &report.removed, policy);
            report.output = Some(made.name.clone());
            report.sha256_out = Some(sha256(&made.bytes));
            report.bytes_out = Some(made.bytes.len() as u64);
            Verdict { report, output: Some(Sanitized { name: made.name, kind: made.kind, bytes: made.bytes }) }
        }
    }
}

/// 「マクロを1件、外部参照を2件取り除きました。」
fn sentence(outcome: Outcome, removed: &[Removal], policy: &Policy) -> String {
    let mut counts: Vec<(crate::Danger, u64)> = Vec::new();
    for removal in removed.iter().filter(|removal| policy.macro_notice || removal.kind != crate::Danger::Macro) {
        match counts.iter_mut().find(|(kind, _)| *kind == removal.kind) {
            Some((_, count)) => *count += removal.count,
            None => counts.push((removal.kind, removal.count)),
        }
    }
    counts.sort_unstable();
    let listed: Vec<String> = counts
        .iter()
        .map(|(kind, count)| {
            let (word, counter) = kind.word();
            format!("{word}を{count}{counter}")
        })
        .collect();
    match (outcome, listed.is_empty()) {
        (Outcome::Flattened, true) => "画像または文字だけにして作り直しました。".to_owned(),
        (Outcome::Flattened, false) => format!("{}取り除き、画像または文字だけにして作り直しました。", listed.join("、")),
        (Outcome::Verified, _) => "危険な部分がないことを確かめました。".to_owned(),
        (_, true) => "安全な形に作り直しました。取り除いたものはありません。".to_owned(),
        (_, false) => format!("{}取り除きました。", listed.join("、")),
    }
}
