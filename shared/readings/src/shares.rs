//! Pictures of readings that their persons show to others: SQL over `shared_cards`. An address shows
//! its picture to all who know it, until it expires or its person ends it; the daily sweep removes it from the bucket.

use std::time::Duration;

use audit::model::{Change, Origin};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use people::users::queries::consents;
use schema::{shared_cards as cards, users};
use uuid::Uuid;

use crate::model::{Analysis, AnalysisStatus};
use crate::{history, rules};

/// A shared picture.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = cards, check_for_backend(diesel::pg::Pg))]
pub struct Share {
    pub id: Uuid,
    pub user_id: Uuid,
    pub analysis_id: Uuid,
    pub expires_at: DateTime<Utc>,
    prepared_id: Option<String>,
    prepared_until: Option<DateTime<Utc>>,
}

impl Share {
    /// The message that the messenger has stored for the person to send, while it can be sent.
    pub fn prepared_message(&self, at: DateTime<Utc>) -> Option<&str> {
        let is_live = self.prepared_until.is_some_and(|until| until > at);
        self.prepared_id.as_deref().filter(|_| is_live)
    }
}

/// A picture that is in the bucket, under [`rules::card_key`].
#[derive(Clone, Copy, Debug, Insertable)]
#[diesel(table_name = cards)]
pub struct NewShare<'a> {
    /// Random: it cannot be guessed.
    pub id: Uuid,
    pub user_id: Uuid,
    pub analysis_id: Uuid,
    /// Names the request that made it.
    pub request: Option<&'a [u8]>,
    pub expires_at: DateTime<Utc>,
}

/// Refuses to share a reading that is not there yet, that of a person who has not agreed, and too many in a day.
///
/// # Errors
/// `Conflict`, E205, `RateLimited`, or those of the database.
pub async fn judge(
    conn: &mut AsyncPgConnection,
    reading: &Analysis,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    if reading.status != AnalysisStatus::Completed {
        return Err(Error::Conflict("there is no reading to share".to_owned()));
    }
    let consents = consents(conn, reading.user_id).await.optional()?;
    if !consents.is_some_and(|given| given.are_given()) {
        return Err(rules::no_consent());
    }
    let today: Vec<(Uuid, DateTime<Utc>)> = cards::table
        .filter(cards::user_id.eq(reading.user_id))
        .filter(cards::created_at.gt(at - TimeDelta::days(1)))
        .order(cards::created_at)
        .select((cards::analysis_id, cards::created_at))
        .load(conn)
        .await?;
    match rules::next_share(&today, reading.id) {
        Some(next) => Err(Error::RateLimited {
            retry_after: (next - at).to_std().unwrap_or_default() + Duration::from_secs(1),
        }),
        None => Ok(()),
    }
}

/// Shares a picture that is in the bucket, in the caller's transaction. Returns another one if the request has made
/// it meanwhile: its first try went on while the second one began.
///
/// # Errors
/// `NotFound` if the reading was deleted meanwhile, and those of [`judge`].
pub async fn publish(
    conn: &mut AsyncPgConnection,
    new: &NewShare<'_>,
    origin: &Origin,
    at: DateTime<Utc>,
) -> Result<Share, Error> {
    let reading = locked(conn, new.analysis_id, Some(new.user_id)).await?;
    if let Some(request) = new.request
        && let Some(made) = made_by(conn, reading.id, request).await?
    {
        return Ok(made);
    }
    // A consent that is withdrawn at this moment is withdrawn before, or ends this share.
    let person = users::table.find(new.user_id).select(users::id).for_share();
    person.load::<Uuid>(conn).await?;
    judge(conn, &reading, at).await?;
    let share = diesel::insert_into(cards::table)
        .values(new)
        .returning(Share::as_returning())
        .get_result(conn)
        .await?;
    audit::queries::record(conn, origin, line("analysis_shared", &reading)).await?;
    Ok(share)
}

/// The live share that a request has made before.
///
/// # Errors
/// Those of the database.
pub async fn made_by(
    conn: &mut AsyncPgConnection,
    reading: Uuid,
    request: &[u8],
) -> QueryResult<Option<Share>> {
    cards::table
        .filter(cards::analysis_id.eq(reading))
        .filter(cards::request.eq(request))
        .filter(cards::expires_at.gt(now))
        .select(Share::as_select())
        .first(conn)
        .await
        .optional()
}

/// Stores the message that the messenger keeps for the person to send.
///
/// # Errors
/// Those of the database.
pub async fn set_prepared(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    message: &str,
    until: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(cards::table.find(id))
        .set((
            cards::prepared_id.eq(message),
            cards::prepared_until.eq(until),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The live shares of a reading, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn of(conn: &mut AsyncPgConnection, reading: Uuid) -> QueryResult<Vec<Share>> {
    cards::table
        .filter(cards::analysis_id.eq(reading))
        .filter(cards::expires_at.gt(now))
        .order((cards::created_at.desc(), cards::id))
        .select(Share::as_select())
        .load(conn)
        .await
}

/// Those of `ids` that are live shares.
///
/// # Errors
/// Those of the database.
pub async fn live(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<Share>> {
    cards::table
        .filter(cards::id.eq_any(ids))
        .filter(cards::expires_at.gt(now))
        .select(Share::as_select())
        .load(conn)
        .await
}

/// Ends all shares of a reading of `owner`, or of anyone without one, in the caller's transaction.
///
/// # Errors
/// `NotFound` if there is no such reading, or those of the database.
pub async fn end(
    conn: &mut AsyncPgConnection,
    reading: Uuid,
    owner: Option<Uuid>,
    origin: &Origin,
) -> Result<(), Error> {
    let reading = locked(conn, reading, owner).await?;
    let live = cards::table
        .filter(cards::analysis_id.eq(reading.id))
        .filter(cards::expires_at.gt(now));
    let ended = diesel::update(live).set(cards::expires_at.eq(now));
    if ended.execute(conn).await? > 0 {
        audit::queries::record(conn, origin, line("analysis_shares_ended", &reading)).await?;
    }
    Ok(())
}

/// Ends all shares of a person. In a transaction that has locked the person, as an erasure does first.
///
/// # Errors
/// Those of the database.
pub(crate) async fn end_all(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    let live = cards::table
        .filter(cards::user_id.eq(user_id))
        .filter(cards::expires_at.gt(now));
    diesel::update(live)
        .set(cards::expires_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The keys in the bucket of all pictures that a person has shared.
///
/// # Errors
/// Those of the database.
pub(crate) async fn keys(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<String>> {
    let all: Vec<(Uuid, Uuid)> = cards::table
        .filter(cards::user_id.eq(user_id))
        .select((cards::analysis_id, cards::id))
        .load(conn)
        .await?;
    let key = |(reading, card)| rules::card_key(reading, card);
    Ok(all.into_iter().map(key).collect())
}

async fn locked(
    conn: &mut AsyncPgConnection,
    reading: Uuid,
    owner: Option<Uuid>,
) -> Result<Analysis, Error> {
    match history::locked(conn, reading, owner).await {
        Err(diesel::result::Error::NotFound) => Err(Error::NotFound("analysis")),
        found => Ok(found?),
    }
}

fn line(action: &'static str, reading: &Analysis) -> Change {
    Change {
        user_id: Some(reading.user_id),
        action,
        entity_type: "analysis",
        entity_id: Some(reading.id),
        old_value: None,
        new_value: None,
    }
}

/// Old rows (see [`jobs::prune`]): shares that ended a day ago.
pub const PRUNE: &[&str] = &["DELETE FROM shared_cards WHERE id IN (
         SELECT id FROM shared_cards WHERE expires_at < now() - interval '1 day'
         LIMIT $1 FOR UPDATE SKIP LOCKED)"];
