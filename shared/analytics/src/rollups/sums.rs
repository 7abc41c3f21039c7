//! What a batch of facts adds to the tables: a map a table, from the key of a row to what is added. Ordered, so that two
//! writers lock rows in one order.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use uuid::Uuid;

/// A quarter hour, of an organization or of all personal accounts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Quarter {
    pub bucket: DateTime<Utc>,
    pub organization_id: Uuid,
}

/// Of a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PlanKey {
    #[serde(flatten)]
    pub quarter: Quarter,
    pub plan: String,
}

/// Of a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ModelKey {
    #[serde(flatten)]
    pub quarter: Quarter,
    pub provider: String,
    pub model: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PerformanceKey {
    #[serde(flatten)]
    pub model: ModelKey,
    pub kind: String,
    pub phase: &'static str,
    pub histogram: i16,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MoneyKey {
    #[serde(flatten)]
    pub quarter: Quarter,
    pub currency: String,
    pub plan: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MovementKey {
    #[serde(flatten)]
    pub money: MoneyKey,
    pub movement: String,
}

/// A person on a day, for themselves or an organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PersonDay {
    pub day: NaiveDate,
    pub user_id: Uuid,
    pub organization_id: Uuid,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ModelUser {
    pub day: NaiveDate,
    pub organization_id: Uuid,
    pub provider: String,
    pub model: String,
    pub user_id: Uuid,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Signups {
    pub signups: i64,
    pub verified: i64,
    pub deleted: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Active {
    pub plan: String,
    pub events: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    pub messages: i64,
    pub readings: i64,
    pub replies: i64,
    pub tokens: i64,
    pub cost_micro_usd: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Activity {
    pub messages: i64,
    pub replies: i64,
    pub failures: i64,
    pub conversations: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conversation {
    pub organization_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub messages: i64,
    pub last_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tokens {
    pub replies: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ModelUse {
    pub calls: i64,
    pub answered: i64,
    pub replies: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub cost_micro_usd: i64,
    pub unknown_outcomes: i64,
    pub fallback_in: i64,
    pub fallback_out: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    pub calls: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Revenue {
    pub gross: i64,
    pub refunded: i64,
    pub payments: i64,
    pub failures: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Movement {
    pub delta: i64,
    pub customers: i64,
}

/// What a batch adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub signups: BTreeMap<PlanKey, Signups>,
    pub active: BTreeMap<PersonDay, Active>,
    pub usage: BTreeMap<PersonDay, Usage>,
    pub activity: BTreeMap<Quarter, Activity>,
    pub conversations: BTreeMap<Uuid, Conversation>,
    pub tokens: BTreeMap<PlanKey, Tokens>,
    pub models: BTreeMap<ModelKey, ModelUse>,
    pub model_users: BTreeSet<ModelUser>,
    pub performance: BTreeMap<PerformanceKey, Calls>,
    pub revenue: BTreeMap<MoneyKey, Revenue>,
    pub movements: BTreeMap<MovementKey, Movement>,
}
