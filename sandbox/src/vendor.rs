//! What a vendor is to the rest of the sandbox. Implemented in `vendors/`, called by `server`,
//! `router`, `control` and `snapshot`, none of which knows a vendor by its name.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use hyper::Request;
use hyper::body::Incoming;

use crate::faults::Service;
use crate::http::{Answer, Reply, Req};
use crate::router::not_found;

/// One vendor with its state.
#[async_trait]
pub trait Vendor: Send + Sync {
    /// Name; `/<name>` is the base path of its API, and `<name>.json` its snapshot.
    fn name(&self) -> &'static str;

    /// Address of a port of its own, for a vendor whose clients need the whole path. It has no base
    /// path then.
    fn own_port(&self) -> Option<SocketAddr> {
        None
    }

    /// Further addresses of ports that do not speak HTTP, by name.
    fn other_addresses(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Its services in the fault plan and in the log of calls. Vendors may share a service: what they
    /// declare of it adds up.
    fn services(&self) -> &'static [Service];

    /// Answers one call; `path` is what follows the base path, percent-encoded as sent.
    async fn answer(self: Arc<Self>, path: &str, request: Request<Incoming>) -> Answer;

    /// The paths after `/control/` that are its own, by their first part.
    fn controls(&self) -> &'static [&'static str] {
        &[]
    }

    /// Answers one of those; `path` is what follows `/control/`.
    async fn control(self: Arc<Self>, _path: &str, req: Req) -> Reply {
        not_found(&req.path)
    }

    /// Starts what works without being called.
    fn start(self: Arc<Self>) {}

    /// Its state as JSON, if the sandbox is to keep it between runs.
    ///
    /// # Errors
    /// The state does not serialise.
    fn snapshot(&self) -> serde_json::Result<Option<Vec<u8>>> {
        Ok(None)
    }

    /// Forgets what people did; what programs have set up stays. May block.
    fn reset(&self) {}
}
