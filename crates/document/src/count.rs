//! The numbers that word processors and browsers count, written out: 1, １, ①, ア, イ, 一, Ⅰ …; knows no format's names for them.

/// A way of writing a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Count {
    /// 1, 2, 3.
    #[default]
    Decimal,
    /// １, ２, ３.
    FullWidth,
    /// 01, 02, 03.
    Zero,
    /// ①, ②, ③.
    Circled,
    /// ⑴, ⑵, ⑶.
    Parenthesised,
    /// ア, イ, ウ.
    Kana,
    /// イ, ロ, ハ.
    Iroha,
    /// 一, 二, 十, 十一.
    Kanji,
    /// 一, 二, 一〇, 一一.
    KanjiDigits,
    /// 壱, 弐, 参.
    Legal,
    /// 甲, 乙, 丙.
    Stems,
    /// 子, 丑, 寅.
    Branches,
    /// I, II, III.
    UpperRoman,
    /// i, ii, iii.
    LowerRoman,
    /// A, B, C.
    UpperLetter,
    /// a, b, c.
    LowerLetter,
    /// A mark without a number.
    Bullet,
    /// No number at all.
    None,
}

const KANA: &str = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン";
const IROHA: &str = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス";
const STEMS: &str = "甲乙丙丁戊己庚辛壬癸";
const BRANCHES: &str = "子丑寅卯辰巳午未申酉戌亥";

impl Count {
    /// Writes a number; one that the sequence does not reach is written with digits.
    pub(crate) fn write(self, n: usize) -> String {
        let digits = || n.to_string();
        match self {
            Self::Decimal => digits(),
            Self::FullWidth => digits().chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)).collect(),
            Self::Zero => format!("{n:02}"),
            Self::Circled => enclosed(n, 0x2460).unwrap_or_else(digits),
            Self::Parenthesised => enclosed(n, 0x2474).unwrap_or_else(|| format!("({n})")),
            Self::Kana => nth(KANA, n).unwrap_or_else(digits),
            Self::Iroha => nth(IROHA, n).unwrap_or_else(digits),
            Self::Kanji => kanji(n, "〇一二三四五六七八九", "十", "百"),
            Self::KanjiDigits => {
                digits().chars().filter_map(|c| nth("〇一二三四五六七八九", usize::try_from(c.to_digit(10)?).ok()? + 1)).collect()
            }
            Self::Legal => kanji(n, "零壱弐参四五六七八九", "拾", "百"),
            Self::Stems => nth(STEMS, n).unwrap_or_else(digits),
            Self::Branches => nth(BRANCHES, n).unwrap_or_else(digits),
            Self::UpperRoman => roman(n).unwrap_or_else(digits),
            Self::LowerRoman => roman(n).map_or_else(digits, |text| text.to_lowercase()),
            Self::UpperLetter => letter(n).map_or_else(digits, |text| text.to_uppercase()),
            Self::LowerLetter => letter(n).unwrap_or_else(digits),
            Self::Bullet | Self::None => String::new(),
        }
    }
}

fn nth(list: &str, n: usize) -> Option<String> {
    list.chars().nth(n.checked_sub(1)?).map(String::from)
}

/// One of twenty characters in a row of the character set.
fn enclosed(n: usize, first: u32) -> Option<String> {
    let offset = u32::try_from(n.checked_sub(1).filter(|n| *n < 20)?).ok()?;
    char::from_u32(first + offset).map(String::from)
}

fn kanji(n: usize, units: &str, ten: &str, hundred: &str) -> String {
    if n >= 1000 {
        return n.to_string();
    }
    let unit = |d: usize| nth(units, d + 1).unwrap_or_default();
    let place = |d: usize, name: &str| match d {
        0 => String::new(),
        1 => name.to_owned(),
        _ => format!("{}{name}", unit(d)),
    };
    let last = if n.is_multiple_of(10) && n > 0 { String::new() } else { unit(n % 10) };
    format!("{}{}{last}", place(n / 100, hundred), place(n / 10 % 10, ten))
}

fn roman(n: usize) -> Option<String> {
    const STEPS: [(usize, &str); 9] = [(100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")];
    if n == 0 || n >= 400 {
        return None;
    }
    let mut rest = n;
    let mut out = String::new();
    for (value, text) in STEPS {
        while rest >= value {
            out.push_str(text);
            rest -= value;
        }
    }
    Some(out)
}

/// a … z, aa, bb, cc, as word processors go on.
fn letter(n: usize) -> Option<String> {
    let at = n.checked_sub(1).filter(|at| *at < 26 * 4)?;
    let letter = char::from_u32(97 + u32::try_from(at % 26).ok()?)?;
    Some(std::iter::repeat_n(letter, at / 26 + 1).collect())
}

/// A list level's template with its numbers in place: `第%1条`, `%1.%2`; numbers by level.
pub(crate) fn fill(template: &str, numbers: &[(Count, usize)]) -> String {
    let mut out = String::new();
    let mut letters = template.chars().peekable();
    while let Some(c) = letters.next() {
        let level = letters.peek().and_then(|next| next.to_digit(10)).filter(|digit| c == '%' && (1..=9).contains(digit));
        match level.and_then(|level| usize::try_from(level).ok()) {
            Some(level) => {
                letters.next();
                if let Some((count, n)) = numbers.get(level - 1) {
                    out.push_str(&count.write(*n));
                }
            }
            None => out.push(c),
        }
    }
    out.chars().take(crate::limits::LABEL_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_office_programs_write_them() {
        let cases: &[(Count, &[(usize, &str)])] = &[
            (Count::FullWidth, &[(1, "１"), (12, "１２")]),
            (Count::Circled, &[(1, "①"), (20, "⑳"), (21, "21")]),
            (Count::Parenthesised, &[(3, "⑶"), (21, "(21)")]),
            (Count::Kana, &[(1, "ア"), (46, "ン"), (47, "47")]),
            (Count::Iroha, &[(1, "イ"), (3, "ハ")]),
            (Count::Kanji, &[(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (100, "百"), (123, "百二十三")]),
            (Count::KanjiDigits, &[(10, "一〇"), (23, "二三")]),
            (Count::Legal, &[(1, "壱"), (10, "拾")]),
            (Count::UpperRoman, &[(4, "IV"), (9, "IX"), (14, "XIV")]),
            (Count::LowerLetter, &[(1, "a"), (26, "z"), (27, "aa"), (28, "bb")]),
            (Count::Zero, &[(3, "03")]),
            (Count::Bullet, &[(3, "")]),
        ];
        for (count, numbers) in cases {
            for (n, text) in *numbers {
                assert_eq!(count.write(*n), *text, "{count:?} {n}");
            }
        }
    }

    #[test]
    fn a_template_takes_the_numbers_of_its_levels() {
        let numbers = [(Count::Decimal, 2), (Count::Kana, 3)];
        assert_eq!(fill("第%1条", &numbers), "第2条");
        assert_eq!(fill("%1－%2", &numbers), "2－ウ");
        assert_eq!(fill("100%", &numbers), "100%");
        assert_eq!(fill("%3", &numbers), "");
        assert_eq!(fill(&"長".repeat(500), &numbers).chars().count(), 40);
    }
}
