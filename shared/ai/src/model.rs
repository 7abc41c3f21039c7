//! Rows of `paid_calls`, and the purpose of a call.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use kernel::pg_enum;
use schema::paid_calls;

pg_enum! {
    /// The source of the cost of a call.
    CostSource as schema::sql_types::CostSource {
        /// The provider reported it.
        Reported = "reported",
        /// Computed from its tokens, at the price in the catalogue.
        Priced = "priced",
        /// The usage is unknown: the reserved amount counts.
        Reserved = "reserved",
        /// Nothing is owed.
        Free = "free",
    }
}

/// The cost of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Millionths of a dollar.
    pub micro_usd: i64,
    pub source: CostSource,
    pub input_tokens: i32,
    pub output_tokens: i32,
}

pg_enum! {
    /// The state of a call.
    PaidCallState as schema::sql_types::PaidCallState {
        /// Open: in progress, or its process died.
        Intent = "intent",
        /// Answered, and this answer is used.
        Answered = "answered",
        /// Answered and paid for, but the answer is unusable.
        Useless = "useless",
        /// The provider has refused it: nothing is owed.
        Refused = "refused",
        /// No process recorded its end: it may be paid for.
        Unknown = "unknown",
    }
}

/// The row that a call is made for, in a table of the calling feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    pub kind: &'static str,
    pub id: Uuid,
}

/// Finds the person that a subject belongs to, in the transaction that records the intent. `None`:
/// the subject was deleted.
pub type FindOwner =
    for<'c> fn(&'c mut AsyncPgConnection, Uuid) -> BoxFuture<'c, QueryResult<Option<Uuid>>>;

/// The purpose of a call.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    /// The same for every attempt. Only one live job may have it (its dedupe key ensures that), so an
    /// open call with the key belongs to a dead attempt.
    pub key: &'a str,
    pub provider: &'a str,
    pub model: &'a str,
    pub step: &'a str,
    pub subject: Subject,
    pub find_owner: FindOwner,
    /// The person whose budget the call counts against.
    pub user_id: Uuid,
    /// The most that the call is expected to cost, in millionths of a dollar.
    pub reserve_micro_usd: i64,
}

/// Daily budgets (UTC), in millionths of a dollar; `None`: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    pub deployment: Option<i64>,
    pub user: Option<i64>,
}

/// A call as an operator sees it.
#[derive(Clone, Debug, Queryable, Selectable, Serialize)]
#[diesel(table_name = paid_calls)]
pub struct CallView {
    pub id: Uuid,
    pub key: String,
    pub provider: String,
    pub attempt: i32,
    pub state: PaidCallState,
    pub answer: Option<Value>,
    pub error: Option<String>,
    pub began_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was recorded as unknown whether it is paid for.
    pub doubted_at: Option<DateTime<Utc>>,
    pub model: Option<String>,
    pub reserved_micro_usd: i64,
    pub cost_micro_usd: Option<i64>,
    pub cost_source: Option<CostSource>,
}
