//! What the vendors of an AI have in common: an honest offline mind behind their protocols. The crate
//! `reader` looks at pictures and writes about what was seen.

mod answer;
mod ask;
pub mod completions;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use hyper::body::Incoming;
use hyper::{Method, Request};
use serde_json::Value;

use crate::faults::{Kind, Service};
use crate::http::{Answer, Req};
use crate::router::not_found;
use crate::vendor::Vendor;
use crate::world::World;

pub use answer::{Completion, Finish, REFUSAL};
pub use ask::{Ask, list, required, text_of, unpacked};
pub use wire::{Wire, data, has_bearer, header};

const MODELS: &str = "models";

const SERVICE: Service = Service {
    name: "ai",
    operations: &["vision", "interpretation", MODELS],
    kind: Kind::Answers,
};

static SERVICES: [Service; 1] = [SERVICE];

/// What a vendor has at an address.
pub enum Route {
    /// `POST`: a request to a model.
    Chat(Box<dyn Wire>),
    /// `GET`: its models.
    Models(Box<dyn Wire>, Value),
}

/// A vendor of an AI. It has no state.
pub struct AiVendor {
    /// The world it is in.
    pub world: Arc<World>,
    /// Name and base path.
    pub name: &'static str,
    /// What is at a decoded path below the base path.
    pub route: fn(&str, &Req) -> Option<Route>,
}

#[async_trait]
impl Vendor for AiVendor {
    fn name(&self) -> &'static str {
        self.name
    }

    fn services(&self) -> &'static [Service] {
        &SERVICES
    }

    async fn answer(self: Arc<Self>, path: &str, request: Request<Incoming>) -> Answer {
        let req = match Req::read(request).await {
            Ok(req) => req,
            Err(refusal) => return Ok(refusal),
        };
        let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        match (&req.method, (self.route)(&path, &req)) {
            (&Method::POST, Some(Route::Chat(wire))) => {
                wire::talk(&self.world, self.name, req, wire.as_ref()).await
            }
            (&Method::GET, Some(Route::Models(wire, models))) => {
                wire::list(&self.world, &req, wire.as_ref(), &models).await
            }
            _ => Ok(not_found(&req.path)),
        }
    }
}
