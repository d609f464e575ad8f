//! How plausible a reading is as Japanese.

use super::Decoded;

/// As many letters beyond ASCII as are looked at.
const SAMPLE: usize = 20_000;

/// Points of a reading; above zero it may be believed.
pub(super) fn score(reading: &Decoded) -> i64 {
    // A part of a long text tells as much as the whole; what cannot be read counts everywhere.
    let sample = || reading.text.chars().filter(|c| !c.is_ascii()).take(SAMPLE);
    let seen = sample().filter(|c| *c == char::REPLACEMENT_CHARACTER).count() as u64;
    let unseen = i64::try_from(reading.bad.saturating_sub(seen)).unwrap_or(i64::MAX);
    let points = sample().map(points).sum::<i64>().saturating_sub(unseen.saturating_mul(20));
    // CP932 is by far the commonest, so that a tie goes to it; `max_by_key` takes the last of equals, hence by a point.
    points.saturating_add(i64::from(reading.charset == super::Charset::CP932 && points > 0))
}

/// Whether there is Japanese in a text.
pub(super) fn japanese(text: &str) -> bool {
    text.chars().filter(|c| !c.is_ascii()).take(SAMPLE).map(points).sum::<i64>() > 0
}

/// Whether a text that is valid UTF-8 reads like nothing that anybody writes.
pub(super) fn implausible(text: &str) -> bool {
    let mut odd = 0_usize;
    let mut all = 0_usize;
    for c in text.chars().filter(|c| !c.is_ascii()).take(SAMPLE) {
        all += 1;
        odd += usize::from(matches!(c, '\u{80}'..='\u{9f}' | '\u{180}'..='\u{36f}' | '\u{500}'..='\u{7ff}' | '\u{e000}'..='\u{f8ff}'));
    }
    odd * 2 > all
}

fn points(c: char) -> i64 {
    match c {
        '\u{fffd}' => -20,
        '\u{80}'..='\u{9f}' => -10,
        // Hiragana.
        '\u{3041}'..='\u{309f}' => 4,
        // Katakana, punctuation and full-width letters.
        '\u{30a0}'..='\u{30ff}' | '\u{3000}'..='\u{3020}' | '\u{ff01}'..='\u{ff60}' => 3,
        // Half-width kana are one byte each.
        '\u{ff61}'..='\u{ff9f}' => 1,
        '\u{4e00}'..='\u{9fff}' if common(c) => 3,
        '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => -1,
        '\u{e000}'..='\u{f8ff}' => -3,
        '\u{2010}'..='\u{2027}' | '\u{2190}'..='\u{21ff}' | '\u{2460}'..='\u{25ff}' | '\u{3200}'..='\u{33ff}' => 2,
        _ => -1,
    }
}

/// Whether a kanji is of the first level, which holds nearly all that is written.
fn common(c: char) -> bool {
    let mut buffer = [0; 4];
    let (bytes, _, _) = encoding_rs::EUC_JP.encode(c.encode_utf8(&mut buffer));
    matches!(bytes.as_ref(), [0xb0..=0xcf, _])
}
