//! PayPal's methods. Sources: <https://developer.paypal.com/docs/api/orders/v2/>,
//! <https://developer.paypal.com/docs/api/payments/v2/>, <https://developer.paypal.com/docs/api/customer-disputes/v1/> and
//! <https://developer.paypal.com/docs/api/webhooks/v1/>.

use std::sync::Arc;

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::order::Order;
use super::{Paypal, events, number, sums, views};
use crate::http::{Reply, Req, json as reply, status_json};

/// PayPal's own form of an error.
pub fn error(status: u16, name: &str, issue: &str) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let details = match issue {
        "" => json!([]),
        issue => json!([{ "issue": issue, "description": "See the documentation." }]),
    };
    let body = json!({
        "name": name, "message": "The request failed.", "debug_id": number(), "details": details, "links": [],
    });
    status_json(status, &body)
}

pub fn refused(issue: &str) -> Reply {
    match issue {
        "INVALID_PARAMETER_SYNTAX" => error(400, "INVALID_REQUEST", issue),
        _ => error(422, "UNPROCESSABLE_ENTITY", issue),
    }
}

pub fn unknown() -> Reply {
    error(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
}

/// The key of a call that makes something, for this operation.
fn key_of(req: &Req, operation: &str) -> Option<String> {
    let key = req.headers.get("paypal-request-id")?.to_str().ok()?;
    Some(format!("{operation} {key}"))
}

pub fn create(paypal: &Arc<Paypal>, req: &Req) -> Reply {
    let Ok(body) = req.json() else {
        return error(400, "INVALID_REQUEST", "MALFORMED_REQUEST_JSON");
    };
    let key = key_of(req, "create");
    let known = key.as_ref().and_then(|key| paypal.order_of_key(key));
    if let Some(known) = known {
        return reply(&views::order(paypal, &known));
    }
    let order = match read(&body) {
        Ok(order) => order,
        Err(issue) => return refused(issue),
    };
    let mut books = paypal.books();
    books.keys.extend(key.map(|key| (key, order.id.clone())));
    books.orders.insert(order.id.clone(), order.clone());
    drop(books);
    paypal.world.touched();
    status_json(StatusCode::CREATED, &views::order(paypal, &order))
}

fn read(body: &Value) -> Result<Order, &'static str> {
    let unit = &body["purchase_units"][0];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let amount = &unit["amount"];
    let currency = text(&amount["currency_code"]).ok_or("MISSING_REQUIRED_PARAMETER")?;
    let value = amount["value"]
        .as_str()
        .ok_or("MISSING_REQUIRED_PARAMETER")?;
    if body["intent"] != "CAPTURE" {
        return Err("MISSING_REQUIRED_PARAMETER");
    }
    let too_long = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| text.chars().count() > 127)
    };
    if ["custom_id", "invoice_id", "description"]
        .iter()
        .any(|name| too_long(&unit[*name]))
    {
        return Err("INVALID_STRING_LENGTH");
    }
    let context = match &body["payment_source"]["paypal"]["experience_context"] {
        Value::Null => &body["application_context"],
        context => context,
    };
    Ok(Order {
        id: number(),
        status: "PAYER_ACTION_REQUIRED".to_owned(),
        sum: sums::read(value, &currency)?,
        currency,
        custom_id: text(&unit["custom_id"]),
        invoice_id: text(&unit["invoice_id"]),
        description: text(&unit["description"]).unwrap_or_default(),
        return_url: text(&context["return_url"]),
        cancel_url: text(&context["cancel_url"]),
        created_at: events::now(),
        ..Order::default()
    })
}

/// An order as it is, or, by a fault, as it was.
pub fn get(paypal: &Paypal, id: &str) -> Reply {
    let mut books = paypal.books();
    let Some(order) = books.orders.get_mut(id) else {
        return unknown();
    };
    let shown = match order.stale.take() {
        Some((times, old)) => {
            order.stale = (times > 1).then(|| (times - 1, old.clone()));
            *old
        }
        None => order.clone(),
    };
    drop(books);
    reply(&views::order(paypal, &shown))
}

pub fn capture(paypal: &Arc<Paypal>, id: &str, req: &Req) -> Reply {
    let key = key_of(req, "capture");
    let known = key.as_ref().and_then(|key| paypal.order_of_key(key));
    if let Some(known) = known {
        return reply(&views::order(paypal, &known));
    }
    let mut books = paypal.books();
    let orders = &mut books.orders;
    let invoice = orders.get(id).and_then(|order| order.invoice_id.clone());
    let is_paid = |one: &Order| one.id != id && one.is_paid() && one.invoice_id == invoice;
    let is_double = invoice.is_some() && orders.values().any(is_paid);
    let Some(order) = orders.get_mut(id) else {
        return unknown();
    };
    let taken = match is_double && order.status == "APPROVED" {
        true => Err("DUPLICATE_INVOICE_ID"),
        false => order.take(),
    };
    let order = order.clone();
    if taken.is_ok() {
        books.keys.extend(key.map(|key| (key, order.id.clone())));
    }
    drop(books);
    paypal.world.touched();
    match taken {
        Ok(told) => {
            events::send(paypal, &order, &told);
            status_json(StatusCode::CREATED, &views::order(paypal, &order))
        }
        Err(issue) => refused(issue),
    }
}

pub fn get_capture(paypal: &Paypal, id: &str) -> Reply {
    let found = paypal.order_of_capture(id);
    let view = found.and_then(|order| views::capture(paypal, &order));
    view.map_or_else(unknown, |view| reply(&view))
}

pub fn refund(paypal: &Arc<Paypal>, id: &str, req: &Req) -> Reply {
    let Some(mut order) = paypal.order_of_capture(id) else {
        return unknown();
    };
    let key = key_of(req, "refund");
    let known = key
        .as_ref()
        .and_then(|key| paypal.books().keys.get(key).cloned());
    if let Some(known) = known.and_then(|id| order.refunds.iter().find(|one| one.id == id)) {
        return reply(&views::refund(paypal, &order, known));
    }
    let body = req.json().unwrap_or_default();
    let amount = &body["amount"];
    let sum = match amount["value"].as_str() {
        Some(_) if amount["currency_code"] != order.currency.as_str() => {
            return refused("REFUND_CAPTURE_CURRENCY_MISMATCH");
        }
        Some(value) => match sums::read(value, &order.currency) {
            Ok(sum) => Some(sum),
            Err(issue) => return refused(issue),
        },
        None => None,
    };
    let done = paypal.change(&order.id, |order| order.refund(sum));
    let (made, told) = match done {
        Ok((changed, (made, told))) => {
            order = changed;
            (made, told)
        }
        Err(issue) => return refused(&issue),
    };
    paypal
        .books()
        .keys
        .extend(key.map(|key| (key, made.clone())));
    events::send(paypal, &order, &told);
    let view = order.refunds.iter().find(|one| one.id == made);
    let view = view.map(|one| views::refund(paypal, &order, one));
    status_json(StatusCode::CREATED, &view)
}

pub fn get_refund(paypal: &Paypal, id: &str) -> Reply {
    let books = paypal.books();
    let of = |order: &Order| order.refunds.iter().any(|one| one.id == id);
    let Some(order) = books.orders.values().find(|order| of(order)).cloned() else {
        return unknown();
    };
    drop(books);
    let view = order.refunds.iter().find(|one| one.id == id);
    let view = view.map(|one| views::refund(paypal, &order, one));
    view.map_or_else(unknown, |view| reply(&view))
}

pub fn disputes(paypal: &Paypal, req: &Req) -> Reply {
    let capture = req.query("disputed_transaction_id");
    let books = paypal.books();
    let wanted = |order: &&Order| {
        let own = order.capture.as_ref().map(|it| it.id.as_str());
        capture.is_none() || own == capture
    };
    let all = books.orders.values().filter(wanted);
    let items: Vec<Value> = all
        .filter_map(|order| views::dispute(order, false))
        .collect();
    reply(&json!({ "items": items, "links": [] }))
}

pub fn dispute(paypal: &Paypal, id: &str) -> Reply {
    let books = paypal.books();
    let is = |order: &&Order| order.dispute.as_ref().is_some_and(|it| it.id == id);
    let view = books
        .orders
        .values()
        .find(is)
        .and_then(|order| views::dispute(order, true));
    view.map_or_else(unknown, |view| reply(&view))
}

/// `POST /v1/notifications/webhooks`: there is one webhook, and its number is fixed.
pub fn hook(paypal: &Paypal, req: &Req) -> Reply {
    let Some(url) = req
        .json()
        .ok()
        .and_then(|body| body["url"].as_str().map(str::to_owned))
    else {
        return error(400, "VALIDATION_ERROR", "MISSING_REQUIRED_PARAMETER");
    };
    paypal.books().hook = Some(url.clone());
    paypal.world.touched();
    status_json(
        StatusCode::CREATED,
        &json!({ "id": paypal.hook_id, "url": url }),
    )
}

#[derive(Deserialize)]
struct Question<'a> {
    auth_algo: String,
    transmission_id: String,
    transmission_sig: String,
    transmission_time: String,
    webhook_id: String,
    /// The very bytes: the CRC is over them.
    #[serde(borrow)]
    webhook_event: &'a RawValue,
}

pub fn verify(paypal: &Paypal, req: &Req) -> Reply {
    let Ok(asked) = serde_json::from_slice::<Question<'_>>(&req.body) else {
        return error(400, "VALIDATION_ERROR", "MISSING_REQUIRED_PARAMETER");
    };
    let event = asked.webhook_event.get().as_bytes();
    let (id, time) = (&asked.transmission_id, &asked.transmission_time);
    let right = asked.webhook_id == paypal.hook_id
        && asked.auth_algo == events::ALGORITHM
        && asked.transmission_sig == events::signature(id, time, &paypal.hook_id, event);
    reply(&json!({ "verification_status": if right { "SUCCESS" } else { "FAILURE" } }))
}
