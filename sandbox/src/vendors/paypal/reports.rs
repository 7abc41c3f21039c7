//! What moved in the account, as Transaction Search tells it.
//! Source: <https://developer.paypal.com/docs/api/transaction-search/v1/>.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::order::{Order, Refund};
use super::{Paypal, events, methods, number, sums};
use crate::http::{Reply, Req, json as reply};

/// The longest time of one question.
const LONGEST: TimeDelta = TimeDelta::days(31);

/// What is told late, and what people do besides selling.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reports {
    /// A transaction is listed so many seconds after it was made.
    lag: i64,
    /// The app has not the feature.
    denied: bool,
    withdrawn: Vec<Withdrawal>,
}

/// Money that was sent to the bank.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Withdrawal {
    id: String,
    sum: i64,
    currency: String,
    at: String,
}

/// `PUT /control/paypal/reports`: `lag` in seconds, `denied`, or `withdraw` in cents of a `currency`.
pub async fn set(paypal: &Paypal, req: &Req) -> Reply {
    let form = req.form().await.unwrap_or_default();
    let mut books = paypal.books();
    let reports = &mut books.reports;
    reports.lag = form.int("lag").unwrap_or(reports.lag);
    if form.fields.contains_key("denied") {
        reports.denied = form.flag("denied");
    }
    if let Some(sum) = form.int("withdraw") {
        reports.withdrawn.push(Withdrawal {
            id: number(),
            sum,
            currency: form.text("currency").unwrap_or_else(|| "EUR".to_owned()),
            at: events::now(),
        });
    }
    drop(books);
    paypal.world.touched();
    reply(&json!({ "ok": true }))
}

/// `GET /v1/reporting/transactions`.
pub fn list(paypal: &Paypal, req: &Req) -> Reply {
    let moment = |name: &str| DateTime::parse_from_rfc3339(req.query(name)?).ok();
    let (Some(from), Some(until)) = (moment("start_date"), moment("end_date")) else {
        return methods::error(400, "INVALID_REQUEST", "MISSING_REQUIRED_PARAMETER");
    };
    if until < from || until - from > LONGEST {
        return methods::refused("INVALID_PARAMETER_SYNTAX");
    }
    let books = paypal.books();
    if books.reports.denied {
        return methods::error(403, "NOT_AUTHORIZED", "");
    }
    let known = Utc::now() - TimeDelta::seconds(books.reports.lag);
    let is_listed = |one: &Value| {
        let written = one["transaction_initiation_date"].as_str();
        let at = written.and_then(|at| DateTime::parse_from_str(at, "%Y-%m-%dT%H:%M:%S%z").ok());
        at.is_some_and(|at| at >= from && at <= until && at <= known)
    };
    let orders = books.orders.values().flat_map(of_order);
    let all = orders.chain(books.reports.withdrawn.iter().map(of_withdrawal));
    let mut all: Vec<Value> = all.filter(is_listed).collect();
    all.sort_by_key(|one| one["transaction_initiation_date"].to_string());
    reply(&page(&all, req, known))
}

/// A page of them; pages are counted from 1.
fn page(all: &[Value], req: &Req, known: DateTime<Utc>) -> Value {
    let wanted = |name: &str| req.query(name).and_then(|text| text.parse::<usize>().ok());
    let size = wanted("page_size").unwrap_or(100).clamp(1, 500);
    let number = wanted("page").unwrap_or(1).max(1);
    let shown = all.iter().skip((number - 1) * size).take(size);
    let details: Vec<Value> = shown
        .map(|one| json!({ "transaction_info": one }))
        .collect();
    json!({
        "transaction_details": details, "account_number": "SANDBOXSHOP00",
        "last_refreshed_datetime": known.format("%Y-%m-%dT%H:%M:%S+0000").to_string(), "page": number,
        "total_items": all.len(), "total_pages": all.len().div_ceil(size), "links": [],
    })
}

/// The payment of an order, and what went back of it.
fn of_order(order: &Order) -> Vec<Value> {
    let Some(capture) = order.capture.as_ref().filter(|_| order.is_paid()) else {
        return Vec::new();
    };
    let mut paid = transaction(
        (&capture.id, "T0006", &capture.taken_at),
        (order.sum, &order.currency),
    );
    paid["fee_amount"] = money(-fee(order.sum), &order.currency);
    let done = order.refunds.iter().filter(|one| one.status == "COMPLETED");
    let back = |one: &Refund| {
        let mut back = transaction(
            (&one.id, "T1107", &one.made_at),
            (-one.sum, &order.currency),
        );
        back["paypal_reference_id"] = json!(capture.id);
        back["paypal_reference_id_type"] = json!("TXN");
        back
    };
    let mut all: Vec<Value> = [paid].into_iter().chain(done.map(back)).collect();
    for one in &mut all {
        one["custom_field"] = json!(order.custom_id);
        one["invoice_id"] = json!(order.invoice_id);
    }
    all
}

fn of_withdrawal(one: &Withdrawal) -> Value {
    transaction((&one.id, "T0400", &one.at), (-one.sum, &one.currency))
}

fn transaction((id, code, at): (&str, &str, &str), (sum, currency): (i64, &str)) -> Value {
    let at = at.replace('Z', "+0000");
    json!({
        "transaction_id": id, "transaction_event_code": code, "transaction_initiation_date": at,
        "transaction_updated_date": at, "transaction_amount": money(sum, currency), "transaction_status": "S",
        "protection_eligibility": "01",
    })
}

/// What PayPal keeps: 3.4 % and 35 cents.
fn fee(sum: i64) -> i64 {
    sum * 34 / 1_000 + 35
}

fn money(sum: i64, currency: &str) -> Value {
    let sign = if sum < 0 { "-" } else { "" };
    let value = format!("{sign}{}", sums::text(sum.abs(), currency));
    json!({ "currency_code": currency, "value": value })
}
