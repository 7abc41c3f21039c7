//! For load balancers and Prometheus.
//!
//! `/v1/ready` is open to everyone and not counted, so it must cost nothing: its verdict is shared by
//! all who ask for a second.

use actix_web::HttpResponse;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, get, resource};
use kernel::Error;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::endpoint::{Access, Endpoint, endpoints};
use crate::http::middleware::rate_limit;
use crate::http::middleware::request_context::Spoken;
use crate::http::problem::Problem;
use crate::http::verdict::Verdict;
use crate::state::ApiState;

/// What load balancers and Prometheus ask.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        health => Access::Uncounted;
        ready => Access::Uncounted;
    }
}

/// A sign of life.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alive {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether requests can be taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready`, `degraded`, `unavailable` or `stopping`.
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
/// `degraded`, and no reason to take this process out of service. A process that was told to stop is `stopping`: it still
/// answers for some seconds, and wants no more requests.
#[utoipa::path(get, path = "/v1/ready", operation_id = "get_readiness", tag = "Operations", security(()),
    responses(
        (status = 200, description = "They can", body = Readiness),
        (status = 503, description = "They cannot", body = Readiness)))]
async fn ready(state: web::Data<ApiState>) -> HttpResponse {
    let Verdict {
        postgres,
        redis,
        storage,
        ..
    } = state.verdicts.current(&state.core).await;
    let stopping = state.stopping.has_begun();
    let (status, mut response) = match (stopping, postgres && storage, redis) {
        (true, ..) => ("stopping", HttpResponse::ServiceUnavailable()),
        (_, true, true) => ("ready", HttpResponse::Ok()),
        (_, true, false) => ("degraded", HttpResponse::Ok()),
        (_, false, _) => ("unavailable", HttpResponse::ServiceUnavailable()),
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

/// The metrics of this process on the public port, if the operator wants them there.
pub(crate) fn public_metrics(config: &mut ServiceConfig) {
    let metrics = resource("/metrics").route(get().to(metrics));
    config.service(metrics.wrap(from_fn(rate_limit::each)));
}

async fn metrics(state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let metrics = state.metrics.as_ref().ok_or(Error::NotFound("metrics"))?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(metrics.render()))
}
