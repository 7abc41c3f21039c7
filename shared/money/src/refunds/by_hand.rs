//! An operator ends a refund of which the vendor does not tell whether it has arrived.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::Error;

use super::model::{Refund, RefundState};
use super::queries;
use crate::invoices::config::Terms;
use crate::payments::model::Event;
use crate::payments::queries as payments;
use crate::payments::settle::{self, Settled};

/// How the operator has found a refund at the vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The money has gone back: what follows is that of a vendor's word.
    Arrived,
    /// It is here, and can be given back again.
    Failed,
}

impl End {
    /// The end by this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "arrived" => Some(Self::Arrived),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Failed => "failed",
        }
    }
}

/// Ends a refund that is underway, in the caller's transaction. What has settled, if the money went back, is reported after
/// the commit.
///
/// # Errors
/// E602 (409) for a refund that is not underway; those of the database.
pub async fn end(
    conn: &mut AsyncPgConnection,
    refund: &Refund,
    (end, why): (End, &str),
    terms: &Terms,
    now: DateTime<Utc>,
) -> Result<Option<(Event, Settled)>, Error> {
    if end == End::Arrived {
        let settled = settle::sent_back(conn, refund, None, terms, now).await?;
        return settled.map(Some).ok_or_else(not_underway);
    }
    payments::locked(conn, refund.payment_id).await?;
    let found = queries::find(conn, refund.id).await?;
    if found.is_none_or(|one| one.state != RefundState::Underway) {
        return Err(not_underway());
    }
    let state = RefundState::Failed;
    queries::end(conn, refund.id, state, (None, Some(why)), now).await?;
    Ok(None)
}

fn not_underway() -> Error {
    Error::Conflict("the refund is not underway".to_owned())
}
