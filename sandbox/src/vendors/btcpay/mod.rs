//! BTCPay Server: the part of its Greenfield API that a shop needs, a page to pay at, and its webhooks.
//! Sources: <https://docs.btcpayserver.org/API/Greenfield/v1/>, and the server's own source (2.4.1).

mod events;
mod invoice;
mod methods;
mod page;
mod refunds;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Reply, Req, json as reply, status_of};
use crate::payments::till::{Acted, Till};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};
use events::{Hook, Queue};
use invoice::{Act, Invoice};
use methods::problem;
use refunds::Pull;

const NAME: &str = "btcpay";

const CALLS: Service = Service {
    name: NAME,
    operations: &[
        "CreateInvoice",
        "GetInvoices",
        "GetInvoice",
        "UpdateInvoice",
        "GetPaymentMethods",
        "Refund",
        "GetPullPayments",
        "Payouts",
        "Webhooks",
    ],
    kind: Kind::Calls,
};

/// Calls of the shop's webhooks.
const WEBHOOK: Service = Service {
    name: "webhook",
    operations: &[NAME],
    kind: Kind::Deliveries,
};

/// The server, with its one store.
struct Btcpay {
    world: Arc<World>,
    store: String,
    key: String,
    queue: Queue,
    state: Mutex<State>,
}

/// What it keeps, by ids.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    invoices: BTreeMap<String, Invoice>,
    pulls: BTreeMap<String, Pull>,
    hooks: BTreeMap<String, Hook>,
}

/// The server with what it kept of its last run.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    let config = &world.config;
    let mut state: State = snapshot::load(config, NAME);
    let url = config.or("SANDBOX_BTCPAY_WEBHOOK", "");
    if !url.is_empty() {
        let hook = Hook {
            id: "of-the-settings".to_owned(),
            url,
            secret: config.or("BTCPAY_WEBHOOK_SECRET", "sandbox-btcpay-webhook"),
            only: Vec::new(),
        };
        state.hooks.insert(hook.id.clone(), hook);
    }
    Arc::new(Btcpay {
        world: world.clone(),
        store: config.or("BTCPAY_STORE_ID", "SandboxStore"),
        key: config.or("BTCPAY_API_KEY", "sandbox-btcpay-key"),
        queue: Queue::default(),
        state: Mutex::new(state),
    })
}

#[async_trait]
impl Till for Btcpay {
    const NAME: &'static str = NAME;
    const SERVICES: &'static [Service] = &[CALLS, WEBHOOK];
    const CONTROLS: &'static [&'static str] = &[NAME];
    const PAGES: &'static [&'static str] = &["/i/", "/pull-payments/"];
    type Kept = State;

    fn kept(&self) -> MutexGuard<'_, State> {
        self.state()
    }

    fn forget(&self) {
        let mut state = self.state();
        state.invoices.clear();
        state.pulls.clear();
        drop(state);
        self.queue.restart();
    }

    fn end_overdue(self: &Arc<Self>) {
        end_overdue(self);
    }

    async fn call(self: Arc<Self>, path: &str, req: &Req) -> Answer {
        match path.strip_prefix("/api/v1/") {
            Some(path) => call(&self, path, req).await,
            None => Ok(not_found(&req.path)),
        }
    }

    fn page(&self, id: &str) -> Option<String> {
        let state = self.state();
        let invoice = state.invoices.get(id).map(page::of_invoice);
        invoice.or_else(|| state.pulls.get(id).map(page::of_pull))
    }

    async fn acts(self: Arc<Self>, id: &str, req: &Req) -> Result<Acted, String> {
        let back = act(&self, id, &wanted(req).await)?;
        Ok(Acted {
            now: json!({ "ok": true }),
            then: back.unwrap_or_else(|| req.path.clone()),
        })
    }

    fn shown(&self) -> Value {
        let state = self.state();
        let hooks: Vec<Value> = state.hooks.values().map(Hook::shown).collect();
        json!({
            "invoices": state.invoices.values().collect::<Vec<_>>(),
            "pull_payments": state.pulls.values().collect::<Vec<_>>(), "webhooks": hooks,
        })
    }

    async fn sets(self: Arc<Self>, verb: &str, what: Option<&str>, req: &Req) -> Reply {
        match (verb, what, wanted(req).await.name.as_str()) {
            ("POST", None, "restart") => {
                self.queue.restart();
                reply(&json!({ "ok": true }))
            }
            _ => not_found(&req.path),
        }
    }

    fn begins(self: Arc<Self>) {
        events::start(&self);
    }
}

impl Btcpay {
    /// Never held across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

struct Problem;

impl ErrorForm for Problem {
    fn failure(&self, status: u16) -> Reply {
        let why = "An error of the sandbox";
        problem(status_of(status), "generic-error", why)
    }
}

/// `/api/v1/<path>`.
async fn call(server: &Arc<Btcpay>, path: &str, req: &Req) -> Answer {
    let path: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let (store, path) = match path.as_slice() {
        ["stores", store, rest @ ..] => (Some(*store), rest),
        rest => (None, rest),
    };
    let name = methods::name_of(req.method.as_str(), path);
    let watch = server.world.calls.watch(&CALLS, name, Value::Null);
    let work = async {
        // Those of whom money waits have no key.
        let is_open = matches!(path, ["pull-payments", _, "payouts"]);
        if !is_open && req.credential("token") != Some(server.key.as_str()) {
            let why = "Authentication is required for accessing this endpoint";
            return Ok(problem(StatusCode::UNAUTHORIZED, "unauthenticated", why));
        }
        if store.is_some_and(|store| store != server.store) {
            let why = "The store was not found";
            return Ok(problem(StatusCode::NOT_FOUND, "store-not-found", why));
        }
        Ok(methods::answer(server, path, req).await)
    };
    through(&server.world, &CALLS, watch, &Problem, work).await
}

/// Does what the buyer, the network or the shop's operator does with an invoice or a pull payment. Answers where the
/// buyer goes. The error is a sentence for them.
fn act(server: &Btcpay, id: &str, act: &Act) -> Result<Option<String>, String> {
    let mut state = server.state();
    if let Some(pull) = state.pulls.get_mut(id) {
        let notices = pull.act(&act.name)?;
        drop(state);
        server.world.touched();
        events::tell(server, None, &notices);
        return Ok(None);
    }
    let invoice = state.invoices.get_mut(id);
    let invoice = invoice.ok_or("the server knows no such invoice")?;
    let notices = invoice.act(act, chrono::Utc::now().timestamp())?;
    let told = (invoice.metadata.clone(), invoice.redirect_url.clone());
    drop(state);
    server.world.touched();
    events::tell(server, Some((id, &told.0)), &notices);
    Ok(told.1)
}

/// Ends the invoices whose time is over.
fn end_overdue(server: &Btcpay) {
    let now = chrono::Utc::now().timestamp();
    let overdue: Vec<String> = {
        let state = server.state();
        let all = state.invoices.values();
        let overdue = all.filter(|one| one.status == "New" && one.expires <= now);
        overdue.map(|one| one.id.clone()).collect()
    };
    let expire = Act {
        name: "expire".to_owned(),
        ..Act::default()
    };
    for id in overdue {
        if let Err(why) = act(server, &id, &expire) {
            tracing::debug!("an invoice was quicker: {why}");
        }
    }
}

/// What a form wants done.
async fn wanted(req: &Req) -> Act {
    let form = req.form().await.unwrap_or_default();
    let stale = form
        .int("stale")
        .and_then(|stale| u32::try_from(stale).ok());
    Act {
        name: form.text("act").unwrap_or_default(),
        amount: form.int("amount"),
        stale: stale.unwrap_or_default(),
    }
}
