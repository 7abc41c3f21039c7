//! Plans that renew: months that are charged, refused, put off and cancelled, with a clock that is moved.

use chrono::{Months, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use money::renewals::turn::{self, Turn};
use reqwest::Method;
use serde_json::{Value, json};
use vendors::payment::Refusal;
use world::{TestApp, World};

use crate::hinting::{of, set};
use crate::keeping::{Ends, Renewing};
use crate::payments::{moment, statuses};

const HOUR: TimeDelta = TimeDelta::hours(1);

/// The plan, its state, and how it goes on.
fn states(shown: &Value) -> (&str, &str, &str) {
    (
        shown["tier"].as_str().unwrap_or_default(),
        shown["status"].as_str().unwrap_or_default(),
        shown["renewal"]["state"].as_str().unwrap_or_default(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_renews_is_charged_each_month_of_a_year_without_a_gap() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let begun = Utc::now();
    kept.subscribes("BASIC").await?;
    let shown = kept.shown().await?;
    assert_eq!(states(&shown), ("BASIC", "active", "active"));
    let renewal = &shown["renewal"];
    assert_eq!(
        (&renewal["amount"], &renewal["currency"]),
        (&json!(299), &json!("EUR"))
    );
    assert_eq!(renewal["payment_method"]["label"], "Visa •• 4242");
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked), [], "nothing is due yet");
    for month in 1..=12 {
        let until = kept.paid_until().await?;
        kept.is_at(until - HOUR);
        for _ in 0..2 {
            kept.renews().await?;
        }
        assert_eq!(of(&kept.vendor.asked).len(), month);
        assert_eq!(states(&kept.shown().await?), ("BASIC", "active", "active"));
    }
    let end = begun + Months::new(13);
    let off = kept.paid_until().await? - end;
    assert!(off.abs() < TimeDelta::days(4), "{off}");
    let linked = "SELECT count(*) AS count FROM payments AS one
                  JOIN payments AS next ON next.period_start = one.period_end";
    assert_eq!(kept.app.count(linked).await?, 12);
    let day = "SELECT count(*) AS count FROM payments JOIN renewals USING (user_id)
               WHERE extract(day FROM period_start AT TIME ZONE 'UTC') = anchor_day
                  OR extract(day FROM (period_start AT TIME ZONE 'UTC') + interval '1 day') = 1";
    assert_eq!(kept.app.count(day).await?, 13);
    let all = of(&kept.vendor.asked);
    assert!(all.iter().all(|one| one.token == "a-token-of-a-card"));
    assert!(
        all.iter()
            .all(|one| one.key == format!("{}:charge", one.order))
    );
    assert_eq!(kept.vendor.takings(), 13);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_is_paid_on_the_second_try_begins_where_the_old_one_ended()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let chat = kept.app.world.chat(7);
    chat.says("/start", "en").await?;
    kept.app.drain_chat().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    kept.is_at(until - HOUR);
    set(
        &kept.vendor.ends,
        Ends::Refused(Some(Refusal::InsufficientFunds)),
    );
    kept.renews().await?;
    let shown = kept.shown().await?;
    assert_eq!(states(&shown), ("BASIC", "past_due", "past_due"));
    let again = moment(&shown["renewal"]["charges_at"]);
    assert_eq!((again - until).num_hours(), 23);
    let told = chat.bot_texts().await?;
    assert!(
        told.iter()
            .any(|text| text.contains("could not be charged")),
        "{told:?}"
    );
    // The plan is kept although what was paid for is over.
    kept.is_at(until + HOUR);
    assert_eq!(
        states(&kept.shown().await?),
        ("BASIC", "past_due", "past_due")
    );
    set(&kept.vendor.ends, Ends::Paid);
    kept.is_at(again);
    kept.renews().await?;
    assert_eq!(states(&kept.shown().await?), ("BASIC", "active", "active"));
    let begins = "SELECT count(*) AS count FROM payments AS one JOIN payments AS next
                  ON next.period_start = one.period_end AND next.charge = 'renewal' AND next.status = 'succeeded'";
    assert_eq!(kept.app.count(begins).await?, 1);
    assert_eq!(statuses(&kept.app, "failed").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_is_refused_to_the_end_ends_the_plan_and_is_not_tried_again()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    set(&kept.vendor.ends, Ends::Refused(None));
    let first = kept.paid_until().await? - HOUR;
    for days in [0, 1, 3, 5, 7] {
        let before = of(&kept.vendor.asked).len();
        kept.is_at(first + TimeDelta::days(days) + TimeDelta::minutes(1 + days));
        kept.renews().await?;
        assert_eq!(
            of(&kept.vendor.asked).len(),
            before + 1,
            "after {days} days"
        );
    }
    let now = kept.shown().await?;
    assert_eq!(
        states(&now),
        ("BASIC", "past_due", "past_due"),
        "as it was said"
    );
    kept.is_at(first + TimeDelta::days(20));
    kept.renews().await?;
    assert_eq!(states(&kept.shown().await?), ("FREE", "canceled", "ended"));
    assert_eq!(of(&kept.vendor.asked).len(), 5);
    assert_eq!(statuses(&kept.app, "failed").await?, 5);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_has_expired_is_charged_again_only_when_the_person_acts() -> anyhow::Result<()>
{
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    set(&kept.vendor.ends, Ends::Refused(Some(Refusal::CardExpired)));
    let until = kept.paid_until().await?;
    kept.is_at(until - HOUR);
    kept.renews().await?;
    kept.is_at(until + TimeDelta::days(6));
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked).len(), 1);
    assert_eq!(
        states(&kept.shown().await?),
        ("BASIC", "past_due", "past_due")
    );
    set(&kept.vendor.ends, Ends::Paid);
    let all = kept
        .app
        .as_seven(Method::GET, "/v1/payment-methods", Value::Null)
        .await?;
    let id = all.body["payment_methods"][0]["id"]
        .as_str()
        .expect("an id");
    let path = format!("/v1/payment-methods/{id}");
    assert_eq!(
        kept.app
            .as_seven(Method::PUT, &path, Value::Null)
            .await?
            .status,
        200
    );
    kept.renews().await?;
    assert_eq!(states(&kept.shown().await?), ("BASIC", "active", "active"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_workers_at_once_one_charges_a_month() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    kept.is_at(kept.paid_until().await? - HOUR);
    let person = kept.app.user_id(7).await?;
    let now = kept.app.core.clock.now();
    let take = async || {
        let mut conn = kept.app.db().await?;
        let turn = conn.transaction(async |conn| turn::take(conn, person, now).await);
        anyhow::Ok(matches!(turn.await?, Turn::Charge(_)))
    };
    let (one, two) = tokio::join!(take(), take());
    assert_ne!(one?, two?);
    assert_eq!(statuses(&kept.app, "pending").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_whose_answer_was_lost_is_found_and_not_taken_again() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    kept.is_at(until - HOUR);
    set(&kept.vendor.ends, Ends::Lost);
    for _ in 0..2 {
        kept.renews().await?;
        assert_eq!(statuses(&kept.app, "pending").await?, 1);
    }
    kept.is_at(until - HOUR + TimeDelta::minutes(11));
    kept.renews().await?;
    assert_eq!(statuses(&kept.app, "succeeded").await?, 2);
    assert_eq!(
        (of(&kept.vendor.asked).len(), kept.vendor.takings()),
        (1, 2)
    );
    assert_eq!(states(&kept.shown().await?), ("BASIC", "active", "active"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_vendor_is_away_the_plan_is_kept_and_the_same_charge_is_made_afterwards()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    set(&kept.vendor.ends, Ends::Away);
    for after in [-HOUR, HOUR] {
        kept.is_at(until + after);
        kept.renews().await?;
        assert_eq!(statuses(&kept.app, "pending").await?, 1);
    }
    // No refusal: it counts as no try.
    let late = "SELECT count(*) AS count FROM renewals WHERE state = 'past_due' AND tries = 0";
    assert_eq!(kept.app.count(late).await?, 1);
    assert_eq!(kept.shown().await?["tier"], "BASIC");
    set(&kept.vendor.ends, Ends::Paid);
    kept.is_at(until + HOUR * 2);
    kept.renews().await?;
    let asked = of(&kept.vendor.asked);
    assert_eq!((asked.len(), kept.vendor.takings()), (2, 2));
    assert_eq!(asked[0], asked[1]);
    assert_eq!(states(&kept.shown().await?), ("BASIC", "active", "active"));
    let days = (kept.paid_until().await? - until).num_days();
    assert!((28..=31).contains(&days), "{days}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_is_not_charged_and_can_be_resumed_before_it_ends() -> anyhow::Result<()>
{
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    let canceled = kept.ask(Method::DELETE, "", Value::Null).await?;
    assert_eq!(states(&canceled.body), ("BASIC", "active", "canceled"));
    assert_eq!(canceled.body["cancel_at_period_end"], true);
    kept.is_at(until - HOUR);
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked), []);
    let resumed = kept.changes(json!({ "resume": true })).await?;
    assert_eq!(states(&resumed.body), ("BASIC", "active", "active"));
    assert_eq!(resumed.body["cancel_at_period_end"], false);
    assert_eq!(kept.ask(Method::DELETE, "", Value::Null).await?.status, 200);
    kept.is_at(until);
    kept.renews().await?;
    assert_eq!(
        (of(&kept.vendor.asked), kept.shown().await?["tier"].clone()),
        (vec![], json!("FREE"))
    );
    let late = kept.changes(json!({ "resume": true })).await?;
    assert_eq!(late.refusal(), (409, "E602"));
    Ok(())
}

/// pay-rails/pay PR 848: cancelling what is past due at the end of a period gives a period for nothing.
#[tokio::test(flavor = "multi_thread")]
async fn cancelling_what_is_past_due_ends_it_at_once() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    set(&kept.vendor.ends, Ends::Refused(None));
    kept.is_at(until - HOUR);
    kept.renews().await?;
    kept.is_at(until + HOUR);
    assert_eq!(kept.shown().await?["tier"], "BASIC");
    let path = "/v1/subscriptions/cancel";
    let canceled = kept.app.as_seven(Method::POST, path, Value::Null).await?;
    assert_eq!(
        (canceled.status, &canceled.body["tier"]),
        (200, &json!("FREE"))
    );
    set(&kept.vendor.ends, Ends::Paid);
    kept.is_at(until + TimeDelta::days(5));
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked).len(), 1);
    assert_eq!(states(&kept.shown().await?), ("FREE", "canceled", "ended"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_charges_nothing_and_goes_on_when_it_is_over() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    for wrong in [0, 4] {
        let refused = kept.changes(json!({ "paused_months": wrong })).await?;
        assert_eq!(refused.refusal(), (400, "E105"));
    }
    let paused = kept.changes(json!({ "paused_months": 2 })).await?;
    assert_eq!(states(&paused.body), ("BASIC", "active", "paused"));
    kept.is_at(until + TimeDelta::days(3));
    kept.renews().await?;
    assert_eq!(
        (of(&kept.vendor.asked), kept.shown().await?["tier"].clone()),
        (vec![], json!("FREE"))
    );
    kept.is_at(until + Months::new(2));
    kept.renews().await?;
    assert_eq!(states(&kept.shown().await?), ("BASIC", "active", "active"));
    assert_eq!(of(&kept.vendor.asked).len(), 1);
    let days = (kept.paid_until().await? - (until + Months::new(2))).num_days();
    assert!((28..=31).contains(&days), "{days}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_renewed_is_refused_and_says_what_can() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let buy = async |provider: &str, renew: bool| {
        let body = json!({ "tier": "BASIC", "provider": provider, "renew": renew });
        let path = "/v1/subscriptions/purchase";
        app.as_seven(Method::POST, path, body).await
    };
    let refused = buy("btcpay", true).await?;
    assert_eq!(refused.refusal(), (400, "E105"));
    assert_eq!(refused.body["details"]["field"], "provider");
    assert_eq!(statuses(&app, "pending").await?, 0);
    // Without it nothing is kept.
    let kept = Renewing::start().await?;
    let (order, _) = kept.app.orders("BASIC", "stripe").await?;
    kept.vendor.is_paid(&order);
    let path = "/v1/webhooks/payments/stripe";
    let call = kept
        .app
        .request(Method::POST, path)
        .json(&json!({ "order": order }));
    assert_eq!(call.send().await?.status(), 200);
    let shown = kept.shown().await?;
    assert_eq!(
        (&shown["tier"], &shown["renewal"]),
        (&json!("BASIC"), &Value::Null)
    );
    let none = "SELECT count(*) AS count FROM payment_methods";
    assert_eq!(kept.app.count(none).await?, 0);
    let mut world = World::new().await?;
    world.env.remove("ENCRYPTION_KEY");
    let keyless = Renewing::start_in(world).await?;
    let body = json!({ "tier": "BASIC", "provider": "stripe" });
    let refused = keyless
        .app
        .as_seven(Method::POST, "/v1/subscriptions", body)
        .await?;
    assert_eq!(refused.refusal(), (409, "E602"));
    Ok(())
}
