//! PostHog, as far as a program that tells it events sees: it takes batches, and keeps each event once.
//! Source: <https://posthog.com/docs/api/capture>.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Reply, Req, json as reply, status_json};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};

const NAME: &str = "posthog";

const CALLS: Service = Service {
    name: NAME,
    operations: &["batch"],
    kind: Kind::Calls,
};

static SERVICES: [Service; 1] = [CALLS];

/// By these PostHog knows a copy.
const SAME: [&str; 4] = ["uuid", "event", "distinct_id", "timestamp"];

/// The service.
struct PostHog {
    world: Arc<World>,
    state: Mutex<State>,
}

/// What it keeps.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// In the order of their arrival.
    events: Vec<Value>,
}

/// The body of a call.
#[derive(Deserialize)]
struct Batch {
    api_key: String,
    batch: Vec<Value>,
}

/// The service with what its last run has kept.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    Arc::new(PostHog {
        world: world.clone(),
        state: Mutex::new(snapshot::load(&world.config, NAME)),
    })
}

#[async_trait]
impl Vendor for PostHog {
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
        if path.trim_end_matches('/') != "/batch" || req.method != Method::POST {
            return Ok(not_found(&req.path));
        }
        let watch = self.world.calls.watch(&CALLS, "batch", Value::Null);
        let work = async { Ok(self.take(&req)) };
        through(&self.world, &CALLS, watch, &Details, work).await
    }

    fn controls(&self) -> &'static [&'static str] {
        &[NAME]
    }

    async fn control(self: Arc<Self>, path: &str, req: Req) -> Reply {
        match (req.method.as_str(), path) {
            ("GET", NAME) => reply(&*self.state()),
            ("DELETE", NAME) => {
                self.reset();
                reply(&json!({ "ok": true }))
            }
            _ => not_found(&req.path),
        }
    }

    fn snapshot(&self) -> serde_json::Result<Option<Vec<u8>>> {
        serde_json::to_vec(&*self.state()).map(Some)
    }

    fn reset(&self) {
        self.state().events.clear();
    }
}

impl PostHog {
    /// Never held across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn take(&self, req: &Req) -> Reply {
        let Ok(sent) = serde_json::from_slice::<Batch>(&req.body) else {
            return Details.failure(400);
        };
        if !sent.api_key.starts_with("phc_") {
            return Details.failure(401);
        }
        let is_whole = |event: &Value| SAME.iter().all(|name| event[name].is_string());
        if !sent.batch.iter().all(is_whole) {
            return Details.failure(400);
        }
        let mut state = self.state();
        for event in sent.batch {
            let same = |known: &Value| SAME.iter().all(|name| known[name] == event[name]);
            if !state.events.iter().any(same) {
                state.events.push(event);
            }
        }
        drop(state);
        self.world.touched();
        reply(&json!({ "status": "Ok" }))
    }
}

/// Errors are an object with a code.
struct Details;

impl ErrorForm for Details {
    fn failure(&self, status: u16) -> Reply {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (kind, code, detail) = match status {
            StatusCode::UNAUTHORIZED => (
                "authentication_error",
                "invalid_api_key",
                "Project API key invalid. You can find your project API key in PostHog project settings.",
            ),
            StatusCode::BAD_REQUEST => (
                "validation_error",
                "invalid_payload",
                "Malformed request data",
            ),
            _ => ("server_error", "error", "A server error occurred."),
        };
        let body = json!({ "type": kind, "code": code, "detail": detail, "attr": null });
        status_json(status, &body)
    }

    fn rate_limited(&self, _: u64) -> Reply {
        self.failure(429)
    }
}
