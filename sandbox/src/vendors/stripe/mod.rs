//! Stripe: single payments by Checkout Sessions and by PaymentIntents, charges of what they kept, the page for customers, refunds, disputes, events. Objects and errors have the form of the API,
//! so that Stripe's own clients can be used. Source: <https://docs.stripe.com/api>.

mod account;
mod acts;
mod balance;
mod charges;
mod errors;
mod events;
mod form;
mod intents;
mod keys;
mod methods;
mod page;
mod portal;
mod refunds;
mod sessions;
mod visits;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

use account::{Account, Endpoint, now, number, shown};
use acts::Act;
use async_trait::async_trait;
use errors::Refusal;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use serde_json::{Value, json};

use crate::faults::{Kind, Service, through};
use crate::http::{Answer, Reply, Req, json as reply, refused, status_json};
use crate::payments::till::{Acted, Till};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};

const NAME: &str = "stripe";

/// The version of an account and of endpoints that name none.
const VERSION: &str = "2026-10-28.endive";

const CALLS: Service = Service {
    name: NAME,
    operations: &methods::OPERATIONS,
    kind: Kind::Calls,
};

/// Events to endpoints.
const WEBHOOK: Service = Service {
    name: "webhook",
    operations: &[NAME],
    kind: Kind::Deliveries,
};

/// Stripe, with one account.
struct Stripe {
    world: Arc<World>,
    key: String,
    /// With it clients confirm what they know the secret of.
    publishable: String,
    /// Of all endpoints.
    secret: String,
    account: Mutex<Account>,
    /// Idempotency-Keys of calls that are at work.
    busy: Mutex<BTreeSet<String>>,
}

/// Stripe with the account of its last run.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    let config = &world.config;
    let secret = config.or("STRIPE_WEBHOOK_SECRET", "whsec_sandbox");
    let mut account: Account = snapshot::load(config, NAME);
    let url = config.or("SANDBOX_STRIPE_WEBHOOK_URL", "");
    if !url.is_empty() && !account.endpoints.iter().any(|one| one.url == url) {
        account.endpoints.push(own_endpoint(url, &secret));
    }
    Arc::new(Stripe {
        world: world.clone(),
        key: config.or("STRIPE_SECRET_KEY", "sk_test_sandbox"),
        publishable: config.or("STRIPE_PUBLISHABLE_KEY", "pk_test_sandbox"),
        secret,
        account: Mutex::new(account),
        busy: Mutex::default(),
    })
}

fn own_endpoint(url: String, secret: &str) -> Endpoint {
    Endpoint {
        id: number("we"),
        url,
        api_version: VERSION.to_owned(),
        events: vec!["*".to_owned()],
        secrets: vec![secret.to_owned()],
    }
}

#[async_trait]
impl Till for Stripe {
    const NAME: &'static str = NAME;
    const SERVICES: &'static [Service] = &[CALLS, WEBHOOK];
    const CONTROLS: &'static [&'static str] = &[NAME];
    const PAGES: &'static [&'static str] = &["/pay/", "/portal/"];
    type Kept = Account;

    fn kept(&self) -> MutexGuard<'_, Account> {
        self.account()
    }

    fn forget(&self) {
        self.account().clear();
    }

    fn end_overdue(self: &Arc<Self>) {
        self.end_sessions();
    }

    async fn call(self: Arc<Self>, path: &str, req: &Req) -> Answer {
        match path.strip_prefix("/v1/") {
            Some(method) => call(&self, method, req).await,
            None => Ok(not_found(&req.path)),
        }
    }

    fn page(&self, id: &str) -> Option<String> {
        visits::page(&self.account(), id)
    }

    async fn acts(self: Arc<Self>, id: &str, req: &Req) -> Result<Acted, String> {
        visits::acts(&self, id, &visits::wanted(req).await)
    }

    fn shown(&self) -> Value {
        self.everything()
    }

    async fn sets(self: Arc<Self>, verb: &str, what: Option<&str>, req: &Req) -> Reply {
        if (verb, what) != ("PUT", None) {
            return not_found(&req.path);
        }
        match req.json().and_then(|wanted| self.is_told(&wanted)) {
            Ok(()) => reply(&json!({ "ok": true })),
            Err(why) => refused(StatusCode::BAD_REQUEST, why),
        }
    }
}

impl Stripe {
    /// Never held across an await.
    fn account(&self) -> MutexGuard<'_, Account> {
        lock(&self.account)
    }

    /// Where the pages of sessions are.
    fn page(&self) -> String {
        format!("{}/{NAME}/pay", self.world.here())
    }

    /// Where the pages of customers are.
    fn portal(&self) -> String {
        format!("{}/{NAME}/portal", self.world.here())
    }

    /// Everything that stands in the account, by its kind.
    fn everything(&self) -> Value {
        let account = self.account();
        let all = |kind: &str| account.all(kind).map(shown).collect::<Vec<Value>>();
        json!({
            "sessions": all("checkout.session"), "payment_intents": all("payment_intent"), "refunds": all("refund"), "disputes": all("dispute"),
            "customers": all("customer"), "payment_methods": all("payment_method"),
            "events": all("event"), "endpoints": account.endpoints,
        })
    }

    /// What a test sets up: endpoints, reads that are out of date, keys that a day has passed for.
    fn is_told(&self, wanted: &Value) -> Result<(), String> {
        let mut account = self.account();
        if let Some(url) = wanted["endpoint"]["url"].as_str() {
            let mut endpoint = own_endpoint(url.to_owned(), &self.secret);
            if let Some(version) = wanted["endpoint"]["api_version"].as_str() {
                version.clone_into(&mut endpoint.api_version);
            }
            if let Some(old) = wanted["endpoint"]["old_secret"].as_str() {
                endpoint.secrets.insert(0, old.to_owned());
            }
            account.endpoints = vec![endpoint];
        }
        if let Some(reads) = wanted["stale_reads"].as_u64() {
            account.stale_reads = u32::try_from(reads).map_err(|why| why.to_string())?;
        }
        let payout = &wanted["payout"];
        if let (Some(amount), Some(currency)) =
            (payout["amount"].as_i64(), payout["currency"].as_str())
        {
            balance::pay_out(&mut account, amount, currency);
        }
        if wanted["forget_keys"] == true {
            account.keys.clear();
        }
        self.world.touched();
        Ok(())
    }

    /// Does something to a session, an intent or at the page of a customer, and tells of it; `tell_again` tells all of it under new numbers of events.
    fn act(self: &Arc<Self>, id: &str, wanted: &Act) -> Result<Value, String> {
        let (session, events) = {
            let mut account = self.account();
            let told = match wanted.name.as_str() {
                "tell_again" => told_before(&account, id),
                _ if id.starts_with("bps_") => portal::act(&mut account, id, wanted)?,
                name if id.starts_with("pi_") || name.starts_with("charges_") => {
                    let intent = account
                        .get(id)
                        .and_then(|one| one["payment_intent"].as_str());
                    let intent = intent.unwrap_or(id).to_owned();
                    charges::act(&mut account, &intent, wanted, &self.page())?
                }
                _ => acts::act(&mut account, id, wanted)?,
            };
            let events = events::made(&mut account, told, VERSION, &events::Cause::default());
            (account.get(id).map(shown).unwrap_or_default(), events)
        };
        self.world.touched();
        events::send(self, &events);
        Ok(session)
    }

    /// Ends the pages whose time is over.
    fn end_sessions(self: &Arc<Self>) {
        let overdue = |one: &&Value| {
            one["status"] == "open" && one["expires_at"].as_i64().is_some_and(|at| at <= now())
        };
        let ended: Vec<String> = {
            let account = self.account();
            let all = account.all("checkout.session").filter(overdue);
            all.map(|one| acts::text(&one["id"])).collect()
        };
        for id in ended {
            let expire = Act {
                name: "expire".to_owned(),
                ..Act::default()
            };
            // It was open a moment ago; if it is no more, there is nothing to end.
            drop(self.act(&id, &expire));
        }
    }

    fn is_authorized(&self, req: &Req, route: Option<(&str, &str)>) -> Result<(), Refusal> {
        let form = keys::fields(req);
        let given = match (req.credential("Bearer"), req.basic()) {
            (Some(key), _) => Some(key.to_owned()),
            (None, Some((key, _))) => Some(key),
            _ => form["key"].as_str().map(str::to_owned),
        };
        let is_of_client = |route| intents::is_of_client(&self.account(), route, &form);
        match given {
            Some(key) if key == self.key => Ok(()),
            Some(key) if key == self.publishable && route.is_some_and(is_of_client) => Ok(()),
            other => Err(Refusal::unauthorized(other.as_deref())),
        }
    }
}

/// What was told of a session and of what belongs to it.
fn told_before(account: &Account, id: &str) -> Vec<acts::Told> {
    let intent = account
        .get(id)
        .map(|session| session["payment_intent"].clone());
    let intent = intent.filter(|intent| !intent.is_null());
    let is_about = |event: &&Value| {
        let object = &event["data"]["object"];
        object["id"] == id
            || intent
                .as_ref()
                .is_some_and(|pi| object["payment_intent"] == *pi || object["id"] == *pi)
    };
    let made = |event: &Value| {
        let kind = acts::KINDS.iter().find(|kind| event["type"] == **kind)?;
        Some((*kind, acts::text(&event["data"]["object"]["id"])))
    };
    account
        .all("event")
        .filter(is_about)
        .filter_map(made)
        .collect()
}

/// `/v1/<method>`.
async fn call(stripe: &Arc<Stripe>, path: &str, req: &Req) -> Answer {
    let path = path.trim_end_matches('/');
    let route = methods::route(&req.method, path);
    let name = route.map_or("unknown", |(operation, _)| operation);
    let key = keys::of(req);
    let _at_work = match keys::begin(stripe, key.as_deref()) {
        Ok(at_work) => at_work,
        Err(refusal) => return Ok(answer(Err(refusal), req)),
    };
    let watch = stripe
        .world
        .calls
        .watch(&CALLS, name, json!({ "key": key }));
    let work = async {
        if let Err(refusal) = stripe.is_authorized(req, route) {
            return Ok(answer(Err(refusal), req));
        }
        let Some(route) = route else {
            let why = format!("Unrecognized request URL ({}: /v1/{path}).", req.method);
            let mut refusal = Refusal::invalid(why);
            refusal.status = StatusCode::NOT_FOUND;
            return Ok(answer(Err(refusal), req));
        };
        Ok(keys::once(stripe, path, route, req, key.as_deref()))
    };
    through(&stripe.world, &CALLS, watch, &errors::Form, work).await
}

/// An answer with the headers that all have.
fn answer(body: Result<Value, Refusal>, req: &Req) -> Reply {
    let mut made = match body {
        // A charge that was declined is kept under its key like any other.
        Ok(body) if body["error"].is_object() => status_json(StatusCode::PAYMENT_REQUIRED, &body),
        Ok(body) => reply(&body),
        Err(refusal) => status_json(refusal.status, &refusal.body()),
    };
    let headers = made.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&number("req")) {
        headers.insert("request-id", id);
    }
    let version = req.headers.get("stripe-version").cloned();
    let version = version.unwrap_or(HeaderValue::from_static(VERSION));
    headers.insert("stripe-version", version);
    if let Some(key) = req.headers.get("idempotency-key") {
        headers.insert("idempotency-key", key.clone());
    }
    made
}
