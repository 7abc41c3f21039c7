//! Charges without a page: a PaymentIntent that is made and confirmed in one call, of what a session has kept.
//!
//! Sources: <https://docs.stripe.com/payments/save-during-payment> and
//! <https://docs.stripe.com/api/payment_intents/create>.

use serde_json::{Value, json};

use super::calls::{Field, failed};
use super::{Stripe, session, sums};
use crate::payment::saved::{card_label, end_of_month};
use crate::payment::{Charge, Saved};
use crate::{ProviderError, ProviderErrorKind as Kind};

/// Under which name of `metadata` the key of a charge without a page stands: those of sessions have none.
pub(super) const CHARGE: &str = "charge";

/// Ways to pay that are charged again as they are. iDEAL and Bancontact are kept as a direct debit, under another number.
pub(super) const AGAIN: [&str; 2] = ["card", "sepa_debit"];

/// Under which name of `metadata` the key of an order stands that is paid with Stripe's form.
pub(super) const INTENT: &str = "intent";

/// Where the parts of a token stand in what Stripe says, and what a client pays an order with.
pub(super) const TOKENS: &[&str] = &["client_secret", "customer", "payment_method"];

/// What has a session keep the means of payment.
pub(super) fn to_keep() -> [Field; 2] {
    let off_session = "off_session".to_owned();
    [
        ("customer_creation", "always".to_owned()),
        ("payment_intent_data[setup_future_usage]", off_session),
    ]
}

impl Stripe {
    /// The form of a charge.
    pub(super) fn to_charge(&self, charge: &Charge) -> Result<Vec<Field>, ProviderError> {
        let order = &charge.order;
        let (customer, method) = token(&charge.with.token)?;
        let amount = sums::minor(order.amount, &order.currency);
        let amount = amount.ok_or_else(|| failed(Kind::Rejected, "not a sum that Stripe takes"))?;
        let mut form = vec![
            ("amount", amount.to_string()),
            ("currency", order.currency.to_lowercase()),
            ("customer", customer.to_owned()),
            ("payment_method", method.to_owned()),
            ("off_session", "true".to_owned()),
            ("confirm", "true".to_owned()),
            ("description", order.description.clone()),
            ("metadata[payment]", order.id.to_string()),
            ("metadata[charge]", charge.key.clone()),
            ("expand[]", "latest_charge".to_owned()),
        ];
        form.extend(self.methods(order, true));
        Ok(form)
    }

    /// The PaymentIntent of a charge, by our number of it: that of a session, or its own.
    pub(super) async fn charged(&self, number: &str) -> Result<String, ProviderError> {
        if number.starts_with("pi_") {
            return Ok(number.to_owned());
        }
        let session = self.api.get(&session(number)?, &[]).await?;
        let intent = session["payment_intent"].as_str().map(str::to_owned);
        intent.ok_or_else(|| failed(Kind::Rejected, "the session was not paid"))
    }

    pub(super) async fn intent(&self, number: &str) -> Result<Value, ProviderError> {
        if !number.starts_with("pi_") || !is_number(number) {
            return Err(failed(Kind::Rejected, "not the number of a PaymentIntent"));
        }
        let expand = ("expand[]", "latest_charge".to_owned());
        self.api
            .get(&format!("payment_intents/{number}"), &[expand])
            .await
    }
}

/// A PaymentIntent as the session that it would have had, so that both are read in one way. Its number is that of the
/// intent. One that is paid with Stripe's form waits like a page: after a refusal the person may try again.
pub(super) fn as_session(intent: Value) -> Value {
    let paid = match intent["status"] == "succeeded" {
        true => "paid",
        false => "unpaid",
    };
    let page = match intent["metadata"][INTENT].is_string() {
        true => "open",
        false => "complete",
    };
    json!({
        "id": intent["id"], "object": "payment_intent", "mode": "payment", "status": page, "payment_status": paid,
        "amount_total": intent["amount"], "currency": intent["currency"], "metadata": intent["metadata"],
        "customer": intent["customer"],
        "payment_intent": intent,
    })
}

/// What a session has kept, if it was to keep something. With its PaymentIntent and charge.
pub(super) fn saved(session: &Value) -> Option<Saved> {
    let intent = &session["payment_intent"];
    if intent["setup_future_usage"] != "off_session" {
        return None;
    }
    let (customer, method) = (
        session["customer"].as_str()?,
        intent["payment_method"].as_str()?,
    );
    let details = &intent["latest_charge"]["payment_method_details"];
    Some(described(customer, method, details))
}

/// A means of payment, by what Stripe says of it: of a charge, or by itself.
pub(super) fn described(customer: &str, method: &str, details: &Value) -> Saved {
    let kind = details["type"].as_str().unwrap_or_default();
    let (about, number) = (&details[kind], details[kind]["last4"].as_str());
    let brand = match kind {
        "sepa_debit" => "SEPA".to_owned(),
        _ => capital(about["brand"].as_str().unwrap_or_default()),
    };
    let part = |name: &str| about[name].as_i64();
    let expires = part("exp_year").zip(part("exp_month"));
    Saved {
        token: format!("{customer}/{method}"),
        label: card_label(&brand, number.unwrap_or_default()).unwrap_or(brand),
        expires_on: expires
            .and_then(|(year, month)| end_of_month(year.try_into().ok()?, month.try_into().ok()?)),
    }
}

/// Brands are written small.
fn capital(brand: &str) -> String {
    let mut letters = brand.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// The customer, and the means of payment.
pub(super) fn token(token: &str) -> Result<(&str, &str), ProviderError> {
    let parts = token.split_once('/');
    let parts = parts.filter(|(customer, method)| is_number(customer) && is_number(method));
    parts.ok_or_else(|| failed(Kind::Rejected, "not a customer and a means of payment"))
}

/// Whether it may stand in an address as it is.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}
