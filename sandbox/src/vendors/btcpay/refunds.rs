//! Pull payments: money that the buyer claims, and payouts of it. Source: the API's `PullPaymentData` and `PayoutData`.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Btcpay;
use super::invoice::{Invoice, Notice, text, units};
use super::methods::{problem, unprocessable};
use crate::http::{Form, Reply, json as reply};

/// Money that waits to be claimed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pull {
    pub id: String,
    pub invoice: String,
    pub name: String,
    pub description: String,
    pub currency: String,
    pub amount: String,
    pub payouts: Vec<Payout>,
}

/// A claim: AwaitingPayment, Completed, Cancelled.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Payout {
    pub id: String,
    pub state: String,
}

impl Pull {
    /// As the API shows it.
    pub fn shown(&self, here: &str) -> Value {
        json!({
            "id": self.id, "name": self.name, "description": self.description, "currency": self.currency,
            "amount": self.amount, "BOLT11Expiration": 30, "autoApproveClaims": true, "archived": false,
            "startsAt": 0, "expiresAt": null, "viewLink": format!("{here}/btcpay/pull-payments/{}", self.id),
        })
    }

    /// What was claimed of it, without what was cancelled.
    pub fn payouts(&self) -> Value {
        let alive = self.payouts.iter().filter(|one| one.state != "Cancelled");
        let shown = |payout: &Payout| {
            json!({
                "id": payout.id, "pullPaymentId": self.id, "state": payout.state, "revision": 0,
                "originalCurrency": self.currency, "originalAmount": self.amount, "payoutMethodId": "BTC-CHAIN",
                "payoutCurrency": "BTC", "payoutAmount": null, "destination": "bc1qbuyer", "metadata": {},
            })
        };
        alive.map(shown).collect()
    }

    /// Does what the buyer, or the shop's operator, does. The error is a sentence for them.
    pub fn act(&mut self, name: &str) -> Result<Vec<Notice>, String> {
        let open = self
            .payouts
            .iter()
            .position(|one| one.state == "AwaitingPayment");
        let free = self.payouts.iter().all(|one| one.state == "Cancelled");
        let (at, state, kind) = match (name, open) {
            ("claim", _) if free => {
                let id = uuid::Uuid::new_v4().simple().to_string();
                let state = String::new();
                self.payouts.push(Payout { id, state });
                (self.payouts.len() - 1, "AwaitingPayment", "PayoutCreated")
            }
            ("pay_out", Some(at)) => (at, "Completed", "PayoutUpdated"),
            ("cancel_payout", Some(at)) => (at, "Cancelled", "PayoutUpdated"),
            _ => return Err(format!("{name} is not possible now")),
        };
        let Some(payout) = self.payouts.get_mut(at) else {
            return Err(format!("{name} is not possible now"));
        };
        state.clone_into(&mut payout.state);
        let more = json!({
            "payoutId": payout.id, "pullPaymentId": self.id, "payoutState": state, "paymentMethodId": "BTC-CHAIN",
        });
        Ok(vec![Notice { kind, more }])
    }
}

/// `POST .../refund`.
pub fn refund(server: &Btcpay, id: &str, form: &Form) -> Reply {
    let invoice = server.state().invoices.get(id).cloned();
    let Some(invoice) = invoice else {
        return problem(
            StatusCode::NOT_FOUND,
            "invoice-not-found",
            "The invoice was not found",
        );
    };
    if !invoice.is_refundable() {
        let why = "Cannot refund this invoice";
        return problem(StatusCode::BAD_REQUEST, "non-refundable", why);
    }
    let (amount, currency) = match sum(&invoice, form) {
        Ok(sum) => sum,
        Err((field, why)) => return unprocessable(field, why),
    };
    let pull = Pull {
        id: uuid::Uuid::new_v4().simple().to_string(),
        invoice: invoice.id.clone(),
        name: form
            .text("name")
            .unwrap_or_else(|| format!("Refund {}", invoice.id)),
        description: form.text("description").unwrap_or_default(),
        currency,
        amount,
        payouts: Vec::new(),
    };
    let shown = pull.shown(&server.world.here());
    server.state().pulls.insert(pull.id.clone(), pull);
    server.world.touched();
    reply(&shown)
}

/// What a refund is worth.
fn sum(invoice: &Invoice, form: &Form) -> Result<(String, String), (&'static str, &'static str)> {
    let bitcoin = |satoshi: i64| (text(satoshi), "BTC".to_owned());
    match form.text("refundVariant").as_deref() {
        Some("RateThen" | "CurrentRate") => Ok(bitcoin(invoice.paid())),
        Some("OverpaidAmount") => Ok(bitcoin(invoice.paid() - invoice.price())),
        Some("Fiat") => Ok((invoice.amount.clone(), invoice.currency.clone())),
        Some("Custom") => {
            let amount = form.text("customAmount");
            let amount = amount.filter(|text| units(text).is_some_and(|units| units > 0));
            let amount = amount.ok_or(("customAmount", "Amount must be greater than 0"))?;
            let currency = form.text("customCurrency");
            Ok((
                amount,
                currency.ok_or(("customCurrency", "Invalid currency"))?,
            ))
        }
        _ => Err((
            "refundVariant",
            "`refundVariant` must be one of the known variants",
        )),
    }
}
