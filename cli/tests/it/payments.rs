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
