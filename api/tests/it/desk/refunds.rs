//! Operators give money back: by the bank and in Stars, once, whatever is lost.

use money::books::compare;
use money::payments::messages::{PaymentPartlyRefunded, PaymentRefunded};
use serde_json::json;
use testkit::eventually;

use super::*;
use crate::payments::statuses;

/// A month of BASIC that person 7 has paid at the bank; the id of the payment, and the page.
async fn bought(app: &TestApp, how: &str) -> anyhow::Result<(String, String)> {
    let (order, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, how).await?;
    eventually(async || Ok((app.subscription().await?["tier"] == "BASIC").then_some(()))).await?;
    Ok((order, page))
}

/// No notification of the bank arrives.
async fn silent(app: &TestApp, more: Value) -> anyhow::Result<()> {
    let mut faults = json!({ "webhook": { "methods": { "tinkoff": { "down": true } } } });
    if let Some(more) = more.as_object() {
        for (service, fault) in more {
            faults[service] = fault.clone();
        }
    }
    app.world.faults(faults).await
}

/// How often the bank was asked for a refund.
async fn asked(app: &TestApp) -> anyhow::Result<usize> {
    calls(app, "Cancel").await
}

/// How often a method of the bank was called.
async fn calls(app: &TestApp, method: &str) -> anyhow::Result<usize> {
    let path = format!("/control/calls?service=bank&method={method}");
    let url = app.world.outside(&path);
    let answer: Value = app.world.http.get(url).send().await?.json().await?;
    Ok(answer["calls"].as_array().map_or(0, Vec::len))
}

/// The sum that stands on an account. The books and the payments agree.
async fn stands(app: &TestApp, account: &str) -> anyhow::Result<i64> {
    for compared in compare::compare(&mut *app.db().await?).await? {
        assert_eq!(compared.difference(), 0, "{compared:?}");
    }
    let sum = format!(
        "SELECT COALESCE(sum(minor), 0)::BIGINT AS count FROM book_postings WHERE account = '{account}'"
    );
    app.count(&sum).await
}

/// The states of all refunds, in their order.
async fn states(finance: &Signed<'_>, payment: &str) -> anyhow::Result<Vec<String>> {
    let story = finance
        .gets(&format!("/v1/admin/payments/{payment}"))
        .await?;
    let refunds = story.body["refunds"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let states = refunds.iter().filter_map(|one| one["state"].as_str());
    Ok(states.map(str::to_owned).collect())
}

fn path(payment: &str) -> String {
    format!("/v1/admin/payments/{payment}/refunds")
}

fn wish(amount: Option<i64>) -> Value {
    match amount {
        Some(amount) => json!({ "amount": amount, "reason": WHY }),
        None => json!({ "reason": WHY }),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_the_money_goes_back_and_the_plan_ends() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, _) = bought(&app, "pay").await?;
    assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 29_900);
    let taken = finance.posts(&path(&order), wish(None)).await?;
    assert_eq!(
        (taken.status, &taken.body["amount"], &taken.body["whole"]),
        (202, &json!(29_900), &json!(true))
    );
    assert_eq!(
        app.subscription().await?["tier"],
        "BASIC",
        "nothing has gone back yet"
    );
    app.drain_jobs().await?;
    let told = "SELECT count(*) AS count FROM payment_reports WHERE status = 'REFUNDED'";
    eventually(async || Ok((app.count(told).await? == 1).then_some(()))).await?;
    app.drain_jobs().await?;
    assert_eq!(states(&finance, &order).await?, ["succeeded"]);
    assert_eq!(app.subscription().await?["tier"], "FREE");
    assert_eq!(statuses(&app, "refunded").await?, 1);
    assert_eq!(asked(&app).await?, 1);
    assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 0);
    let jobs =
        "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.payment_refunded.v1'";
    assert_eq!(app.count(jobs).await?, 1, "the person is told once");
    let again = finance.posts(&path(&order), wish(Some(1))).await?;
    assert_eq!(again.refusal(), (409, "E602"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_go_back_until_nothing_is_left_and_the_plan_ends_with_the_last() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "admin").await?;
    let (order, _) = bought(&app, "pay").await?;
    let mut gone = 0;
    for amount in [10_000, 5_000] {
        let taken = finance.posts(&path(&order), wish(Some(amount))).await?;
        assert_eq!((taken.status, &taken.body["whole"]), (202, &json!(false)));
        app.drain_jobs().await?;
        gone += amount;
        assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 29_900 - gone);
        assert_eq!(app.subscription().await?["tier"], "BASIC");
    }
    let told = "SELECT count(*) AS count FROM payment_reports WHERE status = 'PARTIAL_REFUNDED'";
    eventually(async || Ok((app.count(told).await? == 2).then_some(()))).await?;
    assert_eq!(
        stands(&app, "clearing:sbp_tinkoff").await?,
        14_900,
        "told of and booked once"
    );
    let jobs = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.payment_partly_refunded.v1'";
    assert_eq!(app.count(jobs).await?, 2);
    for wrong in [14_901, i64::MAX] {
        let refused = finance.posts(&path(&order), wish(Some(wrong))).await?;
        assert_eq!(refused.refusal(), (409, "E602"), "{wrong}");
    }
    for wrong in [0, -1] {
        let refused = finance.posts(&path(&order), wish(Some(wrong))).await?;
        assert_eq!(refused.refusal(), (400, "E105"), "{wrong}");
    }
    let own = format!("/v1/payments/{order}");
    let shown = app.as_seven(Method::GET, &own, Value::Null).await?.body;
    assert_eq!(shown["refunded_amount"], 15_000, "{shown}");
    let rest = finance.posts(&path(&order), wish(None)).await?;
    assert_eq!(rest.body["amount"], 14_900);
    app.drain_jobs().await?;
    assert_eq!(states(&finance, &order).await?, ["succeeded"; 3]);
    assert_eq!(app.subscription().await?["tier"], "FREE");
    assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 0);
    assert_eq!(asked(&app).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_is_the_same_refund() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, _) = bought(&app, "pay").await?;
    let keyed = async |body: Value| {
        let call = app.request(Method::POST, &path(&order));
        let call = call
            .bearer_auth(&finance.token)
            .header("Idempotency-Key", "one");
        Answer::of(call.json(&body).send().await?).await
    };
    let first = keyed(wish(Some(10_000))).await?;
    let second = keyed(wish(Some(10_000))).await?;
    assert_eq!((first.status, second.status), (202, 202));
    assert_eq!(first.body, second.body);
    assert_eq!(keyed(wish(Some(9_000))).await?.refusal(), (422, "E604"));
    app.drain_jobs().await?;
    assert_eq!(keyed(wish(Some(10_000))).await?.body, first.body);
    app.drain_jobs().await?;
    assert_eq!(
        (states(&finance, &order).await?.len(), asked(&app).await?),
        (1, 1)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_refunds_at_once_that_are_too_much_together_one_is_refused() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, _) = bought(&app, "pay").await?;
    let path = path(&order);
    let both =
        futures_util::future::join_all((0..4).map(|_| finance.posts(&path, wish(Some(20_000)))))
            .await;
    let mut statuses = Vec::new();
    for one in both {
        statuses.push(one?.status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409, 409, 409]);
    // Two that fit are sent one after the other.
    assert_eq!(finance.posts(&path, wish(Some(9_000))).await?.status, 202);
    app.drain_jobs().await?;
    assert_eq!(states(&finance, &order).await?, ["succeeded"; 2]);
    assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 900);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_answer_is_lost_is_asked_after_and_not_made_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, _) = bought(&app, "pay").await?;
    silent(&app, lost_reply()).await?;
    finance.posts(&path(&order), wish(None)).await?;
    app.drain_jobs().await?;
    assert_eq!(states(&finance, &order).await?, ["succeeded"]);
    assert_eq!(asked(&app).await?, 1);
    assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 0);
    Ok(())
}

/// The answer to the next refund is lost.
fn lost_reply() -> Value {
    json!({ "bank": { "methods": { "Cancel": { "lost_reply_rate": 1, "times": 1 } } } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_which_the_bank_does_not_tell_is_ended_by_an_operator() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, _) = bought(&app, "pay").await?;
    silent(&app, lost_reply()).await?;
    finance.posts(&path(&order), wish(Some(10_000))).await?;
    let _worker = app.worker()?;
    // The bank says that a part went back, and not which one.
    eventually(async || {
        app.hurry().await?;
        Ok((calls(&app, "GetState").await? > 0 && asked(&app).await? == 1).then_some(()))
    })
    .await?;
    assert_eq!(states(&finance, &order).await?, ["underway"]);
    let story = finance.gets(&format!("/v1/admin/payments/{order}")).await?;
    let refund = story.body["refunds"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let own = format!("{}/{refund}", path(&order));
    let ends = async |path: &str, end: &str| {
        let body = json!({ "end": end, "reason": WHY });
        finance.does(Method::PUT, path, body).await
    };
    assert_eq!(ends(&own, "sent").await?.refusal(), (400, "E105"));
    let other = format!("{}/{refund}", path(&Uuid::nil().to_string()));
    assert_eq!(ends(&other, "arrived").await?.status, 404);
    assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 29_900);
    let ended = ends(&own, "arrived").await?;
    assert_eq!(
        (ended.status, &ended.body["state"]),
        (200, &json!("succeeded"))
    );
    assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 19_900);
    assert_eq!(ends(&own, "failed").await?.refusal(), (409, "E602"));
    assert_eq!(states(&finance, &order).await?, ["succeeded"]);
    assert_eq!(asked(&app).await?, 1);
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action = 'refund_ended'";
    assert_eq!(app.count(lines).await?, 1);
    for role in ["support", "auditor"] {
        let other = Signed::operator(&app, role).await?;
        let body = json!({ "end": "failed", "reason": WHY });
        assert_eq!(
            other.does(Method::PUT, &own, body).await?.refusal(),
            (403, "E204")
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_ends_as_failed_can_be_given_back_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, _) = bought(&app, "pay_sbp").await?;
    let taken = finance.posts(&path(&order), wish(None)).await?;
    let _worker = app.worker()?;
    let accepted = "SELECT count(*) AS count FROM refunds WHERE accepted AND state = 'underway'";
    eventually(async || Ok((app.count(accepted).await? == 1).then_some(()))).await?;
    let refund = taken.body["id"].as_str().expect("an id");
    let body = json!({ "end": "failed", "reason": WHY });
    let own = format!("{}/{refund}", path(&order));
    let ended = finance.does(Method::PUT, &own, body).await?;
    assert_eq!(
        (ended.status, &ended.body["state"]),
        (200, &json!("failed"))
    );
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    assert_eq!(finance.posts(&path(&order), wish(None)).await?.status, 202);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_a_worker_has_left_in_the_middle_is_made_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    silent(&app, json!({})).await?;
    for has_begun in [true, false] {
        app.world.no_faults().await?;
        let (order, page) = bought(&app, "pay").await?;
        silent(&app, json!({})).await?;
        let before = asked(&app).await?;
        finance.posts(&path(&order), wish(None)).await?;
        // Killed behind the intent: before the bank had the call, or after it.
        app.sql(
            "UPDATE refunds SET state = 'underway', asked_at = now() WHERE state = 'requested'",
        )
        .await?;
        if has_begun {
            app.at_the_bank(&page, "refund").await?;
        }
        app.drain_jobs().await?;
        assert_eq!(states(&finance, &order).await?, ["succeeded"]);
        assert_eq!(asked(&app).await? - before, usize::from(!has_begun));
        assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 0);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_by_sbp_has_its_end_when_it_arrives_or_bounces() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, page) = bought(&app, "pay_sbp").await?;
    let _worker = app.worker()?;
    let ends = async |ends: &[&str]| {
        eventually(async || {
            app.hurry().await?;
            Ok((states(&finance, &order).await? == ends).then_some(()))
        })
        .await
    };
    let accepted = "SELECT count(*) AS count FROM refunds WHERE accepted AND state = 'underway'";
    finance.posts(&path(&order), wish(None)).await?;
    eventually(async || Ok((app.count(accepted).await? == 1).then_some(()))).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    let refused = finance.posts(&path(&order), wish(Some(1))).await?;
    assert_eq!(refused.refusal(), (409, "E602"), "all of it is on its way");
    app.at_the_bank(&page, "refund_bounces").await?;
    ends(&["failed"]).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 29_900);
    finance.posts(&path(&order), wish(None)).await?;
    eventually(async || Ok((app.count(accepted).await? == 1).then_some(()))).await?;
    app.at_the_bank(&page, "refund_arrives").await?;
    ends(&["failed", "succeeded"]).await?;
    assert_eq!(app.subscription().await?["tier"], "FREE");
    assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 0);
    assert_eq!(asked(&app).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bank_gives_back_by_itself_and_what_operators_give_meet() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, page) = bought(&app, "pay").await?;
    // It waits, and meanwhile all has gone back in the bank's cabinet.
    finance.posts(&path(&order), wish(Some(10_000))).await?;
    app.at_the_bank(&page, "refund").await?;
    eventually(async || Ok((statuses(&app, "refunded").await? == 1).then_some(()))).await?;
    app.drain_jobs().await?;
    assert_eq!(states(&finance, &order).await?, ["failed"]);
    assert_eq!(asked(&app).await?, 0);
    assert_eq!(stands(&app, "clearing:sbp_tinkoff").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stars_go_back_as_a_whole_or_not_at_all() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "ru").await?;
    app.drain_chat().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, link) = app.orders("BASIC", "telegram_stars").await?;
    chat.pays(&link).await?.expect("the bot takes the money");
    eventually(async || Ok((app.subscription().await?["tier"] == "BASIC").then_some(()))).await?;
    finance.posts(&path(&order), wish(Some(50))).await?;
    app.drain_jobs().await?;
    assert_eq!(states(&finance, &order).await?, ["failed"]);
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    let lost = json!({ "telegram": { "methods": { "refundStarPayment": { "lost_reply_rate": 1, "times": 1 } } } });
    app.world.faults(lost).await?;
    finance.posts(&path(&order), wish(None)).await?;
    app.drain_jobs().await?;
    assert_eq!(states(&finance, &order).await?, ["failed", "succeeded"]);
    assert_eq!(app.subscription().await?["tier"], "FREE");
    assert_eq!(stands(&app, "clearing:telegram_stars").await?, 0);
    let texts = chat.bot_texts().await?;
    let told = texts.iter().filter(|text| text.contains("возвращена"));
    assert_eq!(told.count(), 1, "{texts:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_told_in_the_persons_language() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "ru").await?;
    app.drain_chat().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, _) = bought(&app, "pay").await?;
    finance.posts(&path(&order), wish(Some(10_050))).await?;
    app.drain_jobs().await?;
    let texts = chat.bot_texts().await?;
    let told = |text: &String| text.contains("вам возвращено 100.5 ₽");
    assert!(texts.iter().any(told), "{texts:?}");
    assert!(app.enqueued::<PaymentRefunded>().await?.is_empty());
    assert!(app.enqueued::<PaymentPartlyRefunded>().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_asks_for_a_fresh_proof_and_a_role() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = bought(&app, "pay").await?;
    for role in ["support", "auditor"] {
        let other = Signed::operator(&app, role).await?;
        let refused = other.posts(&path(&order), wish(None)).await?;
        assert_eq!(refused.refusal(), (403, "E204"), "{role}");
    }
    let finance = Signed::operator(&app, "finance").await?;
    let id = finance.session;
    app.sql(&format!(
        "UPDATE sessions SET proved_at = now() - interval '11 minutes' WHERE id = '{id}'"
    ))
    .await?;
    let refused = finance.posts(&path(&order), wish(None)).await?;
    assert_eq!(refused.refusal(), (403, "E221"));
    let none = "SELECT count(*) AS count FROM refunds";
    assert_eq!(app.count(none).await?, 0);
    let admin = Signed::operator(&app, "admin").await?;
    let short = json!({ "reason": "too short" });
    assert_eq!(
        admin.posts(&path(&order), short).await?.refusal(),
        (400, "E105")
    );
    let (unpaid, _) = app.orders("BASIC", "sbp_tinkoff").await?;
    for (payment, refusal) in [
        (Uuid::nil().to_string(), (404, "E601")),
        (unpaid, (409, "E602")),
    ] {
        let refused = admin.posts(&path(&payment), wish(None)).await?;
        assert_eq!(refused.refusal(), refusal);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_who_paid_in_crypto_is_told_where_to_claim_the_money() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.is_known_to_gateways().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "ru").await?;
    app.drain_chat().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, page) = app.orders("BASIC", "btcpay").await?;
    app.at("btcpay", &page, "pay").await?;
    eventually(async || Ok((app.subscription().await?["tier"] == "BASIC").then_some(()))).await?;
    let receipt = format!("/v1/payments/{order}");
    let shown = app.as_seven(Method::GET, &receipt, Value::Null).await?.body;
    assert_eq!(shown["refund_page"], Value::Null, "{shown}");
    finance.posts(&path(&order), wish(None)).await?;
    let _worker = app.worker()?;
    let claim = eventually(async || {
        app.hurry().await?;
        let shown = app.as_seven(Method::GET, &receipt, Value::Null).await?.body;
        Ok(shown["refund_page"].as_str().map(str::to_owned))
    })
    .await?;
    let (_, number) = claim.split_once("/pull-payments/").expect("the page");
    let numbers = format!("SELECT count(*) AS count FROM refunds WHERE number = '{number}'");
    assert_eq!(app.count(&numbers).await?, 1);
    let told = |texts: Vec<String>| {
        let told = texts.into_iter().filter(|text| text.contains(&claim));
        told.collect::<Vec<_>>()
    };
    let told = eventually(async || {
        app.hurry().await?;
        Ok(Some(told(chat.bot_texts().await?)).filter(|told| !told.is_empty()))
    })
    .await?;
    assert!(told[0].contains("Мы возвращаем вам 2.99 EUR"), "{told:?}");
    let jobs = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.refund_to_claim.v1'";
    assert_eq!(app.count(jobs).await?, 1);
    Ok(())
}

/// Makes a refund of an invoice on the server's own pages; the number of its pull payment.
async fn by_hand(app: &TestApp, page: &str, euros: &str) -> anyhow::Result<String> {
    let invoice = page.rsplit('/').next().unwrap_or_default();
    let path = format!("/btcpay/api/v1/stores/SandboxStore/invoices/{invoice}/refund");
    let call = app.world.http.post(app.world.outside(&path));
    let call = call.header("Authorization", "token sandbox-btcpay-key");
    let call = call.json(&json!({
        "refundVariant": "Custom", "customAmount": euros, "customCurrency": "EUR", "payoutMethods": ["BTC-CHAIN"],
    }));
    let made: Value = call.send().await?.error_for_status()?.json().await?;
    Ok(made["id"].as_str().expect("a number").to_owned())
}

/// How often BTCPay was asked what was paid out.
async fn asked_for_payouts(app: &TestApp) -> anyhow::Result<usize> {
    let url = app
        .world
        .outside("/control/calls?service=btcpay&method=Payouts");
    let answer: Value = app.world.http.get(url).send().await?.json().await?;
    Ok(answer["calls"].as_array().map_or(0, Vec::len))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_waits_for_its_buyer_is_not_taken_for_another_one_of_the_same_sum()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.is_known_to_gateways().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, page) = app.orders("BASIC", "btcpay").await?;
    app.at("btcpay", &page, "pay").await?;
    eventually(async || Ok((app.subscription().await?["tier"] == "BASIC").then_some(()))).await?;
    finance.posts(&path(&order), wish(Some(100))).await?;
    let _worker = app.worker()?;
    let receipt = format!("/v1/payments/{order}");
    let claim = eventually(async || {
        app.hurry().await?;
        let shown = app.as_seven(Method::GET, &receipt, Value::Null).await?.body;
        Ok(shown["refund_page"].as_str().map(str::to_owned))
    })
    .await?;
    let other = by_hand(&app, &page, "1.00").await?;
    for act in ["claim", "pay_out"] {
        app.at("btcpay", &other, act).await?;
    }
    // Each time that the refund is asked after, both pull payments are looked at.
    let before = asked_for_payouts(&app).await?;
    eventually(async || {
        app.hurry().await?;
        Ok((asked_for_payouts(&app).await? >= before + 4).then_some(()))
    })
    .await?;
    assert_eq!(states(&finance, &order).await?, ["underway"]);
    let (_, own) = claim.split_once("/pull-payments/").expect("the page");
    for act in ["claim", "pay_out"] {
        app.at("btcpay", own, act).await?;
    }
    eventually(async || {
        app.hurry().await?;
        Ok((states(&finance, &order).await? == ["succeeded"]).then_some(()))
    })
    .await
}

/// The sums alone would say that the refund has arrived.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_call_never_arrived_is_made_though_another_part_went_back_meanwhile()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.hears_stripe().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    app.at_stripe(&page, &json!({ "act": "pay" })).await?;
    eventually(async || Ok((app.subscription().await?["tier"] == "BASIC").then_some(()))).await?;
    let lost = json!({ "webhook": { "methods": { "stripe": { "down": true } } } });
    app.world.faults(lost).await?;
    finance.posts(&path(&order), wish(Some(100))).await?;
    // Killed behind the intent, before Stripe had the call.
    app.sql("UPDATE refunds SET state = 'underway', asked_at = now()")
        .await?;
    let part = json!({ "act": "refund", "amount": 150 });
    app.at_stripe(&page, &part).await?;
    app.drain_jobs().await?;
    assert_eq!(states(&finance, &order).await?, ["succeeded"]);
    let made = app
        .world
        .outside("/control/calls?service=stripe&method=refunds.create");
    let made: Value = app.world.http.get(made).send().await?.json().await?;
    assert_eq!(made["calls"].as_array().map(Vec::len), Some(1), "{made}");
    Ok(())
}
