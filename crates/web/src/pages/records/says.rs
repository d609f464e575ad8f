//! What a record says, in words and with links, for whoever looks into the book.

use office::{
    calendar,
    coverage::{Attestation, Covering},
    people::{Person, Unit},
    permit::{Application, Permit},
    record::{Fact, Record},
    register::Row,
    state::Key,
};

use crate::{citation, context::Context, html::Html, pages::registers::values, words};

/// A line: what it is, and what it says.
pub(super) type Lines = Vec<(String, Html)>;

/// The address of the page of a thing; empty if it has none for this person.
pub(super) fn href(key: &Key, administrator: bool) -> String {
    match key {
        Key::Permit(id) => format!("/permits/{id}"),
        Key::Row(register, id) => values::address(register, id),
        Key::Task(id) => format!("/tasks/{id}"),
        Key::Incident(id) => format!("/incidents/{id}"),
        Key::Version(number) => format!("/policy?version={number}"),
        Key::Person(id) if administrator => format!("/admin/people/{}", crate::paging::encode(id)),
        Key::Norm(_) | Key::Person(_) | Key::Office => String::new(),
    }
}

/// The word for a thing.
pub(super) fn thing(context: &Context, key: &Key) -> String {
    match key {
        Key::Permit(id) => format!("申請 {id}"),
        Key::Row(register, id) => {
            let title = context.catalog().register(register).map_or("台帳", |register| register.title.as_str());
            format!("{title} {id}")
        }
        Key::Task(id) => format!("定期業務 {id}"),
        Key::Incident(id) => format!("インシデント {id}"),
        Key::Version(number) => format!("規程 第{number}版"),
        Key::Norm(_) => "規範文".to_owned(),
        Key::Person(id) => format!("職員 {}", context.snapshot.name(id)),
        Key::Office => "団体".to_owned(),
    }
}

/// A thing as a link, where there is a page.
pub(super) fn link(context: &Context, key: &Key) -> Html {
    let (href, word) = (href(key, context.account.administrator), thing(context, key));
    if href.is_empty() { Html::text(&word) } else { Html::link(&href, &word) }
}

fn text(label: &str, value: impl AsRef<str>) -> (String, Html) {
    (label.to_owned(), Html::text(value.as_ref()))
}

/// What a record says. Lines without content are left out.
pub(super) fn says(context: &Context, record: &Record) -> Lines {
    let mut lines = match &record.fact {
        Fact::BodyFounded { name } => vec![text("団体の名称", name)],
        Fact::PeopleChanged { units, people } => changed(units, people),
        Fact::PolicyLoaded { version } => vec![
            ("規程".to_owned(), link(context, &Key::Version(version.number))),
            text("題名", &version.reading.document.title),
            text("ファイル", &version.file),
            text("ファイルの種類", &version.source.format),
            text("元のファイルのハッシュ値（SHA-256）", version.source.original.as_ref().map_or("", |file| file.sha256.as_str())),
            text(
                "読めなかった部分",
                if version.source.unread.is_empty() { String::new() } else { format!("{}か所", version.source.unread.len()) },
            ),
            text("本文のハッシュ値（SHA-256）", &version.sha256),
        ],
        Fact::PolicyConfirmed { version, confirmed } => vec![
            ("規程".to_owned(), link(context, &Key::Version(*version))),
            text("施行日", calendar::wareki(confirmed.confirmation.effective)),
            text("読み取りから直したこと", format!("{}件", confirmed.corrections.len())),
            text("直した所", confirmed.corrections.iter().map(|one| one.about.as_str()).collect::<Vec<_>>().join("、")),
            text("読めなかった部分", if confirmed.confirmation.unread_checked { "確かめた" } else { "" }),
            text("規程らしくない文書を施行する理由", &confirmed.confirmation.reason),
        ],
        Fact::AdoptionWithdrawn { version, reason } => {
            vec![("規程".to_owned(), link(context, &Key::Version(*version))), text("理由", reason)]
        }
        Fact::PolicyAdopted { rulebook } => vec![
            ("規程".to_owned(), link(context, &Key::Version(rulebook.version))),
            text("題名", &rulebook.title),
            text("施行日", calendar::wareki(rulebook.effective)),
            text(
                "内容",
                format!(
                    "役割{}、申請{}、報告経路の段階{}、定期業務{}",
                    rulebook.roles.len(),
                    rulebook.procedures.len(),
                    rulebook.routes.len(),
                    rulebook.duties.len()
                ),
            ),
            text("標準実施基準", if rulebook.standard { "併せて採用" } else { "採用しない" }),
        ],
        Fact::RowAdded { row } => row_lines(context, row),
        Fact::RowChanged { row, reason, before } => {
            let mut lines = vec![("対象".to_owned(), link(context, &row_key(row))), text("理由", reason)];
            lines.extend(differences(context, row, before));
            lines
        }
        Fact::RowRemoved { row, reason, permit } => {
            let mut lines = vec![("対象".to_owned(), link(context, &row_key(row))), text("方法と理由", reason)];
            lines.extend(permit.iter().filter(|id| !id.is_empty()).map(|id| ("許可".to_owned(), link(context, &Key::Permit(id.clone())))));
            lines
        }
        Fact::PayloadErased { index, ground } => {
            vec![("消去した記録".to_owned(), Html::link(&format!("/records/{index}"), &format!("記録 {index}"))), text("根拠", ground)]
        }
        _ => other(context, record),
    };
    if let Some(cite) = &record.cite {
        lines.push(("根拠の条項".to_owned(), citation::short(cite)));
    }
    lines.retain(|(_, value)| !value.is_empty());
    lines
}

fn other(context: &Context, record: &Record) -> Lines {
    match &record.fact {
        Fact::Delegated { .. }
        | Fact::DelegationEnded { .. }
        | Fact::AccountOpened { .. }
        | Fact::AccountClosed { .. }
        | Fact::PasswordSet { .. }
        | Fact::SecondFactorSet { .. }
        | Fact::SignedIn { .. }
        | Fact::SignInFailed { .. }
        | Fact::SignedOut { .. } => account(context, &record.fact),
        Fact::EmergencyReported { .. } | Fact::TasksScheduled { .. } | Fact::TaskReminded { .. } | Fact::TaskDone { .. } => {
            task(context, &record.fact)
        }
        Fact::ClauseAttested { attestation } => attested(context, attestation),
        Fact::IncidentReported { .. } | Fact::IncidentStepDone { .. } | Fact::IncidentNoted { .. } | Fact::IncidentClosed { .. } => {
            incident(context, &record.fact)
        }
        _ => permit(context, &record.fact),
    }
}

fn attested(context: &Context, attestation: &Attestation) -> Lines {
    let book = context.snapshot.office.rulebooks.get(&attestation.version);
    let at = |covering: &&Covering| {
        (covering.standard, &covering.clause, covering.n) == (attestation.standard, &attestation.clause, attestation.n)
    };
    let covering = book.and_then(|book| book.coverage.iter().find(at));
    let units = attestation.seats.iter().filter(|seat| !seat.is_empty()).cloned().collect::<Vec<_>>();
    let mut lines = vec![
        text("規範文", covering.map_or("", |covering| covering.says.as_str())),
        text("答え", crate::pages::attest::answer(attestation.answer)),
        text("役割", book.map_or(attestation.role.as_str(), |book| book.role_name(&attestation.role))),
        text("所属", units.join("、")),
        text("説明", &attestation.statement),
        text("有効な日まで", attestation.until.map_or_else(String::new, calendar::wareki)),
    ];
    let files = attestation.evidence.iter();
    lines.extend(files.map(|file| text("証跡", format!("{}（{}バイト、SHA-256 {}）", file.name, file.size, file.sha256))));
    lines
}

/// Names shown of a list; the others are counted.
const NAMED: usize = 20;

fn changed(units: &[Unit], people: &[Person]) -> Lines {
    let list = |names: Vec<String>, count: usize| {
        let rest = count.saturating_sub(NAMED);
        format!("{}{}", names.join("、"), if rest > 0 { format!(" ほか{rest}件") } else { String::new() })
    };
    let left = people.iter().filter(|person| !person.active).count();
    let people_names = people
        .iter()
        .take(NAMED)
        .map(|person| format!("{} {}{}", person.id, person.name, if person.active { "" } else { "（退職）" }))
        .collect();
    vec![
        text("所属", list(units.iter().take(NAMED).map(|unit| unit.id.clone()).collect(), units.len())),
        text("職員", list(people_names, people.len())),
        text("件数", format!("所属{}件、職員{}人（うち退職{left}人）", units.len(), people.len())),
    ]
}

fn account(context: &Context, fact: &Fact) -> Lines {
    let who = |person: &String| ("職員".to_owned(), link(context, &Key::Person(person.clone())));
    let yes = |truth: bool, yes: &'static str, no: &'static str| if truth { yes } else { no };
    match fact {
        Fact::Delegated { delegation } => vec![
            ("本人".to_owned(), link(context, &Key::Person(delegation.principal.clone()))),
            ("代理".to_owned(), link(context, &Key::Person(delegation.deputy.clone()))),
            text("期間", words::period(Some(delegation.since), Some(delegation.until))),
            text("理由", &delegation.reason),
        ],
        Fact::DelegationEnded { id } => vec![text("代理の番号", id.to_string())],
        Fact::AccountOpened { person, administrator } => vec![who(person), text("権限", yes(*administrator, "システムの管理者", "一般"))],
        Fact::AccountClosed { person } | Fact::SignedIn { person } | Fact::SignedOut { person } => vec![who(person)],
        Fact::PasswordSet { person, must_change } => {
            vec![who(person), text("次のサインインで", yes(*must_change, "変更が必要", "変更は不要"))]
        }
        Fact::SecondFactorSet { person, present } => vec![who(person), text("二要素認証", yes(*present, "設定した", "解除した"))],
        Fact::SignInFailed { person, locked_until } => {
            vec![who(person), text("停止の終わり", locked_until.map_or_else(String::new, |until| until.wareki()))]
        }
        _ => Vec::new(),
    }
}

fn row_key(row: &Row) -> Key {
    Key::Row(row.register.clone(), row.id.clone())
}

fn row_lines(context: &Context, row: &Row) -> Lines {
    let mut lines = vec![("対象".to_owned(), link(context, &row_key(row))), text("所属", &row.unit), text("分類", values::class(row))];
    if let Some(register) = context.catalog().register(&row.register) {
        let shown = register.columns.iter().filter_map(|column| {
            row.values.get(&column.key).map(|value| (column.label.clone(), values::shown(column, value, &context.snapshot)))
        });
        lines.extend(shown);
    }
    lines
}

fn differences(context: &Context, row: &Row, before: &std::collections::BTreeMap<String, String>) -> Lines {
    let Some(register) = context.catalog().register(&row.register) else { return Vec::new() };
    let show = |column: &office::catalog::Field, value: Option<&String>| {
        value
            .filter(|value| !value.is_empty())
            .map_or_else(|| "（なし）".to_owned(), |value| values::plain(column, value, &context.snapshot))
    };
    let changed = register.columns.iter().filter(|column| before.contains_key(&column.key));
    changed
        .map(|column| {
            text(&column.label, format!("{} → {}", show(column, before.get(&column.key)), show(column, row.values.get(&column.key))))
        })
        .collect()
}

fn application(context: &Context, application: &Application) -> Lines {
    let procedure = context.rulebook().and_then(|book| book.procedure(&application.procedure));
    let form = procedure.and_then(|procedure| context.catalog().form(&procedure.control));
    let mut lines = vec![
        text("期間", words::period(application.since, application.until)),
        text("分類", application.class.clone().unwrap_or_default()),
    ];
    let fields = form.map(|form| form.fields.as_slice()).unwrap_or_default();
    lines.extend(fields.iter().filter_map(|field| {
        application.values.get(&field.key).map(|value| (field.label.clone(), values::shown(field, value, &context.snapshot)))
    }));
    lines
}

fn applied(context: &Context, permit: &Permit) -> Lines {
    let mut lines = vec![
        ("申請".to_owned(), link(context, &Key::Permit(permit.id.clone()))),
        text("件名", &permit.title),
        ("申請者".to_owned(), link(context, &Key::Person(permit.applicant.clone()))),
        text("所属", &permit.unit),
    ];
    lines.extend(application(context, &permit.application));
    lines.push(text("申請内容のハッシュ値（SHA-256）", &permit.digest));
    lines
}

fn permit(context: &Context, fact: &Fact) -> Lines {
    let of = |id: &String| ("申請".to_owned(), link(context, &Key::Permit(id.clone())));
    let role = |id: &String| text("使った役割", context.rulebook().map_or(id.as_str(), |book| book.role_name(id)));
    match fact {
        Fact::PermitApplied { permit } => applied(context, permit),
        Fact::PermitRevised { id, application: new, digest } => {
            let mut lines = vec![of(id)];
            lines.extend(application(context, new));
            lines.push(text("申請内容のハッシュ値（SHA-256）", digest));
            lines
        }
        Fact::PermitApproved { id, role: held, digest, note, emergency, complete, .. } => vec![
            of(id),
            role(held),
            text("付記", note),
            text("やむを得ない理由", emergency.clone().unwrap_or_default()),
            text("結果", if *complete { "必要な承認がそろいました" } else { "ほかの承認を待っています" }),
            text("承認した内容のハッシュ値（SHA-256）", digest),
        ],
        Fact::PermitRefused { id, role: held, reason } => vec![of(id), role(held), text("理由", reason)],
        Fact::PermitSentBack { id, reason } | Fact::PermitWithdrawn { id, reason } | Fact::PermitRevoked { id, reason } => {
            vec![of(id), text("理由", reason)]
        }
        Fact::PermitHandedOver { id, note } => vec![of(id), text("付記", note)],
        Fact::PermitReturned { id, erased, note } => {
            vec![of(id), text("消去", if *erased { "確認した" } else { "対象外" }), text("付記", note)]
        }
        Fact::PermitExpired { id } => vec![of(id)],
        _ => Vec::new(),
    }
}

fn task(context: &Context, fact: &Fact) -> Lines {
    let of = |id: &String| ("定期業務".to_owned(), link(context, &Key::Task(id.clone())));
    match fact {
        Fact::EmergencyReported { permit, task } => {
            vec![("申請".to_owned(), link(context, &Key::Permit(permit.clone()))), of(&task.id), text("件名", &task.title)]
        }
        Fact::TasksScheduled { year, version, tasks } => vec![
            text("年度", calendar::nendo(*year)),
            ("規程".to_owned(), link(context, &Key::Version(*version))),
            text("件数", format!("{}件", tasks.len())),
        ],
        Fact::TaskReminded { id } => vec![of(id)],
        Fact::TaskDone { id, note, evidence } => {
            let mut lines = vec![of(id), text("内容", note)];
            lines
                .extend(evidence.iter().map(|file| text("証跡", format!("{}（{}バイト、SHA-256 {}）", file.name, file.size, file.sha256))));
            lines
        }
        _ => Vec::new(),
    }
}

fn incident(context: &Context, fact: &Fact) -> Lines {
    let of = |id: &String| ("インシデント".to_owned(), link(context, &Key::Incident(id.clone())));
    match fact {
        Fact::IncidentReported { incident } => vec![
            of(&incident.id),
            text("件名", &incident.report.title),
            text("種類", &incident.report.event),
            text("内容", &incident.report.what),
            text("場所", &incident.report.place),
            text("認知した日時", incident.report.aware_at.wareki()),
            text("個人情報", if incident.report.personal { "含む" } else { "含まない" }),
            text("人数", incident.report.persons.map_or_else(String::new, |count| format!("{count}人"))),
        ],
        Fact::IncidentStepDone { id, step, note } => {
            vec![of(id), text("段階", format!("{}番目", step.saturating_add(1))), text("伝えた内容", note)]
        }
        Fact::IncidentNoted { id, note } => vec![of(id), text("経過", note)],
        Fact::IncidentClosed { id, cause, prevention } => vec![of(id), text("原因", cause), text("再発防止", prevention)],
        _ => Vec::new(),
    }
}
