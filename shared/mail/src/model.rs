//! Rows of this crate.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use kernel::pg_enum;
use serde_json::Value;
use uuid::Uuid;

use schema::emails;

pg_enum! {
    /// How far a letter is.
    EmailStatus as schema::sql_types::EmailStatus {
        Queued = "queued",
        /// An attempt is under way, or has ended without an answer.
        Sending = "sending",
        /// The vendor, or the server of the recipient, has taken it.
        Accepted = "accepted",
        Delivered = "delivered",
        Bounced = "bounced",
        Complained = "complained",
        /// Not sent: the address takes none.
        Suppressed = "suppressed",
        /// It may have left; not sent again.
        Uncertain = "uncertain",
        Failed = "failed",
    }
}

/// A letter, as its attempt begins.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = emails, check_for_backend(diesel::pg::Pg))]
pub struct Email {
    pub id: Uuid,
    pub to_address: String,
    pub language: String,
    pub content: Option<Value>,
    pub status: EmailStatus,
    /// When an attempt ended without an answer first.
    pub doubted_at: Option<DateTime<Utc>>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
}
