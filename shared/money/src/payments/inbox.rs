//! SQL over `webhook_inbox`: calls of vendors' webhooks, kept before the vendor is answered. [`super::intake`] works them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::ledger::{self, Ticket};
use jobs::{Entry, Job, Queue};
use kernel::ErrorCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::model::PaymentProvider;
use super::queries::clean;
use schema::webhook_inbox as inbox;
use vendors::payment::{Call, Headers, Said};

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<WorkWebhook>()];

/// The headers that are kept, by their names in lower case.
const HEADERS: &[&str] = &["content-type", "user-agent", "x-request-id"];

/// How long the program that has kept a call has for working it, before a worker does.
const FIRST: Duration = Duration::from_secs(15);

/// Works a kept call. A second run finds it done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct WorkWebhook {
    #[diesel(sql_type = SqlUuid)]
    pub inbox_id: Uuid,
}

impl Job for WorkWebhook {
    const KIND: &'static str = "money.work_webhook.v1";
    const QUEUE: Queue = super::QUEUE;
    /// Three hours or so.
    const MAX_ATTEMPTS: u16 = 30;
    const TIMEOUT: Duration = Duration::from_secs(120);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    fn dedupe_key(&self) -> Option<String> {
        Some(self.inbox_id.to_string())
    }
}

/// A call that was verified.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    pub provider: PaymentProvider,
    pub endpoint: &'a str,
    pub headers: &'a Headers,
    pub body: &'a [u8],
    /// The body without secrets of ours.
    pub kept: &'a [u8],
    /// What it says; `None`: it cannot be read.
    pub call: Option<&'a Call>,
}

impl Verified<'_> {
    /// The same in each delivery of the event.
    fn event_key(&self) -> String {
        let event = self.call.and_then(|call| call.event.as_deref());
        let event = event.filter(|event| event.len() <= 255 && !event.contains('\0'));
        event.map_or_else(|| hex::encode(Sha256::digest(self.body)), str::to_owned)
    }

    /// The payment that it is about, if it says so.
    fn payment_id(&self) -> Option<Uuid> {
        match &self.call?.says {
            Said::Moved(one) => one.order_id.parse().ok(),
            Said::Changed(order) => Some(order.id),
            Said::Keeps(_) | Said::MayPay(_) | Said::Nothing => None,
        }
    }

    /// Whether the same again may tell of something new: that something happened, and no more.
    fn is_hint(&self) -> bool {
        let hint = |call: &Call| call.event.is_none() && matches!(call.says, Said::Changed(_));
        self.call.is_some_and(hint)
    }
}

/// Keeps a call, and enqueues the job that works it; in the caller's transaction. Returns its id; `None`: it came before,
/// and is done.
///
/// # Errors
/// Those of the database.
pub async fn keep(
    conn: &mut AsyncPgConnection,
    verified: &Verified<'_>,
) -> QueryResult<Option<Uuid>> {
    let Some(id) = kept(conn, verified).await? else {
        return Ok(None);
    };
    // Not woken: it is there for the case that the caller does not come to work the call.
    let _later = ledger::enqueue_in(conn, &WorkWebhook { inbox_id: id }, FIRST).await?;
    Ok(Some(id))
}

async fn kept(conn: &mut AsyncPgConnection, verified: &Verified<'_>) -> QueryResult<Option<Uuid>> {
    let key = verified.event_key();
    let headers = HEADERS.iter().filter_map(|name| {
        let value = verified.headers.get(*name)?;
        Some(((*name).to_owned(), Value::from(clean(value, 255))))
    });
    let kind = verified.call.map_or("", |call| &call.kind);
    let new: Option<Uuid> = diesel::insert_into(inbox::table)
        .values((
            inbox::id.eq(Uuid::now_v7()),
            inbox::provider.eq(verified.provider),
            inbox::endpoint.eq(verified.endpoint),
            inbox::event_key.eq(&key),
            inbox::kind.eq(clean(kind, 100)),
            inbox::headers.eq(Value::Object(headers.collect())),
            inbox::body.eq(verified.kept),
            inbox::payment_id.eq(verified.payment_id()),
        ))
        .on_conflict_do_nothing()
        .returning(inbox::id)
        .get_result(conn)
        .await
        .optional()?;
    if new.is_some() {
        return Ok(new);
    }
    let (id, state): (Uuid, String) = inbox::table
        .filter(inbox::provider.eq(verified.provider))
        .filter(inbox::endpoint.eq(verified.endpoint))
        .filter(inbox::event_key.eq(&key))
        .select((inbox::id, inbox::state))
        .for_update()
        .first(conn)
        .await?;
    if state == "done" && !verified.is_hint() {
        return Ok(None);
    }
    // The body comes again with it, if it was deleted.
    diesel::update(inbox::table.find(id))
        .set((
            inbox::state.eq("kept"),
            inbox::body.eq(verified.kept),
            inbox::arrivals.eq(inbox::arrivals + 1),
        ))
        .execute(conn)
        .await?;
    Ok(Some(id))
}

/// A kept call that has still to be worked.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = inbox, check_for_backend(diesel::pg::Pg))]
pub struct Waiting {
    pub id: Uuid,
    pub provider: PaymentProvider,
    pub endpoint: String,
    #[diesel(select_expression = inbox::body.assume_not_null())]
    pub body: Vec<u8>,
    /// How often it has come.
    arrivals: i32,
}

/// The call, if it has still to be worked.
///
/// # Errors
/// Those of the database.
pub async fn waiting(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Waiting>> {
    let waiting = inbox::table.find(id).filter(inbox::state.eq("kept"));
    let waiting = waiting.filter(inbox::body.is_not_null());
    let waiting = waiting.select(Waiting::as_select()).first(conn).await;
    waiting.optional()
}

/// One that came again since it was taken stays. A body about a payment whose person was erased meanwhile is not kept.
const DONE: &str = "UPDATE webhook_inbox SET state = CASE WHEN arrivals = $2 THEN 'done' ELSE state END,
        attempts = attempts + 1, error = NULL, worked_at = now(),
        body = CASE WHEN EXISTS (SELECT FROM payments WHERE id = payment_id AND user_id IS NULL) THEN NULL ELSE body END
    WHERE id = $1
    RETURNING state = 'done' AS is_done,
        CASE WHEN arrivals = 1 THEN extract(epoch FROM now() - received_at)::double precision END AS seconds";

/// What became of a call that was worked.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Worked {
    /// Whether it is done: it may have come again meanwhile.
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub is_done: bool,
    /// How long after it came; `None`: it came more than once.
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Double>)]
    pub seconds: Option<f64>,
}

#[derive(QueryableByName)]
struct Is {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    it: bool,
}

/// What was to follow from the call is written.
///
/// # Errors
/// Those of the database.
pub async fn done(conn: &mut AsyncPgConnection, worked: &Waiting) -> QueryResult<Worked> {
    let done = diesel::sql_query(DONE)
        .bind::<SqlUuid, _>(worked.id)
        .bind::<Integer, _>(worked.arrivals);
    let done = done.get_result(conn).await.optional()?;
    Ok(done.unwrap_or(Worked {
        is_done: true,
        seconds: None,
    }))
}

/// The most calls about one payment that are kept of a vendor that proves none.
const UNPROVEN_MAX: i64 = 20;

const EXPECTED: &str = "SELECT EXISTS (SELECT FROM payments WHERE id = $1 AND provider::text = $2)
        AND (SELECT count(*) FROM webhook_inbox WHERE payment_id = $1 AND body IS NOT NULL) < $3 AS it";

/// Whether a call that anyone may have sent is to be kept: it says that one of our payments has moved, and is one of few
/// about it. What is not kept loses nothing, for payments are asked about besides.
///
/// # Errors
/// Those of the database.
pub async fn is_expected(
    conn: &mut AsyncPgConnection,
    verified: &Verified<'_>,
) -> QueryResult<bool> {
    let Some(id) = verified.payment_id() else {
        return Ok(false);
    };
    let expected = diesel::sql_query(EXPECTED)
        .bind::<SqlUuid, _>(id)
        .bind::<Text, _>(verified.provider.as_str())
        .bind::<BigInt, _>(UNPROVEN_MAX);
    let expected: Is = expected.get_result(conn).await?;
    Ok(expected.it)
}

const STUMBLED: &str = "UPDATE webhook_inbox SET attempts = attempts + 1, error = $2,
        state = CASE WHEN $3 THEN 'failed' ELSE state END
    WHERE id = $1 AND state = 'kept'";

/// Working the call did not succeed: it is tried again, or, if it is `over`, waits for an operator.
///
/// # Errors
/// Those of the database.
pub async fn stumbled(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    why: &str,
    over: bool,
) -> QueryResult<()> {
    diesel::sql_query(STUMBLED)
        .bind::<SqlUuid, _>(id)
        .bind::<Text, _>(clean(why, 500))
        .bind::<diesel::sql_types::Bool, _>(over)
        .execute(conn)
        .await
        .map(|_| ())
}

/// The job has ended without working the call: an operator has to see to it. Returns the provider.
///
/// # Errors
/// Those of the database.
pub async fn give_up(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    code: ErrorCode,
) -> QueryResult<Option<PaymentProvider>> {
    let kept = inbox::table.find(id).filter(inbox::state.eq("kept"));
    let known: Option<(PaymentProvider, Option<String>)> = kept
        .select((inbox::provider, inbox::error))
        .for_update()
        .first(conn)
        .await
        .optional()?;
    let Some((provider, why)) = known else {
        return Ok(None);
    };
    let why = why.unwrap_or_else(|| code.as_str().to_owned());
    diesel::update(inbox::table.find(id))
        .set((inbox::state.eq("failed"), inbox::error.eq(why)))
        .execute(conn)
        .await?;
    Ok(Some(provider))
}

/// Which calls are worked again.
#[derive(Clone, Copy, Debug)]
pub enum Again {
    One(Uuid),
    Failed,
}

const REPLAY: &str = "UPDATE webhook_inbox SET state = 'kept', error = NULL
    WHERE body IS NOT NULL AND CASE WHEN $1::uuid IS NULL THEN state = 'failed' ELSE id = $1 END
    RETURNING id AS inbox_id";

/// Puts calls back whose bodies are still there, and enqueues their jobs; in the caller's transaction.
///
/// # Errors
/// Those of the database.
pub async fn replay(conn: &mut AsyncPgConnection, again: Again) -> QueryResult<Vec<Ticket>> {
    let one = match again {
        Again::One(id) => Some(id),
        Again::Failed => None,
    };
    let put_back = diesel::sql_query(REPLAY).bind::<Nullable<SqlUuid>, _>(one);
    let all: Vec<WorkWebhook> = put_back.load(conn).await?;
    let mut tickets = Vec::new();
    for job in &all {
        tickets.push(ledger::enqueue(conn, job).await?);
    }
    Ok(tickets)
}

/// A call that an operator looks at.
#[derive(Clone, Debug, Queryable, Selectable, Serialize)]
#[diesel(table_name = inbox, check_for_backend(diesel::pg::Pg))]
pub struct Shown {
    pub id: Uuid,
    pub provider: PaymentProvider,
    pub endpoint: String,
    pub kind: String,
    pub payment_id: Option<Uuid>,
    pub state: String,
    pub attempts: i32,
    pub error: Option<String>,
    pub received_at: DateTime<Utc>,
}

/// The calls that are not done, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn not_done(conn: &mut AsyncPgConnection, limit: i64) -> QueryResult<Vec<Shown>> {
    inbox::table
        .filter(inbox::state.ne("done"))
        .order(inbox::received_at.desc())
        .limit(limit)
        .select(Shown::as_select())
        .load(conn)
        .await
}

/// Bodies of calls that are worked, or have failed, are kept for 90 days, and what is left for a year (docs/PRIVACY.md).
pub const PRUNE: &[&str] = &[
    "UPDATE webhook_inbox SET body = NULL WHERE id IN (
         SELECT id FROM webhook_inbox
         WHERE body IS NOT NULL AND state <> 'kept' AND received_at < now() - interval '90 days'
         LIMIT $1 FOR UPDATE SKIP LOCKED)",
    "DELETE FROM webhook_inbox WHERE id IN (
         SELECT id FROM webhook_inbox WHERE received_at < now() - interval '365 days'
         LIMIT $1 FOR UPDATE SKIP LOCKED)",
];
