//! What an amendment touches: rules that are new, changed or gone, and what rests on clauses that changed. Knows nothing of pages and stores.

use policy::{
    Reading,
    model::{Approval, Class, DocumentRequired, Haste},
};

use crate::{
    adoption::{Clauses, Stand},
    permit::{Permit, Stage},
    rulebook::{Cite, Duty, Holding, Procedure, Role, RouteStep, Rulebook},
    task::Task,
};

/// A version: what was read, and what it makes the office do.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// What was read.
    pub reading: &'a Reading,
    /// What it makes the office do.
    pub book: &'a Rulebook,
}

/// What kind of rule it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 役割.
    Role,
    /// 申請・許可.
    Procedure,
    /// 報告経路.
    Route,
    /// 定期業務・責務.
    Duty,
    /// 情報資産の分類.
    Class,
    /// 整えておく文書.
    Document,
}

impl Kind {
    /// All kinds, in the order in which they are told.
    pub const ALL: [Self; 6] = [Self::Role, Self::Procedure, Self::Route, Self::Duty, Self::Class, Self::Document];

    /// The word that staff read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Role => "役割",
            Self::Procedure => "申請・許可",
            Self::Route => "報告経路",
            Self::Duty => "定期業務・責務",
            Self::Class => "情報資産の分類",
            Self::Document => "整えておく文書",
        }
    }
}

/// What an amendment does to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// It begins.
    New,
    /// It changes.
    Changed,
    /// It ends.
    Gone,
    /// Only its clause number changes.
    Moved,
}

impl Turn {
    /// The word that staff read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "新設",
            Self::Changed => "変更",
            Self::Gone => "廃止",
            Self::Moved => "条番号のみ",
        }
    }
}

/// One thing that is said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: 承認, 間隔 …
    pub what: &'static str,
    /// As it was.
    pub before: String,
    /// As it will be.
    pub after: String,
}

/// A rule that an amendment touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What kind of rule.
    pub kind: Kind,
    /// What happens to it.
    pub turn: Turn,
    /// As staff read it.
    pub title: String,
    /// Its clause in the version before.
    pub before: Option<Cite>,
    /// Its clause in the next version.
    pub after: Option<Cite>,
    /// What is said otherwise.
    pub differences: Vec<Difference>,
}

/// What kind of thing rests on a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// A permit under way.
    Permit,
    /// A task that is open.
    Task,
    /// A task that was done: its record is evidence for the clause.
    Evidence,
}

impl Thing {
    /// The word that staff read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Permit => "進行中の申請",
            Self::Task => "済んでいない定期業務",
            Self::Evidence => "済んだ業務の証跡",
        }
    }
}

/// A thing whose clause changes or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resting {
    /// What kind of thing.
    pub thing: Thing,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The clause it rests on.
    pub cite: Cite,
    /// Path of that clause in the next version; `None` if it is gone.
    pub now: Option<String>,
}

/// What an amendment touches. Rules that stay as they are, number and all, are not in it.
#[must_use]
pub fn entries(before: Side<'_>, after: Side<'_>, clauses: &Clauses<'_>) -> Vec<Entry> {
    let meet = Meeting { before, after, clauses };
    let (old, new) = (before.book, after.book);
    let mut all = meet.all(Kind::Role, &old.roles, &new.roles);
    all.extend(meet.all(Kind::Procedure, &old.procedures, &new.procedures));
    all.extend(meet.all(Kind::Route, &old.routes, &new.routes));
    all.extend(meet.all(Kind::Duty, &old.duties, &new.duties));
    all.extend(meet.all(Kind::Class, &old.classes, &new.classes));
    all.extend(meet.all(Kind::Document, &before.reading.model.documents, &after.reading.model.documents));
    all
}

/// The clause of a citation in the next version, if its words change or it ends: `Some(None)` if it ends.
#[must_use]
pub fn touched(cite: &Cite, before: &Rulebook, after: &Rulebook, clauses: &Clauses<'_>) -> Option<Option<String>> {
    if cite.version != before.version {
        return None;
    }
    if cite.standard {
        return (!after.standard).then_some(None);
    }
    match clauses.stand(&cite.clause) {
        Stand::Gone => Some(None),
        Stand::Changed(now) => Some(Some(now.to_owned())),
        Stand::Moved(_) | Stand::Same(_) => None,
    }
}

/// A permit that is under way and whose clause changes or ends.
#[must_use]
pub fn of_permit(permit: &Permit, before: &Rulebook, after: &Rulebook, clauses: &Clauses<'_>) -> Option<Resting> {
    if !matches!(permit.stage, Stage::Applied | Stage::Sent | Stage::Approved | Stage::Out) {
        return None;
    }
    let now = touched(&permit.cite, before, after, clauses)?;
    Some(Resting { thing: Thing::Permit, id: permit.id.clone(), title: permit.title.clone(), cite: permit.cite.clone(), now })
}

/// A task whose clause changes or ends: open ones lose their ground, done ones prove a clause that is no more.
#[must_use]
pub fn of_task(task: &Task, before: &Rulebook, after: &Rulebook, clauses: &Clauses<'_>) -> Option<Resting> {
    let now = touched(&task.cite, before, after, clauses)?;
    let thing = if task.done_at.is_some() { Thing::Evidence } else { Thing::Task };
    Some(Resting { thing, id: task.id.clone(), title: task.title.clone(), cite: task.cite.clone(), now })
}

/// A rule as it is met with its like in the other version.
trait Rule {
    fn title(&self) -> String;
    /// `None` for what is defined nowhere in the text.
    fn cite(&self, version: u32) -> Option<Cite>;
    /// How surely another is the same rule: 0 for not at all. `followed` says that its clause is the same clause.
    fn likeness(&self, other: &Self, followed: bool) -> u8;
    /// What it says, by name, in words.
    fn says(&self, book: &Rulebook) -> Vec<(&'static str, String)>;
}

struct Meeting<'a> {
    before: Side<'a>,
    after: Side<'a>,
    clauses: &'a Clauses<'a>,
}

impl Meeting<'_> {
    fn followed(&self, before: Option<&Cite>, after: Option<&Cite>) -> bool {
        match (before, after) {
            (Some(before), Some(after)) if before.standard == after.standard => {
                let now = if before.standard { Some(before.clause.as_str()) } else { self.clauses.now(&before.clause) };
                now == Some(after.clause.as_str())
            }
            _ => false,
        }
    }

    fn all<T: Rule>(&self, kind: Kind, old: &[T], new: &[T]) -> Vec<Entry> {
        let cites = |all: &[T], version: u32| all.iter().map(|one| one.cite(version)).collect::<Vec<_>>();
        let (from, to) = (cites(old, self.before.book.version), cites(new, self.after.book.version));
        let mut pairs: Vec<(u8, usize, usize)> = Vec::new();
        for ((at, one), cite) in old.iter().enumerate().zip(&from) {
            for ((place, other), there) in new.iter().enumerate().zip(&to) {
                let likeness = one.likeness(other, self.followed(cite.as_ref(), there.as_ref()));
                if likeness > 0 {
                    pairs.push((u8::MAX - likeness, at, place));
                }
            }
        }
        pairs.sort_unstable();
        let (mut met, mut taken) = (vec![None; old.len()], vec![false; new.len()]);
        for (_, at, place) in pairs {
            if let (Some(met @ None), Some(taken @ false)) = (met.get_mut(at), taken.get_mut(place)) {
                *met = Some(place);
                *taken = true;
            }
        }
        let mut entries: Vec<Entry> = Vec::new();
        for ((one, cite), place) in old.iter().zip(&from).zip(&met) {
            let other = place.and_then(|place| new.get(place).zip(to.get(place)));
            entries.extend(match other {
                Some((other, there)) => self.changed(kind, (one, cite.as_ref()), (other, there.as_ref())),
                None => {
                    Some(Entry { kind, turn: Turn::Gone, title: one.title(), before: cite.clone(), after: None, differences: Vec::new() })
                }
            });
        }
        let fresh = new.iter().zip(&to).zip(&taken).filter(|(_, taken)| !**taken);
        entries.extend(fresh.map(|((one, cite), _)| Entry {
            kind,
            turn: Turn::New,
            title: one.title(),
            before: None,
            after: cite.clone(),
            differences:
                one.says(self.after.book).into_iter().map(|(what, after)| Difference { what, before: String::new(), after }).collect(),
        }));
        entries
    }

    /// A rule that goes on: what of it is said otherwise.
    fn changed<T: Rule>(&self, kind: Kind, (one, from): (&T, Option<&Cite>), (other, to): (&T, Option<&Cite>)) -> Option<Entry> {
        let says = one.says(self.before.book).into_iter().zip(other.says(self.after.book));
        let mut differences: Vec<Difference> = says
            .filter(|((_, before), (_, after))| before != after)
            .map(|((what, before), (_, after))| Difference { what, before, after })
            .collect();
        let clause = |cite: Option<&Cite>| cite.map_or_else(String::new, |cite| cite.clause.clone());
        let (was, now) = (clause(from), clause(to));
        let reworded = self.followed(from, to)
            && from.is_some_and(|from| !from.standard && matches!(self.clauses.stand(&from.clause), Stand::Changed(_)));
        if reworded {
            differences.push(Difference { what: "条文", before: was.clone(), after: now.clone() });
        }
        let turn = match (differences.is_empty(), was == now) {
            (true, true) => return None,
            (true, false) => Turn::Moved,
            (false, _) => Turn::Changed,
        };
        Some(Entry { kind, turn, title: other.title(), before: from.cloned(), after: to.cloned(), differences })
    }
}

fn names(book: &Rulebook, ids: &[String], joint: &str) -> String {
    ids.iter().map(|id| book.role_name(id)).collect::<Vec<_>>().join(joint)
}

/// Who holds a role, in words.
fn held(holding: &Holding) -> String {
    match holding {
        Holding::Post { titles, .. } => titles.join("、"),
        Holding::Unit { titles } => format!("各所属の{}", titles.join("、")),
        Holding::People { ids } => format!("指名した{}人", ids.len()),
        Holding::Everyone => "全員".to_owned(),
        Holding::Nobody => "未定".to_owned(),
    }
}

/// How fast, in words.
const fn haste(haste: Haste) -> &'static str {
    match haste {
        Haste::Immediately => "直ちに",
        Haste::Promptly => "速やかに",
        Haste::WithoutDelay => "遅滞なく",
        Haste::Unstated => "定めなし",
    }
}

impl Rule for Role {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn cite(&self, _version: u32) -> Option<Cite> {
        Some(self.cite.clone())
    }
    fn likeness(&self, other: &Self, followed: bool) -> u8 {
        if self.id == other.id { 2 } else { u8::from(followed && self.kind == other.kind) }
    }
    fn says(&self, book: &Rulebook) -> Vec<(&'static str, String)> {
        let deputy = self.deputy.as_deref().map_or_else(String::new, |id| book.role_name(id).to_owned());
        vec![("名前", self.name.clone()), ("担当", held(&self.holding)), ("代理", deputy)]
    }
}

impl Rule for Procedure {
    fn title(&self) -> String {
        self.title.clone()
    }
    fn cite(&self, _version: u32) -> Option<Cite> {
        Some(self.cite.clone())
    }
    fn likeness(&self, other: &Self, followed: bool) -> u8 {
        match (followed, self.control == other.control) {
            (true, true) => 3,
            (true, false) => 2,
            (false, same) => u8::from(same && !self.control.is_empty()),
        }
    }
    fn says(&self, book: &Rulebook) -> Vec<(&'static str, String)> {
        let joint = match self.approval {
            Approval::Any => "又は",
            Approval::All => "及び",
            Approval::Nominated => "の指名と",
        };
        vec![
            ("承認", names(book, &self.approvers, joint)),
            ("申請できる人", names(book, &self.applicants, "、")),
            ("分類", self.class.clone().unwrap_or_default()),
            ("どんなとき", self.condition.clone()),
        ]
    }
}

impl Rule for RouteStep {
    fn title(&self) -> String {
        format!("{}：{}", self.event, self.to.join("、"))
    }
    fn cite(&self, _version: u32) -> Option<Cite> {
        Some(self.cite.clone())
    }
    fn likeness(&self, other: &Self, followed: bool) -> u8 {
        if self.event != other.event {
            return u8::from(followed && self.to == other.to);
        }
        u8::from(followed) * 2 + u8::from(self.to == other.to) + u8::from(self.from == other.from)
    }
    fn says(&self, book: &Rulebook) -> Vec<(&'static str, String)> {
        vec![
            ("出来事", self.event.clone()),
            ("伝える人", names(book, &self.from, "、")),
            ("伝える先", names(book, &self.to, "、")),
            ("早さ", haste(self.haste).to_owned()),
        ]
    }
}

impl Rule for Duty {
    fn title(&self) -> String {
        self.what.clone()
    }
    fn cite(&self, _version: u32) -> Option<Cite> {
        Some(self.cite.clone())
    }
    fn likeness(&self, other: &Self, followed: bool) -> u8 {
        match (followed, self.what == other.what, self.control == other.control) {
            (true, true, _) => 4,
            (true, false, true) => 3,
            (false, true, _) => 2,
            (true, false, false) => 1,
            _ => 0,
        }
    }
    fn says(&self, book: &Rulebook) -> Vec<(&'static str, String)> {
        let months = if self.months == 0 { "随時".to_owned() } else { format!("{}か月ごと", self.months) };
        vec![("内容", self.what.clone()), ("担当", names(book, &self.who, "、")), ("間隔", months)]
    }
}

impl Rule for Class {
    fn title(&self) -> String {
        format!("{} {}", self.axis, self.name)
    }
    fn cite(&self, version: u32) -> Option<Cite> {
        (self.cite.line > 0).then(|| Cite { version, clause: self.cite.clause.clone(), standard: false })
    }
    fn likeness(&self, other: &Self, _followed: bool) -> u8 {
        u8::from((&self.axis, &self.name) == (&other.axis, &other.name))
    }
    fn says(&self, _book: &Rulebook) -> Vec<(&'static str, String)> {
        vec![("意味", self.meaning.clone()), ("高さの順", (self.rank + 1).to_string())]
    }
}

impl Rule for DocumentRequired {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn cite(&self, version: u32) -> Option<Cite> {
        Some(Cite { version, clause: self.cite.clause.clone(), standard: false })
    }
    fn likeness(&self, other: &Self, followed: bool) -> u8 {
        u8::from(self.name == other.name) * 2 + u8::from(self.name == other.name && followed)
    }
    fn says(&self, book: &Rulebook) -> Vec<(&'static str, String)> {
        vec![("整える人", names(book, &self.keeper, "、"))]
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use policy::control::Controls;

    use super::*;
    use crate::{
        adoption::{self, Confirmation},
        catalog::Catalog,
        people::People,
    };

    fn compiled(text: &str, version: u32) -> (Reading, Rulebook) {
        let catalog = Catalog::embedded().unwrap();
        let reading = policy::read(text, Controls::embedded());
        let confirmation = Confirmation { standard: false, ..adoption::propose(&catalog, &reading, &People::default(), date(2026, 4, 1)) };
        let book = adoption::compile(&catalog, version, &reading, &confirmation);
        (reading, book)
    }

    const OLD: &str = "規程\n\n第1条 副町長を、最高情報セキュリティ責任者とする。\n\n第2条 各課長を、情報セキュリティ管理者とする。\n\n第3条 職員等は、パソコンを庁舎の外に持ち出す場合には、情報セキュリティ管理者の許可を得なければならない。\n\n第4条 情報セキュリティ管理者は、毎年度、端末の利用状況を点検しなければならない。\n\n第5条 情報セキュリティ管理者は、毎年度、鍵の本数を数えなければならない。\n";

    fn told(new: &str) -> Vec<(Kind, Turn, String)> {
        let ((old_reading, old), (new_reading, new)) = (compiled(OLD, 1), compiled(new, 2));
        let clauses = Clauses::of(&old_reading, &new_reading);
        let (before, after) = (Side { reading: &old_reading, book: &old }, Side { reading: &new_reading, book: &new });
        entries(before, after, &clauses).into_iter().map(|entry| (entry.kind, entry.turn, entry.title)).collect()
    }

    #[test]
    fn an_amendment_that_amends_nothing_touches_nothing() {
        assert_eq!(told(OLD), []);
    }

    #[test]
    fn what_begins_changes_and_ends_is_told() {
        let new =
            OLD.replace("情報セキュリティ管理者の許可", "最高情報セキュリティ責任者の許可").replace("毎年度、端末", "毎月、端末").replace(
                "第5条 情報セキュリティ管理者は、毎年度、鍵の本数を数えなければならない。",
                "第5条 職員等は、機器を廃棄する場合には、情報セキュリティ管理者の許可を得なければならない。",
            );
        let told = told(&new);
        let turn = |kind: Kind, turn: Turn| told.iter().filter(|one| one.0 == kind && one.1 == turn).count();
        assert_eq!((turn(Kind::Procedure, Turn::Changed), turn(Kind::Procedure, Turn::New)), (1, 1), "{told:?}");
        assert_eq!((turn(Kind::Duty, Turn::Changed), turn(Kind::Duty, Turn::Gone)), (1, 1), "{told:?}");
        assert_eq!(turn(Kind::Role, Turn::Gone), 0, "{told:?}");
    }
}
