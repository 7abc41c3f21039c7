//! What Stripe answers when it is asked about an order.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;
use vendors::payment::{Happened, Notification, Refusal, Sought};

use super::{ORDER, VERSION, asked, charge, intent, list, pairs, query, session, sought, with};
use testkit::stub::{Reply, Stub};

#[tokio::test]
async fn a_session_is_asked_for_by_its_number_and_tells_all() -> anyhow::Result<()> {
    let declined = |code: &str, decline: &str| {
        let fault = json!({ "type": "card_error", "code": code, "decline_code": decline });
        intent("requires_payment_method", fault, json!("ch_0"))
    };
    let fresh = || intent("requires_payment_method", Value::Null, Value::Null);
    let open = |intent: Value| with(session(), &[("payment_intent", intent)]);
    let complete = |intent: Value| with(open(intent), &[("status", json!("complete"))]);
    let bounced = intent("requires_payment_method", Value::Null, json!("ch_0"));
    let funds = Some(Refusal::InsufficientFunds);
    for (session, status, happened, refusal) in [
        (session(), "open", Happened::Open, None),
        (open(fresh()), "open", Happened::Open, None),
        (
            open(declined("card_declined", "insufficient_funds")),
            "requires_payment_method",
            Happened::Refused,
            funds,
        ),
        (
            open(declined("expired_card", "expired_card")),
            "requires_payment_method",
            Happened::Refused,
            Some(Refusal::CardExpired),
        ),
        (
            open(declined("card_declined", "do_not_honor")),
            "requires_payment_method",
            Happened::Refused,
            Some(Refusal::ByIssuer),
        ),
        (
            open(declined("payment_intent_authentication_failure", "")),
            "requires_payment_method",
            Happened::Refused,
            Some(Refusal::NotConfirmed),
        ),
        (
            open(declined("processing_error", "")),
            "requires_payment_method",
            Happened::Refused,
            None,
        ),
        (
            open(intent("requires_action", Value::Null, Value::Null)),
            "requires_action",
            Happened::Underway,
            None,
        ),
        (
            complete(intent("processing", Value::Null, Value::Null)),
            "processing",
            Happened::Underway,
            None,
        ),
        (
            complete(bounced),
            "requires_payment_method",
            Happened::Refused,
            None,
        ),
        (
            complete(intent("canceled", Value::Null, Value::Null)),
            "canceled",
            Happened::Abandoned,
            None,
        ),
        (
            with(session(), &[("status", json!("expired"))]),
            "expired",
            Happened::Abandoned,
            None,
        ),
    ] {
        let stub = Stub::start([Reply::json(200, &session)]).await?;
        let told = asked(&stub)?.look_up(&[sought(Some("cs_test_a1"))]).await?;
        assert_eq!(told.len(), 1, "{told:?}");
        let one = &told[0];
        assert_eq!(
            (one.status.as_str(), one.happened, one.refusal),
            (status, happened, refusal)
        );
        assert_eq!(
            (one.order_id.as_str(), one.external_id.as_str()),
            (ORDER, "cs_test_a1")
        );
        let received = stub.only()?;
        assert_eq!(received.line(), "GET /v1/checkout/sessions/cs_test_a1");
        assert_eq!(
            query(&received),
            pairs(&[("expand[]", "payment_intent.latest_charge")])
        );
        assert_eq!(received.header("stripe-version"), VERSION);
        assert_eq!(received.header("idempotency-key"), "");
    }
    Ok(())
}

fn paid(back: i64, disputed: bool) -> Value {
    let intent = intent("succeeded", Value::Null, charge(back, disputed));
    let fields = [
        ("status", json!("complete")),
        ("payment_status", json!("paid")),
        ("payment_intent", intent),
    ];
    with(session(), &fields)
}

/// What is told of a session that was paid, in short.
async fn of_paid(
    session: &Value,
    disputes: &[Value],
) -> anyhow::Result<Vec<(String, Happened, Decimal, Option<Decimal>)>> {
    of_refunded(session, &[], disputes).await
}

/// The same, with its refunds.
async fn of_refunded(
    session: &Value,
    refunds: &[Value],
    disputes: &[Value],
) -> anyhow::Result<Vec<(String, Happened, Decimal, Option<Decimal>)>> {
    let replies = [Reply::json(200, session), list(refunds), list(disputes)];
    let stub = Stub::start(replies).await?;
    let told = asked(&stub)?.look_up(&[sought(Some("cs_test_a1"))]).await?;
    let short = |one: Notification| (one.status, one.happened, one.amount, one.returned);
    Ok(told.into_iter().map(short).collect())
}

/// `amount_refunded` is the sum so far: 1.00 and then 1.99 of 2.99 are told as 1.00 and as all (public bugs of others
/// took it for the part).
#[tokio::test]
async fn parts_that_go_back_are_told_as_the_sum_so_far() -> anyhow::Result<()> {
    let euros = |cents: i64| Decimal::new(cents, 2);
    let paid_with = |back: i64| {
        (
            "paid".to_owned(),
            Happened::Paid,
            euros(299),
            Some(euros(back)),
        )
    };
    assert_eq!(of_paid(&paid(0, false), &[]).await?, [paid_with(0)]);
    let part = (
        "partially_refunded".to_owned(),
        Happened::PartlyReturned,
        euros(100),
        Some(euros(100)),
    );
    assert_eq!(
        of_paid(&paid(100, false), &[]).await?,
        [paid_with(100), part]
    );
    let whole = (
        "refunded".to_owned(),
        Happened::Returned,
        euros(299),
        Some(euros(299)),
    );
    assert_eq!(
        of_paid(&paid(299, false), &[]).await?,
        [paid_with(299), whole]
    );
    Ok(())
}

/// After the refund of all of it has failed, Stripe counts nothing as refunded; a part that went back later counts alone.
#[tokio::test]
async fn a_refund_that_has_failed_is_here_again() -> anyhow::Result<()> {
    let refund = |id: &str, amount: i64, status: &str| json!({ "id": id, "object": "refund", "amount": amount, "status": status });
    let refunds = [
        refund("re_2", 100, "succeeded"),
        refund("re_1", 299, "failed"),
    ];
    let euros = |cents: i64| Some(Decimal::new(cents, 2));
    for (back, net) in [(0, 299), (100, 399)] {
        let told = of_refunded(&paid(back, false), &refunds, &[]).await?;
        assert_eq!(told[0].3, euros(net), "what is here again counts, too");
        let [.., arrived, failed] = &told[..] else {
            panic!("{told:?}")
        };
        assert_eq!(
            (failed.0.as_str(), failed.1, Some(failed.2)),
            ("refund_failed re_1", Happened::ReturnFailed, euros(299))
        );
        // Each refund is told by its number, beside the sum of them.
        assert_eq!(
            (arrived.0.as_str(), arrived.1, Some(arrived.2), arrived.3),
            (
                "refund_succeeded re_2",
                Happened::PartlyReturned,
                euros(100),
                euros(net)
            )
        );
        assert_eq!(told.len(), if back == 0 { 3 } else { 4 });
    }
    Ok(())
}

#[tokio::test]
async fn disputes_are_asked_for_and_an_inquiry_moves_nothing() -> anyhow::Result<()> {
    let dispute = |status: &str| json!({ "id": "du_1", "object": "dispute", "amount": 299, "currency": "eur", "status": status });
    for (status, expected) in [
        ("warning_needs_response", None),
        ("warning_under_review", None),
        ("warning_closed", None),
        ("prevented", None),
        (
            "needs_response",
            Some(("disputed du_1", Happened::Disputed)),
        ),
        ("under_review", Some(("disputed du_1", Happened::Disputed))),
        (
            "appeal_under_review",
            Some(("disputed du_1", Happened::Disputed)),
        ),
        ("won", Some(("dispute_won du_1", Happened::DisputeWon))),
        ("lost", Some(("dispute_lost du_1", Happened::DisputeLost))),
        ("a_word_of_tomorrow", None),
    ] {
        let told = of_paid(&paid(0, true), &[dispute(status)]).await?;
        let more = told
            .get(1)
            .map(|(word, happened, _, _)| (word.as_str(), *happened));
        assert_eq!((told[0].1, more), (Happened::Paid, expected), "{status}");
    }
    Ok(())
}

#[tokio::test]
async fn an_order_is_found_by_the_intent_that_an_event_names() -> anyhow::Result<()> {
    let stub = Stub::start([list(&[paid(0, false)]), list(&[])]).await?;
    let hint = Sought {
        id: Uuid::nil(),
        ..sought(Some("pi_1"))
    };
    let told = asked(&stub)?.look_up(&[hint]).await?;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].order_id.as_str(), told[0].external_id.as_str()),
        (ORDER, "cs_test_a1")
    );
    let received = stub.received();
    assert_eq!(received[0].line(), "GET /v1/checkout/sessions");
    assert_eq!(received[1].line(), "GET /v1/refunds");
    let expand = ("expand[]", "data.payment_intent.latest_charge");
    assert_eq!(
        query(&received[0]),
        pairs(&[("payment_intent", "pi_1"), expand])
    );
    Ok(())
}

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_found_among_the_sessions_of_its_time()
-> anyhow::Result<()> {
    let other = |id: &str| {
        with(
            session(),
            &[("id", json!(id)), ("metadata", json!({ "payment": "x" }))],
        )
    };
    let foreign = with(session(), &[("metadata", Value::Null)]);
    let page = |data: &[Value], has_more: bool| {
        Reply::json(
            200,
            &json!({ "object": "list", "data": data, "has_more": has_more }),
        )
    };
    let first = page(&[foreign, other("cs_test_z")], true);
    let second = page(&[other("cs_test_y"), paid(0, false)], true);
    let stub = Stub::start([first, second, list(&[])]).await?;
    let told = asked(&stub)?.look_up(&[sought(None)]).await?;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].happened, Happened::Paid);
    let received = stub.received();
    assert_eq!(received.len(), 3);
    let time = pairs(&[
        ("created[gte]", "1759923366"),
        ("created[lte]", "1790090000"),
        ("limit", "100"),
        ("expand[]", "data.payment_intent.latest_charge"),
    ]);
    assert_eq!(query(&received[0]), time);
    let next = [time, pairs(&[("starting_after", "cs_test_z")])].concat();
    assert_eq!(query(&received[1]), next);
    // One that never reached Stripe is nothing.
    let stub = Stub::start([page(&[], false), page(&[], false)]).await?;
    assert!(asked(&stub)?.look_up(&[sought(None)]).await?.is_empty());
    Ok(())
}
