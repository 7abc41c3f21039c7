//! Rows of `refunds`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::pg_enum;
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use schema::refunds;

pg_enum! {
    /// How far a refund is.
    RefundState as Text {
        /// Nothing was asked of the vendor yet.
        Requested = "requested",
        /// The vendor is asked, or has to be asked what became of it.
        Underway = "underway",
        Succeeded = "succeeded",
        /// Its money is here.
        Failed = "failed",
    }
}

impl RefundState {
    /// Whether nothing more happens to it by itself.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// Money that goes back.
#[derive(Clone, Debug, Serialize, Queryable, Selectable)]
#[diesel(table_name = refunds, check_for_backend(diesel::pg::Pg))]
pub struct Refund {
    pub id: Uuid,
    pub payment_id: Uuid,
    /// In whole units of the currency.
    pub amount: Decimal,
    pub currency: String,
    /// Whether it is all that was paid.
    pub whole: bool,
    pub reason: String,
    pub state: RefundState,
    /// By which the vendor knows one refund that is asked for twice.
    pub key: String,
    /// The vendor's number of it.
    pub number: Option<String>,
    /// Whether the vendor has said that it is on its way.
    pub accepted: bool,
    /// What had gone back of the payment before.
    pub gone_before: Decimal,
    /// As the audit log names the operator.
    pub asked_by: String,
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub asked_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// What an operator wants to give back.
#[derive(Clone, Debug)]
pub struct Wish {
    pub payment_id: Uuid,
    /// In whole units of the currency; `None`: all that is left.
    pub amount: Option<Decimal>,
    pub reason: String,
}
