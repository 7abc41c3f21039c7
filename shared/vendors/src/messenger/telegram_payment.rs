//! Payments in Telegram Stars: invoices, and the updates of the Bot API about money, which the
//! webhooks' handlers read with [`parse`].
//!
//! Read leniently: a payment must not be ignored because of a field that is not known here. Source:
//! <https://core.telegram.org/bots/payments-stars>.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::TimeDelta;
use kernel::text::storable_json;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::Checkouts;
use super::telegram::{NAME, Telegram, failed};
use crate::payment::redact::redacted;
use crate::payment::{
    Call, Disbelief, Gateway, Happened, Incoming, Manners, Notification, Opened, Order, Receipt,
    Refund, Refunding, Renewed, Sought, Terms, Verdict,
};
use crate::{ProviderError, ProviderErrorKind as Kind};

/// Stars as a provider.
const PROVIDER: &str = "telegram_stars";

/// The currency of Telegram Stars.
pub(super) const STARS: &str = "XTR";

/// How often a subscription is paid, in seconds: Telegram takes no other period.
const MONTH: u32 = 2_592_000;

/// How far Telegram's clock and ours may be apart.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::minutes(5);

/// The names of what updates say of money.
pub(super) const PAID: &str = "successful_payment";
pub(super) const RETURNED: &str = "refunded_payment";

#[async_trait]
impl Gateway for Telegram {
    fn terms(&self) -> Terms {
        Terms {
            provider: PROVIDER,
            vendor: NAME,
            currencies: &[STARS],
            looked_up_at_once: 1_000,
            renewal: Manners::of(PROVIDER).renewal,
        }
    }

    /// Makes a link that opens an invoice, or a subscription ([`Order::keep_for`]) that Telegram charges again each thirty
    /// days with the same payload. Telegram numbers the charge, not the invoice.
    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        let whole = |stars: &u32| Decimal::from(*stars) == order.amount;
        let stars = order.amount.to_u32().filter(whole);
        let stars = stars.ok_or_else(|| failed(Kind::Rejected, "not a number of Stars"))?;
        // Stars need exactly one price and an empty provider token.
        let mut body = json!({
            "title": order.title, "description": order.description, "payload": order.id,
            "provider_token": "", "currency": STARS,
            "prices": [{ "label": order.title, "amount": stars }],
        });
        if order.keep_for.is_some() {
            body["subscription_period"] = json!(MONTH);
        }
        let url = self.call("createInvoiceLink", &body).await?;
        Ok(Opened {
            url,
            external_id: None,
        })
    }

    /// Never believed: what happened to Stars comes as updates of the bot.
    async fn verify(&self, _: &Incoming<'_>) -> Result<(), Disbelief> {
        Err(Disbelief::Forged)
    }

    fn read(&self, _: &str, _: &[u8]) -> Result<Call, &'static str> {
        Err("what happens to Stars comes as an update of the bot")
    }

    fn answer(&self, _: Verdict) -> Receipt {
        Receipt::EMPTY
    }

    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        let Some(since) = orders.iter().map(|order| order.created_at).min() else {
            return Ok(Vec::new());
        };
        let ids: BTreeSet<String> = orders.iter().map(|order| order.id.to_string()).collect();
        let mut moved = self.moved_since(since - CLOCKS_DIFFER_BY).await?;
        moved.retain(|one| ids.contains(&one.order_id));
        Ok(moved)
    }

    async fn renew(&self, renewed: &Renewed, goes_on: bool) -> Result<(), ProviderError> {
        let payer = renewed.payer;
        let payer = payer.ok_or_else(|| failed(Kind::Rejected, "the payer is not known"))?;
        let body = json!({
            "user_id": payer, "telegram_payment_charge_id": renewed.charge, "is_canceled": !goes_on,
        });
        let done = self.call::<bool>("editUserStarSubscription", &body).await;
        done.map(|_| ())
    }

    /// Stars go back as a whole, and once.
    async fn refund(&self, refund: &Refund) -> Result<Refunding, ProviderError> {
        let Some(payer) = refund.payer.filter(|_| refund.amount == refund.paid) else {
            return Err(failed(
                Kind::Rejected,
                "all Stars go back to a payer who is known, or none",
            ));
        };
        let body = json!({ "user_id": payer, "telegram_payment_charge_id": refund.charge });
        match self.call::<bool>("refundStarPayment", &body).await {
            Err(why) if why.message.contains("CHARGE_ALREADY_REFUNDED") => {
                Ok(Refunding::Done(None))
            }
            given => given.map(|_| Refunding::Done(None)),
        }
    }
}

#[async_trait]
impl Checkouts for Telegram {
    async fn answer_checkout(
        &self,
        query_id: &str,
        decision: Result<(), &str>,
    ) -> Result<(), ProviderError> {
        let mut body = json!({ "pre_checkout_query_id": query_id, "ok": decision.is_ok() });
        if let Err(why) = decision {
            body["error_message"] = json!(why);
        }
        let answered = self.call::<IgnoredAny>("answerPreCheckoutQuery", &body);
        answered.await.map(|_| ())
    }
}

/// An update about money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentUpdate {
    /// A person is about to pay; Telegram waits ten seconds for an answer.
    Checkout(Checkout),
    /// Money has come, or has gone back. Who paid is not always the one who has ordered.
    Moved(Notification),
}

/// A question that Telegram asks before it takes the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    pub query_id: String,
    /// The id of the payment, as we wrote it into the invoice.
    pub order_id: String,
    /// In whole Stars.
    pub amount: Decimal,
    pub currency: String,
    /// The Telegram id of the person who pays.
    pub payer: Option<i64>,
    /// IETF tag of the person who pays.
    pub language_code: Option<String>,
}

#[derive(Deserialize)]
struct Update {
    pre_checkout_query: Option<Value>,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    from: Option<Value>,
    successful_payment: Option<Value>,
    refunded_payment: Option<Value>,
}

/// Reads the body of a webhook call; `None` if it is not about money.
pub fn parse(body: &[u8]) -> Option<PaymentUpdate> {
    let update: Update = serde_json::from_slice(&storable_json(body)).ok()?;
    if let Some(query) = update.pre_checkout_query {
        return Some(PaymentUpdate::Checkout(Checkout {
            query_id: text(&query["id"]),
            order_id: text(&query["invoice_payload"]),
            amount: amount(&query),
            currency: text(&query["currency"]),
            payer: query["from"]["id"].as_i64(),
            language_code: query["from"]["language_code"].as_str().map(str::to_owned),
        }));
    }
    let message = update.message?;
    let payer = message.from.and_then(|from| from["id"].as_i64());
    let moved = |payment, happened, status| {
        PaymentUpdate::Moved(notification(&payment, happened, status, payer))
    };
    match (message.successful_payment, message.refunded_payment) {
        (Some(paid), _) => Some(moved(paid, Happened::Paid, PAID)),
        (_, Some(back)) => Some(moved(back, Happened::Returned, RETURNED)),
        _ => None,
    }
}

/// What cannot be read is stored as it came: it matches no order, and the alarm calls an operator.
fn notification(
    payment: &Value,
    happened: Happened,
    status: &str,
    payer: Option<i64>,
) -> Notification {
    let charge = payment["telegram_payment_charge_id"].as_str();
    Notification {
        order_id: text(&payment["invoice_payload"]),
        external_id: charge.map_or_else(|| payment.to_string(), str::to_owned),
        status: status.to_owned(),
        happened,
        amount: amount(payment),
        currency: text(&payment["currency"]),
        returned: None,
        payer,
        refusal: None,
        saved: None,
        words: redacted(payment, &["order_info"]),
    }
}

fn amount(payment: &Value) -> Decimal {
    Decimal::from(payment["total_amount"].as_i64().unwrap_or(0))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
