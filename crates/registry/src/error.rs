//! What can go wrong, in words for the staff: what, where, what to do.

use std::path::Path;

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

    fn new(says: &str, help: &str, detail: impl std::fmt::Display) -> Self {
        Self { says: says.to_owned(), help: help.to_owned(), detail: detail.to_string() }
    }

    /// The database cannot be reached.
    pub(crate) fn away(detail: impl std::fmt::Display) -> Self {
        Self::new(
            "データベースとの接続が切れているため、記録できませんでした。",
            "入力した内容を控え、しばらくしてからもう一度操作してください。続くときは、システムの管理者がデータベースの状態を確かめてください。",
            detail,
        )
    }

    /// A commit failed. If the connection was lost meanwhile, nobody knows whether the server carried it out.
    pub(crate) fn in_doubt(error: sqlx::Error) -> Self {
        let lost = matches!(error, sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_));
        let trouble = Self::from(error);
        if !lost {
            return trouble;
        }
        Self::new(
            "データベースとの接続が途中で切れ、記録されたかどうかを確かめられませんでした。",
            "接続が戻ってから一覧で確かめ、記録がないときだけ、もう一度操作してください。",
            trouble.detail,
        )
    }

    /// There is no room left.
    fn full(detail: impl std::fmt::Display) -> Self {
        Self::new(
            "ディスクの空きがないため、記録簿に書き込めませんでした。操作は記録されていません。",
            "システムの管理者に連絡し、データの置き場所の空きを増やしてから、もう一度操作してください。",
            detail,
        )
    }

    /// The disk failed at a file of ours.
    pub(crate) fn disk(path: &Path, error: &std::io::Error) -> Self {
        let detail = format!("{}: {error}", path.display());
        if error.kind() == std::io::ErrorKind::StorageFull {
            return Self::full(detail);
        }
        Self::new(
            "データの置き場所のファイルを読み書きできませんでした。",
            "システムの管理者が、置き場所の権限と空き、ディスクの状態を確かめてください。",
            detail,
        )
    }

    /// What is stored is not what it should be.
    fn damaged(detail: impl std::fmt::Display) -> Self {
        Self::new(
            "記録簿の内容に、食い違いが見つかりました。これ以上は書き込みません。",
            "システムの管理者が sekisho ledger verify で確かめ、バックアップを保全してください。",
            detail,
        )
    }

    /// The projections were made by an older version, and only a writer may make them again.
    pub(crate) fn older() -> Self {
        Self::new(
            "記録簿の一覧表が、古い版のソフトウェアで作られたままです。",
            "先に sekisho serve で一度開いてください（自動で作り直します）。",
            "schema",
        )
    }

    /// The store has fallen behind what was acknowledged.
    pub(crate) fn rolled_back(known: u64, size: u64) -> Self {
        Self::damaged(format!("{known} records were known, the store has {size} or others"))
    }

    /// A payload is no record.
    pub(crate) fn unreadable(index: u64, error: &serde_json::Error) -> Self {
        Self::damaged(format!("record {index} cannot be read: {error}"))
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        let full = match &error {
            sqlx::Error::Database(error) => {
                // SQLITE_FULL; PostgreSQL's disk_full. SQLITE_IOERR_WRITE comes where the system says so late.
                matches!(error.code().as_deref(), Some("13" | "53100" | "778")) || error.message().contains("disk is full")
            }
            sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        };
        let lost = match &error {
            // Connection exceptions, and what a server says that goes down or comes up.
            sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P")),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                true
            }
            _ => false,
        };
        match (full, lost) {
            (true, _) => Self::full(error),
            (_, true) => Self::away(error),
            _ => Self::new(
                "データベースの処理に失敗しました。操作は記録されていません。",
                "しばらくしてからもう一度操作し、続くときはシステムの管理者に連絡してください。",
                error,
            ),
        }
    }
}

impl From<ledger::LedgerError> for Trouble {
    fn from(error: ledger::LedgerError) -> Self {
        match error {
            ledger::LedgerError::Database(error) => error.into(),
            ledger::LedgerError::Overtaken => Self::new(
                "記録簿が、ほかのプロセスから書き込まれました。操作は記録されていません。",
                "もう一度操作してください。続くときは、同じ記録簿を開いているプロセスがないか、システムの管理者が確かめてください。",
                error,
            ),
            error => Self::damaged(error),
        }
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self::damaged(error)
    }
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Trouble(trouble) => trouble,
            other => Self::new(&other.to_string(), "", "open"),
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
    #[error(
        "記録簿（{place}）は、ほかのプロセスが書き込み用に開いています。先にそのプロセス（sekisho serve など）を終了してから、もう一度実行してください。"
    )]
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
