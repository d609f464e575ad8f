//! Permits (申請・許可): from application to return or expiry.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{calendar::Moment, rulebook::Cite};

/// What an applicant fills in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Key of the procedure in the rulebook.
    pub procedure: String,
    /// Values by the key of the form's field; several rows are divided by one space.
    pub values: BTreeMap<String, String>,
    /// Asset class concerned, where the form asks for it.
    pub class: Option<String>,
    /// First day, where the form has a period.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
}

/// Where a permit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// 審査中: waits for decisions.
    Applied,
    /// 差戻し: waits for the applicant's correction.
    Sent,
    /// 許可済.
    Approved,
    /// 貸出中・持出中: the thing was handed over.
    Out,
    /// 返却済: return was confirmed.
    Closed,
    /// 却下.
    Refused,
    /// 取下げ.
    Withdrawn,
    /// 期限切れ: the period is over and nothing is out.
    Expired,
    /// 取消し: taken back after approval.
    Revoked,
}

impl Stage {
    /// All stages, in the order of a permit's life.
    pub const ALL: [Self; 9] =
        [Self::Applied, Self::Sent, Self::Approved, Self::Out, Self::Closed, Self::Refused, Self::Withdrawn, Self::Expired, Self::Revoked];

    /// The word that staff read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applied => "審査中",
            Self::Sent => "差戻し",
            Self::Approved => "許可",
            Self::Out => "使用中（未返却）",
            Self::Closed => "返却済",
            Self::Refused => "却下",
            Self::Withdrawn => "取下げ",
            Self::Expired => "期間終了",
            Self::Revoked => "許可取消し",
        }
    }

    /// The word used in storage and addresses.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Sent => "sent",
            Self::Approved => "approved",
            Self::Out => "out",
            Self::Closed => "closed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A decision that must be made before a permit is approved: by a holder of one of these roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Role ids, any of which serves.
    pub roles: Vec<String>,
    /// The decision, once made.
    pub approved: Option<Approved>,
}

/// An approval, bound to what was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Who approved.
    pub by: String,
    /// Role exercised.
    pub role: String,
    /// Whose role it was, when exercised as a deputy.
    pub on_behalf: Option<String>,
    /// When.
    pub at: Moment,
    /// Digest of what was approved.
    pub digest: String,
    /// Reason of the emergency in which an applicant decided on his own application.
    pub emergency: Option<String>,
}

/// Something that happened to a permit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// Who, by staff number; `system` for the passing of time.
    pub by: String,
    /// What, in Japanese (申請, 許可, 差戻し …).
    pub what: String,
    /// Reason or note, empty if none.
    pub note: String,
}

/// A permit under way or done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    /// `2026-0012`: fiscal year and number.
    pub id: String,
    /// What was applied for.
    pub application: Application,
    /// Title of the procedure.
    pub title: String,
    /// Staff number of the applicant.
    pub applicant: String,
    /// Unit the applicant applied for.
    pub unit: String,
    /// SHA-256 of the application, hex: what an approval is bound to.
    pub digest: String,
    /// 1, 2, … raised by each correction.
    pub revision: u32,
    /// Where it stands.
    pub stage: Stage,
    /// Decisions to be made.
    pub requirements: Vec<Requirement>,
    /// Whether the requirements must be met in order.
    pub ordered: bool,
    /// Whether a thing is handed over.
    pub handover: bool,
    /// Whether return must be confirmed.
    pub returns: bool,
    /// Whether erasure must be confirmed with the return.
    pub erase: bool,
    /// Policy version and clause it was made under.
    pub cite: Cite,
    /// When it was first applied for.
    pub applied_at: Moment,
    /// Everything that happened.
    pub history: Vec<Event>,
}
