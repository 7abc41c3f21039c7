//! The Greenfield API. Source: <https://docs.btcpayserver.org/API/Greenfield/v1/>.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::events::Hook;
use super::invoice::{Act, Invoice, units};
use super::{Btcpay, act, refunds};
use crate::http::{Form, Reply, Req, json as reply, status_json};
use crate::router::not_found;

/// How long an invoice can be paid, in minutes, unless the shop says otherwise.
const PAGE_LIVES: i64 = 15;

pub fn problem(status: StatusCode, code: &str, message: &str) -> Reply {
    status_json(status, &json!({ "code": code, "message": message }))
}

pub fn unprocessable(field: &str, message: &str) -> Reply {
    let all = json!([{ "path": field, "message": message }]);
    status_json(StatusCode::UNPROCESSABLE_ENTITY, &all)
}

fn unknown(what: &str) -> Reply {
    let code = format!("{what}-not-found");
    problem(
        StatusCode::NOT_FOUND,
        &code,
        &format!("The {what} was not found"),
    )
}

/// The name of a call in the plan of faults; `path` is what follows the store, or the version.
pub fn name_of(method: &str, path: &[&str]) -> &'static str {
    match (method, path) {
        ("POST", ["invoices"]) => "CreateInvoice",
        ("GET", ["invoices"]) => "GetInvoices",
        ("GET", ["invoices", _]) => "GetInvoice",
        ("GET", ["invoices", _, "payment-methods"]) => "GetPaymentMethods",
        ("POST", ["invoices", _, "refund"]) => "Refund",
        (_, ["invoices", ..]) => "UpdateInvoice",
        ("GET", ["pull-payments"]) => "GetPullPayments",
        (_, ["pull-payments", ..] | ["payouts", ..]) => "Payouts",
        (_, ["webhooks", ..]) => "Webhooks",
        _ => "unknown",
    }
}

pub async fn answer(server: &Arc<Btcpay>, path: &[&str], req: &Req) -> Reply {
    let form = match req.form().await {
        Ok(form) => form,
        Err(why) => return problem(StatusCode::BAD_REQUEST, "invalid-json", &why),
    };
    match (req.method.as_str(), path) {
        ("POST", ["invoices"]) => create(server, &form),
        ("GET", ["invoices"]) => list(server, req),
        (_, ["invoices", id, rest @ ..]) => of_invoice(server, id, rest, req, &form),
        ("GET", ["pull-payments"]) => {
            let here = server.world.here();
            let pulls = &server.state().pulls;
            let pulls: Vec<Value> = pulls.values().map(|pull| pull.shown(&here)).collect();
            reply(&pulls)
        }
        (_, ["pull-payments", id, rest @ ..]) => of_pull(server, id, rest, req),
        (_, ["payouts", id, rest @ ..]) => of_payout(server, id, rest, req),
        (_, ["webhooks", rest @ ..]) => webhooks(server, rest, req, &form),
        _ => not_found(&req.path),
    }
}

fn create(server: &Btcpay, form: &Form) -> Reply {
    let amount = form.text("amount").unwrap_or_else(|| "0".to_owned());
    if units(&amount).is_none() {
        return unprocessable("amount", "The amount should be 0 or more.");
    }
    let currency = form.text("currency").unwrap_or_else(|| "EUR".to_owned());
    if !currency.bytes().all(|c| c.is_ascii_uppercase()) {
        return unprocessable("currency", "Invalid currency");
    }
    let field = |name: &str| form.fields.get(name).cloned().unwrap_or_else(|| json!({}));
    let (metadata, checkout) = (field("metadata"), field("checkout"));
    let minutes = checkout.get("expirationMinutes").and_then(Value::as_i64);
    let redirect_url = checkout.get("redirectURL").and_then(Value::as_str);
    let now = chrono::Utc::now().timestamp();
    let mut id = uuid::Uuid::new_v4().simple().to_string();
    id.truncate(22);
    let mut invoice = Invoice {
        id,
        amount,
        currency,
        status: "New".to_owned(),
        additional: "None".to_owned(),
        redirect_url: redirect_url.map(str::to_owned),
        metadata,
        checkout,
        created: now,
        expires: now + 60 * minutes.unwrap_or(PAGE_LIVES),
        ..Invoice::default()
    };
    let shown = invoice.shown(&server.store, &server.world.here());
    server.state().invoices.insert(invoice.id.clone(), invoice);
    server.world.touched();
    reply(&shown)
}

fn list(server: &Btcpay, req: &Req) -> Reply {
    let asked = |name: &str| -> Vec<&str> {
        let own = req.query.iter().filter(|(key, _)| key == name);
        own.map(|(_, value)| value.as_str()).collect()
    };
    let (orders, statuses) = (asked("orderId"), asked("status"));
    let archived = asked("includeArchived") == ["true"];
    let here = server.world.here();
    let mut state = server.state();
    let fits = |invoice: &&mut Invoice| {
        let order = invoice.metadata.get("orderId").and_then(Value::as_str);
        (orders.is_empty() || order.is_some_and(|order| orders.contains(&order)))
            && (statuses.is_empty() || statuses.contains(&invoice.status.as_str()))
            && (archived || !invoice.archived)
    };
    let found = state.invoices.values_mut().filter(fits);
    let found: Vec<Value> = found
        .map(|invoice| invoice.shown(&server.store, &here))
        .collect();
    drop(state);
    reply(&found)
}

fn of_invoice(server: &Btcpay, id: &str, rest: &[&str], req: &Req, form: &Form) -> Reply {
    if !server.state().invoices.contains_key(id) {
        return unknown("invoice");
    }
    match (req.method.as_str(), rest) {
        ("POST", ["refund"]) => return refunds::refund(server, id, form),
        ("POST", ["status"]) => {
            let name = match form.text("status").as_deref() {
                Some("Settled") => "settle",
                Some("Invalid") => "invalidate",
                _ => {
                    return unprocessable(
                        "status",
                        "Status can only be marked to invalid or settled",
                    );
                }
            };
            let mark = Act {
                name: name.to_owned(),
                ..Act::default()
            };
            if let Err(why) = act(server, id, &mark) {
                return problem(StatusCode::BAD_REQUEST, "invalid-status", &why);
            }
        }
        _ => {}
    }
    let mut state = server.state();
    let Some(invoice) = state.invoices.get_mut(id) else {
        return unknown("invoice");
    };
    match (req.method.as_str(), rest) {
        ("GET", ["payment-methods"]) => return reply(&invoice.ways()),
        ("PUT", []) => {
            if let Some(metadata) = form.fields.get("metadata") {
                invoice.metadata = metadata.clone();
            }
        }
        ("DELETE", []) => invoice.archived = true,
        ("POST", ["unarchive"]) => invoice.archived = false,
        ("GET", []) | ("POST", ["status"]) => {}
        _ => return not_found(&req.path),
    }
    let shown = invoice.shown(&server.store, &server.world.here());
    drop(state);
    server.world.touched();
    reply(&shown)
}

fn of_pull(server: &Btcpay, id: &str, rest: &[&str], req: &Req) -> Reply {
    if (req.method.as_str(), rest) == ("POST", &["payouts"]) {
        let claim = Act {
            name: "claim".to_owned(),
            ..Act::default()
        };
        if let Err(why) = act(server, id, &claim) {
            return problem(StatusCode::BAD_REQUEST, "overdraft", &why);
        }
    }
    let state = server.state();
    let Some(pull) = state.pulls.get(id) else {
        return unknown("pullpayment");
    };
    match (req.method.as_str(), rest) {
        ("GET", []) => reply(&pull.shown(&server.world.here())),
        ("GET", ["payouts"]) => reply(&pull.payouts()),
        ("POST", ["payouts"]) => reply(&pull.payouts().get(0)),
        _ => not_found(&req.path),
    }
}

fn of_payout(server: &Btcpay, id: &str, rest: &[&str], req: &Req) -> Reply {
    let name = match (req.method.as_str(), rest) {
        ("POST", ["mark-paid"]) => "pay_out",
        ("DELETE", []) => "cancel_payout",
        _ => return not_found(&req.path),
    };
    let pull = {
        let state = server.state();
        let mut pulls = state.pulls.values();
        let found = pulls.find(|pull| pull.payouts.iter().any(|one| one.id == id));
        found.map(|pull| pull.id.clone())
    };
    let Some(pull) = pull else {
        return unknown("payout");
    };
    let wanted = Act {
        name: name.to_owned(),
        ..Act::default()
    };
    match act(server, &pull, &wanted) {
        Ok(_) => reply(&json!({})),
        Err(why) => problem(StatusCode::BAD_REQUEST, "invalid-state", &why),
    }
}

fn webhooks(server: &Btcpay, rest: &[&str], req: &Req, form: &Form) -> Reply {
    let mut state = server.state();
    let reply = match (req.method.as_str(), rest) {
        ("GET", []) => {
            let all: Vec<Value> = state.hooks.values().map(Hook::shown).collect();
            reply(&all)
        }
        ("POST", []) => {
            let Some(url) = form.text("url") else {
                return unprocessable("url", "Invalid url");
            };
            let events = form.fields.get("authorizedEvents");
            let only = events.and_then(|events| events.get("specificEvents")?.as_array().cloned());
            let only = only.unwrap_or_default();
            let hook = Hook {
                id: uuid::Uuid::new_v4().simple().to_string(),
                url,
                secret: form.text("secret").unwrap_or_default(),
                only: only
                    .iter()
                    .filter_map(|one| one.as_str().map(str::to_owned))
                    .collect(),
            };
            // Only this answer has the secret.
            let mut shown = hook.shown();
            if let Value::Object(shown) = &mut shown {
                shown.insert("secret".to_owned(), json!(hook.secret));
            }
            state.hooks.insert(hook.id.clone(), hook);
            reply(&shown)
        }
        ("GET", [id]) => match state.hooks.get(*id) {
            Some(hook) => reply(&hook.shown()),
            None => unknown("webhook"),
        },
        ("DELETE", [id]) => match state.hooks.remove(*id) {
            Some(_) => reply(&json!({})),
            None => unknown("webhook"),
        },
        _ => not_found(&req.path),
    };
    drop(state);
    server.world.touched();
    reply
}
