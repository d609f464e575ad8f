//! Character classes that layout turns on, and the forms of characters that only PDF producers write.

/// Radicals that producers write in the place of the kanji they look like.
const RADICALS: [(char, char); 24] = [
    ('⺟', '母'),
    ('⺠', '民'),
    ('⺩', '王'),
    ('⻁', '虎'),
    ('⻄', '西'),
    ('⻅', '見'),
    ('⻆', '角'),
    ('⻉', '貝'),
    ('⻋', '車'),
    ('⻑', '長'),
    ('⻘', '青'),
    ('⻝', '食'),
    ('⻤', '鬼'),
    ('⻨', '麦'),
    ('⻩', '黄'),
    ('⻫', '斉'),
    ('⻭', '歯'),
    ('⻯', '竜'),
    ('⻲', '亀'),
    ('⻳', '龟'),
    ('⻰', '龙'),
    ('⻗', '雨'),
    ('⺝', '月'),
    ('⺼', '肉'),
];

/// Punctuation turned for vertical lines, with its upright form.
const UPRIGHT: [(char, char); 24] = [
    ('︐', '，'),
    ('︑', '、'),
    ('︒', '。'),
    ('︓', '：'),
    ('︔', '；'),
    ('︕', '！'),
    ('︖', '？'),
    ('︰', '：'),
    ('︱', '―'),
    ('︲', '－'),
    ('︵', '（'),
    ('︶', '）'),
    ('︷', '｛'),
    ('︸', '｝'),
    ('︹', '〔'),
    ('︺', '〕'),
    ('︻', '【'),
    ('︼', '】'),
    ('︿', '〈'),
    ('﹀', '〉'),
    ('﹁', '「'),
    ('﹂', '」'),
    ('﹃', '『'),
    ('﹄', '』'),
];

/// A character as text has it: no radicals, ligatures or turned punctuation.
pub(super) fn plain(c: char) -> Vec<char> {
    let of = |table: &[(char, char)]| table.iter().find(|(from, _)| *from == c).map(|(_, to)| *to);
    match c {
        '\u{2e80}'..='\u{2eff}' => vec![of(&RADICALS).unwrap_or(c)],
        '\u{2f00}'..='\u{2fdf}' => vec![kangxi(c)],
        '\u{fe10}'..='\u{fe4f}' => vec![of(&UPRIGHT).unwrap_or(c)],
        'ﬀ' => vec!['f', 'f'],
        'ﬁ' => vec!['f', 'i'],
        'ﬂ' => vec!['f', 'l'],
        'ﬃ' => vec!['f', 'f', 'i'],
        'ﬄ' => vec!['f', 'f', 'l'],
        '\u{a0}' => vec![' '],
        '\u{ad}' | '\u{200b}' | '\u{feff}' => Vec::new(),
        c if c.is_control() => Vec::new(),
        c => vec![c],
    }
}

/// The kanji of each of the 214 Kangxi radicals, in order.
const KANGXI: &str = "一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气水火爪父爻爿片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行衣襾見角言谷豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面革韋韭音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠";

fn kangxi(c: char) -> char {
    KANGXI.chars().nth((u32::from(c).saturating_sub(0x2f00)) as usize).unwrap_or(c)
}

/// Whether a character is set on a square: kanji, kana, full-width forms and punctuation.
pub(super) const fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff01}'..='\u{ff60}'
        | '\u{20000}'..='\u{3ffff}' | '\u{2460}'..='\u{24ff}' | '…' | '―' | '※' | '→' | '■'..='◯')
}

pub(super) const fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}')
}

/// Characters that may not begin a line: they pull the one before them along.
pub(super) const fn no_start(c: char) -> bool {
    matches!(
        c,
        '、' | '。'
            | '，'
            | '．'
            | '・'
            | '：'
            | '；'
            | '？'
            | '！'
            | '）'
            | ')'
            | '」'
            | '』'
            | '】'
            | '〕'
            | '》'
            | '〉'
            | '］'
            | '｝'
            | ','
            | '.'
            | ':'
            | ';'
            | '!'
            | '?'
            | ']'
            | '}'
            | 'ー'
            | '々'
            | 'ぁ'
            | 'ぃ'
            | 'ぅ'
            | 'ぇ'
            | 'ぉ'
            | 'っ'
            | 'ゃ'
            | 'ゅ'
            | 'ょ'
            | 'ァ'
            | 'ィ'
            | 'ゥ'
            | 'ェ'
            | 'ォ'
            | 'ッ'
            | 'ャ'
            | 'ュ'
            | 'ョ'
            | '％'
            | '℃'
            | '…'
            | '‥'
    )
}

/// Closing punctuation that may hang over the margin.
pub(super) const fn hangs(c: char) -> bool {
    matches!(c, '、' | '。' | '，' | '．' | ',' | '.')
}

/// White space of text.
pub(super) const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{3000}' | '\t' | '\u{2002}'..='\u{200a}')
}
