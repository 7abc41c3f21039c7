//! What operators see of payments, and what persons ask of them.

use serde_json::json;

use super::*;

/// Telegram tells of a charge, as <https://core.telegram.org/bots/api#successfulpayment> has it.
async fn paid(app: &TestApp, order: &str, charge: &str, stars: i64) -> anyhow::Result<()> {
    let update = json!({ "update_id": 1, "message": {
        "message_id": 9, "date": 1_760_000_000,
        "chat": { "id": 7, "type": "private", "first_name": "Ann" },
        "from": { "id": 7, "is_bot": false, "first_name": "Ann" },
        "successful_payment": { "currency": "XTR", "total_amount": stars, "invoice_payload": order,
            "telegram_payment_charge_id": charge, "provider_payment_charge_id": "" } } });
    assert_eq!(app.relay_update(&update).await?.status, 200);
    Ok(())
}

/// The ids of the payments that a query finds.
async fn found(operator: &Signed<'_>, query: &str) -> anyhow::Result<Vec<String>> {
    let answer = operator.gets(&format!("/v1/admin/payments{query}")).await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    let data = answer.body["data"].as_array().cloned().unwrap_or_default();
    let ids = data.iter().filter_map(|one| one["id"].as_str());
    Ok(ids.map(str::to_owned).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_are_found_by_their_state_their_person_and_their_time() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let auditor = Signed::operator(&app, "auditor").await?;
    let mut orders = Vec::new();
    for provider in ["telegram_stars", "telegram_stars", "sbp_tinkoff"] {
        orders.push(app.orders("BASIC", provider).await?.0);
    }
    let [first, second, third] = orders.clone().try_into().expect("three");
    paid(&app, &first, "a", 150).await?;
    paid(&app, &second, "b", 7).await?;
    paid(&app, &Uuid::now_v7().to_string(), "c", 9).await?;
    let person = app.user_id(7).await?;
    let id = auditor.id;
    orders.reverse();
    let none: &[String] = &[];
    for (query, expected) in [
        (String::new(), orders.as_slice()),
        ("?status=succeeded".to_owned(), std::slice::from_ref(&first)),
        ("?status=failed".to_owned(), std::slice::from_ref(&second)),
        (
            "?provider=sbp_tinkoff".to_owned(),
            std::slice::from_ref(&third),
        ),
        (format!("?person={person}"), orders.as_slice()),
        (format!("?person={id}"), none),
        ("?astray=true".to_owned(), std::slice::from_ref(&second)),
        ("?to=2020-01-01T00:00:00Z".to_owned(), none),
        ("?from=2020-01-01T00:00:00Z".to_owned(), orders.as_slice()),
        ("?limit=1".to_owned(), &orders[..1]),
        (format!("?limit=2&cursor={third}"), &orders[1..]),
    ] {
        assert_eq!(found(&auditor, &query).await?, expected, "{query}");
    }
    let page = auditor.gets("/v1/admin/payments?limit=1").await?;
    assert_eq!(page.body["next_cursor"], json!(third));
    assert_eq!(page.body["astray"], Value::Null);
    let astray = auditor.gets("/v1/admin/payments?astray=true").await?.body;
    let charges = astray["astray"].as_array().cloned().unwrap_or_default();
    let charges: Vec<_> = charges
        .iter()
        .map(|one| (&one["charge"], &one["why"]))
        .collect();
    assert_eq!(
        charges,
        [
            (&json!("c"), &json!("unknown")),
            (&json!("b"), &json!("mismatched"))
        ]
    );
    let wrong = auditor.gets("/v1/admin/payments?status=lost").await?;
    assert_eq!(wrong.refusal(), (400, "E105"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_a_payment_has_all_that_was_said_and_booked_and_who_has_looked()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    for _ in 0..2 {
        paid(&app, &order, "a", 150).await?;
    }
    let story = finance.gets(&format!("/v1/admin/payments/{order}")).await?;
    let (payment, said) = (&story.body, &story.body["said"][0]);
    let person = app.user_id(7).await?;
    assert_eq!(
        [
            &payment["user_id"],
            &payment["charge"],
            &payment["amount"],
            &payment["payer"]
        ],
        [&json!(person), &json!("a"), &json!(150), &json!(7)]
    );
    assert_eq!(
        [
            &said["status"],
            &said["happened"],
            &said["outcome"],
            &said["times"]
        ],
        [
            &json!("successful_payment"),
            &json!("paid"),
            &json!("granted"),
            &json!(2)
        ]
    );
    let accounts: Vec<_> = payment["postings"]
        .as_array()
        .expect("postings")
        .iter()
        .map(|one| (one["account"].as_str(), one["minor"].as_i64()))
        .collect();
    assert_eq!(
        accounts,
        [
            (Some("clearing:telegram_stars"), Some(150)),
            (Some("deferred"), Some(-150))
        ]
    );
    let looked = format!(
        "SELECT count(*) AS count FROM audit_logs WHERE action = 'payment_viewed' AND entity_id = '{order}'
           AND user_id = '{person}' AND actor = 'operator:{}'",
        finance.id
    );
    assert_eq!(app.count(&looked).await?, 1);
    let none = format!("/v1/admin/payments/{}", Uuid::nil());
    assert_eq!(finance.gets(&none).await?.refusal(), (404, "E601"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_asks_for_their_money_is_seen_and_no_money_moves() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let support = Signed::operator(&app, "support").await?;
    let auditor = Signed::operator(&app, "auditor").await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    let asks = async |payment: &str, reason: &str| {
        let path = format!("/v1/payments/{payment}/refund-request");
        app.as_seven(Method::POST, &path, json!({ "reason": reason }))
            .await
    };
    assert_eq!(asks(&order, "too early").await?.refusal(), (409, "E602"));
    paid(&app, &order, "a", 150).await?;
    for wrong in ["", "  ", &"x".repeat(1_001)] {
        assert_eq!(asks(&order, wrong).await?.refusal(), (400, "E105"));
    }
    let unknown = Uuid::now_v7().to_string();
    assert_eq!(asks(&unknown, "mine?").await?.refusal(), (404, "E601"));
    let wished = asks(&order, "I have bought it by mistake").await?;
    assert_eq!((wished.status, &wished.body["number"]), (202, &json!(1)));
    let again = asks(&order, "and once more").await?;
    assert_eq!((again.status, &again.body["number"]), (202, &Value::Null));
    assert_eq!(again.body["created_at"], wished.body["created_at"]);
    let open =
        "SELECT count(*) AS count FROM support_requests WHERE words LIKE '150 ⭐, %by mistake'";
    assert_eq!(app.count(open).await?, 1);
    assert_eq!(
        found(&support, "?wished=true").await?,
        std::slice::from_ref(&order)
    );
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    assert_eq!(app.count("SELECT count(*) AS count FROM refunds").await?, 0);
    let path = format!("/v1/admin/payments/{order}");
    let words = async |operator: &Signed<'_>| {
        let story = operator.gets(&path).await?;
        anyhow::Ok(story.body["refund_wish"]["words"].clone())
    };
    assert_eq!(words(&support).await?, json!("I have bought it by mistake"));
    assert_eq!(words(&auditor).await?, Value::Null);
    Ok(())
}
