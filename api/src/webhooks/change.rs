//! `PATCH` and `DELETE /v1/webhook-endpoints/{id}`.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncConnection;
use kernel::Error;
use serde::Deserialize;
use utoipa::ToSchema;
use webhooks::endpoints::{self, EndpointChange};
use webhooks::limits;
use webhooks::model::Endpoint as Row;

use super::{EndpointView, endpoint_id, enter};
use crate::http::extract::{Acting, JsonBody, given};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointPatch {
    #[schema(max_length = 2_048)]
    url: Option<String>,
    /// `null`: none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    description: Option<Option<String>>,
    /// None: all.
    events: Option<Vec<String>>,
    /// What happens while it is switched off can be replayed for 30 days.
    enabled: Option<bool>,
}

/// Changes an endpoint. What waits for its next attempt goes to the new address.
#[utoipa::path(patch, path = "/v1/webhook-endpoints/{id}", operation_id = "update_webhook_endpoint", tag = "Events",
    params(("id" = Uuid, Path)),
    request_body = EndpointPatch,
    responses(
        (status = 200, description = "As it is now", body = EndpointView),
        (status = 404, description = "No endpoint of this account", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn change(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(patch): JsonBody<EndpointPatch>,
) -> Result<Json<EndpointView>, Problem> {
    let (id, now) = (endpoint_id(&request)?, state.core.clock.now());
    let wanted = checked(&state, patch)?;
    let mut conn = state.db().await?;
    let changed = conn.transaction(async |conn| {
        let was = enter(conn, &acting, id, now).await?;
        let change = change_of(wanted, &was);
        Ok::<_, Error>(endpoints::update(conn, &was, change, acting.by()).await?)
    });
    Ok(Json(changed.await?.into()))
}

fn checked(state: &ApiState, patch: EndpointPatch) -> Result<EndpointChange, Error> {
    let internet = state.core.config.webhooks.internet;
    let url = patch.url.as_deref().map(|url| limits::url(url, internet));
    Ok(EndpointChange {
        url: url.transpose()?.map(Into::into),
        description: patch.description.map(limits::description).transpose()?,
        events: patch.events.map(limits::events).transpose()?,
        enabled: patch.enabled,
        ..EndpointChange::default()
    })
}

/// The change of this endpoint. One that is switched on, or has another address, begins without failures.
fn change_of(mut change: EndpointChange, was: &Row) -> EndpointChange {
    let is_on_again = change.enabled == Some(true) && !was.enabled;
    if is_on_again {
        change.disabled_why = Some(None);
    }
    if is_on_again || change.url.as_ref().is_some_and(|url| *url != was.url) {
        change.failing_since = Some(None);
    }
    // So that there is always something to write.
    change.enabled = change.enabled.or(Some(was.enabled));
    change
}

/// Deletes an endpoint, with what is still on its way to it.
#[utoipa::path(delete, path = "/v1/webhook-endpoints/{id}", operation_id = "delete_webhook_endpoint", tag = "Events",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No endpoint of this account", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn delete(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (id, now) = (endpoint_id(&request)?, state.core.clock.now());
    let mut conn = state.db().await?;
    let deleted = conn.transaction(async |conn| {
        let row = enter(conn, &acting, id, now).await?;
        Ok::<_, Error>(endpoints::delete(conn, &row, acting.by()).await?)
    });
    deleted.await?;
    Ok(HttpResponse::NoContent().finish())
}
