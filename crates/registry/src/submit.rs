//! Acts in, receipts out.

use office::{
    act::{Act, Actor},
    record::Record,
};

use sqlx::{AnyConnection, Row};

use crate::{Registry, SubmitError, Trouble, sql, writer::Job};

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
    pub async fn submit_with(&self, actor: Actor, act: Act, secret: SecretWrite) -> Result<Receipt, SubmitError> {
        let job = Box::new((actor, act, secret));
        self.ask(|answer| Job::Act(job, answer)).await.unwrap_or_else(|| Err(Trouble::closed().into()))
    }

    /// The secrets of a person; empty ones if nothing is kept.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn secret(&self, person: &str) -> Result<Secrets, Trouble> {
        let mut conn = self.shared().connection().await?;
        let found = sql::fetch(&mut conn, "SELECT password, totp FROM secret WHERE person = $1", vec![person.into()]).await?;
        let Some(row) = found.first() else { return Ok(Secrets::default()) };
        Ok(Secrets { password: row.try_get(0)?, totp: row.try_get(1)? })
    }
}

impl SecretWrite {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.password.is_none() && self.totp.is_none()
    }
}

/// Writes secrets; what is `None` stays as it is.
pub(crate) async fn write_secrets(conn: &mut AnyConnection, secrets: &[SecretWrite]) -> Result<(), Trouble> {
    for secret in secrets {
        let none = "INSERT INTO secret (person, password, totp) VALUES ($1, '', '') ON CONFLICT (person) DO NOTHING";
        sql::execute(conn, none, vec![secret.person.as_str().into()]).await?;
        if let Some(password) = &secret.password {
            let set = "UPDATE secret SET password = $2 WHERE person = $1";
            sql::execute(conn, set, vec![secret.person.as_str().into(), password.as_str().into()]).await?;
        }
        if let Some(totp) = &secret.totp {
            let set = "UPDATE secret SET totp = $2 WHERE person = $1";
            sql::execute(conn, set, vec![secret.person.as_str().into(), totp.as_str().into()]).await?;
        }
    }
    Ok(())
}
