//! A tamper-evident append-only log of opaque bytes: append, prove, verify, export.
//!
//! The log is an RFC 6962 Merkle tree whose head is signed as a C2SP checkpoint and whose hashes
//! are kept as C2SP tiles (`docs/formats/ledger.md`). The crate refuses to know what a payload
//! means, what time it is, and where randomness comes from: salts and the signing seed enter as
//! arguments.
//!
//! Who is trusted: whoever holds the signing seed can sign a rewritten log; that is seen by anyone
//! who kept an older checkpoint (a witness, a print-out) and asks [`verify()`] to compare. Whoever
//! can write to the database but lacks the seed can destroy but not alter unseen.
//!
//! How one act is made durable:
//!
//! ```text
//! let mut tx = ledger::begin(&pool).await?;
//! let pending = log.append(&mut tx, &entries).await?;   // rows written, memory untouched
//! // … the caller's projections, in the same transaction …
//! tx.commit().await?;                                   // the commit point
//! log.commit(pending)?;                                 // memory follows
//! ```
//!
//! A crash before the commit point leaves the former log; a crash after it leaves the new one. If
//! the answer to the commit is lost, the next append says [`LedgerError::Overtaken`] and
//! [`Log::reload`] reads the truth back.

mod checkpoint;
mod database;
mod entry;
mod error;
mod export;
mod fault;
mod hash;
mod head;
mod log;
mod note;
mod proof;
mod read;
mod segment;
mod tile;
mod tree;
mod verify;

pub use checkpoint::Checkpoint;
pub use database::{Backend, begin, connect, migrate, purge, snapshot, sqlite_url};
pub use entry::{Entry, NewEntry, PAYLOAD_BYTES_MAX};
pub use error::LedgerError;
pub use export::{Exported, export};
pub use fault::Fault;
pub use hash::{Hash, empty_root, leaf_hash, node_hash};
pub use head::Head;
pub use log::{Log, Pending};
pub use note::{Note, NoteError, Signature, SigningKey, VerifierKey, verify_cosignature};
pub use proof::{verify_consistency, verify_inclusion};
pub use read::{Record, checkpoint, payload, read, read_each};
pub use tile::TilePath;
pub use tree::{FullTile, Tree};
pub use verify::{Progress, VerifyReport, verify};
