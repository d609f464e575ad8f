//! The faults a check can find, each with a stable code, a place and a Japanese sentence.

use std::fmt;

use crate::note::NoteError;

/// Something in the store that is not as the signed checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is no checkpoint although there are entries.
    CheckpointMissing,
    /// The checkpoint is not a signed note about a log.
    CheckpointMalformed,
    /// The checkpoint carries no signature by the expected key.
    CheckpointOtherKey,
    /// The checkpoint's text is not what was signed.
    CheckpointForged,
    /// The entries do not hash to the root of the checkpoint.
    RootDiffers {
        /// Number of entries of the checkpoint.
        size: u64,
    },
    /// Entries `first` to `last` are gone from the middle.
    EntriesMissing {
        /// First index.
        first: u64,
        /// Last index.
        last: u64,
    },
    /// The log ends before the checkpoint says.
    Truncated {
        /// Entries that are left.
        found: u64,
        /// Entries of the checkpoint.
        size: u64,
    },
    /// Entries from `first` on are not covered by the checkpoint.
    EntriesBeyondCheckpoint {
        /// First index.
        first: u64,
    },
    /// The same indexes are stored twice.
    EntriesDuplicated {
        /// First index.
        first: u64,
    },
    /// From this entry on the stored bytes make no sense.
    EntryMalformed {
        /// Index.
        index: u64,
    },
    /// The entry is not the one that was hashed into the log.
    EntryChanged {
        /// Index.
        index: u64,
    },
    /// Two entries have changed places.
    EntriesSwapped {
        /// Lower index.
        first: u64,
        /// Higher index.
        second: u64,
    },
    /// The entry stands in a place that is not its own.
    EntryMisplaced {
        /// Index.
        index: u64,
    },
    /// Payload or salt are not those the entry committed to.
    PayloadChanged {
        /// Index.
        index: u64,
    },
    /// The payload is gone and no later entry orders it.
    ErasedWithoutOrder {
        /// Index.
        index: u64,
    },
    /// An entry orders an erasure that did not happen or was undone.
    OrderNotCarriedOut {
        /// Index of the order.
        index: u64,
        /// Index it names.
        target: u64,
    },
    /// A hash tile is gone.
    TileMissing {
        /// Level.
        level: u8,
        /// Index within the level.
        index: u64,
    },
    /// A hash tile does not hold the hashes of the entries.
    TileChanged {
        /// Level.
        level: u8,
        /// Index within the level.
        index: u64,
    },
    /// A hash tile that this log cannot have.
    TileUnexpected {
        /// Level.
        level: u8,
        /// Index within the level.
        index: u64,
    },
    /// The log is shorter than a checkpoint that it has signed before.
    RolledBack {
        /// Size of the known checkpoint.
        known: u64,
        /// Size now.
        size: u64,
    },
    /// The log does not continue a checkpoint that it has signed before.
    HistoryRewritten {
        /// Size of the known checkpoint.
        known: u64,
    },
    /// The known checkpoint itself is not one of this log.
    KnownCheckpointForeign,
}

impl Fault {
    /// A name that never changes, for programs and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CheckpointMissing => "checkpoint-missing",
            Self::CheckpointMalformed => "checkpoint-malformed",
            Self::CheckpointOtherKey => "checkpoint-other-key",
            Self::CheckpointForged => "checkpoint-forged",
            Self::RootDiffers { .. } => "root-differs",
            Self::EntriesMissing { .. } => "entries-missing",
            Self::Truncated { .. } => "truncated",
            Self::EntriesBeyondCheckpoint { .. } => "entries-beyond-checkpoint",
            Self::EntriesDuplicated { .. } => "entries-duplicated",
            Self::EntryMalformed { .. } => "entry-malformed",
            Self::EntryChanged { .. } => "entry-changed",
            Self::EntriesSwapped { .. } => "entries-swapped",
            Self::EntryMisplaced { .. } => "entry-misplaced",
            Self::PayloadChanged { .. } => "payload-changed",
            Self::ErasedWithoutOrder { .. } => "erased-without-order",
            Self::OrderNotCarriedOut { .. } => "order-not-carried-out",
            Self::TileMissing { .. } => "tile-missing",
            Self::TileChanged { .. } => "tile-changed",
            Self::TileUnexpected { .. } => "tile-unexpected",
            Self::RolledBack { .. } => "rolled-back",
            Self::HistoryRewritten { .. } => "history-rewritten",
            Self::KnownCheckpointForeign => "known-checkpoint-foreign",
        }
    }
}

impl From<NoteError> for Fault {
    /// What is wrong with a stored checkpoint that does not verify.
    fn from(error: NoteError) -> Self {
        match error {
            NoteError::Malformed => Self::CheckpointMalformed,
            NoteError::Unsigned => Self::CheckpointOtherKey,
            NoteError::Forged => Self::CheckpointForged,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CheckpointMissing => write!(f, "チェックポイントがありません"),
            Self::CheckpointMalformed => write!(f, "チェックポイントの形式が正しくありません"),
            Self::CheckpointOtherKey => {
                write!(f, "チェックポイントに、この台帳の鍵による署名がありません")
            }
            Self::CheckpointForged => write!(f, "チェックポイントの署名が本文と合いません"),
            Self::RootDiffers { size } => {
                write!(f, "記録{size}件から計算した値が、署名された値と一致しません")
            }
            Self::EntriesMissing { first, last } => {
                write!(f, "番号{first}から{last}までの記録がありません")
            }
            Self::Truncated { found, size } => write!(f, "末尾の記録がありません（署名では{size}件、残っているのは{found}件）"),
            Self::EntriesBeyondCheckpoint { first } => {
                write!(f, "番号{first}以降の記録は、署名の範囲にありません")
            }
            Self::EntriesDuplicated { first } => {
                write!(f, "番号{first}からの記録が重複しています")
            }
            Self::EntryMalformed { index } => {
                write!(f, "番号{index}の記録の形式が壊れています")
            }
            Self::EntryChanged { index } => {
                write!(f, "番号{index}の記録が、追記された時のものと異なります")
            }
            Self::EntriesSwapped { first, second } => {
                write!(f, "番号{first}と番号{second}の記録が入れ替わっています")
            }
            Self::EntryMisplaced { index } => {
                write!(f, "番号{index}の記録が本来の位置にありません")
            }
            Self::PayloadChanged { index } => {
                write!(f, "番号{index}の記録の内容が変更されています")
            }
            Self::ErasedWithoutOrder { index } => {
                write!(f, "番号{index}の記録の内容が、消去の記録なしに失われています")
            }
            Self::OrderNotCarriedOut { index, target } => {
                write!(f, "番号{index}の記録が消去を命じた番号{target}の内容が、消去されていません")
            }
            Self::TileMissing { level, index } => {
                write!(f, "段{level}の{index}番のタイルがありません")
            }
            Self::TileChanged { level, index } => {
                write!(f, "段{level}の{index}番のタイルが記録と一致しません")
            }
            Self::TileUnexpected { level, index } => {
                write!(f, "段{level}の{index}番のタイルは、この台帳にあるはずのないものです")
            }
            Self::RolledBack { known, size } => write!(f, "台帳が過去の状態に戻されています（以前の署名は{known}件、現在は{size}件）"),
            Self::HistoryRewritten { known } => {
                write!(f, "記録{known}件の時点の署名と、現在の台帳の履歴が一致しません")
            }
            Self::KnownCheckpointForeign => {
                write!(f, "照合する以前のチェックポイントが、この台帳のものではありません")
            }
        }
    }
}
