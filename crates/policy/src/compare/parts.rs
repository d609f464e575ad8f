//! Clauses that were split or merged: what a text lost is what another now says.

use super::clause::{Gram, Outline, ratio, shared};

/// Share of a part that must come from the whole.
const FROM_WHOLE: f32 = 0.6;
/// The same for items that stand below their whole: こと instead of a verb.
const FROM_ABOVE: f32 = 0.4;
/// Share of a part that its whole must no longer say itself, as when it became three.
const GONE: f32 = 0.4;
/// Or share of what the whole no longer says, if the part begins with its subject again.
const RECOVERED: f32 = 0.5;
/// Fewer letters than this are lost by any change of a word.
const LOST_MIN: usize = 4;
/// Up to so many pairs are all looked at; beyond, only neighbours.
const PAIRS_MAX: usize = 150_000;
/// Shorter texts are no parts.
const TELLING: usize = 8;

/// Pairs of a whole and a part of it, by their places, where the whole lives on in `rest`.
///
/// Wholes are those of the first outline that are paired with a different text; parts those of the
/// second that are paired with nothing. For merged clauses the new version has the wholes.
pub(super) fn parts(wholes: &Outline, rest: &[Option<usize>], pieces: &Outline, taken: &[Option<usize>]) -> Vec<(usize, usize)> {
    let changed: Vec<(usize, usize)> = rest.iter().enumerate().skip(1).filter_map(|(at, other)| Some((at, (*other)?))).collect();
    let differs = |(at, other): &(usize, usize)| wholes.get(*at).map(|node| &node.key) != pieces.get(*other).map(|node| &node.key);
    let changed: Vec<(usize, usize)> = changed.into_iter().filter(differs).collect();
    let open: Vec<usize> = (1..pieces.nodes.len()).filter(|at| taken.get(*at).is_some_and(Option::is_none)).collect();
    let everywhere = changed.len().saturating_mul(open.len()) <= PAIRS_MAX;
    let mut found = Vec::new();
    for piece in open {
        let near = |other: usize| {
            let parent = |at: usize| pieces.get(at).and_then(|node| node.parent);
            everywhere || parent(piece) == parent(other) || parent(piece) == Some(other) || parent(other) == Some(piece)
        };
        let of = changed
            .iter()
            .filter(|(_, other)| near(*other))
            .filter_map(|(at, other)| Some((lost(wholes, *at, pieces, *other, piece)?, *at)));
        if let Some((_, whole)) = of.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))) {
            found.push((whole, piece));
        }
    }
    found
}

/// How much of a piece the whole said before and no longer says itself, if that makes it a part.
fn lost(wholes: &Outline, whole: usize, pieces: &Outline, rest: usize, piece: usize) -> Option<f32> {
    let (whole, living, part) = (wholes.get(whole)?.pairs(), pieces.get(rest)?.pairs(), pieces.get(piece)?);
    let enough = if part.parent == Some(rest) { FROM_ABOVE } else { FROM_WHOLE };
    let letters = part.pairs();
    if part.length < TELLING || letters.len() > whole.len() * 2 {
        return None;
    }
    let from = ratio(shared(letters, whole), letters.len());
    let lost: Vec<Gram> = whole.iter().copied().filter(|gram| living.binary_search(gram).is_err()).collect();
    let here = shared(&lost, letters);
    let is_part = ratio(here, letters.len()) >= GONE || ratio(here, lost.len()) >= RECOVERED;
    (from >= enough && here >= LOST_MIN && is_part).then_some(from + ratio(here, letters.len()))
}
