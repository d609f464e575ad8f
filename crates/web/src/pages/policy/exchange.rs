//! The policy in the standard forms of the field, to take along: OSCAL in both versions, law XML.

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use exchange::oscal::{self, Version};

use super::{Asked, find, notice};
use crate::{context::Context, fault::Fault, frame, page::Page, standard_forms::StandardForms};

/// A file to take along.
struct Line {
    about: &'static str,
    href: String,
}

/// The files of one form.
struct Group {
    title: String,
    about: &'static str,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "policy/exchange.html")]
struct ExchangePage {
    page: Page,
    title: String,
    notice: String,
    adopted: bool,
    groups: Vec<Group>,
}

#[derive(Template)]
#[template(path = "policy/none.html")]
struct NonePage {
    page: Page,
    administrator: bool,
}

/// File name of the law XML.
const LAW: &str = "law.xml";

/// `GET /policy/exchange`
pub(crate) async fn show(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let Some(shown) = find(&context, &asked).await? else {
        return frame::show(&NonePage { page: context.page("標準形式"), administrator: context.account.administrator });
    };
    let number = shown.version.number;
    let forms = StandardForms::of(&context.app.registry, number).await?.ok_or(Fault::NotFound)?;
    // The newer first: it has everything.
    let mut groups: Vec<Group> = Version::ALL
        .into_iter()
        .rev()
        .map(|version| Group {
            title: format!("OSCAL {}", version.number()),
            about: match version {
                Version::V1_2_2 => "統制の対応表まで含みます。受け取る側が新しい版を読めるときは、こちらを渡してください。",
                Version::V1_1_3 => "古い版しか読めない相手に渡すときに使います。統制の対応表は、この版の形式にはありません。",
            },
            lines: forms.oscal(version).iter().map(|file| line(file.name, file.about, version.number(), number)).collect(),
        })
        .collect();
    groups.push(Group {
        title: "法令XML".to_owned(),
        about: "e-Gov法令検索と同じ形です。例規のシステムや、条文を扱う研究に渡せます。",
        lines: vec![line(LAW, "規程の全文（編・章・節・条・項・号と附則、別表）", "law", number)],
    });
    frame::show(&ExchangePage {
        page: context.page("標準形式"),
        title: shown.version.reading.document.title.clone(),
        notice: notice(&context, &shown),
        adopted: shown.book.is_some(),
        groups,
    })
}

fn line(name: &'static str, about: &'static str, form: &str, number: u32) -> Line {
    Line { about, href: format!("/policy/exchange/{form}/{name}?version={number}") }
}

/// `GET /policy/exchange/{form}/{name}`
pub(crate) async fn download(
    context: Context,
    Path((form, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let shown = find(&context, &asked).await?.ok_or(Fault::NotFound)?;
    let forms = StandardForms::of(&context.app.registry, shown.version.number).await?.ok_or(Fault::NotFound)?;
    if form == "law" && name == LAW {
        return Ok(frame::download(LAW, "application/xml", forms.law_xml().into_bytes()));
    }
    let version = Version::of(&form).ok_or(Fault::NotFound)?;
    let file = forms.oscal(version).into_iter().find(|file| file.name == name).ok_or(Fault::NotFound)?;
    Ok(frame::download(file.name, "application/json", oscal::write(&file.content).into_bytes()))
}
