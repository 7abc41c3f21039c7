//! That little of a quota is left.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// That an account has used so much of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, QueryableByName)]
pub struct Alert {
    #[diesel(sql_type = SqlUuid)]
    pub account_id: Uuid,
    /// The person whose own account it is.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub user_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub unit: String,
    /// `day` or `month`.
    #[diesel(sql_type = Text)]
    pub period: String,
    #[diesel(sql_type = Timestamptz)]
    pub ends_at: DateTime<Utc>,
    /// 80 or 100.
    #[diesel(sql_type = SmallInt)]
    pub percent: i16,
    #[diesel(sql_type = BigInt)]
    pub used: i64,
    #[diesel(sql_type = BigInt)]
    pub allowed: i64,
}

impl Alert {
    /// Whether both are about one window.
    pub(crate) fn is_window_of(&self, other: &Self) -> bool {
        (self.account_id, &self.unit, &self.period)
            == (other.account_id, &other.unit, &other.period)
    }
}
