//! Characters that no text needs: controls, marks that turn the reading round, what is not seen, escapes of terminals.

use std::borrow::Cow;

/// Text without them, and how many there were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cleaned<'t> {
    /// What is left.
    pub(crate) text: Cow<'t, str>,
    /// Control characters other than tab and line ends.
    pub(crate) controls: u64,
    /// Marks that turn the reading round.
    pub(crate) bidi: u64,
    /// Characters that nobody sees.
    pub(crate) invisible: u64,
    /// Escape sequences of terminals.
    pub(crate) escapes: u64,
}

impl Cleaned<'_> {
    /// All together.
    pub(crate) const fn total(&self) -> u64 {
        self.controls.saturating_add(self.bidi).saturating_add(self.invisible).saturating_add(self.escapes)
    }
}

/// Marks that turn the reading round.
const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// Characters that nobody sees and no text needs.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{180e}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}' | '\u{fdd0}'..='\u{fdef}'
            // Fillers that look like nothing.
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
    ) || (c as u32) & 0xfffe == 0xfffe
}

/// Joiners and variation selectors: needed after a visible character (異体字, emoji), one at a time.
const fn follows(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180d}' | '\u{34f}')
}

/// Takes them out.
pub(crate) fn clean(text: &str) -> Cleaned<'_> {
    let mut cleaned = Cleaned { text: Cow::Borrowed(text), controls: 0, bidi: 0, invisible: 0, escapes: 0 };
    if !text.bytes().any(may_begin) {
        return cleaned;
    }
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    // Selectors seen since the last visible character.
    let mut marks = 2_u8;
    while let Some(c) = chars.next() {
        match c {
            '\t' | '\n' | '\r' => {
                kept.push(c);
                marks = 2;
            }
            '\u{1b}' | '\u{9b}' | '\u{9d}' | '\u{90}' if skip_escape(c, &mut chars) => cleaned.escapes += 1,
            c if c.is_control() => cleaned.controls += 1,
            c if is_bidi(c) => cleaned.bidi += 1,
            c if is_invisible(c) => cleaned.invisible += 1,
            c if follows(c) => {
                // Emoji take a selector and a joiner; longer runs carry messages.
                if marks >= 2 {
                    cleaned.invisible += 1;
                } else {
                    marks += 1;
                    kept.push(c);
                }
            }
            c => {
                kept.push(c);
                marks = 0;
            }
        }
    }
    if cleaned.total() > 0 {
        cleaned.text = Cow::Owned(kept);
    }
    cleaned
}

/// Whether a byte of UTF-8 may begin one of them.
const fn may_begin(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
        || matches!(byte, 0x7f | 0xc2 | 0xcd | 0xd8 | 0xe1 | 0xe2 | 0xef..)
        || byte == 0xe3
}

/// Passes over a sequence of a terminal, the begin of which was just read; false if it is none.
fn skip_escape(begin: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let kind = match begin {
        '\u{1b}' => match chars.peek() {
            Some('\u{20}'..='\u{7e}') => chars.next(),
            _ => return false,
        },
        '\u{9b}' => Some('['),
        '\u{9d}' => Some(']'),
        _ => Some('P'),
    };
    match kind {
        // CSI: parameters, intermediates, one final.
        Some('[') => {
            while chars.next_if(|c| matches!(c, '\u{20}'..='\u{3f}')).is_some() {}
            let _ = chars.next_if(|c| matches!(c, '\u{40}'..='\u{7e}'));
        }
        // OSC, DCS, SOS, PM, APC: up to BEL or ST; never beyond the line, so that no text is lost to a missing end.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            let rest: String = chars.clone().take(4_096).take_while(|c| !matches!(c, '\n' | '\r')).collect();
            let end = rest.chars().position(|c| matches!(c, '\u{7}' | '\u{9c}')).or_else(|| {
                let chars: Vec<char> = rest.chars().collect();
                chars.windows(2).position(|pair| pair == ['\u{1b}', '\\']).map(|at| at + 1)
            });
            if let Some(end) = end {
                for _ in 0..=end {
                    let _ = chars.next();
                }
            }
        }
        // Two and three characters: ESC ( B, ESC # 8.
        Some('\u{20}'..='\u{2f}') => {
            while chars.next_if(|c| matches!(c, '\u{20}'..='\u{2f}')).is_some() {}
            let _ = chars.next_if(|c| matches!(c, '\u{30}'..='\u{7e}'));
        }
        _ => {}
    }
    true
}
