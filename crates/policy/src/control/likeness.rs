//! Which control a passage is most like, by the pairs and triples of characters it shares with what
//! is written about each control: for sentences whose words no cue foresees.
//!
//! Plain TF–IDF with cosine similarity. What everybody writes (endings, names of roles) says nothing
//! about the matter and is taken away first.

use std::collections::HashMap;

use super::{Control, Kind, Passage};
use crate::{
    obligation::Modality,
    tree::chars::{is_hiragana, squeeze},
};

/// Words that stand in sentences about anything.
const COMMON: [&str; 20] = [
    "しなければならない",
    "なければならない",
    "してはならない",
    "ものとする",
    "情報セキュリティ",
    "責任者",
    "管理者",
    "担当者",
    "職員等",
    "こと",
    "場合",
    "とき",
    "統括",
    "部局",
    "最高",
    "委員会",
    "次の",
    "当該",
    "行う",
    "必要",
];
/// Weight of headings, nearest first.
const HEADINGS: [f32; 3] = [0.7, 0.5, 0.3];
/// Likeness from which a control is taken.
pub(super) const ENOUGH: f32 = 0.24;

/// Two or three characters in a row, packed.
type Gram = u64;

/// What is written about all controls.
#[derive(Debug, Clone, Default)]
pub(super) struct Likeness {
    /// Rarity of a gram among the controls.
    rarity: HashMap<Gram, f32>,
    /// Controls that a gram speaks for, each with its share.
    speaks: HashMap<Gram, Vec<(usize, f32)>>,
    /// Whether leave for it is asked on a form of its own, by control.
    formed: Vec<bool>,
}

impl Likeness {
    /// From the texts about each control, and whether it has a form, in the order of the controls.
    pub(super) fn new<'t>(about: impl Iterator<Item = (Vec<&'t str>, bool)>) -> Self {
        let mut formed = Vec::new();
        let counted: Vec<HashMap<Gram, f32>> = about
            .map(|(texts, form)| {
                formed.push(form);
                let mut counts = HashMap::new();
                for text in texts {
                    count(text, 1.0, &mut counts);
                }
                counts
            })
            .collect();
        let mut holders: HashMap<Gram, f32> = HashMap::new();
        for gram in counted.iter().flat_map(HashMap::keys) {
            *holders.entry(*gram).or_default() += 1.0;
        }
        let all = f32::from(u16::try_from(counted.len()).unwrap_or(u16::MAX)) + 1.0;
        let rarity: HashMap<Gram, f32> = holders.into_iter().map(|(gram, holders)| (gram, (all / (holders + 0.5)).ln())).collect();
        let mut likeness = Self { rarity, speaks: HashMap::new(), formed };
        for (control, counts) in counted.into_iter().enumerate() {
            for (gram, share) in likeness.weigh(counts) {
                likeness.speaks.entry(gram).or_default().push((control, share));
            }
        }
        likeness
    }

    /// Weights of counted grams, scaled to length one; in order, so that sums always come out the same.
    fn weigh(&self, counts: HashMap<Gram, f32>) -> Vec<(Gram, f32)> {
        let mut weights: Vec<(Gram, f32)> =
            counts.into_iter().filter_map(|(gram, n)| Some((gram, (1.0 + n.ln()).max(0.1) * self.rarity.get(&gram)?))).collect();
        weights.sort_by_key(|(gram, _)| *gram);
        let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        weights.iter_mut().for_each(|(_, weight)| *weight /= length);
        weights
    }

    /// How like a passage is to each control, most like first; those not at all like it are left out.
    pub(super) fn rank(&self, controls: &[Control], passage: &Passage<'_>) -> Vec<(usize, f32)> {
        let mut counts = HashMap::new();
        count(passage.sentence, 1.0, &mut counts);
        for (text, weight) in passage.headings.iter().zip(HEADINGS).chain(passage.lead.iter().zip(HEADINGS)) {
            let mut around = HashMap::new();
            count(text, 1.0, &mut around);
            for gram in around.into_keys() {
                counts.entry(gram).or_insert(weight);
            }
        }
        let mut likeness: HashMap<usize, f32> = HashMap::new();
        for (gram, weight) in self.weigh(counts) {
            for (control, share) in self.speaks.get(&gram).into_iter().flatten() {
                *likeness.entry(*control).or_default() += weight * share;
            }
        }
        let mut ranked: Vec<(usize, f32)> =
            likeness.into_iter().filter_map(|(at, like)| Some((at, like + self.fit(at, controls.get(at)?.kind, passage)))).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked
    }

    /// How well a kind of control fits what the sentence does: asks for leave, tells somebody, forbids.
    fn fit(&self, at: usize, kind: Kind, passage: &Passage<'_>) -> f32 {
        let says = |words: &[&str]| words.iter().any(|word| passage.sentence.contains(word));
        let permit = says(&["許可を", "承認を", "同意を", "許可なく", "申請", "許可が"]);
        let report = says(&["報告", "通知", "通報", "知らせ", "連絡し"]);
        let formed = self.formed.get(at).copied().unwrap_or(false);
        match kind {
            _ if permit && formed => 0.12,
            Kind::Permit => -0.05,
            Kind::Report if report => 0.08,
            Kind::Prohibition if passage.modality == Modality::Prohibition => 0.08,
            Kind::Prohibition => -0.06,
            Kind::Document | Kind::Appoint if passage.modality == Modality::Declaration => 0.05,
            _ => 0.0,
        }
    }
}

/// Counts the grams of a text, but for those of hiragana alone.
fn count(text: &str, weight: f32, counts: &mut HashMap<Gram, f32>) {
    let mut text = squeeze(text);
    for word in COMMON {
        text = text.replace(word, "/");
    }
    let plain = |c: &char| !"、。()「」・*-".contains(*c);
    for piece in text.split('/') {
        let chars: Vec<char> = piece.chars().filter(plain).collect();
        for gram in chars.windows(2).chain(chars.windows(3)).filter(|gram| !gram.iter().all(|c| is_hiragana(*c))) {
            let packed = gram.iter().fold(0, |packed, c| packed << 21 | u64::from(u32::from(*c)));
            *counts.entry(packed).or_default() += weight;
        }
    }
}
