//! Stripe: one payment at a page of Stripe's (Checkout), by card or from a bank account in euros.
//!
//! A payment is known by the number of its Checkout Session (`cs_...`): Stripe says it when the page is opened, it is
//! the same from then on, and one question about it tells all that has happened. The PaymentIntent, of which money goes
//! back, exists from the first attempt to pay on; each session has one, and names it. A charge without a page, and an order
//! that a client pays with Stripe's form, is a PaymentIntent alone, and known by its number (`pi_...`).
//!
//! Sources: <https://docs.stripe.com/api/checkout/sessions>, `payment_intents`, `refunds` and `disputes` beside it, and
//! <https://docs.stripe.com/webhooks>.

mod calls;
mod charges;
mod config;
mod elements;
mod events;
mod lists;
mod signature;
mod statement;
mod sums;
mod words;

use async_trait::async_trait;
use chrono::{NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use super::{
    Call, Charge, Disbelief, Elements, Gateway, Happened, Incoming, Kept, Line, Manners,
    Notification, Opened, Order, Receipt, Refund, Refunding, Sought, Terms, Verdict,
};
use calls::{Api, Field, failed};
pub use config::{SETTINGS, StripeConfig};
use words::{Checkout, Ended};

use crate::payment::redact::masked;
use crate::payment::sealed::Seal;
use crate::{ProviderError, ProviderErrorKind as Kind};
use kernel::Language;
use kernel::error::Error;

/// Name of this provider in errors.
pub const NAME: &str = "stripe";

/// The version of the API that is sent with every call. Events of another one are hints.
pub(super) const VERSION: &str = "2026-10-28.endive";

/// Ways to pay that take euros alone.
const IN_EUROS: [&str; 3] = ["sepa_debit", "ideal", "bancontact"];

pub(super) struct Stripe {
    api: Api,
    config: StripeConfig,
    /// For the numbers of customers in calls that are kept.
    seal: Seal,
    /// Our configuration of the page for customers, once it is known.
    portal: OnceCell<String>,
}

#[derive(Deserialize)]
struct Session {
    id: String,
    url: Option<Url>,
}

#[derive(Deserialize)]
struct Returned {
    id: String,
    status: Option<String>,
}

impl Stripe {
    pub(super) fn new(config: &StripeConfig) -> Result<Self, Error> {
        Ok(Self {
            api: Api::new(config)?,
            config: config.clone(),
            seal: Seal::of(&config.secret_key),
            portal: OnceCell::new(),
        })
    }

    fn fields(&self, order: &Order) -> Result<Vec<Field>, ProviderError> {
        let amount = sums::minor(order.amount, &order.currency);
        let amount = amount.ok_or_else(|| failed(Kind::Rejected, "not a sum that Stripe takes"))?;
        let id = order.id.to_string();
        let back = order.return_url.as_ref().unwrap_or(&self.config.return_url);
        let price = "line_items[0][price_data][unit_amount]";
        let mut fields = vec![
            ("mode", "payment".to_owned()),
            ("client_reference_id", id.clone()),
            ("metadata[payment]", id.clone()),
            // A session's metadata is not copied to what it makes.
            ("payment_intent_data[metadata][payment]", id),
            (
                "payment_intent_data[description]",
                order.description.clone(),
            ),
            ("line_items[0][quantity]", "1".to_owned()),
            (price, amount.to_string()),
            (
                "line_items[0][price_data][currency]",
                order.currency.to_lowercase(),
            ),
            (
                "line_items[0][price_data][product_data][name]",
                order.title.clone(),
            ),
            (
                "line_items[0][price_data][product_data][description]",
                order.description.clone(),
            ),
            ("locale", language(order.language).to_owned()),
            ("success_url", back.to_string()),
            ("cancel_url", back.to_string()),
        ];
        fields.extend(self.methods(order, order.keep_for.is_some()));
        if order.keep_for.is_some() {
            fields.extend(charges::to_keep());
        }
        fields.extend(
            order
                .email
                .iter()
                .map(|email| ("customer_email", email.clone())),
        );
        Ok(fields)
    }

    /// The ways to pay for an order; those alone that are charged again without the person, or all.
    fn methods(&self, order: &Order, again: bool) -> impl Iterator<Item = Field> {
        let all = self.config.methods.iter().filter(move |one| {
            let is_offered = order.currency == "EUR" || !IN_EUROS.contains(&one.as_str());
            is_offered && (!again || charges::AGAIN.contains(&one.as_str()))
        });
        all.map(|method| ("payment_method_types[]", method.clone()))
    }

    /// The sessions that this may be about, with their PaymentIntents and charges.
    async fn sessions(&self, sought: &Sought) -> Result<Vec<Value>, ProviderError> {
        match sought.external_id.as_deref() {
            Some(number) if number.starts_with("cs_") => {
                let expand = ("expand[]", "payment_intent.latest_charge".to_owned());
                Ok(vec![self.api.get(&session(number)?, &[expand]).await?])
            }
            Some(number) => {
                let query = [
                    ("payment_intent", number.to_owned()),
                    ("expand[]", "data.payment_intent.latest_charge".to_owned()),
                ];
                let found = self.list("checkout/sessions", &query).await?.data;
                match found.is_empty() {
                    true => Ok(vec![charges::as_session(self.intent(number).await?)]),
                    false => Ok(found),
                }
            }
            None => {
                let expand = "data.payment_intent.latest_charge";
                let sessions = self.of_order(sought, "checkout/sessions", expand).await?;
                if !sessions.is_empty() {
                    return Ok(sessions);
                }
                let intents = self
                    .of_order(sought, "payment_intents", "data.latest_charge")
                    .await?;
                Ok(intents.into_iter().map(charges::as_session).collect())
            }
        }
    }

    /// What has happened to the money of a session.
    async fn told(&self, session: &Value) -> Result<Vec<Notification>, ProviderError> {
        let checkout = Checkout::of(session).map_err(unexpected)?;
        let Some(checkout) = checkout else {
            return Ok(Vec::new());
        };
        let refunds = match checkout.intent().filter(|_| checkout.has_charge()) {
            Some(intent) => self.refunds(intent).await?,
            None => Vec::new(),
        };
        let ended = Ended::of(&refunds).map_err(unexpected)?;
        let mut paid = checkout.paid(ended.failed).map_err(unexpected)?;
        if paid.happened == Happened::Paid {
            paid.saved = charges::saved(session);
        }
        let mut told = vec![paid];
        told.extend(checkout.returned(ended.failed).map_err(unexpected)?);
        told.extend(checkout.ended(&ended).map_err(unexpected)?);
        if let Some(intent) = checkout.intent().filter(|_| checkout.is_disputed()) {
            let query = [("payment_intent", intent.to_owned())];
            for dispute in self.list("disputes", &query).await?.data {
                told.extend(checkout.disputed(&dispute).map_err(unexpected)?);
            }
        }
        Ok(told)
    }

    async fn refunds(&self, intent: &str) -> Result<Vec<Value>, ProviderError> {
        let query = [
            ("payment_intent", intent.to_owned()),
            ("limit", "100".to_owned()),
        ];
        Ok(self.list("refunds", &query).await?.data)
    }

    /// A refund that was made with this key, also after Stripe has forgotten the key.
    async fn made(&self, intent: &str, key: &str) -> Result<Option<Returned>, ProviderError> {
        let all = self.refunds(intent).await?;
        let same = all.iter().find(|one| one["metadata"]["refund"] == key);
        same.map(parsed).transpose()
    }
}

#[async_trait]
impl Gateway for Stripe {
    fn terms(&self) -> Terms {
        Terms {
            provider: NAME,
            vendor: NAME,
            currencies: &["EUR", "USD", "CZK"],
            looked_up_at_once: 1,
            renewal: Manners::of(NAME).renewal,
        }
    }

    /// Asked twice within a day, there is one page of an order.
    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        let (form, key) = (self.fields(order)?, format!("{}:open", order.id));
        let made = self.api.post("checkout/sessions", &form, &key).await?;
        let made: Session = parsed(&made)?;
        let url = made
            .url
            .ok_or_else(|| failed(Kind::Protocol, "a session without url"))?;
        Ok(Opened {
            url,
            external_id: Some(made.id),
        })
    }

    async fn verify(&self, call: &Incoming<'_>) -> Result<(), Disbelief> {
        let header = call.header("stripe-signature").ok_or(Disbelief::Forged)?;
        let now = Utc::now().timestamp();
        match signature::is_right(header, call.body, &self.config.webhook_secret, now) {
            true => Ok(()),
            false => Err(Disbelief::Forged),
        }
    }

    fn read(&self, _: &str, body: &[u8]) -> Result<Call, &'static str> {
        events::read(body, &self.seal)
    }

    fn without_secrets(&self, body: &[u8]) -> Vec<u8> {
        if let Some(kept) = events::of_customer(body, &self.seal) {
            return kept;
        }
        masked(body, charges::TOKENS).unwrap_or_else(|| body.to_vec())
    }

    fn answer(&self, _: Verdict) -> Receipt {
        Receipt::EMPTY
    }

    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        let mut told = Vec::new();
        for order in orders {
            for session in self.sessions(order).await? {
                told.extend(self.told(&session).await?);
            }
        }
        Ok(told)
    }

    fn elements(&self) -> Option<&dyn Elements> {
        Some(self)
    }

    async fn statement(&self, day: NaiveDate) -> Result<Option<Vec<Line>>, ProviderError> {
        let [from, until] = statement::bounds(day).ok_or_else(|| unexpected("no such day"))?;
        let query = [
            ("created[gte]", from.to_string()),
            ("created[lte]", until.to_string()),
            ("limit", "100".to_owned()),
            ("expand[]", "data.source".to_owned()),
        ];
        let mut lines = Vec::new();
        for one in self.through("balance_transactions", &query, None).await? {
            lines.extend(statement::lines(&one).map_err(unexpected)?);
        }
        Ok(Some(lines))
    }

    /// The same key takes nothing twice within a day; afterwards [`Gateway::look_up`] finds the charge.
    async fn charge_saved(&self, charge: &Charge) -> Result<Vec<Notification>, ProviderError> {
        let form = self.to_charge(charge)?;
        let intent = self.api.charge(&form, &charge.key).await?;
        self.told(&charges::as_session(intent)).await
    }

    async fn forget_saved(&self, kept: &Kept) -> Result<(), ProviderError> {
        let (_, method) = charges::token(&kept.token)?;
        let path = format!("payment_methods/{method}/detach");
        let key = format!("{method}:detach");
        match self.api.post(&path, &[], &key).await {
            // There is none of this number, or it is detached.
            Err(why) if why.kind == Kind::Rejected => Ok(()),
            done => done.map(|_| ()),
        }
    }

    async fn refund(&self, refund: &Refund) -> Result<Refunding, ProviderError> {
        let amount = sums::minor(refund.amount, &refund.currency);
        let amount = amount.ok_or_else(|| failed(Kind::Rejected, "not a sum that Stripe takes"))?;
        let intent = self.charged(&refund.charge).await?;
        if let Some(made) = self.made(&intent, &refund.key).await? {
            return refunding(made);
        }
        let form = [
            ("payment_intent", intent),
            ("amount", amount.to_string()),
            ("metadata[payment]", refund.order.id.to_string()),
            ("metadata[refund]", refund.key.clone()),
        ];
        refunding(parsed(
            &self.api.post("refunds", &form, &refund.key).await?,
        )?)
    }
}

/// As Stripe spells it.
fn language(language: Language) -> &'static str {
    match language {
        Language::Ru => "ru",
        Language::En => "en",
        Language::Zh => "zh",
    }
}

fn refunding(made: Returned) -> Result<Refunding, ProviderError> {
    match made.status.as_deref() {
        Some("succeeded") => Ok(Refunding::Done(Some(made.id))),
        Some("failed" | "canceled") => Err(failed(Kind::Rejected, "the refund has failed")),
        _ => Ok(Refunding::Underway(Some(made.id))),
    }
}

/// The path of a session, whose number may stand in an address as it is.
fn session(number: &str) -> Result<String, ProviderError> {
    let is_number = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match number.starts_with("cs_") && number.chars().all(is_number) {
        true => Ok(format!("checkout/sessions/{number}")),
        false => Err(failed(Kind::Rejected, "not the number of a session")),
    }
}

fn parsed<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, ProviderError> {
    T::deserialize(value).map_err(|_| unexpected("an answer without its fields"))
}

fn unexpected(why: &'static str) -> ProviderError {
    failed(Kind::Protocol, why)
}
