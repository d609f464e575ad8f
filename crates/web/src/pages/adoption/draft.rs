//! What the officer confirms, as fields of a form and back: pure, from the reading, the catalogue and the people.

use std::{borrow::Cow, collections::BTreeMap};

use office::{
    adoption::{self, Before, Carried, Confirmation, Confirmed, PolicyVersion, ProcedureCorrection, Proposal, Reread},
    catalog::Catalog,
    people::People,
    role,
    rulebook::{Cite, Duty, Holding, Procedure, Role, Rulebook},
    state::State,
};
use policy::{
    Reading,
    model::{Approval, Cadence, Holder},
};

use crate::{
    field::{Choice, Field, Fields, Kind},
    input::Input,
};

/// Everything a loaded policy and the catalogue offer, before any correction but those of the reading.
pub(crate) struct Offer<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) state: &'a State,
    /// As it was read.
    pub(crate) reading: &'a Reading,
    /// As the officer says it should have been read.
    pub(crate) corrected: Cow<'a, Reading>,
    pub(crate) version: u32,
    /// What is proposed, standard roles included.
    pub(crate) proposal: Confirmation,
    /// What became of the corrections of the version before.
    pub(crate) carried: Vec<Carried>,
    /// The day that the text itself names, if it is the one proposed.
    pub(crate) stated: bool,
    before: Option<(&'a PolicyVersion, Confirmed)>,
    /// The rulebook with the standard set: every role, procedure and duty there can be.
    pub(crate) whole: Rulebook,
}

/// What an offer is made from.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) state: &'a State,
    pub(crate) version: &'a PolicyVersion,
    /// The version adopted last, from which corrections are carried over.
    pub(crate) before: Option<&'a PolicyVersion>,
    pub(crate) today: jiff::civil::Date,
}

impl<'a> Offer<'a> {
    /// What is proposed for a policy, read as `reread` says or, if that is not said yet, as the version before says.
    pub(crate) fn of(ground: Ground<'a>, reread: Option<Reread>) -> Self {
        let Ground { catalog, state, version, today, .. } = ground;
        let (reading, people) = (&version.reading, &state.people);
        let before = ground.before.map(|before| (before, confirmed(catalog, state, before)));
        let Proposal { confirmation, carried } = match &before {
            Some((before, confirmed)) => {
                adoption::propose_next(catalog, Before { reading: &before.reading, confirmed }, reading, people, today)
            }
            None => Proposal { confirmation: adoption::propose(catalog, reading, people, today), carried: Vec::new() },
        };
        let mut confirmation = confirmation;
        // A day before that of the version in force is that of an earlier amendment: it is not the one of this.
        let now = state.rulebook(today).filter(|book| book.version != version.number).map(|book| book.effective);
        let stated = adoption::stated_day(reading).filter(|day| now.is_none_or(|now| *day > now));
        confirmation.effective = stated.unwrap_or(today);
        let known = version.confirmed.as_ref().map(|confirmed| confirmed.confirmation.clone());
        let mut proposal = known.unwrap_or(confirmation);
        if let Some(reread) = reread.filter(|reread| *reread != proposal.reread) {
            proposal = adoption::rekeyed(catalog, reading, &proposal, reread, people);
        }
        for (id, holding) in standard_holdings(catalog, reading, people, today) {
            proposal.holdings.entry(id).or_insert(holding);
        }
        let whole = adoption::correction::offered(catalog, version.number, reading, &proposal);
        let corrected = proposal.reread.applied(reading);
        Self { catalog, state, reading, corrected, version: version.number, proposal, carried, stated: stated.is_some(), before, whole }
    }

    /// Number of the version whose corrections were carried over; 0 if there is none.
    pub(crate) fn after(&self) -> u32 {
        self.before.as_ref().map_or(0, |(before, _)| before.number)
    }

    /// The rulebook that a confirmation makes.
    pub(crate) fn book(&self, confirmation: &Confirmation) -> Rulebook {
        adoption::compile(self.catalog, self.version, self.reading, confirmation)
    }

    /// How often the policy says that each of its own duties comes round, in the order of the rulebook's duties.
    pub(crate) fn cadence(&self, index: usize, duty: &Duty) -> Cadence {
        let stated = if duty.cite.standard { None } else { self.corrected.model.duties.get(index).map(|duty| duty.cadence.clone()) };
        stated.unwrap_or(if duty.months > 0 { Cadence::Months(duty.months) } else { Cadence::Event })
    }

    /// The confirmation with a correction of the version before taken over; `None` if there is nothing to take it over to, or it holds already.
    pub(crate) fn taken(&self, carried: &Carried, confirmation: &Confirmation) -> Option<Confirmation> {
        let (before, confirmed) = self.before.as_ref()?;
        let mut next = confirmation.clone();
        let done = adoption::take(self.catalog, Before { reading: &before.reading, confirmed }, self.reading, carried, &mut next);
        if next.reread != confirmation.reread {
            next = adoption::rekeyed(self.catalog, self.reading, confirmation, next.reread, &self.state.people);
        }
        (done && next != *confirmation).then_some(next)
    }
}

/// What was confirmed for a version: as recorded, or as its rulebook shows where that was not recorded yet.
fn confirmed(catalog: &Catalog, state: &State, version: &PolicyVersion) -> Confirmed {
    if let Some(confirmed) = &version.confirmed {
        return (**confirmed).clone();
    }
    let Some(book) = state.office.rulebooks.get(&version.number) else {
        return Confirmed { confirmation: Confirmation::default(), corrections: Vec::new() };
    };
    let confirmation = adoption::correction::behind(catalog, &version.reading, book);
    let proposal = adoption::baseline(catalog, &version.reading, &state.people, &confirmation);
    let corrections = adoption::correction::between(catalog, version.number, &version.reading, &proposal, &confirmation);
    Confirmed { confirmation, corrections }
}

/// Holdings of the roles of the standard set: what is proposed to a body whose policy has no procedures.
fn standard_holdings(catalog: &Catalog, reading: &Reading, people: &People, today: jiff::civil::Date) -> BTreeMap<String, Holding> {
    let mut bare = reading.clone();
    bare.model.procedures.clear();
    let holdings = adoption::propose(catalog, &bare, people, today).holdings;
    holdings.into_iter().filter(|(id, _)| catalog.roles().any(|role| role.id == *id)).collect()
}

/// The word of a way to hold a role.
const WAYS: [(&str, &str); 5] = [
    ("post", "職で決める（団体に一人）"),
    ("unit", "職で決める（所属ごと）"),
    ("people", "人を指名する"),
    ("everyone", "全員"),
    ("nobody", "まだ決めない"),
];

/// A role with its fields.
pub(crate) struct RoleForm {
    pub(crate) name: String,
    pub(crate) written: String,
    pub(crate) cite: Cite,
    pub(crate) now: String,
    pub(crate) vacant: bool,
    pub(crate) fields: Fields,
}

/// Who holds a role now, in words.
pub(crate) fn holders(state: &State, held: &Role) -> String {
    let names = |unit: &str| role::holders(state, held, unit).into_iter().map(role::shown).collect::<Vec<_>>();
    match &held.holding {
        Holding::Everyone => "職員等の全員".to_owned(),
        Holding::Nobody => String::new(),
        Holding::Unit { .. } => {
            let seats = role::all_seats(state, held);
            let first: Vec<String> = seats.iter().take(3).flat_map(|unit| names(unit)).take(3).collect();
            match seats.len() {
                0 => String::new(),
                count if count <= 3 => first.join("、"),
                count => format!("{count}所属（{} ほか）", first.join("、")),
            }
        }
        _ => names("").join("、"),
    }
}

/// The fields of a role.
fn role_fields(index: usize, holding: &Holding, units: &[Choice]) -> Fields {
    let (way, unit, titles, people) = match holding {
        Holding::Post { unit, titles } => ("post", unit.clone(), titles.join("、"), String::new()),
        Holding::Unit { titles } => ("unit", String::new(), titles.join("、"), String::new()),
        Holding::People { ids } => ("people", String::new(), String::new(), ids.join(" ")),
        Holding::Everyone => ("everyone", String::new(), String::new(), String::new()),
        Holding::Nobody => ("nobody", String::new(), String::new(), String::new()),
    };
    let mut choices = vec![Choice::new("", "どの所属でもよい")];
    choices.extend(units.iter().cloned());
    let key = |part: &str| format!("role-{index}-{part}");
    Fields(vec![
        Field::new(Kind::Select, key("by"), "就き方").plain().choices(WAYS.map(|(code, word)| Choice::new(code, word)).to_vec()).value(way),
        Field::new(Kind::Text, key("titles"), "職名").plain().help("例：総務課長。いくつもあるときは「、」で区切ります。").value(titles),
        Field::new(Kind::Select, key("unit"), "所属").plain().choices(choices).value(unit),
        Field::new(Kind::Text, key("people"), "指名する人の職員番号")
            .plain()
            .help("「人を指名する」のときだけ書きます。空白で区切ります。")
            .value(people),
    ])
}

/// The roles of the policy, or of the standard set, with their fields.
pub(crate) fn roles(offer: &Offer<'_>, confirmation: &Confirmation, standard: bool, units: &[Choice]) -> Vec<RoleForm> {
    let all = offer.whole.roles.iter().enumerate().filter(|(_, role)| role.cite.standard == standard);
    all.map(|(index, role)| {
        let holding = confirmation.holdings.get(&role.id).unwrap_or(&Holding::Nobody);
        let held = Role { holding: holding.clone(), ..role.clone() };
        let own = offer.corrected.model.roles.iter().find(|own| !standard && own.id == role.id);
        let now = holders(offer.state, &held);
        RoleForm {
            name: role.name.clone(),
            written: own.and_then(|own| own.post.clone()).unwrap_or_default(),
            cite: role.cite.clone(),
            vacant: now.is_empty(),
            now,
            fields: role_fields(index, holding, units),
        }
    })
    .collect()
}

/// A procedure with its fields.
pub(crate) struct ProcedureForm {
    pub(crate) title: String,
    pub(crate) condition: String,
    pub(crate) cite: Cite,
    pub(crate) summary: String,
    pub(crate) fields: Fields,
}

const APPROVALS: [(&str, &str, Approval); 3] = [
    ("any", "どれか一人が決める", Approval::Any),
    ("all", "全員が決める", Approval::All),
    ("nominated", "初めの役割が指名し、終わりの役割が認める", Approval::Nominated),
];

/// How approvers work together, in words.
pub(crate) fn joint(approval: Approval) -> &'static str {
    match approval {
        Approval::Any => "又は",
        Approval::All => "及び",
        Approval::Nominated => "の指名と",
    }
}

/// The procedures of the policy, or of the standard set, with their fields.
pub(crate) fn procedures(offer: &Offer<'_>, confirmation: &Confirmation, standard: bool) -> Vec<ProcedureForm> {
    let all = offer.whole.procedures.iter().enumerate().filter(|(_, procedure)| procedure.cite.standard == standard);
    all.map(|(index, procedure)| {
        let correction = confirmation.procedures.get(&procedure.key);
        let offered = correction.is_none_or(|correction| correction.offered);
        let approvers = correction.map_or(&procedure.approvers, |correction| &correction.approvers);
        let approval = correction.map_or(procedure.approval, |correction| correction.approval);
        let names: Vec<&str> = approvers.iter().map(|id| offer.whole.role_name(id)).collect();
        let summary = match (offered, names.is_empty()) {
            (false, _) => "使わない".to_owned(),
            (true, true) => "承認者が決まっていません".to_owned(),
            (true, false) => format!("承認：{}", names.join(joint(approval))),
        };
        ProcedureForm {
            title: procedure.title.clone(),
            condition: procedure.condition.clone(),
            cite: procedure.cite.clone(),
            summary,
            fields: procedure_fields(offer, index, offered, approvers, approval),
        }
    })
    .collect()
}

fn procedure_fields(offer: &Offer<'_>, index: usize, offered: bool, approvers: &[String], approval: Approval) -> Fields {
    let key = |part: &str| format!("procedure-{index}-{part}");
    let deciding = offer.whole.roles.iter().enumerate().filter(|(_, role)| role.kind != Holder::Everyone);
    // A role is sent by its place in the list: its id may hold any sign.
    let roles: Vec<Choice> = deciding.map(|(at, role)| Choice::new(at.to_string(), &role.name)).collect();
    let chosen = approvers.iter().filter_map(|id| offer.whole.roles.iter().position(|role| role.id == *id));
    let code = APPROVALS.iter().find(|(.., one)| *one == approval).map_or("any", |(code, ..)| code);
    Fields(vec![
        Field::new(Kind::Check, key("offered"), "この申請を受け付ける").value(if offered { "yes" } else { "" }),
        Field::new(Kind::Checks, key("approvers"), "承認する役割")
            .choices(roles)
            .value(chosen.map(|at| at.to_string()).collect::<Vec<_>>().join(" ")),
        Field::new(Kind::Select, key("approval"), "決め方")
            .plain()
            .choices(APPROVALS.map(|(code, word, _)| Choice::new(code, word)).to_vec())
            .value(code),
    ])
}

/// A duty with its field.
pub(crate) struct DutyForm {
    pub(crate) what: String,
    pub(crate) who: String,
    pub(crate) cite: Cite,
    pub(crate) field: Field,
    pub(crate) doers: Field,
}

/// The duties of one cadence, of the policy or of the standard set, with their fields.
pub(crate) fn duties(offer: &Offer<'_>, confirmation: &Confirmation, standard: bool, wanted: impl Fn(&Cadence) -> bool) -> Vec<DutyForm> {
    let all = offer
        .whole
        .duties
        .iter()
        .enumerate()
        .filter(|(index, duty)| duty.cite.standard == standard && wanted(&offer.cadence(*index, duty)));
    all.map(|(index, duty)| {
        let months = confirmation.months.get(&duty.key).copied().unwrap_or(duty.months);
        let label = format!("間隔（か月）{}", if months == 0 { "　0は随時" } else { "" });
        let who = doing(offer, confirmation.doers.get(&duty.key).unwrap_or(&duty.who));
        DutyForm {
            what: duty.what.clone(),
            who: who.clone(),
            cite: duty.cite.clone(),
            doers: Field::new(Kind::Text, format!("duty-{index}-who"), "担当する役割（「、」で区切る）").plain().value(who),
            field: Field::new(Kind::Number, format!("duty-{index}"), label).plain().value(months.to_string()),
        }
    })
    .collect()
}

/// Words divided by Japanese or Latin commas.
fn words(text: &str) -> Vec<String> {
    text.split(['、', ',', '，', '\n']).map(|word| word.split_whitespace().collect::<String>()).filter(|word| !word.is_empty()).collect()
}

/// What was typed for a role.
fn typed_holding(offer: &Offer<'_>, input: &Input, index: usize, role: &Role) -> Result<Holding, (String, String)> {
    let key = |part: &str| format!("role-{index}-{part}");
    let get = |part: &str| input.get(&key(part)).to_owned();
    let titles = || {
        let titles = words(&get("titles"));
        if titles.is_empty() {
            Err((key("titles"), format!("「{}」の職名を書いてください。", role.name)))
        } else {
            Ok(titles)
        }
    };
    Ok(match get("by").as_str() {
        "post" => Holding::Post { unit: get("unit"), titles: titles()? },
        "unit" => Holding::Unit { titles: titles()? },
        "people" => {
            let ids: Vec<String> = get("people")
                .split(|c: char| c.is_whitespace() || "、,".contains(c))
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
                .collect();
            if let Some(unknown) = ids.iter().find(|id| offer.state.people.get(id).is_none()) {
                return Err((key("people"), format!("「{}」に指名した職員番号「{unknown}」は名簿にありません。", role.name)));
            }
            if ids.is_empty() {
                return Err((key("people"), format!("「{}」に指名する人の職員番号を書いてください。", role.name)));
            }
            Holding::People { ids }
        }
        "everyone" => Holding::Everyone,
        _ => Holding::Nobody,
    })
}

/// What was typed for a procedure, if it differs from what the policy says.
fn typed_procedure(offer: &Offer<'_>, input: &Input, index: usize, procedure: &Procedure) -> Option<ProcedureCorrection> {
    let key = |part: &str| format!("procedure-{index}-{part}");
    let chosen =
        input.all(&key("approvers")).into_iter().filter_map(|at| at.parse::<usize>().ok()).filter_map(|at| offer.whole.roles.get(at));
    let chosen: Vec<String> = chosen.map(|role| role.id.clone()).collect();
    // Boxes come in the order of the list; the order of the policy stands where the same roles are chosen.
    let same = chosen.len() == procedure.approvers.len() && procedure.approvers.iter().all(|id| chosen.contains(id));
    let correction = ProcedureCorrection {
        offered: input.ticked(&key("offered")),
        approvers: if same { procedure.approvers.clone() } else { chosen },
        approval: APPROVALS
            .iter()
            .find(|(code, ..)| *code == input.get(&key("approval")))
            .map_or(procedure.approval, |(.., approval)| *approval),
    };
    let unchanged = correction.offered && correction.approvers == procedure.approvers && correction.approval == procedure.approval;
    (!unchanged).then_some(correction)
}

/// What was typed for a duty, where it differs from what the policy says.
fn typed_duty(
    offer: &Offer<'_>,
    input: &Input,
    index: usize,
    duty: &Duty,
    confirmation: &mut Confirmation,
    errors: &mut Vec<(String, String)>,
) {
    let (key, who) = (format!("duty-{index}"), format!("duty-{index}-who"));
    let short = || crate::pages::policy::coverage::short(&duty.what);
    match input.get(&key) {
        "" => {}
        text => match text.parse::<u32>() {
            Ok(months) if months <= 120 => {
                if months != duty.months {
                    confirmation.months.insert(duty.key.clone(), months);
                }
            }
            _ => errors.push((key, format!("「{}」の間隔は、0から120までの月数で書いてください。", short()))),
        },
    }
    // Two roles may have one name, one of the policy and one of the standard set: what is sent back as shown stays as it was.
    let shown = |ids: &[String]| words(&doing(offer, ids));
    let typed = words(input.get(&who));
    let before = offer.proposal.doers.get(&duty.key);
    if input.all(&who).is_empty() || before.is_some_and(|before| shown(before) == typed) {
        confirmation.doers.extend(before.map(|before| (duty.key.clone(), before.clone())));
        return;
    }
    if shown(&duty.who) == typed {
        return;
    }
    let (mut ids, mut unknown) = (Vec::new(), None);
    for name in typed {
        let spelt = |text: &str| text.split_whitespace().collect::<String>() == name;
        let mut named = offer.whole.roles.iter().filter(|role| spelt(&role.name) || spelt(&role.id));
        let first = named.clone().next();
        match named.find(|role| role.cite.standard == duty.cite.standard).or(first) {
            Some(role) => ids.push(role.id.clone()),
            None => unknown = Some(name),
        }
    }
    match unknown {
        Some(name) => errors.push((who, format!("「{}」の担当「{name}」という役割は、この規程にありません。", short()))),
        None => drop(confirmation.doers.insert(duty.key.clone(), ids)),
    }
}

/// Who does a duty, in words.
fn doing(offer: &Offer<'_>, ids: &[String]) -> String {
    ids.iter().map(|id| offer.whole.role_name(id)).collect::<Vec<_>>().join("、")
}

/// What the officer sent, and what is wrong with it. Fields that were not sent leave the proposal as it is.
pub(crate) fn typed(offer: &Offer<'_>, input: &Input) -> (Confirmation, Vec<(String, String)>) {
    let mut errors = Vec::new();
    let mut confirmation =
        Confirmation { procedures: BTreeMap::new(), months: BTreeMap::new(), doers: BTreeMap::new(), ..offer.proposal.clone() };
    confirmation.unread_checked = input.ticked("unread_checked");
    confirmation.reason = input.get("reason").to_owned();
    confirmation.standard = input.get("standard") == "yes";
    match input.date("effective") {
        Some(day) => confirmation.effective = day,
        None => errors.push(("effective".to_owned(), "施行日を書いてください。".to_owned())),
    }
    for (index, role) in offer.whole.roles.iter().enumerate().filter(|(index, _)| !input.get(&format!("role-{index}-by")).is_empty()) {
        match typed_holding(offer, input, index, role) {
            Ok(holding) => {
                confirmation.holdings.insert(role.id.clone(), holding);
            }
            Err(error) => errors.push(error),
        }
    }
    for (index, procedure) in
        offer.whole.procedures.iter().enumerate().filter(|(index, _)| !input.get(&format!("procedure-{index}-approval")).is_empty())
    {
        if let Some(correction) = typed_procedure(offer, input, index, procedure) {
            confirmation.procedures.insert(procedure.key.clone(), correction);
        }
    }
    for (index, duty) in offer.whole.duties.iter().enumerate() {
        typed_duty(offer, input, index, duty, &mut confirmation, &mut errors);
    }
    if !confirmation.standard {
        // Roles of the standard set stand for themselves only where the set is adopted.
        confirmation.holdings.retain(|id, _| offer.whole.roles.iter().any(|role| role.id == *id && !role.cite.standard));
    }
    (confirmation, errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::policy::coverage::CONTROLS;

    const TEXT: &str = "情報セキュリティ対策基準\n\n1 組織\n(1) 最高情報セキュリティ責任者\n副町長を、最高情報セキュリティ責任者とする。\n(2) 情報セキュリティ管理者\n各課長を、情報セキュリティ管理者とする。\n2 持ち出し\n(1) 職員等は、パソコンを外部に持ち出す場合には、情報セキュリティ管理者の許可を得なければならない。\n(2) 情報セキュリティ管理者は、定期的に、端末の利用状況を点検しなければならない。\n";

    fn with_offer(check: impl FnOnce(&Offer<'_>)) {
        let (catalog, state) = (Catalog::embedded().unwrap(), State::whole());
        let version = PolicyVersion {
            number: 1,
            file: String::new(),
            sha256: String::new(),
            loaded_at: office::calendar::Moment(0),
            reading: policy::read(TEXT, &CONTROLS),
            effective: None,
            source: adoption::Source::default(),
            confirmed: None,
        };
        let ground = Ground { catalog: &catalog, state: &state, version: &version, before: None, today: jiff::civil::date(2026, 4, 1) };
        check(&Offer::of(ground, None));
    }

    /// What a browser sends for the fields as shown.
    fn sent(offer: &Offer<'_>, confirmation: &Confirmation) -> Vec<(String, String)> {
        let mut pairs = vec![
            ("effective".to_owned(), confirmation.effective.to_string()),
            ("standard".to_owned(), if confirmation.standard { "yes" } else { "no" }.to_owned()),
        ];
        let roles = [false, true].into_iter().flat_map(|standard| roles(offer, confirmation, standard, &[])).flat_map(|form| form.fields.0);
        let procedures =
            [false, true].into_iter().flat_map(|standard| procedures(offer, confirmation, standard)).flat_map(|form| form.fields.0);
        let duties = [false, true]
            .into_iter()
            .flat_map(|standard| duties(offer, confirmation, standard, |_| true))
            .flat_map(|form| [form.field, form.doers]);
        for field in roles.chain(procedures).chain(duties) {
            match field.kind {
                Kind::Checks => pairs.extend(field.value.split_whitespace().map(|value| (field.key.clone(), value.to_owned()))),
                _ => pairs.push((field.key, field.value)),
            }
        }
        pairs
    }

    fn input(pairs: Vec<(String, String)>) -> Input {
        Input::of(pairs)
    }

    #[test]
    fn what_is_shown_and_sent_back_unchanged_is_the_proposal() {
        with_offer(|offer| {
            for standard in [false, true] {
                let mut shown = Confirmation { standard, ..offer.proposal.clone() };
                let (confirmation, errors) = typed(offer, &input(sent(offer, &shown)));
                if !standard {
                    shown.holdings.retain(|id, _| offer.whole.roles.iter().any(|role| role.id == *id && !role.cite.standard));
                }
                assert_eq!(errors, Vec::new());
                assert_eq!(confirmation, shown);
            }
        });
    }

    #[test]
    fn corrections_are_taken_and_nonsense_is_told() {
        with_offer(|offer| {
            let mut pairs = sent(offer, &offer.proposal);
            let mut set = |key: &str, value: &str| {
                pairs.retain(|(one, _)| one != key);
                pairs.push((key.to_owned(), value.to_owned()));
            };
            set("role-0-by", "post");
            set("role-0-titles", "副町長、教育長");
            set("procedure-0-offered", "");
            set("duty-0", "6");
            let (confirmation, errors) = typed(offer, &input(pairs.clone()));
            assert_eq!(errors, Vec::new());
            let role = &offer.whole.roles[0];
            assert_eq!(
                confirmation.holdings[&role.id],
                Holding::Post { unit: String::new(), titles: vec!["副町長".to_owned(), "教育長".to_owned()] }
            );
            assert!(!confirmation.procedures[&offer.whole.procedures[0].key].offered);
            assert_eq!(confirmation.months[&offer.whole.duties[0].key], 6);
            let mut set = |key: &str, value: &str| {
                pairs.retain(|(one, _)| one != key);
                pairs.push((key.to_owned(), value.to_owned()));
            };
            set("role-0-titles", " ");
            set("duty-0", "毎月");
            set("effective", "");
            let keys: Vec<String> = typed(offer, &input(pairs)).1.into_iter().map(|(key, _)| key).collect();
            assert_eq!(keys, ["effective", "role-0-titles", "duty-0"]);
        });
    }
}
