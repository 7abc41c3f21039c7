//! Accepts a reading: its unit of the quota, its row, its job, its entry in the audit log, its event and the
//! answer of its Idempotency-Key in one statement, so in one round trip and one commit: `accept.sql`.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
use diesel::sql_types::{Binary, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::facts::ReadingCreated;
use crate::model::{AnalysisStatus, NewAnalysis};
use audit::model::Origin;
use events::Fact;
use jobs::Job;
use jobs::ledger::{NewJob, Ticket};
use kernel::db::around_arguments;
use kernel::error::Error;
use money::subscriptions::model::SubscriptionTier;
use people::idempotency::queries::{Lease, stored_status, unfinished};
use people::users::{self, consent};
use schema::analysis_history as analyses;
use schema::sql_types::{AnalysisStatus as SqlStatus, SubscriptionTier as SqlTier};

/// The outcome of a request for a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The reading and its first job are written.
    New {
        ticket: Ticket,
        tier: SubscriptionTier,
    },
    /// The person's message has a reading already; nothing was written.
    Duplicate { id: Uuid, status: AnalysisStatus },
    /// The person's quota is used up; nothing was written.
    Limited,
    /// The person has not agreed to the terms and the privacy policy as they are now; nothing was
    /// written.
    NoConsent,
    /// The person does not exist, or was deleted; nothing was written.
    NoSuchPerson,
}

/// The answer to store under an Idempotency-Key.
#[derive(Clone, Copy, Debug)]
pub struct Remembered<'a> {
    pub lease: &'a Lease,
    pub status: u16,
    /// The bytes that the client gets.
    pub body: &'a [u8],
}

/// Accepts a reading together with its first job. Not inside a transaction, unless the reading has a
/// chat: a twin that is accepted at the same time would abort it.
///
/// # Errors
/// `InProgress` if another request has taken over the Idempotency-Key; those of the database.
pub async fn accept<J: Job>(
    conn: &mut AsyncPgConnection,
    new: &NewAnalysis,
    job: &J,
    origin: &Origin,
    remembered: Option<Remembered<'_>>,
) -> Result<Accepted, Error> {
    let job = NewJob::of(job)?;
    let created = created(new);
    let statement = Accept {
        call: &call(new, &job, created, origin, remembered),
        answer: remembered.map(|remembered| remembered.body),
    };
    let has_twins = new.chat_id.is_none() && new.message_id.is_some();
    let row: QueryResult<Row> = match statement.get_result(conn).await {
        // The same message was accepted while this waited for the meter of the person's readings, and all of this
        // was undone, or it took the last unit; the second attempt finds the other reading.
        Err(DatabaseError(UniqueViolation, _)) if has_twins => statement.get_result(conn).await,
        Ok(Row { outcome, .. }) if has_twins && outcome == "limited" => {
            statement.get_result(conn).await
        }
        ended => ended,
    };
    let accepted = row.map_err(unfinished)?.read(new, &job)?;
    if let Accepted::New { .. } = accepted {
        let person = Some(new.user_id);
        events::note::<ReadingCreated>((person, person), &json!(created));
    }
    Ok(accepted)
}

fn created(new: &NewAnalysis) -> ReadingCreated {
    ReadingCreated {
        reading: new.id,
        input_type: new.input_type,
        focus_area: new.focus_area,
        in_chat: new.chat_id.is_some(),
    }
}

/// What a reading ends in whose person has not agreed: asked before its photo is stored, because nothing of
/// theirs may be. `None` if they have. Consent may end meanwhile, so [`accept`] decides all the same.
///
/// # Errors
/// Those of the database.
pub async fn without_consent(
    conn: &mut AsyncPgConnection,
    new: &NewAnalysis,
) -> QueryResult<Option<Accepted>> {
    match users::queries::consents(conn, new.user_id)
        .await
        .optional()?
    {
        Some(consents) if consents.are_given() => return Ok(None),
        Some(_) => {}
        None => return Ok(Some(Accepted::NoSuchPerson)),
    }
    let known: Option<(Uuid, AnalysisStatus)> = analyses::table
        .filter(analyses::user_id.eq(new.user_id))
        .filter(analyses::message_id.eq(new.message_id))
        .filter(analyses::chat_id.is_null())
        .select((analyses::id, analyses::status))
        .first(conn)
        .await
        .optional()?;
    Ok(Some(match known {
        Some((id, status)) => Accepted::Duplicate { id, status },
        None => Accepted::NoConsent,
    }))
}

/// The first argument of `accept.sql`. The priority of the job is that of the plan.
fn call(
    new: &NewAnalysis,
    job: &NewJob,
    created: ReadingCreated,
    origin: &Origin,
    remembered: Option<Remembered<'_>>,
) -> Value {
    let lease = remembered.map(|remembered| remembered.lease);
    json!({
        "id": new.id, "user_id": new.user_id, "message_id": new.message_id,
        "input_type": new.input_type, "image_url": new.image_url,
        "image_size_bytes": new.image_size_bytes, "user_text": new.user_text,
        "focus_area": new.focus_area, "chat_id": new.chat_id,
        "source_file_id": new.source_file_id,
        "job_id": job.id, "job_kind": job.kind, "job_queue": job.queue, "job_args": job.args,
        "job_max_attempts": job.max_attempts, "job_dedupe_key": job.dedupe_key,
        "job_limit_keys": job.limit_keys, "job_subject_id": job.subject_id,
        "job_trace_parent": job.trace_parent,
        "event_id": Uuid::now_v7(), "event_name": ReadingCreated::KIND.name,
        "event_version": ReadingCreated::KIND.version, "event_data": created,
        "terms": consent::TERMS, "privacy": consent::PRIVACY,
        "actor": origin.actor, "address": origin.address, "user_agent": origin.user_agent,
        "lease_caller": lease.map(|lease| &lease.caller),
        "lease_key": lease.map(|lease| &lease.key),
        "lease_fence": lease.map(|lease| lease.fence),
        "lease_status": remembered.map(|remembered| stored_status(remembered.status)),
    })
}

#[derive(Queryable)]
struct Row {
    outcome: String,
    found_id: Option<Uuid>,
    found_status: Option<AnalysisStatus>,
    tier: Option<SubscriptionTier>,
}

impl Row {
    fn read(self, new: &NewAnalysis, job: &NewJob) -> Result<Accepted, Error> {
        match (self.outcome.as_str(), self.found_id, self.found_status) {
            ("accepted", ..) => Ok(Accepted::New {
                ticket: job.ticket(),
                tier: self.tier.unwrap_or(SubscriptionTier::Free),
            }),
            ("known", Some(id), Some(status)) => Ok(Accepted::Duplicate { id, status }),
            ("limited", ..) => Ok(Accepted::Limited),
            ("no_consent", ..) => Ok(Accepted::NoConsent),
            ("no_person", ..) => Ok(Accepted::NoSuchPerson),
            (other, ..) => Err(Error::internal(format!(
                "accepting {}: unexpected outcome {other:?}",
                new.id
            ))),
        }
    }
}

/// `accept.sql` as a diesel query of its own: see [`around_arguments`].
#[derive(Clone, Copy)]
struct Accept<'a> {
    call: &'a Value,
    answer: Option<&'a [u8]>,
}

const STATEMENT: &str = include_str!("accept.sql");

impl QueryId for Accept<'_> {
    type QueryId = Accept<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Accept<'_> {
    type SqlType = (
        Text,
        Nullable<SqlUuid>,
        Nullable<SqlStatus>,
        Nullable<SqlTier>,
    );
}

impl QueryFragment<Pg> for Accept<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut texts = around_arguments(STATEMENT);
        let mut text = || texts.next().unwrap_or_default();
        out.push_sql(text());
        out.push_bind_param::<Jsonb, _>(self.call)?;
        out.push_sql(text());
        out.push_bind_param::<Nullable<Binary>, _>(&self.answer)?;
        out.push_sql(text());
        Ok(())
    }
}
