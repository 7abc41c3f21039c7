//! Whom a change of what a plan allows is about, before it is made.

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;

use super::model::PlanLimit;

/// How many accounts are affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, QueryableByName, utoipa::ToSchema)]
pub struct Affected {
    /// That have the plan.
    #[diesel(sql_type = BigInt)]
    pub accounts: i64,
    /// Of those: that have used more in the running day than the new limit.
    #[diesel(sql_type = BigInt)]
    pub over_day: i64,
    /// Likewise of the running month.
    #[diesel(sql_type = BigInt)]
    pub over_month: i64,
}

/// All accounts are looked at: seconds where there are very many.
const AFFECTED: &str = "
    SELECT count(*) AS accounts,
        count(*) FILTER (WHERE m.day_ends_at > now() AND m.day_used > $3::bigint) AS over_day,
        count(*) FILTER (WHERE m.month_ends_at > now() AND m.month_used > $4::bigint) AS over_month
    FROM accounts LEFT JOIN meters AS m ON m.account_id = accounts.id AND m.unit = $2
    WHERE current_tier(accounts.id)::text = $1";

/// Whom this limit would be about. Nobody is over one of `None`.
///
/// # Errors
/// Those of the database.
pub async fn affected(conn: &mut AsyncPgConnection, limit: &PlanLimit) -> QueryResult<Affected> {
    diesel::sql_query(AFFECTED)
        .bind::<Text, _>(limit.tier.as_str())
        .bind::<Text, _>(&limit.unit)
        .bind::<Nullable<BigInt>, _>(limit.day_limit)
        .bind::<Nullable<BigInt>, _>(limit.month_limit)
        .get_result(conn)
        .await
}
