//! Comgate: payment by card or bank on a page of a gateway for the countries around Czechia.
//!
//! Sources: <https://apidoc.comgate.cz/api/rest/> (2.0), and Comgate's own SDK for PHP. A push proves nothing: it is
//! taken for a hint, and the state is asked for with the shop's password.

mod charges;
mod config;
mod money;
mod words;

use async_trait::async_trait;
use chrono::DateTime;
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;
use url::Url;

use super::{
    Call, Charge, Disbelief, Gateway, Incoming, Manners, Notification, Opened, Order, Receipt,
    Refund, Refunding, SERVICE, Said, Sought, Terms, Verdict,
};
pub use config::{ComgateConfig, SETTINGS};
use words::{fields, kind_of, notification, number, text};

use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::error::Error;

/// Name of this provider in errors.
pub const NAME: &str = "comgate";

/// The longest label, in characters: what the buyer reads on the page and in the bank's statement.
const LABEL_MAX: usize = 16;

/// How long a page can be paid at: as long as a payment is waited for here.
const PAGE_LIVES: &str = "1d";

pub(super) struct Comgate {
    http: reqwest::Client,
    config: ComgateConfig,
}

impl Comgate {
    pub(super) fn new(config: &ComgateConfig) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(config.timeout))?,
            config: config.clone(),
        })
    }

    /// The fields of an answer that says that all is well.
    async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<Map<String, Value>, ProviderError> {
        let mut url = self.config.api_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let (merchant, secret) = (&self.config.merchant, &self.config.secret);
        let call = self.http.request(method, url);
        let mut call = call.basic_auth(merchant, Some(secret));
        if let Some(body) = body {
            call = call.json(&body);
        }
        let answer = http::answer(SERVICE, NAME, call).await?;
        // A refusal says its code whatever the status is.
        let said = fields(&answer.body);
        let code = said.as_ref().ok().and_then(|said| text(said, "code"));
        match (code, answer.failure()) {
            (Some(code), None) if code == "0" => Ok(said.unwrap_or_default()),
            (Some(code), failure) if code != "0" => {
                let message = said.ok().and_then(|said| text(&said, "message"));
                let why = format!("{code}: {}", message.unwrap_or_default());
                let kind = match failure {
                    None | Some(Kind::Rejected) => kind_of(&code),
                    Some(kind) => kind,
                };
                Err(failed(kind, why.chars().take(500).collect::<String>()))
            }
            (_, Some(kind)) => Err(failed(kind, format!("status {}", answer.status))),
            _ => Err(failed(Kind::Protocol, "an answer without a code")),
        }
    }

    fn new_payment(&self, order: &Order) -> Result<Value, ProviderError> {
        let price = money::payable(order.amount, &order.currency);
        let price = price.map_err(|why| failed(Kind::Rejected, why))?;
        let mut body = json!({
            "test": self.config.test, "price": price, "curr": order.currency, "label": label(&order.title),
            "refId": order.id, "method": "ALL", "prepareOnly": true, "expirationTime": PAGE_LIVES,
            // The page has none of our other languages.
            "lang": "en",
        });
        if let Value::Object(body) = &mut body {
            if let Some(email) = order.email.as_ref().or(self.config.email.as_ref()) {
                body.insert("email".to_owned(), json!(email));
            }
            if order.keep_for.is_some() {
                body.insert("initRecurring".to_owned(), json!(true));
                // Nothing else is charged again.
                body.insert("method".to_owned(), json!("CARD_ALL"));
            }
            if let Some(url) = &order.return_url {
                for name in ["url_paid", "url_cancelled", "url_pending"] {
                    body.insert(name.to_owned(), json!(url));
                }
            }
        }
        Ok(body)
    }

    /// Whether a field is what it has to be, if it is there.
    fn is_own(&self, said: &Map<String, Value>, name: &str, own: &str) -> bool {
        let given = text(said, name);
        given.is_none_or(|given| given.as_bytes().ct_eq(own.as_bytes()).into())
    }

    /// The state of the payment with this number.
    async fn state(&self, number: &str) -> Result<Option<Notification>, ProviderError> {
        let file = format!("{number}.json");
        let path = ["payment", "transId", &file];
        let said = self.call(Method::GET, &path, None).await?;
        if !self.is_own(&said, "merchant", &self.config.merchant)
            || !self.is_own(&said, "transId", number)
        {
            return Err(failed(
                Kind::Protocol,
                "the state of another payment than was asked for",
            ));
        }
        let is_test = text(&said, "test").is_some_and(|test| test == "true" || test == "1");
        if is_test && !self.config.test {
            tracing::warn!(charge = number, "a test at Comgate is no money");
            return Ok(None);
        }
        let told = notification(&said, number);
        told.map(Some).map_err(|why| failed(Kind::Protocol, why))
    }
}

#[async_trait]
impl Gateway for Comgate {
    fn terms(&self) -> Terms {
        Terms {
            provider: NAME,
            vendor: NAME,
            currencies: &["CZK", "EUR"],
            looked_up_at_once: 1,
            renewal: Manners::of(NAME).renewal,
        }
    }

    /// There is nothing by which Comgate would know the same order again: each call makes a payment.
    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        let body = self.new_payment(order)?;
        let said = self
            .call(Method::POST, &["payment.json"], Some(body))
            .await?;
        let page = text(&said, "redirect").and_then(|page| Url::parse(&page).ok());
        match (page, number(&said)) {
            (Some(url), Some(number)) => Ok(Opened {
                url,
                external_id: Some(number),
            }),
            _ => Err(failed(
                Kind::Protocol,
                "a success without redirect or transId",
            )),
        }
    }

    async fn verify(&self, call: &Incoming<'_>) -> Result<(), Disbelief> {
        let push = fields(call.body).map_err(Disbelief::Malformed)?;
        number(&push).ok_or(Disbelief::Malformed("transId is missing"))?;
        let is_own = self.is_own(&push, "merchant", &self.config.merchant)
            && self.is_own(&push, "secret", &self.config.secret);
        match is_own {
            true => Ok(()),
            false => Err(Disbelief::Forged),
        }
    }

    fn is_proven(&self) -> bool {
        false
    }

    fn read(&self, _: &str, body: &[u8]) -> Result<Call, &'static str> {
        let push = fields(body)?;
        let number = number(&push).ok_or("transId is missing")?;
        let order = text(&push, "refId").ok_or("refId is missing")?;
        Ok(Call {
            // A key of number and status would be known to everyone: a forged push would stand in the way of the true one.
            event: None,
            kind: text(&push, "status").unwrap_or_else(|| "push".to_owned()),
            says: match order.parse() {
                Ok(id) => Said::Changed(Sought {
                    id,
                    external_id: Some(number),
                    // The push does not say it.
                    created_at: DateTime::UNIX_EPOCH,
                }),
                // Of a payment that was made at Comgate's own pages.
                Err(_) => Said::Nothing,
            },
        })
    }

    /// A push may carry the secret of the shop.
    fn without_secrets(&self, body: &[u8]) -> Vec<u8> {
        let Ok(mut push) = fields(body) else {
            return body.to_vec();
        };
        push.remove("secret");
        serde_json::to_vec(&push).unwrap_or_default()
    }

    /// Any 200 will do; the first version of the API wants these words.
    fn answer(&self, _: Verdict) -> Receipt {
        Receipt {
            content_type: "application/x-www-form-urlencoded",
            body: "code=0&message=OK",
        }
    }

    /// By Comgate's number alone: it cannot be asked by ours. An order without one was never answered, so that its page is
    /// known to no person and cannot have been paid at. A charge without a page may have been made all the same
    /// ([`Manners::finds_charges`]).
    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        let mut found = Vec::new();
        for order in orders {
            if let Some(number) = &order.external_id {
                found.extend(self.state(number).await?);
            }
        }
        Ok(found)
    }

    /// Comgate knows no charge again. One that was not answered is told by its push alone, which names the order.
    async fn charge_saved(&self, charge: &Charge) -> Result<Vec<Notification>, ProviderError> {
        Ok(vec![self.charged(charge).await?])
    }

    /// Comgate knows no refund again, and does not say what has gone back: one that was not answered is looked for on
    /// its pages, by this key.
    async fn refund(&self, refund: &Refund) -> Result<Refunding, ProviderError> {
        let amount = hundredths(refund.amount, &refund.currency)?;
        let body = json!({
            "transId": refund.charge, "amount": amount, "curr": refund.currency,
            "test": self.config.test, "refId": refund.key,
        });
        self.call(Method::POST, &["refund.json"], Some(body))
            .await?;
        Ok(Refunding::Done(None))
    }
}

/// What is sold, in a few characters: all of it, or what stands after the name of the house.
fn label(title: &str) -> String {
    let fits = title.chars().count() <= LABEL_MAX;
    let last = title.rsplit('·').next().map_or(title, str::trim);
    let label: String = if fits { title } else { last }
        .chars()
        .take(LABEL_MAX)
        .collect();
    match label.trim() {
        "" => "Symancy".to_owned(),
        label => label.to_owned(),
    }
}

fn hundredths(amount: Decimal, currency: &str) -> Result<i64, ProviderError> {
    money::hundredths(amount, currency).map_err(|why| failed(Kind::Rejected, why))
}

fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}
