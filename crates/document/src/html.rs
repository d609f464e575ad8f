//! Web pages, such as those of ordinance sites (例規集) → text; knows the words of HTML, loads nothing.

mod flow;
mod letters;
mod style;
mod tree;

use crate::{Extract, ExtractError, Format, manuscript::Manuscript};
use flow::Flow;

const NAME: &str = "ウェブページ（HTML）";

/// Whether some bytes begin as a web page does, behind marks, comments and declarations.
pub(crate) fn is_page(bytes: &[u8]) -> bool {
    letters::is_page(bytes)
}

/// Reads a page.
pub(crate) fn extract(bytes: &[u8]) -> Result<Extract, ExtractError> {
    let text = letters::text(bytes)?;
    let page = tree::parse(&letters::expand_empty(&text));
    let mut manuscript = Manuscript::new();
    let mut flow = Flow::new(&page, &mut manuscript);
    flow.read();
    let (blocks, framed) = flow.finish();
    if page.is_cut() {
        manuscript
            .miss("ページの作りが深すぎるか大きすぎるため、ここから先は読み取っていません。規程の本文だけのページを保存し直してください。");
    }
    let extract = manuscript.finish(Format::Html, &blocks);
    match extract.text.trim().is_empty() {
        true if framed => Err(ExtractError::Frames),
        true => Err(ExtractError::NoText { name: NAME }),
        false => Ok(extract),
    }
}
