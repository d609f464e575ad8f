//! What can go wrong, in words for the staff: what, where, what to do.

use office::refusal::Refusal;

/// The store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{says}{help}")]
pub struct Trouble {
    /// What happened and where, in Japanese.
    pub says: String,
    /// What to do, in Japanese.
    pub help: String,
    /// Technical detail for the log of the machine; not for pages.
    pub detail: String,
}

impl Trouble {
    /// The book is not open for this.
    #[must_use]
    pub fn closed() -> Self {
        Self {
            says: "記録簿が開かれていないため、処理できませんでした。".to_owned(),
            help: "しばらくしてからもう一度操作し、直らないときはシステムの管理者に連絡してください。".to_owned(),
            detail: "closed".to_owned(),
        }
    }
}

/// Why an act did not go through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The door refused it.
    #[error("{}", .0.says)]
    Refused(Box<Refusal>),
    /// The store failed. Nothing was acknowledged; the act may be tried again.
    #[error(transparent)]
    Unavailable(#[from] Trouble),
}

/// Why a book could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open for writing.
    #[error("記録簿（{place}）は、ほかのプロセスが書き込み用に開いています。先にそのプロセス（sekisho serve など）を終了してから、もう一度実行してください。")]
    Locked {
        /// The folder or database.
        place: String,
    },
    /// There is nothing to read yet.
    #[error("記録簿（{place}）がまだありません。先に sekisho init で団体を設定してください。")]
    Absent {
        /// The folder or database.
        place: String,
    },
    /// The book was written by a newer version of this software.
    #[error("記録簿（{place}）は、これより新しい版のソフトウェアで作られています。新しい版で開いてください。")]
    Newer {
        /// The folder or database.
        place: String,
    },
    /// The store failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Why a file was not kept or not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// It is larger than allowed.
    #[error("ファイル「{name}」は大きすぎます（上限 {limit_mb} MB）。分割するか、小さくしてから、もう一度送ってください。")]
    TooLarge {
        /// Name of the file.
        name: String,
        /// Limit in megabytes.
        limit_mb: u64,
    },
    /// There is no such file, or its bytes are not those of its hash any more.
    #[error("添付ファイル（{sha256}）が保管庫に見つからないか、内容が変わっています。システムの管理者に連絡してください。")]
    Lost {
        /// SHA-256 it is known by, hex.
        sha256: String,
    },
    /// The disk failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}
