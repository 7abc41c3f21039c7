//! The books: whatever is told, however often and in which order, they say to the unit what came, what is owed and what
//! went back.

use jobs::ledger;
use money::books::jobs::KeepBooks;
use money::books::{compare, show};
use serde_json::json;
use uuid::Uuid;
use world::TestApp;

const PAID: &str = "successful_payment";
const BACK: &str = "refunded_payment";

/// Telegram tells of a charge, as <https://core.telegram.org/bots/api#successfulpayment> has it.
async fn told(
    app: &TestApp,
    kind: &str,
    order: &str,
    charge: &str,
    stars: i64,
) -> anyhow::Result<()> {
    let update = json!({ "update_id": 1, "message": {
        "message_id": 9, "date": 1_760_000_000,
        "chat": { "id": 7, "type": "private", "first_name": "Ann" },
        "from": { "id": 7, "is_bot": false, "first_name": "Ann" },
        (kind): { "currency": "XTR", "total_amount": stars, "invoice_payload": order,
            "telegram_payment_charge_id": charge, "provider_payment_charge_id": "" } } });
    assert_eq!(app.relay_update(&update).await?.status, 200);
    Ok(())
}

/// What stands on the accounts, without those that are even. The books and the payments have to agree.
async fn books(app: &TestApp) -> anyhow::Result<Vec<(String, i64)>> {
    let conn = &mut *app.db().await?;
    for compared in compare::compare(conn).await? {
        assert_eq!(compared.difference(), 0, "{compared:?}");
    }
    let all = show::balance(conn).await?;
    assert_eq!(all.iter().map(|one| one.minor).sum::<i64>(), 0, "{all:?}");
    let uneven = all.into_iter().filter(|one| one.minor != 0);
    Ok(uneven.map(|one| (one.account, one.minor)).collect())
}

fn accounts(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    let owned = expected
        .iter()
        .map(|(name, minor)| ((*name).to_owned(), *minor));
    owned.collect()
}

fn orders_of<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    if all.is_empty() {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for at in 0..all.len() {
        let mut rest = all.to_vec();
        let first = rest.remove(at);
        found.extend(orders_of(&rest).into_iter().map(|mut order| {
            order.insert(0, first.clone());
            order
        }));
    }
    found
}

/// As a process of the release before the books leaves them.
const FORGET: &str = "
    ALTER TABLE book_entries DISABLE TRIGGER books_stay; ALTER TABLE book_postings DISABLE TRIGGER books_stay;
    TRUNCATE book_entries, book_postings;
    ALTER TABLE book_entries ENABLE TRIGGER books_stay; ALTER TABLE book_postings ENABLE TRIGGER books_stay";

async fn keep(app: &TestApp) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &KeepBooks {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_of_a_story_ends_in_the_same_books() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let owed = |stars| accounts(&[("clearing:telegram_stars", stars), ("deferred", -stars)]);
    let stories = [
        (vec![(PAID, "a"), (PAID, "a"), (PAID, "b")], owed(300)),
        (
            vec![(PAID, "a"), (PAID, "b"), (BACK, "a"), (BACK, "a")],
            owed(150),
        ),
        (vec![(PAID, "a"), (PAID, "a"), (BACK, "a")], Vec::new()),
    ];
    let (mut balance, mut n) = (books(&app).await?, 0);
    for (story, expected) in stories {
        for order in orders_of(&story) {
            n += 1;
            let (id, _) = app.orders("BASIC", "telegram_stars").await?;
            for (kind, charge) in &order {
                told(&app, kind, &id, &format!("{charge}{n}"), 150).await?;
                books(&app).await?;
            }
            let mut sum = accounts(&[]);
            for (account, minor) in balance.iter().chain(&expected) {
                match sum.iter_mut().find(|(name, _)| name == account) {
                    Some((_, before)) => *before += minor,
                    None => sum.push((account.clone(), *minor)),
                }
            }
            balance = books(&app).await?;
            assert_eq!(balance, sum, "{order:?}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_goes_astray_stands_in_the_books_until_it_is_back() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    let unknown = Uuid::now_v7().to_string();
    let astray = |stars: i64| {
        accounts(&[
            ("clearing:telegram_stars", stars),
            ("suspense:telegram_stars", -stars),
        ])
    };
    for (order, charge) in [
        (order.as_str(), "short"),
        (&unknown, "foreign"),
        ("not an id", "odd"),
    ] {
        for _ in 0..2 {
            told(&app, PAID, order, charge, 7).await?;
            assert_eq!(books(&app).await?, astray(7), "{charge}");
        }
        let found = show::astray(&mut *app.db().await?).await?;
        let sources: Vec<_> = found.iter().map(|one| one.source.as_str()).collect();
        assert_eq!(sources, [format!("charge:telegram_stars:{charge}:came")]);
        for _ in 0..2 {
            told(&app, BACK, order, charge, 7).await?;
            assert_eq!(books(&app).await?, [], "{charge}");
        }
        assert_eq!(show::astray(&mut *app.db().await?).await?, []);
    }
    // What went back and never came is missed at the vendor.
    told(&app, BACK, &unknown, "never came", 9).await?;
    assert_eq!(books(&app).await?, astray(-9));
    // A sum that no account holds leaves them as they are.
    told(&app, PAID, &unknown, "nothing", 0).await?;
    assert_eq!(books(&app).await?, astray(-9));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_are_added_to_and_never_changed_and_every_entry_is_even() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    told(&app, PAID, &order, "a", 150).await?;
    let entry = "INSERT INTO book_entries (id, kind, source, happened_at)
                 VALUES ('00000000-0000-7000-8000-000000000001', 'paid', 'x', now());";
    for wrong in [
        "UPDATE book_postings SET minor = minor * 2",
        "DELETE FROM book_postings",
        "TRUNCATE book_postings",
        "UPDATE book_entries SET kind = 'astray'",
        "DELETE FROM book_entries",
        entry,
        &format!(
            "BEGIN; {entry} INSERT INTO book_postings
             VALUES ('00000000-0000-7000-8000-000000000001', 'deferred', 'XTR', 5); COMMIT"
        ),
        // Even, but in no currency.
        &format!(
            "BEGIN; {entry} INSERT INTO book_postings
             VALUES ('00000000-0000-7000-8000-000000000001', 'deferred', 'XTR', 5),
                ('00000000-0000-7000-8000-000000000001', 'revenue', 'RUB', -5); COMMIT"
        ),
        "INSERT INTO book_postings SELECT id, 'revenue', 'XTR', 5 FROM book_entries",
    ] {
        let refused = app.sql(wrong).await.expect_err(wrong).to_string();
        assert!(
            refused.contains("sum to zero") || refused.contains("never changed"),
            "{wrong}: {refused}"
        );
    }
    let owed = accounts(&[("clearing:telegram_stars", 150), ("deferred", -150)]);
    assert_eq!(books(&app).await?, owed);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_previous_release_settled_is_booked_and_time_that_is_over_is_earned()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for charge in ["a", "b", "c"] {
        let (order, _) = app.orders("BASIC", "telegram_stars").await?;
        told(&app, PAID, &order, charge, 150).await?;
    }
    // As it leaves them: without books.
    app.sql(FORGET).await?;
    let compared = compare::compare(&mut *app.db().await?).await?;
    assert_eq!(compared[0].difference(), -450);
    let owed = accounts(&[("clearing:telegram_stars", 450), ("deferred", -450)]);
    for _ in 0..2 {
        keep(&app).await?;
        assert_eq!(books(&app).await?, owed);
    }
    // The first month is over, the second has just begun, the third has not.
    app.sql(
        "UPDATE payments SET period_start = now() - interval '40 days', period_end = now() - interval '10 days'
         WHERE external_id = 'a'",
    )
    .await?;
    let earned = accounts(&[
        ("clearing:telegram_stars", 450),
        ("deferred", -300),
        ("revenue", -150),
    ]);
    for _ in 0..2 {
        keep(&app).await?;
        assert_eq!(books(&app).await?, earned);
    }
    // What was earned and goes back is seen from both sides.
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    app.sql(&format!(
        "UPDATE payments SET repeats = '{order}' WHERE external_id = 'a'"
    ))
    .await?;
    told(&app, BACK, &order, "a", 150).await?;
    let back = accounts(&[
        ("clearing:telegram_stars", 300),
        ("deferred", -300),
        ("refunds", 150),
        ("revenue", -150),
    ]);
    assert_eq!(books(&app).await?, back);
    keep(&app).await?;
    assert_eq!(books(&app).await?, back);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_back_of_a_month_is_not_earned() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    told(&app, PAID, &order, "a", 150).await?;
    app.sql("UPDATE payments SET returned = 50, disputed = 20")
        .await?;
    app.sql(FORGET).await?;
    keep(&app).await?;
    let owed = accounts(&[
        ("clearing:telegram_stars", 80),
        ("deferred", -100),
        ("disputed:telegram_stars", 20),
    ]);
    assert_eq!(books(&app).await?, owed);
    app.sql(
        "UPDATE payments SET period_start = now() - interval '40 days', period_end = now() - interval '10 days'",
    )
    .await?;
    let earned = accounts(&[
        ("clearing:telegram_stars", 80),
        ("disputed:telegram_stars", 20),
        ("revenue", -100),
    ]);
    for _ in 0..2 {
        keep(&app).await?;
        assert_eq!(books(&app).await?, earned);
    }
    Ok(())
}
