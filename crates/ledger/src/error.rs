//! What can go wrong, sorted by what the caller must do about it.

use crate::fault::Fault;
use crate::note::NoteError;

/// Why the ledger did not do what it was asked.
///
/// After any of these the memory of a [`crate::Log`] is still that of the last commit; the
/// transaction it happened in must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database failed (disk full, connection lost, locked): try again later.
    #[error("データベースに書き込み又は読み取りができません。空き容量と接続を確認してください（{0}）")]
    Database(#[from] sqlx::Error),
    /// Another writer, or a commit whose answer was lost, moved the log on: [`crate::Log::reload`].
    #[error("台帳が他の処理により更新されています。読み直してからやり直してください")]
    Overtaken,
    /// The request can never succeed as it is.
    #[error("台帳への要求が正しくありません: {0}")]
    Refused(&'static str),
    /// The stored log is not what its checkpoint says: stop writing, keep the files, find out.
    #[error("台帳が壊れているか改ざんされています: {0}")]
    Damaged(Fault),
    /// A key or note is not of the C2SP form.
    #[error("鍵又はチェックポイントの形式が正しくありません: {0}")]
    Note(#[from] NoteError),
    /// A file of an export could not be written.
    #[error("`{path}` に書き込めません。空き容量と権限を確認してください（{source}）")]
    File {
        /// Where.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl LedgerError {
    /// Whether no further append may be tried before a person has looked.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Damaged(_))
    }
}
