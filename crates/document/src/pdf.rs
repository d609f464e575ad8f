//! PDF with a text layer → the text of a policy: lines, columns, tables and paragraphs from the places of characters;
//! reads no pictures, guesses no missing characters and runs nothing that a file brings along.

mod aligned;
mod budget;
mod characters;
mod columns;
mod content;
mod fonts;
mod furniture;
mod layout;
mod lines;
mod paragraphs;
mod tables;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use crate::{Extract, Format, Progress, Unread};
use budget::{Budget, Fault, LIMITS};
use content::Sheet;
use fonts::Fonts;
use layout::PageLines;

/// Why a PDF gives no text, in words for a clerk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// Larger than is read.
    #[error("PDFが大きすぎます（{megabytes} MB）。読み取れるのは {limit} MB までです。規程の部分だけを別のPDFに保存し直してください。")]
    TooLarge {
        /// Size of the file.
        megabytes: usize,
        /// Largest size.
        limit: usize,
    },
    /// A password is needed to open it.
    #[error("このPDFはパスワードで保護されているため開けません。パスワードを入れて開き、保護を外して保存し直したものを選んでください。")]
    Password,
    /// Protected in a way that is not known.
    #[error("このPDFは読み取りに対応していない方法で保護されています。保護を外して保存し直すか、元のWordのファイルを選んでください。")]
    Protection,
    /// Damaged or cut off.
    #[error("PDFが壊れているか、途中で切れています。もう一度受け取り直すか、PDFを開いて「名前を付けて保存」したものを選んでください。")]
    Damaged,
    /// It unpacks to more than any policy holds.
    #[error("PDFの中身が異常に大きいため、読み取りを止めました。規程の文書であれば、元のWordのファイルを選んでください。")]
    Bomb,
    /// Pictures of pages, without text.
    #[error(
        "このPDFは紙を読み取った画像だけでできており、文字の情報がありません（{pages} ページ）。元のWordのファイルを選ぶか、OCR（文字認識）で文字を付けたPDFにしてください。"
    )]
    Scanned {
        /// Number of pages.
        pages: usize,
    },
    /// No text and no pictures.
    #[error("このPDFには文字がありません（{pages} ページ）。ファイルを取り違えていないかを確かめてください。")]
    NoText {
        /// Number of pages.
        pages: usize,
    },
    /// Text whose characters cannot be told.
    #[error(
        "このPDFの文字は、どの文字かを示す情報が欠けているため読み取れません（コピーすると文字化けするPDFです）。元のWordのファイルを選ぶか、PDFを作り直してください。"
    )]
    Garbled,
}

/// Whether the bytes are those of a PDF; some files have a few bytes before their mark.
pub(crate) fn is_pdf(bytes: &[u8]) -> bool {
    bytes.get(..bytes.len().min(1024)).is_some_and(|head| head.windows(4).any(|four| four == b"%PDF"))
}

/// Reads a PDF.
///
/// # Errors
/// When nothing can be read from it.
pub(crate) fn read(bytes: &[u8], progress: &mut dyn FnMut(Progress)) -> Result<Extract, PdfError> {
    if bytes.len() > LIMITS.file_bytes {
        let mega = 1024 * 1024;
        return Err(PdfError::TooLarge { megabytes: bytes.len().div_ceil(mega), limit: LIMITS.file_bytes / mega });
    }
    if !budget::is_bearable(bytes) {
        return Err(PdfError::Bomb);
    }
    let data: Arc<Vec<u8>> = Arc::new(bytes.to_vec());
    let pdf = guarded(|| Pdf::new(Arc::clone(&data))).unwrap_or(Err(LoadPdfError::Invalid)).map_err(refusal)?;
    let pages = guarded(|| pages(&pdf, progress)).unwrap_or_default();
    if pages.is_empty() {
        return Err(PdfError::Damaged);
    }
    finish(pages)
}

/// The library reads what strangers write. It is written not to panic, and fuzzed; should it do so all
/// the same, that ends the reading of the file and not the service.
fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).ok()
}

const fn refusal(error: LoadPdfError) -> PdfError {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => PdfError::Password,
        LoadPdfError::Decryption(_) => PdfError::Protection,
        LoadPdfError::Invalid => PdfError::Damaged,
    }
}

/// A page as it was read.
struct PageRead {
    lines: PageLines,
    state: State,
    /// Letters that run another way than the text.
    aside: String,
}

impl PageRead {
    fn without_text(state: State) -> Self {
        Self { lines: PageLines::default(), state, aside: String::new() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Read,
    Empty,
    Picture,
    Garbled,
    Cut,
    Broken,
    Beyond,
}

fn pages(pdf: &Pdf, progress: &mut dyn FnMut(Progress)) -> Vec<PageRead> {
    let fonts = Fonts::new();
    let mut budget = Budget::new();
    let all = pdf.pages();
    let mut out = Vec::with_capacity(all.len());
    for (n, page) in all.iter().enumerate() {
        if n >= LIMITS.pages {
            out.push(PageRead::without_text(State::Beyond));
            continue;
        }
        budget.page();
        let read = guarded(|| {
            let mut sheet = content::sheet(page, &fonts, &mut budget);
            let aside = std::mem::take(&mut sheet.aside);
            let state = state(&sheet);
            let lines = if state == State::Garbled { PageLines::default() } else { layout::page(sheet) };
            PageRead { lines, state, aside }
        });
        out.push(read.unwrap_or_else(|| PageRead::without_text(State::Broken)));
        progress(Progress { done: n + 1, total: all.len() });
    }
    out
}

/// What came of a page.
fn state(sheet: &Sheet) -> State {
    let shown = sheet.glyphs.iter().filter(|g| !characters::is_blank(g.c)).count();
    let strange = sheet.glyphs.iter().filter(|g| is_strange(g.c)).count();
    match () {
        () if shown > 0 && strange * 5 > shown => State::Garbled,
        () if sheet.fault == Some(Fault::Limit) => State::Cut,
        () if sheet.fault == Some(Fault::Damage) => State::Broken,
        // A page of text may have a stamp on it; a scanned one may have a page number.
        () if sheet.picture > 0.5 && shown < 30 => State::Picture,
        () if shown == 0 && sheet.picture > 0.02 => State::Picture,
        () if shown == 0 => State::Empty,
        () => State::Read,
    }
}

/// Characters that no text has: unknown ones and those for private use.
const fn is_strange(c: char) -> bool {
    matches!(c, char::REPLACEMENT_CHARACTER | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

fn finish(pages: Vec<PageRead>) -> Result<Extract, PdfError> {
    let count = pages.len();
    let has = |state: State| pages.iter().any(|page| page.state == state);
    let states: Vec<State> = pages.iter().map(|page| page.state).collect();
    if !has(State::Read) && !has(State::Cut) && !has(State::Broken) {
        return Err(match () {
            () if has(State::Garbled) => PdfError::Garbled,
            () if has(State::Picture) => PdfError::Scanned { pages: count },
            () => PdfError::NoText { pages: count },
        });
    }
    let asides: Vec<String> = pages.iter().map(|page| page.aside.clone()).collect();
    let mut lines: Vec<PageLines> = pages.into_iter().map(|page| page.lines).collect();
    furniture::strip(&mut lines);
    let text = paragraphs::join(lines);
    if text.trim().is_empty() {
        return Err(match () {
            () if states.contains(&State::Cut) => PdfError::Bomb,
            () if states.contains(&State::Broken) => PdfError::Damaged,
            () => PdfError::NoText { pages: count },
        });
    }
    Ok(Extract { format: Format::Pdf, text, unread: unread(&states, &asides) })
}

/// The pages that are missing from the text, runs of the same kind together.
fn unread(states: &[State], asides: &[String]) -> Vec<Unread> {
    let mut out = runs(states, |state| lack(*state));
    out.extend(runs(asides, |letters| aside(letters)));
    out
}

/// Neighbouring pages that lack the same, told once.
fn runs<T: PartialEq>(pages: &[T], lack: impl Fn(&T) -> Option<String>) -> Vec<Unread> {
    let mut out = Vec::new();
    let mut at = 0;
    for run in pages.chunk_by(|a, b| a == b) {
        let (first, last) = (at + 1, at + run.len());
        at = last;
        let Some(what) = run.first().and_then(&lack) else { continue };
        let place = if first == last { format!("{first}ページ") } else { format!("{first}～{last}ページ") };
        out.push(Unread { place, what });
    }
    out
}

/// Letters across the page are told, not read: most are a stamp, some are not.
fn aside(letters: &str) -> Option<String> {
    const SHOWN: usize = 20;
    if letters.is_empty() {
        return None;
    }
    let shown: String = letters.chars().take(SHOWN).collect();
    let more = if letters.chars().nth(SHOWN).is_some() { "…" } else { "" };
    Some(format!(
        "斜め、または本文と違う向きの文字は読み取っていません：「{shown}{more}」。規程の一部であれば、文字を入力して補ってください。"
    ))
}

/// What is lacking in a page of a kind, if anything.
fn lack(state: State) -> Option<String> {
    let what = match state {
        State::Read | State::Empty => return None,
        State::Picture => "画像のページです。文字の情報がないため読み取れません。規程の一部であれば、文字を入力して補ってください。",
        State::Garbled => "文字の対応を示す情報が欠けているため読み取れません。元のWordのファイルで補ってください。",
        State::Cut => "内容が多すぎるか複雑すぎるため、途中までしか読み取っていません。元の文書と見比べてください。",
        State::Broken => "壊れている部分があり、読み取れないか、途中までしか読み取っていません。元の文書と見比べてください。",
        State::Beyond => return Some(format!("{} ページを超える部分は読み取っていません。文書を分けてください。", LIMITS.pages)),
    };
    Some(what.to_owned())
}
