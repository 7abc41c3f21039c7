//! Plans that are paid for on the web.

use reqwest::Method;
use reqwest::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY};
use serde_json::{Value, json};
use world::TestApp;

use super::{ANN, Accounts, PASSWORD};
use testkit::eventually;

const PURCHASE: &str = "/v1/subscriptions/purchase";

async fn buyer() -> anyhow::Result<(Accounts, String)> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    Ok((accounts, token))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_the_web_pays_in_roubles_and_comes_back_to_a_page_that_waits()
-> anyhow::Result<()> {
    let (ann, token) = buyer().await?;
    let order = json!({ "tier": "BASIC", "provider": "sbp_tinkoff" });
    let path = "/v1/checkout";
    let sold = ann.as_ann(Method::POST, path, &token, Some(order)).await?;
    assert_eq!(sold.status, 200, "{sold:?}");
    let text = |name: &str| sold.body[name].as_str().unwrap_or_default().to_owned();
    let (page, id) = (text("payment_url"), text("payment_id"));
    let bank: Value = {
        let url = ann.app.world.outside("/control/bank");
        ann.app.world.http.get(url).send().await?.json().await?
    };
    let to = bank["payments"][0]["success_url"].as_str();
    let to = to.unwrap_or_default();
    assert!(
        to.ends_with(&format!("/checkout/paid?payment={id}")),
        "{bank}"
    );
    ann.app.at_the_bank(&page, "pay").await?;
    let status = eventually(async || {
        let path = format!("/v1/payments/{id}");
        let told = ann.as_ann(Method::GET, &path, &token, None).await?;
        Ok((told.body["status"] == "succeeded").then_some(told))
    });
    assert_eq!(status.await?.body["tier"], "BASIC");
    let path = "/v1/subscriptions/me";
    let mine = ann.as_ann(Method::GET, path, &token, None).await?;
    assert_eq!(mine.body["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_a_provider_does_not_take_or_a_plan_has_no_price_in_is_refused()
-> anyhow::Result<()> {
    let (ann, token) = buyer().await?;
    let order = |currency: &str| {
        Some(json!({ "tier": "BASIC", "provider": "sbp_tinkoff", "currency": currency }))
    };
    for wrong in ["EUR", "rub", "", "XTR"] {
        let told = ann.as_ann(Method::POST, PURCHASE, &token, order(wrong));
        let told = told.await?;
        assert_eq!(told.refusal(), (400, "E105"), "{wrong}");
        assert!(told.body.to_string().contains("RUB"), "{told:?}");
    }
    ann.app.sql("UPDATE plans SET price_rub = NULL").await?;
    let none = ann.as_ann(Method::POST, PURCHASE, &token, order("RUB"));
    assert_eq!(none.await?.refusal(), (400, "E105"));
    assert_eq!(ann.count("payments").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_telegram_a_refusal_names_the_page_of_the_web() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let init_data = app.world.chat(7).init_data().await?;
    let order = json!({ "tier": "BASIC", "provider": "sbp_tinkoff" });
    let told = app.as_person(&init_data, Method::POST, "/v1/checkout", Some(order));
    let told = told.await?;
    assert_eq!(told.refusal(), (403, "E405"));
    assert!(told.body.to_string().contains("/checkout"), "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_there_in_three_languages_and_run_no_script_but_their_own()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (path, script) in [
        ("/checkout", "/checkout/checkout.js"),
        ("/checkout/paid", "/checkout/paid.js"),
    ] {
        for language in ["en", "ru", "zh"] {
            // A gateway adds fields of its own.
            let asked = format!("{path}?lang={language}&payment=x&PayerID=1");
            let page = app.request(Method::GET, &asked).send().await?;
            assert_eq!(page.status(), 200);
            assert_eq!(page.headers()[CONTENT_LANGUAGE], language);
            let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str()?.to_owned();
            assert!(policy.contains("script-src 'self'"), "{policy}");
            let text = page.text().await?;
            assert!(text.contains(script) && !text.contains("onclick"), "{text}");
        }
        let script = app.request(Method::GET, script).send().await?;
        assert_eq!(script.status(), 200);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plans_say_what_they_cost_in_each_money_and_who_takes_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql("INSERT INTO plan_prices VALUES ('BASIC', 'JPY', 450), ('BASIC', 'KWD', 0.9)")
        .await?;
    let told: Value = app
        .request(Method::GET, "/v1/plans")
        .send()
        .await?
        .json()
        .await?;
    let plans = told["plans"].as_array().cloned().unwrap_or_default();
    let basic = plans.iter().find(|plan| plan["tier"] == "BASIC");
    let prices = basic.map(|plan| plan["prices"].clone()).unwrap_or_default();
    let price = |currency: &str, amount: &str| json!({ "currency": currency, "amount": amount });
    let all = [
        ("CZK", "79.00"),
        ("EUR", "2.99"),
        ("JPY", "450"),
        ("KWD", "0.900"),
        ("USD", "2.99"),
    ];
    let all: Vec<Value> = all.map(|(currency, amount)| price(currency, amount)).into();
    assert_eq!(prices, json!(all));
    let stars = json!({ "provider": "telegram_stars", "currencies": ["XTR"] });
    let providers = told["providers"].as_array().cloned().unwrap_or_default();
    assert!(providers.contains(&stars), "{providers:?}");
    Ok(())
}
