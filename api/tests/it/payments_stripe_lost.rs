//! Events and answers of Stripe that are lost.

use chrono::Utc;
use jobs::ledger;
use money::payments::asking::AskAgain;
use reqwest::Method;
use serde_json::{Value, json};
use vendors::payment::{Happened, Notification, Refund, Refunding, Sought};
use world::TestApp;

use crate::payments::statuses;
use crate::payments_lost::{a_day_passes, expire, lost};
use crate::payments_stripe::{app, becomes, does, number};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_went_back_before_it_was_asked_for_is_refunded_though_no_event_comes()
-> anyhow::Result<()> {
    let app = app().await?;
    lost(&app, "stripe").await?;
    let (_, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    does(&app, &page, "pay").await?;
    does(&app, &page, "refund").await?;
    a_day_passes(&app).await?;
    expire(&app).await?;
    assert_eq!(statuses(&app, "refunded").await?, 1);
    assert_eq!(app.subscription().await?["tier"], "FREE");
    Ok(())
}

/// A purchase of BASIC with a key: status and body.
async fn keyed(app: &TestApp, key: &str) -> anyhow::Result<(u16, Value)> {
    let call = app
        .request(Method::POST, "/v1/subscriptions/purchase")
        .header("X-API-Key", world::N8N_KEY)
        .header("X-Telegram-User-Id", "7")
        .header("Idempotency-Key", key)
        .json(&json!({ "tier": "BASIC", "provider": "stripe" }));
    let response = call.send().await?;
    Ok((response.status().as_u16(), response.json().await?))
}

async fn loses_the_answer(app: &TestApp) -> anyhow::Result<()> {
    let lost = json!({ "stripe": { "methods": { "checkout.sessions.create": { "lost_reply_rate": 1 } } } });
    app.world.faults(lost).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_goes_on_with_the_one_page_whose_address_was_lost() -> anyhow::Result<()> {
    let app = app().await?;
    loses_the_answer(&app).await?;
    for _ in 0..2 {
        let (status, body) = keyed(&app, "one").await?;
        assert_eq!((status, &body["code"]), (503, &json!("E404")));
    }
    app.world.no_faults().await?;
    let (status, body) = keyed(&app, "one").await?;
    assert_eq!(status, 200, "{body}");
    let known = app.account_at_stripe().await?["sessions"].clone();
    let known = known.as_array().expect("a list");
    assert_eq!(known.len(), 1, "one page, however often it was asked for");
    assert_eq!(known[0]["url"], body["payment_url"]);
    assert_eq!(known[0]["client_reference_id"], body["payment_id"]);
    does(
        &app,
        body["payment_url"].as_str().expect("an address"),
        "pay",
    )
    .await?;
    becomes(&app, "BASIC").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_answer_and_events_were_lost_is_found_among_the_sessions()
-> anyhow::Result<()> {
    let app = app().await?;
    lost(&app, "stripe").await?;
    app.orders_by_stripe("PREMIUM", "USD").await?;
    loses_the_answer(&app).await?;
    assert_eq!(keyed(&app, "one").await?.0, 503);
    app.world.no_faults().await?;
    lost(&app, "stripe").await?;
    let known = app.account_at_stripe().await?["sessions"].clone();
    let of_basic = known
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["amount_total"] == 299);
    let page = of_basic.expect("a session")["url"].clone();
    does(&app, page.as_str().expect("an address"), "pay").await?;
    let (status, body) = keyed(&app, "one").await?;
    assert_eq!(
        (status, &body["code"]),
        (409, &json!("E602")),
        "it was paid meanwhile: {body}"
    );
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_goes_back_once_for_each_key_also_after_stripe_has_forgotten_it() -> anyhow::Result<()>
{
    let app = app().await?;
    let (order, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    does(&app, &page, "pay").await?;
    becomes(&app, "BASIC").await?;
    let stripe = app.core.providers.gateways.get("stripe")?;
    let sought = Sought {
        id: order.parse()?,
        external_id: Some(number(&page).to_owned()),
        created_at: Utc::now(),
    };
    let part = |key: &str, amount: &str| Refund {
        order: sought.clone(),
        charge: number(&page).to_owned(),
        amount: amount.parse().expect("a sum"),
        currency: "EUR".to_owned(),
        paid: "2.99".parse().expect("a sum"),
        key: key.to_owned(),
        payer: None,
    };
    let lost = json!({ "stripe": { "methods": { "refunds.create": { "lost_reply_rate": 1, "times": 1 } } } });
    app.world.faults(lost).await?;
    assert!(
        stripe.refund(&part("r-1", "1.00")).await.is_err(),
        "the answer is lost"
    );
    for _ in 0..2 {
        let given = stripe.refund(&part("r-1", "1.00")).await?;
        assert!(matches!(given, Refunding::Done(Some(_))), "{given:?}");
        app.sets_stripe(&json!({ "forget_keys": true })).await?;
    }
    let said = stripe.look_up(std::slice::from_ref(&sought)).await?;
    assert_eq!(said.len(), 3, "the refund by its number, and the sum");
    assert_eq!(
        (said[1].happened, said[1].returned),
        (Happened::PartlyReturned, "1.00".parse().ok())
    );
    assert!(
        stripe.refund(&part("r-2", "2.00")).await.is_err(),
        "more than is left"
    );
    stripe.refund(&part("r-3", "1.99")).await?;
    let said = stripe.look_up(std::slice::from_ref(&sought)).await?;
    assert_eq!(
        (said[1].happened, said[1].returned),
        (Happened::Returned, "2.99".parse().ok())
    );
    // Days later the bank of the buyer does not take it.
    does(&app, &page, "refund_fails").await?;
    let said = stripe.look_up(&[sought]).await?;
    let has_failed = |one: &&Notification| one.happened == Happened::ReturnFailed;
    let failed = said.iter().find(has_failed);
    let failed = failed.expect("the refund that has failed");
    assert_eq!(
        (said[0].happened, said[0].returned),
        (Happened::Paid, "2.99".parse().ok())
    );
    assert_eq!(
        (failed.happened, failed.amount),
        (Happened::ReturnFailed, "1.99".parse()?)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_without_a_word_gives_the_plan_back_the_next_night()
-> anyhow::Result<()> {
    let app = app().await?;
    let (_, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    does(&app, &page, "pay").await?;
    becomes(&app, "BASIC").await?;
    does(&app, &page, "refund").await?;
    becomes(&app, "FREE").await?;
    lost(&app, "stripe").await?;
    does(&app, &page, "refund_fails").await?;
    let ticket = ledger::enqueue(&mut *app.db().await?, &AskAgain {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    assert_eq!(statuses(&app, "succeeded").await?, 1);
    Ok(())
}
