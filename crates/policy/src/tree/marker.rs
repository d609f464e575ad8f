//! Reading the number at the start of a line: 第3条, 1, (1), ア, (ア), ①, a … with all that it may stand for.

use super::chars::{digit, fold, is_hiragana, is_japanese, is_space, kanji_digit, squeeze};

/// A kind of numbering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Family {
    /// 第1編.
    Part,
    /// 第1章.
    Chapter,
    /// 第1節.
    Section,
    /// 第1款.
    Subsection,
    /// 第1条.
    Article,
    /// 第1 without a unit, as in 要綱.
    Ordinal,
    /// 第1項 written out.
    Paragraph,
    /// `1`.
    Number,
    /// `1.2`, `1-2`, by depth.
    Decimal(u8),
    /// `1)`.
    HalfNumber,
    /// `(1)`.
    ParenNumber,
    /// `一`.
    Kanji,
    /// `(一)`.
    ParenKanji,
    /// `ア`.
    Kana,
    /// `イロハ`.
    Iroha,
    /// `(ア)`.
    ParenKana,
    /// `(イ)(ロ)`.
    ParenIroha,
    /// `a`.
    Alpha,
    /// `(a)`.
    ParenAlpha,
    /// `ⅰ`.
    Roman,
    /// `(ⅰ)`.
    ParenRoman,
    /// `①`.
    Circled,
    /// ・, －, ○ and other signs without a number.
    Bullet(char),
    /// 附則, 別表, 用語集 and other parts without a number in the sequence.
    Special(Special),
}

/// Parts that stand outside the numbering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Special {
    /// 附則.
    Supplement,
    /// 別表, 別紙, 様式.
    Annex,
    /// 用語集.
    Glossary,
    /// 改定履歴.
    History,
    /// A second document in the same file: 情報セキュリティ対策基準 after the 基本方針.
    Title,
}

/// One way to read a marker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reading<'a> {
    pub(crate) family: Family,
    /// Place in its sequence, from 1; 0 if it is to be taken from the sequence (a misread kana).
    pub(crate) ord: u32,
    /// 第5条の2: 2.
    pub(crate) sub: u32,
    /// Numbers before the last of `1.2.3`, in base 1000.
    pub(crate) prefix: u32,
    /// How doubtful the reading is by itself.
    pub(crate) cost: f32,
    /// The text after the marker.
    pub(crate) rest: &'a str,
}

/// The marker of a line with its readings, most literal first.
#[derive(Debug, Clone)]
pub(crate) struct Marker<'a> {
    /// The marker as written.
    pub(crate) token: &'a str,
    pub(crate) readings: Vec<Reading<'a>>,
    /// What it costs to take the line for plain text.
    pub(crate) as_text: f32,
}

const KANA: &str = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン";
const IROHA: &str = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス";
const SMALL_KANA: &str = "ァィゥェォ";
/// Kanji that are misread katakana.
const LOOKALIKES: [(char, char); 8] =
    [('工', 'エ'), ('力', 'カ'), ('口', 'ロ'), ('八', 'ハ'), ('夕', 'タ'), ('卜', 'ト'), ('ニ', 'ニ'), ('才', 'オ')];

fn place(list: &str, c: char) -> Option<u32> {
    list.chars().zip(1..).find(|(k, _)| *k == c).map(|(_, n)| n)
}

/// The label of a number within its family, as used in a path.
pub(crate) fn label(family: Family, ord: u32, sub: u32, token: &str) -> String {
    let nth = |list: &str| list.chars().nth(ord.saturating_sub(1) as usize).unwrap_or('?').to_string();
    let letter = || u8::try_from(ord).ok().and_then(|n| char::from_u32(96 + u32::from(n.min(26)))).unwrap_or('?').to_string();
    let suffix = if sub > 0 { format!("の{sub}") } else { String::new() };
    match family {
        Family::Part => format!("第{ord}編"),
        Family::Chapter => format!("第{ord}章{suffix}"),
        Family::Section => format!("第{ord}節{suffix}"),
        Family::Subsection => format!("第{ord}款{suffix}"),
        Family::Article => format!("第{ord}条{suffix}"),
        Family::Ordinal => format!("第{ord}{suffix}"),
        Family::Paragraph => format!("第{ord}項{suffix}"),
        Family::Number => ord.to_string(),
        Family::Decimal(_) => decimal_label(token),
        Family::HalfNumber => format!("{ord})"),
        Family::ParenNumber => format!("({ord})"),
        Family::Kanji => kanji_label(ord),
        Family::ParenKanji => format!("({})", kanji_label(ord)),
        Family::Kana => nth(KANA),
        Family::Iroha => nth(IROHA),
        Family::ParenKana => format!("({})", nth(KANA)),
        Family::ParenIroha => format!("({})", nth(IROHA)),
        Family::Alpha => letter(),
        Family::ParenAlpha => format!("({})", letter()),
        Family::Roman if token.contains(|c: char| c.is_uppercase()) => {
            char::from_u32(0x215f + ord).map_or_else(|| ord.to_string(), String::from)
        }
        Family::Roman => roman_label(ord),
        Family::ParenRoman => format!("({})", roman_label(ord)),
        Family::Circled => char::from_u32(0x245f + ord).filter(|_| ord <= 20).map_or_else(|| format!("({ord})"), String::from),
        Family::Bullet(sign) => format!("{sign}{ord}"),
        Family::Special(_) => special_label(token),
    }
}

fn decimal_label(token: &str) -> String {
    let folded: String = squeeze(token).chars().map(|c| if is_dash(c) { '-' } else { c }).collect();
    folded.trim_end_matches(['.', ')', '、']).to_owned()
}

fn special_label(token: &str) -> String {
    let name = squeeze(token);
    if name == "付則" { "附則".to_owned() } else { name.replace('/', "／") }
}

fn kanji_label(ord: u32) -> String {
    let unit = |n: u32| "〇一二三四五六七八九".chars().nth(n as usize).unwrap_or('?').to_string();
    match (ord / 10, ord % 10) {
        (0, n) => unit(n),
        (1, 0) => "十".to_owned(),
        (1, n) => format!("十{}", unit(n)),
        (t, 0) => format!("{}十", unit(t)),
        (t, n) => format!("{}十{}", unit(t), unit(n)),
    }
}

fn roman_label(ord: u32) -> String {
    ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"]
        .get(ord.saturating_sub(1) as usize)
        .map_or_else(|| ord.to_string(), |s| (*s).to_owned())
}

fn roman(text: &str) -> Option<u32> {
    let mut chars = text.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        let n = match c {
            '\u{2160}'..='\u{216b}' => c as u32 - 0x215f,
            '\u{2170}'..='\u{217b}' => c as u32 - 0x216f,
            _ => 0,
        };
        if n > 0 {
            return Some(n);
        }
    }
    let low: String = text.chars().map(|c| fold(c).to_ascii_lowercase()).collect();
    (1..=12).find(|n| roman_label(*n) == low)
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '－' | '―' | '‐' | '−' | '–' | '—' | 'ー' | '‑')
}

/// Reads the marker at the start of a line, if there is one.
pub(crate) fn read(body: &str) -> Option<Marker<'_>> {
    let first = body.chars().next()?;
    match first {
        '第' => numbered(body),
        '(' | '（' => parenthesised(body),
        '附' | '付' | '別' | '様' | '用' | '改' | '制' | '沿' => special(body),
        '\u{2460}'..='\u{2473}' => single(body, Family::Circled, first as u32 - 0x245f),
        '\u{2474}'..='\u{2487}' => single(body, Family::ParenNumber, first as u32 - 0x2473),
        '\u{249c}'..='\u{24b5}' => single(body, Family::ParenAlpha, first as u32 - 0x249b),
        '\u{3220}'..='\u{3229}' => single(body, Family::ParenKanji, first as u32 - 0x321f),
        '\u{24d0}'..='\u{24e9}' => single(body, Family::Alpha, first as u32 - 0x24cf),
        _ if digit(first).is_some() => arabic(body),
        _ => bare(body),
    }
}

/// The marker of a list item without a number; its place says which it is.
pub(crate) fn bullet(sign: char, body: &str) -> Marker<'_> {
    let reading = Reading { family: Family::Bullet(sign), ord: 0, sub: 0, prefix: 0, cost: 0.0, rest: body };
    Marker { token: body.get(..0).unwrap_or(body), readings: vec![reading], as_text: 4.0 }
}

fn single(body: &str, family: Family, ord: u32) -> Option<Marker<'_>> {
    let at = body.chars().next()?.len_utf8();
    let (token, rest) = body.split_at_checked(at)?;
    let rest = rest.trim_start_matches(is_space);
    Some(Marker { token, readings: vec![Reading { family, ord, sub: 0, prefix: 0, cost: 0.0, rest }], as_text: 3.5 })
}

/// Reads a decimal or kanji number; returns it and what follows.
pub(crate) fn number(text: &str) -> Option<(u32, &str)> {
    let mut value: Option<u32> = None;
    let mut rest = text;
    let arabic = text.chars().next().is_some_and(|c| digit(c).is_some());
    for c in text.chars() {
        let next = match (digit(c), kanji_digit(c)) {
            (Some(d), _) if arabic => value.unwrap_or(0) * 10 + d,
            (None, Some(10)) if !arabic => value.unwrap_or(1) * 10,
            (None, Some(d)) if !arabic => value.map_or(d, |v| if v % 10 == 0 && v > 0 { v + d } else { v * 10 + d }),
            _ => break,
        };
        if next > 999 {
            return None;
        }
        value = Some(next);
        rest = rest.get(c.len_utf8()..)?;
    }
    value.map(|v| (v, rest))
}

/// Figures among which letters were misread: l and I for 1, O for 0.
fn misread_number(text: &str) -> Option<(u32, &str)> {
    let figure = |c: char| match fold(c) {
        'l' | 'I' | '|' => Some(1),
        'O' | 'o' => Some(0),
        c => c.to_digit(10),
    };
    let end = text.find(|c| figure(c).is_none()).unwrap_or(text.len());
    let (figures, rest) = text.split_at_checked(end)?;
    let letters = figures.chars().any(|c| digit(c).is_none()) && figures.chars().count() <= 3;
    let value = figures.chars().filter_map(figure).fold(0, |value, n| value * 10 + n);
    (letters && value > 0).then_some((value, rest))
}

fn token_of<'a>(body: &'a str, rest: &str) -> &'a str {
    body.get(..body.len() - rest.len()).unwrap_or(body)
}

/// 第N章, 第N条の2.
fn numbered(body: &str) -> Option<Marker<'_>> {
    let after = body.strip_prefix('第')?.trim_start_matches(is_space);
    let (ord, tail) = misread_number(after).or_else(|| number(after))?;
    let after = tail.trim_start_matches(is_space);
    let unit = after.chars().next()?;
    let family = match unit {
        '編' | '部' => Family::Part,
        '章' => Family::Chapter,
        '節' => Family::Section,
        '款' => Family::Subsection,
        '条' => Family::Article,
        '項' => Family::Paragraph,
        '号' if after.starts_with("号様式") => {
            let rest = after.get("号様式".len()..)?;
            let token = token_of(body, rest);
            let rest = rest.trim_start_matches(is_space);
            if body.ends_with('。') || rest.starts_with(|c: char| is_hiragana(c) || c == '、') {
                return None;
            }
            let reading = Reading { family: Family::Special(Special::Annex), ord: 1, sub: 0, prefix: 0, cost: 0.0, rest };
            return Some(Marker { token, readings: vec![reading], as_text: 4.0 });
        }
        _ if tail.starts_with(is_space) => {
            let reading = Reading { family: Family::Ordinal, ord, sub: 0, prefix: 0, cost: 0.1, rest: after };
            return Some(Marker { token: token_of(body, tail), readings: vec![reading], as_text: 3.5 });
        }
        _ => return None,
    };
    let mut rest = after.get(unit.len_utf8()..)?;
    let mut sub = 0;
    if let Some((n, tail)) = rest.strip_prefix('の').and_then(number) {
        (sub, rest) = (n, tail);
    }
    let token = token_of(body, rest);
    let next = rest.chars().next();
    let apart = next.is_none_or(|c| is_space(c) || matches!(c, '(' | '（' | '「' | '【' | '：' | ':'));
    // 第9条に…, 第3章及び…: a reference at the start of a wrapped line.
    if !apart
        && next.is_some_and(|c| {
            is_hiragana(c) && c != 'こ' || matches!(c, '、' | '。' | '及' | '又' | '第' | '各' | '・' | '）' | ')' | '～' | '－')
        })
    {
        return None;
    }
    let rest = rest.trim_start_matches(|c| is_space(c) || c == ':' || c == '：');
    let cost = if apart { 0.0 } else { 0.4 };
    Some(Marker { token, readings: vec![Reading { family, ord, sub, prefix: 0, cost, rest }], as_text: 3.5 })
}

/// (1), (ア), (a), (一), (ⅰ).
fn parenthesised(body: &str) -> Option<Marker<'_>> {
    let after = body.strip_prefix(['(', '（'])?;
    let (inner, rest) = after.split_once([')', '）'])?;
    let inner = inner.trim_matches(is_space);
    if inner.is_empty() || inner.chars().count() > 4 {
        return None;
    }
    let token = token_of(body, rest);
    let rest = rest.trim_start_matches(is_space);
    let mut readings = Vec::new();
    let mut add = |family, ord, cost| readings.push(Reading { family, ord, sub: 0, prefix: 0, cost, rest });
    let only = inner.chars().next().filter(|c| inner.len() == c.len_utf8());
    if let Some((n, "")) = number(inner).filter(|_| inner.chars().all(|c| digit(c).is_some())) {
        add(Family::ParenNumber, n, 0.0);
        if only.is_some() && n > 0 {
            add(Family::ParenKana, 0, if n == 7 { 1.0 } else { 3.0 });
        }
    } else if let Some((n, "")) = number(inner) {
        add(Family::ParenKanji, n, 0.0);
    } else if let Some((n, "")) = misread_number(inner) {
        add(Family::ParenNumber, n, 0.6);
    }
    if let Some(c) = only {
        kana_readings(c, &mut |kana, ord, cost| add(if kana { Family::ParenKana } else { Family::ParenIroha }, ord, cost));
        let letter = fold(c).to_ascii_lowercase();
        if letter.is_ascii_lowercase() {
            add(Family::ParenAlpha, letter as u32 - 96, 0.0);
        }
    }
    if let Some(n) = roman(inner) {
        add(Family::ParenRoman, n, 0.3);
    }
    (!readings.is_empty()).then_some(Marker { token, readings, as_text: 3.5 })
}

fn kana_readings(c: char, add: &mut dyn FnMut(bool, u32, f32)) {
    let similar = LOOKALIKES.iter().find(|(kanji, _)| *kanji == c).map(|(_, kana)| *kana);
    let (kana, cost) = match place(SMALL_KANA, c) {
        Some(n) => (KANA.chars().nth(n as usize - 1).unwrap_or(c), 0.3),
        None => similar.map_or((c, 0.0), |k| (k, 0.4)),
    };
    if let Some(n) = place(KANA, kana) {
        add(true, n, cost);
    }
    if let Some(n) = place(IROHA, kana) {
        add(false, n, cost + 0.1);
    }
}

/// 附則, 別表第1, 用語集, 改定履歴.
fn special(body: &str) -> Option<Marker<'_>> {
    if body.len() > 120 || body.ends_with('。') {
        return None;
    }
    let name = squeeze(body);
    let starts = |words: &[&str]| words.iter().any(|w| name.starts_with(w));
    let kind = match name.as_str() {
        "附則" | "付則" => Special::Supplement,
        "用語集" | "用語解説" | "用語の解説" | "用語説明" | "用語の説明" | "用語一覧" => Special::Glossary,
        "改定履歴" | "改訂履歴" | "改正履歴" | "改定の経過" | "改正の経過" | "改正経過" | "沿革" | "制定・改定履歴" | "制定改廃履歴" => {
            Special::History
        }
        _ if starts(&["附則(", "付則("]) => Special::Supplement,
        _ if starts(&["別表", "別紙", "別図", "別記", "様式第"]) => Special::Annex,
        _ => return None,
    };
    let cut = match kind {
        Special::Supplement => body.find(['(', '（']),
        Special::Annex => Some(annex_token(body)),
        _ => None,
    };
    let (token, rest) = body.split_at_checked(cut.unwrap_or(body.len())).unwrap_or((body, ""));
    let rest = rest.trim_start_matches(is_space);
    // 別表に定める…: a sentence, not a heading.
    if kind == Special::Annex && rest.starts_with(|c: char| is_hiragana(c) || c == '、') {
        return None;
    }
    let reading = Reading { family: Family::Special(kind), ord: 1, sub: 0, prefix: 0, cost: 0.0, rest };
    Some(Marker { token: token.trim_end_matches(is_space), readings: vec![reading], as_text: 4.0 })
}

fn annex_token(body: &str) -> usize {
    let mut end = 0;
    let mut number = false;
    for (at, c) in body.char_indices() {
        let part = matches!(c, '別' | '表' | '紙' | '図' | '記' | '様' | '式' | '第' | '号' | 'の') || is_space(c);
        let numeric = digit(c).is_some() || kanji_digit(c).is_some() || is_dash(c);
        if !(part || numeric) || (is_space(c) && number) {
            break;
        }
        number |= numeric;
        end = at + c.len_utf8();
    }
    end
}

/// 1, 1., 1.2, 1-2, 1).
fn arabic(body: &str) -> Option<Marker<'_>> {
    let (ord, mut rest) = number(body)?;
    let mut readings = Vec::new();
    let (mut prefix, mut last, mut depth, mut digits) = (0_u32, ord, 1_u8, ord < 10);
    while let Some(c) = rest.chars().next().filter(|c| matches!(fold(*c), '.') || is_dash(*c)) {
        let Some((n, tail)) = rest.get(c.len_utf8()..).and_then(number).filter(|_| depth < 4) else { break };
        if n > 99 || ord > 99 {
            return None;
        }
        digits &= n < 10 && depth == 1 && fold(c) == '.';
        prefix = prefix.saturating_mul(1000).saturating_add(last);
        (last, rest, depth) = (n, tail, depth + 1);
    }
    let token = token_of(body, rest);
    let (base, rest, spaced) = separator(rest, depth)?;
    if ord == 0 {
        return None;
    }
    let mut add = |family, ord, prefix, cost, rest| readings.push(Reading { family, ord, sub: 0, prefix, cost, rest });
    if depth > 1 {
        if last > 0 {
            add(Family::Decimal(depth), last, prefix, base, rest);
        }
        if digits {
            add(Family::Number, ord * 10 + last, 0, base + 0.5, rest);
        }
    } else {
        let family = if token_after(body, token).starts_with([')', '）']) { Family::HalfNumber } else { Family::Number };
        add(family, ord, 0, base, rest);
        // `1 2 運用`: a number torn apart.
        let torn = number(rest).filter(|(n, tail)| spaced && ord < 10 && *n < 10 && tail.starts_with(is_space));
        if let Some((n, tail)) = torn {
            add(Family::Number, ord * 10 + n, 0, base + 0.5, tail.trim_start_matches(is_space));
        }
    }
    if readings.is_empty() {
        return None;
    }
    // `10 年` counts; `10 見直し` is a heading.
    let counted = depth == 1 && rest.starts_with(|c| "年月日時分名件個台回人円割倍".contains(c));
    let as_text = if counted || rest.is_empty() {
        1.0
    } else if base > 0.5 {
        2.2
    } else {
        3.5
    };
    Some(Marker { token, readings, as_text })
}

fn token_after<'a>(body: &'a str, token: &str) -> &'a str {
    body.get(token.len()..).unwrap_or("")
}

/// What divides a number from its text: cost of taking it for a marker, the text, whether by space.
fn separator(rest: &str, depth: u8) -> Option<(f32, &str, bool)> {
    let Some(c) = rest.chars().next() else { return Some((0.6, rest, true)) };
    if is_space(c) {
        return Some((0.0, rest.trim_start_matches(is_space), true));
    }
    if matches!(fold(c), '.' | ')' | ':' | ',' | '、' | '。' | ']') {
        return Some((0.0, rest.get(c.len_utf8()..)?.trim_start_matches(is_space), false));
    }
    let counter = "年月日時分秒条項号章節款回件人名歳階台箇個か割倍以種段度次つ点枚部課係級位番桁円億万千百十文者市町村区都道府県社本式";
    if !is_japanese(c) || counter.contains(c) || is_hiragana(c) {
        return None;
    }
    let doubt = if rest.ends_with('。') { 1.5 } else { 1.0 };
    Some((if depth > 1 { 0.4 } else { doubt }, rest, false))
}

/// ア, イ, a, 一, Ⅰ before a space.
fn bare(body: &str) -> Option<Marker<'_>> {
    let cut = body.find(|c: char| is_space(c) || matches!(c, '.' | '．' | '、' | ')' | '）' | ':' | '：'))?;
    let (token, rest) = body.split_at_checked(cut)?;
    if token.chars().count() > 4 {
        return None;
    }
    let divider = rest.chars().next()?;
    let rest = rest.get(divider.len_utf8()..)?.trim_start_matches(is_space);
    let mut readings = Vec::new();
    let mut add = |family, ord, cost| readings.push(Reading { family, ord, sub: 0, prefix: 0, cost, rest });
    let only = token.chars().next().filter(|c| token.len() == c.len_utf8());
    if let Some(c) = only {
        kana_readings(c, &mut |kana, ord, cost| add(if kana { Family::Kana } else { Family::Iroha }, ord, cost));
        let letter = fold(c).to_ascii_lowercase();
        if letter.is_ascii_lowercase() {
            add(Family::Alpha, letter as u32 - 96, 0.2);
        }
    }
    if let Some((n, "")) = number(token) {
        add(Family::Kanji, n, 0.1);
    }
    if let Some(n) = roman(token) {
        add(Family::Roman, n, 0.3);
    }
    (!readings.is_empty()).then_some(Marker { token, readings, as_text: 2.4 })
}
