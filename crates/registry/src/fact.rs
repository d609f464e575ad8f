//! What a record is about: its word, the things it concerns, and a line of note for lists and search.

use office::{
    coverage::Answer,
    record::{Fact, Record},
    state::Key,
};

/// Kinds of records as serialised, with the words staff read.
const WORDS: [(&str, &str); 38] = [
    ("body-founded", "団体の設定"),
    ("people-changed", "職員・所属の変更"),
    ("delegated", "代理の設定"),
    ("delegation-ended", "代理の終了"),
    ("account-opened", "アカウントの登録"),
    ("account-closed", "アカウントの停止"),
    ("password-set", "パスワードの設定"),
    ("second-factor-set", "二要素認証の設定"),
    ("signed-in", "サインイン"),
    ("sign-in-failed", "サインインの失敗"),
    ("signed-out", "サインアウト"),
    ("policy-loaded", "規程の読み込み"),
    ("policy-confirmed", "規程の確認"),
    ("policy-adopted", "規程の施行"),
    ("adoption-withdrawn", "施行の決定の取消し"),
    ("row-added", "台帳への登録"),
    ("row-changed", "台帳の変更"),
    ("row-removed", "台帳からの除却"),
    ("permit-applied", "申請"),
    ("permit-revised", "申請の訂正"),
    ("permit-sent-back", "申請の差戻し"),
    ("permit-approved", "申請の承認"),
    ("permit-refused", "申請の却下"),
    ("permit-withdrawn", "申請の取下げ"),
    ("permit-handed-over", "引渡し"),
    ("permit-returned", "返却の確認"),
    ("permit-expired", "許可の期間終了"),
    ("permit-revoked", "許可の取消し"),
    ("emergency-reported", "やむを得ない場合の報告"),
    ("tasks-scheduled", "定期業務の年度計画"),
    ("task-reminded", "定期業務の督促"),
    ("task-done", "定期業務の完了"),
    ("clause-attested", "点検の報告"),
    ("incident-reported", "事故の報告"),
    ("incident-step-done", "事故の報告経路の実施"),
    ("incident-noted", "事故の経過の追記"),
    ("incident-closed", "事故の終結"),
    ("payload-erased", "記録内容の消去"),
];

/// Stands for the kind of a record whose payload was erased.
pub(crate) const ERASED: &str = "erased";

/// The word of a kind of record; staff never read the kind itself.
pub(crate) fn word(kind: &str) -> &'static str {
    let other = if kind == ERASED { "内容が消去された記録" } else { "その他の記録" };
    WORDS.iter().find(|(known, _)| *known == kind).map_or(other, |(_, word)| word)
}

/// Kinds of records with the words staff read, for a filter.
#[must_use]
pub fn record_kinds() -> &'static [(&'static str, &'static str)] {
    &WORDS
}

/// Characters of a note that are kept for lists; the record itself holds all.
const NOTE: usize = 120;

/// What a record is about.
pub(crate) struct About {
    /// Kind as serialised.
    pub(crate) kind: &'static str,
    /// The things it concerns, the main one first.
    pub(crate) keys: Vec<Key>,
    /// One line.
    pub(crate) note: String,
}

/// Reads what a record is about.
pub(crate) fn about(record: &Record) -> About {
    let (kind, keys, note) = match &record.fact {
        Fact::RowAdded { .. } | Fact::RowChanged { .. } | Fact::RowRemoved { .. } => of_row(&record.fact),
        Fact::PermitApplied { .. }
        | Fact::PermitRevised { .. }
        | Fact::PermitSentBack { .. }
        | Fact::PermitApproved { .. }
        | Fact::PermitRefused { .. }
        | Fact::PermitWithdrawn { .. }
        | Fact::PermitHandedOver { .. }
        | Fact::PermitReturned { .. }
        | Fact::PermitExpired { .. }
        | Fact::PermitRevoked { .. }
        | Fact::EmergencyReported { .. } => of_permit(&record.fact),
        Fact::TasksScheduled { .. }
        | Fact::TaskReminded { .. }
        | Fact::TaskDone { .. }
        | Fact::ClauseAttested { .. }
        | Fact::IncidentReported { .. }
        | Fact::IncidentStepDone { .. }
        | Fact::IncidentNoted { .. }
        | Fact::IncidentClosed { .. } => of_work(&record.fact),
        other => of_office(other),
    };
    let note = note.split_whitespace().collect::<Vec<_>>().join(" ");
    About { kind, keys, note: note.chars().take(NOTE).collect() }
}

type Parts = (&'static str, Vec<Key>, String);

fn of_row(fact: &Fact) -> Parts {
    let (kind, row, note) = match fact {
        Fact::RowAdded { row } => ("row-added", row, String::new()),
        Fact::RowChanged { row, reason, .. } => ("row-changed", row, reason.clone()),
        Fact::RowRemoved { row, reason, .. } => ("row-removed", row, reason.clone()),
        _ => return ("", Vec::new(), String::new()),
    };
    let name = row.values.get("name").map_or("", String::as_str);
    let mut keys = vec![Key::Row(row.register.clone(), row.id.clone())];
    if let Fact::RowRemoved { permit: Some(permit), .. } = fact {
        keys.push(Key::Permit(permit.clone()));
    }
    (kind, keys, format!("{} {name} {note}", row.id))
}

fn of_permit(fact: &Fact) -> Parts {
    let (kind, id, note) = match fact {
        Fact::PermitApplied { permit } => ("permit-applied", &permit.id, permit.title.as_str()),
        Fact::PermitRevised { id, .. } => ("permit-revised", id, ""),
        Fact::PermitSentBack { id, reason } => ("permit-sent-back", id, reason.as_str()),
        Fact::PermitApproved { id, note, emergency, .. } => ("permit-approved", id, emergency.as_deref().unwrap_or(note)),
        Fact::PermitRefused { id, reason, .. } => ("permit-refused", id, reason.as_str()),
        Fact::PermitWithdrawn { id, reason } => ("permit-withdrawn", id, reason.as_str()),
        Fact::PermitHandedOver { id, note } => ("permit-handed-over", id, note.as_str()),
        Fact::PermitReturned { id, note, .. } => ("permit-returned", id, note.as_str()),
        Fact::PermitExpired { id } => ("permit-expired", id, ""),
        Fact::PermitRevoked { id, reason } => ("permit-revoked", id, reason.as_str()),
        Fact::EmergencyReported { permit, task } => ("emergency-reported", permit, task.title.as_str()),
        _ => return ("", Vec::new(), String::new()),
    };
    let mut keys = vec![Key::Permit(id.clone())];
    if let Fact::EmergencyReported { task, .. } = fact {
        keys.push(Key::Task(task.id.clone()));
    }
    (kind, keys, format!("{id} {note}"))
}

fn of_work(fact: &Fact) -> Parts {
    match fact {
        Fact::TasksScheduled { year, tasks, .. } => {
            let keys = tasks.iter().map(|task| Key::Task(task.id.clone())).collect();
            ("tasks-scheduled", keys, format!("{} {}件", office::calendar::nendo(*year), tasks.len()))
        }
        Fact::TaskReminded { id } => ("task-reminded", vec![Key::Task(id.clone())], id.clone()),
        Fact::TaskDone { id, note, .. } => ("task-done", vec![Key::Task(id.clone())], format!("{id} {note}")),
        Fact::ClauseAttested { attestation } => {
            let answer = match attestation.answer {
                Answer::Yes => "守られている",
                Answer::No => "守られていない",
                Answer::None => "該当なし",
            };
            let note = format!("{} {answer} {} {}", attestation.clause, attestation.seats.join("、"), attestation.statement);
            ("clause-attested", vec![Key::Norm(attestation.key())], note)
        }
        Fact::IncidentReported { incident } => {
            ("incident-reported", vec![Key::Incident(incident.id.clone())], format!("{} {}", incident.id, incident.report.title))
        }
        Fact::IncidentStepDone { id, note, .. } => ("incident-step-done", vec![Key::Incident(id.clone())], format!("{id} {note}")),
        Fact::IncidentNoted { id, note } => ("incident-noted", vec![Key::Incident(id.clone())], format!("{id} {note}")),
        Fact::IncidentClosed { id, cause, .. } => ("incident-closed", vec![Key::Incident(id.clone())], format!("{id} {cause}")),
        _ => ("", Vec::new(), String::new()),
    }
}

fn of_office(fact: &Fact) -> Parts {
    let person = |kind, id: &String| (kind, vec![Key::Person(id.clone())], id.clone());
    match fact {
        Fact::BodyFounded { name } => ("body-founded", vec![Key::Office], name.clone()),
        Fact::PeopleChanged { units, people } => {
            let keys = people.iter().map(|person| Key::Person(person.id.clone())).collect();
            ("people-changed", keys, format!("職員{}人・所属{}件", people.len(), units.len()))
        }
        Fact::Delegated { delegation } => {
            let keys = vec![Key::Person(delegation.principal.clone()), Key::Person(delegation.deputy.clone())];
            ("delegated", keys, format!("{}→{} {}", delegation.principal, delegation.deputy, delegation.reason))
        }
        Fact::DelegationEnded { id } => ("delegation-ended", vec![Key::Office], id.to_string()),
        Fact::AccountOpened { person: id, .. } => person("account-opened", id),
        Fact::AccountClosed { person: id } => person("account-closed", id),
        Fact::PasswordSet { person: id, .. } => person("password-set", id),
        Fact::SecondFactorSet { person: id, .. } => person("second-factor-set", id),
        Fact::SignedIn { person: id } => person("signed-in", id),
        Fact::SignInFailed { person: id, .. } => person("sign-in-failed", id),
        Fact::SignedOut { person: id } => person("signed-out", id),
        Fact::PolicyLoaded { version } => ("policy-loaded", vec![Key::Version(version.number)], version.file.clone()),
        Fact::PolicyAdopted { rulebook } => ("policy-adopted", vec![Key::Version(rulebook.version)], rulebook.title.clone()),
        Fact::PolicyConfirmed { version, confirmed } => {
            ("policy-confirmed", vec![Key::Version(*version)], format!("第{version}版 訂正{}件", confirmed.corrections.len()))
        }
        Fact::AdoptionWithdrawn { version, reason } => {
            ("adoption-withdrawn", vec![Key::Version(*version)], format!("第{version}版 {reason}"))
        }
        Fact::PayloadErased { index, ground } => ("payload-erased", vec![Key::Office], format!("{index} {ground}")),
        _ => ("", Vec::new(), String::new()),
    }
}
