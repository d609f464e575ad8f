//! What the commands `sekisho policy read` and `sekisho policy check` print: tables for people, lines for machines.

mod table;

use std::fmt::Write as _;

use serde::Serialize;

use self::table::Table;
use crate::{
    Reading,
    model::{Approval, Cadence, Citation, Haste, Holder, Model},
    obligation::{Form, Modality, Obligation, Trigger},
    problem::Kind,
};

/// Longest heading in [`tree_tsv`], in characters.
const HEADING: usize = 20;

/// The clause tree for machines: `path TAB line TAB heading`, the heading cut at 20 characters.
#[must_use]
pub fn tree_tsv(reading: &Reading) -> String {
    let mut out = String::new();
    for clause in reading.document.clauses.iter().filter(|clause| !clause.path.is_empty()) {
        let heading: String = clause.heading.chars().take(HEADING).collect();
        let _ = writeln!(out, "{}\t{}\t{}", clause.path, clause.line, heading.replace(['\t', '\n', '\r'], " "));
    }
    out
}

/// An obligation with the keys of the gold files; it borrows from [`Obligation`] and leaves the text out.
#[derive(Serialize)]
struct Line<'o> {
    clause: &'o str,
    n: usize,
    line: usize,
    modality: Modality,
    subjects: &'o [String],
    counterparts: &'o [String],
    class: &'o Option<String>,
    trigger: Option<Trigger>,
    form: Form,
    cue: &'o str,
    controls: &'o [String],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    exception: bool,
}

/// The obligations for machines: one JSON object a line.
#[must_use]
pub fn obligations_jsonl(reading: &Reading) -> String {
    let mut out = String::new();
    for obligation in &reading.obligations {
        let line = Line {
            clause: &obligation.clause,
            n: obligation.n,
            line: obligation.line,
            modality: obligation.modality,
            subjects: &obligation.subjects,
            counterparts: &obligation.counterparts,
            class: &obligation.class,
            trigger: obligation.trigger,
            form: obligation.form,
            cue: &obligation.cue,
            controls: &obligation.controls,
            exception: obligation.exception,
        };
        // Strings and numbers always serialize.
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
    out
}

/// The model for machines: one JSON document.
#[must_use]
pub fn model_json(reading: &Reading) -> String {
    // A model holds nothing but strings and numbers, which always serialize.
    let mut out = serde_json::to_string_pretty(&reading.model).unwrap_or_default();
    out.push('\n');
    out
}

/// The whole reading for people: clauses, obligations and model as tables with aligned columns.
#[must_use]
pub fn read_tables(reading: &Reading) -> String {
    let mut out = String::new();
    if !reading.document.title.is_empty() {
        let _ = writeln!(out, "{}\n", reading.document.title);
    }
    out.push_str(&clauses(reading));
    out.push_str(&obligations(reading));
    out.push_str(&model(&reading.model));
    out
}

/// The problems of the document for people.
#[must_use]
pub fn check_table(reading: &Reading) -> String {
    if reading.problems.is_empty() {
        return "規程の点検：指摘はありません。\n".to_owned();
    }
    let mut table = Table::new(&["種類", "行:桁", "条項", "指摘と対処"]);
    for problem in &reading.problems {
        table.push([
            kind(problem.kind).to_owned(),
            format!("{}:{}", problem.line, problem.column),
            problem.clause.clone(),
            problem.message.clone(),
        ]);
    }
    format!("規程の点検：{}件\n\n{}", reading.problems.len(), table.unclipped())
}

fn clauses(reading: &Reading) -> String {
    let mut table = Table::new(&["条項", "行", "見出し"]);
    for clause in reading.document.clauses.iter().filter(|clause| !clause.path.is_empty()) {
        table.push([clause.path.clone(), clause.line.to_string(), clause.heading.clone()]);
    }
    table.titled("条項")
}

fn obligations(reading: &Reading) -> String {
    let mut table = Table::new(&["条項", "番", "行", "種別", "主体", "相手", "分類", "契機", "統制", "文"]);
    for obligation in &reading.obligations {
        table.push([
            obligation.clause.clone(),
            obligation.n.to_string(),
            obligation.line.to_string(),
            force(obligation),
            obligation.subjects.join("、"),
            obligation.counterparts.join("、"),
            class(obligation.class.as_deref()),
            obligation.trigger.map_or("", trigger).to_owned(),
            obligation.controls.join(" "),
            obligation.text.clone(),
        ]);
    }
    table.titled("規範文")
}

fn model(model: &Model) -> String {
    [roles(model), classes(model), procedures(model), routes(model), duties(model), norms(model), documents(model), zones(model)].concat()
}

fn roles(model: &Model) -> String {
    let mut table = Table::new(&["役割", "別の表記", "就く職", "就き方", "不在のとき", "主宰", "条項"]);
    for role in &model.roles {
        table.push([
            role.id.clone(),
            role.aliases.join("、"),
            role.post.clone().unwrap_or_default(),
            holder(role.holder).to_owned(),
            role.deputy.clone().unwrap_or_default(),
            role.chair.clone().unwrap_or_default(),
            place(&role.cite),
        ]);
    }
    table.titled("役割")
}

fn classes(model: &Model) -> String {
    let mut table = Table::new(&["観点", "分類", "内容", "条項"]);
    for class in &model.classes {
        table.push([class.axis.clone(), class.name.clone(), class.meaning.clone(), place(&class.cite)]);
    }
    table.titled("情報資産の分類")
}

fn procedures(model: &Model) -> String {
    let mut table = Table::new(&["統制", "件名", "申請する者", "許可する者", "許可の仕方", "分類", "どんなとき", "条項"]);
    for procedure in &model.procedures {
        table.push([
            procedure.control.clone(),
            procedure.title.clone(),
            procedure.applicants.join("、"),
            procedure.approvers.join("、"),
            if procedure.approvers.len() > 1 { approval(procedure.approval).to_owned() } else { String::new() },
            class(procedure.class.as_deref()),
            procedure.condition.clone(),
            place(&procedure.cite),
        ]);
    }
    table.titled("申請・許可")
}

fn routes(model: &Model) -> String {
    let mut table = Table::new(&["出来事", "報告する者", "報告を受ける者", "速さ", "どんなとき", "統制", "条項"]);
    for step in &model.routes {
        table.push([
            step.event.clone(),
            step.from.join("、"),
            step.to.join("、"),
            haste(step.haste).to_owned(),
            step.condition.clone(),
            step.control.clone(),
            place(&step.cite),
        ]);
    }
    table.titled("報告経路")
}

fn duties(model: &Model) -> String {
    let mut table = Table::new(&["間隔", "する者", "すること", "統制", "条項"]);
    for duty in &model.duties {
        table.push([cadence(&duty.cadence), duty.who.join("、"), duty.what.clone(), duty.control.clone(), place(&duty.cite)]);
    }
    table.titled("定期業務・責務")
}

fn norms(model: &Model) -> String {
    let lists = [("禁止事項", &model.prohibitions), ("技術的な措置", &model.measures)];
    let tables = lists.map(|(title, norms)| {
        let mut table = Table::new(&["対象", "内容", "統制", "条項"]);
        for norm in norms {
            table.push([norm.who.join("、"), norm.what.clone(), norm.control.clone(), place(&norm.cite)]);
        }
        table.titled(title)
    });
    tables.concat()
}

fn documents(model: &Model) -> String {
    let mut table = Table::new(&["文書", "定める者", "条項"]);
    for document in &model.documents {
        table.push([document.name.clone(), document.keeper.join("、"), place(&document.cite)]);
    }
    table.titled("定めるべき文書")
}

fn zones(model: &Model) -> String {
    let mut table = Table::new(&["領域", "条項"]);
    for zone in &model.zones {
        table.push([zone.name.clone(), place(&zone.cite)]);
    }
    table.titled("領域")
}

fn place(cite: &Citation) -> String {
    format!("{}（{}行）", cite.clause, cite.line)
}

fn force(obligation: &Obligation) -> String {
    let modality = match obligation.modality {
        Modality::Duty => "義務",
        Modality::Prohibition => "禁止",
        Modality::Effort => "努力",
        Modality::Recommendation => "推奨",
        Modality::Permission => "許容",
        Modality::Declaration => "宣言",
    };
    let form = match obligation.form {
        Form::Sentence => "",
        Form::Item => "・項目",
        Form::Alternative => "・選択肢",
        Form::TableRow => "・表",
        Form::Lead => "・柱書",
    };
    let exception = if obligation.exception { "・ただし書" } else { "" };
    format!("{modality}{form}{exception}")
}

fn trigger(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Periodic => "定期",
        Trigger::Event => "その都度",
        Trigger::Always => "常時",
    }
}

fn class(class: Option<&str>) -> String {
    match class {
        Some(limited) => limited.strip_prefix("not:").map_or_else(|| limited.to_owned(), |class| format!("{class}を除く")),
        None => String::new(),
    }
}

fn holder(holder: Holder) -> &'static str {
    match holder {
        Holder::One => "一人",
        Holder::Unit => "所属ごとに一人",
        Holder::Committee => "会議体・窓口",
        Holder::Nominated => "指名された者",
        Holder::Everyone => "全員",
    }
}

fn approval(approval: Approval) -> &'static str {
    match approval {
        Approval::Any => "いずれか一人",
        Approval::All => "全員",
        Approval::Nominated => "指名し、認める",
    }
}

fn haste(haste: Haste) -> &'static str {
    match haste {
        Haste::Immediately => "直ちに",
        Haste::Promptly => "速やかに",
        Haste::WithoutDelay => "遅滞なく",
        Haste::Unstated => "定めなし",
    }
}

fn cadence(cadence: &Cadence) -> String {
    match cadence {
        Cadence::Months(12) => "毎年度".to_owned(),
        Cadence::Months(months) if months % 12 == 0 => format!("{}年ごと", months / 12),
        Cadence::Months(months) => format!("{months}か月ごと"),
        Cadence::Unstated => "定期（間隔の定めなし）".to_owned(),
        Cadence::Event => "その都度".to_owned(),
        Cadence::Standing => "常に".to_owned(),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::MarkerRepaired => "記号の読み違え",
        Kind::Numbering => "番号の乱れ",
        Kind::JoinedParagraph => "切れた段落",
        Kind::UndefinedRole => "定めのない役割",
        Kind::RoleSpelling => "役割の表記ゆれ",
        Kind::SelfApproval => "自己許可",
        Kind::MissingStage => "段階の不足",
        Kind::NoInterval => "間隔の定めなし",
        Kind::DanglingReference => "参照先なし",
        Kind::Unreadable => "読めない文字",
        Kind::NotAPolicy => "規程でない文書",
        Kind::DuplicateNumber => "番号の重なり",
        Kind::CircularReference => "互いの参照",
        Kind::SeveralDocuments => "複数の文書",
        Kind::NotJapanese => "日本語でない文書",
        Kind::MissingAnnex => "別表・様式なし",
    }
}
