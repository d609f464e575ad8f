//! Acts in, receipts out.

use office::{
    act::{Act, Actor},
    record::Record,
};

use crate::{Registry, SubmitError, Trouble};

/// What the door wrote for an act. It is on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// Index of the first record in the ledger; the others follow it.
    pub first_index: u64,
    /// The records.
    pub records: Vec<Record>,
}

/// Secrets that go beside an act: kept in a table of their own, never in the ledger.
#[derive(Clone, Default)]
pub struct SecretWrite {
    /// Staff number.
    pub person: String,
    /// New password as a PHC string (Argon2id), or `None` to leave it.
    pub password: Option<String>,
    /// New TOTP secret; `Some("")` removes it, `None` leaves it.
    pub totp: Option<String>,
}

/// What is kept secret of a person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Password as a PHC string, empty if none is set.
    pub password: String,
    /// TOTP secret, empty if none is set.
    pub totp: String,
}

impl Registry {
    /// Takes an act through the door. On `Ok` its records are on disk.
    ///
    /// # Errors
    /// [`SubmitError::Refused`] by a rule; [`SubmitError::Unavailable`] if the store failed.
    pub async fn submit(&self, actor: Actor, act: Act) -> Result<Receipt, SubmitError> {
        self.submit_with(actor, act, SecretWrite::default()).await
    }

    /// Takes an act through the door together with secrets, written in the same transaction.
    ///
    /// # Errors
    /// As for [`Registry::submit`].
    pub async fn submit_with(&self, _actor: Actor, _act: Act, _secret: SecretWrite) -> Result<Receipt, SubmitError> {
        Err(SubmitError::Unavailable(Trouble::closed()))
    }

    /// The secrets of a person; empty ones if nothing is kept.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn secret(&self, _person: &str) -> Result<Secrets, Trouble> {
        Err(Trouble::closed())
    }
}
