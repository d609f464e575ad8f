//! The clock by which workers and scanners are stopped; nothing else depends on it.

use std::time::Instant;

/// Now.
#[expect(clippy::disallowed_methods, reason = "deadlines of other processes; no answer depends on the time but whether one came")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
