//! Attestation (点検の報告): officers say, line by line, how the norms they answer for are kept.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use office::{
    act::Act,
    calendar::{self, plus_days},
    coverage::{Answer, AttestLine, Covering, Found, Note},
    record::Fact,
    role::{self, Held},
    rulebook::Rulebook,
    state::Key,
};
use registry::SubmitError;

use crate::{
    citation,
    context::Context,
    fault::Fault,
    frame,
    html::Html,
    input::Input,
    page::Page,
    pages::policy::{
        Asked,
        coverage::{self, cite, history_href, list},
    },
    refused::Refused,
};

/// Days before the end of a period from which a norm is asked about again.
const AHEAD_DAYS: i32 = 30;

/// The word for an answer.
pub(crate) const fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "守られている",
        Answer::No => "守られていない",
        Answer::None => "該当なし",
    }
}

/// Answers by the word that forms send.
const ANSWERS: [(&str, Answer); 3] = [("yes", Answer::Yes), ("no", Answer::No), ("none", Answer::None)];

/// A norm the reader answers for: its place in the rulebook, and what he last said.
pub(crate) struct Mine<'a> {
    index: usize,
    covering: &'a Covering,
    last: Option<Note>,
    due: bool,
}

/// What somebody last said about a norm, for all the units he speaks for: the oldest of the answers, `None` if one lacks.
fn said(found: &Found, covering: &Covering, held: &[Held]) -> Option<Note> {
    let seats = held.iter().filter(|held| covering.who.contains(&held.role)).map(|held| held.seat.as_str());
    let newest = |seat: &str| {
        let notes = covering.evidence.iter().filter_map(|key| found.notes.get(key)?.get(seat));
        notes.max_by_key(|note| note.index).copied()
    };
    let said: Option<Vec<Note>> = seats.map(newest).collect();
    said.and_then(|notes| notes.into_iter().min_by_key(|note| note.index))
}

/// Every norm the reader answers for.
async fn mine<'a>(context: &Context, book: &'a Rulebook) -> Result<Vec<Mine<'a>>, Fault> {
    let held = role::held(context.state(), book, &context.person.id, context.today());
    let found = context.app.registry.evidence().await?;
    let soon = plus_days(context.today(), AHEAD_DAYS);
    let of = |(index, covering): (usize, &'a Covering)| {
        let last = said(&found, covering, &held);
        let good = |note: &Note| note.answer != Some(Answer::No) && note.until.is_none_or(|until| until > soon);
        Mine { index, covering, due: !last.as_ref().is_some_and(good), last }
    };
    let answers = |covering: &Covering| covering.is_attested() && held.iter().any(|held| covering.who.contains(&held.role));
    Ok(book.coverage.iter().enumerate().filter(|(_, covering)| answers(covering)).map(of).collect())
}

/// Those among them that should be answered now.
///
/// # Errors
/// If the store fails.
pub(crate) async fn due<'a>(context: &Context, book: &'a Rulebook) -> Result<Vec<Mine<'a>>, Fault> {
    let mut mine = mine(context, book).await?;
    mine.retain(|mine| mine.due);
    Ok(mine)
}

/// A line of the checklist.
struct Line {
    index: usize,
    clause: Html,
    says: String,
    control: &'static str,
    means: &'static str,
    last: String,
    history: String,
    answer: String,
    reason: String,
}

struct Chapter {
    title: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "attest/index.html")]
struct ListPage {
    page: Page,
    version: u32,
    all: bool,
    due: usize,
    total: usize,
    chapters: Vec<Chapter>,
    refused: Option<Refused>,
    answers: [(&'static str, &'static str); 3],
}

fn line(book: &Rulebook, mine: &Mine<'_>, typed: &BTreeMap<String, String>) -> Line {
    let covering = mine.covering;
    let get = |key: &str| typed.get(&format!("{key}-{}", mine.index)).cloned().unwrap_or_default();
    let last = mine.last.map_or_else(String::new, |note| {
        let until = note.until.map_or_else(String::new, |until| format!("（{}まで有効）", calendar::wareki(until)));
        format!("{} {}{until}", calendar::wareki(note.at.date()), note.answer.map_or("", answer))
    });
    Line {
        index: mine.index,
        clause: citation::short(&cite(book, covering)),
        says: covering.says.clone(),
        control: if covering.control.is_empty() { "" } else { coverage::control_title(&covering.control) },
        means: coverage::means(covering.means),
        last,
        history: history_href(covering),
        answer: get("answer"),
        reason: get("reason"),
    }
}

fn chapters(book: &Rulebook, mine: &[Mine<'_>], typed: &BTreeMap<String, String>) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    for mine in mine {
        let title = list::chapter(mine.covering);
        let line = line(book, mine, typed);
        match chapters.iter_mut().find(|chapter| chapter.title == title) {
            Some(chapter) => chapter.lines.push(line),
            None => chapters.push(Chapter { title, lines: vec![line] }),
        }
    }
    chapters
}

async fn page(context: &Context, all: bool, typed: &BTreeMap<String, String>, refused: Option<Refused>) -> Result<ListPage, Fault> {
    let Some(book) = context.rulebook() else {
        return Ok(ListPage {
            page: context.page("点検の報告"),
            version: 0,
            all,
            due: 0,
            total: 0,
            chapters: Vec::new(),
            refused,
            answers: ANSWERS.map(|(code, one)| (code, answer(one))),
        });
    };
    let mut mine = mine(context, book).await?;
    let (total, due) = (mine.len(), mine.iter().filter(|mine| mine.due).count());
    mine.retain(|mine| all || mine.due);
    Ok(ListPage {
        page: context.page("点検の報告"),
        version: book.version,
        all,
        due,
        total,
        chapters: chapters(book, &mine, typed),
        refused,
        answers: ANSWERS.map(|(code, one)| (code, answer(one))),
    })
}

fn shows_all(asked: &Asked) -> bool {
    asked.get("view").is_some_and(|view| view == "all")
}

/// `GET /attest`
pub(crate) async fn show(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    frame::show(&page(&context, shows_all(&asked), &BTreeMap::new(), None).await?)
}

/// The lines that were answered; with the box ticked, those left open count as kept.
async fn lines(context: &Context, book: &Rulebook, input: &Input) -> Result<Vec<AttestLine>, Fault> {
    let shown: BTreeSet<usize> = input.all("line").into_iter().filter_map(|index| index.parse().ok()).collect();
    let mut lines = Vec::new();
    for mine in mine(context, book).await?.into_iter().filter(|mine| shown.contains(&mine.index)) {
        let typed = input.get(&format!("answer-{}", mine.index));
        let chosen = ANSWERS.iter().find(|(code, _)| *code == typed).map(|(_, answer)| *answer);
        let Some(answer) = chosen.or_else(|| input.ticked("rest").then_some(Answer::Yes)) else { continue };
        let mut evidence = Vec::new();
        let key = format!("evidence-{}", mine.index);
        for file in input.files.iter().filter(|file| file.key == key) {
            evidence.push(context.app.registry.put_object(&file.name, file.bytes.to_vec()).await?);
        }
        lines.push(AttestLine {
            clause: mine.covering.clause.clone(),
            standard: mine.covering.standard,
            n: mine.covering.n,
            answer,
            statement: input.get(&format!("reason-{}", mine.index)).to_owned(),
            evidence,
        });
    }
    Ok(lines)
}

/// `POST /attest`
pub(crate) async fn send(context: Context, Query(asked): Query<Asked>, input: Input) -> Result<Response, Fault> {
    let book = context.rulebook().ok_or(Fault::NotFound)?;
    let version = input.get("version").parse().unwrap_or(0);
    // The places of the lines mean something in the version that was shown only.
    let lines = if version == book.version { lines(&context, book, &input).await? } else { Vec::new() };
    let count = lines.len();
    match context.act(Act::AttestClauses { version, lines }).await {
        Ok(_) => Ok(frame::done(&context, "/attest", &format!("{count}の規範文の点検を記録しました。"))),
        Err(SubmitError::Unavailable(trouble)) => Err(trouble.into()),
        Err(SubmitError::Refused(refusal)) => {
            let refused = Refused::of(&context, &refusal).await;
            frame::show_refused(&page(&context, shows_all(&asked), &input.values(), Some(refused)).await?)
        }
    }
}

/// An answer given once.
struct Given {
    record: u64,
    at: String,
    who: String,
    units: String,
    badge: Html,
    statement: String,
    until: String,
    files: Vec<String>,
}

#[derive(Template)]
#[template(path = "attest/history.html")]
struct HistoryPage {
    page: Page,
    clause: Html,
    says: String,
    given: Vec<Given>,
}

/// `GET /attest/history`
pub(crate) async fn history(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let book = context.rulebook().ok_or(Fault::NotFound)?;
    let get = |key: &str| asked.get(key).map_or("", String::as_str);
    let (standard, n) = (get("standard") == "yes", get("n").parse().unwrap_or(0_usize));
    let at = |covering: &&Covering| covering.standard == standard && covering.clause == get("clause") && covering.n == n;
    let covering = book.coverage.iter().find(at).ok_or(Fault::NotFound)?;
    let mut given = Vec::new();
    for key in covering.evidence.iter().filter(|key| key.starts_with("attest:")) {
        for (index, record) in context.app.registry.history(&Key::Norm(key.clone())).await? {
            let Fact::ClauseAttested { attestation } = record.fact else { continue };
            let kind = match attestation.answer {
                Answer::Yes => "good",
                Answer::No => "late",
                Answer::None => "done",
            };
            given.push(Given {
                record: index,
                at: record.at.wareki(),
                who: format!("{}（{}）", context.snapshot.name(&record.by), book.role_name(&attestation.role)),
                units: attestation.seats.into_iter().filter(|seat| !seat.is_empty()).collect::<Vec<_>>().join("、"),
                badge: Html::badge(kind, answer(attestation.answer)),
                statement: attestation.statement,
                until: attestation.until.map_or_else(String::new, calendar::wareki),
                files: attestation.evidence.into_iter().map(|file| file.name).collect(),
            });
        }
    }
    given.sort_by_key(|given| std::cmp::Reverse(given.record));
    let page = HistoryPage {
        page: context.page("点検の報告の履歴"),
        clause: citation::full(&context, &cite(book, covering)).await,
        says: covering.says.clone(),
        given,
    };
    frame::show(&page)
}

/// `GET /attest/evidence/{record}/{number}`
pub(crate) async fn evidence(context: Context, Path((index, number)): Path<(u64, usize)>) -> Result<Response, Fault> {
    let record = context.app.registry.record(index).await?.and_then(|proven| proven.record).ok_or(Fault::NotFound)?;
    let Fact::ClauseAttested { attestation } = record.fact else { return Err(Fault::NotFound) };
    let file = attestation.evidence.get(number).ok_or(Fault::NotFound)?;
    let bytes = context.app.registry.object(&file.sha256).await?;
    Ok(frame::download(&file.name, "application/octet-stream", bytes))
}
