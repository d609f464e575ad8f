use crate::{
    Hold, Reason,
    job::{Built, Job},
};
pub(super) fn rebuild(_: &mut Job<'_>, _: &[u8]) -> Result<Built, Hold> {
    Err(Hold::new(Reason::UnsupportedKind, "cab"))
}
