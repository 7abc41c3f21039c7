//! `/v1/webhook-endpoints/{id}/deliveries`, and replays.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use webhooks::deliveries::{self, REPLAY_MAX, Wanted};
use webhooks::limits;
use webhooks::model::{Delivery, Status};

use super::make::is_on;
use super::{EndpointView, endpoint_id, enter, found};
use crate::http::extract::{Acting, JsonBody, QueryFields, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// What is not found.
const DELIVERY: &str = "webhook_delivery";

/// The most of one page.
const LIMIT_MAX: i64 = 100;

/// Which deliveries; what is left out: all.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeliveriesWanted {
    status: Option<Status>,
    /// `next_cursor` of the page before.
    cursor: Option<Uuid>,
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

/// One event on its way to one endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryView {
    id: Uuid,
    /// The id of the message (`webhook-id`), the same for every attempt.
    event_id: Uuid,
    /// The name of the event.
    event: String,
    occurred_at: DateTime<Utc>,
    #[schema(value_type = Status)]
    status: String,
    /// Since it was made, or replayed.
    attempts: i32,
    next_attempt_at: Option<DateTime<Utc>>,
    last_attempt_at: Option<DateTime<Utc>>,
    /// Of the last answer.
    response_status: Option<i16>,
    /// Why there was no answer (`not_public`, `unreachable`, `timed_out`, `broken`), or why it is not tried (`disabled`,
    /// `event_gone`, `given_up`).
    error: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Delivery> for DeliveryView {
    fn from(row: Delivery) -> Self {
        Self {
            id: row.id,
            event_id: row.event_id,
            event: row.event_name,
            occurred_at: row.occurred_at,
            status: row.status,
            attempts: row.attempts,
            next_attempt_at: row.next_at,
            last_attempt_at: row.last_at,
            response_status: row.response_status,
            error: row.error,
            created_at: row.created_at,
        }
    }
}

/// Some deliveries.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookDeliveries {
    deliveries: Vec<DeliveryView>,
    next_cursor: Option<Uuid>,
}

/// The deliveries of an endpoint, the newest first. They are kept for 30 days.
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}/deliveries", operation_id = "list_webhook_deliveries",
    tag = "Events",
    params(("id" = Uuid, Path), DeliveriesWanted),
    responses(
        (status = 200, description = "A page", body = WebhookDeliveries),
        (status = 404, description = "No endpoint of this account", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn list(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<DeliveriesWanted>,
) -> Result<Json<WebhookDeliveries>, Problem> {
    let limit = wanted.limit.unwrap_or(50);
    if !(1..=LIMIT_MAX).contains(&limit) {
        let why = format!("must be from 1 to {LIMIT_MAX}");
        return Err(Error::invalid("limit", why).into());
    }
    let id = endpoint_id(&request)?;
    let mut conn = state.db().await?;
    let endpoint = found(&mut conn, &acting, id).await?;
    let wanted = Wanted {
        status: wanted.status,
        before: wanted.cursor,
        // One more tells whether there is another page.
        limit: limit + 1,
    };
    let mut rows = deliveries::list(&mut conn, endpoint.id, wanted).await?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| has_more).map(|row| row.id);
    let deliveries = rows.into_iter().map(DeliveryView::from).collect();
    Ok(Json(WebhookDeliveries {
        deliveries,
        next_cursor,
    }))
}

/// Posts an event again, with all its attempts, or at once if it waits for its next one; by the same id, so that a receiver
/// knows what it has.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/deliveries/{delivery}/replay",
    operation_id = "replay_webhook_delivery", tag = "Events",
    params(("id" = Uuid, Path), ("delivery" = Uuid, Path)),
    responses(
        (status = 202, description = "On its way", body = DeliveryView),
        (status = 404, description = "No delivery of this account", body = ErrorBody),
        (status = 409, description = "The endpoint is switched off", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn replay(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (id, now) = (endpoint_id(&request)?, state.core.clock.now());
    let delivery = id_in_path(&request, "delivery", DELIVERY)?;
    let mut conn = state.db().await?;
    let begun = conn.transaction(async |conn| {
        let endpoint = enter(conn, &acting, id, now).await?;
        is_on(&endpoint)?;
        let begun = deliveries::replay(conn, &endpoint, delivery).await?;
        begun.ok_or(Error::NotFound(DELIVERY))
    });
    let (row, ticket) = begun.await?;
    drop(conn);
    state.core.pusher.wake(ticket.as_slice()).await;
    Ok(HttpResponse::Accepted().json(DeliveryView::from(row)))
}

/// Since when.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayWish {
    /// Events that happened since; within 30 days.
    since: DateTime<Utc>,
}

/// How many are on their way.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookReplay {
    replayed: usize,
    /// Whether there may be more: ask again.
    more: bool,
    endpoint: EndpointView,
}

/// Posts again what the endpoint did not take since a moment, or missed while it was switched off, the oldest first, and at
/// once what waits for its next attempt; at most 1,000 at once.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/replay", operation_id = "replay_webhook_endpoint",
    tag = "Events",
    params(("id" = Uuid, Path)),
    request_body = ReplayWish,
    responses(
        (status = 202, description = "On their way", body = WebhookReplay),
        (status = 404, description = "No endpoint of this account", body = ErrorBody),
        (status = 409, description = "It is switched off", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn replay_since(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<ReplayWish>,
) -> Result<HttpResponse, Problem> {
    let (id, now) = (endpoint_id(&request)?, state.core.clock.now());
    let since = limits::since(wish.since, now)?;
    let mut conn = state.db().await?;
    let begun = conn.transaction(async |conn| {
        let endpoint = enter(conn, &acting, id, now).await?;
        is_on(&endpoint)?;
        let tickets = deliveries::replay_since(conn, &endpoint, since).await?;
        Ok::<_, Error>((endpoint, tickets))
    });
    let (endpoint, tickets) = begun.await?;
    drop(conn);
    state.core.pusher.wake(&tickets).await;
    Ok(HttpResponse::Accepted().json(WebhookReplay {
        replayed: tickets.len(),
        more: i64::try_from(tickets.len()).is_ok_and(|count| count == REPLAY_MAX),
        endpoint: endpoint.into(),
    }))
}
