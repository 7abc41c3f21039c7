//! Plans that renew, and money that comes late, twice, or for what is over.

use chrono::{Months, TimeDelta};
use reqwest::Method;
use serde_json::{Value, json};

use crate::hinting::{of, set};
use crate::keeping::{Ends, Renewing};
use crate::payments::statuses;

const HOUR: TimeDelta = TimeDelta::hours(1);

/// The vendor tells that something has happened to this order.
async fn told_of(kept: &Renewing, order: &str) -> anyhow::Result<()> {
    let path = "/v1/webhooks/payments/stripe";
    let call = kept.app.request(Method::POST, path);
    let told = call.json(&json!({ "order": order })).send().await?;
    assert_eq!(told.status(), 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_buys_no_more_time_than_it_was_priced_for_however_late_its_money_comes()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    kept.is_at(until - HOUR * 50);
    let tier = json!({ "tier": "PREMIUM" });
    let quote = kept.ask(Method::POST, "/quote", tier).await?.body["id"].clone();
    set(&kept.vendor.ends, Ends::Lost);
    let wanted = json!({ "tier": "PREMIUM", "quote": quote });
    let changed = kept.changes(wanted).await?;
    let charge = changed.body["charge"]["payment_id"].as_str();
    let charge = charge.expect("an id").to_owned();
    kept.is_at(until + HOUR);
    told_of(&kept, &charge).await?;
    let same = format!(
        "SELECT count(*) AS count FROM payments WHERE id = '{charge}' AND status = 'succeeded'
            AND period_end - period_start = planned_until - planned_from AND period_start > '{until}'"
    );
    assert_eq!(kept.app.count(&same).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_is_paid_after_a_pause_and_a_refusal_loses_no_day() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let over = kept.paid_until().await? + Months::new(1);
    kept.changes(json!({ "paused_months": 1 })).await?;
    set(&kept.vendor.ends, Ends::Refused(None));
    kept.is_at(over);
    kept.renews().await?;
    assert_eq!(kept.shown().await?["tier"], "FREE", "nothing was paid for");
    set(&kept.vendor.ends, Ends::Paid);
    let second = over + TimeDelta::days(1) + HOUR;
    kept.is_at(second);
    kept.renews().await?;
    assert_eq!(kept.shown().await?["tier"], "BASIC");
    let whole = format!(
        "SELECT count(*) AS count FROM payments WHERE charge = 'renewal' AND status = 'succeeded'
            AND period_start >= '{second}'"
    );
    assert_eq!(kept.app.count(&whole).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_of_a_charge_that_was_given_up_buys_the_month_after_the_one_that_was_paid_instead()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    set(&kept.vendor.ends, Ends::Away);
    kept.is_at(until - HOUR);
    kept.renews().await?;
    let given_up = of(&kept.vendor.asked)[0].order.to_string();
    kept.app
        .sql("UPDATE payments SET status = 'canceled', ask_at = NULL WHERE charge IS NOT NULL")
        .await?;
    set(&kept.vendor.ends, Ends::Paid);
    kept.is_at(until);
    kept.renews().await?;
    kept.is_at(until + TimeDelta::days(2));
    kept.renews().await?;
    assert_eq!(statuses(&kept.app, "succeeded").await?, 2);
    kept.vendor.is_paid(&given_up);
    told_of(&kept, &given_up).await?;
    assert_eq!(statuses(&kept.app, "succeeded").await?, 3);
    let days = (kept.paid_until().await? - until).num_days();
    assert!((59..=62).contains(&days), "{days}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_removed_stays_away_though_its_vendor_tells_of_it_again()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let order = kept.subscribes("BASIC").await?;
    let cards = "/v1/payment-methods";
    let all = kept.app.as_seven(Method::GET, cards, Value::Null).await?;
    let id = all.body["payment_methods"][0]["id"].as_str();
    let card = format!("{cards}/{}", id.expect("an id"));
    let removed = kept
        .app
        .as_seven(Method::DELETE, &card, Value::Null)
        .await?;
    assert_eq!(removed.status, 200);
    told_of(&kept, &order).await?;
    let all = kept.app.as_seven(Method::GET, cards, Value::Null).await?;
    assert_eq!(all.body["payment_methods"], json!([]));
    let resumed = kept.changes(json!({ "resume": true })).await?;
    assert_eq!(resumed.refusal(), (409, "E602"));
    Ok(())
}
