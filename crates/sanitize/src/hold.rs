//! Why a file is refused: a code for machines, a sentence for a clerk.

use serde::{Deserialize, Serialize};

/// Why a file, or a part of it, is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Nothing in it.
    Empty,
    /// Larger than the limit.
    TooLarge,
    /// Grows beyond the limit when unpacked.
    ExpandsTooMuch,
    /// Files in files, elements in elements, beyond the limit.
    TooDeep,
    /// More parts than the limit.
    TooMany,
    /// Cannot be read with certainty: truncated, contradictory, malformed.
    Damaged,
    /// Content, name and declared type tell different things.
    KindMismatch,
    /// What it is was not recognised.
    UnknownKind,
    /// Recognised; no rebuilder exists for it.
    UnsupportedKind,
    /// Recognised; of a kind that may never pass.
    DangerousKind,
    /// Of a kind that this hall's policy holds.
    HeldByPolicy,
    /// The name hides what it is or where it would go.
    DangerousName,
    /// Encrypted, and no password was given.
    PasswordNeeded,
    /// Encrypted, and no given password opens it.
    PasswordWrong,
    /// Encrypted in a way that is not read.
    EncryptionUnknown,
    /// Signed, and the policy keeps signed originals whole.
    Signed,
    /// Something needed inside it is held.
    MemberHeld,
    /// Nothing would be left.
    NothingLeft,
    /// The scanner found malware.
    Infected,
    /// The scanner gives no answer, and the policy asks for one.
    ScannerDown,
    /// Took longer than the limit.
    TimeOut,
    /// Needed more memory than the limit.
    MemoryOut,
    /// The worker ended without an answer.
    Crashed,
}

impl Reason {
    /// What a clerk reads: what is the matter, and what to do.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "中身のないファイルです。送り主に送り直しを頼んでください。",
            Self::TooLarge => "ファイルが大きすぎます。分けて送るよう送り主に頼んでください。",
            Self::ExpandsTooMuch => "展開すると極端に大きくなるファイルのため止めました。",
            Self::TooDeep => "ファイルの入れ子が深すぎるため止めました。",
            Self::TooMany => "中のファイルや部品の数が多すぎるため止めました。",
            Self::Damaged => "ファイルが壊れているか、規格に合わない書き方のため読み取れません。送り主に作り直しを頼んでください。",
            Self::KindMismatch => "ファイルの中身と名前（拡張子）が合いません。送り主に正しい形式で送り直すよう頼んでください。",
            Self::UnknownKind => "種類の分からないファイルのため止めました。",
            Self::UnsupportedKind => "この種類のファイルはまだ無害化できません。PDFなど別の形式で送るよう送り主に頼んでください。",
            Self::DangerousKind => "危険な種類のファイル（プログラムなど）のため通しません。",
            Self::HeldByPolicy => "この種類のファイルは通さない設定です。情報担当にご相談ください。",
            Self::DangerousName => "ファイル名に、種類や置き場所を偽る文字が含まれているため止めました。",
            Self::PasswordNeeded => "パスワードで保護されています。パスワードを入力してください。",
            Self::PasswordWrong => "パスワードが合いません。もう一度入力してください。",
            Self::EncryptionUnknown => "読み取れない方式で暗号化されています。別の方式で送るよう送り主に頼んでください。",
            Self::Signed => "電子署名のあるファイルは、署名を保つため無害化せずに止める設定です。情報担当にご相談ください。",
            Self::MemberHeld => "中に通せないファイルが含まれているため止めました。",
            Self::NothingLeft => "危険な部分を取り除くと何も残らないため止めました。",
            Self::Infected => "ウイルスが見つかったため止めました。",
            Self::ScannerDown => "ウイルス検査が動いていないため止めました。情報担当にご連絡ください。",
            Self::TimeOut => "時間内に処理が終わらないため止めました。",
            Self::MemoryOut => "処理に必要な記憶容量が上限を超えたため止めました。",
            Self::Crashed => "処理が途中で止まったため、通しませんでした。情報担当にご連絡ください。",
        }
    }

    /// The code in reports.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too-large",
            Self::ExpandsTooMuch => "expands-too-much",
            Self::TooDeep => "too-deep",
            Self::TooMany => "too-many",
            Self::Damaged => "damaged",
            Self::KindMismatch => "kind-mismatch",
            Self::UnknownKind => "unknown-kind",
            Self::UnsupportedKind => "unsupported-kind",
            Self::DangerousKind => "dangerous-kind",
            Self::HeldByPolicy => "held-by-policy",
            Self::DangerousName => "dangerous-name",
            Self::PasswordNeeded => "password-needed",
            Self::PasswordWrong => "password-wrong",
            Self::EncryptionUnknown => "encryption-unknown",
            Self::Signed => "signed",
            Self::MemberHeld => "member-held",
            Self::NothingLeft => "nothing-left",
            Self::Infected => "infected",
            Self::ScannerDown => "scanner-down",
            Self::TimeOut => "time-out",
            Self::MemoryOut => "memory-out",
            Self::Crashed => "crashed",
        }
    }
}

/// A refusal: why, where, and what exactly, for whoever looks into it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} ({place}): {detail}", reason.code())]
pub struct Hold {
    /// Why.
    pub reason: Reason,
    /// Where in the file: `word/document.xml`, `3ページ`; empty for the file as a whole.
    pub place: String,
    /// What exactly, in English, without bytes of the input: `central directory and local header disagree`.
    pub detail: String,
}

impl Hold {
    /// A refusal of the file as a whole; [`Hold::at`] adds the place.
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, place: String::new(), detail: detail.into() }
    }

    /// [`Reason::Damaged`].
    #[must_use]
    pub fn damaged(detail: impl Into<String>) -> Self {
        Self::new(Reason::Damaged, detail)
    }

    /// Says where, in front of what is already said.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        if self.place.is_empty() {
            self.place = place.to_owned();
        } else if !place.is_empty() {
            self.place = format!("{place} › {}", self.place);
        }
        self
    }
}
