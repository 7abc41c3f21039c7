//! Rows of `privacy_requests`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use kernel::pg_enum;
use schema::privacy_requests;

pg_enum! {
    /// The kind of a request.
    RequestKind as schema::sql_types::PrivacyRequestKind { Export = "export", Deletion = "deletion" }
}

pg_enum! {
    /// The state of a request.
    RequestStatus as schema::sql_types::PrivacyRequestStatus {
        Pending = "pending",
        Processing = "processing",
        Completed = "completed",
        Failed = "failed",
    }
}

/// A request of a person about their data.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = privacy_requests, check_for_backend(diesel::pg::Pg))]
pub struct Request {
    pub id: Uuid,
    pub kind: RequestKind,
    pub status: RequestStatus,
    pub error_code: Option<String>,
    /// Key of the archive in the bucket, until it is removed.
    pub archive_key: Option<String>,
    pub archive_size_bytes: Option<i64>,
    /// When the archive is removed.
    pub expires_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
}
