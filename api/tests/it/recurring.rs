//! What recurs each month, and what was paid, is told once, in the transaction in which it changes.

use chrono::TimeDelta;
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use vendors::payment::Happened;

use crate::keeping::Renewing;

const HOUR: TimeDelta = TimeDelta::hours(1);

/// How many moves of this kind were told.
async fn told(kept: &Renewing, movement: &str) -> anyhow::Result<i64> {
    let count = format!(
        "SELECT count(*) AS count FROM events
         WHERE name = 'subscription.moved' AND data ->> 'movement' LIKE '{movement}'"
    );
    kept.app.count(&count).await
}

/// What recurs by all moves together.
async fn recurs(kept: &Renewing) -> anyhow::Result<i64> {
    let sum = "SELECT COALESCE(sum(COALESCE((data #>> '{to,mrr}')::bigint, 0)
            - COALESCE((data #>> '{from,mrr}')::bigint, 0)), 0)::bigint AS count
        FROM events WHERE name = 'subscription.moved'";
    kept.app.count(sum).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_recurs_from_its_first_period_to_the_end_of_its_last() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    assert_eq!((told(&kept, "new").await?, recurs(&kept).await?), (1, 299));
    let whose = "SELECT count(*) AS count FROM events JOIN users ON users.id = user_id AND users.id = account_id
        WHERE name = 'subscription.moved' AND data -> 'to' = '{\"tier\": \"BASIC\", \"currency\": \"EUR\", \"mrr\": 299}'";
    assert_eq!(kept.app.count(whose).await?, 1);
    kept.is_at(kept.paid_until().await? - HOUR);
    for _ in 0..2 {
        kept.renews().await?;
    }
    kept.ask(Method::DELETE, "", Value::Null).await?;
    assert_eq!((told(&kept, "%").await?, recurs(&kept).await?), (1, 299));
    kept.is_at(kept.paid_until().await?);
    for _ in 0..2 {
        kept.renews().await?;
    }
    assert_eq!((told(&kept, "churn").await?, recurs(&kept).await?), (1, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_ends_what_recurs_and_does_not_say_whose_it_was() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let words = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let path = "/v1/users/me/deletion";
    let asked = kept.app.as_seven(Method::POST, path, words).await?;
    assert_eq!(asked.status, 202);
    kept.app.drain_jobs().await?;
    assert_eq!((told(&kept, "churn").await?, recurs(&kept).await?), (1, 0));
    let whose =
        "SELECT count(*) AS count FROM events WHERE user_id IS NOT NULL OR account_id IS NOT NULL";
    assert_eq!(kept.app.count(whose).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_told_when_it_comes_and_when_it_goes_back() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let order = kept.subscribes("BASIC").await?;
    let booked = async |kind: &str| {
        let count = format!(
            "SELECT count(*) AS count FROM events WHERE name = 'payment.booked' AND data ->> 'kind' = '{kind}'
                 AND data ->> 'payment' = '{order}' AND data ->> 'amount' = '299' AND data ->> 'currency' = 'EUR'
                 AND data ->> 'tier' = 'BASIC' AND (data ->> 'at')::timestamptz <= now()"
        );
        kept.app.count(&count).await
    };
    assert_eq!((booked("paid").await?, booked("returned").await?), (1, 0));
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
    for _ in 0..2 {
        kept.app.core.intake().take_in(&event).await?;
    }
    assert_eq!((booked("paid").await?, booked("returned").await?), (1, 1));
    Ok(())
}
