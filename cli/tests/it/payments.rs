//! Money that bought nothing: `symancy payments`.

use world::TestApp;

use crate::stage::type_in_group;

/// Money for an unknown order, and of another sum; one that went back, and one whose right sum came afterwards.
const ROWS: &str = "
    INSERT INTO payment_reports (provider, external_id, status, amount, currency, order_id, happened, outcome, payer)
    VALUES ('telegram_stars', 'c-1', 'successful_payment', 150, 'XTR', 'not ours', 'paid', 'unknown', 8),
           ('sbp_tinkoff', '13660', 'CONFIRMED', 1, 'RUB', 'o-2', 'paid', 'mismatched', NULL),
           ('telegram_stars', 'c-3', 'successful_payment', 150, 'XTR', 'o-3', 'paid', 'ownerless', 9),
           ('telegram_stars', 'c-3', 'refunded_payment', 150, 'XTR', 'o-3', 'returned', 'returned', 9),
           ('sbp_tinkoff', '13661', 'CONFIRMED', 1, 'RUB', 'o-4', 'paid', 'mismatched', NULL),
           ('sbp_tinkoff', '13661', 'CONFIRMED', 299, 'RUB', 'o-4', 'paid', 'granted', NULL)";

#[tokio::test(flavor = "multi_thread")]
async fn money_that_has_to_go_back_is_listed_with_whoever_paid() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let none = type_in_group(&app.world, "payments", "astray").await?;
    assert_eq!(none.out, "No money is astray.\n", "{none:?}");
    app.sql(ROWS).await?;
    let all = type_in_group(&app.world, "payments", "astray --json").await?;
    let mut all: Vec<_> = all
        .json()?
        .iter()
        .map(|one| (one["charge"].to_string(), one["payer"].clone()))
        .collect();
    all.sort_by_key(|(charge, _)| charge.clone());
    let expected = [("\"13660\"", None), ("\"c-1\"", Some(8))];
    let expected = expected.map(|(charge, payer)| (charge.to_owned(), serde_json::json!(payer)));
    assert_eq!(all, expected);
    let shown = type_in_group(&app.world, "payments", "astray").await?;
    assert!(shown.out.contains("150 ⭐"), "{shown:?}");
    Ok(())
}

/// A month that person 7 has paid for.
const PAID: &str = "
    INSERT INTO users (telegram_id) VALUES (7);
    INSERT INTO subscriptions (user_id) SELECT id FROM users;
    INSERT INTO payments (id, user_id, provider, external_id, amount, currency, tier, status, period_start, period_end)
        SELECT '0193a0b0-0000-7000-8000-000000000001', id, 'telegram_stars', 'c-9', 150, 'XTR', 'BASIC', 'succeeded',
            now(), now() + interval '1 month' FROM users";

const ID: &str = "0193a0b0-0000-7000-8000-000000000001";

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_found_shown_and_given_back() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let none = type_in_group(&app.world, "payments", "find").await?;
    assert_eq!(none.out, "No such payments.\n", "{none:?}");
    app.sql(PAID).await?;
    let found = type_in_group(&app.world, "payments", "find --status succeeded").await?;
    assert!(found.out.contains(ID), "{found:?}");
    let other = type_in_group(&app.world, "payments", "find --provider sbp_tinkoff").await?;
    assert_eq!(other.out, "No such payments.\n");
    let refund = format!("refund {ID} --reason=ticket-4711-of-the-owner");
    let done = type_in_group(&app.world, "payments", &refund).await?;
    assert!(done.out.contains("150 ⭐ go back"), "{done:?}");
    let again = type_in_group(&app.world, "payments", &refund).await?;
    assert!(
        again
            .err
            .contains("0 XTR of this payment can still go back"),
        "{again:?}"
    );
    let shown = type_in_group(&app.world, "payments", &format!("show {ID}")).await?;
    assert!(
        shown
            .out
            .contains("refund of 150 ⭐ requested, by operator:"),
        "{shown:?}"
    );
    assert!(shown.out.contains("ticket-4711-of-the-owner"), "{shown:?}");
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action IN ('refund_requested', 'payment_viewed')";
    assert_eq!(app.count(lines).await?, 2);
    Ok(())
}

/// Calls that have failed, one without its body, and one that is done.
const CALLS: &str = "
    INSERT INTO webhook_inbox (id, provider, endpoint, event_key, kind, headers, body, state, error, attempts)
    VALUES ('0193a0b0-0000-7000-8000-000000000001', 'stripe', '', 'e-1', 'charge', '{}', '{}', 'failed', 'an unknown form', 1),
           ('0193a0b0-0000-7000-8000-000000000002', 'cloudpayments', 'pay', 'e-2', 'pay', '{}', NULL, 'failed', 'away', 30),
           ('0193a0b0-0000-7000-8000-000000000003', 'stripe', '', 'e-3', 'charge', '{}', '{}', 'done', NULL, 1)";

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_vendors_that_have_failed_are_listed_and_put_back() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let none = type_in_group(&app.world, "payments", "inbox").await?;
    assert_eq!(none.out, "All calls are done.\n", "{none:?}");
    let replay =
        async |words: &str| type_in_group(&app.world, "payments", &format!("replay {words}")).await;
    assert_eq!(replay("").await?.code, Some(2), "which ones is not said");
    app.sql(CALLS).await?;
    let all = type_in_group(&app.world, "payments", "inbox --json").await?;
    assert_eq!(all.ids()?.len(), 2);
    let shown = type_in_group(&app.world, "payments", "inbox").await?;
    for text in ["an unknown form", "cloudpayments/pay", "30", "failed"] {
        assert!(shown.out.contains(text), "{shown:?}");
    }
    let back = replay("--failed").await?;
    assert!(back.out.starts_with("1 to be worked"), "{back:?}");
    let kept = "SELECT count(*) AS count FROM webhook_inbox JOIN jobs ON args ->> 'inbox_id' = webhook_inbox.id::text
                WHERE webhook_inbox.state = 'kept' AND jobs.kind = 'money.work_webhook.v1' AND jobs.state = 'queued'";
    assert_eq!(app.count(kept).await?, 1);
    // One that is done is worked again where its id is named; one without a body cannot be.
    let id = |n: u8| format!("--id 0193a0b0-0000-7000-8000-00000000000{n}");
    assert_eq!(replay(&id(3)).await?.code, Some(0));
    assert_eq!(app.count(kept).await?, 2);
    for n in [2, 9] {
        let none = replay(&id(n)).await?;
        assert_eq!(none.code, Some(1));
        assert!(none.err.contains("or its body is deleted"), "{none:?}");
    }
    let noted = "SELECT count(*) AS count FROM audit_logs WHERE action = 'webhooks_replayed'";
    assert_eq!(app.count(noted).await?, 2);
    Ok(())
}
