//! The catalogue: procedures with their forms, registers, the standard set and the door's rules, all data.

use serde::Deserialize;

/// What kind of value a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// One line.
    Text,
    /// Several lines.
    Long,
    /// A date, `2026-11-21`.
    Date,
    /// A whole number.
    Number,
    /// One of the options.
    Choice,
    /// `yes` or `no`.
    Yesno,
    /// A staff number.
    Person,
    /// A unit id.
    Unit,
    /// An asset class of the body.
    Class,
    /// Id of one row of a register.
    Row,
    /// Ids of rows of a register, divided by one space.
    Rows,
}

/// A field of a form or a column of a register.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Field {
    /// English key.
    pub key: String,
    /// What staff read.
    pub label: String,
    /// Kind of value.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether it must be filled in.
    #[serde(default)]
    pub required: bool,
    /// Options of a choice.
    #[serde(default)]
    pub options: Vec<String>,
    /// Help for filling it in.
    #[serde(default)]
    pub help: String,
    /// Register that a row or rows field refers to.
    #[serde(default)]
    pub register: String,
    /// Whether a register's list shows it.
    #[serde(default)]
    pub list: bool,
}

/// Whether a form asks for a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// Both days must be given.
    Required,
    /// They may be given.
    Optional,
    /// There is none.
    None,
}

/// The form of a procedure: `catalog/procedures/<control>.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Form {
    /// Control id, also the file's name; empty for the general form.
    #[serde(default)]
    pub control: String,
    /// Title.
    pub title: String,
    /// When one needs it.
    pub summary: String,
    /// Group in the list of forms.
    pub group: String,
    /// Whether it asks for a period.
    pub period: Period,
    /// Longest period in days.
    #[serde(default)]
    pub max_days: Option<i32>,
    /// Whether it asks for the asset class.
    #[serde(default)]
    pub class: bool,
    /// Whether a thing is handed over.
    #[serde(default)]
    pub handover: bool,
    /// Whether return must be confirmed.
    #[serde(default, rename = "return")]
    pub returns: bool,
    /// Whether erasure must be confirmed.
    #[serde(default)]
    pub erase: bool,
    /// Register concerned.
    #[serde(default)]
    pub register: String,
    /// Who may apply in the standard set.
    pub applicant: String,
    /// Who decides in the standard set: role ids of the standard set.
    pub approvers: Vec<String>,
    /// How they work together in the standard set.
    pub approval: policy::model::Approval,
    /// What an approver makes sure of.
    #[serde(default)]
    pub checks: Vec<String>,
    /// Fields.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
}

/// A register: `catalog/registers/<id>.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Register {
    /// English id.
    pub id: String,
    /// Title.
    pub title: String,
    /// What it is for.
    pub summary: String,
    /// Controls it serves.
    #[serde(default)]
    pub controls: Vec<String>,
    /// Beginning of its row numbers.
    pub number_prefix: String,
    /// Key of the column that names the unit which keeps the row.
    #[serde(default)]
    pub unit: String,
    /// Columns.
    #[serde(default, rename = "column")]
    pub columns: Vec<Field>,
}

/// A general rule of the door: `catalog/rules.toml`, which explains each field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rule {
    /// Id.
    pub id: String,
    /// Acts it watches: `permit.decide`, `permit.*`, `*`.
    pub act: Vec<String>,
    /// The rule in Japanese, as the refusal says it.
    pub says: String,
    /// Facts that together make the act forbidden.
    pub forbid: Vec<String>,
    /// Facts that together lift it.
    #[serde(default)]
    pub unless: Vec<String>,
    /// What follows when it was lifted.
    #[serde(default)]
    pub then: Vec<String>,
    /// Control whose clause it cites.
    pub control: String,
    /// Controls that are fulfilled because this rule is in force.
    #[serde(default)]
    pub fulfils: Vec<String>,
    /// What to do instead.
    pub help: String,
    /// Whose names are shown beside the help.
    #[serde(default)]
    pub helper: Vec<String>,
}

/// A role of the standard set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StandardRole {
    /// Id, such as `ciso`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Kind of holder.
    pub holder: policy::model::Holder,
    /// Posts that usually hold it.
    #[serde(default)]
    pub post_hint: Vec<String>,
    /// What it is for.
    #[serde(default)]
    pub summary: String,
    /// Role whose holder acts when this one's is absent.
    #[serde(default)]
    pub deputy: Option<String>,
}

/// What kind of thing fulfils a clause of the standard set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClauseKind {
    /// A permit.
    Procedure,
    /// A step of a report route.
    Route,
    /// A task that comes round.
    Duty,
    /// A register.
    Register,
    /// A rule of the door.
    Rule,
    /// A setting of machines.
    Technical,
    /// A document.
    Document,
    /// Training.
    Training,
    /// Somebody holds a role.
    Appoint,
    /// A statement that others fulfil.
    Declaration,
}

/// Whether the system runs an entry of the standard set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Run {
    /// It does.
    Now,
    /// Not yet: people do it without the system's help.
    Later,
}

/// How often a duty of the standard set comes round: months, or the word `event`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum StandardCadence {
    /// Every so many months.
    Months(u32),
    /// `event`.
    Word(String),
}

/// A clause of the standard set (標準実施基準).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StandardClause {
    /// Number, such as `2.3`.
    pub number: String,
    /// Title.
    pub title: String,
    /// The normative sentence.
    pub text: String,
    /// Control it states.
    pub control: String,
    /// What fulfils it.
    pub kind: ClauseKind,
    /// Whether the system runs it.
    pub run: Run,
    /// Role ids.
    #[serde(default)]
    pub who: Vec<String>,
    /// Event of a route.
    #[serde(default)]
    pub event: String,
    /// Who tells.
    #[serde(default)]
    pub from: Vec<String>,
    /// Who is told.
    #[serde(default)]
    pub to: Vec<String>,
    /// How fast.
    #[serde(default)]
    pub haste: Option<policy::model::Haste>,
    /// Place in the route.
    #[serde(default)]
    pub step: u32,
    /// How often a duty comes round.
    #[serde(default)]
    pub cadence: Option<StandardCadence>,
}

/// A declaration of a 基本方針 and the controls that fulfil it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StandardDeclaration {
    /// Control of the declaration.
    pub control: String,
    /// Control ids, or prefixes such as `room.*`.
    pub fulfilled_by: Vec<String>,
}

/// An asset class of the standard set, for bodies whose policy defines none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StandardClass {
    /// Name.
    pub name: String,
    /// What falls into it.
    pub meaning: String,
}

/// Who answers for clauses whose text names nobody: `catalog/coverage.toml`, which explains each field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Responsible {
    /// Kinds of coverage it is for.
    pub means: Vec<crate::coverage::Means>,
    /// Names of roles or parts of them, or role ids of the standard set, the first that there is.
    pub roles: Vec<String>,
}

/// A chapter file of the standard set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct StandardChapter {
    /// Number.
    #[serde(default)]
    pub chapter: String,
    /// Title.
    #[serde(default)]
    pub title: String,
    /// Roles it defines.
    #[serde(default, rename = "role")]
    pub roles: Vec<StandardRole>,
    /// Asset classes, highest first.
    #[serde(default, rename = "class")]
    pub classes: Vec<StandardClass>,
    /// Clauses.
    #[serde(default, rename = "clause")]
    pub clauses: Vec<StandardClause>,
    /// Declarations.
    #[serde(default, rename = "declaration")]
    pub declarations: Vec<StandardDeclaration>,
}

/// Everything in `catalog/` that the office uses.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Forms, by group and title.
    pub forms: Vec<Form>,
    /// The form for a permit that has none of its own.
    pub general: Option<Form>,
    /// Registers.
    pub registers: Vec<Register>,
    /// Rules of the door, in the order in which they are asked.
    pub rules: Vec<Rule>,
    /// Chapters of the standard set.
    pub standard: Vec<StandardChapter>,
    /// Who answers for what names nobody.
    pub responsible: Vec<Responsible>,
}

/// A file of the catalogue that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("catalog/{file}: {reason}")]
pub struct CatalogError {
    /// File below `catalog/`.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

static FILES: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../../catalog");

/// The files of a folder of the catalogue, parsed.
fn folder<T: serde::de::DeserializeOwned>(name: &str) -> Result<Vec<T>, CatalogError> {
    let Some(folder) = FILES.get_dir(name) else { return Ok(Vec::new()) };
    let mut files: Vec<_> = folder.files().collect();
    files.sort_by_key(|file| file.path());
    files.into_iter().filter(|file| file.path().extension().is_some_and(|end| end == "toml")).map(parse).collect()
}

fn parse<T: serde::de::DeserializeOwned>(file: &include_dir::File<'_>) -> Result<T, CatalogError> {
    let error = |reason: String| CatalogError { file: file.path().display().to_string(), reason };
    let text = file.contents_utf8().ok_or_else(|| error("not UTF-8".to_owned()))?;
    toml::from_str(text).map_err(|cause| error(cause.to_string()))
}

impl Catalog {
    /// The catalogue that is built into the program.
    ///
    /// # Errors
    /// The first file that cannot be read, which a test excludes for the built-in one.
    pub fn embedded() -> Result<Self, CatalogError> {
        #[derive(Deserialize)]
        struct Rules {
            #[serde(rename = "rule")]
            rules: Vec<Rule>,
        }
        let rules = FILES.get_file("rules.toml").map(parse::<Rules>).transpose()?.map_or_else(Vec::new, |file| file.rules);
        #[derive(Default, Deserialize)]
        struct Coverage {
            responsible: Vec<Responsible>,
        }
        let coverage = FILES.get_file("coverage.toml").map(parse::<Coverage>).transpose()?.unwrap_or_default();
        let mut forms: Vec<Form> = folder("procedures")?;
        let general = FILES.get_file("general.toml").map(parse).transpose()?;
        forms.sort_by(|a, b| (&a.group, &a.title).cmp(&(&b.group, &b.title)));
        let (registers, standard) = (folder("registers")?, folder("standard")?);
        Ok(Self { forms, general, registers, rules, standard, responsible: coverage.responsible })
    }

    /// The form of a control; the general one for a control without a form.
    #[must_use]
    pub fn form(&self, control: &str) -> Option<&Form> {
        self.own_form(control).or(self.general.as_ref())
    }

    /// The form made for a control, if there is one.
    #[must_use]
    pub fn own_form(&self, control: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.control == control)
    }

    /// A register by id.
    #[must_use]
    pub fn register(&self, id: &str) -> Option<&Register> {
        self.registers.iter().find(|register| register.id == id)
    }

    /// Clauses of the standard set, in order.
    pub fn clauses(&self) -> impl Iterator<Item = &StandardClause> {
        self.standard.iter().flat_map(|chapter| &chapter.clauses)
    }

    /// Roles of the standard set, in order.
    pub fn roles(&self) -> impl Iterator<Item = &StandardRole> {
        self.standard.iter().flat_map(|chapter| &chapter.roles)
    }

    /// Declarations and what fulfils them.
    pub fn declarations(&self) -> impl Iterator<Item = &StandardDeclaration> {
        self.standard.iter().flat_map(|chapter| &chapter.declarations)
    }
}

impl Register {
    /// The column that holds the class, if there is one.
    #[must_use]
    pub fn class_column(&self) -> Option<&Field> {
        self.columns.iter().find(|column| column.kind == FieldType::Class)
    }
}
