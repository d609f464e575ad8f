//! What is wrong or unclear in the document itself (規程の点検), with its place and what to do.

use askama::Template;
use axum::{extract::Query, response::Response};
use policy::problem::Kind;

use super::{Asked, clause_href, find, notice};
use crate::{context::Context, fault::Fault, frame, page::Page, pages::registers::list::file};

/// The word for a kind of problem.
pub(crate) const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::MarkerRepaired => "番号の読み違いを直した所",
        Kind::Numbering => "番号の抜け・重なり",
        Kind::JoinedParagraph => "切れた文をつないだ所",
        Kind::UndefinedRole => "定められていない役割",
        Kind::RoleSpelling => "役割の名前の揺れ",
        Kind::SelfApproval => "自分で自分を承認する手続",
        Kind::MissingStage => "段階の数の不一致",
        Kind::NoInterval => "間隔の無い「定期的に」",
        Kind::DanglingReference => "行き先の無い参照",
        Kind::Unreadable => "読めない文字",
        Kind::NotAPolicy => "規程らしくない文書",
        Kind::DuplicateNumber => "同じ番号の条項",
        Kind::CircularReference => "互いを指すだけの条項",
        Kind::SeveralDocuments => "一つのファイルに複数の文書",
        Kind::NotJapanese => "日本語でない文書",
        Kind::MissingAnnex => "付いていない別表・様式",
    }
}

/// Whether a problem asks the body to mend its policy; the others tell what was mended in reading.
pub(super) const fn is_defect(kind: Kind) -> bool {
    !matches!(kind, Kind::MarkerRepaired | Kind::JoinedParagraph)
}

struct Line {
    place: String,
    href: String,
    clause: String,
    message: String,
}

struct Group {
    word: &'static str,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "policy/problems.html")]
struct ProblemsPage {
    page: Page,
    notice: String,
    version: u32,
    defects: Vec<Group>,
    repairs: Vec<Group>,
}

/// `GET /policy/problems`
pub(crate) async fn show(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let shown = find(&context, &asked).await?.ok_or(Fault::NotFound)?;
    let problems = &shown.version.reading.problems;
    if let Some(format) = asked.get("format") {
        let headings = ["種類", "行", "列", "条項", "内容と直し方"].map(str::to_owned);
        let rows: Vec<Vec<String>> = problems
            .iter()
            .map(|problem| {
                vec![
                    word(problem.kind).to_owned(),
                    problem.line.to_string(),
                    problem.column.to_string(),
                    problem.clause.clone(),
                    problem.message.clone(),
                ]
            })
            .collect();
        return file(&context, "規程の点検", format == "csv", &headings, &rows);
    }
    let groups = |defect: bool| {
        let mut groups: Vec<(Kind, Group)> = Vec::new();
        for problem in problems.iter().filter(|problem| is_defect(problem.kind) == defect) {
            let line = Line {
                place: format!("{}行目 {}文字目", problem.line, problem.column),
                href: clause_href(&problem.clause, shown.version.number),
                clause: if problem.clause.is_empty() { "前文".to_owned() } else { problem.clause.clone() },
                message: problem.message.clone(),
            };
            match groups.iter_mut().find(|(kind, _)| *kind == problem.kind) {
                Some((_, group)) => group.lines.push(line),
                None => groups.push((problem.kind, Group { word: word(problem.kind), lines: vec![line] })),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    };
    frame::show(&ProblemsPage {
        page: context.page("規程の点検"),
        notice: notice(&context, &shown),
        version: shown.version.number,
        defects: groups(true),
        repairs: groups(false),
    })
}
