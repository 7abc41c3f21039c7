//! SQL over `sessions`.

use audit::model::{Change, Origin};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use jobs::ledger::Ticket;
use kernel::codes::TOKEN_EXPIRED;
use kernel::error::Error;
use serde_json::json;
use uuid::Uuid;

use super::refresh::Presented;
use super::rotation::{LONGEST, State, Verdict};
use super::{Method, Session, Way};
use crate::facts::PersonSignedIn;
use crate::{accounts, users};
use schema::sessions;

/// A session as its person sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
pub struct Row {
    pub id: Uuid,
    pub user_id: Uuid,
    pub generation: i32,
    pub rotated_at: DateTime<Utc>,
    pub used: bool,
    pub method: String,
    pub proved_at: DateTime<Utc>,
    pub second_at: Option<DateTime<Utc>>,
    pub second_method: Option<String>,
    pub user_agent: Option<String>,
    pub address: Option<IpNet>,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub idle_until: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Row {
    fn state(&self) -> State {
        State {
            generation: self.generation,
            rotated_at: self.rotated_at,
            used: self.used,
            idle_until: self.idle_until,
            ends_at: self.ends_at,
            is_revoked: self.revoked_at.is_some(),
        }
    }

    /// The session that tokens are made for, of this generation.
    pub fn session(&self, generation: i32) -> Session {
        Session {
            user_id: self.user_id,
            proved_at: self.proved_at,
            second_at: self.second_at,
            way: Way::Stored {
                id: self.id,
                generation,
                method: Method::parse(&self.method),
                second: self.second_method.as_deref().map(Method::parse),
            },
        }
    }

    /// The end, if nothing renews it.
    pub fn until(&self) -> DateTime<Utc> {
        self.idle_until.min(self.ends_at)
    }
}

/// Begins a session of a person who was proved just now. It ends after this long without a renewal.
///
/// # Errors
/// Those of the database.
pub async fn begin(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    (method, idle): (Method, TimeDelta),
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<Row> {
    let begun = diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(Uuid::now_v7()),
            sessions::user_id.eq(user_id),
            sessions::rotated_at.eq(now),
            sessions::method.eq(method.as_str()),
            sessions::proved_at.eq(now),
            sessions::user_agent.eq(&origin.user_agent),
            sessions::address.eq(origin.address.map(IpNet::from)),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::idle_until.eq(now + idle),
            sessions::ends_at.eq(now + LONGEST),
        ))
        .returning(Row::as_returning())
        .get_result(conn)
        .await?;
    let method = method.as_str();
    events::record(conn, Some(user_id), &PersonSignedIn { method }).await?;
    Ok(begun)
}

/// What came of a refresh token.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// The session, with the generation of the token to answer with.
    Renewed(Session),
    /// A token was shown whose successor somebody else uses: the session is ended, and the person is told.
    Reused(Vec<Ticket>),
    Over,
}

/// Renews a session by a refresh token. All copies of a token that come at once get the same successor: the row is
/// locked while it is judged.
///
/// # Errors
/// Those of the database.
pub async fn refresh(
    conn: &mut AsyncPgConnection,
    (presented, idle): (Presented, TimeDelta),
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<Refreshed> {
    conn.transaction(async |conn| {
        let Some(row) = locked(conn, presented.session).await? else {
            return Ok(Refreshed::Over);
        };
        match row.state().judge(presented.generation, now) {
            Verdict::Over => Ok(Refreshed::Over),
            Verdict::Repeat { anew } => {
                if anew {
                    let again = diesel::update(sessions::table.find(row.id));
                    let again = again.set(sessions::rotated_at.eq(now));
                    again.execute(conn).await?;
                }
                Ok(Refreshed::Renewed(row.session(row.generation)))
            }
            Verdict::Rotate(generation) => {
                rotate(conn, &row, (generation, idle), origin, now).await?;
                Ok(Refreshed::Renewed(row.session(generation)))
            }
            Verdict::Reused => {
                end(conn, row.user_id, row.id, "refresh_token_reused", now).await?;
                let tickets = tell_reused(conn, &row, origin).await?;
                Ok(Refreshed::Reused(tickets))
            }
        }
    })
    .await
}

/// The person first, as everywhere ([`users::queries::lock`]).
async fn locked(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Row>> {
    let Some(person) = owner(conn, id).await? else {
        return Ok(None);
    };
    if !users::queries::lock(conn, person).await? {
        return Ok(None);
    }
    let row = sessions::table.find(id).select(Row::as_select());
    row.for_update().first(conn).await.optional()
}

async fn rotate(
    conn: &mut AsyncPgConnection,
    row: &Row,
    (generation, idle): (i32, TimeDelta),
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(sessions::table.find(row.id))
        .set((
            sessions::generation.eq(generation),
            sessions::rotated_at.eq(now),
            sessions::used.eq(false),
            sessions::last_seen_at.eq(now),
            sessions::idle_until.eq(now + idle),
            sessions::address.eq(origin.address.map(IpNet::from)),
            sessions::user_agent.eq(&origin.user_agent),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

async fn tell_reused(
    conn: &mut AsyncPgConnection,
    row: &Row,
    origin: &Origin,
) -> QueryResult<Vec<Ticket>> {
    let change = Change {
        user_id: Some(row.user_id),
        action: "refresh_token_reused",
        entity_type: "session",
        entity_id: Some(row.id),
        old_value: None,
        new_value: Some(json!({ "ended": true })),
    };
    audit::queries::record(conn, origin, change).await?;
    accounts::letters::reused(conn, row.user_id).await
}

/// Whether an access token of a stored session is still good, by its session. Notes that the answer with this
/// generation has arrived. Returns the Telegram id of its person, by which they are counted if they have one.
///
/// # Errors
/// E203 if the session has ended; those of the database.
pub async fn check(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    generation: i32,
    now: DateTime<Utc>,
) -> Result<Option<i64>, Error> {
    let row = sessions::table.inner_join(schema::users::table);
    let row = row
        .filter(sessions::id.eq(id))
        .select((Row::as_select(), schema::users::telegram_id));
    let row: Option<(Row, Option<i64>)> = row.first(conn).await.optional()?;
    let row = row.filter(|(row, _)| !row.state().is_over(now));
    let (row, telegram_id) = row.ok_or(Error::Unauthenticated(TOKEN_EXPIRED))?;
    if row.generation == generation && !row.used {
        let unused = sessions::table
            .find(id)
            .filter(sessions::generation.eq(generation));
        diesel::update(unused)
            .set((sessions::used.eq(true), sessions::last_seen_at.eq(now)))
            .execute(conn)
            .await?;
    }
    Ok(telegram_id)
}

/// Whether a token is of the two newest of a session that has not ended: an older one is a copy that somebody else holds.
///
/// # Errors
/// Those of the database.
pub async fn holds(
    conn: &mut AsyncPgConnection,
    presented: Presented,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let row = sessions::table
        .find(presented.session)
        .select(Row::as_select());
    let row: Option<Row> = row.first(conn).await.optional()?;
    Ok(row
        .is_some_and(|row| !row.state().is_over(now) && presented.generation >= row.generation - 1))
}

/// Whose a session is.
///
/// # Errors
/// Those of the database.
pub async fn owner(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Uuid>> {
    let person = sessions::table.find(id).select(sessions::user_id);
    person.first(conn).await.optional()
}

/// The sessions of a person that have not ended, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Row>> {
    sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::idle_until.gt(now).and(sessions::ends_at.gt(now)))
        .order(sessions::created_at.desc())
        .select(Row::as_select())
        .load(conn)
        .await
}

/// The program and the address of each session that a person began since then.
///
/// # Errors
/// Those of the database.
pub async fn places(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    since: DateTime<Utc>,
) -> QueryResult<Vec<(Option<String>, Option<IpNet>)>> {
    sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::created_at.gt(since))
        .select((sessions::user_agent, sessions::address))
        .load(conn)
        .await
}

/// Whether a person was made after this moment: then all their sessions were begun after it.
///
/// # Errors
/// Those of the database.
pub async fn is_newer(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    since: DateTime<Utc>,
) -> QueryResult<bool> {
    let person = schema::users::table.find(user_id);
    let made_at: DateTime<Utc> = person.select(schema::users::created_at).first(conn).await?;
    Ok(made_at > since)
}

/// Ends one session of a person. Returns whether it was not ended.
///
/// # Errors
/// Those of the database.
pub async fn end(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    id: Uuid,
    why: &str,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let live = sessions::table
        .find(id)
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null());
    let ended = diesel::update(live)
        .set((sessions::revoked_at.eq(now), sessions::revoked_why.eq(why)))
        .execute(conn)
        .await?;
    Ok(ended == 1)
}

/// Ends all sessions of a person but one. Returns those that it has ended.
///
/// # Errors
/// Those of the database.
pub async fn end_all(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    but: Option<Uuid>,
    why: &str,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Uuid>> {
    let live = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::id.ne(but.unwrap_or_default()));
    diesel::update(live)
        .set((sessions::revoked_at.eq(now), sessions::revoked_why.eq(why)))
        .returning(sessions::id)
        .get_results(conn)
        .await
}

/// Ends the sessions of a person that began in one way, but for one. Returns those that it has ended.
///
/// # Errors
/// Those of the database.
pub async fn end_of_method(
    conn: &mut AsyncPgConnection,
    (user_id, but): (Uuid, Option<Uuid>),
    method: Method,
    why: &str,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Uuid>> {
    let live = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::id.ne(but.unwrap_or_default()))
        .filter(sessions::method.eq(method.as_str()))
        .filter(sessions::revoked_at.is_null());
    diesel::update(live)
        .set((sessions::revoked_at.eq(now), sessions::revoked_why.eq(why)))
        .returning(sessions::id)
        .get_results(conn)
        .await
}

/// The statements that delete old rows: 30 days after the end, for as long a place counts as known.
pub const PRUNE: &[&str] = &["DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions WHERE idle_until < now() - interval '30 days'
            OR revoked_at < now() - interval '30 days' OR ends_at < now() - interval '30 days' LIMIT $1)"];
