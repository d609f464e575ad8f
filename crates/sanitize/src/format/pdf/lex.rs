//! Words of PDF syntax, and values made of them; the same reader for files and for content streams.

use super::object::{Dict, Id, Num, Obj, SCALE};

/// White space.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

/// Characters that end a word and begin another.
pub(crate) const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

const fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

/// What is wrong; why is told by a constant text.
pub(crate) type Wrong = &'static str;

/// Arrays and dictionaries within each other.
const DEPTH: u32 = 64;

/// Bytes of one name.
const NAME: usize = 2_000;

/// A reader of words.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Something read from a content stream or a PostScript-like program.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item<'a> {
    /// A value.
    Value(Obj),
    /// A bare word: an operator.
    Word(&'a [u8]),
    /// `{`.
    Open,
    /// `}`.
    Close,
}

impl<'a> Lexer<'a> {
    /// From a place in the bytes.
    pub(crate) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// Where it stands.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// Goes to a place.
    pub(crate) const fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// The byte here.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at.saturating_add(ahead)).copied()
    }

    const fn step(&mut self, by: usize) {
        self.at = self.at.saturating_add(by);
    }

    /// Passes white space and comments.
    pub(crate) fn skip(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.step(1);
            } else if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.step(1);
                }
            } else {
                break;
            }
        }
    }

    /// Passes this very word, if it stands here and ends here.
    pub(crate) fn word(&mut self, word: &[u8]) -> bool {
        self.skip();
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) && rest.get(word.len()).is_none_or(|&byte| !is_regular(byte)) {
            self.step(word.len());
            true
        } else {
            false
        }
    }

    /// A whole number without sign.
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        self.skip();
        let mut value: Option<u64> = None;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            value = Some(value.unwrap_or(0).checked_mul(10)?.checked_add(u64::from(byte - b'0'))?);
            self.step(1);
        }
        value
    }

    /// `12 0 obj`.
    pub(crate) fn header(&mut self) -> Option<Id> {
        let num = u32::try_from(self.unsigned()?).ok()?;
        let generation = u16::try_from(self.unsigned()?).ok()?;
        self.word_start(b"obj").then_some(Id { num, generation })
    }

    /// As [`Lexer::word`], but `obj<<` and `obj1` are let through, as all readers do.
    fn word_start(&mut self, word: &[u8]) -> bool {
        self.skip();
        let there = self.bytes.get(self.at..).unwrap_or_default().starts_with(word);
        if there {
            self.step(word.len());
        }
        there
    }

    /// A value, with references.
    pub(crate) fn value(&mut self) -> Result<Obj, Wrong> {
        self.any(DEPTH, true)
    }

    /// The next value or operator of a content stream; none at the end.
    pub(crate) fn item(&mut self) -> Result<Option<Item<'a>>, Wrong> {
        self.skip();
        let Some(byte) = self.peek() else { return Ok(None) };
        match byte {
            b'{' => {
                self.step(1);
                Ok(Some(Item::Open))
            }
            b'}' => {
                self.step(1);
                Ok(Some(Item::Close))
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' | b'/' | b'(' | b'[' | b'<' => self.any(DEPTH, false).map(|value| Some(Item::Value(value))),
            _ if is_delimiter(byte) => Err("a delimiter where an operator should be"),
            _ => {
                let word = self.regular();
                Ok(Some(match word {
                    b"true" => Item::Value(Obj::Bool(true)),
                    b"false" => Item::Value(Obj::Bool(false)),
                    b"null" => Item::Value(Obj::Null),
                    _ => Item::Word(word),
                }))
            }
        }
    }

    fn regular(&mut self) -> &'a [u8] {
        let start = self.at;
        while self.peek().is_some_and(is_regular) {
            self.step(1);
        }
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    fn any(&mut self, depth: u32, references: bool) -> Result<Obj, Wrong> {
        let Some(deeper) = depth.checked_sub(1) else { return Err("values nested too deep") };
        self.skip();
        match self.peek() {
            None => Err("end inside a value"),
            Some(b'/') => self.name().map(Obj::Name),
            Some(b'(') => self.literal().map(Obj::Str),
            Some(b'<') if self.peek_at(1) == Some(b'<') => {
                self.step(2);
                let mut dict = Dict::default();
                loop {
                    self.skip();
                    match self.peek() {
                        Some(b'>') if self.peek_at(1) == Some(b'>') => {
                            self.step(2);
                            return Ok(Obj::Dict(dict));
                        }
                        Some(b'/') => {
                            let key = self.name()?;
                            self.skip();
                            // A key without a value before the end.
                            if self.peek() == Some(b'>') && self.peek_at(1) == Some(b'>') {
                                return Err("a key without a value");
                            }
                            let value = self.any(deeper, references)?;
                            match dict.get(&key) {
                                // Said twice alike is said once.
                                Some(before) if *before == value => {}
                                // Readers differ on which one counts.
                                Some(_) => return Err("a key twice with different values"),
                                None if value == Obj::Null => {}
                                None => dict.0.push((key, value)),
                            }
                        }
                        _ => return Err("no name where a key should be"),
                    }
                }
            }
            Some(b'<') => self.hexadecimal().map(Obj::Str),
            Some(b'[') => {
                self.step(1);
                let mut items = Vec::new();
                loop {
                    self.skip();
                    match self.peek() {
                        None => return Err("end inside an array"),
                        Some(b']') => {
                            self.step(1);
                            return Ok(Obj::Array(items));
                        }
                        Some(_) => items.push(self.any(deeper, references)?),
                    }
                }
            }
            Some(b'0'..=b'9') if references => {
                let before = self.at;
                if let Some(id) = self.reference() {
                    return Ok(Obj::Ref(id));
                }
                self.at = before;
                self.number().map(Obj::Num)
            }
            Some(b'0'..=b'9' | b'+' | b'-' | b'.') => self.number().map(Obj::Num),
            Some(b'a'..=b'z') => match self.regular() {
                b"true" => Ok(Obj::Bool(true)),
                b"false" => Ok(Obj::Bool(false)),
                b"null" => Ok(Obj::Null),
                _ => Err("a word where a value should be"),
            },
            Some(_) => Err("no value where one should be"),
        }
    }

    fn reference(&mut self) -> Option<Id> {
        let num = u32::try_from(self.unsigned()?).ok()?;
        if !self.peek().is_some_and(is_space) {
            return None;
        }
        self.skip();
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let generation = u16::try_from(self.unsigned()?).ok()?;
        if !self.peek().is_some_and(is_space) {
            return None;
        }
        self.word(b"R").then_some(Id { num, generation })
    }

    /// A number; spellings that readers agree about only.
    fn number(&mut self) -> Result<Num, Wrong> {
        let mut minus = false;
        match self.peek() {
            Some(b'-') => {
                minus = true;
                self.step(1);
                // `--5` is read as -5 by most; nothing else is.
                while self.peek() == Some(b'-') {
                    self.step(1);
                }
            }
            Some(b'+') => self.step(1),
            _ => {}
        }
        let (mut mantissa, mut scale, mut digits, mut point) = (0_i64, 0_u8, 0_u32, false);
        while let Some(byte) = self.peek() {
            match byte {
                b'0'..=b'9' => {
                    digits = digits.saturating_add(1);
                    let digit = i64::from(byte - b'0');
                    if !point {
                        mantissa = mantissa.checked_mul(10).and_then(|value| value.checked_add(digit)).ok_or("a number too large")?;
                    } else if scale < SCALE
                        && let Some(longer) = mantissa.checked_mul(10).and_then(|value| value.checked_add(digit))
                    {
                        mantissa = longer;
                        scale += 1;
                    }
                }
                b'.' if !point => point = true,
                // `12-34`: the rest is ignored by all readers.
                b'-' if digits > 0 => {
                    while self.peek().is_some_and(|byte| byte == b'-' || byte == b'.' || byte.is_ascii_digit()) {
                        self.step(1);
                    }
                    break;
                }
                _ => break,
            }
            self.step(1);
        }
        if digits == 0 && !point && !minus {
            return Err("a number without digits");
        }
        Ok(Num { mantissa: if minus { -mantissa } else { mantissa }, scale }.trimmed())
    }

    fn name(&mut self) -> Result<Vec<u8>, Wrong> {
        self.step(1);
        let raw = self.regular();
        if raw.len() > NAME {
            return Err("a name too long");
        }
        if !raw.contains(&b'#') {
            return Ok(raw.to_vec());
        }
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw.iter();
        while let Some(&byte) = rest.next() {
            let pair = rest.as_slice().get(..2).and_then(|pair| match pair {
                [high, low] => Some((nibble(*high)?, nibble(*low)?)),
                _ => None,
            });
            match (byte, pair) {
                (b'#', Some((high, low))) => {
                    name.push(high << 4 | low);
                    rest.next();
                    rest.next();
                }
                _ => name.push(byte),
            }
        }
        if name.contains(&0) {
            return Err("a name with NUL");
        }
        Ok(name)
    }

    fn literal(&mut self) -> Result<Vec<u8>, Wrong> {
        self.step(1);
        let mut text = Vec::new();
        let mut depth = 1_u32;
        loop {
            let Some(byte) = self.peek() else { return Err("end inside a string") };
            self.step(1);
            match byte {
                b'(' => depth = depth.saturating_add(1),
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(text);
                    }
                }
                // Any end of line counts as a line feed.
                b'\r' => {
                    if self.peek() == Some(b'\n') {
                        self.step(1);
                    }
                    text.push(b'\n');
                    continue;
                }
                b'\\' => {
                    let Some(escaped) = self.peek() else { return Err("end inside a string") };
                    self.step(1);
                    match escaped {
                        b'n' => text.push(b'\n'),
                        b'r' => text.push(b'\r'),
                        b't' => text.push(b'\t'),
                        b'b' => text.push(8),
                        b'f' => text.push(12),
                        b'\r' => {
                            if self.peek() == Some(b'\n') {
                                self.step(1);
                            }
                        }
                        b'\n' => {}
                        b'0'..=b'7' => {
                            let mut value = u16::from(escaped - b'0');
                            for _ in 0..2 {
                                if let Some(digit @ b'0'..=b'7') = self.peek() {
                                    value = value << 3 | u16::from(digit - b'0');
                                    self.step(1);
                                }
                            }
                            text.push(value.to_le_bytes().first().copied().unwrap_or(0));
                        }
                        other => text.push(other),
                    }
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, Wrong> {
        self.step(1);
        let mut text = Vec::new();
        let mut half: Option<u8> = None;
        loop {
            let Some(byte) = self.peek() else { return Err("end inside a string") };
            self.step(1);
            match byte {
                b'>' => {
                    if let Some(high) = half {
                        text.push(high << 4);
                    }
                    return Ok(text);
                }
                _ if is_space(byte) => {}
                _ => match (nibble(byte), half.take()) {
                    (Some(low), Some(high)) => text.push(high << 4 | low),
                    (Some(high), None) => half = Some(high),
                    (None, _) => return Err("a wrong digit in a hexadecimal string"),
                },
            }
        }
    }
}

/// The value of a hexadecimal digit.
pub(crate) const fn nibble(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
