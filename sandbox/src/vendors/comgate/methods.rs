//! Comgate's methods, in both versions: 2.0 speaks JSON, 1.0 forms. Source: <https://apidoc.comgate.cz/api/rest/>.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::payment::{Act, Payment};
use super::{Comgate, act, path_of, push};
use crate::http::{Form, Reply, status_json, with_type};

/// The least that is taken, in hundredths.
const LEAST: &[(&str, i64)] = &[
    ("CZK", 100),
    ("EUR", 10),
    ("PLN", 100),
    ("HUF", 10_000),
    ("USD", 100),
    ("GBP", 100),
    ("RON", 500),
    ("NOK", 50),
    ("SEK", 50),
];

/// What is answered, before it has a form.
pub struct Said {
    code: u16,
    fields: Map<String, Value>,
}

impl Said {
    pub fn no(code: u16, message: &str) -> Self {
        Self::with(code, message, json!({}))
    }

    fn with(code: u16, message: &str, more: Value) -> Self {
        let mut fields = Map::new();
        fields.insert("code".to_owned(), json!(code));
        fields.insert("message".to_owned(), json!(message));
        if let Value::Object(more) = more {
            fields.extend(more);
        }
        Self { code, fields }
    }

    fn yes(more: Value) -> Self {
        Self::with(0, "OK", more)
    }

    /// In the form of a version.
    pub fn reply(self, is_first: bool) -> Reply {
        if !is_first {
            let status = match self.code {
                0 => StatusCode::OK,
                1301 => StatusCode::UNAUTHORIZED,
                1100 | 1200 | 1500 => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::BAD_REQUEST,
            };
            return status_json(status, &self.fields);
        }
        // There, all is text, and each answer a 200.
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.fields {
            let text = value.as_str().map(str::to_owned);
            form.append_pair(name, &text.unwrap_or_else(|| value.to_string()));
        }
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        with_type(StatusCode::OK, kind, form.finish())
    }
}

pub fn create(shop: &Comgate, form: &Form) -> Said {
    let payment = match ordered(form) {
        Ok(payment) => payment,
        Err(said) => return said,
    };
    let page = format!("{}{}", shop.world.here(), path_of(&payment));
    let said = json!({ "transId": payment.trans_id, "redirect": page });
    shop.state()
        .payments
        .insert(payment.trans_id.clone(), payment);
    shop.world.touched();
    Said::yes(said)
}

/// Charges the card of an earlier payment again. The shop is told what came of it by a push, as of a page.
pub fn recurring(shop: &Arc<Comgate>, form: &Form) -> Said {
    let first = form.text("initRecurringId").unwrap_or_default();
    let mut payment = match ordered(form) {
        Ok(payment) => payment,
        Err(said) => return said,
    };
    let mut state = shop.state();
    let kept = state.payments.get(&first);
    let Some(kept) = kept.filter(|one| one.is_kept && one.status == "PAID") else {
        return Said::no(1316, "the initial payment cannot be repeated");
    };
    "CARD_CZ_CSOB_2".clone_into(&mut payment.method);
    payment.status = match kept.charges.as_str() {
        "" => "PAID".to_owned(),
        charges => charges.to_owned(),
    };
    let number = payment.trans_id.clone();
    state.payments.insert(number.clone(), payment.clone());
    drop(state);
    shop.world.touched();
    // PENDING is never pushed.
    if payment.status != "PENDING" {
        push(shop, &payment);
    }
    Said::yes(json!({ "transId": number }))
}

/// What a form wants paid; the error is Comgate's.
fn ordered(form: &Form) -> Result<Payment, Said> {
    let curr = form.text("curr").unwrap_or_default();
    let label = form.text("label").unwrap_or_default();
    let Some((_, least)) = LEAST.iter().find(|(one, _)| *one == curr) else {
        return Err(Said::no(1310, "incorrect currency"));
    };
    let Some(price) = form.int("price") else {
        return Err(Said::no(1107, "price is missing"));
    };
    if price < *least {
        return Err(Said::no(1309, "incorrect amount"));
    }
    if !(1..=16).contains(&label.chars().count()) {
        return Err(Said::no(1305, "incorrect label"));
    }
    let again = form.text("initRecurringId").map(|_| String::new());
    let (Some(ref_id), Some(method)) = (form.text("refId"), form.text("method").or(again)) else {
        return Err(Said::no(1400, "refId and method are required"));
    };
    let id = uuid::Uuid::new_v4().simple().to_string().to_uppercase();
    let part = |from: usize| id.get(from..from + 4).unwrap_or_default();
    Ok(Payment {
        trans_id: format!("{}-{}-{}", part(0), part(4), part(8)),
        ref_id,
        price,
        curr,
        label,
        method,
        email: form.text("email").unwrap_or_default(),
        test: form.flag("test"),
        preauth: form.flag("preauth"),
        is_kept: form.flag("initRecurring"),
        status: "PENDING".to_owned(),
        url_paid: form.text("url_paid"),
        url_cancelled: form.text("url_cancelled"),
        url_pending: form.text("url_pending"),
        expires: chrono::Utc::now().timestamp() + lives(form.text("expirationTime")),
        ..Payment::default()
    })
}

/// Seconds of `30m`, `10h`, `2d`.
fn lives(written: Option<String>) -> i64 {
    let day = 86_400;
    let Some(written) = written else { return day };
    let number = written.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number = number.parse::<i64>().unwrap_or(1);
    match written.chars().last() {
        Some('m') => 60 * number,
        Some('h') => 3_600 * number,
        _ => day * number,
    }
}

pub fn status(shop: &Comgate, id: &str) -> Said {
    let mut state = shop.state();
    let Some(payment) = state.payments.get_mut(id) else {
        return Said::no(1400, "unknown transaction");
    };
    let status = payment.told();
    Said::yes(json!({
        "merchant": shop.merchant, "test": payment.test, "price": payment.price, "curr": payment.curr,
        "label": payment.label, "refId": payment.ref_id, "method": payment.by(), "email": payment.email,
        "name": "A Buyer", "payerName": "A Buyer", "payerAcc": "1000001/0100", "transId": payment.trans_id,
        "status": status, "fee": "unknown", "vs": "739689656",
    }))
}

pub fn refund(shop: &Comgate, form: &Form) -> Said {
    let id = form.text("transId").unwrap_or_default();
    let mut state = shop.state();
    let Some(payment) = state.payments.get_mut(&id) else {
        return Said::no(1400, "unknown transaction");
    };
    let back = payment.give_back(form.int("amount").unwrap_or_default());
    drop(state);
    shop.world.touched();
    match back {
        Ok(()) => Said::yes(json!({})),
        Err((code, message)) => Said::no(code, message),
    }
}

/// Cancels it, or takes what is reserved.
pub fn ends(shop: &Arc<Comgate>, id: &str, name: &str) -> Said {
    let wanted = Act {
        name: name.to_owned(),
        ..Act::default()
    };
    match act(shop, id, &wanted) {
        Ok(_) => Said::yes(json!({})),
        Err(why) => Said::no(1400, &why),
    }
}
