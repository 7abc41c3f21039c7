//! PayPal: Transaction Search (<https://developer.paypal.com/docs/api/transaction-search/v1/>), with the codes of
//! <https://developer.paypal.com/docs/transaction-search/transaction-event-codes/>.

use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};
use testkit::stub::{Received, Reply, Stub};
use vendors::ProviderErrorKind::{Protocol, Rejected, Transient};
use vendors::payment::{Line, Moved, Sum};

use crate::failure;
use crate::paypal::{SECRETS, client, order, token};

const AT: &str = "2026-09-21T10:00:00+0000";

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 21).expect("a day")
}

fn money(value: &str, currency: &str) -> Value {
    json!({ "currency_code": currency, "value": value })
}

/// A transaction that is done.
fn transaction(id: &str, code: &str, amount: Value, more: &Value) -> Value {
    let mut info = json!({
        "paypal_account_id": "6STWC2LSUYYYE", "transaction_id": id, "transaction_event_code": code,
        "transaction_initiation_date": AT, "transaction_updated_date": AT, "transaction_amount": amount,
        "transaction_status": "S", "protection_eligibility": "01",
    });
    for (name, value) in more.as_object().expect("an object") {
        info[name] = value.clone();
    }
    json!({ "transaction_info": info })
}

fn page(all: &[Value], pages: usize) -> Reply {
    let body = json!({
        "transaction_details": all, "account_number": "XZXSPECPDZHZU", "last_refreshed_datetime": AT, "page": 1,
        "total_items": all.len(), "total_pages": pages, "links": [],
    });
    Reply::json(200, &body)
}

/// A PayPal that answers the question for a page of a day so.
async fn answering(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> anyhow::Result<Stub> {
    Stub::answering(move |call: &Received| match call.line().as_str() {
        "POST /v1/oauth2/token" => token(32_400),
        _ => {
            let number = call
                .query
                .rsplit('=')
                .next()
                .and_then(|number| number.parse().ok());
            reply(number.expect("the number of a page"))
        }
    })
    .await
}

async fn told(stub: &Stub) -> anyhow::Result<Vec<Line>> {
    let gateway = client(&stub.url, std::time::Duration::from_secs(5))?;
    Ok(gateway.statement(day()).await?.expect("a statement"))
}

fn line(number: &str, moved: Moved) -> Line {
    let at = DateTime::from_timestamp(1_789_984_800, 0).expect("a moment");
    let number = number.to_owned();
    Line { number, at, moved }
}

fn sum(amount: &str, currency: &str) -> Sum {
    Sum {
        amount: amount.parse().expect("a number"),
        currency: currency.to_owned(),
    }
}

#[tokio::test]
async fn a_day_tells_what_came_what_paypal_keeps_and_what_went_to_the_bank() -> anyhow::Result<()> {
    let ours = json!({ "custom_field": order().id, "fee_amount": money("-0.54", "EUR") });
    let dollars = json!({ "custom_field": "another shop", "fee_amount": money("-0.59", "USD") });
    let reversed = json!({ "transaction_status": "V", "custom_field": order().id });
    let of_refund = json!({ "fee_amount": money("0.15", "EUR"), "paypal_reference_id": "T1" });
    let part_of =
        |id: &str| json!({ "paypal_reference_id": id, "paypal_reference_id_type": "TXN" });
    let status = |status: &str| json!({ "transaction_status": status, "custom_field": order().id });
    let none = json!({});
    let all = [
        transaction("T1", "T0006", money("5.00", "EUR"), &ours),
        transaction("T2", "T0006", money("5.00", "USD"), &dollars),
        transaction("T3", "T0200", money("-4.41", "USD"), &part_of("T2")),
        transaction("T4", "T0200", money("4.05", "EUR"), &part_of("T2")),
        transaction("T5", "T0006", money("2.99", "EUR"), &reversed),
        transaction("T6", "T0006", money("5.00", "EUR"), &status("P")),
        transaction("T7", "T0006", money("5.00", "EUR"), &status("D")),
        transaction("T8", "T1107", money("-5.00", "EUR"), &of_refund),
        transaction("T9", "T0400", money("-50.00", "EUR"), &none),
        transaction("T10", "T0300", money("20.00", "EUR"), &none),
        transaction("T11", "T0106", money("-20.00", "EUR"), &none),
        // Sent to another account, a hold, and an exchange of which one side is missing.
        transaction("T12", "T0000", money("-7.00", "EUR"), &none),
        transaction("T13", "T1501", money("-5.00", "EUR"), &none),
        transaction("T14", "T0200", money("-1.00", "USD"), &part_of("T0")),
    ];
    let stub = answering(move |_| page(&all, 1)).await?;
    let came = |order, sum| Moved::Came { order, sum };
    let own = Some(order().id);
    let exchanged = Moved::Exchanged {
        from: sum("4.41", "USD"),
        to: sum("4.05", "EUR"),
    };
    assert_eq!(
        told(&stub).await?,
        [
            line("T1", came(own, sum("5.00", "EUR"))),
            line("T1:fee", Moved::Fee(sum("0.54", "EUR"))),
            line("T2", came(None, sum("5.00", "USD"))),
            line("T2:fee", Moved::Fee(sum("0.59", "USD"))),
            line("T5", came(own, sum("2.99", "EUR"))),
            line("T8:fee", Moved::Fee(sum("-0.15", "EUR"))),
            line("T9", Moved::PaidOut(sum("50.00", "EUR"))),
            line("T10", Moved::PaidOut(sum("-20.00", "EUR"))),
            line("T11", Moved::Fee(sum("20.00", "EUR"))),
            line("T3", exchanged),
        ]
    );
    let asked = stub.received();
    let asked = asked.last().expect("a question");
    assert_eq!(asked.path, "/v1/reporting/transactions");
    assert_eq!(
        asked.query,
        "start_date=2026-09-21T00:00:00Z&end_date=2026-09-21T23:59:59Z&fields=transaction_info&page_size=500&page=1"
    );
    Ok(())
}

#[tokio::test]
async fn all_pages_of_a_day_are_read() -> anyhow::Result<()> {
    let stub = answering(|number| {
        let one = transaction(
            &format!("T{number}"),
            "T0400",
            money("-1.00", "EUR"),
            &json!({}),
        );
        page(&[one], 3)
    })
    .await?;
    let lines = told(&stub).await?;
    let numbers: Vec<&str> = lines.iter().map(|line| line.number.as_str()).collect();
    assert_eq!(numbers, ["T1", "T2", "T3"]);
    Ok(())
}

#[tokio::test]
async fn an_empty_day_has_no_pages_and_an_app_without_the_feature_no_statement()
-> anyhow::Result<()> {
    let stub = answering(|_| page(&[], 0)).await?;
    assert_eq!(told(&stub).await?, []);
    let stub = answering(|_| {
        let name = "NOT_AUTHORIZED";
        Reply::json(403, &json!({ "name": name, "debug_id": "90957fca61718" }))
    })
    .await?;
    let gateway = client(&stub.url, std::time::Duration::from_secs(5))?;
    assert_eq!(gateway.statement(day()).await?, None);
    Ok(())
}

#[tokio::test]
async fn what_is_no_list_of_transactions_is_a_failure() -> anyhow::Result<()> {
    let none = json!({});
    let no_sum = transaction("T1", "T0006", money("much", "EUR"), &none);
    let no_number = transaction("", "T0006", money("5.00", "EUR"), &none);
    let no_time = json!({ "transaction_initiation_date": "yesterday" });
    let no_time = transaction("T1", "T0006", money("5.00", "EUR"), &no_time);
    let endless = |_| page(&[], 21);
    let many = json!({ "name": "RESULTSET_TOO_LARGE", "debug_id": "90957fca61718" });
    for (reply, kind) in [
        (page(&[no_sum], 1), Protocol),
        (page(&[no_number], 1), Protocol),
        (page(&[no_time], 1), Protocol),
        (endless(1), Protocol),
        (Reply::html(200), Protocol),
        (Reply::html(500), Transient),
        (Reply::json(400, &many), Rejected),
    ] {
        let stub = answering(move |_| reply.clone()).await?;
        let gateway = client(&stub.url, std::time::Duration::from_secs(5))?;
        assert_eq!(failure(gateway.statement(day()).await, SECRETS)?, kind);
    }
    Ok(())
}
