//! Invoices: their numbers have no gaps, their sums are those of the payments, and what is issued stays.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use kernel::env::Env;
use money::invoices::config::Terms;
use money::invoices::issue;
use money::payments::model::{Event, Happened, PaymentProvider};
use money::payments::queries::find;
use money::payments::settle::settle;
use serde_json::Value;
use testkit::TestDatabase;
use tokio::task::JoinSet;
use uuid::Uuid;

const NOW: &str = "2026-11-30T12:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().expect("a moment")
}

fn terms(rates: &str) -> Terms {
    let lookup = |name: &str| {
        let value = match name {
            "INVOICE_SELLER_NAME" => "Seller",
            "INVOICE_SELLER_ADDRESS" => "Street 1",
            "INVOICE_SELLER_COUNTRY" => "CZ",
            "TAX_RATES" => rates,
            _ => return None,
        };
        Some(value.to_owned())
    };
    let mut env = Env::new(&lookup);
    let terms = Terms::read(&mut env);
    env.finish(terms).expect("good settings")
}

/// A person with this Telegram id has ordered a month of BASIC.
async fn order(
    conn: &mut AsyncPgConnection,
    person: i64,
    (amount, currency): (&str, &str),
) -> anyhow::Result<Uuid> {
    let id = Uuid::now_v7();
    conn.batch_execute(&format!(
        "INSERT INTO users (telegram_id) VALUES ({person}) ON CONFLICT DO NOTHING;
         INSERT INTO subscriptions (user_id) SELECT id FROM users WHERE telegram_id = {person}
             ON CONFLICT DO NOTHING;
         INSERT INTO payments (id, user_id, subscription_id, provider, amount, currency, tier)
             SELECT '{id}', user_id, subscriptions.id, 'stripe', {amount}, '{currency}', 'BASIC'
             FROM subscriptions JOIN users ON users.id = user_id WHERE telegram_id = {person}"
    ))
    .await?;
    Ok(id)
}

fn said(order: Uuid, happened: Happened, (amount, currency): (&str, &str)) -> Event {
    Event {
        provider: PaymentProvider::Stripe,
        order_id: order.to_string(),
        external_id: format!("pi_{order}"),
        status: format!("{happened:?}"),
        happened,
        amount: amount.parse().expect("a sum"),
        currency: currency.to_owned(),
        payer: None,
        returned: None,
        refusal: None,
        words: Value::Null,
    }
}

#[derive(QueryableByName)]
struct Shown {
    #[diesel(sql_type = Text)]
    text: String,
}

/// The texts of a query with one column.
async fn texts(conn: &mut AsyncPgConnection, query: &str) -> anyhow::Result<Vec<String>> {
    let rows: Vec<Shown> = diesel::sql_query(query).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.text).collect())
}

const INVOICES: &str = "SELECT concat_ws(' ', number, total_minor, currency, tax_minor, tax_rate,
        (SELECT string_agg(concat_ws('/', tier, total_minor, tax_minor), ',' ORDER BY position)
         FROM invoice_lines WHERE invoice_id = invoices.id),
        (SELECT number FROM invoices AS of WHERE of.id = invoices.refers_to)) AS text
    FROM invoices ORDER BY id";

/// In a transaction of its own, as programs do.
async fn settles(conn: &mut AsyncPgConnection, event: &Event, terms: &Terms) -> anyhow::Result<()> {
    conn.transaction(async |conn| settle(conn, event, terms, now()).await)
        .await?;
    Ok(())
}

/// Pays for a month in a transaction of its own, which is rolled back if it is to be.
async fn buys(database: &TestDatabase, person: i64, goes_wrong: bool) -> anyhow::Result<()> {
    let mut conn = database.connect().await?;
    let price = ("5.00", "EUR");
    let order = order(&mut conn, person, price).await?;
    let event = said(order, Happened::Paid, price);
    let end = conn
        .transaction(async |conn| {
            settle(conn, &event, &Terms::default(), now()).await?;
            if goes_wrong {
                return Err(diesel::result::Error::RollbackTransaction);
            }
            Ok(())
        })
        .await;
    assert_eq!(end.is_err(), goes_wrong, "{end:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_no_gaps_also_where_purchases_at_once_are_rolled_back() -> anyhow::Result<()> {
    let database = Arc::new(TestDatabase::create().await?);
    for round in 0..2 {
        let mut all = JoinSet::new();
        for n in 0..30 {
            let database = database.clone();
            all.spawn(async move { buys(&database, 100 * round + n + 1, n % 3 == 0).await });
        }
        while let Some(one) = all.join_next().await {
            one??;
        }
    }
    let mut conn = database.connect().await?;
    let numbers = "SELECT number AS text FROM invoices ORDER BY number";
    let expected: Vec<String> = (1..=40).map(|n| format!("RCP-2026-{n:06}")).collect();
    assert_eq!(texts(&mut conn, numbers).await?, expected);
    Ok(())
}

/// Two wait for one number: the second one takes it if the first one does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_not_used_is_given_to_the_one_who_waits() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (mut first, mut second) = (database.connect().await?, database.connect().await?);
    let price = ("5.00", "EUR");
    let orders = [
        order(&mut first, 1, price).await?,
        order(&mut first, 2, price).await?,
    ];
    let [one, other] = orders.map(|order| said(order, Happened::Paid, price));
    first.batch_execute("BEGIN").await?;
    settle(&mut first, &one, &Terms::default(), now()).await?;
    let later = now() + chrono::TimeDelta::seconds(1);
    let waits = async {
        let terms = Terms::default();
        let issued = second.transaction(async |conn| settle(conn, &other, &terms, later).await);
        issued.await
    };
    let rolls_back = async {
        let waiting = "SELECT count(*)::text AS text FROM pg_locks
            WHERE NOT granted AND locktype IN ('transactionid', 'tuple')
              AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())";
        testkit::eventually(async || {
            let waiting = texts(&mut database.connect().await?, waiting).await?;
            Ok((waiting != ["0"]).then_some(()))
        })
        .await?;
        anyhow::Ok(first.batch_execute("ROLLBACK").await?)
    };
    let (issued, rolled_back) = tokio::join!(waits, rolls_back);
    rolled_back?;
    issued?;
    let all = "SELECT number AS text FROM invoices";
    assert_eq!(texts(&mut second, all).await?, ["RCP-2026-000001"]);
    Ok(())
}

/// Decimals of the currencies by ISO 4217; 21 % within 499.00 is 86.60 by a calculator.
#[tokio::test(flavor = "multi_thread")]
async fn every_currency_has_its_decimals_and_a_credit_note_takes_back_what_its_invoice_says()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let conn = &mut database.connect().await?;
    for (at, (price, expected)) in [
        (("499", "JPY"), "499 JPY 87 21.00 BASIC/499/87"),
        (("499.00", "EUR"), "49900 EUR 8660 21.00 BASIC/49900/8660"),
        (("5.12", "KWD"), "5120 KWD 889 21.00 BASIC/5120/889"),
        (("150", "XTR"), "150 XTR 26 21.00 BASIC/150/26"),
    ]
    .into_iter()
    .enumerate()
    {
        let order = order(conn, 1, price).await?;
        let terms = terms("CZ=21");
        for happened in [
            Happened::Paid,
            Happened::Paid,
            Happened::Returned,
            Happened::Returned,
        ] {
            settles(conn, &said(order, happened, price), &terms).await?;
        }
        let all = texts(conn, INVOICES).await?;
        let number = at + 1;
        let ends = [
            format!("INV-2026-{number:06} {expected}"),
            format!("CRN-2026-{number:06} {expected} INV-2026-{number:06}"),
        ];
        assert_eq!(all[2 * at..], ends, "{price:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tax_is_that_of_the_buyers_country_else_of_the_sellers() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let conn = &mut database.connect().await?;
    let price = ("299.00", "EUR");
    let terms = terms("CZ=21,DE=19,FI=25.5");
    for (person, country, expected) in [
        (1, None, "5189 21.00"),
        (2, Some("DE"), "4774 19.00"),
        (3, Some("FI"), "6075 25.50"),
        (4, Some("FR"), "0"),
    ] {
        let order = order(conn, person, price).await?;
        if let Some(country) = country {
            conn.batch_execute(&format!(
                "INSERT INTO billing_details (user_id, name, country)
                 SELECT id, 'Анна', '{country}' FROM users WHERE telegram_id = {person}"
            ))
            .await?;
        }
        settles(conn, &said(order, Happened::Paid, price), &terms).await?;
        let tax = format!(
            "SELECT concat_ws(' ', tax_minor, tax_rate) AS text FROM invoices WHERE payment_id = '{order}'"
        );
        assert_eq!(texts(conn, &tax).await?, [expected], "{country:?}");
    }
    let buyers = "SELECT COALESCE(buyer ->> 'name', '-') AS text FROM invoices ORDER BY id";
    assert_eq!(texts(conn, buyers).await?, ["-", "Анна", "Анна", "Анна"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_invoiced_is_what_was_kept_whatever_goes_back_and_comes_again() -> anyhow::Result<()>
{
    let database = TestDatabase::create().await?;
    let conn = &mut database.connect().await?;
    let price = ("299.00", "EUR");
    let order = order(conn, 1, price).await?;
    let paid = said(order, Happened::Paid, price);
    settles(conn, &paid, &terms("CZ=21")).await?;
    let payment = find(conn, order).await?.expect("the payment");
    // What is kept: a third less, twice the same; a third less; nothing; all again.
    let window = payment.window().expect("the month that it bought");
    for kept in ["199.33", "199.33", "99.66", "0", "0", "299.00", "299.00"] {
        let (kept, terms) = (kept.parse()?, terms("CZ=21"));
        issue::level(conn, &payment, Some(&window), kept, &terms, now()).await?;
    }
    let all = texts(conn, INVOICES).await?;
    assert_eq!(
        all,
        [
            "INV-2026-000001 29900 EUR 5189 21.00 BASIC/29900/5189",
            "CRN-2026-000001 9967 EUR 1730 21.00 BASIC/9967/1730 INV-2026-000001",
            "CRN-2026-000002 9967 EUR 1730 21.00 BASIC/9967/1730 INV-2026-000001",
            "CRN-2026-000003 9966 EUR 1729 21.00 BASIC/9966/1729 INV-2026-000001",
            "INV-2026-000002 29900 EUR 5189 21.00 BASIC/29900/5189",
        ]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_issued_stays_but_for_its_person_and_buyer() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let conn = &mut database.connect().await?;
    let price = ("299.00", "EUR");
    let order = order(conn, 1, price).await?;
    conn.batch_execute("INSERT INTO billing_details (user_id, name) SELECT id, 'Ann' FROM users")
        .await?;
    let paid = said(order, Happened::Paid, price);
    settles(conn, &paid, &terms("CZ=21")).await?;
    for wrong in [
        "UPDATE invoices SET total_minor = 1",
        "UPDATE invoices SET number = 'INV-2026-000002'",
        "UPDATE invoices SET user_id = gen_random_uuid()",
        "UPDATE invoices SET buyer = '{}'",
        "UPDATE invoices SET buyer = NULL, tax_rate = NULL",
        "DELETE FROM invoices",
        "UPDATE invoice_lines SET tax_minor = 0",
        "DELETE FROM invoice_lines",
    ] {
        let refused = conn
            .batch_execute(wrong)
            .await
            .expect_err(wrong)
            .to_string();
        assert!(refused.contains("never changed"), "{wrong}: {refused}");
    }
    let moment = |years: i64| now() + chrono::TimeDelta::days(years * 366);
    let forget = money::invoices::queries::forget_buyers;
    assert_eq!(forget(conn, 10, moment(9)).await?, 0);
    for forgotten in [1, 0] {
        assert_eq!(forget(conn, 10, moment(10)).await?, forgotten);
    }
    conn.batch_execute("UPDATE invoices SET user_id = NULL")
        .await?;
    let left = "SELECT concat_ws(' ', user_id, buyer, number) AS text FROM invoices";
    assert_eq!(texts(conn, left).await?, ["INV-2026-000001"]);
    Ok(())
}
