//! Stripe: events that only say that something has happened; what, it is asked.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::TestApp;

use crate::payments::{months_left, statuses};
use crate::payments_stripe::{app, becomes, end};

async fn does(app: &TestApp, page: &str, act: Value) -> anyhow::Result<()> {
    app.at_stripe(page, &act).await
}

/// A page that was paid.
async fn paid(app: &TestApp) -> anyhow::Result<String> {
    let (_, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    does(app, &page, json!({ "act": "pay" })).await?;
    becomes(app, "BASIC").await?;
    Ok(page)
}

/// The sums that were reported under a word.
async fn reported(app: &TestApp, word: &str, sums: &str, count: i64) -> anyhow::Result<()> {
    let reports = format!(
        "SELECT count(*) AS count FROM payment_reports WHERE (status = '{word}' OR status LIKE '{word} d%') AND amount IN ({sums})"
    );
    eventually(async || Ok((app.count(&reports).await? == count).then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_another_version_become_a_plan_too() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.hears_stripe_in("2023-10-16").await?;
    paid(&app).await?;
    assert!(months_left(&app.subscription().await?, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_goes_back_at_the_dashboard_takes_the_plan_back() -> anyhow::Result<()> {
    let app = app().await?;
    let page = paid(&app).await?;
    does(&app, &page, json!({ "act": "refund" })).await?;
    becomes(&app, "FREE").await?;
    end(&app, "refunded", 1).await
}

/// 1.00, and then the rest: the sum of the second event is that of both.
#[tokio::test(flavor = "multi_thread")]
async fn parts_leave_the_plan_until_all_has_gone_back() -> anyhow::Result<()> {
    let app = app().await?;
    let page = paid(&app).await?;
    does(&app, &page, json!({ "act": "refund", "amount": 100 })).await?;
    reported(&app, "partially_refunded", "1.00", 1).await?;
    does(&app, &page, json!({ "act": "refund", "amount": 99 })).await?;
    reported(&app, "partially_refunded", "1.00, 1.99", 2).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    does(&app, &page, json!({ "act": "refund", "amount": 100 })).await?;
    becomes(&app, "FREE").await?;
    reported(&app, "refunded", "2.99", 1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_of_a_refusal_is_told_and_the_page_can_be_paid_all_the_same()
-> anyhow::Result<()> {
    let app = app().await?;
    for (decline, code) in [
        ("insufficient_funds", "E403"),
        ("expired_card", "E406"),
        ("do_not_honor", "E407"),
        ("authentication_required", "E408"),
    ] {
        let (order, page) = app.orders_by_stripe("BASIC", "EUR").await?;
        does(&app, &page, json!({ "act": "decline", "code": decline })).await?;
        end(&app, "failed", 1).await?;
        let path = format!("/v1/payments/{order}");
        let shown = app.as_seven(Method::GET, &path, Value::Null).await?.body;
        assert_eq!(shown["error"]["code"], code, "{shown}");
        does(&app, &page, json!({ "act": "pay" })).await?;
        end(&app, "failed", 0).await?;
    }
    assert_eq!(statuses(&app, "succeeded").await?, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_that_bounces_is_a_refusal() -> anyhow::Result<()> {
    let app = app().await?;
    let (order, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    let debit = json!({ "act": "pay", "method": "sepa_debit" });
    does(&app, &page, debit).await?;
    reported(&app, "processing", "2.99", 1).await?;
    does(&app, &page, json!({ "act": "bounces" })).await?;
    end(&app, "failed", 1).await?;
    let path = format!("/v1/payments/{order}");
    let shown = app.as_seven(Method::GET, &path, Value::Null).await?.body;
    assert_eq!(shown["error"]["code"], "E403", "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn disputes_are_reported_and_an_inquiry_is_not() -> anyhow::Result<()> {
    let app = app().await?;
    let page = paid(&app).await?;
    for act in ["inquiry", "inquiry_closed", "dispute"] {
        does(&app, &page, json!({ "act": act })).await?;
    }
    reported(&app, "disputed", "2.99", 1).await?;
    does(&app, &page, json!({ "act": "dispute_won" })).await?;
    reported(&app, "dispute_won", "2.99", 1).await?;
    let all = "SELECT count(*) AS count FROM payment_reports WHERE happened LIKE 'dispute%'";
    assert_eq!(app.count(all).await?, 2);
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

/// The first question after a change is answered from before it; a second event of the same change is there.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_out_of_date_is_mended_by_the_next_event() -> anyhow::Result<()> {
    let app = app().await?;
    let page = paid(&app).await?;
    app.sets_stripe(&json!({ "stale_reads": 1 })).await?;
    does(&app, &page, json!({ "act": "refund" })).await?;
    becomes(&app, "FREE").await?;
    end(&app, "refunded", 1).await
}
