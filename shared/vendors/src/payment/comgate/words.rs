//! Comgate's words: what a status, a code and a push mean.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::money::whole;
use crate::ProviderErrorKind as Kind;
use crate::payment::redact::redacted;
use crate::payment::saved::{card_label, expires_on};
use crate::payment::{Happened, Notification, Saved};
use kernel::text::storable_json;

/// What is not kept: what is about the buyer and the card, and the shop's password.
const LEFT_OUT: &[&str] = &[
    "secret",
    "email",
    "phone",
    "fullName",
    "name",
    "payerId",
    "payerName",
    "payerAcc",
    "payer_name",
    "payer_acc",
    "account",
    "cardNumber",
    "cardMasked",
    "cardValid",
];

/// The fields of a push, or of an answer: JSON, or a form as the first version of the API has it.
pub(super) fn fields(body: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let wrong = "neither a form nor a JSON object";
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') {
        return serde_json::from_slice(&storable_json(body)).map_err(|_| wrong);
    }
    let text = std::str::from_utf8(body).map_err(|_| wrong)?;
    if !text.contains('=') {
        return Err(wrong);
    }
    let pairs = form_urlencoded::parse(text.as_bytes());
    Ok(pairs
        .map(|(name, value)| (name.into_owned(), Value::String(value.replace('\0', ""))))
        .collect())
}

/// A field as text: numbers were texts in the first version of the API.
pub(super) fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number of Comgate's, such as `AB12-CD34-EF56`. It becomes a part of an address.
pub(super) fn number(fields: &Map<String, Value>) -> Option<String> {
    let is_number = |number: &String| {
        number.len() <= 40
            && number
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    text(fields, "transId").filter(is_number)
}

/// The state of a payment, from the answer to the question for it.
pub(super) fn notification(
    fields: &Map<String, Value>,
    number: &str,
) -> Result<Notification, &'static str> {
    let missing = "refId, status, price or curr is missing";
    let field = |name: &str| text(fields, name).ok_or(missing);
    let hundredths: i64 = field("price")?.parse().map_err(|_| missing)?;
    let status: String = field("status")?.chars().take(50).collect();
    let happened = happened(&status);
    Ok(Notification {
        order_id: field("refId")?,
        external_id: number.to_owned(),
        happened,
        status,
        amount: whole(hundredths),
        currency: field("curr")?,
        // What has gone back, Comgate does not say.
        returned: None,
        payer: None,
        refusal: None,
        saved: saved(fields, number).filter(|_| happened == Happened::Paid),
        words: redacted(&Value::Object(fields.clone()), LEFT_OUT),
    })
}

/// A card that can be charged again by the number of this payment. Whether the order asked for it, Comgate does not say.
fn saved(fields: &Map<String, Value>, number: &str) -> Option<Saved> {
    text(fields, "method").filter(|method| method.starts_with("CARD"))?;
    let card = text(fields, "cardNumber").and_then(|card| card_label("", &card));
    Some(Saved {
        token: number.to_owned(),
        label: card.unwrap_or_else(|| "Comgate".to_owned()),
        expires_on: text(fields, "cardValid").and_then(|date| expires_on(&date)),
    })
}

fn happened(status: &str) -> Happened {
    match status {
        "PENDING" => Happened::Open,
        "PAID" => Happened::Paid,
        "CANCELLED" => Happened::Abandoned,
        // AUTHORIZED: the money is reserved.
        _ => Happened::Underway,
    }
}

/// What the code of a refusal means: the shop is not known or not let in; a fault inside; anything else is about the
/// order.
pub(super) fn kind_of(code: &str) -> Kind {
    match code {
        "1301" => Kind::Auth,
        "1100" | "1200" | "1500" => Kind::Transient,
        _ => Kind::Rejected,
    }
}
