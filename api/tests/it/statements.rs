//! Vendors' statements: fees and what went to the bank are booked, and money that is in one of both alone is found.

use jobs::ledger;
use money::books::jobs::TakeStatements;
use money::books::{compare, show};
use serde_json::json;
use world::TestApp;

use crate::payments::statuses;
use crate::payments_lost::lost;
use crate::payments_stripe::{app, becomes, does};
use crate::{payments_cloudpayments, payments_paypal};

async fn take_statements(app: &TestApp) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &TakeStatements {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}

/// What stands on an account, in cents.
async fn stands(app: &TestApp, account: &str) -> anyhow::Result<i64> {
    let conn = &mut *app.db().await?;
    for compared in compare::compare(conn).await? {
        assert_eq!(compared.difference(), 0, "{compared:?}");
    }
    let all = show::balance(conn).await?;
    let own = all.iter().filter(|one| one.account == account);
    Ok(own.map(|one| one.minor).sum())
}

/// The sandbox keeps 1.5 % and 25 cents of each charge: 29 cents of 2.99 EUR.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_vendor_keeps_and_sends_to_the_bank_is_booked_once() -> anyhow::Result<()> {
    let app = app().await?;
    let (_, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    does(&app, &page, "pay").await?;
    becomes(&app, "BASIC").await?;
    app.sets_stripe(&json!({ "payout": { "amount": 200, "currency": "eur" } }))
        .await?;
    for _ in 0..2 {
        take_statements(&app).await?;
        assert_eq!(stands(&app, "fees:stripe").await?, 29);
        assert_eq!(stands(&app, "bank").await?, 200);
        assert_eq!(stands(&app, "clearing:stripe").await?, 299 - 29 - 200);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_stands_in_a_statement_alone_is_asked_for_and_becomes_a_plan()
-> anyhow::Result<()> {
    let app = app().await?;
    lost(&app, "stripe").await?;
    let (_, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    does(&app, &page, "pay").await?;
    // It was given up: the reconciler asks about it no more.
    app.sql("UPDATE payments SET status = 'canceled', ask_at = NULL, created_at = created_at - interval '30 days'")
        .await?;
    take_statements(&app).await?;
    assert_eq!(statuses(&app, "succeeded").await?, 1);
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_without_an_answer_and_one_without_a_statement_change_nothing()
-> anyhow::Result<()> {
    let app = app().await?;
    let (_, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    does(&app, &page, "pay").await?;
    becomes(&app, "BASIC").await?;
    let away =
        json!({ "stripe": { "methods": { "balance_transactions.list": { "down": true } } } });
    app.world.faults(away).await?;
    take_statements(&app).await?;
    assert_eq!(stands(&app, "fees:stripe").await?, 0);
    assert_eq!(statuses(&app, "succeeded").await?, 1);
    Ok(())
}

/// Of what the sandbox's Transaction Search tells.
async fn reports(app: &TestApp, wanted: &serde_json::Value) -> anyhow::Result<()> {
    let url = app.world.outside("/control/paypal/reports");
    let call = app.world.http.put(url).json(wanted);
    call.send().await?.error_for_status()?;
    Ok(())
}

/// The sandbox keeps 3.4 % and 35 cents of each payment: 55 cents of 5.99 EUR.
#[tokio::test(flavor = "multi_thread")]
async fn what_paypal_keeps_and_sends_to_the_bank_is_booked_once_though_it_is_listed_late()
-> anyhow::Result<()> {
    let app = payments_paypal::start().await?;
    let (_, page) = app.orders("ADVANCED", "paypal").await?;
    payments_paypal::does(&app, &page, "approve").await?;
    becomes(&app, "ADVANCED").await?;
    reports(&app, &json!({ "withdraw": 200, "lag": 10_800 })).await?;
    take_statements(&app).await?;
    assert_eq!(stands(&app, "fees:paypal").await?, 0);
    reports(&app, &json!({ "lag": 0 })).await?;
    for _ in 0..2 {
        take_statements(&app).await?;
        assert_eq!(stands(&app, "fees:paypal").await?, 55);
        assert_eq!(stands(&app, "bank").await?, 200);
        assert_eq!(stands(&app, "clearing:paypal").await?, 599 - 55 - 200);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_without_the_feature_has_no_statement_and_nothing_is_missing() -> anyhow::Result<()>
{
    let app = payments_paypal::start().await?;
    let (_, page) = app.orders("ADVANCED", "paypal").await?;
    payments_paypal::does(&app, &page, "approve").await?;
    becomes(&app, "ADVANCED").await?;
    reports(&app, &json!({ "denied": true })).await?;
    take_statements(&app).await?;
    assert_eq!(stands(&app, "fees:paypal").await?, 0);
    assert_eq!(stands(&app, "clearing:paypal").await?, 599);
    Ok(())
}

/// The sandbox keeps 2.5 % of each payment: 7.47 of 299 roubles.
#[tokio::test(flavor = "multi_thread")]
async fn money_that_cloudpayments_alone_knows_of_becomes_a_plan_and_its_fee_is_booked_once()
-> anyhow::Result<()> {
    let app = payments_cloudpayments::started().await?;
    lost(&app, "cloudpayments").await?;
    let (_, page) = app.orders("BASIC", "cloudpayments").await?;
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
    // It was given up: the reconciler asks about it no more.
    app.sql("UPDATE payments SET status = 'canceled', ask_at = NULL, created_at = created_at - interval '30 days'")
        .await?;
    for _ in 0..2 {
        take_statements(&app).await?;
        assert_eq!(statuses(&app, "succeeded").await?, 1);
        assert_eq!(app.subscription().await?["tier"], "BASIC");
        assert_eq!(stands(&app, "fees:cloudpayments").await?, 747);
        assert_eq!(stands(&app, "clearing:cloudpayments").await?, 29_900 - 747);
    }
    Ok(())
}
