//! The policy beside that of another body, by control: what theirs asks for and ours does not. Nothing is recorded.

use askama::Template;
use axum::response::Response;
use policy::compare::{ByControl, Said, by_control};

use super::super::{
    Asked, clause_href,
    coverage::{CONTROLS, control_title},
    find,
};
use crate::{
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    input::Input,
    page::Page,
};

/// Sentences that are shown of each policy under one control; the others are counted.
const SHOWN: usize = 3;

struct Line {
    control: String,
    ours: Vec<(String, String, String)>,
    theirs: Vec<(String, String)>,
    more: usize,
}

struct Part {
    title: &'static str,
    open: bool,
    lines: Vec<Line>,
}

struct Unread {
    place: String,
    what: String,
}

#[derive(Template)]
#[template(path = "policy/compare_other.html")]
struct OtherPage {
    page: Page,
    fields: Fields,
    error: String,
    file: String,
    ours: String,
    unread: Vec<Unread>,
    parts: Vec<Part>,
}

fn page(context: &Context, error: &str) -> OtherPage {
    let file = Field::new(Kind::File, "file", "別の団体の規程").required();
    let help = "公開されている規程のファイルを選びます。読める形式は、規程の読込みと同じです。50MBまで。";
    OtherPage {
        page: context.page("別の団体の規程と比べる"),
        fields: Fields(vec![file.help(help)]),
        error: error.to_owned(),
        file: String::new(),
        ours: String::new(),
        unread: Vec::new(),
        parts: Vec::new(),
    }
}

/// `GET /policy/compare/other`
pub(crate) async fn index(context: Context) -> Result<Response, Fault> {
    context.administrator()?;
    frame::show(&page(&context, ""))
}

fn line(row: &ByControl, version: u32) -> Line {
    let ours = |said: &Said| (clause_href(&said.clause, version), said.clause.clone(), said.text.clone());
    let theirs = |said: &Said| (said.clause.clone(), said.text.clone());
    Line {
        control: control_title(&row.control).to_owned(),
        ours: row.ours.iter().take(SHOWN).map(ours).collect(),
        theirs: row.theirs.iter().take(SHOWN).map(theirs).collect(),
        more: row.ours.len().saturating_sub(SHOWN) + row.theirs.len().saturating_sub(SHOWN),
    }
}

/// `POST /policy/compare/other`
pub(crate) async fn take(context: Context, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let Some(shown) = find(&context, &Asked::new()).await? else {
        return frame::show_refused(&page(&context, "比べる元になる、施行中の規程がありません。先に規程を読み込み、施行してください。"));
    };
    let Some(sent) = input.files.iter().find(|file| file.key == "file") else {
        return frame::show_refused(&page(&context, "ファイルが選ばれていません。別の団体の規程のファイルを選んでください。"));
    };
    let (name, bytes) = (sent.name.clone(), sent.bytes.clone());
    let ours = shown.version.clone();
    let work = tokio::task::spawn_blocking(move || {
        let extract = document::extract(&bytes)?;
        let theirs = policy::read(&extract.text, &CONTROLS);
        Ok((by_control(&ours.reading, &theirs), extract.unread))
    });
    let read: Result<_, document::ExtractError> = work.await.map_err(|error| {
        tracing::error!(%error, "a policy broke the reader");
        Fault::Internal
    })?;
    let (rows, unread) = match read {
        Ok(read) => read,
        Err(error) => {
            return frame::show_refused(&page(&context, &format!("「{name}」を読み取れませんでした。{error}")));
        }
    };
    let version = shown.version.number;
    let known = || rows.iter().filter(|row| !row.control.is_empty());
    let part = |title, open, keep: &dyn Fn(&&ByControl) -> bool| Part {
        title,
        open,
        lines: known().filter(keep).map(|row| line(row, version)).collect(),
    };
    frame::show(&OtherPage {
        file: name,
        ours: shown.version.reading.document.title.clone(),
        unread: unread.into_iter().map(|unread| Unread { place: unread.place, what: unread.what }).collect(),
        parts: vec![
            part("相手の規程だけが定めるもの", true, &|row| row.is_lacking()),
            part("こちらの規程だけが定めるもの", false, &|row| row.is_ours_alone()),
            part("どちらも定めるもの", false, &|row| !row.is_lacking() && !row.is_ours_alone()),
        ],
        ..page(&context, "")
    })
}
