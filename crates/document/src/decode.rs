//! Bytes → text: UTF-8, UTF-16 with a mark, Shift_JIS, EUC-JP; or an error that says what the file is instead.

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

/// The largest file that is read, in bytes. A policy has some hundred thousand; a book has a few million.
pub const LIMIT: usize = 20 * 1024 * 1024;

/// Why a file cannot be read as a policy, in words for a clerk: what, where, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Nothing in it.
    #[error("ファイルが空です。規程の本文が入ったテキストファイルを選び直してください。")]
    Empty,
    /// Larger than [`LIMIT`].
    #[error(
        "ファイルが大きすぎます（{megabytes} MB）。読み取れるのは {limit} MB までです。規程の本文だけをテキストで保存し直してください。"
    )]
    TooLarge {
        /// Size of the file.
        megabytes: usize,
        /// Largest size.
        limit: usize,
    },
    /// A known format that is no plain text.
    #[error("これは{name}です。このままでは読み取れません。{}", advice(name))]
    Format {
        /// What the format is called (PDF の文書).
        name: &'static str,
    },
    /// Control characters that text does not have.
    #[error(
        "文字のファイルではありません（{line} 行目に文字でないデータがあります）。規程の本文をテキスト形式（.txt）で保存し直してください。"
    )]
    Binary {
        /// Line of the first such character, 1-based.
        line: usize,
    },
    /// No encoding fits.
    #[error("文字コードを判別できません（{line} 行目で読めなくなりました）。UTF-8 又は Shift_JIS で保存し直してください。")]
    Encoding {
        /// Line up to which the best encoding could be read, 1-based.
        line: usize,
    },
    /// Readable, but not Japanese.
    #[error("日本語の文章が見つかりません。ファイルを取り違えていないか、文字化けしていないかを確かめてください。")]
    NotJapanese,
}

/// What to do with a file of another kind.
fn advice(name: &str) -> &'static str {
    match name {
        "画像" => "文字を含むファイル（元の Word、PDF、テキストなど）を選んでください。",
        "圧縮ファイル" | "ZIP の圧縮ファイル" => "展開して、中にある規程の文書を一つずつ選んでください。",
        "プログラム" => "ファイルを取り違えていないかを確かめてください。",
        "Excel の表" | "古い形式の Excel の表" | "OpenDocument の表計算" => {
            "規程の本文が表計算で作られているときは、本文をコピーして Word 又はテキスト（.txt）で保存し、そのファイルを選んでください。"
        }
        "ウェブアーカイブ（MHTML）" => "ブラウザーで開き、「ウェブページ、HTML のみ」で保存し直したファイルを選んでください。",
        _ => "元のソフトで開いて「Word 文書（.docx）」又は「テキスト形式（.txt）」で保存し、そのファイルを選んでください。",
    }
}

/// Turns the bytes of a file into text.
///
/// # Errors
/// When the file is empty, too large, not text, in no known encoding, or not Japanese.
pub fn decode(bytes: &[u8]) -> Result<String, DecodeError> {
    check_size(bytes)?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(DecodeError::Empty);
    }
    if let Some(name) = format(bytes) {
        return Err(DecodeError::Format { name });
    }
    decode_text(bytes, japanese)
}

/// Refuses what is larger than [`LIMIT`].
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), DecodeError> {
    let mega = 1024 * 1024;
    if bytes.len() <= LIMIT {
        return Ok(());
    }
    Err(DecodeError::TooLarge { megabytes: bytes.len().div_ceil(mega), limit: LIMIT / mega })
}

/// Whether a text may be what is looked for: marks of a page are not Japanese, its words are.
pub(crate) type Fits = fn(&str) -> Result<(), DecodeError>;

/// Turns bytes that are text into text.
pub(crate) fn decode_text(bytes: &[u8], fits: Fits) -> Result<String, DecodeError> {
    let text = text(bytes, fits)?;
    if text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() {
        return Err(DecodeError::Empty);
    }
    if let Some(at) = text.find(|c: char| matches!(c, '\0'..='\u{8}' | '\u{e}'..='\u{1a}' | '\u{7f}')) {
        return Err(DecodeError::Binary { line: line_at(&text, at) });
    }
    fits(&text)?;
    Ok(text)
}

/// The name of a well-known format by its first bytes.
fn format(bytes: &[u8]) -> Option<&'static str> {
    let holds = |word: &[u8]| bytes.get(..bytes.len().min(200_000)).is_some_and(|head| head.windows(word.len()).any(|w| w == word));
    let starts = |mark: &[u8]| bytes.starts_with(mark);
    Some(match () {
        () if starts(b"%PDF") => "PDF の文書",
        () if starts(b"PK\x03\x04") && holds(b"word/") => "Word の文書",
        () if starts(b"PK\x03\x04") && holds(b"xl/") => "Excel の表",
        () if starts(b"PK\x03\x04") && holds(b"ppt/") => "PowerPoint の資料",
        () if starts(b"PK\x03\x04") && holds(b"opendocument") => "OpenDocument の文書",
        () if starts(b"PK\x03\x04") => "ZIP の圧縮ファイル",
        () if starts(b"\xd0\xcf\x11\xe0") => compound(bytes),
        () if starts(b"{\\rtf") => "リッチテキスト（RTF）の文書",
        () if starts(b"\x89PNG") || starts(b"\xff\xd8\xff") || starts(b"GIF8") || starts(b"II*\0") || starts(b"MM\0*") => "画像",
        () if starts(b"BM") && bytes.contains(&0) || starts(b"RIFF") && holds(b"WEBP") => "画像",
        () if starts(b"\x1f\x8b") || starts(b"7z\xbc\xaf") || starts(b"Rar!") || bytes.get(2..5) == Some(b"-lh") => "圧縮ファイル",
        () if starts(b"MZ") && bytes.contains(&0) || starts(b"\x7fELF") => "プログラム",
        () if starts(b"\x60\x0e\x82\x01") => "DocuWorks の文書",
        () if starts(b"MIME-Version:") && holds(b"multipart/related") || starts(b"From: <Saved by") => "ウェブアーカイブ（MHTML）",
        () if starts(b"%!PS") => "PostScript の文書",
        () => return None,
    })
}

/// What an old container of streams holds, by the names of its streams.
fn compound(bytes: &[u8]) -> &'static str {
    let holds = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|window| window == name)
    };
    match () {
        () if holds("WordDocument") => "古い形式の Word の文書（.doc）",
        () if holds("Workbook") => "古い形式の Excel の表",
        () if holds("PowerPoint Document") => "古い形式の PowerPoint の資料",
        () if holds("DocumentText") => "一太郎の文書",
        () => "古い形式の Word・Excel・一太郎などの文書",
    }
}

fn text(bytes: &[u8], fits: Fits) -> Result<String, DecodeError> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        let (text, broken) = encoding.decode_with_bom_removal(bytes);
        return if broken { Err(DecodeError::Encoding { line: broken_line(&text) }) } else { Ok(text.into_owned()) };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    if bytes.contains(&0) {
        return utf16(bytes, fits);
    }
    let mut guess = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    guess.feed(bytes, true);
    let first = guess.guess(Some(b"jp"), chardetng::Utf8Detection::Deny);
    let order = if first == EUC_JP { [EUC_JP, SHIFT_JIS] } else { [SHIFT_JIS, EUC_JP] };
    for encoding in order {
        let (text, _, broken) = encoding.decode(bytes);
        if !broken && fits(&text).is_ok() {
            return Ok(text.into_owned());
        }
    }
    // Which reading goes furthest before it breaks?
    let line = [UTF_8, SHIFT_JIS, EUC_JP].iter().map(|encoding| broken_line(&encoding.decode(bytes).0)).max().unwrap_or(1);
    Err(DecodeError::Encoding { line })
}

/// UTF-16 without a mark, as some editors write it; otherwise NUL bytes mean it is no text.
fn utf16(bytes: &[u8], fits: Fits) -> Result<String, DecodeError> {
    for encoding in [UTF_16LE, UTF_16BE] {
        let (text, _, broken) = encoding.decode(bytes);
        if !broken && !text.contains('\0') && fits(&text).is_ok() {
            return Ok(text.into_owned());
        }
    }
    let at = bytes.iter().position(|b| *b == 0).unwrap_or(0);
    let line = bytes.iter().take(at).filter(|b| **b == b'\n').count() + 1;
    Err(DecodeError::Binary { line })
}

fn line_at(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

fn broken_line(text: &str) -> usize {
    text.find('\u{fffd}').map_or(1, |at| line_at(text, at))
}

/// Whether the character belongs to Japanese writing.
fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | 'ー' | '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '々')
}

/// A text is Japanese if at least one in twenty of its letters is, and a few at all.
pub(crate) fn japanese(text: &str) -> Result<(), DecodeError> {
    let letters = text.chars().filter(|c| !c.is_whitespace()).take(200_000).count();
    let own = text.chars().filter(|c| !c.is_whitespace()).take(200_000).filter(|c| is_japanese(*c)).count();
    if own < 2 || own * 20 < letters { Err(DecodeError::NotJapanese) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "第1条 職員は、この規程を守らなければならない。\n";

    #[test]
    fn reads_every_common_encoding() {
        let utf16 = |big: bool| -> Vec<u8> {
            let mark = [0xfeff_u16];
            mark.into_iter().chain(TEXT.encode_utf16()).flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
        };
        let marked = [b"\xef\xbb\xbf".as_slice(), TEXT.as_bytes()].concat();
        let cases = [
            TEXT.as_bytes().to_vec(),
            marked,
            utf16(false),
            utf16(true),
            SHIFT_JIS.encode(TEXT).0.into_owned(),
            EUC_JP.encode(TEXT).0.into_owned(),
        ];
        for (n, bytes) in cases.iter().enumerate() {
            assert_eq!(decode(bytes).as_deref(), Ok(TEXT), "case {n}");
        }
        let bare: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&bare).as_deref(), Ok(TEXT));
    }

    #[test]
    fn says_what_a_file_is_instead() {
        let message = |bytes: &[u8]| decode(bytes).map_or_else(|error| error.to_string(), |_| "read".to_owned());
        assert!(message(b"%PDF-1.7 \0\0").contains("PDF"));
        assert!(message(b"PK\x03\x04....word/document.xml").contains("Word"));
        assert!(message(b"PK\x03\x04....xl/workbook.xml").contains("Excel"));
        assert!(message(b"\xd0\xcf\x11\xe0\xa1\xb1").contains("一太郎"));
        assert!(message(b" \r\n\t ").contains("空"));
        assert!(message("この\0規程".as_bytes()).contains("1 行目"));
        assert!(message(b"The quick brown fox jumps over the lazy dog").contains("日本語"));
        assert!(message(&vec![b'a'; 50 * 1024 * 1024]).contains("50 MB"));
        assert!(matches!(decode(b"\n\x81\xff\xfe\x00\xd8 \x80\xa0"), Err(DecodeError::Binary { .. } | DecodeError::Encoding { .. })));
    }
}
