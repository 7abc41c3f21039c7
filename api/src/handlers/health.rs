//! For load balancers and Prometheus.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;
use shared::{Error, db};

use crate::error::Problem;
use crate::middleware::request_context::Spoken;
use crate::state::ApiState;

/// How long a dependency may take to show a sign of life.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /v1/health`: this process runs.
pub(crate) async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /v1/ready`: requests can be taken. Without Redis they can: jobs start some seconds
/// later, so that is `degraded`, and no reason to take this process out of service.
pub(crate) async fn ready(state: web::Data<ApiState>) -> HttpResponse {
    let core = &state.core;
    let storage = async { Ok(core.providers.storage.ping().await?) };
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
    let mut response = response.json(json!({
        "status": status,
        "checks": {
            "postgres": word(postgres), "redis": word(redis), "storage": word(storage),
        },
    }));
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

/// `GET /metrics`, in the text format of Prometheus.
pub(crate) async fn metrics(state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let metrics = state.metrics.as_ref().ok_or(Error::NotFound("metrics"))?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(metrics.render()))
}
