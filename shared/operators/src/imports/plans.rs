//! The plans of persons who come over: written as every change of a plan is, with its lines in the audit log and the
//! history.

use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use money::subscriptions::queries;
use uuid::Uuid;

use super::model::Plan;
use super::rules;

/// Gives a person their plan of the pre-MVP.
pub(super) async fn give(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    plan: Plan,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(before) = queries::lock(conn, user_id).await? else {
        return Ok(());
    };
    let Some(after) = rules::with_plan(&before, plan, now) else {
        return Ok(());
    };
    let origin = Origin::own("operator");
    queries::write(conn, &before, &after, &origin, "plan_imported", None).await
}
