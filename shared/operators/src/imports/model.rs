//! What is brought over, and what is told about it.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Nullable, Timestamptz, Uuid as SqlUuid};
use money::subscriptions::model::SubscriptionTier;
use schema::sql_types::SubscriptionTier as SqlTier;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A person as the pre-MVP stores them.
#[derive(Clone, Debug)]
pub struct Older {
    /// Their number there.
    pub id: i64,
    /// Their row, as an object.
    pub person: Value,
    /// Objects of `id`, `created_at` and `result`.
    pub readings: Vec<Value>,
}

/// A person who can be brought over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub source_id: i64,
    pub telegram_id: i64,
    pub username: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub created_at: DateTime<Utc>,
    pub plan: Plan,
    pub readings: Vec<Reading>,
}

/// Their plan by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    Free,
    /// Also one that is over.
    Trial(DateTime<Utc>),
    /// Of which the time still runs.
    Paid(SubscriptionTier, DateTime<Utc>),
}

impl Plan {
    /// The tier.
    pub fn tier(self) -> SubscriptionTier {
        match self {
            Self::Free => SubscriptionTier::Free,
            Self::Trial(_) => SubscriptionTier::Trial,
            Self::Paid(tier, _) => tier,
        }
    }

    /// The end of its time.
    pub fn until(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Free => None,
            Self::Trial(until) | Self::Paid(_, until) => Some(until),
        }
    }
}

/// One of their readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub source_id: i64,
    pub created_at: DateTime<Utc>,
    pub result: String,
}

/// Why a person is not brought over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no Telegram id.
    TelegramIdMissing,
    /// It is not the id of a person.
    TelegramIdInvalid,
    /// Another person of the pre-MVP has the same.
    TelegramIdTwice,
    /// When they came is not known, or in the future.
    CreatedAtInvalid,
    /// Their plan has a name that there is not.
    TierUnknown,
    /// It is not known how long their plan runs.
    EndMissing,
    /// One of their readings has no text, or no time.
    ReadingBroken,
    /// They had their data deleted here.
    DeletedHere,
    /// They have paid on both sides.
    PlanOnBothSides,
    /// The database has refused a row.
    WriteRefused,
}

impl Reason {
    /// Its spelling in `import_quarantine`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TelegramIdMissing => "telegram_id_missing",
            Self::TelegramIdInvalid => "telegram_id_invalid",
            Self::TelegramIdTwice => "telegram_id_twice",
            Self::CreatedAtInvalid => "created_at_invalid",
            Self::TierUnknown => "tier_unknown",
            Self::EndMissing => "end_missing",
            Self::ReadingBroken => "reading_broken",
            Self::DeletedHere => "deleted_here",
            Self::PlanOnBothSides => "plan_on_both_sides",
            Self::WriteRefused => "write_refused",
        }
    }
}

/// What is judged by.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The Telegram ids that stand in the pre-MVP more than once.
    pub twice: HashSet<i64>,
    pub now: DateTime<Utc>,
}

/// What is known here of a person of the pre-MVP.
#[derive(Clone, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct Here {
    #[diesel(sql_type = BigInt)]
    pub source_id: i64,
    /// The person with the same Telegram id.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub user_id: Option<Uuid>,
    /// An earlier import has brought them over.
    #[diesel(sql_type = Bool)]
    pub is_imported: bool,
    /// As this person; `None`: who is deleted.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub imported_as: Option<Uuid>,
    /// The plan that they have here.
    #[diesel(sql_type = Nullable<SqlTier>)]
    pub tier: Option<SubscriptionTier>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub until: Option<DateTime<Utc>>,
    /// The plan with which they have come.
    #[diesel(sql_type = Nullable<SqlTier>)]
    pub brought_tier: Option<SubscriptionTier>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub brought_until: Option<DateTime<Utc>>,
    /// They had their data deleted here.
    #[diesel(sql_type = Bool)]
    pub was_deleted: bool,
}

impl Here {
    /// The plan that they have here.
    pub fn tier(&self) -> SubscriptionTier {
        self.tier.unwrap_or(SubscriptionTier::Free)
    }

    /// The plan with which they have come.
    pub fn brought(&self) -> Option<(SubscriptionTier, Option<DateTime<Utc>>)> {
        self.brought_tier.map(|tier| (tier, self.brought_until))
    }
}

/// How an import has ended, or how far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub dry_run: bool,
    /// Persons that this run has looked at.
    pub seen: u64,
    /// Persons who have come over. Of a run that is not dry: with those of earlier runs.
    pub imported: u64,
    /// Their readings, counted in the same way.
    pub readings: u64,
    /// Persons who have not.
    pub quarantined: u64,
    /// Those by why; a person may count for more than one.
    pub reasons: BTreeMap<String, u64>,
    /// What the database has said to persons whose rows it has refused, by their number in the pre-MVP.
    #[serde(skip)]
    pub refusals: BTreeMap<i64, String>,
}
