//! For load balancers and Prometheus.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use kernel::{Error, db};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::endpoint::{Access, Endpoint, endpoints};
use crate::http::middleware::request_context::Spoken;
use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// What load balancers and Prometheus ask.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        health => Access::Uncounted;
        ready => Access::Uncounted;
        metrics => Access::Uncounted;
    }
}

/// How long a dependency may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// A sign of life.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alive {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether requests can be taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready`, `degraded` or `unavailable`.
    #[schema(example = "ready")]
    status: &'static str,
    checks: Checks,
}

/// Each `ok` or `down`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Checks {
    postgres: &'static str,
    redis: &'static str,
    storage: &'static str,
}

/// This process runs.
#[utoipa::path(get, path = "/v1/health", operation_id = "get_health", tag = "Operations", security(()),
    responses((status = 200, description = "It does", body = Alive)))]
async fn health() -> HttpResponse {
    HttpResponse::Ok().json(Alive { status: "ok" })
}

/// Requests can be taken. Without Redis they can: jobs start some seconds later, so that is
/// `degraded`, and no reason to take this process out of service.
#[utoipa::path(get, path = "/v1/ready", operation_id = "get_readiness", tag = "Operations", security(()),
    responses(
        (status = 200, description = "They can", body = Readiness),
        (status = 503, description = "They cannot", body = Readiness)))]
async fn ready(state: web::Data<ApiState>) -> HttpResponse {
    let core = &state.core;
    let storage = async { Ok(core.providers.bucket.ping().await?) };
    let (postgres, redis, storage) = tokio::join!(
        alive("postgres", db::ping(&core.db)),
        alive("redis", core.pusher.ping()),
        alive("storage", storage),
    );
    let (status, mut response) = match (postgres && storage, redis) {
        (true, true) => ("ready", HttpResponse::Ok()),
        (true, false) => ("degraded", HttpResponse::Ok()),
        (false, _) => ("unavailable", HttpResponse::ServiceUnavailable()),
    };
    let word = |alive: bool| if alive { "ok" } else { "down" };
    let checks = Checks {
        postgres: word(postgres),
        redis: word(redis),
        storage: word(storage),
    };
    let mut response = response.json(Readiness { status, checks });
    response.extensions_mut().insert(Spoken);
    response
}

async fn alive(name: &str, sign: impl Future<Output = Result<(), Error>>) -> bool {
    match tokio::time::timeout(PATIENCE, sign).await {
        Ok(Ok(())) => true,
        Ok(Err(why)) => {
            tracing::warn!(dependency = name, error = %why, "is down");
            false
        }
        Err(_) => {
            tracing::warn!(dependency = name, "does not answer");
            false
        }
    }
}

/// The metrics of this process, in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "get_metrics", tag = "Operations", security(()),
    responses(
        (status = 200, description = "As they stand", body = String, content_type = "text/plain"),
        (status = 404, description = "This process keeps none", body = ErrorBody)))]
async fn metrics(state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let metrics = state.metrics.as_ref().ok_or(Error::NotFound("metrics"))?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(metrics.render()))
}
