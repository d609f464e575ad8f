//! Which controls a passage speaks of: the cues whose words all occur in it, rare words weighing most.

use std::collections::HashMap;

use super::{Control, Kind};
use crate::{obligation::Modality, tree::chars::squeeze};

/// A norm with what surrounds it.
#[derive(Debug, Clone)]
pub(crate) struct Passage<'a> {
    /// The part of the sentence that is the norm.
    pub(crate) act: &'a str,
    /// The whole sentence.
    pub(crate) sentence: &'a str,
    /// Headings above it, nearest first.
    pub(crate) headings: Vec<&'a str>,
    /// The sentence that announces it as an item.
    pub(crate) lead: Option<&'a str>,
    /// The control of that sentence.
    pub(crate) above: Option<&'a str>,
    /// Whether it is a listed noun phrase, which says little by itself.
    pub(crate) item: bool,
    pub(crate) modality: Modality,
}

/// Words of all cues, found in one pass over a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Matcher {
    words: Vec<Word>,
    /// For each character of the basic plane, which list of words begins with it; 0 for none.
    first: Vec<u16>,
    /// Lists of words with the same first character.
    starts: Vec<Vec<usize>>,
    cues: Vec<Cue>,
}

#[derive(Debug, Clone)]
struct Word {
    text: String,
    weight: f32,
    cues: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Cue {
    control: usize,
    words: Vec<usize>,
}

/// Weight of what stands in the act, elsewhere in the sentence, in the lead.
const ACT: f32 = 1.0;
const SENTENCE: f32 = 0.7;
const LEAD: f32 = 0.5;
const HEADINGS: [f32; 4] = [0.6, 0.45, 0.35, 0.2];
/// The least a control must score.
const THRESHOLD: f32 = 1.4;
/// What counts as nearly as good as the best.
const NEAR: f32 = 0.8;

impl Matcher {
    pub(super) fn new(controls: &[Control]) -> Self {
        let mut matcher = Matcher { first: vec![0; 0x1_0000], ..Matcher::default() };
        let mut known: HashMap<String, usize> = HashMap::new();
        for (control, entry) in controls.iter().enumerate() {
            for cue in &entry.cues {
                let at = matcher.cues.len();
                let mut words = Vec::new();
                for text in cue.split(' ').map(squeeze).filter(|text| !text.is_empty()) {
                    let word = *known.entry(text.clone()).or_insert_with(|| {
                        matcher.words.push(Word { text, weight: 0.0, cues: Vec::new() });
                        matcher.words.len() - 1
                    });
                    words.push(word);
                    if let Some(word) = matcher.words.get_mut(word) {
                        word.cues.push(at);
                    }
                }
                matcher.cues.push(Cue { control, words });
            }
        }
        matcher.weigh();
        matcher
    }

    /// A word weighs the more the fewer cues use it, and the longer it is.
    fn weigh(&mut self) {
        let float = |n: usize| f32::from(u16::try_from(n).unwrap_or(u16::MAX));
        let all = float(self.cues.len()).max(2.0);
        for (at, word) in self.words.iter_mut().enumerate() {
            let length = float(word.text.chars().count().min(12));
            word.weight = (all / float(word.cues.len().max(1))).ln() / all.ln() + 0.12 * length;
            let Some(slot) = word.text.chars().next().and_then(|c| self.first.get_mut(c as usize)) else { continue };
            if *slot == 0 {
                self.starts.push(Vec::new());
                *slot = u16::try_from(self.starts.len()).unwrap_or(0);
            }
            if let Some(list) = usize::from(*slot).checked_sub(1).and_then(|list| self.starts.get_mut(list)) {
                list.push(at);
            }
        }
    }

    /// Controls by falling score.
    pub(super) fn find(&self, controls: &[Control], passage: &Passage<'_>) -> Vec<usize> {
        let mut hits = Hits { places: vec![0.0; self.words.len()], found: Vec::new() };
        self.mark(passage.act, ACT, &mut hits);
        if passage.sentence.len() > passage.act.len() {
            self.mark(passage.sentence, SENTENCE, &mut hits);
        }
        for (heading, weight) in passage.headings.iter().zip(HEADINGS) {
            self.mark(heading, weight, &mut hits);
        }
        if let Some(lead) = passage.lead {
            self.mark(lead, LEAD, &mut hits);
        }
        let mut scores: HashMap<usize, f32> = HashMap::new();
        let mut seen = vec![false; self.cues.len()];
        for word in hits.found.iter().filter_map(|at| self.words.get(*at)) {
            for at in &word.cues {
                if seen.get_mut(*at).is_none_or(|seen| std::mem::replace(seen, true)) {
                    continue;
                }
                if let Some((control, score)) =
                    self.cues.get(*at).and_then(|cue| Some((cue.control, self.score(cue, &hits.places, passage.item)?)))
                {
                    let best = scores.entry(control).or_insert(0.0);
                    *best = best.max(score) + 0.1 * best.min(score);
                }
            }
        }
        rank(controls, scores, passage)
    }

    /// Score of a cue whose words all occur, at least one of them in the sentence itself.
    fn score(&self, cue: &Cue, places: &[f32], item: bool) -> Option<f32> {
        let (mut total, mut own) = (0.0, false);
        for at in &cue.words {
            let place = places.get(*at).filter(|place| **place > 0.0)?;
            own |= *place >= SENTENCE;
            total += place * self.words.get(*at)?.weight;
        }
        (own || item).then_some(total)
    }

    fn mark(&self, text: &str, weight: f32, hits: &mut Hits) {
        let text = squeeze(text);
        for (start, c) in text.char_indices() {
            let Some(list) = self.first.get(c as usize).and_then(|slot| usize::from(*slot).checked_sub(1)) else { continue };
            let rest = text.get(start..).unwrap_or("");
            for at in self.starts.get(list).into_iter().flatten() {
                if self.words.get(*at).is_some_and(|word| rest.starts_with(&word.text)) {
                    hits.note(*at, weight);
                }
            }
        }
    }
}

/// Where each word was found, at its best.
struct Hits {
    places: Vec<f32>,
    found: Vec<usize>,
}

impl Hits {
    fn note(&mut self, word: usize, weight: f32) {
        let Some(place) = self.places.get_mut(word) else { return };
        if *place == 0.0 {
            self.found.push(word);
        }
        *place = place.max(weight);
    }
}

fn rank(controls: &[Control], scores: HashMap<usize, f32>, passage: &Passage<'_>) -> Vec<usize> {
    let group = |id: &str| id.split('.').next().unwrap_or(id).to_owned();
    let above = passage.above.map(group);
    let mut ranked: Vec<(usize, f32)> = scores
        .into_iter()
        .filter_map(|(at, score)| {
            let control = controls.get(at)?;
            let fits = match (control.kind, passage.modality) {
                (Kind::Prohibition, Modality::Prohibition) | (Kind::Permit, Modality::Permission) => 0.3,
                (Kind::Prohibition, Modality::Duty | Modality::Effort) | (Kind::Permit, Modality::Declaration) => -0.2,
                _ => 0.0,
            };
            let family = if passage.item && above.as_deref() == Some(group(&control.id).as_str()) { 1.0 } else { 0.0 };
            Some((at, score + fits + family))
        })
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let best = ranked.first().map_or(0.0, |(_, score)| *score);
    ranked.retain(|(_, score)| *score >= THRESHOLD && *score >= best * NEAR);
    ranked.truncate(4);
    ranked.into_iter().map(|(at, _)| at).collect()
}
