//! Sentry, as far as a program that reports to it sees: it takes envelopes, and keeps what is in them with the call, so that
//! a test can read what has left the product.
//! Source: <https://develop.sentry.dev/sdk/foundations/transport/envelopes/>.

mod envelope;

use std::sync::Arc;

use async_trait::async_trait;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Reply, Req, json as reply, status_json};
use crate::router::not_found;
use crate::vendor::Vendor;
use crate::world::World;

const NAME: &str = "sentry";

const CALLS: Service = Service {
    name: NAME,
    operations: &["envelope"],
    kind: Kind::Calls,
};

static SERVICES: [Service; 1] = [CALLS];

/// The service. It keeps nothing besides the log of calls.
struct Sentry {
    world: Arc<World>,
}

/// The service.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    let world = world.clone();
    Arc::new(Sentry { world })
}

#[async_trait]
impl Vendor for Sentry {
    fn name(&self) -> &'static str {
        NAME
    }

    fn services(&self) -> &'static [Service] {
        &SERVICES
    }

    async fn answer(self: Arc<Self>, path: &str, request: Request<Incoming>) -> Answer {
        let req = match Req::read(request).await {
            Ok(req) => req,
            Err(refusal) => return Ok(refusal),
        };
        if !is_envelope(path) || req.method != Method::POST {
            return Ok(not_found(&req.path));
        }
        let read = envelope::items(&req);
        let items = read.as_deref().unwrap_or_default();
        let detail = json!({ "items": items });
        let watch = self.world.calls.watch(&CALLS, "envelope", detail);
        let work = async {
            Ok(match (has_key(&req), &read) {
                (false, _) => Sayings.failure(403),
                (true, Err(_)) => Sayings.failure(400),
                (true, Ok(_)) => reply(&json!({ "id": Uuid::new_v4().simple().to_string() })),
            })
        };
        through(&self.world, &CALLS, watch, &Sayings, work).await
    }
}

/// `/api/<project>/envelope/`.
fn is_envelope(path: &str) -> bool {
    let project = path.strip_prefix("/api/");
    let project = project.and_then(|rest| rest.trim_end_matches('/').strip_suffix("/envelope"));
    project.is_some_and(|id| !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Whether the call names a key of a project; any will do.
fn has_key(req: &Req) -> bool {
    let auth = req.headers.get("x-sentry-auth");
    let auth = auth.and_then(|value| value.to_str().ok());
    auth.is_some_and(|auth| auth.contains("sentry_key=")) || req.query("sentry_key").is_some()
}

/// Errors are an object with a reason.
struct Sayings;

impl ErrorForm for Sayings {
    fn failure(&self, status: u16) -> Reply {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let detail = match status {
            StatusCode::FORBIDDEN => "missing authorization information",
            StatusCode::BAD_REQUEST => "invalid event envelope",
            _ => "event submission rejected",
        };
        status_json(status, &json!({ "detail": detail }))
    }

    fn rate_limited(&self, _: u64) -> Reply {
        self.failure(429)
    }
}
