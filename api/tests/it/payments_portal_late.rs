//! Answers of Stripe about a customer that come late.

use anyhow::Context;
use async_trait::async_trait;
use diesel_async::RunQueryDsl;
use kernel::Language;
use kernel::db::Pool;
use money::payments::model::PaymentProvider;
use money::renewals::customers::Customer;
use money::renewals::elsewhere;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;
use vendors::ProviderError;
use vendors::payment::{Elements, Intended, KeptNow, Order};
use world::TestApp;

/// Stripe, while whose answer is on its way something happens in the database.
struct Late<'a> {
    stripe: &'a dyn Elements,
    db: &'a Pool,
    meanwhile: String,
}

#[async_trait]
impl Elements for Late<'_> {
    fn publishable_key(&self) -> Option<&str> {
        self.stripe.publishable_key()
    }

    async fn intend(
        &self,
        order: &Order,
        customer: Option<&str>,
    ) -> Result<Intended, ProviderError> {
        self.stripe.intend(order, customer).await
    }

    async fn intended(&self, number: &str) -> Result<Option<Intended>, ProviderError> {
        self.stripe.intended(number).await
    }

    fn customer<'t>(&self, token: &'t str) -> Option<&'t str> {
        self.stripe.customer(token)
    }

    async fn portal(
        &self,
        customer: &str,
        language: Language,
        back: &Url,
    ) -> Result<Url, ProviderError> {
        self.stripe.portal(customer, language, back).await
    }

    async fn kept(&self, customer: &str) -> Result<Vec<KeptNow>, ProviderError> {
        let kept = self.stripe.kept(customer).await?;
        let mut conn = self.db.get().await.expect("a connection");
        let done = diesel::sql_query(&self.meanwhile).execute(&mut conn).await;
        assert_eq!(done.expect("a statement"), 1);
        Ok(kept)
    }
}

/// A card of person 7 that Stripe keeps for a customer, as it is written when it was paid with.
async fn bought(app: &TestApp, customer: &str) -> anyhow::Result<String> {
    let person = app.user_id(7).await?;
    let token = format!("{customer}/pm_later");
    let sealed = app.core.config.vault.seal(person, token.as_bytes())?;
    Ok(format!(
        "INSERT INTO payment_methods (id, user_id, provider, key_id, sealed, digest, label, created_at)
         VALUES (gen_random_uuid(), '{person}', 'stripe', '{}', '\\x{}', sha256('{token}'), 'Later', now())",
        sealed.key_id,
        hex::encode(&sealed.bytes)
    ))
}

async fn labels(app: &TestApp) -> anyhow::Result<Vec<String>> {
    let path = "/v1/payment-methods";
    let all = app.as_seven(Method::GET, path, Value::Null).await?;
    let all = all.body["payment_methods"].as_array().cloned();
    let label = |one: &Value| one["label"].as_str().map(str::to_owned);
    Ok(all.iter().flatten().filter_map(label).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_bought_while_stripe_was_asked_is_not_taken_for_one_that_was_removed()
-> anyhow::Result<()> {
    // Stripe knows no endpoint, so that it is asked here alone.
    let app = TestApp::start().await?;
    let order = json!({ "tier": "BASIC", "currency": "EUR", "renew": true });
    let begun = app.begins_form(&order, "").await?;
    assert_eq!(begun.status, 200, "{begun:?}");
    let account = app.account_at_stripe().await?;
    let number = account["customers"][0]["id"]
        .as_str()
        .context("no customer")?;
    let gateway = app.core.providers.gateways.get("stripe")?;
    let stripe = gateway.elements().context("no form")?;
    let late = Late {
        stripe,
        db: &app.core.db,
        meanwhile: bought(&app, number).await?,
    };
    let customer = Customer {
        provider: PaymentProvider::Stripe,
        number,
    };
    let (vault, now) = (&app.core.config.vault, app.core.clock.now());
    elsewhere::follow(&app.core.db, customer, (&late, vault), now).await?;
    assert_eq!(labels(&app).await?, ["Later"]);
    // Asked again, Stripe says of it that there is none.
    elsewhere::follow(&app.core.db, customer, (stripe, vault), now).await?;
    assert!(labels(&app).await?.is_empty());
    Ok(())
}
