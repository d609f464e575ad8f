//! Sessions of signed-in people. They are no facts of the ledger; signing in and out are.

use office::calendar::Moment;

use sqlx::{AnyConnection, Row};

use crate::{Registry, Trouble, sql, writer::Job};

/// Failure of the store while a session was looked up or changed.
pub type SessionError = Trouble;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token in the cookie, hex. The token itself is never stored.
    pub token_hash: String,
    /// Staff number.
    pub person: String,
    /// When it began.
    pub created: Moment,
    /// When it was last used, exact to a minute.
    pub last_seen: Moment,
    /// When it ends at the latest.
    pub expires: Moment,
}

/// What is to change about sessions.
pub(crate) enum SessionWrite {
    /// Begin one.
    Create(Session),
    /// Note a use.
    Touch(String, Moment),
    /// End one.
    Delete(String),
    /// End all of a person but one.
    DeleteOf(String, String),
    /// Remove those that ended before.
    Sweep(Moment),
}

impl SessionWrite {
    /// Writes the change.
    pub(crate) async fn write(&self, conn: &mut AnyConnection) -> Result<(), Trouble> {
        let (text, cells) = match self {
            Self::Create(session) => (
                "INSERT INTO session (token_hash, person, created, last_seen, expires) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (token_hash) DO NOTHING",
                vec![
                    session.token_hash.as_str().into(),
                    session.person.as_str().into(),
                    session.created.0.into(),
                    session.last_seen.0.into(),
                    session.expires.0.into(),
                ],
            ),
            Self::Touch(hash, at) => ("UPDATE session SET last_seen = $2 WHERE token_hash = $1", vec![hash.as_str().into(), at.0.into()]),
            Self::Delete(hash) => ("DELETE FROM session WHERE token_hash = $1", vec![hash.as_str().into()]),
            Self::DeleteOf(person, except) => {
                ("DELETE FROM session WHERE person = $1 AND token_hash <> $2", vec![person.as_str().into(), except.as_str().into()])
            }
            Self::Sweep(now) => ("DELETE FROM session WHERE expires <= $1", vec![now.0.into()]),
        };
        sql::execute(conn, text, cells).await?;
        Ok(())
    }
}

/// Uses within this time of the last noted one are not written.
const MINUTE: i64 = 60_000_000;

impl Registry {
    /// Begins a session.
    ///
    /// # Errors
    /// [`SessionError`] if the store fails.
    pub async fn create_session(&self, session: Session) -> Result<(), SessionError> {
        self.write_session(SessionWrite::Create(session)).await
    }

    /// The session with this token hash, if there is one and `expires` has not passed. Idle time is the caller's to judge.
    ///
    /// # Errors
    /// [`SessionError`] if the store fails.
    pub async fn find_session(&self, token_hash: &str) -> Result<Option<Session>, SessionError> {
        let mut conn = self.shared().connection().await?;
        let find = "SELECT person, created, last_seen, expires FROM session WHERE token_hash = $1 AND expires > $2";
        let found = sql::fetch(&mut conn, find, vec![token_hash.into(), self.now().0.into()]).await?;
        let Some(row) = found.first() else { return Ok(None) };
        Ok(Some(Session {
            token_hash: token_hash.to_owned(),
            person: row.try_get(0)?,
            created: Moment(row.try_get(1)?),
            last_seen: Moment(row.try_get(2)?),
            expires: Moment(row.try_get(3)?),
        }))
    }

    /// Notes that a session was used just now; writes at most once a minute.
    ///
    /// # Errors
    /// [`SessionError`] if the store fails.
    pub async fn touch_session(&self, session: &Session) -> Result<(), SessionError> {
        let now = self.now();
        if now.0.saturating_sub(session.last_seen.0) < MINUTE {
            return Ok(());
        }
        self.write_session(SessionWrite::Touch(session.token_hash.clone(), now)).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`SessionError`] if the store fails.
    pub async fn delete_session(&self, token_hash: &str) -> Result<(), SessionError> {
        self.write_session(SessionWrite::Delete(token_hash.to_owned())).await
    }

    /// Ends all sessions of a person, except the one given (pass "" for none).
    ///
    /// # Errors
    /// [`SessionError`] if the store fails.
    pub async fn delete_sessions_of(&self, person: &str, except: &str) -> Result<(), SessionError> {
        self.write_session(SessionWrite::DeleteOf(person.to_owned(), except.to_owned())).await
    }

    pub(crate) async fn write_session(&self, write: SessionWrite) -> Result<(), SessionError> {
        self.ask(|answer| Job::Session(write, answer)).await.unwrap_or_else(|| Err(Trouble::closed()))
    }
}
