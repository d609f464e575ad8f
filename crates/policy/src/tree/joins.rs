//! Signs that a line goes on with the one before, and what a page break leaves behind.

use super::{
    chars::{is_hiragana, is_japanese, is_katakana},
    lines::Line,
};

/// A comma after hiragana divides clauses of a sentence (…は、…に、); after a noun it lists nouns.
pub(super) fn clause_comma(text: &str) -> bool {
    let mut last = ' ';
    for c in text.chars() {
        if c == '、' && is_hiragana(last) && !matches!(last, 'や' | 'ら' | 'び' | 'け' | 'き' | 'み' | 'い' | 'り' | 'え' | 'め')
        {
            return true;
        }
        last = c;
    }
    false
}

/// A page break sometimes prints the last katakana twice: セ / セキュリティ.
pub(super) fn without_doubled<'a>(before: &str, after: &'a str) -> &'a str {
    let lengths = after.char_indices().map(|(at, c)| (at + c.len_utf8(), c)).take(3);
    let kana = lengths.take_while(|(_, c)| is_katakana(*c));
    let doubled = kana.filter_map(|(end, _)| after.split_at_checked(end)).filter(|(start, _)| before.ends_with(start) && *start != "ー");
    doubled.last().map_or(after, |(_, rest)| rest)
}

/// Removes footnote asterisks behind words (冗長化*, 端末^{*}).
pub(super) fn mend(text: &str) -> String {
    if !text.contains(['*', '＊', ',', '，', '．']) {
        return text.to_owned();
    }
    let text = text.replace("^{*}", "").replace("\\*", "*").replace(['*', '＊'], "");
    // Some texts are punctuated with commas; the sentences are read by 、 and 。.
    let mut before = ' ';
    let mended = text.chars().map(|c| {
        let closes = is_japanese(before) || matches!(before, '」' | '）' | ')');
        let mark = match c {
            ',' | '，' if closes => '、',
            '．' if closes => '。',
            other => other,
        };
        before = c;
        mark
    });
    mended.collect()
}

pub(super) fn ends(text: &str) -> bool {
    text.ends_with(['。', '．', '：', ':', '？', '」']) || text.ends_with("。）") || text.ends_with("。)")
}

/// Whether a bracket is still open.
pub(super) fn unbalanced(text: &str) -> bool {
    let mut depth = 0_i32;
    for c in text.chars() {
        match c {
            '(' | '（' | '「' | '『' => depth += 1,
            ')' | '）' | '」' | '』' => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}

/// Whether a line begins with what cannot begin a sentence: a particle or the tail of a verb.
pub(super) fn starts_inside(text: &str) -> bool {
    const PARTICLES: &str = "、。）ー」をんっょゃゅッョャュンにはがへめれるりせけて";
    let mut chars = text.chars();
    let (first, second) = (chars.next(), chars.next());
    let tail = first == Some('た') && second.is_some_and(|c| "上め場者情後、".contains(c));
    tail || (second.is_some() && first.is_some_and(|c| PARTICLES.contains(c)))
}

/// Line width of a source whose paragraphs were wrapped at a fixed column.
pub(super) fn wrap_width(lines: &[Line<'_>]) -> Option<usize> {
    let mut widths: Vec<usize> =
        lines.iter().filter(|l| !l.body.is_empty() && !l.contents).map(|l| l.indent + l.body.chars().count()).collect();
    widths.sort_unstable();
    let top = *widths.get(widths.len().checked_sub(1 + widths.len() / 50)?)?;
    let near = widths.iter().filter(|w| **w + 2 >= top && **w <= top).count();
    ((18..=90).contains(&top) && near >= 5 && near * 100 >= widths.len() * 15).then_some(top)
}
