//! Comparing both sides after an import, person by person.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use money::subscriptions::model::{SubscriptionTier, rank};
use schema::sql_types::SubscriptionTier as SqlTier;
use schema::{import_quarantine, imported_readings};
use serde::Serialize;
use uuid::Uuid;

use super::model::{Arrival, Older, Plan, Terms};
use super::rules;
use super::source::{Digest, Source};

/// What is different of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// They are neither here nor in the quarantine.
    Missing,
    /// They are here although there is a reason against it.
    Unexpected,
    /// Here they came later.
    CreatedAt,
    /// Other readings: their number, or one of their texts or times.
    Readings,
    /// Here they have less than they had.
    Plan,
}

/// A difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The number of the person in the pre-MVP.
    pub source_id: i64,
    pub what: What,
}

/// How a comparison has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Persons of the pre-MVP.
    pub people: u64,
    /// Of those: compared with a person here.
    pub compared: u64,
    pub quarantined: u64,
    /// They have come, and had their data deleted since.
    pub deleted_here: u64,
    pub differences: Vec<Difference>,
}

/// Compares all persons, in pages of this size.
///
/// # Errors
/// Those of both databases.
pub async fn verify(
    conn: &mut AsyncPgConnection,
    source: &mut Source,
    size: i64,
    now: DateTime<Utc>,
) -> Result<Verified, Error> {
    let twice = source.twice().await?;
    let terms = Terms { twice, now };
    let deleted = deleted_readings(conn).await?;
    let mut verified = Verified::default();
    let mut cursor = i64::MIN;
    loop {
        let page = source.page(cursor, size).await?;
        let Some(last) = page.last() else { break };
        cursor = last.id;
        let ids: Vec<i64> = page.iter().map(|one| one.id).collect();
        let sides = Sides {
            older: source.digests(&ids, &deleted).await?,
            here: here(conn, &ids).await?,
            quarantined: quarantined(conn, &ids).await?,
        };
        for older in &page {
            sides.compare(older, &terms, &mut verified);
        }
    }
    Ok(verified)
}

/// What both sides have of some persons.
struct Sides {
    older: HashMap<i64, Digest>,
    here: HashMap<i64, Ours>,
    quarantined: Vec<i64>,
}

impl Sides {
    fn compare(&self, older: &Older, terms: &Terms, verified: &mut Verified) {
        verified.people += 1;
        let source_id = older.id;
        let judged = rules::judge(older, terms);
        let is_quarantined = self.quarantined.contains(&source_id);
        let mut differs = |what| verified.differences.push(Difference { source_id, what });
        match (self.here.get(&source_id), judged) {
            (Some(ours), _) if ours.user_id.is_none() => verified.deleted_here += 1,
            (Some(ours), Ok(arrival)) => {
                ours.faults(&arrival, self.older.get(&source_id))
                    .into_iter()
                    .for_each(&mut differs);
                verified.compared += 1;
            }
            (Some(_), Err(_)) => differs(What::Unexpected),
            (None, _) if is_quarantined => verified.quarantined += 1,
            (None, _) => differs(What::Missing),
        }
    }
}

/// What is here of a person.
#[derive(Clone, Debug, QueryableByName)]
struct Ours {
    #[diesel(sql_type = BigInt)]
    source_id: i64,
    /// `None`: they had their data deleted.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    user_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    created_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlTier>)]
    tier: Option<SubscriptionTier>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Bool>)]
    trial_used: Option<bool>,
    #[diesel(sql_type = BigInt)]
    readings: i64,
    #[diesel(sql_type = Nullable<Text>)]
    digest: Option<String>,
}

impl Ours {
    fn faults(&self, arrival: &Arrival, older: Option<&Digest>) -> Vec<What> {
        let theirs = older.map_or((0, None), |one| (one.readings, one.digest.as_deref()));
        let faults = [
            (
                What::CreatedAt,
                self.created_at.is_none_or(|at| at > arrival.created_at),
            ),
            (
                What::Readings,
                (self.readings, self.digest.as_deref()) != theirs,
            ),
            (What::Plan, self.has_less(arrival.plan)),
        ];
        let faults = faults.into_iter().filter(|(_, is_so)| *is_so);
        faults.map(|(what, _)| what).collect()
    }

    /// More is no fault: they may have paid here meanwhile. A trial is had once.
    fn has_less(&self, plan: Plan) -> bool {
        let tier = self.tier.map_or(0, rank);
        match plan {
            Plan::Free => false,
            Plan::Trial(_) => self.trial_used != Some(true),
            Plan::Paid(wanted, until) => {
                tier < rank(wanted) || tier == rank(wanted) && self.until < Some(until)
            }
        }
    }
}

/// The other side of the comparison is `pre_mvp/digests.sql`.
const OURS: &str = "SELECT came.source_id, came.user_id, users.created_at, current_tier(came.user_id) AS tier,
        plan.current_period_end AS until, plan.trial_used, own.readings, own.digest
    FROM imported_people AS came
    LEFT JOIN users ON users.id = came.user_id
    LEFT JOIN subscriptions AS plan ON plan.user_id = came.user_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS readings, encode(sha256(convert_to(string_agg(concat_ws(':', known.source_id,
            to_char(one.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
            archived_text(one.id, one.created_at, one.analysis) ->> 'intro'),
            E'\\n' ORDER BY known.source_id), 'UTF8')), 'hex') AS digest
        FROM analysis_history AS one JOIN imported_readings AS known ON known.analysis_id = one.id
        WHERE one.user_id = came.user_id) AS own
    WHERE came.source_id = ANY ($1)";

async fn here(conn: &mut AsyncPgConnection, ids: &[i64]) -> QueryResult<HashMap<i64, Ours>> {
    let rows: Vec<Ours> = diesel::sql_query(OURS)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.source_id, row)).collect())
}

async fn quarantined(conn: &mut AsyncPgConnection, ids: &[i64]) -> QueryResult<Vec<i64>> {
    import_quarantine::table
        .filter(import_quarantine::source_id.eq_any(ids))
        .select(import_quarantine::source_id)
        .load(conn)
        .await
}

/// Those of the pre-MVP that were deleted here since they came.
async fn deleted_readings(conn: &mut AsyncPgConnection) -> QueryResult<Vec<i64>> {
    imported_readings::table
        .filter(imported_readings::analysis_id.is_null())
        .select(imported_readings::source_id)
        .load(conn)
        .await
}
