//! Comgate: its methods, a page to pay at, and pushes. Sources: <https://apidoc.comgate.cz/api/rest/>, and its SDK for PHP.

mod methods;
mod payment;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Reply, Req, json as reply, status_of};
use crate::payments::deliveries::{self, Delivery};
use crate::payments::page::Page;
use crate::payments::till::{Acted, Till};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};
use methods::Said;
use payment::{Act, Payment};

const NAME: &str = "comgate";

const CALLS: Service = Service {
    name: NAME,
    operations: &[
        "create",
        "recurring",
        "status",
        "refund",
        "cancel",
        "capture",
    ],
    kind: Kind::Calls,
};

/// Pushes to the shop.
const WEBHOOK: Service = Service {
    name: "webhook",
    operations: &[NAME],
    kind: Kind::Deliveries,
};

/// Comgate, with its one shop.
struct Comgate {
    world: Arc<World>,
    merchant: String,
    secret: String,
    state: Mutex<State>,
}

/// What it keeps.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// By their numbers.
    payments: BTreeMap<String, Payment>,
    /// Where the shop is told of them.
    push_url: String,
    /// Whether it is told in JSON; else by a form.
    push_json: bool,
}

/// Comgate with the payments of its last run.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    let config = &world.config;
    let mut state: State = snapshot::load(config, NAME);
    state.push_url = config.or("SANDBOX_COMGATE_PUSH", &state.push_url);
    Arc::new(Comgate {
        world: world.clone(),
        merchant: config.or("COMGATE_MERCHANT", "123456"),
        secret: config.or("COMGATE_SECRET", "sandbox-comgate-secret"),
        state: Mutex::new(state),
    })
}

#[async_trait]
impl Till for Comgate {
    const NAME: &'static str = NAME;
    const SERVICES: &'static [Service] = &[CALLS, WEBHOOK];
    const CONTROLS: &'static [&'static str] = &[NAME];
    type Kept = State;

    fn kept(&self) -> MutexGuard<'_, State> {
        self.state()
    }

    fn forget(&self) {
        self.state().payments.clear();
    }

    fn end_overdue(self: &Arc<Self>) {
        end_overdue(self);
    }

    async fn call(self: Arc<Self>, path: &str, req: &Req) -> Answer {
        match (path.strip_prefix("/v2.0/"), path.strip_prefix("/v1.0/")) {
            (Some(path), _) => call(&self, path, req, false).await,
            (_, Some(path)) => call(&self, path, req, true).await,
            _ => Ok(not_found(&req.path)),
        }
    }

    fn page(&self, id: &str) -> Option<String> {
        self.state().payments.get(id).map(page)
    }

    async fn acts(self: Arc<Self>, id: &str, req: &Req) -> Result<Acted, String> {
        let payment = act(&self, id, &wanted(req).await)?;
        let then = payment.back().map(str::to_owned);
        Ok(Acted {
            now: json!(payment),
            then: then.unwrap_or_else(|| path_of(&payment)),
        })
    }

    fn shown(&self) -> Value {
        let state = self.state();
        let payments: Vec<&Payment> = state.payments.values().collect();
        json!({ "payments": payments, "push_url": state.push_url })
    }

    async fn sets(self: Arc<Self>, verb: &str, what: Option<&str>, req: &Req) -> Reply {
        let form = req.form().await.unwrap_or_default();
        if (verb, what) != ("PUT", None) {
            return not_found(&req.path);
        }
        let mut state = self.state();
        state.push_url = form.text("push_url").unwrap_or_default();
        state.push_json = form.flag("push_json");
        reply(&json!({ "ok": true }))
    }
}

impl Comgate {
    /// Never held across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Its own errors, in the form of a version.
struct OfVersion {
    is_first: bool,
}

impl ErrorForm for OfVersion {
    fn failure(&self, status: u16) -> Reply {
        let mut reply = Said::no(1500, "unexpected error").reply(self.is_first);
        *reply.status_mut() = status_of(status);
        reply
    }
}

/// `/v2.0/<path>` or `/v1.0/<path>`.
async fn call(shop: &Arc<Comgate>, path: &str, req: &Req, is_first: bool) -> Answer {
    let file = path.trim_end_matches(".json");
    let (name, id) = match (req.method.as_str(), file.rsplit_once("/transId/")) {
        ("GET", Some(("payment", id))) => ("status", Some(id)),
        ("DELETE", Some((_, id))) => ("cancel", Some(id)),
        ("PUT", Some(("preauth", id))) => ("capture", Some(id)),
        ("POST", None) if file == "payment" && !is_first => ("create", None),
        (_, None) if ["create", "recurring", "status", "refund", "cancel"].contains(&file) => {
            let known = CALLS.operations.iter().find(|known| **known == file);
            (*known.unwrap_or(&"unknown"), None)
        }
        _ => ("unknown", None),
    };
    let watch = shop.world.calls.watch(&CALLS, name, Value::Null);
    let work = async {
        let Ok(form) = req.form().await else {
            return Ok(Said::no(1400, "bad request").reply(is_first));
        };
        let given = match is_first {
            true => form.text("merchant").zip(form.text("secret")),
            false => req.basic(),
        };
        if given.as_ref() != Some(&(shop.merchant.clone(), shop.secret.clone())) {
            return Ok(Said::no(1301, "unknown e-shop").reply(is_first));
        }
        let id = id.map_or_else(|| form.text("transId").unwrap_or_default(), str::to_owned);
        let said = match name {
            "create" => methods::create(shop, &form),
            "recurring" => methods::recurring(shop, &form),
            "status" => methods::status(shop, &id),
            "refund" => methods::refund(shop, &form),
            "cancel" | "capture" => methods::ends(shop, &id, name),
            _ => return Ok(not_found(&req.path)),
        };
        Ok(said.reply(is_first))
    };
    through(&shop.world, &CALLS, watch, &OfVersion { is_first }, work).await
}

/// Does what the person on the page chose, or a test. The error is a sentence for them.
fn act(shop: &Arc<Comgate>, id: &str, act: &Act) -> Result<Payment, String> {
    let payment = {
        let mut state = shop.state();
        let payment = state.payments.get_mut(id);
        let payment = payment.ok_or("Comgate knows no such payment")?;
        payment.act(act)?;
        payment.clone()
    };
    shop.world.touched();
    push(shop, &payment);
    Ok(payment)
}

/// Tells the shop of the payment's state.
fn push(shop: &Arc<Comgate>, payment: &Payment) {
    let (url, is_json) = {
        let state = shop.state();
        (state.push_url.clone(), state.push_json)
    };
    if url.is_empty() {
        return;
    }
    let fields = json!({
        "merchant": shop.merchant, "test": payment.test.to_string(), "price": payment.price.to_string(),
        "curr": payment.curr, "label": payment.label, "refId": payment.ref_id, "email": payment.email,
        "transId": payment.trans_id, "secret": shop.secret, "status": payment.status, "fee": "unknown",
        "vs": "739689656", "method": payment.method,
    });
    let http = shop.world.http.clone();
    let delivery = Delivery {
        service: &WEBHOOK,
        vendor: NAME,
        detail: json!({ "status": payment.status }),
        call: Box::new(move |_| match is_json {
            true => http.post(&url).json(&fields),
            false => http.post(&url).form(&fields),
        }),
        is_taken: |status, _| status == 200,
        taken: Box::new(|| {}),
    };
    deliveries::bring(&shop.world, vec![delivery]);
}

/// Ends the pages whose time is over.
fn end_overdue(shop: &Arc<Comgate>) {
    let now = chrono::Utc::now().timestamp();
    let overdue: Vec<String> = {
        let state = shop.state();
        let all = state.payments.values();
        let overdue = all.filter(|one| one.status == "PENDING" && one.expires <= now);
        overdue.map(|one| one.trans_id.clone()).collect()
    };
    for id in overdue {
        let said = methods::ends(shop, &id, "expire");
        drop(said);
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
        stale: stale.unwrap_or_default(),
    }
}

/// Where its page is.
fn path_of(payment: &Payment) -> String {
    format!("/{NAME}/pay/{}", payment.trans_id)
}

/// The page to pay at.
fn page(payment: &Payment) -> String {
    let acts: &[(&str, &str)] = match payment.status.as_str() {
        "PENDING" => &[("pay", "Pay"), ("cancel", "Cancel")],
        _ => &[],
    };
    Page {
        vendor: "Comgate",
        what: &payment.label,
        sum: &format!(
            "{}.{:02} {}",
            payment.price / 100,
            payment.price % 100,
            payment.curr
        ),
        status: &payment.status,
        acts,
    }
    .html()
}
