//! What all vendors that take money share: an API, pages to pay at, and what tests may do. What differs is a [`Till`].

use std::sync::{Arc, MutexGuard};

use async_trait::async_trait;
use hyper::body::Incoming;
use hyper::header::{HeaderValue, LOCATION};
use hyper::{Method, Request, StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::faults::Service;
use crate::http::{Answer, Reply, Req, html, json as reply, refused};
use crate::router::not_found;
use crate::vendor::Vendor;

/// A vendor that takes money. Each one is a [`Vendor`].
#[async_trait]
pub trait Till: Send + Sync + 'static {
    /// As [`Vendor::name`].
    const NAME: &'static str;
    /// As [`Vendor::services`]: its calls, and what it tells the shop.
    const SERVICES: &'static [Service];
    /// As [`Vendor::controls`].
    const CONTROLS: &'static [&'static str];
    /// Where its pages to pay at are, below its base path.
    const PAGES: &'static [&'static str] = &["/pay/"];
    /// What it keeps between runs.
    type Kept: Serialize;

    /// Never held across an await.
    fn kept(&self) -> MutexGuard<'_, Self::Kept>;

    /// Forgets what people did; what programs have set up stays.
    fn forget(&self);

    /// Ends the pages whose time is over; asked for before anything else is done.
    fn end_overdue(self: &Arc<Self>) {}

    /// Answers one call of its API; `path` is what follows the base path.
    async fn call(self: Arc<Self>, path: &str, req: &Req) -> Answer;

    /// The page of an order; `None`: there is no such order.
    fn page(&self, id: &str) -> Option<String>;

    /// Does what the person on a page chose, the shop's cabinet, or a test. The error is a sentence for them.
    async fn acts(self: Arc<Self>, id: &str, req: &Req) -> Result<Acted, String>;

    /// Everything that it keeps, for a test.
    fn shown(&self) -> Value;

    /// What else a test may set up, by its verb and what follows the name in the path.
    async fn sets(self: Arc<Self>, _verb: &str, _what: Option<&str>, req: &Req) -> Reply {
        not_found(&req.path)
    }

    /// As [`Vendor::start`].
    fn begins(self: Arc<Self>) {}
}

/// What was done.
pub struct Acted {
    /// The order as it is now.
    pub now: Value,
    /// Where the person on the page goes.
    pub then: String,
}

#[async_trait]
impl<T: Till> Vendor for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn services(&self) -> &'static [Service] {
        T::SERVICES
    }

    async fn answer(self: Arc<Self>, path: &str, request: Request<Incoming>) -> Answer {
        let req = match Req::read(request).await {
            Ok(req) => req,
            Err(refusal) => return Ok(refusal),
        };
        self.end_overdue();
        match T::PAGES.iter().find_map(|base| path.strip_prefix(base)) {
            Some(id) => Ok(visit(self, id, &req).await),
            None => self.call(path, &req).await,
        }
    }

    fn controls(&self) -> &'static [&'static str] {
        T::CONTROLS
    }

    async fn control(self: Arc<Self>, path: &str, req: Req) -> Reply {
        self.end_overdue();
        let parts = path.trim_end_matches('/').split_once('/');
        match (req.method.as_str(), parts.map(|(_, id)| id)) {
            ("GET", None) => reply(&self.shown()),
            ("POST", Some(id)) => match self.acts(id, &req).await {
                Ok(acted) => reply(&acted.now),
                Err(why) => refused(StatusCode::CONFLICT, why),
            },
            (verb, what) => self.sets(verb, what, &req).await,
        }
    }

    fn start(self: Arc<Self>) {
        self.begins();
    }

    fn snapshot(&self) -> serde_json::Result<Option<Vec<u8>>> {
        serde_json::to_vec(&*self.kept()).map(Some)
    }

    fn reset(&self) {
        self.forget();
    }
}

/// A page, and its buttons.
async fn visit<T: Till>(till: Arc<T>, id: &str, req: &Req) -> Reply {
    if req.method == Method::GET {
        return till.page(id).map_or_else(|| not_found(&req.path), html);
    }
    match till.acts(id, req).await {
        Ok(acted) => see_other(&acted.then),
        Err(why) => refused(StatusCode::CONFLICT, why),
    }
}

/// Sends the browser on.
fn see_other(to: &str) -> Reply {
    let mut reply = html("");
    *reply.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(to) = HeaderValue::from_str(to) {
        reply.headers_mut().insert(LOCATION, to);
    }
    reply
}
