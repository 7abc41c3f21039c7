//! Accepts a reading: its unit of the quota, its row, its job, its entry in the audit log and the
//! answer of its Idempotency-Key in one statement, so in one round trip and one commit
//! (`accept_analysis` in the migrations).

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types as sql;
use diesel::{QueryResult, Queryable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use serde_json::Value;
use uuid::Uuid;

use crate::model::{AnalysisStatus, NewAnalysis};
use audit::model::Origin;
use jobs::Job;
use jobs::ledger::{NewJob, Ticket};
use kernel::error::Error;
use money::subscriptions::model::SubscriptionTier;
use people::idempotency::queries::Lease;
use schema::sql_types::{
    AnalysisStatus as SqlStatus, FocusArea as SqlFocus, InputType as SqlInput,
    SubscriptionTier as SqlTier,
};

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
    /// The person does not exist, or was deleted; nothing was written.
    NoSuchPerson,
}

/// The answer to store under an Idempotency-Key.
#[derive(Clone, Copy, Debug)]
pub struct Remembered<'a> {
    pub lease: &'a Lease,
    /// The bytes that the client gets.
    pub body: &'a [u8],
}

/// Accepts a reading together with its first job.
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
    let call = Accept {
        new,
        address: origin
            .address
            .map(|address| IpNet::from(address).to_string()),
        origin,
        remembered,
        job: &job,
    };
    let row: QueryResult<Row> = call.get_result(conn).await;
    match row {
        Ok(row) => row.read(new, &job),
        Err(diesel::result::Error::DatabaseError(_, info))
            if info.message() == "idempotency key lost" =>
        {
            Err(Error::InProgress)
        }
        Err(why) => Err(why.into()),
    }
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
            ("nobody", ..) => Ok(Accepted::NoSuchPerson),
            (other, ..) => Err(Error::internal(format!(
                "accepting {}: unexpected outcome {other:?}",
                new.id
            ))),
        }
    }
}

/// The call as a diesel query, because statements of `sql_query` are prepared anew each time.
struct Accept<'a> {
    new: &'a NewAnalysis,
    job: &'a NewJob,
    origin: &'a Origin,
    address: Option<String>,
    remembered: Option<Remembered<'a>>,
}

impl QueryId for Accept<'_> {
    type QueryId = Accept<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Accept<'_> {
    type SqlType = (
        sql::Text,
        sql::Nullable<sql::Uuid>,
        sql::Nullable<SqlStatus>,
        sql::Nullable<SqlTier>,
    );
}

impl QueryFragment<Pg> for Accept<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { new, job, .. } = self;
        out.push_sql("SELECT outcome, found_id, found_status, tier FROM accept_analysis(");
        out.push_bind_param::<sql::Uuid, _>(&new.id)?;
        next::<sql::Uuid, _>(&mut out, &new.user_id)?;
        next::<sql::Nullable<sql::BigInt>, _>(&mut out, &new.message_id)?;
        next::<SqlInput, _>(&mut out, &new.input_type)?;
        next::<sql::Nullable<sql::Text>, _>(&mut out, &new.image_url)?;
        next::<sql::Nullable<sql::Integer>, _>(&mut out, &new.image_size_bytes)?;
        next::<sql::Nullable<sql::Text>, _>(&mut out, &new.user_text)?;
        next::<SqlFocus, _>(&mut out, &new.focus_area)?;
        next::<sql::Nullable<sql::BigInt>, _>(&mut out, &new.chat_id)?;
        next::<sql::Nullable<sql::Text>, _>(&mut out, &new.source_file_id)?;
        self.walk_job(job, &mut out)?;
        next::<sql::Text, _>(&mut out, &self.origin.actor)?;
        next::<sql::Nullable<sql::Text>, _>(&mut out, &self.address)?;
        next::<sql::Nullable<sql::Text>, _>(&mut out, &self.origin.user_agent)?;
        self.walk_remembered(&mut out)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<'a> Accept<'a> {
    fn walk_job<'b>(&self, job: &'b NewJob, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        next::<sql::Uuid, _>(out, &job.id)?;
        next::<sql::Text, _>(out, &job.kind)?;
        next::<sql::Text, _>(out, &job.queue)?;
        next::<sql::Jsonb, Value>(out, &job.args)?;
        next::<sql::Integer, _>(out, &job.max_attempts)?;
        next::<sql::Nullable<sql::Text>, _>(out, &job.dedupe_key)?;
        next::<sql::Array<sql::Text>, _>(out, &job.limit_keys)
    }

    fn walk_remembered<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Always the same number of binds, so that the statement stays the same prepared one.
        match &self.remembered {
            Some(Remembered { lease, body }) => {
                next::<sql::Nullable<sql::Text>, _>(out, &lease.caller)?;
                next::<sql::Nullable<sql::Text>, _>(out, &lease.key)?;
                next::<sql::Nullable<sql::BigInt>, _>(out, &lease.fence)?;
                next::<sql::Nullable<sql::Binary>, _>(out, body)
            }
            None => {
                next::<sql::Nullable<sql::Text>, _>(out, &None::<String>)?;
                next::<sql::Nullable<sql::Text>, _>(out, &None::<String>)?;
                next::<sql::Nullable<sql::BigInt>, _>(out, &None::<i64>)?;
                next::<sql::Nullable<sql::Binary>, _>(out, &None::<Vec<u8>>)
            }
        }
    }
}

fn next<'b, T, U>(out: &mut AstPass<'_, 'b, Pg>, value: &'b U) -> QueryResult<()>
where
    Pg: sql::HasSqlType<T>,
    U: diesel::serialize::ToSql<T, Pg> + ?Sized,
{
    out.push_sql(", ");
    out.push_bind_param::<T, U>(value)
}
