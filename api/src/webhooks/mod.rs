//! `/v1/webhook-endpoints`: where the events of an account are posted to.

mod change;
mod deliveries;
mod event_types;
mod make;

use actix_web::HttpRequest;
use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::Error;
use people::api_keys::model::Scope;
use people::factors::step_up::StepUp;
use people::organizations::roles::Permission;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use webhooks::endpoints;
use webhooks::model::Endpoint as Row;

use crate::http::endpoint::{Endpoint, endpoints};
use crate::http::extract::{Acting, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        list => (Scope::WebhooksRead, Permission::WebhooksRead);
        make::create => (Scope::WebhooksWrite, Permission::WebhooksWrite), StepUp::Person;
        show => (Scope::WebhooksRead, Permission::WebhooksRead);
        change::change => (Scope::WebhooksWrite, Permission::WebhooksWrite), StepUp::Person;
        change::delete => (Scope::WebhooksWrite, Permission::WebhooksWrite);
        make::rotate => (Scope::WebhooksWrite, Permission::WebhooksWrite), StepUp::Person;
        make::test => (Scope::WebhooksWrite, Permission::WebhooksWrite);
        deliveries::list => (Scope::WebhooksRead, Permission::WebhooksRead);
        deliveries::replay => (Scope::WebhooksWrite, Permission::WebhooksWrite);
        deliveries::replay_since => (Scope::WebhooksWrite, Permission::WebhooksWrite);
        event_types::list => (Scope::WebhooksRead, Permission::WebhooksRead);
    }
}

/// Where events of the account are posted to.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub(crate) struct EndpointView {
    id: Uuid,
    #[schema(example = "https://example.com/hooks")]
    url: String,
    description: Option<String>,
    /// The names of the events that it gets; none: all.
    events: Vec<String>,
    enabled: bool,
    /// Why it was switched off, if not by its owner: `gone` (it answered 410) or `failing` (it took nothing for five days).
    disabled_why: Option<String>,
    /// Since then it has taken nothing; `null`: it took the last one.
    failing_since: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<Row> for EndpointView {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            url: row.url,
            description: row.description,
            events: row.events,
            enabled: row.enabled,
            disabled_why: row.disabled_why,
            failing_since: row.failing_since,
            created_at: row.created_at,
        }
    }
}

/// The endpoints of an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookEndpoints {
    endpoints: Vec<EndpointView>,
}

/// The endpoints of the account, the newest first.
#[utoipa::path(get, path = "/v1/webhook-endpoints", operation_id = "list_webhook_endpoints", tag = "Events",
    responses((status = 200, description = "All of them", body = WebhookEndpoints), Refused))]
pub(crate) async fn list(
    acting: Acting,
    state: web::Data<ApiState>,
) -> Result<Json<WebhookEndpoints>, Problem> {
    let found = endpoints::of_account(&mut *state.db().await?, acting.account).await?;
    let endpoints = found.into_iter().map(EndpointView::from).collect();
    Ok(Json(WebhookEndpoints { endpoints }))
}

/// An endpoint of the account.
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}", operation_id = "get_webhook_endpoint", tag = "Events",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "As it is", body = EndpointView),
        (status = 404, description = "No endpoint of this account", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn show(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<Json<EndpointView>, Problem> {
    let id = endpoint_id(&request)?;
    let row = found(&mut *state.db().await?, &acting, id).await?;
    Ok(Json(row.into()))
}

/// What is not found.
const ENDPOINT: &str = "webhook_endpoint";

fn endpoint_id(request: &HttpRequest) -> Result<Uuid, Error> {
    id_in_path(request, "id", ENDPOINT)
}

/// An endpoint of the account.
async fn found(conn: &mut AsyncPgConnection, acting: &Acting, id: Uuid) -> Result<Row, Error> {
    let found = endpoints::by_id(conn, acting.account, id).await;
    found.map_err(|why| match why {
        diesel::result::Error::NotFound => Error::NotFound(ENDPOINT),
        why => why.into(),
    })
}

/// The same, locked until the transaction of a change ends, as is the account, so that its endpoints change one after the
/// other.
async fn enter(
    conn: &mut AsyncPgConnection,
    acting: &Acting,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Row, Error> {
    acting.enter(conn, Permission::WebhooksWrite, now).await?;
    let row = found(conn, acting, id).await?;
    let locked = endpoints::lock(conn, row.id).await?;
    locked.ok_or(Error::NotFound(ENDPOINT))
}
