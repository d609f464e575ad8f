//! The form of a procedure: fields from the catalogue, rows of one's own unit to pick, and who will decide.

use std::collections::BTreeMap;

use office::{
    calendar,
    catalog::{self, FieldType, Period},
    permit::Application,
    role,
    rulebook::Procedure,
};
use policy::model::Approval;
use registry::{Paging, RowFilter, Sort};

use crate::{
    citation,
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    html::Html,
    pages::registers::values,
    words,
};

/// Rows shown to pick from; more are found by searching.
const ROWS_SHOWN: u32 = 30;
/// Rows of one field whose names are looked up.
const ROWS_NAMED: usize = 20;

/// A field, with a search box below it where it picks rows.
pub(crate) struct FormField {
    pub(crate) field: Field,
    pub(crate) search: Option<Field>,
}

/// The form of a procedure with what was typed so far.
pub(crate) struct Form {
    pub(crate) procedure: Procedure,
    pub(crate) form: catalog::Form,
    pub(crate) fields: Vec<FormField>,
    pub(crate) period: Fields,
    pub(crate) class: Option<Field>,
    pub(crate) deciders: Vec<String>,
    pub(crate) ordered: bool,
    pub(crate) cite: Html,
    values: BTreeMap<String, String>,
}

/// The procedures of the rulebook in force that have a form.
pub(crate) fn offered(context: &Context) -> Vec<(&Procedure, &catalog::Form)> {
    let procedures = context.rulebook().map_or(&[][..], |book| book.procedures.as_slice());
    procedures.iter().filter_map(|procedure| Some((procedure, context.catalog().form(&procedure.control)?))).collect()
}

/// What a form shows for an application made earlier.
pub(crate) fn values_of(application: &Application) -> BTreeMap<String, String> {
    let mut values = application.values.clone();
    values.insert("class".to_owned(), application.class.clone().unwrap_or_default());
    values.insert("since".to_owned(), application.since.map(|day| day.to_string()).unwrap_or_default());
    values.insert("until".to_owned(), application.until.map(|day| day.to_string()).unwrap_or_default());
    values
}

/// Who decides, a line for each decision: `総務課長（山田 太郎）`.
pub(crate) fn deciders(context: &Context, procedure: &Procedure, unit: &str, applicant: &str) -> Vec<String> {
    let Some(book) = context.rulebook() else { return Vec::new() };
    let named = procedure.approvers.iter().map(|id| {
        let holders = book.role(id).map_or_else(Vec::new, |role| role::holders(context.state(), role, unit));
        let names: Vec<&str> = holders.iter().filter(|person| person.id != applicant).map(|person| person.name.as_str()).take(4).collect();
        let who = if names.is_empty() { "該当者がいないときは上位の役割".to_owned() } else { names.join("、") };
        format!("{}（{who}）", book.role_name(id))
    });
    match procedure.approval {
        Approval::Any => vec![named.collect::<Vec<_>>().join(" 又は ")],
        Approval::All | Approval::Nominated => named.collect(),
    }
}

impl Form {
    /// The form with these values; a new one gets a period to start from.
    pub(crate) async fn open(
        context: &Context,
        key: &str,
        values: BTreeMap<String, String>,
        errors: &[(String, String)],
    ) -> Result<Self, Fault> {
        let found = offered(context).into_iter().find(|(procedure, _)| procedure.key == key);
        let (procedure, form) = found.map(|(procedure, form)| (procedure.clone(), form.clone())).ok_or(Fault::NotFound)?;
        let mut fields = Vec::new();
        for field in &form.fields {
            fields.push(form_field(context, field, &values, errors).await?);
        }
        Ok(Self {
            period: Fields(period(context, &form)).filled(&values, errors),
            class: class(context, &form).map(|field| field.filled(&values, errors)),
            deciders: deciders(context, &procedure, context.person.unit(), &context.person.id),
            ordered: procedure.approval == Approval::Nominated,
            cite: citation::full(context, &procedure.cite).await,
            fields,
            procedure,
            form,
            values,
        })
    }

    /// The same form with what was wrong.
    pub(crate) fn with_errors(mut self, errors: &[(String, String)]) -> Self {
        let none = BTreeMap::new();
        self.period = self.period.filled(&none, errors);
        self.class = self.class.map(|field| field.filled(&none, errors));
        for field in &mut self.fields {
            field.field = field.field.clone().filled(&none, errors);
        }
        self
    }

    fn all(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().map(|field| &field.field).chain(&self.period.0).chain(&self.class)
    }

    /// What must be filled in and is not: told before the last look. The door judges everything else.
    pub(crate) fn missing(&self) -> Vec<(String, String)> {
        self.all()
            .filter(|field| field.required && field.value.is_empty())
            .map(|field| (field.key.clone(), format!("「{}」を入力してください。", field.label)))
            .collect()
    }

    /// What is applied for.
    pub(crate) fn application(&self) -> Application {
        let value = |key: &str| self.values.get(key).map_or("", String::as_str);
        let keys: Vec<&str> = self.form.fields.iter().map(|field| field.key.as_str()).collect();
        Application {
            procedure: self.procedure.key.clone(),
            values: self
                .values
                .iter()
                .filter(|(key, value)| keys.contains(&key.as_str()) && !value.is_empty())
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            class: Some(value("class").to_owned()).filter(|class| self.form.class && !class.is_empty()),
            since: value("since").parse().ok(),
            until: value("until").parse().ok(),
        }
    }

    /// What is applied for, a line for each field that was filled in.
    pub(crate) async fn lines(&self, context: &Context) -> Result<Vec<(String, Html)>, Fault> {
        lines(context, &self.form, &self.application()).await
    }

    /// What the last look carries on.
    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        let mut hidden: Vec<(String, String)> = self.application().values.into_iter().collect();
        for key in ["class", "since", "until"] {
            hidden.extend(self.values.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        hidden
    }
}

/// An application, a line for each field that was filled in.
pub(crate) async fn lines(context: &Context, form: &catalog::Form, application: &Application) -> Result<Vec<(String, Html)>, Fault> {
    let mut lines = Vec::new();
    for field in &form.fields {
        let Some(value) = application.values.get(&field.key) else { continue };
        let shown = match field.kind {
            FieldType::Row | FieldType::Rows => named_rows(context, field, value).await?,
            _ => values::shown(field, value, &context.snapshot),
        };
        lines.push((field.label.clone(), shown));
    }
    let period = words::period(application.since, application.until);
    if !period.is_empty() {
        lines.push(("期間".to_owned(), Html::text(&period)));
    }
    if let Some(class) = &application.class {
        lines.push(("情報資産の分類".to_owned(), Html::text(class)));
    }
    Ok(lines)
}

/// Rows by number and name, linked, a line each; beyond some only their numbers.
async fn named_rows(context: &Context, field: &catalog::Field, value: &str) -> Result<Html, Fault> {
    let mut html = Html::default();
    for (number, id) in value.split_whitespace().enumerate() {
        let row = if number < ROWS_NAMED { context.app.registry.row(&field.register, id).await? } else { None };
        let choice = row.map_or_else(|| Choice::new(id, id), |row| row_choice(context, &row));
        let link = Html::link(&values::address(&field.register, id), &choice.label);
        let line = link.and(&Html::text(&if choice.help.is_empty() { String::new() } else { format!("（{}）", choice.help) }));
        html = if number == 0 { line } else { html.and(&Html::text("\n")).and(&line) };
    }
    Ok(html)
}

fn period(context: &Context, form: &catalog::Form) -> Vec<Field> {
    if form.period == Period::None {
        return Vec::new();
    }
    let limit = form.max_days.map_or_else(String::new, |days| format!("（{days}日以内）"));
    let mut fields = vec![Field::new(Kind::Date, "since", "始まりの日"), Field::new(Kind::Date, "until", format!("終わりの日{limit}"))];
    if form.period == Period::Required {
        let days = form.max_days.unwrap_or(7).clamp(1, 7) - 1;
        let starts = [context.today(), calendar::plus_days(context.today(), days)];
        fields = fields.into_iter().zip(starts).map(|(field, day)| field.required().value(day.to_string())).collect();
    }
    fields
}

/// Classes of the body to choose from, with what falls into them.
fn class(context: &Context, form: &catalog::Form) -> Option<Field> {
    let book = context.rulebook().filter(|book| form.class && !book.classes.is_empty())?;
    let mut choices: Vec<Choice> = book
        .classes
        .iter()
        .map(|class| Choice { value: class.name.clone(), label: class.name.clone(), help: class.meaning.chars().take(80).collect() })
        .collect();
    choices.push(Choice::new("", "台帳の分類に従う"));
    Some(
        Field::new(Kind::Radios, "class", "情報資産の分類")
            .choices(choices)
            .help("対象のうち最も高い分類を選びます。台帳の物を選んだときは、空のままで台帳の分類になります。"),
    )
}

async fn form_field(
    context: &Context,
    field: &catalog::Field,
    values: &BTreeMap<String, String>,
    errors: &[(String, String)],
) -> Result<FormField, Fault> {
    let choices = match field.kind {
        FieldType::Class => context
            .rulebook()
            .map_or_else(Vec::new, |book| book.classes.iter().map(|class| Choice::new(&class.name, &class.name)).collect()),
        FieldType::Unit => context.snapshot.office.units.keys().map(|id| Choice::new(id, id)).collect(),
        FieldType::Row | FieldType::Rows => return rows_field(context, field, values, errors).await,
        _ => Vec::new(),
    };
    let made = Field::of(field, choices);
    let made = if field.kind == FieldType::Person && made.help.is_empty() {
        made.help("職員番号を入力してください。")
    } else {
        made
    };
    Ok(FormField { field: made.filled(values, errors), search: None })
}

/// Rows of one's own unit (or the nearest unit above that keeps any), found by words; those picked stay.
async fn rows_field(
    context: &Context,
    field: &catalog::Field,
    typed: &BTreeMap<String, String>,
    errors: &[(String, String)],
) -> Result<FormField, Fault> {
    let search_key = format!("{}-search", field.key);
    let text = typed.get(&search_key).cloned().unwrap_or_default();
    let picked: Vec<&str> = typed.get(&field.key).map_or("", String::as_str).split_whitespace().collect();
    let (mut choices, mut more) = (Vec::new(), false);
    for unit in role::units_above(context.person.unit()) {
        let filter = RowFilter {
            register: field.register.clone(),
            unit: unit.to_owned(),
            gone: Some(false),
            text: text.clone(),
            ..RowFilter::default()
        };
        let found = context.app.registry.rows(&filter, Sort::Number, Paging { page: 1, size: ROWS_SHOWN }).await?;
        if !found.items.is_empty() {
            more = found.total.count > u64::from(ROWS_SHOWN);
            choices = found.items.iter().map(|row| row_choice(context, row)).collect();
            break;
        }
    }
    for id in picked {
        if !choices.iter().any(|choice| choice.value == id) {
            let row = context.app.registry.row(&field.register, id).await?;
            choices.insert(0, row.map_or_else(|| Choice::new(id, id), |row| row_choice(context, &row)));
        }
    }
    let nothing = choices.is_empty();
    let mut made = Field::of(field, choices);
    if field.kind == FieldType::Row {
        made.kind = Kind::Radios;
        made.choices.retain(|choice| !choice.value.is_empty());
    }
    if nothing {
        let register = context.catalog().register(&field.register).map_or("台帳", |register| register.title.as_str());
        made.help = format!("{}あなたの所属の{register}に、該当する行がありません。", made.help);
    }
    let search =
        (more || !text.is_empty()).then(|| Field::new(Kind::Text, search_key, format!("{}を探す", field.label)).plain().value(text));
    Ok(FormField { field: made.filled(typed, errors), search })
}

fn row_choice(context: &Context, row: &office::register::Row) -> Choice {
    let columns = context.catalog().register(&row.register).map_or(&[][..], |register| register.columns.as_slice());
    let name = columns.first().and_then(|column| row.values.get(&column.key)).map_or("", String::as_str);
    let mut help: Vec<String> = Vec::new();
    help.extend(row.class.as_ref().map(|class| format!("分類 {class}")));
    help.extend(row.out.as_ref().map(|permit| format!("貸出中（申請 {permit}）")));
    Choice { value: row.id.clone(), label: format!("{}　{name}", row.id), help: help.join("　") }
}
