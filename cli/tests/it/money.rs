//! The books of the money: `symancy money`.

use serde_json::json;
use testkit::eventually;
use world::TestApp;

use crate::stage::type_in_group;

async fn paid(app: &TestApp, order: &str, charge: &str, stars: i64) -> anyhow::Result<()> {
    let update = json!({ "update_id": 1, "message": { "successful_payment": {
        "currency": "XTR", "total_amount": stars, "invoice_payload": order,
        "telegram_payment_charge_id": charge } } });
    assert_eq!(app.relay_update(&update).await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_what_is_booked_and_what_went_astray() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let empty = type_in_group(&app.world, "money", "balance").await?;
    assert_eq!(empty.out, "ACCOUNT  SUM  CURRENCY\n", "{empty:?}");
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    paid(&app, &order, "charge_1", 150).await?;
    paid(&app, "none of ours", "charge%2", 7).await?;
    let balance = type_in_group(&app.world, "money", "balance").await?;
    assert_eq!(
        balance.out,
        "ACCOUNT                   SUM  CURRENCY\n\
         clearing:telegram_stars   157  XTR\n\
         deferred                 -150  XTR\n\
         suspense:telegram_stars    -7  XTR\n",
        "{balance:?}"
    );
    for wanted in [order.as_str(), "charge_1"] {
        let trace = type_in_group(&app.world, "money", &format!("trace {wanted} --json")).await?;
        let sums: Vec<_> = trace
            .json()?
            .iter()
            .map(|one| one["minor"].as_i64())
            .collect();
        assert_eq!(sums, [Some(150), Some(-150)], "{wanted}: {trace:?}");
    }
    let trace = type_in_group(&app.world, "money", "trace charge%2 --json").await?;
    assert_eq!(trace.json()?.len(), 2, "{trace:?}");
    let astray = type_in_group(&app.world, "money", "astray").await?;
    let lines: Vec<_> = astray.out.lines().collect();
    assert!(
        lines.len() == 2 && lines[1].ends_with("-7  XTR       charge:telegram_stars:charge%2:came"),
        "{astray:?}"
    );
    for none in ["charge_", "charge%", "%"] {
        let refused = type_in_group(&app.world, "money", &format!("trace {none}")).await?;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.err.contains("Nothing is booked"), "{refused:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_came_astray_goes_back_by_its_vendor_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    // The sum that the bank has is none of the order's.
    app.sql("UPDATE payments SET amount = 1").await?;
    app.at_the_bank(&page, "pay").await?;
    let came = "SELECT count(*) AS count FROM payment_reports WHERE outcome = 'mismatched'";
    eventually(async || Ok((app.count(came).await? == 1).then_some(()))).await?;
    let charge = "SELECT external_id::BIGINT AS count FROM payments";
    let charge = app.count(charge).await?;
    let give = format!("give-back {charge} --reason=ticket-4711-of-the-owner");
    let none = type_in_group(&app.world, "money", "give-back 1 --reason=ticket-4711").await?;
    assert_eq!(none.code, Some(1), "{none:?}");
    let done = type_in_group(&app.world, "money", &give).await?;
    assert!(done.out.contains("299 ₽ went back"), "{done:?}");
    let again = type_in_group(&app.world, "money", &give).await?;
    assert!(
        again.err.contains("No money is astray of this charge"),
        "{again:?}"
    );
    let balance = type_in_group(&app.world, "money", "balance --json").await?;
    for one in balance.json()? {
        assert_eq!(one["minor"], 0, "{one}");
    }
    let calls = app
        .world
        .outside("/control/calls?service=bank&method=Cancel");
    let calls: serde_json::Value = app.world.http.get(calls).send().await?.json().await?;
    assert_eq!(calls["calls"].as_array().map(Vec::len), Some(1), "{calls}");
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action = 'astray_given_back'";
    assert_eq!(app.count(lines).await?, 1);
    Ok(())
}
