//! Payments by Stripe.

use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};

use crate::TestApp;
use crate::app::Answer;
use crate::world::N8N_KEY;

/// Where Stripe sends its events.
const WEBHOOK: &str = "/v1/webhooks/payments/stripe";

impl TestApp {
    /// From now on Stripe sends its events to this API, in the version that it is written for.
    pub async fn hears_stripe(&self) -> anyhow::Result<()> {
        self.sets_stripe(&json!({ "endpoint": { "url": self.url(WEBHOOK) } }))
            .await
    }

    /// The same in another version.
    pub async fn hears_stripe_in(&self, version: &str) -> anyhow::Result<()> {
        let endpoint = json!({ "url": self.url(WEBHOOK), "api_version": version });
        self.sets_stripe(&json!({ "endpoint": endpoint })).await
    }

    /// Sets something of the sandbox's Stripe.
    pub async fn sets_stripe(&self, wanted: &Value) -> anyhow::Result<()> {
        let url = self.world.outside("/control/stripe");
        let call = self.world.http.put(url).json(wanted);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// Orders a month of a plan for person 7 in some money; the id of the payment and its page.
    pub async fn orders_by_stripe(
        &self,
        tier: &str,
        currency: &str,
    ) -> anyhow::Result<(String, String)> {
        let body = json!({ "tier": tier, "provider": "stripe", "currency": currency });
        let path = "/v1/subscriptions/purchase";
        let answer = self.as_seven(Method::POST, path, body).await?;
        let text = |name: &str| {
            let text = answer.body[name].as_str().map(str::to_owned);
            text.with_context(|| format!("no {name} in {answer:?}"))
        };
        Ok((text("payment_id")?, text("payment_url")?))
    }

    /// Begins a payment with Stripe's form for person 7.
    pub async fn begins_form(&self, order: &Value, key: &str) -> anyhow::Result<Answer> {
        let call = self
            .request(Method::POST, "/v1/payments/intents")
            .header("X-API-Key", N8N_KEY)
            .header("X-Telegram-User-Id", "7");
        let call = match key {
            "" => call,
            key => call.header("Idempotency-Key", key),
        };
        Answer::of(call.json(order).send().await?).await
    }

    /// A client sends the form of a payment that was begun, as Stripe's script does: with the publishable key and the
    /// secret of the intent. Status and body of Stripe's answer.
    pub async fn sends_form(
        &self,
        begun: &Value,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<(u16, Value)> {
        let text = |name: &str| begun[name].as_str().unwrap_or_default();
        let id = text("payment_intent_id");
        let path = format!("/stripe/v1/payment_intents/{id}/confirm");
        let mut form = vec![
            ("key", text("publishable_key")),
            ("client_secret", text("client_secret")),
        ];
        form.extend(fields);
        let call = self.world.http.post(self.world.outside(&path)).form(&form);
        let response = call.send().await?;
        Ok((response.status().as_u16(), response.json().await?))
    }

    /// Does something to the session of this page, such as `pay`, or `refund` with an `amount`.
    pub async fn at_stripe(&self, page: &str, act: &Value) -> anyhow::Result<()> {
        let session = page.rsplit('/').next().unwrap_or_default();
        let url = self.world.outside(&format!("/control/stripe/{session}"));
        let call = self.world.http.post(url).json(act);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// Everything that stands in the account at Stripe.
    pub async fn account_at_stripe(&self) -> anyhow::Result<Value> {
        let url = self.world.outside("/control/stripe");
        Ok(self.world.http.get(url).send().await?.json().await?)
    }

    /// A call of Stripe's webhook with this header; status and text of the answer.
    pub async fn tells_of_stripe(
        &self,
        body: &str,
        signature: &str,
    ) -> anyhow::Result<(u16, String)> {
        let call = self
            .request(Method::POST, WEBHOOK)
            .header("Stripe-Signature", signature)
            .header("Content-Type", "application/json");
        let response = call.body(body.to_owned()).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }
}
