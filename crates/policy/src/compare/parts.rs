//! Clauses that were split or merged: what a text lost is what another now says.

use super::clause::{Gram, Outline, ratio, shared};

/// Share of a part that must come from the whole.
const FROM_WHOLE: f32 = 0.6;
/// Share of a part that its whole must no longer say itself.
const GONE: f32 = 0.4;
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

/// The share of a piece that the whole said before and no longer says itself, if that makes it a part.
fn lost(wholes: &Outline, whole: usize, pieces: &Outline, rest: usize, piece: usize) -> Option<f32> {
    let (whole, rest, piece) = (wholes.get(whole)?, pieces.get(rest)?, pieces.get(piece)?);
    if piece.length < TELLING || piece.grams.len() > whole.grams.len() * 2 {
        return None;
    }
    let all = piece.grams.len();
    let from = shared(&piece.grams, &whole.grams);
    let said: Vec<Gram> = piece.grams.iter().copied().filter(|gram| rest.grams.binary_search(gram).is_err()).collect();
    let gone = ratio(shared(&said, &whole.grams), all);
    (ratio(from, all) >= FROM_WHOLE && gone >= GONE).then_some(gone)
}
