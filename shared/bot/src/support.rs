//! Requests of persons to the operators: written in the chat after `/paysupport` or in the Mini App, answered by `symancy support`
//! or the admin page.

use audit::model::{Change, Origin};
use chrono::{DateTime, Utc};
use delivery::message;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use jobs::ledger::Ticket;
use jobs::{Entry, ledger};
use people::users;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use schema::support_requests as requests;

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<AnswerRequest>()];

message! {
    /// The answer of an operator. Not sent again once `answer_sent_at` is stored; a crash in between may send it
    /// twice, which does no harm.
    AnswerRequest, "notifications.answer_request.v1" { user_id: Uuid, request_id: Uuid, chat_id: i64 }
}

/// The most open requests of a person.
pub const OPEN_MAX: i64 = 3;

/// The longest answer, in characters: with what stands around it, it fits into one message.
pub const ANSWER_MAX: usize = 3_500;

/// A request.
#[derive(Clone, Debug, Serialize, Queryable, Selectable)]
#[diesel(table_name = requests, check_for_backend(diesel::pg::Pg))]
pub struct Request {
    pub id: Uuid,
    /// By which the person and the operators name it.
    pub number: i64,
    pub user_id: Uuid,
    pub chat_id: i64,
    pub words: String,
    pub created_at: DateTime<Utc>,
    pub answer: Option<String>,
    /// With the answer, or without one.
    pub closed_at: Option<DateTime<Utc>>,
    pub answer_sent_at: Option<DateTime<Utc>>,
}

/// The outcome of an operator's action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    NotFound,
    /// It was closed before.
    Closed,
}

/// A request that was opened just now.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Opened {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub number: i64,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// Opens a request, with its line of the audit log; `None`: as many as may be are open. In the caller's
/// transaction.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn open(
    conn: &mut AsyncPgConnection,
    (user_id, chat_id): (Uuid, i64),
    words: &str,
    origin: &Origin,
) -> QueryResult<Option<Opened>> {
    // One after the other, so that they count each other.
    users::queries::profile_locked(conn, user_id).await?;
    let id = Uuid::now_v7();
    let opened: Option<Opened> = diesel::sql_query(
        "INSERT INTO support_requests (id, user_id, chat_id, words)
         SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM support_requests
             WHERE user_id = $2 AND closed_at IS NULL) < $5
         RETURNING id, number, created_at",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(user_id)
    .bind::<BigInt, _>(chat_id)
    .bind::<Text, _>(words)
    .bind::<BigInt, _>(OPEN_MAX)
    .get_result(conn)
    .await
    .optional()?;
    if let Some(opened) = &opened {
        let about = json!({ "number": opened.number });
        record(conn, origin, ("support_requested", user_id, id), about).await?;
    }
    Ok(opened)
}

/// Whether a person may open one more.
///
/// # Errors
/// Those of the database.
pub async fn may_open(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let open: i64 = requests::table
        .filter(requests::user_id.eq(user_id))
        .filter(requests::closed_at.is_null())
        .count()
        .get_result(conn)
        .await?;
    Ok(open < OPEN_MAX)
}

/// Requests that are open, or all, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    conn: &mut AsyncPgConnection,
    all: bool,
    limit: i64,
) -> QueryResult<Vec<Request>> {
    let mut query = requests::table
        .order(requests::number)
        .limit(limit)
        .select(Request::as_select())
        .into_boxed();
    if !all {
        query = query.filter(requests::closed_at.is_null());
    }
    query.load(conn).await
}

/// When the oldest request came that is open.
///
/// # Errors
/// Those of the database.
pub async fn oldest(conn: &mut AsyncPgConnection) -> QueryResult<Option<DateTime<Utc>>> {
    requests::table
        .filter(requests::closed_at.is_null())
        .order(requests::number)
        .select(requests::created_at)
        .first(conn)
        .await
        .optional()
}

/// The request of a number.
///
/// # Errors
/// Those of the database.
pub async fn by_number(conn: &mut AsyncPgConnection, number: i64) -> QueryResult<Option<Request>> {
    requests::table
        .filter(requests::number.eq(number))
        .select(Request::as_select())
        .first(conn)
        .await
        .optional()
}

/// The request of an id.
///
/// # Errors
/// Those of the database.
pub async fn by_id(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Request>> {
    let request = requests::table.find(id).select(Request::as_select());
    request.first(conn).await.optional()
}

/// Enqueues the answers that have not reached a person, who is back.
///
/// # Errors
/// Those of the database.
pub async fn unsent(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Ticket>> {
    let unsent: Vec<(Uuid, i64)> = requests::table
        .filter(requests::user_id.eq(user_id))
        .filter(requests::answer.is_not_null())
        .filter(requests::answer_sent_at.is_null())
        .order(requests::number)
        .select((requests::id, requests::chat_id))
        .load(conn)
        .await?;
    let mut tickets = Vec::new();
    for (request_id, chat_id) in unsent {
        let job = AnswerRequest {
            user_id,
            request_id,
            chat_id,
        };
        tickets.push(ledger::enqueue(conn, &job).await?);
    }
    Ok(tickets)
}

/// The answer has reached the chat.
///
/// # Errors
/// Those of the database.
pub async fn mark_sent(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(requests::table.find(id))
        .set(requests::answer_sent_at.eq(diesel::dsl::now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Closes a request, with an answer or without one: in one transaction with the job that sends it and the line
/// of the audit log. `by` is the name that the operator gave.
///
/// # Errors
/// Those of the database.
pub async fn close(
    conn: &mut AsyncPgConnection,
    number: i64,
    answer: Option<&str>,
    (origin, by): (&Origin, &str),
) -> QueryResult<(Outcome, Option<Ticket>)> {
    conn.transaction(async |conn| {
        let closed: Option<Request> = diesel::update(requests::table)
            .filter(requests::number.eq(number))
            .filter(requests::closed_at.is_null())
            .set((
                requests::answer.eq(answer),
                requests::closed_at.eq(diesel::dsl::now),
            ))
            .returning(Request::as_returning())
            .get_result(conn)
            .await
            .optional()?;
        let Some(request) = closed else {
            let known = by_number(conn, number).await?.is_some();
            let outcome = if known {
                Outcome::Closed
            } else {
                Outcome::NotFound
            };
            return Ok((outcome, None));
        };
        let action = match answer {
            Some(_) => "support_answered",
            None => "support_closed",
        };
        let about = json!({ "number": number, "by": by.replace('\0', "") });
        record(conn, origin, (action, request.user_id, request.id), about).await?;
        if answer.is_none() {
            return Ok((Outcome::Done, None));
        }
        let job = AnswerRequest {
            user_id: request.user_id,
            request_id: request.id,
            chat_id: request.chat_id,
        };
        Ok((Outcome::Done, Some(ledger::enqueue(conn, &job).await?)))
    })
    .await
}

/// Records that an operator has read what persons wrote.
///
/// # Errors
/// Those of the database.
pub async fn note_read(
    conn: &mut AsyncPgConnection,
    numbers: &[i64],
    (origin, by): (&Origin, &str),
) -> QueryResult<()> {
    let change = Change {
        user_id: None,
        action: "support_read",
        entity_type: "support_request",
        entity_id: None,
        old_value: None,
        new_value: Some(json!({ "by": by.replace('\0', ""), "numbers": numbers })),
    };
    audit::queries::record(conn, origin, change).await
}

async fn record(
    conn: &mut AsyncPgConnection,
    origin: &Origin,
    (action, user_id, id): (&'static str, Uuid, Uuid),
    about: Value,
) -> QueryResult<()> {
    let change = Change {
        user_id: Some(user_id),
        action,
        entity_type: "support_request",
        entity_id: Some(id),
        old_value: None,
        new_value: Some(about),
    };
    audit::queries::record(conn, origin, change).await
}

/// Old rows (see [`jobs::prune`]): requests that were closed a year ago.
pub const PRUNE: &[&str] = &["DELETE FROM support_requests WHERE id IN (
         SELECT id FROM support_requests WHERE closed_at < now() - interval '365 days' LIMIT $1)"];
