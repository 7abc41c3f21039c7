//! `POST /v1/webhook-endpoints`, `/rotate-secret` and `/test`. The first two are the only answers that hold a secret.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use diesel_async::AsyncConnection;
use kernel::Error;
use people::api_keys::limits::overlap;
use people::organizations::roles::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vendors::standard_webhooks::Secret;
use webhooks::endpoints::{self, NewEndpoint};
use webhooks::model::Endpoint as Row;
use webhooks::{limits, secrets, trial};

use super::{EndpointView, endpoint_id, enter};
use crate::http::extract::{Acting, JsonBody};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// What a new endpoint is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointWish {
    /// https, a name or an address of the public internet, no credentials.
    #[schema(example = "https://example.com/hooks", max_length = 2_048)]
    url: String,
    #[schema(max_length = 200)]
    description: Option<String>,
    /// Names of `GET /v1/event-types`; none: all, also those to come.
    #[serde(default)]
    events: Vec<String>,
}

/// An endpoint with a secret that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct FreshWebhookEndpoint {
    /// What messages are signed with (Standard Webhooks). It is shown only here.
    #[schema(pattern = "^whsec_[0-9A-Za-z+/]{43}=$")]
    secret: String,
    #[serde(flatten)]
    endpoint: EndpointView,
}

fn shown(secret: &Secret, row: Row) -> HttpResponse {
    HttpResponse::Created().json(FreshWebhookEndpoint {
        secret: secret.text(),
        endpoint: row.into(),
    })
}

/// Makes an endpoint for the account. What happens from now on is posted to it, signed by Standard Webhooks, at least once
/// and in no order.
#[utoipa::path(post, path = "/v1/webhook-endpoints", operation_id = "create_webhook_endpoint", tag = "Events",
    request_body = EndpointWish,
    responses(
        (status = 201, description = "With its secret", body = FreshWebhookEndpoint),
        (status = 409, description = "The account has too many, or the operator keeps no secrets", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn create(
    acting: Acting,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<EndpointWish>,
) -> Result<HttpResponse, Problem> {
    let (config, now) = (&state.core.config, state.core.clock.now());
    let new = NewEndpoint {
        id: Uuid::now_v7(),
        account_id: acting.account,
        url: limits::url(&wish.url, config.webhooks.internet)?.into(),
        description: limits::description(wish.description)?,
        events: limits::events(wish.events)?,
    };
    let mut conn = state.db().await?;
    let made = conn.transaction(async |conn| {
        acting.enter(conn, Permission::WebhooksWrite, now).await?;
        limits::judge_count(endpoints::count(conn, acting.account).await?)?;
        let row = endpoints::create(conn, &new, acting.by()).await?;
        let secret = secrets::make(conn, &config.vault, &row, TimeDelta::zero(), now).await?;
        Ok::<_, Error>((secret, row))
    });
    let (secret, row) = made.await?;
    Ok(shown(&secret, row))
}

/// How long the old secret signs beside the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretRotation {
    /// A day without it.
    #[schema(minimum = 0, maximum = 2_592_000)]
    overlap_seconds: Option<i64>,
}

/// Makes another secret. Until the overlap is over messages have a signature of each, and a receiver takes either. A secret of
/// before the one that is replaced ends at once.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/rotate-secret", operation_id = "rotate_webhook_secret",
    tag = "Events",
    params(("id" = Uuid, Path)),
    request_body = SecretRotation,
    responses(
        (status = 201, description = "With the new secret", body = FreshWebhookEndpoint),
        (status = 404, description = "No endpoint of this account", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn rotate(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<SecretRotation>,
) -> Result<HttpResponse, Problem> {
    let (id, now) = (endpoint_id(&request)?, state.core.clock.now());
    let vault = &state.core.config.vault;
    let overlap = overlap(wish.overlap_seconds)?;
    let mut conn = state.db().await?;
    let made = conn.transaction(async |conn| {
        let row = enter(conn, &acting, id, now).await?;
        let secret = secrets::make(conn, vault, &row, overlap, now).await?;
        endpoints::note_rotated(conn, &row, overlap.num_seconds(), acting.by()).await?;
        Ok::<_, Error>((secret, row))
    });
    let (secret, row) = made.await?;
    Ok(shown(&secret, row))
}

/// A message on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookTrial {
    /// Of `GET /v1/webhook-endpoints/{id}/deliveries`.
    delivery: Uuid,
}

/// Posts an event `webhook.tested` to this endpoint.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/test", operation_id = "test_webhook_endpoint", tag = "Events",
    params(("id" = Uuid, Path)),
    responses(
        (status = 202, description = "On its way", body = WebhookTrial),
        (status = 404, description = "No endpoint of this account", body = ErrorBody),
        (status = 409, description = "It is switched off", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn test(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (id, now) = (endpoint_id(&request)?, state.core.clock.now());
    let mut conn = state.db().await?;
    let sent = conn.transaction(async |conn| {
        let row = enter(conn, &acting, id, now).await?;
        is_on(&row)?;
        Ok::<_, Error>(trial::send(conn, &row, now).await?)
    });
    let (delivery, ticket) = sent.await?;
    drop(conn);
    state.core.pusher.wake(&[ticket]).await;
    Ok(HttpResponse::Accepted().json(WebhookTrial { delivery }))
}

/// Whether messages are posted to an endpoint.
pub(super) fn is_on(row: &Row) -> Result<(), Error> {
    match row.enabled {
        true => Ok(()),
        false => Err(Error::Conflict(
            "the endpoint is switched off: switch it on first".to_owned(),
        )),
    }
}
