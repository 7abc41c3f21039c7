//! Parts that go back, refunds that fail after all, and disputes, in any order.

use super::payments::{
    ORDER, all_lead_to, authorized, confirmed, end, end_of, expired, part, person, refunded,
    rejected, said,
};
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use money::invoices::config::Terms;
use money::payments::model::{Event, Happened};
use money::payments::settle::{sent_back, settle};
use money::refunds::model::Wish;
use money::refunds::{queries, request};
use testkit::TestDatabase;

/// Of a vendor that says what has gone back in all.
fn part_of(roubles: &str, all: &str) -> Event {
    Event {
        returned: Some(all.parse().expect("a sum")),
        ..part(roubles)
    }
}

fn return_failed(roubles: &str) -> Event {
    said("REFUND_FAILED", Happened::ReturnFailed, roubles)
}

fn disputed(roubles: &str) -> Event {
    said("DISPUTED", Happened::Disputed, roubles)
}

fn won() -> Event {
    said("DISPUTE_WON", Happened::DisputeWon, "299")
}

fn lost(roubles: &str) -> Event {
    said("DISPUTE_LOST", Happened::DisputeLost, roubles)
}

const PLAN: &str = "succeeded 299 13660 t; BASIC 2026-12-30";

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_booked_once_each_in_any_order_if_the_vendor_says_their_sum() -> anyhow::Result<()>
{
    let events = [
        rejected(),
        confirmed("299"),
        part_of("100", "100"),
        part_of("50", "150"),
        expired(),
    ];
    let expected = format!("{PLAN} 12:00:00; 150 0; clearing:sbp_tinkoff 14900, deferred -14900; ");
    all_lead_to(&events, &[0, 1, 2, 2, 3, 4], &expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_went_back_and_is_here_again_is_a_plan_in_any_order() -> anyhow::Result<()> {
    let events = [
        rejected(),
        confirmed("299"),
        refunded(),
        return_failed("299"),
        expired(),
    ];
    let expected = format!("{PLAN} 12:00:00; 0 0; clearing:sbp_tinkoff 29900, deferred -29900; ");
    all_lead_to(&events, &[0, 1, 2, 3, 3, 4], &expected).await?;
    let events = [
        confirmed("299"),
        part_of("100", "100"),
        return_failed("100"),
    ];
    all_lead_to(&events, &[0, 0, 1, 1, 2, 2], &expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disputed_payment_keeps_its_plan_and_its_vendor_holds_the_money() -> anyhow::Result<()> {
    let events = [
        authorized(),
        rejected(),
        confirmed("299"),
        part_of("100", "100"),
        disputed("199"),
    ];
    let expected =
        format!("{PLAN} 12:00:00; 100 199; deferred -19900, disputed:sbp_tinkoff 19900; ");
    all_lead_to(&events, &[0, 1, 2, 3, 4, 4], &expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_that_is_lost_takes_the_plan_and_one_that_is_won_leaves_it_in_any_order()
-> anyhow::Result<()> {
    let (paid, held) = (confirmed("299"), disputed("299"));
    let is_lost = [rejected(), paid.clone(), held.clone(), lost("299")];
    let expected = "refunded 299 13660 t; FREE; 299 0; CONFIRMED";
    all_lead_to(&is_lost, &[0, 1, 1, 2, 3, 3], expected).await?;
    let expected = format!("{PLAN} 12:00:00; 0 0; clearing:sbp_tinkoff 29900, deferred -29900; ");
    let is_won = [rejected(), paid.clone(), held.clone(), won(), expired()];
    all_lead_to(&is_won, &[0, 1, 2, 3, 3, 4], &expected).await?;
    let after_an_appeal = [paid.clone(), held.clone(), lost("299"), won(), expired()];
    all_lead_to(&after_an_appeal, &[0, 1, 2, 2, 3, 4], &expected).await?;
    // Of a part.
    let expected = format!("{PLAN} 12:00:00; 99 0; clearing:sbp_tinkoff 20000, deferred -20000; ");
    let of_a_part = [paid, disputed("99"), lost("99"), rejected()];
    all_lead_to(&of_a_part, &[0, 0, 1, 2, 2, 3], &expected).await
}

/// Of dispute number `n` about the same charge, in the words of PayPal.
fn of_dispute(n: u8, word: &str, happened: Happened, roubles: &str) -> Event {
    said(&format!("{word} PP-D-{n}"), happened, roubles)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_disputes_about_one_charge_one_is_won_and_one_is_lost_in_any_order()
-> anyhow::Result<()> {
    let events = |second: &str| {
        [
            confirmed("299"),
            said("REVERSED", Happened::Disputed, "299"),
            of_dispute(1, "OPEN", Happened::Disputed, "299"),
            of_dispute(1, "RESOLVED_SELLER_FAVOUR", Happened::DisputeWon, "299"),
            of_dispute(2, "OPEN", Happened::Disputed, second),
            of_dispute(2, "RESOLVED_BUYER_FAVOUR", Happened::DisputeLost, second),
        ]
    };
    let whole = "refunded 299 13660 t; FREE; 299 0; CONFIRMED";
    all_lead_to(&events("299"), &[0, 1, 2, 3, 4, 5], whole).await?;
    let part = format!("{PLAN} 12:00:00; 99 0; clearing:sbp_tinkoff 20000, deferred -20000; ");
    all_lead_to(&events("99"), &[0, 1, 2, 3, 4, 5], &part).await?;
    // The second one is still open.
    let open = format!(
        "{PLAN} 12:00:00; 0 99; clearing:sbp_tinkoff 20000, deferred -29900, disputed:sbp_tinkoff 9900; "
    );
    all_lead_to(&events("99"), &[0, 1, 2, 3, 3, 4], &open).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_disputes_of_parts_that_are_lost_are_both_gone_in_any_order() -> anyhow::Result<()> {
    let lost = |n| of_dispute(n, "RESOLVED_BUYER_FAVOUR", Happened::DisputeLost, "100");
    let events = [
        confirmed("299"),
        of_dispute(1, "OPEN", Happened::Disputed, "100"),
        lost(1),
        lost(2),
        rejected(),
    ];
    let expected = format!("{PLAN} 12:00:00; 200 0; clearing:sbp_tinkoff 9900, deferred -9900; ");
    all_lead_to(&events, &[0, 1, 2, 3, 3, 4], &expected).await
}

/// Of this currency, with all the decimals that it has.
fn in_money(event: Event, sum: &str, all: Option<&str>, currency: &str) -> Event {
    Event {
        amount: sum.parse().expect("a sum"),
        returned: all.map(|all| all.parse().expect("a sum")),
        currency: currency.to_owned(),
        ..event
    }
}

/// Public bug report woocommerce/woocommerce-gateway-stripe PR 5162: refunds of three decimals that were ten times too large.
#[tokio::test(flavor = "multi_thread")]
async fn parts_of_dinars_and_of_crypto_go_back_to_the_last_decimal_in_any_order()
-> anyhow::Result<()> {
    for (currency, price, first, both, end) in [
        (
            "KWD",
            "1.235",
            "0.111",
            "0.334",
            "0.334 0; clearing:sbp_tinkoff 901, deferred -901; ",
        ),
        (
            "BTC",
            "0.00005",
            "0.00001001",
            "0.00002002",
            "0.00002002 0; clearing:sbp_tinkoff 2998, deferred -2998; ",
        ),
    ] {
        let events = [
            in_money(confirmed("299"), price, None, currency),
            in_money(part("1"), first, Some(first), currency),
            in_money(part("1"), both, Some(both), currency),
            in_money(rejected(), price, None, currency),
        ];
        let expected = format!("succeeded {price} 13660 t; BASIC 2026-12-30 12:00:00; {end}");
        all_lead_to(&events, &[0, 0, 1, 1, 2, 3], &expected).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_is_here_again_buys_what_was_left_of_its_month_and_no_more() -> anyhow::Result<()>
{
    let story = |back, again| {
        [
            (confirmed("299"), "2026-11-30T12:00:00Z"),
            (refunded(), back),
            (return_failed("299"), again),
        ]
    };
    // 10 of 30 days were used.
    let end = end_of(&story("2026-12-10T12:00:00Z", "2027-01-10T12:00:00Z")).await?;
    let expected = "succeeded 299 13660 t; BASIC 2027-01-30 12:00:00; 0 0; ";
    assert!(end.starts_with(expected), "{end}");
    let end = end_of(&story("2027-01-05T12:00:00Z", "2027-01-10T12:00:00Z")).await?;
    let expected = "succeeded 299 13660 t; FREE; 0 0; clearing:sbp_tinkoff 29900, revenue -29900; ";
    assert!(end.starts_with(expected), "{end}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_gives_back_of_dinars_and_of_crypto_goes_to_the_last_decimal()
-> anyhow::Result<()> {
    let now: DateTime<Utc> = "2026-11-30T12:00:00Z".parse()?;
    let terms = Terms::default();
    for (currency, price, back, left) in [
        ("KWD", "1.235", "0.111", 1_124),
        ("BTC", "0.00005", "0.00001001", 3_999),
    ] {
        let database = TestDatabase::create().await?;
        let mut conn = database.connect().await?;
        conn.begin_test_transaction().await?;
        let paid = in_money(confirmed("299"), price, None, currency);
        conn.batch_execute(&person(&paid)).await?;
        settle(&mut conn, &paid, &terms, now).await?;
        let wish = Wish {
            payment_id: ORDER.parse()?,
            amount: Some(back.parse()?),
            reason: "a test".to_owned(),
        };
        let (refund, _) = request::request(&mut conn, wish, "a test", now).await?;
        queries::begin(&mut conn, refund.id, "0".parse()?, now).await?;
        sent_back(&mut conn, &refund, None, &terms, now).await?;
        let found = queries::find(&mut conn, refund.id)
            .await?
            .expect("it is there");
        assert_eq!(found.amount.to_string(), back);
        let end = end(&mut conn).await?;
        let expected = format!(
            "succeeded {price} 13660 t; BASIC 2026-12-30 12:00:00; {back} 0; clearing:sbp_tinkoff {left}, deferred -{left}; "
        );
        assert!(end.starts_with(&expected), "{end}");
    }
    Ok(())
}
