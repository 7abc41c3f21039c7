//! Plans that renew: what their person changes, refunds, and the means of payment.

use chrono::TimeDelta;
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use vendors::payment::Happened;

use crate::hinting::{of, set};
use crate::keeping::{Ends, Renewing};
use crate::payments::statuses;

const HOUR: TimeDelta = TimeDelta::hours(1);

async fn quoted(kept: &Renewing, tier: &str) -> anyhow::Result<Value> {
    let asked = kept
        .ask(Method::POST, "/quote", json!({ "tier": tier }))
        .await?;
    assert_eq!(asked.status, 200, "{asked:?}");
    Ok(asked.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_charges_exactly_what_was_quoted_once_and_keeps_the_end_of_the_period()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    let quote = quoted(&kept, "PREMIUM").await?;
    // 11.99 without 2.99 at the very beginning: a cent more for each second that is rounded.
    let amount = quote["amount"].as_i64().expect("a sum");
    assert!((900..=901).contains(&amount), "{quote}");
    assert_eq!(quote["then"], 1_199);
    let without = kept.changes(json!({ "tier": "PREMIUM" })).await?;
    assert_eq!(without.refusal(), (400, "E104"));
    let change = json!({ "tier": "PREMIUM", "quote": quote["id"] });
    let changed = kept.changes(change.clone()).await?;
    assert_eq!(
        (changed.status, &changed.body["charge"]["status"]),
        (200, &json!("succeeded"))
    );
    assert_eq!(
        (&changed.body["tier"], &changed.body["renewal"]["amount"]),
        (&json!("PREMIUM"), &json!(1_199))
    );
    assert_eq!(of(&kept.vendor.asked)[0].amount, Decimal::new(amount, 2));
    assert_eq!(kept.paid_until().await?, until);
    assert_eq!(kept.changes(change).await?.refusal(), (409, "E602"));
    kept.is_at(until - HOUR);
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked)[1].amount, Decimal::new(1_199, 2));
    assert_eq!(kept.shown().await?["tier"], "PREMIUM");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_upgrade_changes_nothing_and_an_unanswered_one_is_settled_later()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    set(&kept.vendor.ends, Ends::Refused(None));
    let quote = quoted(&kept, "ADVANCED").await?;
    let refused = kept
        .changes(json!({ "tier": "ADVANCED", "quote": quote["id"] }))
        .await?;
    assert_eq!(refused.body["charge"]["status"], "failed");
    assert_eq!(
        (&refused.body["tier"], &refused.body["renewal"]["state"]),
        (&json!("BASIC"), &json!("active"))
    );
    set(&kept.vendor.ends, Ends::Lost);
    let quote = quoted(&kept, "ADVANCED").await?;
    let lost = kept
        .changes(json!({ "tier": "ADVANCED", "quote": quote["id"] }))
        .await?;
    assert_eq!(lost.body["charge"]["status"], "pending");
    let id = lost.body["charge"]["payment_id"].as_str().expect("an id");
    let call = kept
        .app
        .request(Method::POST, "/v1/webhooks/payments/stripe");
    call.json(&json!({ "order": id }))
        .send()
        .await?
        .error_for_status()?;
    let shown = kept.shown().await?;
    assert_eq!(
        (&shown["tier"], &shown["renewal"]["tier"]),
        (&json!("ADVANCED"), &json!("ADVANCED"))
    );
    assert_eq!(kept.vendor.takings(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_plan_begins_with_the_next_period_unless_it_is_undone() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("PREMIUM").await?;
    let until = kept.paid_until().await?;
    for (tier, amount) in [("BASIC", 299), ("PREMIUM", 1_199), ("BASIC", 299)] {
        let changed = kept.changes(json!({ "tier": tier })).await?;
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!(
            (&changed.body["tier"], &changed.body["renewal"]["amount"]),
            (&json!("PREMIUM"), &json!(amount))
        );
    }
    kept.is_at(until - HOUR);
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked)[0].amount, Decimal::new(299, 2));
    assert_eq!(kept.shown().await?["tier"], "PREMIUM");
    kept.is_at(until + HOUR);
    assert_eq!(kept.shown().await?["tier"], "BASIC");
    for wrong in [
        json!({}),
        json!({ "tier": "BASIC", "resume": true }),
        json!({ "tier": "FREE" }),
    ] {
        assert_eq!(kept.changes(wrong).await?.refusal(), (400, "E105"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_says_what_was_done_by_whom_and_for_which_payment() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let order = kept.subscribes("BASIC").await?;
    kept.ask(Method::DELETE, "", Value::Null).await?;
    let history = kept.ask(Method::GET, "/history", Value::Null).await?;
    let lines = history.body["data"].as_array().expect("a list");
    let actions: Vec<_> = lines
        .iter()
        .map(|line| line["action"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        actions,
        [
            "subscription_canceled",
            "renewal_canceled",
            "renewal_began",
            "subscription_paid",
        ]
    );
    assert_eq!(
        (&lines[3]["payment_id"], &lines[3]["by"]),
        (&json!(order), &json!("payment"))
    );
    assert_eq!(
        (&lines[3]["from_tier"], &lines[3]["to_tier"]),
        (&json!("FREE"), &json!("BASIC"))
    );
    let others = "/v1/subscriptions/00000000-0000-0000-0000-000000000000/history";
    assert_eq!(
        kept.app
            .as_seven(Method::GET, others, Value::Null)
            .await?
            .status,
        404
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_removed_is_forgotten_by_its_vendor_and_its_subscription_ends()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let all = kept
        .app
        .as_seven(Method::GET, "/v1/payment-methods", Value::Null)
        .await?;
    let card = &all.body["payment_methods"][0];
    assert_eq!(
        (&card["label"], &card["is_default"]),
        (&json!("Visa •• 4242"), &json!(true))
    );
    assert!(!all.body.to_string().contains("a-token-of-a-card"));
    let path = format!(
        "/v1/payment-methods/{}",
        card["id"].as_str().expect("an id")
    );
    let removed = kept
        .app
        .as_seven(Method::DELETE, &path, Value::Null)
        .await?;
    assert_eq!(
        (removed.status, &removed.body["subscription_canceled"]),
        (200, &json!(true))
    );
    assert_eq!(
        kept.app
            .as_seven(Method::DELETE, &path, Value::Null)
            .await?
            .status,
        404
    );
    for _ in 0..2 {
        kept.renews().await?;
        assert_eq!(of(&kept.vendor.forgotten), ["a-token-of-a-card"]);
    }
    let shown = kept.shown().await?;
    assert_eq!(
        (&shown["tier"], &shown["cancel_at_period_end"]),
        (&json!("BASIC"), &json!(true))
    );
    kept.is_at(kept.paid_until().await?);
    kept.renews().await?;
    assert_eq!(kept.shown().await?["tier"], "FREE");
    assert_eq!(of(&kept.vendor.asked), []);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_has_the_vendor_forget_the_card_and_charges_nothing_more() -> anyhow::Result<()>
{
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    let words = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let path = "/v1/users/me/deletion";
    assert_eq!(
        kept.app.as_seven(Method::POST, path, words).await?.status,
        202
    );
    kept.app.drain_jobs().await?;
    kept.is_at(until - HOUR);
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.forgotten), ["a-token-of-a-card"]);
    assert_eq!(of(&kept.vendor.asked), []);
    let left = "SELECT (SELECT count(*) FROM payment_methods) + (SELECT count(*) FROM renewals)
        + (SELECT count(*) FROM subscription_history) + (SELECT count(*) FROM vendor_requests) AS count";
    assert_eq!(kept.app.count(left).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_goes_back_stops_the_renewal() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let order = kept.subscribes("BASIC").await?;
    let event = money::payments::model::Event {
        provider: money::payments::model::PaymentProvider::Stripe,
        order_id: order.clone(),
        external_id: format!("T-{order}"),
        status: "REFUNDED".to_owned(),
        happened: Happened::Returned,
        amount: Decimal::new(299, 2),
        currency: "EUR".to_owned(),
        payer: None,
        refusal: None,
        returned: None,
        words: Value::Null,
    };
    kept.app.core.intake().take_in(&event).await?;
    let shown = kept.shown().await?;
    assert_eq!(
        (&shown["tier"], &shown["renewal"]["state"]),
        (&json!("FREE"), &json!("canceled"))
    );
    kept.renews().await?;
    assert_eq!(kept.shown().await?["renewal"]["state"], "ended");
    assert_eq!(of(&kept.vendor.asked), []);
    assert_eq!(statuses(&kept.app, "refunded").await?, 1);
    Ok(())
}
