//! The machine's clock and source of chance: the only place that reads them.

use std::sync::Arc;

use office::calendar::Moment;
use registry::{Chance, Clock};

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "the binary hands the clock to everything else")]
pub(crate) fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The clock as the registry takes it.
pub(crate) fn clock() -> Clock {
    Arc::new(now)
}

/// The operating system's source of chance. Without one no secret can be made, so the process ends.
pub(crate) fn chance() -> Chance {
    Arc::new(|buffer: &mut [u8]| {
        if let Err(cause) = getrandom::fill(buffer) {
            eprintln!("乱数を得られないため終了します: {cause}");
            std::process::exit(1);
        }
    })
}

/// As many bytes of chance as the array holds.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    chance()(&mut bytes);
    bytes
}
