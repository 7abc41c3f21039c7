//! PayPal, by its Orders API of version 2: what is to be paid, taken, looked up and given back.
//!
//! Source: <https://developer.paypal.com/docs/api/orders/v2/>. A person who approves an order has not paid: the money is
//! taken by a call of ours, which [`Gateway::look_up`] makes when it sees an order that is approved. The charge goes by
//! the number of its order, which has one purchase and so one capture with money.

mod calls;
mod config;
mod hints;
mod money;
mod proof;
mod statement;
mod words;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    Call, Disbelief, Gateway, Happened, Incoming, Line, Manners, Notification, Opened, Order,
    Receipt, Refund, Refunding, SERVICE, Sought, Terms, Verdict,
};
use calls::{Calls, Failure, What};
pub use config::{PaypalConfig, SETTINGS};
use proof::Proof;
use words::{Capture, Dispute, Known, Refunded};

use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::Language;
use kernel::error::Error;

/// Name of this provider in errors.
pub const NAME: &str = "paypal";

/// The longest description that PayPal takes, in characters.
const DESCRIPTION_MAX: usize = 127;

pub(super) struct Paypal {
    calls: Calls,
    proof: Proof,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Disputes {
    items: Vec<Dispute>,
}

impl Paypal {
    pub(super) fn new(config: &PaypalConfig) -> Result<Self, Error> {
        let http = http::client(Some(config.timeout))?;
        Ok(Self {
            calls: Calls::new(http.clone(), config),
            proof: Proof::new(http, config),
        })
    }

    /// What a path answers; `None`: PayPal does not know what it names.
    async fn get(&self, path: &str) -> Result<Option<Bytes>, ProviderError> {
        match self.calls.call(path, What::Get).await {
            Ok(body) => Ok(Some(body)),
            Err(why) if why.is_unknown => Ok(None),
            Err(why) => Err(why.error),
        }
    }

    /// An order by its number, or by that of its capture. PayPal forgets an order that was not paid within hours.
    async fn find(&self, number: &str) -> Result<Option<Known>, ProviderError> {
        let is_number = |text: &str| {
            !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        };
        if !is_number(number) {
            return Ok(None);
        }
        if let Some(body) = self.get(&format!("/v2/checkout/orders/{number}")).await? {
            return Ok(Some(known(&body)?));
        }
        let Some(body) = self.get(&format!("/v2/payments/captures/{number}")).await? else {
            return Ok(None);
        };
        let order = parsed::<Capture>(&body)?
            .supplementary_data
            .related_ids
            .order_id;
        if !is_number(&order) {
            return Ok(None);
        }
        let body = self.get(&format!("/v2/checkout/orders/{order}")).await?;
        body.map(|body| known(&body)).transpose()
    }

    /// What happened to an order, whose money is taken if it can be.
    async fn story(
        &self,
        sought: &Sought,
        number: &str,
    ) -> Result<Vec<Notification>, ProviderError> {
        let Some(mut found) = self.find(number).await? else {
            return Ok(Vec::new());
        };
        let Some(ours) = found.ours(sought.id) else {
            return Ok(Vec::new());
        };
        // An order of another shop of the account is only looked at.
        let may_take = ours == sought.id;
        let ours = ours.to_string();
        if may_take && found.order.status == "APPROVED" {
            found = match self.capture(&found.order.id).await {
                Ok(taken) => taken,
                Err(why) => return self.not_taken(found, &ours, why).await,
            };
        }
        self.told(&found, &ours).await
    }

    /// Takes the money of an order that was approved; the same call again takes nothing.
    async fn capture(&self, order: &str) -> Result<Known, Failure> {
        let path = format!("/v2/checkout/orders/{order}/capture");
        let (key, body) = (format!("{order}:capture"), json!({}));
        let what = What::Post {
            key: &key,
            body: &body,
        };
        Ok(known(&self.calls.call(&path, what).await?)?)
    }

    /// What it means that no money was taken.
    async fn not_taken(
        &self,
        approved: Known,
        ours: &str,
        why: Failure,
    ) -> Result<Vec<Notification>, ProviderError> {
        if why.issue == "ORDER_ALREADY_CAPTURED" {
            // By a call whose answer was lost, or by another process. What is read now may still be what was before.
            let now = self.find(&approved.order.id).await?.unwrap_or(approved);
            return self.told(&now, ours).await;
        }
        let Some((happened, refusal)) = words::refused(&why.issue) else {
            return Err(why.error);
        };
        let said = approved.without_capture(ours, &why.issue, happened);
        let said = said.map_err(bad)?;
        Ok(vec![Notification { refusal, ..said }])
    }

    /// What PayPal says of an order, and of disputes about its money.
    async fn told(&self, found: &Known, ours: &str) -> Result<Vec<Notification>, ProviderError> {
        let mut said = found.said(ours).map_err(bad)?;
        let Some(capture) = found.capture().filter(|capture| capture.is_money()) else {
            return Ok(said);
        };
        for dispute in self.disputes(&capture.id).await? {
            let one = found.disputed(ours, &dispute).map_err(bad)?;
            if one.happened == Happened::DisputeLost {
                // The money went back once.
                said.retain(|other| other.happened != Happened::Returned);
            }
            said.push(one);
        }
        Ok(said)
    }

    async fn disputes(&self, capture: &str) -> Result<Vec<Dispute>, ProviderError> {
        let path = format!("/v1/customer/disputes?disputed_transaction_id={capture}");
        let listed = match self.calls.call(&path, What::Get).await {
            Ok(body) => parsed::<Disputes>(&body)?.items,
            // Money that came must not wait for a permission of the app.
            Err(why) if matches!(why.error.kind, Kind::Auth | Kind::Rejected) => {
                tracing::warn!(error = %why.error, "PayPal does not tell of disputes: the app needs the feature");
                return Ok(Vec::new());
            }
            Err(why) => return Err(why.error),
        };
        let mut all = Vec::new();
        for one in listed {
            if one.status != "RESOLVED" {
                all.push(one);
                continue;
            }
            // The list does not say how it ended.
            let path = format!("/v1/customer/disputes/{}", one.dispute_id);
            let whole = self.get(&path).await?;
            all.push(whole.map_or(Ok(one), |body| parsed(&body))?);
        }
        Ok(all)
    }
}

#[async_trait]
impl Gateway for Paypal {
    fn terms(&self) -> Terms {
        Terms {
            provider: NAME,
            vendor: NAME,
            currencies: &["EUR", "USD", "CZK"],
            looked_up_at_once: 1,
            renewal: Manners::of(NAME).renewal,
        }
    }

    /// Asked again within six hours, PayPal answers with the same order.
    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        let (key, body) = (format!("{}:open", order.id), body_of(order)?);
        let what = What::Post {
            key: &key,
            body: &body,
        };
        let made = self.calls.call("/v2/checkout/orders", what).await?;
        let made: words::Order = parsed(&made)?;
        // Its name with `payment_source`, and that of before.
        let is_page = |link: &&words::Link| matches!(link.rel.as_str(), "payer-action" | "approve");
        let page = made
            .links
            .iter()
            .find(is_page)
            .and_then(|link| link.href.parse().ok());
        match page {
            Some(url) if !made.id.is_empty() => Ok(Opened {
                url,
                external_id: Some(made.id),
            }),
            _ => Err(failed(
                Kind::Protocol,
                "an order without its id or its page",
            )),
        }
    }

    async fn verify(&self, call: &Incoming<'_>) -> Result<(), Disbelief> {
        self.proof.verify(call).await
    }

    fn read(&self, _: &str, body: &[u8]) -> Result<Call, &'static str> {
        hints::read(body)
    }

    fn answer(&self, _: Verdict) -> Receipt {
        Receipt::EMPTY
    }

    async fn statement(&self, day: NaiveDate) -> Result<Option<Vec<Line>>, ProviderError> {
        self.lines(day).await
    }

    /// An order without a number has no page that anyone knows of, so it was not paid.
    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        let mut found = Vec::new();
        for sought in orders {
            if let Some(number) = &sought.external_id {
                found.extend(self.story(sought, number).await?);
            }
        }
        Ok(found)
    }

    async fn refund(&self, refund: &Refund) -> Result<Refunding, ProviderError> {
        let order = self.find(&refund.charge).await?;
        let capture = order.as_ref().and_then(Known::capture);
        let capture =
            capture.ok_or_else(|| failed(Kind::Rejected, "no money came for this order"))?;
        let body = json!({ "amount": sum(refund.amount, &refund.currency)? });
        let path = format!("/v2/payments/captures/{}/refund", capture.id);
        let what = What::Post {
            key: &refund.key,
            body: &body,
        };
        let made: Refunded = parsed(&self.calls.call(&path, what).await?)?;
        let number = Some(made.id.clone()).filter(|id| !id.is_empty());
        match made.status.as_str() {
            "COMPLETED" => Ok(Refunding::Done(number)),
            _ if made.has_failed() => Err(failed(
                Kind::Rejected,
                format!("the refund is {}", made.status),
            )),
            _ => Ok(Refunding::Underway(number)),
        }
    }
}

fn body_of(order: &Order) -> Result<Value, ProviderError> {
    let description: String = order.description.chars().take(DESCRIPTION_MAX).collect();
    let locale = match order.language {
        Language::En => "en-US",
        Language::Ru => "ru-RU",
        Language::Zh => "zh-CN",
    };
    let mut context = json!({
        "user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING", "locale": locale,
    });
    if let Some(url) = &order.return_url {
        context["return_url"] = json!(url);
        context["cancel_url"] = json!(url);
    }
    Ok(json!({
        "intent": "CAPTURE",
        // PayPal takes the money of one invoice once, also by another order.
        "purchase_units": [{
            "custom_id": order.id, "invoice_id": order.id, "description": description,
            "amount": sum(order.amount, &order.currency)?,
        }],
        "payment_source": { "paypal": { "experience_context": context } },
    }))
}

fn sum(amount: rust_decimal::Decimal, currency: &str) -> Result<Value, ProviderError> {
    let value = money::value(amount, currency);
    let value = value.ok_or_else(|| failed(Kind::Rejected, "more decimals than PayPal takes"))?;
    Ok(json!({ "currency_code": currency, "value": value }))
}

fn known(body: &[u8]) -> Result<Known, ProviderError> {
    let words: Value = parsed(body)?;
    let order = words::Order::deserialize(&words);
    let order = order.map_err(|_| failed(Kind::Protocol, "not an order"))?;
    if order.id.is_empty() || order.status.is_empty() {
        return Err(failed(
            Kind::Protocol,
            "an order without its id or its status",
        ));
    }
    Ok(Known { order, words })
}

fn bad(why: &'static str) -> ProviderError {
    failed(Kind::Protocol, why)
}

fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, ProviderError> {
    http::parsed(SERVICE, NAME, body)
}
