//! The adoption page: the document on the left, what was understood on the right, each item beside its clause.

use std::collections::BTreeMap;

use askama::Template;
use office::{
    adoption::{Confirmation, PolicyVersion, Unread, is_hardly_a_policy},
    rulebook::Cite,
};
use policy::{
    model::{Cadence, Citation, Haste, Norm},
    tree::Clause,
};

use super::{
    draft::{self, DutyForm, Offer, ProcedureForm, RoleForm},
    known::{self, Line},
    sentences::{self, SentenceForm},
};
use crate::{
    context::Context,
    field::{Choice, Field, Fields, Kind},
    html::Html,
    page::Page,
    pages::{
        policy::{annotated, coverage, problems},
        registers::list,
    },
};

/// A clause of the document on the left.
struct Source {
    anchor: String,
    path: String,
    heading: String,
    text: Vec<Html>,
}

/// Something understood that is shown and not corrected here.
struct Item {
    title: String,
    note: String,
    cite: Html,
}

struct Section {
    title: &'static str,
    about: &'static str,
    items: Vec<Item>,
}

/// A form with the link to its clause.
struct Linked<T> {
    thing: T,
    cite: Html,
}

#[derive(Template)]
#[template(path = "adoption/form.html")]
pub(super) struct FormPage {
    page: Page,
    number: u32,
    title: String,
    adopted: bool,
    errors: Vec<(String, String)>,
    sources: Vec<Source>,
    general: Fields,
    roles: Vec<Linked<RoleForm>>,
    vacant: usize,
    procedures: Vec<Linked<ProcedureForm>>,
    formless: Vec<Item>,
    unstated: Vec<Linked<DutyForm>>,
    stated: Vec<Linked<DutyForm>>,
    events: Vec<Linked<DutyForm>>,
    standard_roles: Vec<Linked<RoleForm>>,
    standard_procedures: Vec<Linked<ProcedureForm>>,
    standard_duties: Vec<Linked<DutyForm>>,
    sections: Vec<Section>,
    problems: Vec<Item>,
    notice: &'static str,
    file: String,
    format: String,
    unread: Vec<Unread>,
    doubtful: bool,
    after: u32,
    known: Vec<(Line, Html)>,
    reread: Html,
    sentences: Vec<(SentenceForm, Html)>,
    sentences_corrected: usize,
    controls: Vec<String>,
    same: Vec<Field>,
}

/// Links from clauses to their place on the left.
struct Anchors<'a>(BTreeMap<&'a str, usize>);

impl<'a> Anchors<'a> {
    fn of(clauses: &'a [Clause]) -> Self {
        Self(clauses.iter().enumerate().map(|(index, clause)| (clause.path.as_str(), index)).collect())
    }

    fn to(&self, path: &str) -> Html {
        let word = if path.is_empty() { "前文" } else { path };
        self.0.get(path).map_or_else(|| Html::text(word), |index| Html::link(&format!("#c{index}"), word))
    }

    fn cite(&self, cite: &Cite) -> Html {
        if cite.standard { Html::text(&format!("標準実施基準 {}", cite.clause)) } else { self.to(&cite.clause) }
    }

    fn item(&self, title: impl Into<String>, note: impl Into<String>, cite: &Citation) -> Item {
        Item { title: title.into(), note: note.into(), cite: self.to(&cite.clause) }
    }

    fn link<T>(&self, things: Vec<T>, cite: impl Fn(&T) -> &Cite) -> Vec<Linked<T>> {
        things.into_iter().map(|thing| Linked { cite: self.cite(cite(&thing)), thing }).collect()
    }
}

/// How fast, in words.
const fn haste(haste: Haste) -> &'static str {
    match haste {
        Haste::Immediately => "直ちに",
        Haste::Promptly => "速やかに",
        Haste::WithoutDelay => "遅滞なく",
        Haste::Unstated => "",
    }
}

fn sources(clauses: &[Clause]) -> Vec<Source> {
    let source = |(index, clause): (usize, &Clause)| Source {
        anchor: format!("c{index}"),
        path: if clause.path.is_empty() { "前文".to_owned() } else { clause.path.clone() },
        heading: clause.heading.clone(),
        text: annotated::blocks(&clause.paragraphs, Html::text),
    };
    clauses.iter().enumerate().map(source).collect()
}

fn norms(anchors: &Anchors<'_>, norms: &[Norm]) -> Vec<Item> {
    norms.iter().map(|norm| anchors.item(norm.what.clone(), norm.who.join("、"), &norm.cite)).collect()
}

/// What is shown and not corrected: classes, routes, prohibitions, measures, documents, zones.
fn sections(offer: &Offer<'_>, anchors: &Anchors<'_>) -> Vec<Section> {
    let model = &offer.corrected.model;
    let routes = model.routes.iter().map(|step| {
        let from = if step.from.is_empty() { "気付いた人".to_owned() } else { step.from.join("、") };
        anchors.item(
            format!("{}：{from} → {}", step.event, step.to.join("、")),
            format!("{} {}", haste(step.haste), step.condition),
            &step.cite,
        )
    });
    let standing = model.duties.iter().filter(|duty| duty.cadence == Cadence::Standing);
    vec![
        Section {
            title: "情報資産の分類",
            about: "台帳と申請で使う分類です。上が高い分類です。",
            items: model
                .classes
                .iter()
                .map(|class| anchors.item(format!("{} {}", class.axis, class.name), class.meaning.clone(), &class.cite))
                .collect(),
        },
        Section {
            title: "報告経路", about: "インシデントなどのとき、誰が誰に伝えるかです。", items: routes.collect()
        },
        Section {
            title: "常の責務",
            about: "期日の無い責務です。条項の一覧に「人が守る」として並びます。",
            items: standing.map(|duty| anchors.item(duty.what.clone(), duty.who.join("、"), &duty.cite)).collect(),
        },
        Section { title: "禁止", about: "してはならないことです。", items: norms(anchors, &model.prohibitions) },
        Section {
            title: "技術的な対策",
            about: "機器やシステムに求めていることです。いまの版では、このシステムは確かめません。",
            items: norms(anchors, &model.measures),
        },
        Section {
            title: "整えておく文書",
            about: "規程が作成を求めている文書です。",
            items: model
                .documents
                .iter()
                .map(|document| anchors.item(document.name.clone(), document.keeper.join("、"), &document.cite))
                .collect(),
        },
        Section {
            title: "ネットワークの領域",
            about: "規程が分けている領域です。",
            items: model.zones.iter().map(|zone| anchors.item(zone.name.clone(), String::new(), &zone.cite)).collect(),
        },
    ]
}

/// Puts what was wrong beside its field.
fn blame(fields: &mut Fields, errors: &[(String, String)]) {
    for field in &mut fields.0 {
        if let Some((_, message)) = errors.iter().find(|(key, _)| *key == field.key) {
            field.error.clone_from(message);
        }
    }
}

fn general(offer: &Offer<'_>, confirmation: &Confirmation, errors: &[(String, String)], version: &PolicyVersion) -> Fields {
    let origin = if offer.stated { "附則に書かれた日を案にしています。" } else { "" };
    let choices = vec![
        Choice::new("no", "採用しない（この規程だけで運用する）"),
        Choice {
            help: "この規程が定めていない申請、報告経路、定期業務を補います。基本方針だけの団体はこちらを選びます。".to_owned(),
            ..Choice::new("yes", "併せて採用する")
        },
    ];
    let mut fields = Fields(vec![
        Field::new(Kind::Date, "effective", "施行日")
            .required()
            .help(format!("{origin}この日から、申請や報告がこの規程に従います。先の日を書くと、その日まではいまの規程のままです。"))
            .value(confirmation.effective.to_string()),
        Field::new(Kind::Radios, "standard", "標準実施基準").required().choices(choices).value(if confirmation.standard {
            "yes"
        } else {
            "no"
        }),
    ]);
    if !version.source.unread.is_empty() {
        let checked = if confirmation.unread_checked { "yes" } else { "" };
        fields.0.push(Field::new(Kind::Check, "unread_checked", "読めなかった部分を確かめました").value(checked));
    }
    if is_hardly_a_policy(&version.reading) {
        let help = "施行するときは、この文書を規程とする理由を書きます。理由は記録に残ります。";
        fields.0.push(Field::new(Kind::Text, "reason", "規程らしくない文書を施行する理由").help(help).value(confirmation.reason.clone()));
    }
    blame(&mut fields, errors);
    fields
}

/// The page of a loaded version.
pub(super) fn page(
    context: &Context,
    offer: &Offer<'_>,
    version: &PolicyVersion,
    confirmation: &Confirmation,
    errors: &[(String, String)],
    notice: &'static str,
) -> FormPage {
    let document = &offer.reading.document;
    let anchors = Anchors::of(&document.clauses);
    let units = list::units(context);
    // Standard roles keep their proposal while the set is not chosen, so that choosing it later finds them filled in.
    let mut shown = confirmation.clone();
    for (id, holding) in &offer.proposal.holdings {
        shown.holdings.entry(id.clone()).or_insert_with(|| holding.clone());
    }
    let roles = |standard: bool| {
        let mut roles = draft::roles(offer, &shown, standard, &units);
        roles.iter_mut().for_each(|role| blame(&mut role.fields, errors));
        anchors.link(roles, |role| &role.cite)
    };
    let procedures = |standard: bool| anchors.link(draft::procedures(offer, &shown, standard), |procedure| &procedure.cite);
    let duties = |standard: bool, wanted: fn(&Cadence) -> bool| {
        let mut duties = draft::duties(offer, &shown, standard, wanted);
        for duty in &mut duties {
            if let Some((_, message)) = errors.iter().find(|(key, _)| *key == duty.field.key) {
                duty.field.error.clone_from(message);
            }
            if let Some((_, message)) = errors.iter().find(|(key, _)| *key == duty.doers.key) {
                duty.doers.error.clone_from(message);
            }
        }
        anchors.link(duties, |duty| &duty.cite)
    };
    let formless = offer.corrected.model.procedures.iter().filter(|procedure| offer.catalog.form(&procedure.control).is_none());
    let own = roles(false);
    let sentences = sentences::sentences(offer);
    FormPage {
        notice,
        file: version.file.clone(),
        format: version.source.format.clone(),
        unread: version.source.unread.clone(),
        doubtful: is_hardly_a_policy(&version.reading),
        after: offer.after(),
        known: known::lines(offer, confirmation)
            .into_iter()
            .map(|line| {
                let clause = anchors.to(&line.clause);
                (line, clause)
            })
            .collect(),
        reread: super::packed("reread", &offer.proposal.reread),
        sentences_corrected: sentences.iter().filter(|sentence| sentence.corrected).count(),
        sentences: sentences
            .into_iter()
            .map(|sentence| {
                let clause = anchors.to(&sentence.clause);
                (sentence, clause)
            })
            .collect(),
        controls: sentences::controls(),
        same: sentences::same_roles(offer),
        page: context.page(format!("第{}版の確認", offer.version)),
        number: offer.version,
        title: document.title.clone(),
        adopted: version.effective.is_some(),
        errors: errors.to_vec(),
        sources: sources(&document.clauses),
        general: general(offer, &shown, errors, version),
        vacant: own.iter().filter(|role| role.thing.vacant).count(),
        roles: own,
        procedures: procedures(false),
        formless: formless.map(|procedure| anchors.item(procedure.title.clone(), procedure.condition.clone(), &procedure.cite)).collect(),
        unstated: duties(false, |cadence| *cadence == Cadence::Unstated),
        stated: duties(false, |cadence| matches!(cadence, Cadence::Months(_))),
        events: duties(false, |cadence| *cadence == Cadence::Event),
        standard_roles: roles(true),
        standard_procedures: procedures(true),
        standard_duties: duties(true, |_| true),
        sections: sections(offer, &anchors),
        problems: offer
            .reading
            .problems
            .iter()
            .map(|problem| Item {
                title: problem.message.clone(),
                note: format!("{}　{}行目 {}文字目", problems::word(problem.kind), problem.line, problem.column),
                cite: anchors.to(&problem.clause),
            })
            .collect(),
    }
}

impl FormPage {
    fn label(&self, text: &str) -> String {
        coverage::short(text)
    }
}
