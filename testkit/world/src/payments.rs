//! Purchases: with Stars, at the bank, and at CloudPayments.

use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};

use crate::TestApp;
use crate::app::Answer;
use crate::chat::Chat;
use crate::world::{N8N_KEY, WEBHOOK_SECRET};

impl TestApp {
    /// A request with JSON by a service for person 7.
    pub async fn as_seven(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> anyhow::Result<Answer> {
        let call = self
            .request(method, path)
            .header("X-API-Key", N8N_KEY)
            .header("X-Telegram-User-Id", "7");
        let call = if body.is_null() {
            call
        } else {
            call.json(&body)
        };
        Answer::of(call.send().await?).await
    }

    /// Orders a month of a plan for person 7; returns the id of the payment and its URL.
    pub async fn orders(&self, tier: &str, provider: &str) -> anyhow::Result<(String, String)> {
        let body = json!({ "tier": tier, "provider": provider });
        let answer = self
            .as_seven(Method::POST, "/v1/subscriptions/purchase", body)
            .await?;
        let text = |name: &str| {
            let text = answer.body[name].as_str().map(str::to_owned);
            text.with_context(|| format!("no {name} in {answer:?}"))
        };
        Ok((text("payment_id")?, text("payment_url")?))
    }

    /// The subscription of person 7.
    pub async fn subscription(&self) -> anyhow::Result<Value> {
        let path = "/v1/subscriptions/me";
        Ok(self.as_seven(Method::GET, path, Value::Null).await?.body)
    }

    /// A call of the webhook for relayed updates of payments.
    pub async fn relay_update(&self, update: &Value) -> anyhow::Result<Answer> {
        let call = self
            .request(Method::POST, "/v1/webhooks/payments/telegram")
            .header("X-Telegram-Bot-Api-Secret-Token", WEBHOOK_SECRET)
            .json(update);
        Answer::of(call.send().await?).await
    }

    /// A call of the bank's webhook; status and text of the answer.
    pub async fn notify(&self, body: &Value) -> anyhow::Result<(u16, String)> {
        let call = self.request(Method::POST, "/v1/webhooks/payments/tinkoff");
        let response = call.json(body).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// Makes the bank `pay`, `refuse` or `refund` the payment of this page.
    pub async fn at_the_bank(&self, page: &str, act: &str) -> anyhow::Result<()> {
        self.bank_does(page, &json!({ "act": act })).await
    }

    /// Makes the bank give back a part of the payment of this page.
    pub async fn gives_back(&self, page: &str, kopecks: i64) -> anyhow::Result<()> {
        let part = json!({ "act": "refund", "amount": kopecks });
        self.bank_does(page, &part).await
    }

    /// Registers the API at BTCPay Server and Comgate, as an operator does on their pages.
    pub async fn is_known_to_gateways(&self) -> anyhow::Result<()> {
        let hooks = "/btcpay/api/v1/stores/SandboxStore/webhooks";
        let hook = json!({
            "url": self.url("/v1/webhooks/payments/btcpay"), "secret": "sandbox-btcpay-webhook",
        });
        let call = self.world.http.post(self.world.outside(hooks)).json(&hook);
        let call = call.header("Authorization", "token sandbox-btcpay-key");
        call.send().await?.error_for_status()?;
        let push = json!({ "push_url": self.url("/v1/webhooks/payments/comgate") });
        let url = self.world.outside("/control/comgate");
        let call = self.world.http.put(url).json(&push);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// Makes a vendor of the sandbox do this with the payment of this page, or of this number.
    pub async fn at(&self, vendor: &str, page: &str, act: &str) -> anyhow::Result<()> {
        let number = page.rsplit('/').next().unwrap_or_default();
        let url = self.world.outside(&format!("/control/{vendor}/{number}"));
        let call = self.world.http.post(url).json(&json!({ "act": act }));
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// CloudPayments tells this API of payments from now on.
    pub async fn told_by_cloudpayments(&self) -> anyhow::Result<()> {
        let address = self.url("/v1/webhooks/payments/cloudpayments");
        let url = self.world.outside("/control/cloudpayments");
        let call = self.world.http.put(url);
        let call = call.json(&json!({ "notifications": address }));
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// Makes CloudPayments do this with the order of a page.
    pub async fn at_cloudpayments(&self, page: &str, act: Value) -> anyhow::Result<()> {
        let number = page.rsplit('/').next().unwrap_or_default();
        let url = self
            .world
            .outside(&format!("/control/cloudpayments/{number}"));
        let call = self.world.http.post(url).json(&act);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    async fn bank_does(&self, page: &str, act: &Value) -> anyhow::Result<()> {
        let number = page.rsplit('/').next().unwrap_or_default();
        let url = self.world.outside(&format!("/control/bank/{number}"));
        let call = self.world.http.post(url).json(act);
        call.send().await?.error_for_status()?;
        Ok(())
    }
}

impl Chat<'_> {
    /// Pays an invoice in Stars; returns the id of the charge, or why it could not be paid.
    pub async fn pays(&self, link: &str) -> anyhow::Result<Result<String, String>> {
        let call = self.http().post(self.url("payments"));
        let response = call.json(&json!({ "invoice": link })).send().await?;
        let answer: Value = response.json().await?;
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        Ok(text("telegram_payment_charge_id").ok_or_else(|| text("error").unwrap_or_default()))
    }

    /// The bot gives the Stars of a charge back.
    pub async fn gets_back(&self, charge: &str) -> anyhow::Result<()> {
        let url = self.bot_url("refundStarPayment");
        let body = json!({ "user_id": self.telegram_id(), "telegram_payment_charge_id": charge });
        let call = self.http().post(url).json(&body);
        call.send().await?.error_for_status()?;
        Ok(())
    }
}
