//! Sessions of signed-in people. They are no facts of the ledger; signing in and out are.

use office::calendar::Moment;

use crate::{Registry, Trouble};

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

impl Registry {
    /// Begins a session.
    ///
    /// # Errors
    /// [`SessionError`] if the store fails.
    pub async fn create_session(&self, _session: Session) -> Result<(), SessionError> {
        Err(Trouble::closed())
    }

    /// The session with this token hash, if there is one and `expires` has not passed. Idle time is the caller's to judge.
    ///
    /// # Errors
    /// [`SessionError`] if the store fails.
    pub async fn find_session(&self, _token_hash: &str) -> Result<Option<Session>, SessionError> {
        Err(Trouble::closed())
    }

    /// Notes that a session was used just now; writes at most once a minute.
    ///
    /// # Errors
    /// [`SessionError`] if the store fails.
    pub async fn touch_session(&self, _session: &Session) -> Result<(), SessionError> {
        Err(Trouble::closed())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`SessionError`] if the store fails.
    pub async fn delete_session(&self, _token_hash: &str) -> Result<(), SessionError> {
        Err(Trouble::closed())
    }

    /// Ends all sessions of a person, except the one given (pass "" for none).
    ///
    /// # Errors
    /// [`SessionError`] if the store fails.
    pub async fn delete_sessions_of(&self, _person: &str, _except: &str) -> Result<(), SessionError> {
        Err(Trouble::closed())
    }
}
