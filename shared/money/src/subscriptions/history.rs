//! SQL over `subscription_history`: what has happened to a person's plan.

use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::SubscriptionTier;
use schema::subscription_history as history;

/// A change of a plan.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = history, check_for_backend(diesel::pg::Pg))]
pub struct Line {
    pub id: Uuid,
    /// As the audit log names it.
    pub action: String,
    /// Who did it, as in the audit log.
    pub actor: String,
    pub from_tier: SubscriptionTier,
    pub to_tier: SubscriptionTier,
    /// The end of what is paid for, after it.
    pub ends_at: Option<DateTime<Utc>>,
    pub payment_id: Option<Uuid>,
    pub happened_at: DateTime<Utc>,
}

/// What is to be noted.
#[derive(Clone, Copy, Debug)]
pub struct Note {
    pub user_id: Uuid,
    /// In the past tense: `renewal_began`.
    pub action: &'static str,
    pub from: SubscriptionTier,
    pub to: SubscriptionTier,
    pub ends_at: Option<DateTime<Utc>>,
    pub payment_id: Option<Uuid>,
}

/// Notes a change.
///
/// # Errors
/// Those of the database.
pub async fn note(conn: &mut AsyncPgConnection, note: &Note, origin: &Origin) -> QueryResult<()> {
    diesel::insert_into(history::table)
        .values((
            history::id.eq(Uuid::now_v7()),
            history::user_id.eq(note.user_id),
            history::action.eq(note.action),
            history::actor.eq(&origin.actor),
            history::from_tier.eq(note.from),
            history::to_tier.eq(note.to),
            history::ends_at.eq(note.ends_at),
            history::payment_id.eq(note.payment_id),
            history::happened_at.eq(diesel::dsl::now),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The newest changes of a person's plan; `before`: older than this one.
///
/// # Errors
/// Those of the database.
pub async fn newest(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Line>> {
    let mut query = history::table
        .filter(history::user_id.eq(user_id))
        .order(history::id.desc())
        .limit(limit)
        .select(Line::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(history::id.lt(before));
    }
    query.load(conn).await
}
