//! `GET /v1/api-keys/{key}/usage`.

use actix_web::HttpRequest;
use actix_web::web::{self, Json};
use chrono::Days;
use kernel::Error;
use people::api_keys::queries as keys;
use serde::Serialize;
use usage::queries::{self, KeyDay};
use utoipa::ToSchema;

use super::groups::{EndpointView, endpoints};
use super::since::Since;
use crate::http::extract::{Acting, QueryFields, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// The requests of a key.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageOfKey)]
pub(crate) struct OfKey {
    #[schema(example = "Europe/Moscow")]
    timezone: String,
    /// Days of the account's clock as it is today; those without requests are left out.
    days: Vec<KeyDay>,
    /// The most used first.
    endpoints: Vec<EndpointView>,
}

/// What a key was used for
#[utoipa::path(get, path = "/v1/api-keys/{key}/usage", operation_id = "get_api_key_usage", tag = "Usage",
    params(("key" = Uuid, Path), Since),
    responses(
        (status = 200, description = "By day and by endpoint", body = OfKey),
        (status = 404, description = "No key of this account", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn of_key(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Since>,
) -> Result<Json<OfKey>, Problem> {
    let id = id_in_path(&request, "key", "api_key")?;
    let (account, now) = (acting.account, state.core.clock.now());
    let (days, since) = (wanted.days()?.unsigned_abs(), wanted.moment(now)?);
    let mut conn = state.db().await?;
    let key = keys::by_id(&mut conn, account, id).await;
    let key = key.map_err(|why| match why {
        diesel::result::Error::NotFound => Error::NotFound("api_key"),
        why => why.into(),
    })?;
    let today = queries::today(&mut conn, account, now).await?;
    let first = today.day - Days::new(days - 1);
    let whose = (account, key.id);
    let days = queries::key_days(&mut conn, whose, &today.timezone, first).await?;
    let buckets = queries::endpoints(&mut conn, account, Some(key.id), since).await?;
    Ok(Json(OfKey {
        timezone: today.timezone,
        days,
        endpoints: endpoints(buckets),
    }))
}
