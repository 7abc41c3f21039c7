//! SQL over `audit_logs`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::model::{Change, Origin};
use schema::audit_logs;

/// The longest user agent that is kept, in characters.
pub const USER_AGENT_MAX: usize = 500;

/// Writes an entry, in the transaction of the change.
///
/// # Errors
/// Those of the database.
pub async fn record(
    conn: &mut AsyncPgConnection,
    origin: &Origin,
    change: Change,
) -> QueryResult<()> {
    diesel::insert_into(audit_logs::table)
        .values((
            audit_logs::user_id.eq(change.user_id),
            audit_logs::action.eq(change.action),
            audit_logs::entity_type.eq(change.entity_type),
            audit_logs::entity_id.eq(change.entity_id),
            audit_logs::old_value.eq(change.old_value),
            audit_logs::new_value.eq(change.new_value),
            audit_logs::ip_address.eq(origin.address.map(IpNet::from)),
            audit_logs::user_agent.eq(&origin.user_agent),
            audit_logs::actor.eq(&origin.actor),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// A line, as operators read it.
#[derive(Clone, Debug, Queryable, Selectable, Serialize)]
#[diesel(table_name = audit_logs, check_for_backend(diesel::pg::Pg))]
pub struct Entry {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    pub action: String,
    pub actor: String,
    pub user_id: Option<Uuid>,
    pub entity_type: Option<String>,
    pub entity_id: Option<Uuid>,
    pub old_value: Option<Value>,
    pub new_value: Option<Value>,
    pub ip_address: Option<IpNet>,
    pub user_agent: Option<String>,
}

/// Which lines are wanted; `None`: all.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub action: Option<String>,
    pub actor: Option<String>,
    pub person: Option<Uuid>,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    /// Kind and id of what was changed.
    pub entity: (Option<String>, Option<Uuid>),
    /// The last line of the page before.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Lines, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(conn: &mut AsyncPgConnection, wanted: &Wanted) -> QueryResult<Vec<Entry>> {
    let mut lines = audit_logs::table.into_boxed();
    if let Some(action) = &wanted.action {
        lines = lines.filter(audit_logs::action.eq(action));
    }
    if let Some(actor) = &wanted.actor {
        lines = lines.filter(audit_logs::actor.eq(actor));
    }
    if let Some(person) = wanted.person {
        lines = lines.filter(audit_logs::user_id.eq(person));
    }
    if let Some(since) = wanted.since {
        lines = lines.filter(audit_logs::created_at.gt(since));
    }
    if let Some(until) = wanted.until {
        lines = lines.filter(audit_logs::created_at.le(until));
    }
    if let Some(kind) = &wanted.entity.0 {
        lines = lines.filter(audit_logs::entity_type.eq(kind));
    }
    if let Some(id) = wanted.entity.1 {
        lines = lines.filter(audit_logs::entity_id.eq(id));
    }
    if let Some(after) = wanted.after {
        let place = audit_logs::table
            .find(after)
            .select((audit_logs::tx, audit_logs::place));
        let place: Option<(i64, i64)> = place.first(conn).await.optional()?;
        let Some((tx, place)) = place else {
            return Ok(Vec::new());
        };
        let behind = audit_logs::tx
            .lt(tx)
            .or(audit_logs::tx.eq(tx).and(audit_logs::place.lt(place)));
        lines = lines.filter(behind);
    }
    lines
        .order((audit_logs::tx.desc(), audit_logs::place.desc()))
        .limit(wanted.limit)
        .select(Entry::as_select())
        .load(conn)
        .await
}

/// The statements that delete old entries (the retention job runs them): after 90 days (design
/// document, section 13.6).
pub const PRUNE: &[&str] = &["SELECT audit_logs_prune($1)"];
