//! Orders that clients pay with Stripe's form, and the page at which customers change what is kept of them.
//!
//! Sources: <https://docs.stripe.com/api/payment_intents/create>, <https://docs.stripe.com/api/customer_portal>.

use async_trait::async_trait;
use kernel::Language;
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::calls::{Field, failed};
use super::{Stripe, charges, language, parsed, sums, unexpected};
use crate::payment::{Elements, Intended, KeptNow, Order};
use crate::{ProviderError, ProviderErrorKind as Kind};

/// Under which name of `metadata` our configuration of the page stands, and its present form: after a change of
/// [`PORTAL`] another one.
const CONFIGURATION: (&str, &str) = ("symancy_portal", "1");

/// What the page offers. We renew, so it cancels nothing.
const PORTAL: [(&str, &str); 8] = [
    ("features[customer_update][enabled]", "true"),
    ("features[customer_update][allowed_updates][0]", "name"),
    ("features[customer_update][allowed_updates][1]", "address"),
    ("features[customer_update][allowed_updates][2]", "tax_id"),
    ("features[invoice_history][enabled]", "true"),
    ("features[payment_method_update][enabled]", "true"),
    ("features[subscription_cancel][enabled]", "false"),
    ("metadata[symancy_portal]", CONFIGURATION.1),
];

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    client_secret: Option<String>,
    customer: Option<String>,
}

impl Made {
    fn intended(self) -> Result<Intended, ProviderError> {
        let secret = self.client_secret;
        Ok(Intended {
            number: self.id,
            secret: secret.ok_or_else(|| unexpected("a PaymentIntent without client_secret"))?,
            customer: self.customer,
        })
    }
}

impl Stripe {
    /// The form of an order that a client pays; not confirmed, so that it moves no money.
    fn to_intend(
        &self,
        order: &Order,
        customer: Option<String>,
    ) -> Result<Vec<Field>, ProviderError> {
        let amount = sums::minor(order.amount, &order.currency);
        let amount = amount.ok_or_else(|| failed(Kind::Rejected, "not a sum that Stripe takes"))?;
        let mut form = vec![
            ("amount", amount.to_string()),
            ("currency", order.currency.to_lowercase()),
            ("description", order.description.clone()),
            ("metadata[payment]", order.id.to_string()),
            ("metadata[intent]", key_of(order)),
        ];
        if let Some(customer) = customer {
            form.push(("customer", customer));
            form.push(("setup_future_usage", "off_session".to_owned()));
        }
        form.extend(self.methods(order, order.keep_for.is_some()));
        Ok(form)
    }

    /// A new customer, for whom the means of payment of an order is kept; asked twice within a day, it is one.
    async fn new_customer(&self, order: &Order, person: Uuid) -> Result<String, ProviderError> {
        let mut form = vec![("metadata[person]", person.to_string())];
        form.extend(order.email.iter().map(|email| ("email", email.clone())));
        let key = format!("{}:customer", order.id);
        let made: Named = parsed(&self.api.post("customers", &form, &key).await?)?;
        Ok(made.id)
    }

    /// Our configuration of the page, made once for an account.
    async fn configuration(&self) -> Result<&str, ProviderError> {
        let found = self.portal.get_or_try_init(|| self.configured()).await?;
        Ok(found)
    }

    async fn configured(&self) -> Result<String, ProviderError> {
        let path = "billing_portal/configurations";
        let query = [("active", "true".to_owned()), ("limit", "100".to_owned())];
        let all = self.through(path, &query, None).await?;
        let (name, form) = CONFIGURATION;
        if let Some(known) = all.iter().find(|one| one["metadata"][name] == form) {
            return Ok(parsed::<Named>(known)?.id);
        }
        let fields: Vec<Field> = PORTAL
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let key = format!("{name}:{form}");
        let made: Named = parsed(&self.api.post(path, &fields, &key).await?)?;
        Ok(made.id)
    }
}

#[async_trait]
impl Elements for Stripe {
    fn publishable_key(&self) -> Option<&str> {
        self.config.publishable_key.as_deref()
    }

    async fn intend(
        &self,
        order: &Order,
        customer: Option<&str>,
    ) -> Result<Intended, ProviderError> {
        let customer = match (order.keep_for, customer) {
            (None, _) => None,
            (Some(_), Some(known)) => Some(known.to_owned()),
            (Some(person), None) => Some(self.new_customer(order, person).await?),
        };
        let form = self.to_intend(order, customer)?;
        let made = self
            .api
            .post("payment_intents", &form, &key_of(order))
            .await?;
        parsed::<Made>(&made)?.intended()
    }

    async fn intended(&self, number: &str) -> Result<Option<Intended>, ProviderError> {
        let intent = self.intent(number).await?;
        if intent["status"] == "canceled" {
            return Ok(None);
        }
        parsed::<Made>(&intent)?.intended().map(Some)
    }

    fn customer<'a>(&self, token: &'a str) -> Option<&'a str> {
        charges::token(token).ok().map(|(customer, _)| customer)
    }

    async fn portal(
        &self,
        customer: &str,
        locale: Language,
        back: &Url,
    ) -> Result<Url, ProviderError> {
        #[derive(Deserialize)]
        struct Page {
            url: Url,
        }
        let form = [
            ("customer", customer.to_owned()),
            ("configuration", self.configuration().await?.to_owned()),
            ("locale", language(locale).to_owned()),
            ("return_url", back.to_string()),
        ];
        // Each page is a new one: an old one is over after a short time.
        let key = Uuid::new_v4().to_string();
        let made = self
            .api
            .post("billing_portal/sessions", &form, &key)
            .await?;
        Ok(parsed::<Page>(&made)?.url)
    }

    async fn kept(&self, customer: &str) -> Result<Vec<KeptNow>, ProviderError> {
        if !charges::is_number(customer) {
            return Err(failed(Kind::Rejected, "not the number of a customer"));
        }
        let path = format!("customers/{customer}");
        // A refusal says nothing of what is kept: another account's key does not know our customers. Of one that was
        // deleted Stripe still tells that.
        let known = self.api.get(&path, &[]).await?;
        if known["deleted"] == true {
            return Ok(Vec::new());
        }
        let chosen = &known["invoice_settings"]["default_payment_method"];
        let query = [("limit", "100".to_owned())];
        let all = self
            .through(&format!("{path}/payment_methods"), &query, None)
            .await?;
        Ok(all
            .iter()
            .filter_map(|one| now(customer, one, chosen))
            .collect())
    }
}

/// A means of payment, if it can be charged again.
fn now(customer: &str, method: &Value, chosen: &Value) -> Option<KeptNow> {
    let kind = method["type"].as_str()?;
    let id = method["id"].as_str()?;
    charges::AGAIN.contains(&kind).then(|| KeptNow {
        saved: charges::described(customer, id, method),
        is_default: chosen == id,
    })
}

/// The same in each try of one order.
fn key_of(order: &Order) -> String {
    format!("{}:intent", order.id)
}
