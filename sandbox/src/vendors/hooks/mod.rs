//! The program of a customer that takes webhooks (Standard Webhooks): `/hooks/<any path>`. It keeps what came with the call,
//! so that a test, or a person at the page, reads what has left the product. Whether the signature is good is not its business:
//! it knows no secret.

use std::sync::Arc;

use async_trait::async_trait;
use hyper::body::Incoming;
use hyper::header::LOCATION;
use hyper::http::HeaderValue;
use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Reply, Req, status_of, with_type};
use crate::router::not_found;
use crate::vendor::Vendor;
use crate::world::World;

const NAME: &str = "hooks";

const CALLS: Service = Service {
    name: NAME,
    operations: &["message"],
    kind: Kind::Calls,
};

static SERVICES: [Service; 1] = [CALLS];

/// The headers of a message.
const HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// The receiver. It keeps nothing besides the log of calls.
struct Hooks {
    world: Arc<World>,
}

/// The receiver.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    let world = world.clone();
    Arc::new(Hooks { world })
}

#[async_trait]
impl Vendor for Hooks {
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
        if req.method != Method::POST {
            return Ok(not_found(&req.path));
        }
        let watch = self.world.calls.watch(&CALLS, "message", seen(path, &req));
        let work = async { Ok(reply(path)) };
        through(&self.world, &CALLS, watch, &Failures, work).await
    }
}

/// A success; from `/hooks/moved` a redirect, which senders do not follow.
fn reply(path: &str) -> Reply {
    if path != "/moved" {
        return with_type(StatusCode::NO_CONTENT, "text/plain", "");
    }
    let mut reply = with_type(StatusCode::FOUND, "text/plain", "");
    let elsewhere = HeaderValue::from_static("/hooks/elsewhere");
    reply.headers_mut().insert(LOCATION, elsewhere);
    reply
}

/// What the log of calls has of a message.
fn seen(path: &str, req: &Req) -> Value {
    let header = |name: &str| {
        let value = req.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let headers: Vec<Option<String>> = HEADERS.into_iter().map(header).collect();
    json!({
        "path": path,
        "id": headers[0], "timestamp": headers[1], "signature": headers[2],
        "body": String::from_utf8_lossy(&req.body),
    })
}

/// What the plan of faults has it answer.
struct Failures;

impl ErrorForm for Failures {
    fn failure(&self, status: u16) -> Reply {
        with_type(status_of(status), "text/plain", "not taken")
    }

    fn rate_limited(&self, _: u64) -> Reply {
        self.failure(429)
    }
}
