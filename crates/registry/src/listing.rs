//! Lists with pages: a part of what was found, and how much there is.

use crate::Trouble;

/// Counting stops here; beyond it a list says 以上.
pub(crate) const COUNTED: u64 = 10_000;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Page, from 1.
    pub page: u32,
    /// Things on a page, at most 500.
    pub size: u32,
}

impl Default for Paging {
    fn default() -> Self {
        Self { page: 1, size: 50 }
    }
}

/// How many things were found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// Exact up to 10,000.
    pub count: u64,
    /// Whether there are more than that.
    pub more: bool,
}

impl std::fmt::Display for Total {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}件{}", self.count, if self.more { "以上" } else { "" })
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<T> {
    /// What lies on this page.
    pub items: Vec<T>,
    /// How many were found in all.
    pub total: Total,
    /// Which page this is.
    pub paging: Paging,
}

impl<T> Listing<T> {
    /// How many pages can be asked for.
    #[must_use]
    pub fn pages(&self) -> u32 {
        let size = u64::from(self.paging.size.max(1));
        u32::try_from(self.total.count.div_ceil(size)).unwrap_or(u32::MAX).max(1)
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// By number.
    #[default]
    Number,
    /// By number, last first.
    NumberDown,
    /// By name or title.
    Name,
    /// Last changed first.
    Changed,
    /// By due date, earliest first; without one last.
    Due,
}

/// Everything a filter finds, in order of number, a chunk at a time: for export.
pub struct Stream<T> {
    receiver: tokio::sync::mpsc::Receiver<Result<Vec<T>, Trouble>>,
}

impl<T> Stream<T> {
    /// A stream of nothing.
    pub(crate) fn empty() -> Self {
        Self { receiver: tokio::sync::mpsc::channel(1).1 }
    }

    /// The next chunk, `None` at the end.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails; the stream ends there.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Trouble> {
        self.receiver.recv().await.transpose()
    }
}
