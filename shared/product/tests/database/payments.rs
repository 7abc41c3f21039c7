//! What a bank says of a payment comes in any order, and more than once: the end is the same.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use money::invoices::config::Terms;
use money::payments::model::{Event, Happened, PaymentProvider};
use money::payments::settle::settle;
use serde_json::Value;
use testkit::TestDatabase;
use vendors::payment::Refusal;

pub const ORDER: &str = "0193a0b0-0000-7000-8000-000000000001";

/// A person who has ordered a month of BASIC.
const PERSON: &str = "
    INSERT INTO users (telegram_id) VALUES (7);
    INSERT INTO subscriptions (user_id) SELECT id FROM users;
    INSERT INTO payments (id, user_id, subscription_id, provider, external_id, amount, currency, tier)
        SELECT '0193a0b0-0000-7000-8000-000000000001', user_id, id, 'sbp_tinkoff', '13660', 299, 'RUB', 'BASIC'
        FROM subscriptions";

/// The same, whose order is that of this event.
pub fn person(event: &Event) -> String {
    PERSON
        .replace("sbp_tinkoff", event.provider.as_str())
        .replace("13660", &event.external_id)
        .replace(
            "299, 'RUB'",
            &format!("{}, '{}'", event.amount, event.currency),
        )
}

/// What counts in the end: the payments, the plan, and the sums that were reported.
const END: &str = "SELECT concat_ws('; ',
    (SELECT string_agg(concat_ws(' ', status, amount, external_id, paid_at IS NOT NULL, error_code), ', '
          ORDER BY external_id) FROM payments),
    (SELECT concat_ws(' ', tier, CASE WHEN tier <> 'FREE' THEN current_period_end AT TIME ZONE 'UTC' END) FROM subscriptions),
    (SELECT string_agg(concat_ws(' ', returned, disputed), ', ' ORDER BY external_id) FROM payments),
    (SELECT string_agg(concat_ws(' ', account, minor), ', ' ORDER BY account)
     FROM (SELECT account, sum(minor) AS minor FROM book_postings GROUP BY account) AS books WHERE minor <> 0),
    (SELECT string_agg(concat_ws(' ', status, amount), ', ' ORDER BY status, amount) FROM payment_reports)) AS text";

#[derive(QueryableByName)]
struct End {
    #[diesel(sql_type = Text)]
    text: String,
}

pub fn said(status: &str, happened: Happened, roubles: &str) -> Event {
    Event {
        provider: PaymentProvider::SbpTinkoff,
        order_id: ORDER.to_owned(),
        external_id: "13660".to_owned(),
        status: status.to_owned(),
        happened,
        amount: roubles.parse().expect("a sum"),
        currency: "RUB".to_owned(),
        payer: None,
        returned: None,
        refusal: (happened == Happened::Refused).then_some(Refusal::InsufficientFunds),
        words: Value::Null,
    }
}

pub fn authorized() -> Event {
    said("AUTHORIZED", Happened::Underway, "299")
}

pub fn confirmed(roubles: &str) -> Event {
    said("CONFIRMED", Happened::Paid, roubles)
}

pub fn rejected() -> Event {
    said("REJECTED", Happened::Refused, "299")
}

pub fn expired() -> Event {
    said("DEADLINE_EXPIRED", Happened::Abandoned, "299")
}

pub fn part(roubles: &str) -> Event {
    said("PARTIAL_REFUNDED", Happened::PartlyReturned, roubles)
}

pub fn refunded() -> Event {
    said("REFUNDED", Happened::Returned, "299")
}

/// Every order of these, the next one always sharing the longest beginning with the one before.
fn orders(of: &[usize]) -> Vec<Vec<usize>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    let mut before: Option<usize> = None;
    for (at, first) in of.iter().enumerate() {
        // Twice the same: the orders are those of before.
        if before.replace(*first) == Some(*first) {
            continue;
        }
        let rest = [&of[..at], &of[at + 1..]].concat();
        for mut order in orders(&rest) {
            order.insert(0, *first);
            all.push(order);
        }
    }
    all
}

/// The ends of all orders of a story, each with an order that leads to it. `story` names events by their place, and
/// may name one twice, side by side.
async fn ends(events: &[Event], story: &[usize]) -> anyhow::Result<BTreeMap<String, Vec<usize>>> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    conn.begin_test_transaction().await?;
    conn.batch_execute(&person(&events[0])).await?;
    use PaymentProvider::{Cloudpayments, TelegramStars};
    if matches!(events[0].provider, Cloudpayments | TelegramStars) {
        // Its number comes with the money.
        let none = "UPDATE payments SET external_id = NULL";
        conn.batch_execute(none).await?;
    }
    let now: DateTime<Utc> = "2026-11-30T12:00:00Z".parse()?;
    let (mut ends, mut before) = (BTreeMap::new(), Vec::new());
    for order in orders(story) {
        let same = order.iter().zip(&before).take_while(|(a, b)| a == b);
        let same = same.count();
        if !before.is_empty() {
            let back = format!("ROLLBACK TO before_{same}; RELEASE before_{same}");
            conn.batch_execute(&back).await?;
        }
        for (at, event) in order.iter().enumerate().skip(same) {
            conn.batch_execute(&format!("SAVEPOINT before_{at}"))
                .await?;
            settle(&mut conn, &events[*event], &Terms::default(), now).await?;
        }
        ends.entry(end(&mut conn).await?).or_insert(order.clone());
        before = order;
    }
    Ok(ends)
}

pub async fn end(conn: &mut AsyncPgConnection) -> anyhow::Result<String> {
    let end: End = diesel::sql_query(END).get_result(conn).await?;
    Ok(end.text)
}

/// The end of a story whose events come at these moments.
pub async fn end_of(story: &[(Event, &str)]) -> anyhow::Result<String> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    conn.begin_test_transaction().await?;
    conn.batch_execute(&person(&story[0].0)).await?;
    for (event, at) in story {
        settle(&mut conn, event, &Terms::default(), at.parse()?).await?;
    }
    end(&mut conn).await
}

/// All orders of the story lead to this end, which begins so.
pub async fn all_lead_to(events: &[Event], story: &[usize], expected: &str) -> anyhow::Result<()> {
    let (provider, tried) = (events[0].provider.as_str(), orders(story).len());
    println!("{provider}: {tried} orders of {} events", story.len());
    let ends = ends(events, story).await?;
    assert_eq!(ends.len(), 1, "{ends:#?}");
    let end = ends.keys().next().expect("an end");
    assert!(end.starts_with(expected), "{end}");
    Ok(())
}

#[test]
fn all_orders_are_tried() {
    assert_eq!(orders(&[0, 1, 2, 3, 4, 5]).len(), 720);
    assert_eq!(orders(&[0, 0, 1, 1, 2, 2]).len(), 90);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_which_two_parts_go_back_is_paid_in_any_order_of_six_events()
-> anyhow::Result<()> {
    let events = [
        authorized(),
        rejected(),
        confirmed("299"),
        part("100"),
        part("99"),
        expired(),
    ];
    let expected = "succeeded 299 13660 t; BASIC 2026-12-30";
    all_lead_to(&events, &[0, 1, 2, 3, 4, 5], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_goes_back_is_refunded_in_any_order_also_if_all_is_said_twice()
-> anyhow::Result<()> {
    let events = [confirmed("299"), part("100"), refunded()];
    let expected = "refunded 299 13660 t; FREE";
    all_lead_to(&events, &[0, 0, 1, 1, 2, 2], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_the_end_in_any_order_if_no_money_comes() -> anyhow::Result<()> {
    let events = [authorized(), rejected(), expired()];
    let expected = "failed 299 13660 f E403; FREE";
    all_lead_to(&events, &[0, 0, 1, 1, 2, 2], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_sum_is_granted_in_any_order_with_a_wrong_one() -> anyhow::Result<()> {
    let events = [
        authorized(),
        rejected(),
        confirmed("1"),
        confirmed("299"),
        expired(),
    ];
    let expected = "succeeded 299 13660 t; BASIC 2026-12-30";
    all_lead_to(&events, &[0, 1, 2, 3, 4], expected).await
}

/// What Stripe says of a session for 2.99 euros: by events, or when it is asked.
fn by_stripe(status: &str, happened: Happened, euros: &str) -> Event {
    let is_back = matches!(happened, Happened::PartlyReturned | Happened::Returned);
    let said = said(status, happened, euros);
    Event {
        provider: PaymentProvider::Stripe,
        external_id: "cs_test_a1".to_owned(),
        currency: "EUR".to_owned(),
        returned: is_back.then_some(said.amount),
        ..said
    }
}

/// Some of the events of Stripe: a declined card, a debit that arrives, parts that go back as sums so far, a dispute.
fn of_stripe() -> [Event; 9] {
    [
        by_stripe("processing", Happened::Underway, "2.99"),
        by_stripe("requires_payment_method", Happened::Refused, "2.99"),
        by_stripe("paid", Happened::Paid, "2.99"),
        by_stripe("partially_refunded", Happened::PartlyReturned, "1.00"),
        by_stripe("partially_refunded", Happened::PartlyReturned, "1.99"),
        by_stripe("refunded", Happened::Returned, "2.99"),
        by_stripe("expired", Happened::Abandoned, "2.99"),
        by_stripe(
            "disputed du_1MtJUT2eZvKYlo2CNaw2HvEv",
            Happened::Disputed,
            "2.99",
        ),
        by_stripe(
            "dispute_won du_1MtJUT2eZvKYlo2CNaw2HvEv",
            Happened::DisputeWon,
            "2.99",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn all_orders_of_what_stripe_says_lead_to_the_same_end() -> anyhow::Result<()> {
    let paid = "succeeded 2.99 cs_test_a1 t; BASIC 2026-12-30";
    let back = "refunded 2.99 cs_test_a1 t; FREE";
    let stories: [(&[usize], &str); 5] = [
        (&[0, 1, 2, 3, 4, 6], paid),
        (&[0, 1, 2, 2, 7, 8], paid),
        (&[1, 2, 3, 5, 6], back),
        (&[2, 2, 3, 3, 5, 5], back),
        (&[0, 0, 1, 1, 6, 6], "failed 2.99 cs_test_a1 f E403; FREE"),
    ];
    for (story, end) in stories {
        all_lead_to(&of_stripe(), story, end).await?;
    }
    Ok(())
}

/// What Telegram says of a charge in Stars (Bot API, `successful_payment` and `refunded_payment`).
fn in_stars(charge: &str, status: &str, happened: Happened) -> Event {
    Event {
        provider: PaymentProvider::TelegramStars,
        external_id: charge.to_owned(),
        currency: "XTR".to_owned(),
        payer: Some(7),
        ..said(status, happened, "150")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_orders_of_what_telegram_says_of_stars_lead_to_the_same_end() -> anyhow::Result<()> {
    let paid = |charge: &str| in_stars(charge, "successful_payment", Happened::Paid);
    let back = in_stars("a", "refunded_payment", Happened::Returned);
    let events = [paid("a"), back];
    all_lead_to(&events, &[0, 0, 1, 1], "refunded 150 a t; FREE").await?;
    // The invoice was paid twice.
    let events = [paid("a"), paid("b")];
    let expected = "succeeded 150 a t, succeeded 150 b t; BASIC 2027-01-30";
    all_lead_to(&events, &[0, 0, 1, 1], expected).await
}

/// The other month is one from the day on which it was paid, also if it stood behind the one whose money went back.
#[tokio::test(flavor = "multi_thread")]
async fn of_an_invoice_that_was_paid_twice_one_charge_goes_back_in_any_order() -> anyhow::Result<()>
{
    let paid = |charge: &str| in_stars(charge, "successful_payment", Happened::Paid);
    let back = in_stars("a", "refunded_payment", Happened::Returned);
    let events = [paid("a"), paid("b"), back];
    let expected = "refunded 150 a t, succeeded 150 b t; BASIC 2026-12-30";
    all_lead_to(&events, &[0, 0, 1, 1, 2, 2], expected).await
}
