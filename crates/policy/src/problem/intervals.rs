//! 「定期的に」 without an interval.

use super::{Kind, Problem, Sources, place::Places};
use crate::model::{Cadence, Model};

/// Duties that recur without saying how often.
pub(super) fn check(model: &Model, sources: &Sources<'_>, places: &Places<'_>) -> Vec<Problem> {
    let open = model.duties.iter().filter(|duty| duty.cadence == Cadence::Unstated);
    open.filter_map(|duty| {
        let source = sources.get(&(duty.cite.clause.as_str(), duty.cite.n))?;
        let words = ["定期的", "定期", "随時", "定例"].into_iter().find(|words| source.text.contains(words))?;
        let at = source.text.find(words)?;
        let context = source.text.get(at..).unwrap_or(words).chars().take(8).collect::<String>();
        let (line, column) = places.find(duty.cite.line, &context);
        Some(Problem {
            kind: Kind::NoInterval,
            line,
            column,
            clause: duty.cite.clause.clone(),
            message: format!("「{words}」とありますが、間隔が定められていません。「年1回」「半年ごと」のように間隔を定めてください。定めがないままでは、期限を管理できません。"),
        })
    })
    .collect()
}
