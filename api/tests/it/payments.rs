//! Telegram Stars: what the bot is told of money, and what becomes of it.

use chrono::{DateTime, Months, Utc};
use jobs::{JobState, ledger};
use money::payments::messages::PaymentSuccess;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::TestApp;
use world::app::Answer;

/// An update of the Bot API about money, as <https://core.telegram.org/bots/api#successfulpayment>
/// has it.
fn moved(kind: &str, order: &str, charge: &str, amount: i64) -> Value {
    json!({
        "update_id": 77,
        "message": {
            "message_id": 9, "date": 1_760_000_000,
            "chat": { "id": 7, "type": "private", "first_name": "Ann" },
            "from": { "id": 7, "is_bot": false, "first_name": "Ann", "language_code": "en" },
            (kind): {
                "currency": "XTR", "total_amount": amount, "invoice_payload": order,
                "telegram_payment_charge_id": charge, "provider_payment_charge_id": "",
            },
        },
    })
}

fn paid(order: &str, charge: &str, amount: i64) -> Value {
    moved("successful_payment", order, charge, amount)
}

pub fn moment(value: &Value) -> DateTime<Utc> {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("a moment")
}

/// Months from now until the end of what is paid for, give or take a minute.
pub fn months_left(subscription: &Value, months: u32) -> bool {
    let expected = Utc::now() + Months::new(months);
    (moment(&subscription["current_period_end"]) - expected)
        .num_seconds()
        .abs()
        < 60
}

pub async fn statuses(app: &TestApp, status: &str) -> anyhow::Result<i64> {
    let query = format!("SELECT count(*) AS count FROM payments WHERE status = '{status}'");
    app.count(&query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_in_stars_becomes_a_plan_and_is_told_in_the_chat() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "ru").await?;
    app.drain_chat().await?;
    let (order, link) = app.orders("BASIC", "telegram_stars").await?;
    assert_eq!(app.subscription().await?["tier"], "FREE");
    let charge = chat.pays(&link).await?.expect("the bot takes the money");
    let now = eventually(async || {
        let now = app.subscription().await?;
        Ok((now["tier"] == "BASIC").then_some(now))
    });
    let now = now.await?;
    assert_eq!(now["status"], "active");
    assert!(months_left(&now, 1), "{now}");
    let kept = format!(
        "SELECT count(*) AS count FROM payments p JOIN meters u ON u.account_id = p.user_id
         WHERE p.id = '{order}' AND p.external_id = '{charge}' AND p.status = 'succeeded'
           AND p.amount = 150 AND p.currency = 'XTR' AND p.processed_at IS NOT NULL
           AND p.period_end IS NOT NULL AND u.tier = 'BASIC'"
    );
    assert_eq!(app.count(&kept).await?, 1);
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE actor = 'payment:telegram_stars'
                 AND action IN ('payment_succeeded', 'subscription_paid')";
    assert_eq!(app.count(lines).await?, 2);
    app.drain_jobs().await?;
    let told = chat
        .waits_for(|text| text.contains("Оплата получена"))
        .await?;
    assert!(told.contains("Базовый"), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_delivery_of_the_same_payment_grants_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    let update = paid(&order, "charge-1", 150);
    let all = tokio::join!(
        app.post_update(&update),
        app.relay_update(&update),
        app.post_update(&update),
        app.relay_update(&update)
    );
    for answer in [
        all.0?,
        all.1?,
        all.2?,
        all.3?,
        app.post_update(&update).await?,
    ] {
        assert_eq!(answer.status, 200);
    }
    let now = app.subscription().await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(statuses(&app, "succeeded").await?, 1);
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    let seen = "SELECT seen::BIGINT AS count FROM payment_reports";
    assert_eq!(app.count(seen).await?, 5);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_is_paid_twice_buys_two_months() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    let charges = [paid(&order, "charge-1", 150), paid(&order, "charge-2", 150)];
    let (one, two) = tokio::join!(app.post_update(&charges[0]), app.post_update(&charges[1]));
    assert_eq!((one?.status, two?.status), (200, 200));
    // Both once more: nothing more.
    for charge in &charges {
        assert_eq!(app.post_update(charge).await?.status, 200);
    }
    let now = app.subscription().await?;
    assert!(months_left(&now, 2), "{now}");
    assert_eq!(statuses(&app, "succeeded").await?, 2);
    let repeats = format!("SELECT count(*) AS count FROM payments WHERE repeats = '{order}'");
    assert_eq!(app.count(&repeats).await?, 1);
    Ok(())
}

/// Telegram charges a subscription by itself: the same payload, and another number.
#[tokio::test(flavor = "multi_thread")]
async fn stars_that_telegram_takes_again_buy_the_next_month() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    for (months, charge) in [(1, "charge-1"), (2, "charge-2")] {
        let mut update = paid(&order, charge, 150);
        let payment = &mut update["message"]["successful_payment"];
        payment["is_recurring"] = json!(true);
        payment["subscription_expiration_date"] = json!(1_762_592_000_i64);
        if months == 1 {
            payment["is_first_recurring"] = json!(true);
        }
        for _ in 0..2 {
            assert_eq!(app.post_update(&update).await?.status, 200);
        }
        let now = app.subscription().await?;
        assert!(months_left(&now, months), "{now}");
    }
    assert_eq!(statuses(&app, "succeeded").await?, 2);
    let repeats = format!("SELECT count(*) AS count FROM payments WHERE repeats = '{order}'");
    assert_eq!(app.count(&repeats).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_is_answered_before_any_worker_runs_and_refused_for_what_is_not_payable()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    let (order, link) = app.orders("BASIC", "telegram_stars").await?;
    app.sql(&format!(
        "UPDATE payments SET amount = 151 WHERE id = '{order}'"
    ))
    .await?;
    let refused = chat.pays(&link).await?.expect_err("another amount");
    assert!(refused.contains("no longer valid"), "{refused}");
    app.sql("UPDATE payments SET amount = 150, status = 'canceled'")
        .await?;
    let refused = chat
        .pays(&link)
        .await?
        .expect_err("a payment that was given up");
    assert!(refused.contains("no longer valid"), "{refused}");
    app.sql("UPDATE payments SET status = 'pending'").await?;
    chat.pays(&link).await?.expect("payable");
    eventually(async || Ok((statuses(&app, "succeeded").await? == 1).then_some(()))).await?;
    let refused = chat.pays(&link).await?.expect_err("it is paid");
    assert!(refused.contains("no longer valid"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_does_not_match_is_written_down_and_grants_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("PREMIUM", "telegram_stars").await?;
    let (bank_order, _) = app.orders("PREMIUM", "sbp_tinkoff").await?;
    let unreadable = json!({ "update_id": 1, "message": { "successful_payment": [] } });
    let stray = "0199c3a0-0000-7000-8000-000000000000";
    for update in [
        paid(&order, "too-little", 1),
        paid(stray, "of-nobody", 600),
        paid("not an id", "of-nothing", 600),
        paid(&bank_order, "of-the-bank", 600),
        unreadable,
    ] {
        assert_eq!(app.post_update(&update).await?.status, 200, "{update}");
        assert_eq!(app.relay_update(&update).await?.status, 200, "{update}");
    }
    assert_eq!(app.subscription().await?["tier"], "FREE");
    let kept = |outcome: &str| {
        format!("SELECT count(*) AS count FROM payment_reports WHERE outcome = '{outcome}'")
    };
    assert_eq!(app.count(&kept("mismatched")).await?, 1);
    assert_eq!(app.count(&kept("unknown")).await?, 4);
    // The payer is kept: the money has to go back to them.
    let payers = "SELECT count(*) AS count FROM payment_reports WHERE payer = 7 AND body ->> 'total_amount' IS NOT NULL";
    assert_eq!(app.count(payers).await?, 4, "all but the unreadable one");
    let told = "SELECT count(*) AS count FROM payments WHERE status = 'failed'
                AND error_code = 'E401' AND error_message LIKE '1 XTR came instead of 600%'";
    assert_eq!(app.count(told).await?, 1);
    // What was ordered can still be paid.
    app.post_update(&paid(&order, "right", 600)).await?;
    assert_eq!(app.subscription().await?["tier"], "PREMIUM");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_secret_nobody_is_believed() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    for path in ["/v1/webhooks/payments/telegram", "/v1/webhooks/telegram"] {
        let call = app
            .request(Method::POST, path)
            .json(&paid(&order, "c", 150));
        assert_eq!(
            Answer::of(call.send().await?).await?.refusal(),
            (401, "E202")
        );
    }
    assert_eq!(statuses(&app, "pending").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_dies_half_way_leaves_nothing_and_the_next_one_does_it_all()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    let update = paid(&order, "charge-1", 150);
    // The last line that is written in the transaction fails.
    app.sql(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'the power is gone'; END $$;
         CREATE TRIGGER die BEFORE INSERT ON payment_reports FOR EACH ROW EXECUTE FUNCTION die()",
    )
    .await?;
    assert_eq!(app.post_update(&update).await?.status, 500);
    assert_eq!(statuses(&app, "pending").await?, 1);
    assert_eq!(app.subscription().await?["tier"], "FREE");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 0);
    app.sql("DROP TRIGGER die ON payment_reports").await?;
    assert_eq!(app.post_update(&update).await?.status, 200);
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stars_that_are_given_back_take_the_plan_with_them_in_any_order() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    let back = |charge: &str| moved("refunded_payment", &order, charge, 150);
    app.post_update(&paid(&order, "a", 150)).await?;
    for _ in 0..2 {
        app.post_update(&back("a")).await?;
        let now = app.subscription().await?;
        assert_eq!(
            (&now["tier"], &now["status"]),
            (&json!("FREE"), &json!("canceled"))
        );
    }
    // We hear of the return before we hear of the money: of what never came there is no payment.
    app.post_update(&back("b")).await?;
    assert_eq!(statuses(&app, "refunded").await?, 1);
    app.post_update(&paid(&order, "b", 150)).await?;
    assert_eq!(app.subscription().await?["tier"], "FREE");
    assert_eq!(statuses(&app, "refunded").await?, 2);
    let came = "SELECT count(*) AS count FROM payments WHERE paid_at IS NOT NULL";
    assert_eq!(app.count(came).await?, 2);
    let free = "SELECT count(*) AS count FROM meters WHERE tier = 'FREE'";
    assert_eq!(app.count(free).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_news_of_a_payment_is_told_once_however_often_its_job_runs() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    app.post_update(&paid(&order, "a", 150)).await?;
    app.drain_jobs().await?;
    let again = PaymentSuccess {
        user_id: app.user_id(7).await?,
        payment_id: order.parse()?,
        chat_id: 7,
    };
    let ticket = ledger::enqueue(&mut *app.db().await?, &again).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await?;
    let done = [(JobState::Done, 1), (JobState::Done, 1)];
    assert_eq!(app.states::<PaymentSuccess>().await?, done);
    let texts = chat.bot_texts().await?;
    let told = texts
        .iter()
        .filter(|text| text.contains("Payment received"));
    assert_eq!(told.count(), 1, "{texts:?}");
    Ok(())
}
