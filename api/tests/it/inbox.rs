//! The inbox: a vendor's call is kept before it is answered, and what is to follow from it follows, whatever fails.

use jobs::ledger;
use jobs::prune::Prune;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::eventually;
use tokio::sync::Semaphore;
use uuid::Uuid;
use world::TestApp;

use crate::hinting::{hinting, of, set};
use crate::payments::{months_left, statuses};
use crate::payments_bank::notification;

/// What BASIC costs.
async fn cents(app: &TestApp) -> anyhow::Result<i64> {
    let price = "SELECT (amount * 100)::BIGINT AS count FROM payments";
    app.count(price).await
}

/// A call of the vendor: status and answer.
async fn calls(
    app: &TestApp,
    endpoint: &str,
    proof: &str,
    body: &Value,
) -> anyhow::Result<(u16, String)> {
    let path = format!("/v1/webhooks/payments/comgate{endpoint}");
    let call = app.request(Method::POST, &path).header("x-proof", proof);
    let call = call.header("cookie", "a=secret").json(body);
    let response = call.send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}

fn ok() -> (u16, String) {
    (200, "OK".to_owned())
}

/// How many calls are kept of which this is true.
async fn kept(app: &TestApp, condition: &str) -> anyhow::Result<i64> {
    let query = format!("SELECT count(*) AS count FROM webhook_inbox WHERE {condition}");
    app.count(&query).await
}

async fn number_of(app: &TestApp) -> anyhow::Result<i64> {
    let number = "SELECT external_id::BIGINT AS count FROM payments";
    app.count(number).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_kept_as_it_came_without_cookies_and_secrets_and_the_same_again_does_nothing()
-> anyhow::Result<()> {
    let (app, vendor) = hinting().await?;
    let (order, _) = app.orders("BASIC", "comgate").await?;
    set(&vendor.paid, Some(cents(&app).await?));
    let body = json!({ "event": "e-1", "order": order, "secret": "the shop's secret" });
    for _ in 0..2 {
        assert_eq!(calls(&app, "", "good", &body).await?, ok());
    }
    assert!(months_left(&app.subscription().await?, 1));
    assert_eq!(of(&vendor.asked).len(), 1);
    let as_it_came = format!(
        "provider = 'comgate' AND endpoint = '' AND event_key = 'e-1' AND kind = 'push' AND state = 'done'
         AND attempts = 1 AND worked_at IS NOT NULL AND payment_id = '{order}'
         AND convert_from(body, 'UTF8')::jsonb = '{{\"event\":\"e-1\",\"order\":\"{order}\",\"secret\":\"...\"}}'
         AND headers ->> 'content-type' = 'application/json' AND NOT headers ?| '{{cookie,x-proof}}'"
    );
    assert_eq!(kept(&app, &as_it_came).await?, 1);
    assert_eq!(kept(&app, "TRUE").await?, 1);
    // The same event at another address of the vendor is another call, and its job finds nothing to do.
    assert_eq!(calls(&app, "/other", "good", &body).await?, ok());
    assert_eq!(
        kept(&app, "endpoint = 'other' AND state = 'done'").await?,
        1
    );
    app.drain_jobs().await?;
    assert_eq!(kept(&app, "attempts = 1").await?, 2);
    assert!(months_left(&app.subscription().await?, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_a_number_is_asked_about_each_time() -> anyhow::Result<()> {
    let (app, vendor) = hinting().await?;
    let (order, _) = app.orders("BASIC", "comgate").await?;
    let body = json!({ "order": order });
    assert_eq!(calls(&app, "", "good", &body).await?, ok());
    assert_eq!(statuses(&app, "pending").await?, 1, "nothing was paid yet");
    set(&vendor.paid, Some(cents(&app).await?));
    assert_eq!(calls(&app, "", "good", &body).await?, ok());
    assert_eq!(statuses(&app, "succeeded").await?, 1);
    assert_eq!(kept(&app, "state = 'done' AND attempts = 2").await?, 1);
    // The vendor is asked by its own number, and for the time since the order.
    let asked = of(&vendor.asked);
    assert_eq!(asked[0].external_id, Some(format!("T-{order}")));
    let since = format!(
        "SELECT count(*) AS count FROM payments WHERE created_at = '{}'",
        asked[0].created_at.to_rfc3339()
    );
    assert_eq!(app.count(&since).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_which_the_vendor_does_not_tell_now_is_asked_about_by_a_worker()
-> anyhow::Result<()> {
    let (app, vendor) = hinting().await?;
    let (order, _) = app.orders("BASIC", "comgate").await?;
    set(&vendor.paid, Some(cents(&app).await?));
    set(&vendor.is_away, true);
    let body = json!({ "event": "e-1", "order": order });
    assert_eq!(calls(&app, "", "good", &body).await?, ok());
    assert_eq!(
        kept(
            &app,
            "state = 'kept' AND attempts = 1 AND error LIKE '%away%'"
        )
        .await?,
        1
    );
    set(&vendor.is_away, false);
    app.drain_jobs().await?;
    assert_eq!(
        kept(&app, "state = 'done' AND attempts = 2 AND error IS NULL").await?,
        1
    );
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_told_again_while_it_is_asked_about_is_asked_about_once_more()
-> anyhow::Result<()> {
    let (app, vendor) = hinting().await?;
    let (order, _) = app.orders("BASIC", "comgate").await?;
    let cents = cents(&app).await?;
    let held = Arc::new(Semaphore::new(0));
    set(&vendor.held, Some(held.clone()));
    let body = json!({ "order": order });
    let again = async {
        // The vendor has answered that nothing was paid, and the answer is on its way.
        eventually(async || Ok((!of(&vendor.asked).is_empty()).then_some(()))).await?;
        set(&vendor.paid, Some(cents));
        // As a second call does whose process dies before it works it.
        let kept = "UPDATE webhook_inbox SET state = 'kept', arrivals = arrivals + 1";
        app.sql(kept).await?;
        held.add_permits(2);
        anyhow::Ok(())
    };
    let (first, ()) = futures_util::future::try_join(calls(&app, "", "good", &body), again).await?;
    assert_eq!(first, ok());
    assert_eq!(statuses(&app, "succeeded").await?, 1);
    let done = "state = 'done' AND arrivals = 2 AND attempts = 2";
    assert_eq!(kept(&app, done).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_vendor_does_not_prove_is_not_kept() -> anyhow::Result<()> {
    let (app, _) = hinting().await?;
    let counted = app.metric("payment_webhooks_total").await?;
    for (proof, status, code) in [("bad", 401, "E202"), ("later", 503, "E404")] {
        let (given, text) = calls(&app, "", proof, &json!({})).await?;
        assert_eq!(given, status, "{text}");
        assert!(text.contains(code), "{text}");
    }
    assert_eq!(kept(&app, "TRUE").await?, 0);
    assert!(app.metric("payment_webhooks_total").await? >= counted + 2.0);
    let long = format!("/{}", "x".repeat(65));
    assert_eq!(calls(&app, &long, "good", &json!({})).await?.0, 404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_money_may_be_taken_is_answered_at_once_and_not_kept() -> anyhow::Result<()> {
    let (app, vendor) = hinting().await?;
    let (order, _) = app.orders("BASIC", "comgate").await?;
    let price = cents(&app).await?;
    let asks = async |order: &str, cents: i64| {
        let body = json!({ "order": order, "cents": cents });
        let (status, text) = calls(&app, "/check", "good", &body).await?;
        assert_eq!(status, 200);
        anyhow::Ok(text)
    };
    assert_eq!(asks(&order, price).await?, "OK");
    assert_eq!(asks(&order, price + 1).await?, "wrong sum");
    assert_eq!(asks(&Uuid::nil().to_string(), price).await?, "no order");
    assert_eq!(asks("not ours", price).await?, "no order");
    // After a refusal the person tries again at the same page; what is given up or paid is not paid again.
    for (status, answer) in [("failed", "OK"), ("canceled", "no order")] {
        app.sql(&format!("UPDATE payments SET status = '{status}'"))
            .await?;
        assert_eq!(asks(&order, price).await?, answer, "{status}");
    }
    set(&vendor.paid, Some(price));
    let body = json!({ "order": order });
    assert_eq!(calls(&app, "", "good", &body).await?, ok());
    assert_eq!(asks(&order, price).await?, "no order");
    assert_eq!(kept(&app, "endpoint = 'check'").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_read_is_kept_and_worked_once_it_can() -> anyhow::Result<()> {
    let (app, vendor) = hinting().await?;
    let (order, _) = app.orders("BASIC", "comgate").await?;
    set(&vendor.paid, Some(cents(&app).await?));
    let body = json!({ "new": true, "order": order });
    assert_eq!(calls(&app, "", "good", &body).await?, ok());
    app.drain_jobs().await?;
    let failed =
        "state = 'failed' AND error = 'an unknown form' AND kind = '' AND payment_id IS NULL";
    assert_eq!(kept(&app, failed).await?, 1);
    set(&vendor.is_mended, true);
    let conn = &mut *app.db().await?;
    let tickets = money::payments::inbox::replay(conn, money::payments::inbox::Again::Failed);
    assert_eq!(tickets.await?.len(), 1);
    app.drain_jobs().await?;
    assert_eq!(kept(&app, "state = 'done'").await?, 1);
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

/// Refuses what is reported of charges.
const REFUSES: &str = "
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON payment_reports FOR EACH ROW EXECUTE FUNCTION refuse()";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_worked_is_answered_all_the_same_and_a_worker_works_it()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
    let body = notification(&order, number_of(&app).await?, "CONFIRMED", 29_900);
    app.sql(REFUSES).await?;
    assert_eq!(app.notify(&body).await?, ok());
    assert_eq!(app.subscription().await?["tier"], "FREE");
    assert_eq!(
        kept(
            &app,
            "state = 'kept' AND attempts = 1 AND error IS NOT NULL"
        )
        .await?,
        1
    );
    app.sql("DROP TRIGGER refuse ON payment_reports").await?;
    app.drain_jobs().await?;
    assert_eq!(kept(&app, "state = 'done' AND attempts = 2").await?, 1);
    assert!(months_left(&app.subscription().await?, 1));
    // A second run of its job finds it done.
    app.sql(
        "UPDATE jobs SET state = 'queued', finished_at = NULL WHERE kind = 'money.work_webhook.v1'",
    )
    .await?;
    app.drain_jobs().await?;
    assert_eq!(kept(&app, "state = 'done' AND attempts = 2").await?, 1);
    assert!(months_left(&app.subscription().await?, 1));
    Ok(())
}

/// As if the API had died once the call was kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_program_died_before_it_was_worked_is_worked_by_a_worker() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
    let body = notification(&order, number_of(&app).await?, "CONFIRMED", 29_900);
    let body = serde_json::to_vec(&body)?;
    let gateway = app.core.providers.gateways.of_webhook("tinkoff")?;
    let call = gateway.read("", &body).expect("a notification");
    let verified = money::payments::inbox::Verified {
        provider: money::payments::model::PaymentProvider::SbpTinkoff,
        endpoint: "",
        headers: &Default::default(),
        body: &body,
        kept: &body,
        call: Some(&call),
    };
    let conn = &mut *app.db().await?;
    let id = money::payments::inbox::keep(conn, &verified).await?;
    assert!(id.is_some());
    app.drain_jobs().await?;
    assert_eq!(kept(&app, "state = 'done' AND attempts = 1").await?, 1);
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_no_attempt_can_work_waits_for_an_operator() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
    let body = notification(&order, number_of(&app).await?, "CONFIRMED", 29_900);
    app.sql(REFUSES).await?;
    assert_eq!(app.notify(&body).await?, ok());
    app.sql("UPDATE jobs SET max_attempts = 1 WHERE kind = 'money.work_webhook.v1'")
        .await?;
    app.drain_jobs().await?;
    assert_eq!(
        kept(
            &app,
            "state = 'failed' AND attempts = 2 AND error IS NOT NULL"
        )
        .await?,
        1
    );
    // The vendor's own second delivery is as good as a replay.
    app.sql("DROP TRIGGER refuse ON payment_reports").await?;
    assert_eq!(app.notify(&body).await?, ok());
    assert_eq!(kept(&app, "state = 'done'").await?, 1);
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_kept_is_not_answered_with_a_success() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
    let body = notification(&order, number_of(&app).await?, "CONFIRMED", 29_900);
    app.sql(&REFUSES.replace("payment_reports", "webhook_inbox"))
        .await?;
    assert_eq!(app.notify(&body).await?.0, 500);
    assert_eq!(app.subscription().await?["tier"], "FREE");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_go_after_90_days_and_calls_after_a_year() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let rows = "INSERT INTO webhook_inbox (id, provider, endpoint, event_key, kind, headers, body, state, received_at)
        SELECT gen_random_uuid(), 'stripe', '', concat(state, age), '', '{}', 'x', state, now() - age
        FROM unnest('{89 days,91 days,366 days}'::interval[]) AS age, unnest('{done,failed}'::text[]) AS state";
    app.sql(rows).await?;
    let ticket = ledger::enqueue(&mut *app.db().await?, &Prune {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await?;
    let left = "body IS NOT NULL AND event_key IN ('done89 days', 'failed89 days')";
    assert_eq!(kept(&app, left).await?, 2);
    let gone = "body IS NULL AND event_key IN ('done91 days', 'failed91 days')";
    assert_eq!(kept(&app, gone).await?, 2);
    assert_eq!(kept(&app, "TRUE").await?, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_person_takes_along_what_vendors_said_of_their_payments() -> anyhow::Result<()> {
    let (app, vendor) = hinting().await?;
    let (order, _) = app.orders("BASIC", "comgate").await?;
    let of_others = json!({ "event": "e-9", "order": Uuid::nil() });
    let unreadable = json!({ "new": true, "order": order });
    let own = json!({ "event": "e-1", "order": order });
    for body in [&own, &unreadable, &of_others] {
        assert_eq!(calls(&app, "", "good", body).await?, ok());
    }
    let body = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let answer = app.as_seven(Method::POST, "/v1/users/me/deletion", body);
    assert_eq!(answer.await?.status, 202);
    app.drain_jobs().await?;
    let users = "SELECT count(*) AS count FROM users";
    eventually(async || Ok((app.count(users).await? == 0).then_some(()))).await?;
    assert_eq!(kept(&app, "body IS NULL AND error IS NULL").await?, 2);
    assert_eq!(
        kept(&app, "body IS NOT NULL AND event_key = 'e-9'").await?,
        1
    );
    // What comes afterwards keeps no body either.
    set(&vendor.is_mended, true);
    let late = json!({ "event": "e-2", "order": order });
    assert_eq!(calls(&app, "", "good", &late).await?, ok());
    let forgotten = "body IS NULL AND event_key = 'e-2' AND state = 'done'";
    assert_eq!(kept(&app, forgotten).await?, 1);
    Ok(())
}
