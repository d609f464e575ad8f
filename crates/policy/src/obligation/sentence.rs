//! Paragraphs → sentences → acts: one sentence may hold two norms (…を行い、…の場合には…する).

use super::actors::is_actor;
use crate::tree::chars::{digit, is_hiragana, is_space};

/// Bytes beyond which a run without a full stop is no sentence.
const LONGEST: usize = 6_000;

fn is_stop(c: char) -> bool {
    matches!(c, '。' | '｡' | '．')
}

/// Sentences of a text; a full stop inside brackets does not end one.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '（' | '「' | '『' => depth += 1,
            ')' | '）' | '」' | '』' => depth = depth.saturating_sub(1),
            '。' | '｡' | '．' if depth == 0 && !(c == '．' && followed_by_digit(text, at)) => {
                let end = at + c.len_utf8();
                found.extend(text.get(start..end));
                start = end;
            }
            _ => {}
        }
    }
    found.extend(text.get(start..));
    found.retain_mut(|sentence| {
        *sentence = sentence.trim_matches(is_space);
        !sentence.is_empty() && sentence.len() <= LONGEST
    });
    found
}

fn followed_by_digit(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().nth(1)).is_some_and(|c| digit(c).is_some())
}

/// The acts of a sentence that are norms of their own.
pub(super) fn acts(sentence: &str) -> Vec<&str> {
    let mut acts = Vec::new();
    let mut rest = sentence;
    while let Some(at) = boundary(rest) {
        let Some((act, after)) = rest.split_at_checked(at) else { break };
        acts.push(act);
        rest = after.trim_start_matches('、');
    }
    acts.push(rest);
    acts
}

/// Where the first act ends, if another begins.
fn boundary(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '（' | '「' => depth += 1,
            ')' | '）' | '」' => depth -= 1,
            '、' if depth == 0 => {
                let (left, right) = text.split_at_checked(at)?;
                if divides(left, right.trim_start_matches('、')) {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn divides(left: &str, right: &str) -> bool {
    // 副市長をもって責任者とし、…: an appointment, then what the appointed does.
    if let Some(named) = left.strip_suffix("とし") {
        let office = is_actor(last_run(named).1) || named.ends_with("組織");
        return office && (named.contains("をもって") || named.contains('を')) && !right.is_empty();
    }
    if left.ends_with("とともに") {
        let last = right.rsplit('、').next().unwrap_or(right);
        let effort = right.contains("努め") && !left.contains("努め");
        return effort || (left.contains("報告") && !last.contains("報告"));
    }
    if left.ends_with("を指名し") {
        return right.contains("監査") || right.contains("定期");
    }
    let active = (left.ends_with('し') && !left.ends_with("に対し") && !left.ends_with("なし"))
        || left.ends_with("行い")
        || left.ends_with("ておき");
    if left == "ただし" || !active || right.starts_with("又は") || right.starts_with("及び") {
        return false;
    }
    if left.ends_with("を行い") && ["を行う。", "を行うものとする。", "を行うこととする。"].iter().any(|end| right.ends_with(end))
    {
        return true;
    }
    right.starts_with("定期") || condition_first(right)
}

/// Whether a text begins with a condition of its own: …場合には, …時には.
fn condition_first(text: &str) -> bool {
    let clause = text.split_inclusive('、').next().unwrap_or(text);
    let clause = clause.get(..clause.find("場合").map_or(clause.len(), |at| at + "場合には".len()).min(clause.len())).unwrap_or(clause);
    let opens = ["場合に", "場合は", "場合、", "時には、", "時は、"].iter().any(|word| clause.contains(word));
    let earlier = clause.find("場合").or_else(|| clause.find("時に")).and_then(|at| clause.get(..at)).unwrap_or("");
    opens && !earlier.is_empty() && !earlier.contains("又は")
}

/// A sentence without its full stop and closing brackets.
pub(super) fn bare(sentence: &str) -> &str {
    let mut text = sentence.trim_end_matches(|c| is_space(c) || is_stop(c));
    while text.ends_with([')', '）']) {
        let Some(at) = text.rfind(['(', '（']) else { break };
        text = text.get(..at).unwrap_or("").trim_end_matches('。');
    }
    text
}

/// The last words of an act, which carry its modality.
pub(super) fn cue(act: &str) -> &str {
    let text = act.trim_end_matches(|c| is_space(c) || is_stop(c));
    let long = text.char_indices().rev().nth(15).map_or(0, |(at, _)| at);
    let tail = text.get(long..).unwrap_or(text);
    let cut = tail.rfind(['、', '）', ')']).map_or(0, |at| at + tail.get(at..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8));
    let short = tail.get(cut..).filter(|short| short.chars().count() >= 4).unwrap_or(tail);
    if cut > 0 || long == 0 { short } else { word_start(short) }
}

/// A text from its first whole word on: the cut may have gone through a compound.
fn word_start(text: &str) -> &str {
    let mut inside = false;
    for (at, c) in text.char_indices() {
        if inside && !is_hiragana(c) {
            return text.get(at..).filter(|rest| rest.chars().count() >= 4).unwrap_or(text);
        }
        inside = is_hiragana(c);
    }
    text
}

/// The run of kanji, katakana and letters at the end of a text, and what stands before it.
pub(super) fn last_run(text: &str) -> (&str, &str) {
    let plain = |c: char| !is_hiragana(c) && !is_space(c) && (c.is_alphanumeric() || matches!(c, 'ー' | '々' | '・'));
    let at = text.char_indices().rev().take_while(|(_, c)| plain(*c)).last().map_or(text.len(), |(at, _)| at);
    text.split_at_checked(at).unwrap_or((text, ""))
}
