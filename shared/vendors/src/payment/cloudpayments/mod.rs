//! CloudPayments: payment by card, SBP or a wallet on a page of the vendor.
//!
//! Source: <https://developers.cloudpayments.ru/>. Each try at the page is a transaction of its own, with a number that
//! is not the page's; so is each refund. Only the number of a transaction is one of a charge.

mod charges;
mod config;
mod fields;
mod statement;
mod words;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;
use hmac::{Hmac, KeyInit, Mac};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use sha2::Sha256;
use url::Url;
use uuid::Uuid;

use super::{
    Call, Charge, Disbelief, Gateway, Happened, Incoming, Line, Manners, Notification, Opened,
    Order, Receipt, Refund, Refunding, SERVICE, Sought, Terms, Verdict, sealed::Seal,
};
pub use config::{CloudPaymentsConfig, SETTINGS};
use fields::Fields;

use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::Language;
use kernel::currencies::minor;
use kernel::error::Error;

/// Name of this provider in errors.
pub const NAME: &str = "cloudpayments";

const CURRENCIES: &[&str] = &["RUB", "EUR", "USD"];

/// The same key within an hour gives the stored answer.
const REQUEST_ID: &str = "X-Request-ID";

pub(super) struct CloudPayments {
    http: reqwest::Client,
    config: CloudPaymentsConfig,
    seal: Seal,
}

/// What all answers have; their status is 200 also if it is a refusal.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    success: bool,
    message: Option<String>,
    model: Option<Box<RawValue>>,
}

/// A page to pay at, asked for.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewOrder<'a> {
    amount: Box<RawValue>,
    currency: &'a str,
    description: &'a str,
    invoice_id: String,
    /// Whom a token is kept for.
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<Uuid>,
    /// One stage: the money is taken without another call.
    require_confirmation: bool,
    send_email: bool,
    culture_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_redirect_url: Option<&'a Url>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_redirect_url: Option<&'a Url>,
}

/// Money to give back.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewRefund {
    transaction_id: u64,
    amount: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OrderModel {
    url: Url,
}

impl CloudPayments {
    pub(super) fn new(config: &CloudPaymentsConfig) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(config.timeout))?,
            config: config.clone(),
            seal: Seal::of(&config.api_secret),
        })
    }

    /// Calls a method; with a key, the effect of the same call again is that of one.
    async fn call(
        &self,
        method: &str,
        key: Option<&str>,
        body: &impl Serialize,
    ) -> Result<Answer, ProviderError> {
        let CloudPaymentsConfig {
            public_id,
            api_secret,
            api_url,
            ..
        } = &self.config;
        let base = api_url.as_str().trim_end_matches('/');
        let call = self.http.post(format!("{base}/{method}")).json(body);
        let mut call = call.basic_auth(public_id, Some(api_secret));
        if let Some(key) = key {
            call = call.header(REQUEST_ID, key);
        }
        let answer = http::answer(SERVICE, NAME, call).await?;
        http::parsed(SERVICE, NAME, &answer.success(SERVICE, NAME)?)
    }

    /// The transaction with this number.
    async fn transaction(&self, number: &str) -> Result<Fields, ProviderError> {
        let body = json!({ "TransactionId": whole_number(number)? });
        let answer = self.call("payments/get", None, &body).await?;
        answer.transaction()?.ok_or_else(|| answer.refusal())
    }

    /// The last transaction of an order: of its payments alone, or by the newer method of its refunds too.
    async fn last(&self, method: &str, order: &str) -> Result<Option<Fields>, ProviderError> {
        let body = json!({ "InvoiceId": order });
        let answer = self.call(method, None, &body).await?;
        match answer.transaction()? {
            None if !answer.is_not_found() => Err(answer.refusal()),
            found => Ok(found),
        }
    }

    /// What became of an order: its payment, and its last refund. The number may be that of a refund.
    async fn state(&self, order: &Sought) -> Result<Vec<Notification>, ProviderError> {
        let asked = match &order.external_id {
            Some(number) => Some(self.transaction(number).await?),
            None => self.last("payments/find", &order.id.to_string()).await?,
        };
        let (payment, refund) = match asked {
            None => return Ok(Vec::new()),
            Some(refund) if words::is_refund(&refund) => {
                let of = refund.get("OriginalTransactionId");
                let of = of.ok_or_else(|| protocol("OriginalTransactionId is missing"))?;
                (self.transaction(of).await?, Some(refund))
            }
            Some(payment) => (payment, None),
        };
        let status = payment.get("Status");
        let status = status.ok_or_else(|| protocol("Status is missing"))?;
        let payment = words::charge(&payment, status).map_err(protocol)?;
        let refund = match refund {
            None if payment.happened == Happened::Paid => {
                self.last("v2/payments/find", &payment.order_id).await?
            }
            known => known,
        };
        let back = refund.map(|refund| words::returned(&refund, &payment));
        let back = back.transpose().map_err(protocol)?.flatten();
        Ok([Some(payment), back].into_iter().flatten().collect())
    }
}

#[async_trait]
impl Gateway for CloudPayments {
    fn terms(&self) -> Terms {
        Terms {
            provider: "cloudpayments",
            vendor: NAME,
            currencies: CURRENCIES,
            looked_up_at_once: 1,
            renewal: Manners::of(NAME).renewal,
        }
    }

    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        let body = NewOrder {
            amount: sum(order.amount, &order.currency)?,
            currency: &order.currency,
            description: &order.description,
            invoice_id: order.id.to_string(),
            account_id: order.keep_for,
            require_confirmation: false,
            send_email: false,
            // The page has no Chinese.
            culture_name: match order.language {
                Language::Ru => "ru-RU",
                Language::En | Language::Zh => "en-US",
            },
            email: order.email.as_deref(),
            success_redirect_url: order.return_url.as_ref(),
            fail_redirect_url: order.return_url.as_ref(),
        };
        let key = format!("{}:open", order.id);
        let answer = self.call("orders/create", Some(&key), &body).await?;
        let page: OrderModel = answer.model()?;
        Ok(Opened {
            url: page.url,
            // The number of the page is none of a charge.
            external_id: None,
        })
    }

    /// By `Content-HMAC`, over the body as it was sent. What the other header is over, a form decoded, is not said in full.
    async fn verify(&self, call: &Incoming<'_>) -> Result<(), Disbelief> {
        let given = call.header("content-hmac").map(str::trim);
        let given = given.and_then(|given| STANDARD.decode(given).ok());
        let given = given.ok_or(Disbelief::Forged)?;
        let mac = Hmac::<Sha256>::new_from_slice(self.config.api_secret.as_bytes());
        let mac = mac.map_err(|_| Disbelief::Forged)?;
        let same = mac.chain_update(call.body).verify_slice(&given);
        same.map_err(|_| Disbelief::Forged)
    }

    fn read(&self, endpoint: &str, body: &[u8]) -> Result<Call, &'static str> {
        let fields = Fields::of_body(body)?;
        Ok(Call {
            event: words::event(endpoint, &fields),
            kind: endpoint.to_owned(),
            says: self.opened(words::said(endpoint, &fields)?),
        })
    }

    fn without_secrets(&self, body: &[u8]) -> Vec<u8> {
        self.kept(body).unwrap_or_else(|| body.to_vec())
    }

    fn answer(&self, verdict: Verdict) -> Receipt {
        Receipt::json(match verdict {
            Verdict::Taken => r#"{"code":0}"#,
            Verdict::NoOrder => r#"{"code":10}"#,
            Verdict::WrongSum => r#"{"code":12}"#,
        })
    }

    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        let mut found = Vec::new();
        for order in orders {
            found.extend(self.state(order).await?);
        }
        Ok(found)
    }

    /// The key makes it one charge for an hour, and the last payment of the order is asked for before
    /// ([`CloudPayments::charged`]). The vendor has no call that makes it forget a token.
    async fn charge_saved(&self, charge: &Charge) -> Result<Vec<Notification>, ProviderError> {
        self.charged(charge).await
    }

    async fn statement(&self, day: NaiveDate) -> Result<Option<Vec<Line>>, ProviderError> {
        let question = statement::question(day);
        let answer = self.call("payments/list", None, &question).await?;
        let all: Vec<Box<RawValue>> = answer.model()?;
        let mut lines = Vec::new();
        for one in all {
            let one = Fields::of_json(one.get().as_bytes()).map_err(protocol)?;
            lines.extend(statement::lines(&one).map_err(protocol)?);
        }
        Ok(Some(lines))
    }

    /// The key makes it one refund for an hour; afterwards only the last refund of the order can be asked for.
    async fn refund(&self, refund: &Refund) -> Result<Refunding, ProviderError> {
        let body = NewRefund {
            transaction_id: whole_number(&refund.charge)?,
            amount: sum(refund.amount, &refund.currency)?,
        };
        let answer = self
            .call("payments/refund", Some(&refund.key), &body)
            .await?;
        if !answer.success {
            return Err(answer.refusal());
        }
        let number = answer.transaction()?;
        let number = number.and_then(|refund| refund.get("TransactionId").map(str::to_owned));
        Ok(Refunding::Done(number))
    }
}

impl Answer {
    /// The transaction that it is about, also if that was declined.
    fn transaction(&self) -> Result<Option<Fields>, ProviderError> {
        let Some(model) = &self.model else {
            return Ok(None);
        };
        let fields = Fields::of_json(model.get().as_bytes()).map_err(protocol)?;
        Ok(Some(fields).filter(|fields| fields.get("TransactionId").is_some()))
    }

    /// What a success brings.
    fn model<T: serde::de::DeserializeOwned>(&self) -> Result<T, ProviderError> {
        if !self.success {
            return Err(self.refusal());
        }
        let model = self.model.as_ref().map_or("", |model| model.get());
        http::parsed(SERVICE, NAME, model.as_bytes())
    }

    fn is_not_found(&self) -> bool {
        let message = self.message.as_deref().unwrap_or_default();
        !self.success && message.eq_ignore_ascii_case("not found")
    }

    fn refusal(&self) -> ProviderError {
        let fields = self.model.as_ref();
        let fields = fields.and_then(|model| Fields::of_json(model.get().as_bytes()).ok());
        let field = |name: &str| fields.as_ref().and_then(|fields| fields.get(name));
        let code = field("ReasonCode");
        let texts = [code, field("Reason"), self.message.as_deref()];
        let text = texts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        failed(
            words::kind_of(code),
            text.chars().take(500).collect::<String>(),
        )
    }
}

/// A sum as JSON has it, with both decimals.
fn sum(amount: Decimal, currency: &str) -> Result<Box<RawValue>, ProviderError> {
    let refuse = || {
        failed(
            Kind::Rejected,
            "not a sum in RUB, EUR or USD with two decimals",
        )
    };
    let known = CURRENCIES.contains(&currency);
    let hundredths = minor(amount, currency).filter(|sum| known && *sum > 0);
    let sum = Decimal::new(hundredths.ok_or_else(refuse)?, 2);
    RawValue::from_string(sum.to_string()).map_err(|_| refuse())
}

fn whole_number(number: &str) -> Result<u64, ProviderError> {
    let number = number.parse();
    number.map_err(|_| {
        failed(
            Kind::Rejected,
            "the number of a transaction has digits alone",
        )
    })
}

fn protocol(why: &'static str) -> ProviderError {
    failed(Kind::Protocol, why)
}

fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}
