//! The story of the sample town as data: `samples/scenario.toml`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use office::calendar::{self, Moment};
use serde::Deserialize;

static SAMPLES: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../../samples");

/// A file of `samples/`.
pub(crate) fn sample(name: &str) -> Result<&'static [u8], String> {
    SAMPLES.get_file(name).map(include_dir::File::contents).ok_or_else(|| format!("samples/{name} がありません。"))
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Scenario {
    /// Name of the town.
    pub(crate) body: String,
    /// Day on which its policy was adopted, from today.
    pub(crate) adopted: i32,
    /// Password of every account.
    pub(crate) password: String,
    /// Staff numbers of those who administer.
    pub(crate) administrators: Vec<String>,
    /// Accounts shown.
    #[serde(rename = "account")]
    pub(crate) accounts: Vec<Shown>,
    #[serde(default)]
    pub(crate) nominated: Vec<Nominated>,
    #[serde(default, rename = "deputy")]
    pub(crate) deputies: Vec<Deputy>,
    #[serde(default, rename = "permit")]
    pub(crate) permits: Vec<PermitStory>,
    #[serde(default)]
    pub(crate) tasks: TaskStory,
    #[serde(default, rename = "incident")]
    pub(crate) incidents: Vec<IncidentStory>,
    #[serde(default, rename = "attest")]
    pub(crate) attests: Vec<AttestStory>,
}

/// Everybody who holds a role says how the norms he answers for are kept.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AttestStory {
    /// Name of the role.
    pub(crate) role: String,
    pub(crate) day: i32,
    pub(crate) time: String,
    pub(crate) note: String,
    /// Beginnings of controls that nobody says anything about.
    #[serde(default)]
    pub(crate) left: Vec<String>,
    /// Staff numbers of those who have not answered.
    #[serde(default)]
    pub(crate) silent: Vec<String>,
    /// What is not kept, by whom and why.
    #[serde(default)]
    pub(crate) refused: Vec<Refused>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Refused {
    pub(crate) control: String,
    pub(crate) by: String,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Shown {
    pub(crate) person: String,
    pub(crate) shown: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Nominated {
    pub(crate) role: String,
    pub(crate) people: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Deputy {
    pub(crate) principal: String,
    pub(crate) deputy: String,
    pub(crate) since: i32,
    pub(crate) until: i32,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PermitStory {
    pub(crate) procedure: String,
    pub(crate) applicant: String,
    pub(crate) day: i32,
    pub(crate) time: String,
    pub(crate) class: Option<String>,
    pub(crate) since: Option<i32>,
    pub(crate) until: Option<i32>,
    /// Where it stands when the story is told.
    pub(crate) stage: String,
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, Value>,
    #[serde(default, rename = "step")]
    pub(crate) steps: Vec<StepStory>,
}

/// A value of a form: text, rows, or a day from today.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Text(String),
    Rows(Vec<String>),
    Day { day: i32 },
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StepStory {
    pub(crate) day: i32,
    pub(crate) time: String,
    pub(crate) by: String,
    #[serde(default)]
    pub(crate) act: String,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) note: String,
    #[serde(default)]
    pub(crate) erased: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct TaskStory {
    #[serde(default)]
    pub(crate) days_before_due: i32,
    #[serde(default)]
    pub(crate) note: String,
    #[serde(default)]
    pub(crate) done: Vec<TaskDone>,
    #[serde(default)]
    pub(crate) open: Vec<TaskOpen>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TaskDone {
    pub(crate) control: String,
    pub(crate) by: String,
    pub(crate) note: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TaskOpen {
    pub(crate) control: String,
    pub(crate) by: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct IncidentStory {
    pub(crate) event: String,
    pub(crate) title: String,
    pub(crate) reporter: String,
    pub(crate) day: i32,
    pub(crate) time: String,
    pub(crate) aware_day: i32,
    pub(crate) aware_time: String,
    pub(crate) what: String,
    pub(crate) place: String,
    #[serde(default)]
    pub(crate) personal: bool,
    pub(crate) persons: Option<u64>,
    #[serde(default, rename = "step")]
    pub(crate) steps: Vec<StepStory>,
    #[serde(default, rename = "note")]
    pub(crate) notes: Vec<StepStory>,
}

impl Scenario {
    /// The scenario that is built into the program.
    pub(crate) fn embedded() -> Result<Self, String> {
        let text = std::str::from_utf8(sample("scenario.toml")?).map_err(|cause| cause.to_string())?;
        toml::from_str(text).map_err(|cause| format!("samples/scenario.toml: {cause}"))
    }
}

/// A day from today.
pub(crate) fn date(today: Date, day: i32) -> Date {
    calendar::plus_days(today, day)
}

/// A time (`08:40`) on a day from today.
pub(crate) fn moment(today: Date, day: i32, time: &str) -> Moment {
    let (hour, minute) = time.split_once(':').unwrap_or((time, "0"));
    let seconds = hour.parse::<i64>().unwrap_or(9) * 3600 + minute.parse::<i64>().unwrap_or(0) * 60;
    Moment::start_of(date(today, day)).plus_seconds(seconds)
}
