//! `/v1/admin/plans`: what plans allow, and whom a change of it is about.

use actix_web::web::{self, Json};
use diesel_async::AsyncConnection;
use kernel::Error;
use money::meters::change::{self, LimitWish};
use money::meters::model::Unit;
use money::meters::preview::{self, Affected};
use money::subscriptions::model::SubscriptionTier;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::gate::Operator;
use crate::http::extract::{JsonBody, QueryFields, given};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::money::plans::Plans;
use crate::state::ApiState;

/// All plans with what they allow.
#[utoipa::path(get, path = "/v1/admin/plans", operation_id = "see_plans", tag = "Operators",
    responses((status = 200, description = "All plans", body = Plans), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn list(state: web::Data<ApiState>) -> Result<Json<Plans>, Problem> {
    Ok(Json(Plans::read(&state).await?))
}

/// Another limit of a unit; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitPatch {
    #[schema(value_type = String, example = "analyses")]
    unit: Unit,
    /// In a day; `null`: no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0)]
    day: Option<Option<i64>>,
    /// In a month; `null`: no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0)]
    month: Option<Option<i64>>,
}

/// Whether it is only looked at.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preview {
    /// Nothing is changed: the answer says whom the change would be about.
    #[param(default = false)]
    preview: Option<bool>,
}

/// A limit, as it is now or would be.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedLimit {
    tier: SubscriptionTier,
    unit: String,
    day: Option<i64>,
    month: Option<i64>,
    /// Whether it was changed.
    is_changed: bool,
    /// With `preview` alone.
    affected: Option<Affected>,
}

/// Changes what a plan allows of a unit. It holds from the next request on.
#[utoipa::path(patch, path = "/v1/admin/plans/{tier}/limits", operation_id = "set_plan_limit", tag = "Operators",
    params(("tier" = SubscriptionTier, Path), Preview),
    request_body = LimitPatch,
    responses(
        (status = 200, description = "As it is now, or would be", body = ChangedLimit),
        (status = 404, description = "No such plan", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn set_limit(
    operator: Operator,
    tier: web::Path<String>,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Preview>,
    JsonBody(patch): JsonBody<LimitPatch>,
) -> Result<Json<ChangedLimit>, Problem> {
    let wish = wish(&tier, &patch)?;
    let mut conn = state.db().await?;
    let is_preview = wanted.preview == Some(true);
    let changed = conn.transaction(async |conn| {
        let limit = change::wished(conn, &wish).await?;
        let limit = limit.ok_or(Error::NotFound("plan"))?;
        let affected = match is_preview {
            true => Some(preview::affected(conn, &limit).await?),
            false => {
                let by = (&operator.by.origin, operator.by.name.as_str());
                change::set_limit(conn, &limit, by).await?;
                operator.by.still_may(conn).await?;
                None
            }
        };
        Ok::<_, Error>((limit, affected))
    });
    let (limit, affected) = changed.await?;
    Ok(Json(ChangedLimit {
        tier: limit.tier,
        unit: limit.unit,
        day: limit.day_limit,
        month: limit.month_limit,
        is_changed: !is_preview,
        affected,
    }))
}

fn wish(tier: &str, patch: &LimitPatch) -> Result<LimitWish, Error> {
    if patch.day.is_none() && patch.month.is_none() {
        return Err(Error::missing("day", "required, or `month`"));
    }
    for (field, limit) in [("day", patch.day), ("month", patch.month)] {
        if limit.flatten().is_some_and(|limit| limit < 0) {
            return Err(Error::invalid(field, "must be 0 or more, or null"));
        }
    }
    Ok(LimitWish {
        tier: SubscriptionTier::parse(tier).ok_or(Error::NotFound("plan"))?,
        unit: patch.unit.as_str().to_owned(),
        day: patch.day,
        month: patch.month,
    })
}
