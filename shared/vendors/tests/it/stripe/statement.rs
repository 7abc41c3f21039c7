//! Balance transactions, in the form of <https://docs.stripe.com/api/balance_transactions/object>.

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use vendors::payment::{Line, Moved, Sum};

use super::{asked, charge, list, order, query, with};
use testkit::stub::{Reply, Stub};

const AT: i64 = 1_790_000_100;

/// In euros, which is the account's currency.
fn transaction(id: &str, kind: &str, (amount, fee): (i64, i64), source: &Value) -> Value {
    json!({
        "id": id, "object": "balance_transaction", "amount": amount, "available_on": AT, "created": AT,
        "currency": "eur", "description": null, "exchange_rate": null, "fee": fee, "fee_details": [],
        "net": amount - fee, "reporting_category": kind, "source": source, "status": "available", "type": kind,
    })
}

fn line(number: &str, moved: Moved) -> Line {
    let at = DateTime::from_timestamp(AT, 0).expect("a moment");
    let number = number.to_owned();
    Line { number, at, moved }
}

fn sum(amount: &str, currency: &str) -> Sum {
    Sum {
        amount: amount.parse::<Decimal>().expect("a number"),
        currency: currency.to_owned(),
    }
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 21).expect("a day")
}

#[tokio::test]
async fn a_day_tells_what_came_what_stripe_keeps_and_what_went_to_the_bank() -> anyhow::Result<()> {
    let dollars = with(charge(0, false), &[("currency", json!("usd"))]);
    let of_another_program = with(charge(0, false), &[("metadata", json!({}))]);
    let payout = json!({ "id": "po_1", "object": "payout", "amount": 5_000, "currency": "eur" });
    let refund = json!({ "id": "re_1", "object": "refund", "amount": 299, "currency": "usd" });
    let dispute = json!({ "id": "du_1", "object": "dispute", "amount": 299, "currency": "eur" });
    let all = [
        transaction("txn_1", "charge", (299, 29), &charge(0, false)),
        transaction("txn_2", "charge", (275, 30), &dollars),
        transaction("txn_3", "payment", (299, 0), &of_another_program),
        transaction("txn_4", "payout", (-5_000, 0), &payout),
        transaction("txn_5", "payout_failure", (5_000, 0), &payout),
        transaction("txn_6", "refund", (-270, 0), &refund),
        transaction("txn_7", "adjustment", (-299, 2_000), &dispute),
        transaction("txn_8", "stripe_fee", (-150, 0), &Value::Null),
        transaction("txn_9", "topup", (100, 0), &Value::Null),
    ];
    let stub = Stub::start([list(&all)]).await?;
    let lines = asked(&stub)?.statement(day()).await?.expect("a statement");
    let came = |order, sum| Moved::Came { order, sum };
    let own = Some(order().id);
    let exchanged = |from, to| Moved::Exchanged { from, to };
    assert_eq!(
        lines,
        [
            line("txn_1", came(own, sum("2.99", "EUR"))),
            line("txn_1:fee", Moved::Fee(sum("0.29", "EUR"))),
            line("txn_2", came(own, sum("2.99", "USD"))),
            line(
                "txn_2:exchanged",
                exchanged(sum("2.99", "USD"), sum("2.75", "EUR"))
            ),
            line("txn_2:fee", Moved::Fee(sum("0.30", "EUR"))),
            line("txn_3", came(None, sum("2.99", "EUR"))),
            line("txn_4", Moved::PaidOut(sum("50.00", "EUR"))),
            line("txn_5", Moved::PaidOut(sum("-50.00", "EUR"))),
            line(
                "txn_6:exchanged",
                exchanged(sum("-2.99", "USD"), sum("-2.70", "EUR"))
            ),
            line("txn_7:fee", Moved::Fee(sum("20.00", "EUR"))),
            line("txn_8", Moved::Fee(sum("1.50", "EUR"))),
        ]
    );
    let received = stub.only()?;
    assert_eq!(received.path, "/v1/balance_transactions");
    // 2026-09-21 in UTC.
    for pair in [
        ("created[gte]", "1789948800"),
        ("created[lte]", "1790035199"),
        ("expand[]", "data.source"),
        ("limit", "100"),
    ] {
        let pair = (pair.0.to_owned(), pair.1.to_owned());
        assert!(query(&received).contains(&pair), "{pair:?}");
    }
    Ok(())
}

#[tokio::test]
async fn all_pages_of_a_day_are_read() -> anyhow::Result<()> {
    let page = |id: &str, has_more: bool| {
        let one = transaction(id, "stripe_fee", (-1, 0), &Value::Null);
        let body = json!({ "object": "list", "data": [one], "has_more": has_more, "url": "/v1/x" });
        Reply::json(200, &body)
    };
    let stub = Stub::start([page("txn_1", true), page("txn_2", false)]).await?;
    let lines = asked(&stub)?.statement(day()).await?.expect("a statement");
    let numbers: Vec<&str> = lines.iter().map(|line| line.number.as_str()).collect();
    assert_eq!(numbers, ["txn_1", "txn_2"]);
    let second = query(&stub.received()[1]);
    assert!(second.contains(&("starting_after".to_owned(), "txn_1".to_owned())));
    Ok(())
}

#[tokio::test]
async fn a_vendor_without_such_a_list_says_so() -> anyhow::Result<()> {
    let stub = Stub::start([]).await?;
    let bank = crate::tinkoff::client(&stub.url, std::time::Duration::from_secs(5))?;
    assert_eq!(bank.statement(day()).await?, None);
    assert!(stub.received().is_empty());
    Ok(())
}
