//! The derivations of the model and the checks of the document, each on sentences made up for it.
#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

use policy::control::Controls;
use policy::{
    model::{self, Approval, Cadence, Haste, Holder, Model},
    obligation::{Form, Modality, Obligation, Trigger},
    problem::{self, Kind, Problem},
    tree::{Clause, Document, Paragraph},
};
use proptest::prelude::*;

/// A small document: `path | heading | text` a line, table rows with tabs.
struct Draft {
    document: Document,
    obligations: Vec<Obligation>,
}

impl Draft {
    fn new(lines: &[&str]) -> Draft {
        let source = lines.join("\n");
        let root = Clause { path: String::new(), parent: None, line: 1, heading: String::new(), paragraphs: Vec::new(), span: 0..0 };
        let mut clauses = vec![root];
        for (at, line) in lines.iter().enumerate() {
            let fields: Vec<&str> = line.split('|').map(str::trim).collect();
            let [path, heading, text] = fields.as_slice() else { panic!("a draft line has three fields: {line}") };
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            let parent = clauses.iter().position(|clause| clause.path == above).or(Some(0));
            let row = text.replace("\\t", "\t");
            let paragraph = Paragraph { line: at + 1, table: row.contains('\t'), text: row };
            if let Some(known) = clauses.iter_mut().find(|clause| clause.path == *path) {
                known.paragraphs.push(paragraph);
                continue;
            }
            let paragraphs = if text.is_empty() { Vec::new() } else { vec![paragraph] };
            clauses.push(Clause { path: (*path).to_owned(), parent, line: at + 1, heading: (*heading).to_owned(), paragraphs, span: 0..0 });
        }
        Draft { document: Document { source, title: String::new(), clauses }, obligations: Vec::new() }
    }

    /// Adds an obligation for the last paragraph of a clause.
    fn norm(
        mut self,
        path: &str,
        modality: Modality,
        subjects: &[&str],
        counterparts: &[&str],
        trigger: Option<Trigger>,
        control: &str,
    ) -> Draft {
        let clause = self.document.clauses.iter().find(|clause| clause.path == path).expect("the clause is in the draft");
        let paragraph = clause.paragraphs.last().expect("the clause has a text");
        let n = self.obligations.iter().filter(|known| known.clause == path).count() + 1;
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.obligations.push(Obligation {
            clause: path.to_owned(),
            n,
            line: paragraph.line,
            modality,
            subjects: owned(subjects),
            counterparts: owned(counterparts),
            class: None,
            trigger,
            form: Form::Sentence,
            cue: String::new(),
            controls: if control.is_empty() { Vec::new() } else { vec![control.to_owned()] },
            exception: false,
            text: paragraph.text.clone(),
        });
        self
    }

    fn duty(self, path: &str, subjects: &[&str], counterparts: &[&str], control: &str) -> Draft {
        self.norm(path, Modality::Duty, subjects, counterparts, Some(Trigger::Event), control)
    }

    fn model(&self) -> Model {
        model::derive(&self.document, &self.obligations)
    }

    fn problems(&self, kind: Kind) -> Vec<Problem> {
        let all = problem::check(&self.document, &self.obligations, &self.model());
        all.into_iter().filter(|problem| problem.kind == kind).collect()
    }
}

fn role<'m>(model: &'m Model, id: &str) -> &'m model::Role {
    model.roles.iter().find(|role| role.id == id).unwrap_or_else(|| panic!("no role {id} in {:?}", model.roles))
}

#[test]
fn roles_come_from_headings_with_posts() {
    let model = Draft::new(&[
        "1 | 役割と責務 | ",
        "1/ア | 統括情報管理者（CIO：Chief Officer）（副町長） | 町の対策を総括する。",
        "1/イ | 情報化委員会（委員長：総務部長） | 重要な事項を審議する。",
        "1/ウ | 情報運用管理者（総務部長） | (空)",
        "1/エ | 課情報担当者（各課長） | (空)",
        "1/オ | 情報推進員（各課長が指名する職員） | (空)",
    ])
    .model();
    let chief = role(&model, "統括情報管理者");
    assert_eq!((chief.post.as_deref(), chief.holder), (Some("副町長"), Holder::One));
    assert_eq!(chief.aliases, ["CIO", "Chief Officer"]);
    assert_eq!(role(&model, "情報化委員会").holder, Holder::Committee);
    assert_eq!(role(&model, "情報運用管理者").chair.as_deref(), Some("情報化委員会"));
    assert_eq!(role(&model, "課情報担当者").holder, Holder::Unit);
    assert_eq!(role(&model, "情報推進員").holder, Holder::Nominated);
}

#[test]
fn roles_come_from_sentences_of_many_forms() {
    let model = Draft::new(&[
        "1 | 体制 | 副町長をもって最高情報責任者（以下「CISO」という。）とする。",
        "2 | 体制 | 最高情報責任者は、総務部長を統括情報責任者に充てる。",
        "3 | 体制 | 情報システム管理者は、情報課長をもって充てる。",
        "4 | 体制 | 本町に情報監査責任者を置き、監査室長をもって充てる。",
        "5 | 体制 | 各課長を、課情報責任者とする。",
        "6 | 体制 | 情報監査統括責任者として総務部長を指名し、監査を行わせる。",
        "7 | 体制 | 町長部局の全職員及び会計年度任用職員（以下「職員等」という。）は、この規程を守る。",
        "8 | 体制 | 緊急時対策会議を設置する。",
    ])
    .model();
    assert_eq!(role(&model, "最高情報責任者").post.as_deref(), Some("副町長"));
    assert_eq!(role(&model, "最高情報責任者").aliases, ["CISO"]);
    assert_eq!(role(&model, "情報システム管理者").post.as_deref(), Some("情報課長"));
    assert_eq!(role(&model, "情報監査責任者").post.as_deref(), Some("監査室長"));
    assert_eq!(role(&model, "課情報責任者").holder, Holder::Unit);
    assert_eq!(role(&model, "情報監査統括責任者").post.as_deref(), Some("総務部長"));
    assert_eq!(role(&model, "職員等").holder, Holder::Everyone);
    assert_eq!(role(&model, "緊急時対策会議").holder, Holder::Committee);
}

#[test]
fn roles_come_from_tables() {
    let model =
        Draft::new(&["1 | 体制 | 役割\\t充てる職", "1 | 体制 | 情報統括責任者\\t副町長", "1 | 体制 | 課情報管理者\\t各課長"]).model();
    assert_eq!(role(&model, "情報統括責任者").post.as_deref(), Some("副町長"));
    assert_eq!(role(&model, "課情報管理者").holder, Holder::Unit);
}

#[test]
fn one_role_in_two_spellings_is_one_role() {
    let draft = Draft::new(&[
        "1 | 役割 | 総務部長をもって町情報組織総括管理者とする。",
        "2 | 研修 | 町情報組織統括管理者は、研修を行わなければならない。",
    ])
    .duty("2", &["町情報組織統括管理者"], &[], "edu.training");
    let model = draft.model();
    assert_eq!(role(&model, "町情報組織総括管理者").aliases, ["町情報組織統括管理者"]);
    assert_eq!(model.duties[0].who, ["町情報組織総括管理者"]);
    let problems = draft.problems(Kind::RoleSpelling);
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].line, problems[0].clause.as_str()), (2, "2"));
}

#[test]
fn short_or_numbered_names_are_not_taken_for_misspellings() {
    let draft = Draft::new(&[
        "1 | 役割 | 総務部長をもって第一情報組織運用管理者とする。",
        "2 | 研修 | 第二情報組織運用管理者は、研修を行わなければならない。",
    ])
    .duty("2", &["第二情報組織運用管理者"], &[], "");
    assert!(draft.problems(Kind::RoleSpelling).is_empty());
    assert_eq!(draft.problems(Kind::UndefinedRole).len(), 1);
}

#[test]
fn deputies_act_for_the_absent() {
    let model = Draft::new(&[
        "1 | 役割 | 副町長をもって最高情報責任者とする。",
        "2 | 役割 | 総務部長をもって統括情報責任者とする。",
        "3 | 役割 | 最高情報責任者に事故があるときは、統括情報責任者がその職務を代理する。",
    ])
    .model();
    assert_eq!(role(&model, "最高情報責任者").deputy.as_deref(), Some("統括情報責任者"));
    assert_eq!(role(&model, "統括情報責任者").deputy, None);
}

#[test]
fn an_assistant_acts_in_absence_and_a_chair_is_known() {
    let draft = Draft::new(&[
        "1 | 役割 | 副町長をもって最高情報責任者とする。",
        "2 | 役割 | 各部長、教育次長及び議会事務局長をもって部局情報責任者とする。",
        "3 | 役割 | 部局情報責任者は、最高情報責任者を補佐し、その不在のときは職務を代行する。",
        "4 | 役割 | 最高情報責任者の下に情報委員会を置く。",
        "5 | 役割 | 情報委員会は、副町長を委員長とし、部局情報責任者をもって組織する。",
    ])
    .duty("3", &["部局情報責任者"], &[], "org.deputize");
    let model = draft.model();
    assert_eq!(role(&model, "最高情報責任者").deputy.as_deref(), Some("部局情報責任者"));
    assert_eq!(role(&model, "部局情報責任者").post.as_deref(), Some("各部長、教育次長及び議会事務局長"));
    assert_eq!(role(&model, "部局情報責任者").holder, Holder::Unit);
    assert_eq!(role(&model, "情報委員会").post.as_deref(), Some("副町長"));
    assert_eq!(role(&model, "最高情報責任者").chair.as_deref(), Some("情報委員会"));
}

#[test]
fn a_body_serves_as_the_contact_point_it_is_named_under() {
    let model = Draft::new(&[
        "1 | 役割 | ",
        "1/ア | 情報化委員会（委員長：総務部長） | 重要な事項を審議する。",
        "1/イ | 情報の統一的な窓口 | ",
        "1/イ/(ア) | 情報化委員会を、事故の窓口の | 情報化委員会を、事故の窓口の機能を有する組織とし、報告を受け付ける。",
    ])
    .model();
    assert_eq!(role(&model, "情報の統一的な窓口").post.as_deref(), Some("情報化委員会"));
    assert_eq!(role(&model, "情報化委員会").post.as_deref(), Some("総務部長"));
}

#[test]
fn posts_and_outside_councils_are_not_undefined_roles() {
    let draft = Draft::new(&[
        "1 | 役割 | 会計管理者をもって監査責任者とする。",
        "2 | 報告 | 監査責任者は、個人情報保護委員会に報告しなければならない。",
        "3 | 確認 | 監査責任者は、消火設備を庁舎管理責任者に確認しなければならない。",
    ])
    .norm("1", Modality::Declaration, &["会計管理者"], &[], None, "")
    .duty("2", &["監査責任者"], &["個人情報保護委員会"], "")
    .duty("3", &["監査責任者"], &[], "");
    let undefined: Vec<String> = draft.problems(Kind::UndefinedRole).into_iter().map(|problem| problem.message).collect();
    assert_eq!(undefined.len(), 1, "{undefined:?}");
    assert!(undefined[0].contains("庁舎管理責任者"));
}

#[test]
fn an_undefined_role_is_reported_where_it_acts() {
    let draft = Draft::new(&["1 | 承認 | 利用承認責任者は、利用の可否を決定すること。", "2 | 相手 | その監督責任者は、処分の対象とする。"])
        .duty("1", &["利用承認責任者"], &[], "")
        .norm("2", Modality::Declaration, &["監督責任者"], &[], None, "");
    let problems = draft.problems(Kind::UndefinedRole);
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].line, problems[0].column), (1, 10));
    assert!(problems[0].message.contains("利用承認責任者"));
}

#[test]
fn a_council_that_is_only_convened_is_undefined() {
    let draft = Draft::new(&["1 | 招集 | 総務部長に臨時対策会議の招集を命ずることとする。"]);
    assert_eq!(draft.problems(Kind::UndefinedRole).len(), 1);
}

#[test]
fn classes_come_from_tables_in_any_numerals() {
    let roman = Draft::new(&[
        "1 | 分類 | 分類\\t重要性の分類",
        "1 | 分類 | I\\t個人情報",
        "1 | 分類 | Ⅱ\\t非公開の情報",
        "1 | 分類 | III\\tその他",
    ])
    .model();
    let names: Vec<(&str, usize)> = roman.classes.iter().map(|class| (class.name.as_str(), class.rank)).collect();
    assert_eq!(names, [("Ⅰ", 0), ("Ⅱ", 1), ("Ⅲ", 2)]);
    assert_eq!(roman.classes[1].meaning, "非公開の情報");
    let axes = Draft::new(&[
        "1 | 分類 | 分類\\t基準",
        "1 | 分類 | 機密性1\\t公開の情報",
        "1 | 分類 | 機密性２\\t部外秘",
        "1 | 分類 | 完全性2\\t正確さが要る",
    ])
    .model();
    let names: Vec<(&str, &str, usize)> = axes.classes.iter().map(|class| (class.axis.as_str(), class.name.as_str(), class.rank)).collect();
    assert_eq!(names, [("機密性", "機密性2", 0), ("機密性", "機密性1", 1), ("完全性", "完全性2", 0)]);
}

const OFFICERS: [&str; 3] = [
    "1 | 役割 | 副町長をもって最高責任者とする。",
    "2 | 役割 | 総務課長をもって運用管理者とする。",
    "3 | 役割 | 各課長をもって課担当者とする。",
];

fn with_officers(lines: &[&str]) -> Draft {
    Draft::new(&[&OFFICERS, lines].concat())
}

#[test]
fn leave_of_one_of_all_and_of_any() {
    let draft = with_officers(&[
        "4 | 持ち出しの許可 | 職員等は、端末を庁外に持ち出す場合には、課担当者の許可を得なければならない。",
        "5 | 外部接続 | 運用管理者は、外部と接続する場合は、最高責任者及び課担当者の承認を得なければならない。",
        "6 | 運搬 | 文書を運搬する者は、運用管理者又は課担当者に許可を得なければならない。",
    ])
    .duty("4", &["職員等"], &["課担当者"], "permit.carry-out")
    .duty("5", &["運用管理者"], &["最高責任者", "課担当者"], "permit.ext-connect")
    .duty("6", &["文書を運搬する者"], &["運用管理者", "課担当者"], "permit.transport");
    let procedures = draft.model().procedures;
    assert_eq!(procedures.len(), 3);
    assert_eq!(
        (procedures[0].applicants.as_slice(), procedures[0].approvers.as_slice()),
        (&["職員等".to_owned()][..], &["課担当者".to_owned()][..])
    );
    assert_eq!((procedures[0].title.as_str(), procedures[0].condition.as_str()), ("持ち出しの許可", "端末を庁外に持ち出す場合"));
    assert_eq!((procedures[1].approval, procedures[1].approvers.len()), (Approval::All, 2));
    assert_eq!((procedures[2].approval, procedures[2].condition.as_str()), (Approval::Any, "文書を運搬する者"));
}

#[test]
fn leave_is_also_stated_as_prohibition_exception_and_nomination() {
    let draft = with_officers(&[
        "4 | 設定 | 職員等は、端末の設定を運用管理者の許可なく変更してはならない。",
        "5 | 私物 | ただし、最高責任者が認めた場合を除き、私物を使ってはならない。",
        "6 | 特権 | 特権を代行する者は、運用管理者が指名し、最高責任者が認めた者でなければならない。",
        "7 | 導入 | 職員等は、運用管理者の許可を得て、ソフトウェアを導入することができる。",
    ])
    .norm("4", Modality::Prohibition, &["職員等"], &["運用管理者"], None, "permit.security-config")
    .norm("5", Modality::Prohibition, &["職員等"], &["最高責任者"], None, "permit.byod")
    .duty("6", &["特権を代行する者"], &["運用管理者", "最高責任者"], "priv.delegate")
    .norm("7", Modality::Permission, &["職員等"], &["運用管理者"], None, "permit.software");
    let procedures = draft.model().procedures;
    assert_eq!(procedures.len(), 4);
    assert_eq!(procedures[0].approvers, ["運用管理者"]);
    assert_eq!(procedures[1].approvers, ["最高責任者"]);
    assert_eq!((procedures[2].approval, procedures[2].approvers.len()), (Approval::Nominated, 2));
    assert_eq!(procedures[2].approvers[0], "運用管理者");
}

#[test]
fn application_and_decision_make_one_procedure() {
    let draft = with_officers(&[
        "4 | 利用の承認 | ",
        "4/ア | 申請 | 職員等は、クラウドの利用を申請すること。",
        "4/イ | 決定 | 運用管理者は、職員等による利用申請を審査し、利用の可否を決定すること。",
    ])
    .duty("4/ア", &["職員等"], &[], "permit.ext-service")
    .duty("4/イ", &["運用管理者"], &[], "permit.ext-service");
    let procedures = draft.model().procedures;
    assert_eq!(procedures.len(), 1);
    assert_eq!(
        (procedures[0].applicants.as_slice(), procedures[0].approvers.as_slice()),
        (&["職員等".to_owned()][..], &["運用管理者".to_owned()][..])
    );
}

#[test]
fn leave_that_others_need_or_have_is_no_procedure() {
    let draft = with_officers(&[
        "4 | 契約 | 運用管理者は、本町の承認を受けるよう、契約に含めること。",
        "5 | 扉 | 運用管理者は、許可されていない立入りを防止しなければならない。",
        "6 | 兼務 | 承認又は許可の申請を行う者とその承認者は、同じ者が兼務してはならない。",
    ])
    .duty("4", &["運用管理者"], &[], "")
    .duty("5", &["運用管理者"], &[], "")
    .norm("6", Modality::Prohibition, &["申請を行う者"], &[], None, "");
    assert_eq!(draft.model().procedures, []);
}

#[test]
fn an_approver_who_applies_is_reported() {
    let draft = with_officers(&["4 | 接続 | 運用管理者は、外部と接続する場合は、運用管理者の許可を得なければならない。"]).duty(
        "4",
        &["運用管理者"],
        &["運用管理者"],
        "permit.ext-connect",
    );
    assert_eq!(draft.problems(Kind::SelfApproval).len(), 1);
    let other = with_officers(&["4 | 接続 | 運用管理者は、外部と接続する場合は、最高責任者の許可を得なければならない。"]).duty(
        "4",
        &["運用管理者"],
        &["最高責任者"],
        "permit.ext-connect",
    );
    assert!(other.problems(Kind::SelfApproval).is_empty());
}

#[test]
fn one_post_in_two_roles_approves_itself() {
    let draft = Draft::new(&[
        "1 | 役割 | 総務課長をもって運用管理者とする。",
        "2 | 役割 | 総務課長をもって接続管理者とする。",
        "3 | 接続 | 運用管理者は、外部と接続する場合は、接続管理者の許可を得なければならない。",
    ])
    .duty("3", &["運用管理者"], &["接続管理者"], "permit.ext-connect");
    assert_eq!(draft.problems(Kind::SelfApproval).len(), 1);
}

#[test]
fn routes_run_from_the_first_who_tells() {
    let draft = with_officers(&[
        "4 | 上申 | 運用管理者は、情報事故を認知した場合には、直ちに最高責任者に報告しなければならない。",
        "5 | 報告 | 職員等は、情報事故を認知した場合、速やかに課担当者に報告しなければならない。",
        "6 | 報告 | 報告を受けた課担当者は、遅滞なく運用管理者に報告しなければならない。",
        "7 | カード | 職員等は、職員証を紛失した場合には、運用管理者に通報し、指示に従わなければならない。",
        "8 | 監視 | 運用管理者は、報告があった場合、対応すること。",
    ])
    .duty("4", &["運用管理者"], &["最高責任者"], "incident.escalate.ciso")
    .duty("5", &["職員等"], &["課担当者"], "incident.report")
    .duty("6", &["報告を受けた課担当者"], &["運用管理者"], "incident.escalate")
    .duty("7", &["職員等"], &["運用管理者"], "card.lost")
    .duty("8", &["運用管理者"], &[], "");
    let routes = draft.model().routes;
    let steps: Vec<(&str, &str, Haste)> = routes.iter().map(|step| (step.event.as_str(), step.cite.clause.as_str(), step.haste)).collect();
    assert_eq!(
        steps,
        [
            ("情報事故", "5", Haste::Promptly),
            ("情報事故", "6", Haste::WithoutDelay),
            ("情報事故", "4", Haste::Immediately),
            ("職員証の紛失", "7", Haste::Unstated)
        ]
    );
    assert_eq!(routes[1].from, ["課担当者"]);
}

#[test]
fn cadence_is_read_from_the_words() {
    let cases = [
        ("毎年度研修を行う", Cadence::Months(12)),
        ("年１回以上研修を行う", Cadence::Months(12)),
        ("年に2回点検する", Cadence::Months(6)),
        ("半年ごとに点検する", Cadence::Months(6)),
        ("四半期ごとに点検する", Cadence::Months(3)),
        ("３か月ごとに点検する", Cadence::Months(3)),
        ("毎月点検する", Cadence::Months(1)),
        ("2年に1回監査する", Cadence::Months(24)),
        ("実査を9月～12月に行う", Cadence::Months(12)),
        ("定期的に点検する", Cadence::Unstated),
    ];
    for (words, cadence) in cases {
        let line = format!("4 | 点検 | 運用管理者は、{words}ものとする。");
        let draft = with_officers(&[&line]).norm("4", Modality::Duty, &["運用管理者"], &[], Some(Trigger::Periodic), "selfcheck.conduct");
        let model = draft.model();
        assert_eq!((model.duties.len(), &model.duties[0].cadence), (1, &cadence), "{words}");
        assert_eq!(draft.problems(Kind::NoInterval).len(), usize::from(cadence == Cadence::Unstated), "{words}");
    }
}

#[test]
fn documents_are_named_in_full_once() {
    let draft = with_officers(&[
        "4 | 手順 | 課担当者は、具体的な手順を定めた情報取扱実施手順を策定するものとする。",
        "5 | 計画 | 運用管理者は、町業務継続計画（情報編）を定めなければならない。",
        "6 | 会議 | 運用管理者は、オンライン会議を利用するための利用手順を定めなければならない。",
        "7 | 見直し | 最高責任者は、実施手順の維持管理を行わなければならない。",
    ])
    .norm("4", Modality::Declaration, &["課担当者"], &[], None, "doc.procedure")
    .duty("5", &["運用管理者"], &[], "bcp.plan")
    .duty("6", &["運用管理者"], &[], "webconf.procedure")
    .duty("7", &["最高責任者"], &[], "doc.procedure");
    let names: Vec<(String, usize)> = draft.model().documents.into_iter().map(|document| (document.name, document.keeper.len())).collect();
    assert_eq!(names, [("情報取扱実施手順".to_owned(), 2), ("町業務継続計画（情報編）".to_owned(), 1), ("利用手順（会議）".to_owned(), 1)]);
}

#[test]
fn zones_are_known_by_their_names() {
    let model = Draft::new(&[
        "1 | 強靱化 | インターネット接続系を監視する。",
        "2 | LGWAN 接続系 | 分離する。",
        "3 | 個人番号利用事務系 | 分離する。",
    ])
    .model();
    let zones: Vec<(&str, &str)> = model.zones.iter().map(|zone| (zone.id.as_str(), zone.name.as_str())).collect();
    assert_eq!(zones, [("internet", "インターネット接続系"), ("lgwan", "LGWAN 接続系"), ("mynumber", "個人番号利用事務系")]);
}

#[test]
fn fewer_stages_than_announced_are_reported() {
    let short = Draft::new(&["1 | 対策 | 次の三段階の対策を講じる。", "1/ア | 甲 | 甲を行う。", "1/イ | 乙 | 乙を行う。"]);
    let problems = short.problems(Kind::MissingStage);
    assert_eq!((problems.len(), problems[0].line, problems[0].column), (1, 1, 10));
    let full = Draft::new(&["1 | 対策 | 次の2つの方法による。", "1/ア | 甲 | 甲を行う。", "1/イ | 乙 | 乙を行う。"]);
    assert!(full.problems(Kind::MissingStage).is_empty());
}

#[test]
fn references_resolve_from_where_they_stand() {
    let valid = Draft::new(&[
        "第1章 | 基本方針 | ",
        "第1章/3 | 脅威 | 脅威を想定する。",
        "第1章/6 | 対策 | 上記3の脅威に備える。",
        "第1章/6/(1) | 体制 | 体制を整える。",
        "第1章/7 | 見直し | 上記3、6及び6（1）に規定する対策を見直す。",
        "第1章/7/ア | 甲 | 前記6(1)の体制による。",
        "第1章/7/ウ | 丙 | 第1章6（1）の定めによる。",
        "第1章/7/イ | 乙 | 個人情報の保護に関する法律第9条及び第12条第2項の規定による。",
    ]);
    assert_eq!(valid.problems(Kind::DanglingReference), []);
    let broken = Draft::new(&[
        "1 | 目的 | 上記5の脅威に備える。",
        "2 | 分類 | 情報は(4)の分類に従う。",
        "2/(1) | 甲 | (2)に規定する措置による。",
        "2/(3) | 乙 | 第2章10(9)の定めにより行う。",
    ]);
    let places: Vec<(usize, usize)> =
        broken.problems(Kind::DanglingReference).iter().map(|problem| (problem.line, problem.column)).collect();
    assert_eq!(places, [(1, 12), (2, 13), (3, 13), (4, 13)]);
}

#[test]
fn references_to_articles_of_the_document_itself() {
    let draft = Draft::new(&[
        "第1条 | 目的 | この規程の目的を定める。",
        "第2条 | 定義 | 第1条の目的のため、第７条に定める用語を用いる。",
        "第3条 | 法令 | 町個人情報保護条例第9条及び第30条による。",
        "第4条 | 準用 | 第三条の規定を準用する。",
    ]);
    let problems = draft.problems(Kind::DanglingReference);
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].line, problems[0].clause.as_str()), (2, "第2条"));
}

/// Pieces of policies, to be put together in any order: damage that no document has, too.
const PIECES: [&str; 24] = [
    "第1章 総則\n",
    "第3条 ",
    "1 目的\n",
    "(1) 役割\n",
    "- (ア) ",
    "（7） ",
    "ア 管理者（課長）\n",
    "①",
    "1.2 運用\n",
    "附 則\n",
    "課長をもって管理者とする。",
    "管理者は、",
    "職員等（以下「職員等」という。）は、",
    "端末を持ち出す場合には、",
    "管理者の許可を得なければならない。",
    "直ちに管理者に報告しなければならない。",
    "定期的に点検すること。",
    "次の三段階の対策を講じる。",
    "上記9(2)の規定により",
    "分類\t内容\nⅠ\t個人情報\n",
    "してはならない。ただし、この限りでない。",
    "）」。、",
    "\u{0}\r\n\t",
    "*^{*}\n\n",
];

proptest! {
    #[test]
    fn any_heap_of_pieces_is_read(picks in prop::collection::vec((prop::sample::select(PIECES.to_vec()), "[ -~ぁ-んァ-ン一-龠]{0,6}"), 0..40)) {
        let text: String = picks.iter().flat_map(|(piece, noise)| [*piece, noise.as_str()]).collect();
        let reading = policy::read(&text, Controls::embedded());
        prop_assert!(reading.problems.iter().all(|problem| problem.line >= 1 && problem.column >= 1));
        prop_assert_eq!(policy::text::obligations_jsonl(&reading).lines().count(), reading.obligations.len());
        prop_assert!(!policy::text::read_tables(&reading).is_empty());
        prop_assert!(!policy::text::check_table(&reading).is_empty());
    }

    #[test]
    fn any_text_gives_a_model_and_never_a_panic(
        lines in prop::collection::vec("[ -~]{0,20}|[（）「」、。及又は者をに管理責任委員会議第一三条章場合とき報告許可得なければ定期的①ⅠⅡア-ン0-9\t]{0,60}", 1..12),
        modality in prop::sample::select(vec![Modality::Duty, Modality::Prohibition, Modality::Permission, Modality::Declaration]),
    ) {
        let mut clauses = vec![Clause { path: String::new(), parent: None, line: 1, heading: String::new(), paragraphs: Vec::new(), span: 0..0 }];
        let mut obligations = Vec::new();
        for (at, text) in lines.iter().enumerate() {
            let path = format!("{}", at + 1);
            let paragraph = Paragraph { line: at + 1, text: text.clone(), table: text.contains('\t') };
            // A parent may point anywhere, even at itself: the checks must end all the same.
            clauses.push(Clause { path: path.clone(), parent: Some((at * 7) % 9), line: at + 1, heading: text.chars().take(12).collect(), paragraphs: vec![paragraph], span: 0..0 });
            obligations.push(Obligation {
                clause: path, n: 1, line: at + 1, modality, subjects: vec![text.chars().take(9).collect()], counterparts: vec![text.chars().skip(3).take(9).collect()],
                class: None, trigger: Some(Trigger::Periodic), form: Form::Sentence, cue: String::new(), controls: vec!["incident.report".to_owned()], exception: false, text: text.clone(),
            });
        }
        let document = Document { source: lines.join("\n"), title: String::new(), clauses };
        let model = model::derive(&document, &obligations);
        let problems = problem::check(&document, &obligations, &model);
        let rows = document.source.split('\n').count();
        prop_assert!(problems.iter().all(|problem| problem.line >= 1 && problem.line <= rows && problem.column >= 1));
        prop_assert_eq!(model, model::derive(&document, &obligations));
    }
}
