//! Registers at the door: enter, change and close rows; classes are inherited and never sink unseen.

use std::collections::BTreeMap;

use super::{
    Decision, Door, found,
    permit::{check_values, named_rows},
};
use crate::{
    act::Act,
    catalog::{FieldType, Register},
    permit::Stage,
    record::{Fact, Record},
    refusal::{Refusal, Stop},
    register::Row,
    role,
    rulebook::{Cite, Rulebook},
    rules::Facts,
    state::{Key, State},
};

/// A class with its rank.
type Ranked = Option<(usize, String)>;

/// A class and why it is the row's: `None` for its own.
type Classed = (Option<String>, Option<String>);

impl Door<'_> {
    pub(super) fn register(&self, act: &Act) -> Decision {
        match act {
            Act::AddRow { register, id, unit, values } => self.add_row(self.register_of(register)?, id, unit, values),
            Act::ChangeRow { register, id, revision, values, reason } => {
                self.change_row(self.register_of(register)?, self.row_of(register, id)?, *revision, values, reason)
            }
            Act::RemoveRow { register, id, reason, permit } => {
                self.remove_row(self.register_of(register)?, self.row_of(register, id)?, reason, permit.as_deref())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn register_of(&self, id: &str) -> Result<&Register, Refusal> {
        found(self.catalog.register(id), "台帳", id)
    }

    fn row_of(&self, register: &str, id: &str) -> Result<&Row, Stop> {
        Ok(found(self.state.rows.get(&Key::Row(register.to_owned(), id.to_owned()))?, "台帳の行", id)?)
    }

    fn register_cite(&self, register: &Register) -> Option<Cite> {
        register
            .controls
            .iter()
            .find_map(|control| self.book.and_then(|book| book.cite(control)))
            .or_else(|| register.controls.iter().find_map(|control| self.cite(control)))
    }

    /// Facts about who keeps a unit's rows: its own people, those of the units above, and the administrators.
    fn keeper(&self, unit: &str) -> Facts {
        let own = self.person().is_ok_and(|person| person.positions.iter().any(|position| role::lies_in(unit, &position.unit)));
        let mut facts = Facts::default();
        facts.note("actor-not-keeper", !own && !self.administers());
        facts
    }

    fn ask_register(&self, act: &str, facts: &Facts, unit: &str) -> Result<(), Refusal> {
        self.ask(act, facts, |helper| if helper == "unit-keeper" { self.section_heads(unit) } else { Vec::new() }).map(drop)
    }

    /// Values with unknown columns and blanks taken away, if they can stand.
    fn row_values(
        &self,
        book: &Rulebook,
        register: &Register,
        values: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Stop> {
        let mut values = values.clone();
        values.retain(|key, value| !value.trim().is_empty() && register.columns.iter().any(|column| column.key == *key));
        // The class is judged by rules of its own, which know of copies and contents.
        let plain: Vec<_> = register.columns.iter().filter(|column| column.kind != FieldType::Class).cloned().collect();
        let mut errors = check_values(&plain, &values, book);
        for column in register.columns.iter().filter(|column| column.kind == FieldType::Person) {
            if let Some(id) = values.get(&column.key).filter(|id| self.state.people.get(id).is_none()) {
                errors.push((column.key.clone(), format!("職員番号「{id}」は名簿にありません。")));
            }
        }
        for column in register.columns.iter().filter(|column| column.kind == FieldType::Unit) {
            if let Some(id) = values.get(&column.key).filter(|id| !self.state.office.units.contains_key(*id)) {
                errors.push((column.key.clone(), format!("所属「{id}」はありません。")));
            }
        }
        for (target, id) in references(register, &values) {
            let key = Key::Row(target.to_owned(), id.to_owned());
            if self.state.rows.get(&key)?.is_none() {
                errors.push((target.to_owned(), format!("「{id}」は台帳にありません。")));
            }
        }
        if errors.is_empty() { Ok(values) } else { Err(Refusal::fields(errors).into()) }
    }

    /// The class in force of a row with these values, and the facts about it.
    fn class_of(
        &self,
        book: &Rulebook,
        register: &Register,
        values: &BTreeMap<String, String>,
        facts: &mut Facts,
    ) -> Result<Classed, Stop> {
        let Some(column) = register.class_column() else { return Ok((None, None)) };
        let own = values.get(&column.key).cloned();
        let own_rank = own.as_deref().and_then(|class| book.class_rank(class));
        facts.note("class-unknown", own.is_some() && own_rank.is_none() && !book.classes.is_empty());
        let (mut copied, mut holds): (Ranked, Ranked) = (None, None);
        for column in &register.columns {
            let ids = values.get(&column.key).map_or("", String::as_str).split_whitespace();
            for id in ids.filter(|_| matches!(column.kind, FieldType::Row | FieldType::Rows)) {
                let row = self.state.rows.get(&Key::Row(column.register.clone(), id.to_owned()))?;
                let class =
                    row.and_then(|row| row.class.as_deref()).and_then(|class| book.class_rank(class).map(|rank| (rank, class.to_owned())));
                let place = if column.register == register.id { &mut copied } else { &mut holds };
                *place = [place.take(), class].into_iter().flatten().min();
            }
        }
        facts.note("class-below-original", own_rank.zip(copied.as_ref()).is_some_and(|(own, (original, _))| own > *original));
        let own = own_rank.zip(own).map(|(rank, class)| (rank, class, None));
        let copied = copied.map(|(rank, class)| (rank, class, Some("copy".to_owned())));
        let holds = holds.map(|(rank, class)| (rank, class, Some("holds".to_owned())));
        let highest = [own, copied, holds].into_iter().flatten().min_by_key(|(rank, ..)| *rank);
        facts.note("class-missing", highest.is_none() && column.required && !book.classes.is_empty());
        Ok(highest.map_or((None, None), |(_, class, from)| (Some(class), from)))
    }

    fn add_row(&self, register: &Register, id: &str, unit: &str, values: &BTreeMap<String, String>) -> Decision {
        let book = self.require_book()?;
        let mut facts = self.keeper(unit);
        let id = self.row_number(register, id.trim(), &mut facts)?;
        self.ask_register("register.add", &facts, unit)?;
        if !self.state.office.units.contains_key(unit) {
            return Err(Refusal::fields(vec![("unit".to_owned(), "所属を一覧から選んでください。".to_owned())]).into());
        }
        let values = self.row_values(book, register, &kept_by(register, unit, values))?;
        let (class, class_from) = self.class_of(book, register, &values, &mut facts)?;
        self.ask_register("register.add", &facts, unit)?;
        let row = Row {
            register: register.id.clone(),
            id,
            unit: unit.to_owned(),
            values,
            class,
            class_from,
            out: None,
            followers: Vec::new(),
            gone: false,
            revision: 1,
            changed_at: self.now,
        };
        Ok(vec![self.record(self.register_cite(register), Fact::RowAdded { row })])
    }

    /// The number given, or the next free one; numbers are never used twice.
    fn row_number(&self, register: &Register, id: &str, facts: &mut Facts) -> Result<String, Stop> {
        if id.is_empty() {
            return Ok(format!("{}-{:04}", register.number_prefix, self.next(&format!("row-{}", register.id))));
        }
        let plain = id.chars().all(|character| !character.is_whitespace() && !character.is_control() && character != '/');
        if !plain || id.chars().count() > 40 {
            let says = "管理番号は、空白と「/」を含まない40文字以内にしてください。".to_owned();
            return Err(Refusal::fields(vec![("id".to_owned(), says)]).into());
        }
        let taken = self.state.rows.get(&Key::Row(register.id.clone(), id.to_owned()))?;
        facts.note("number-taken", taken.is_some());
        Ok(id.to_owned())
    }

    fn change_row(&self, register: &Register, row: &Row, revision: u32, values: &BTreeMap<String, String>, reason: &str) -> Decision {
        let book = self.require_book()?;
        let mut facts = self.keeper(&row.unit);
        facts.note("row-retired", row.gone).note("row-changed-meanwhile", revision != row.revision);
        self.ask_register("register.change", &facts, &row.unit)?;
        // The column of the keeping unit moves the row to another unit (所管換え).
        let unit = values.get(&register.unit).filter(|unit| !unit.trim().is_empty()).unwrap_or(&row.unit).trim().to_owned();
        let values = self.row_values(book, register, &kept_by(register, &unit, values))?;
        if references(register, &values).any(|(target, id)| target == row.register && id == row.id) {
            return Err(Refusal::input("行が自分自身を指しています。", "元の情報資産を選び直してください。").into());
        }
        let (class, class_from) = self.class_of(book, register, &values, &mut facts)?;
        let rank = |class: &Option<String>| class.as_deref().and_then(|class| book.class_rank(class));
        facts
            .note("class-lowered", rank(&row.class).is_some_and(|old| rank(&class).is_none_or(|new| new > old)))
            .note("reason-missing", reason.trim().is_empty());
        self.ask_register("register.change", &facts, &row.unit)?;
        let before =
            row.values.iter().filter(|(key, value)| values.get(*key) != Some(value)).map(|(key, value)| (key.clone(), value.clone()));
        let before: BTreeMap<_, _> = before.collect();
        if before.is_empty() && values.len() == row.values.len() && class == row.class {
            return Err(Refusal::input("変更された項目がありません。", "直す項目を書き換えてから登録してください。").into());
        }
        let changed =
            Row { unit, values, class, class_from, revision: row.revision.saturating_add(1), changed_at: self.now, ..row.clone() };
        let mut records = Vec::new();
        let cite = self.register_cite(register);
        records.push(self.record(cite, Fact::RowChanged { row: changed.clone(), before, reason: reason.trim().to_owned() }));
        if rank(&changed.class) != rank(&row.class) {
            self.followers_follow(book, changed, &mut records)?;
        }
        Ok(records)
    }

    /// Raises (or lowers) the class of copies and media after the row they follow.
    fn followers_follow(&self, book: &Rulebook, leader: Row, records: &mut Vec<Record>) -> Result<(), Stop> {
        // Rows as they will be once the records made so far are applied.
        let mut changed: BTreeMap<Key, Row> = BTreeMap::new();
        let mut leaders = vec![leader.clone()];
        changed.insert(Key::Row(leader.register.clone(), leader.id.clone()), leader);
        while let Some(leader) = leaders.pop() {
            for (register, id) in &leader.followers {
                let key = Key::Row(register.clone(), id.clone());
                let Some(row) = self.state.rows.get(&key)? else { continue };
                if changed.contains_key(&key) || row.gone {
                    continue;
                }
                let register = self.register_of(register)?;
                let mut state = State::with_rows(&changed);
                for (target, id) in references(register, &row.values) {
                    let key = Key::Row(target.to_owned(), id.to_owned());
                    if !changed.contains_key(&key) {
                        state.rows.put(key.clone(), self.state.rows.get(&key)?.cloned());
                    }
                }
                let then = Door { state: &state, ..*self };
                let (class, class_from) = then.class_of(book, register, &row.values, &mut Facts::default())?;
                if class != row.class {
                    let row = Row { class, class_from, revision: row.revision.saturating_add(1), changed_at: self.now, ..row.clone() };
                    let reason = format!("{}の分類の変更に伴う", leader.id);
                    records.push(
                        self.record(self.register_cite(register), Fact::RowChanged { row: row.clone(), before: BTreeMap::new(), reason }),
                    );
                    changed.insert(key, row.clone());
                    leaders.push(row);
                }
            }
        }
        Ok(())
    }

    fn remove_row(&self, register: &Register, row: &Row, reason: &str, permit: Option<&str>) -> Decision {
        let book = self.require_book()?;
        let mut facts = self.keeper(&row.unit);
        // A disposal needs a permit where the policy (or the adopted standard) has such a procedure.
        let mut permitted = !book.procedures.iter().any(|procedure| procedure.control == "permit.dispose");
        if let Some(id) = permit.filter(|id| !id.is_empty()) {
            let permit = found(self.state.permits.get(&Key::Permit(id.to_owned()))?, "申請", id)?;
            let procedure = book.procedure(&permit.application.procedure);
            let form = super::permit::form_of(self.catalog, self.state, permit);
            let names =
                form.is_some_and(|form| named_rows(form, &permit.application).any(|(named, id)| named == row.register && id == row.id));
            let disposal = procedure.is_some_and(|procedure| procedure.control == "permit.dispose");
            permitted |= disposal && names && matches!(permit.stage, Stage::Approved | Stage::Out | Stage::Closed);
        }
        facts.note("row-retired", row.gone).note("row-has-open-permit", row.out.is_some()).note("no-disposal-permit", !permitted);
        self.ask_register("register.retire", &facts, &row.unit)?;
        super::permit::required("reason", reason, "廃棄の方法と理由を書いてください。")?;
        let gone = Row { gone: true, revision: row.revision.saturating_add(1), changed_at: self.now, ..row.clone() };
        let fact = Fact::RowRemoved { row: gone, reason: reason.trim().to_owned(), permit: permit.map(str::to_owned) };
        Ok(vec![self.record(self.register_cite(register), fact)])
    }
}

/// Values with the column of the keeping unit filled in.
fn kept_by(register: &Register, unit: &str, values: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut values = values.clone();
    if !register.unit.is_empty() {
        values.insert(register.unit.clone(), unit.to_owned());
    }
    values
}

/// Rows that a row refers to: register and row id.
pub(super) fn references<'r>(register: &'r Register, values: &'r BTreeMap<String, String>) -> impl Iterator<Item = (&'r str, &'r str)> {
    let columns = register.columns.iter().filter(|column| matches!(column.kind, FieldType::Row | FieldType::Rows));
    columns.flat_map(|column| {
        let ids = values.get(&column.key).map_or("", String::as_str).split_whitespace();
        ids.map(|id| (column.register.as_str(), id))
    })
}
