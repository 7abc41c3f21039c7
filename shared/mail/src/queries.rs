//! SQL over `emails`.

use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::ledger::Ticket;
use jobs::{Priority, ledger};
use serde_json::Value;
use uuid::Uuid;

use crate::address::Address;
use crate::jobs::SendEmail;
use crate::letter::Letter;
use crate::model::{Email, EmailStatus};
use schema::emails;

/// Writes a letter and the job that sends it, in the caller's transaction. Wake a worker with the ticket after the
/// commit. With a dedupe key that was used before, nothing new is written or sent.
///
/// # Errors
/// Those of the database.
pub async fn enqueue(conn: &mut AsyncPgConnection, letter: &Letter) -> QueryResult<Ticket> {
    let id = Uuid::now_v7();
    let content = serde_json::to_value(&letter.content)
        .map_err(|why| diesel::result::Error::SerializationError(Box::new(why)))?;
    let written: Option<Uuid> = diesel::insert_into(emails::table)
        .values((
            emails::id.eq(id),
            emails::to_address.eq(&letter.to),
            emails::user_id.eq(letter.user_id),
            emails::template.eq(letter.content.template()),
            emails::language.eq(letter.language.code()),
            emails::content.eq(content),
            emails::dedupe_key.eq(&letter.dedupe_key),
        ))
        .on_conflict(emails::dedupe_key)
        .do_nothing()
        .returning(emails::id)
        .get_result(conn)
        .await
        .optional()?;
    let email_id = match written {
        Some(id) => id,
        None => {
            let twin = emails::table.filter(emails::dedupe_key.eq(&letter.dedupe_key));
            twin.select(emails::id).first(conn).await?
        }
    };
    let job = SendEmail {
        email_id,
        user_id: letter.user_id,
        domain: Address::parse(&letter.to).map_or_else(|_| String::new(), |one| one.domain),
    };
    let priority = match letter.content.is_security() {
        true => Priority::High,
        false => Priority::Normal,
    };
    ledger::enqueue_at(conn, &job, priority).await
}

/// A letter, locked until the transaction ends; `None`: it went with its person.
///
/// # Errors
/// Those of the database.
pub async fn lock(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Email>> {
    let row = emails::table.find(id).select(Email::as_select());
    row.for_update().first(conn).await.optional()
}

/// Notes that an attempt begins; `doubted`: after one that ended without an answer.
///
/// # Errors
/// Those of the database.
pub async fn begin(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    provider: &str,
    doubted: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    diesel::update(emails::table.find(id))
        .set((
            emails::status.eq(EmailStatus::Sending),
            emails::attempts.eq(emails::attempts + 1),
            emails::provider.eq(provider),
            doubted.map(|at| emails::doubted_at.eq(at)),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Notes that the attempt has surely not sent it: another one may.
///
/// # Errors
/// Those of the database.
pub async fn put_back(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    let row = emails::table
        .find(id)
        .filter(emails::status.eq(EmailStatus::Sending));
    diesel::update(row)
        .set(emails::status.eq(EmailStatus::Queued))
        .execute(conn)
        .await
        .map(drop)
}

/// Notes the end of sending, after which the variables are not kept.
///
/// # Errors
/// Those of the database.
pub async fn close(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    status: EmailStatus,
    subject: &str,
) -> QueryResult<()> {
    end(conn, id, status, Some(subject)).await
}

/// The job has ended without success: what it was about is not known any more.
///
/// # Errors
/// Those of the database.
pub async fn give_up(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    end(conn, id, EmailStatus::Failed, None).await
}

async fn end(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    status: EmailStatus,
    subject: Option<&str>,
) -> QueryResult<()> {
    let open = [EmailStatus::Queued, EmailStatus::Sending];
    let row = emails::table.find(id).filter(emails::status.eq_any(open));
    diesel::update(row)
        .set((
            emails::status.eq(status),
            emails::content.eq(None::<Value>),
            subject.map(|subject| emails::subject.eq(subject)),
            emails::ended_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Notes that the vendor has taken it, under its number of it.
///
/// # Errors
/// Those of the database.
pub async fn accept(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    subject: &str,
    provider_id: Option<&str>,
) -> QueryResult<()> {
    close(conn, id, EmailStatus::Accepted, subject).await?;
    diesel::update(emails::table.find(id))
        .set((
            emails::provider_id.eq(provider_id),
            emails::accepted_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Old rows (see [`jobs::prune`]).
pub const PRUNE: &[&str] = &[
    "DELETE FROM emails WHERE id IN (
         SELECT id FROM emails WHERE created_at < now() - interval '30 days' LIMIT $1)",
    "DELETE FROM email_suppressions WHERE address_key IN (
         SELECT address_key FROM email_suppressions WHERE complained_at IS NULL
           AND changed_at < now() - interval '90 days' LIMIT $1)",
    "DELETE FROM contact_messages WHERE id IN (
         SELECT id FROM contact_messages WHERE created_at < now() - interval '180 days' LIMIT $1)",
];
