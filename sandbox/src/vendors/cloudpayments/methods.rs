//! The methods of the API. Source: <https://developers.cloudpayments.ru/#api>.

use std::sync::Arc;

use serde_json::{Value, json};

use super::models::{self, hundredths, refusal, success};
use super::orders::{ordered, shown};
use super::state::{Notice, Transaction};
use super::{CloudPayments, charges, notify, url_of};
use crate::http::{Form, Reply, json as reply};

/// How long the answer to a request with an id is kept, in seconds.
const ANSWERS_LIVE: i64 = 3_600;

/// Calls a method. The same `X-Request-ID` again gives the stored answer.
pub fn call(site: &Arc<CloudPayments>, method: &str, id: Option<&str>, form: &Form) -> Reply {
    let moment = chrono::Utc::now().timestamp();
    if let Some(id) = id {
        let mut books = site.books();
        books
            .answers
            .retain(|_, (at, _)| *at + ANSWERS_LIVE > moment);
        if let Some((_, stored)) = books.answers.get(id) {
            return reply(stored);
        }
    }
    match answer(site, method, form) {
        Ok(answer) => {
            if let Some(id) = id {
                let stored = (moment, answer.clone());
                site.books().answers.insert(id.to_owned(), stored);
            }
            site.world.touched();
            reply(&answer)
        }
        Err(why) => refusal(&why),
    }
}

fn answer(site: &Arc<CloudPayments>, method: &str, form: &Form) -> Result<Value, String> {
    match method {
        "test" => Ok(json!({ "Success": true, "Message": uuid::Uuid::new_v4() })),
        "orders/create" => create(site, form),
        "orders/cancel" => cancel(site, form),
        "payments/get" => get(site, form),
        "payments/find" => find(site, form, |one| one.of.is_none()),
        "v2/payments/find" => find(site, form, |_| true),
        "payments/list" => list(site, form),
        "payments/tokens/charge" => charges::charge(site, form),
        "payments/confirm" | "payments/void" | "payments/refund" => change(site, method, form),
        "site/notifications/get" => Ok(notifications(site, form)),
        _ => update(site, form),
    }
}

fn create(site: &CloudPayments, form: &Form) -> Result<Value, String> {
    let order = ordered(site, form)?;
    if order.description.is_empty() {
        return Err("Description is required".to_owned());
    }
    let model = models::order(&order, &url_of(site, &order));
    site.books().orders.insert(order.id.clone(), order);
    Ok(success(&model))
}

fn cancel(site: &CloudPayments, form: &Form) -> Result<Value, String> {
    let id = form.text("Id").unwrap_or_default();
    let mut books = site.books();
    let order = books
        .orders
        .get_mut(&id)
        .filter(|order| order.status == "Created");
    let order = order.ok_or("Not found")?;
    "Cancelled".clone_into(&mut order.status);
    Ok(success(&Value::Null))
}

fn get(site: &CloudPayments, form: &Form) -> Result<Value, String> {
    let found = {
        let mut books = site.books();
        let id = form.int("TransactionId").unwrap_or_default();
        let found = books.transactions.get(&id).cloned();
        books.seen(found)
    };
    shown(site, found)
}

/// The last one of an order.
fn find(
    site: &CloudPayments,
    form: &Form,
    is_wanted: fn(&Transaction) -> bool,
) -> Result<Value, String> {
    let found = {
        let mut books = site.books();
        let invoice = form.text("InvoiceId");
        let all = books.transactions.values().rev();
        let mut all = all.filter(|one| one.order.invoice_id == invoice && is_wanted(one));
        let found = all.next().cloned();
        books.seen(found)
    };
    shown(site, found)
}

/// Those of one day, in UTC or in the time of Moscow; of the codes of zones no others are known here.
fn list(site: &CloudPayments, form: &Form) -> Result<Value, String> {
    let day = form.text("Date").unwrap_or_default();
    let hours = match form.text("TimeZone").as_deref() {
        None | Some("UTC" | "GMT") => 0,
        Some("MSK") => 3,
        Some(_) => return Err("Invalid TimeZone value".to_owned()),
    };
    let books = site.books();
    let of_day = books.transactions.values();
    let of_day = of_day.filter(|one| models::is_of_day(&one.created, &day, hours));
    let shown = of_day.map(|one| models::transaction(one, &site.public_id));
    Ok(success(&shown.collect()))
}

fn change(site: &Arc<CloudPayments>, method: &str, form: &Form) -> Result<Value, String> {
    let id = form.int("TransactionId").unwrap_or_default();
    let amount = form.text("Amount").map(|sum| hundredths(&sum));
    let amount = match amount {
        Some(None) => return Err("Invalid Amount value".to_owned()),
        given => given.flatten(),
    };
    let done: (Notice, Value) = {
        let mut books = site.books();
        match method {
            "payments/confirm" => (books.confirm(id, amount)?, Value::Null),
            "payments/void" => (books.void(id)?, Value::Null),
            _ => {
                let (notice, number) = books.refund(id, amount)?;
                (notice, json!({ "TransactionId": number }))
            }
        }
    };
    notify::send(site, vec![done.0]);
    Ok(success(&done.1))
}

fn notifications(site: &CloudPayments, form: &Form) -> Value {
    let kind = form.text("Type").unwrap_or_default();
    let address = site.books().addresses.get(&kind).cloned();
    success(&json!({
        "IsEnabled": address.is_some(), "Address": address, "HttpMethod": "POST", "Encoding": "UTF8",
        "Format": "CloudPayments",
    }))
}

fn update(site: &CloudPayments, form: &Form) -> Result<Value, String> {
    let kind = form.text("Type").unwrap_or_default();
    // Of Check only in the cabinet.
    if !notify::KINDS.contains(&kind.as_str()) || kind == "check" {
        return Err("Invalid Type value".to_owned());
    }
    let address = form.text("Address").filter(|_| form.flag("IsEnabled"));
    let mut books = site.books();
    match address {
        Some(address) => books.addresses.insert(kind, address),
        None => books.addresses.remove(&kind),
    };
    Ok(json!({ "Success": true, "Message": null }))
}
