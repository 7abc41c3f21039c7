//! CloudPayments: the list of a day (<https://developers.cloudpayments.ru/#vygruzka-spiska-tranzaktsiy>). A transaction there
//! has the form of `payments/get`.

use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};
use vendors::ProviderErrorKind::{Protocol, Rejected, Transient};
use vendors::payment::{Line, Moved, Sum};

use crate::cloudpayments::{SECRET, asking, lines, order, refusal};
use crate::failure;
use testkit::stub::{Reply, Stub};

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2021, 10, 30).expect("a day")
}

/// A transaction in these words, its sums written so.
fn transaction(number: i64, status: &str, (amount, fee): (&str, &str), more: &Value) -> String {
    let mut model = json!({
        "ReasonCode": 0, "PublicId": "pk_test", "TransactionId": number, "Currency": "RUB", "CurrencyCode": 0,
        "InvoiceId": order().id, "AccountId": "user_x", "CreatedDateIso": "2021-10-30T03:59:58",
        "AuthDateIso": "2021-10-30T04:00:00", "ConfirmDateIso": "2021-10-30T04:00:01", "PayoutDateIso": null,
        "PayoutAmount": null, "TestMode": true, "OriginalTransactionId": null, "Status": status,
        "Type": 0, "Refunded": false, "GatewayName": "Test",
    });
    for (name, value) in more.as_object().expect("an object") {
        model[name] = value.clone();
    }
    let sums = format!("\"Amount\":{amount},\"TotalFee\":{fee},\"Currency\":");
    model.to_string().replacen("\"Currency\":", &sums, 1)
}

fn listed(all: &[String]) -> Reply {
    let text = format!(
        "{{\"Model\":[{}],\"Success\":true,\"Message\":null}}",
        all.join(",")
    );
    Reply::new(200, text).header("content-type", "application/json")
}

fn line(number: &str, at: &str, moved: Moved) -> Line {
    let at: DateTime<chrono::Utc> = at.parse().expect("a moment");
    let number = number.to_owned();
    Line { number, at, moved }
}

fn roubles(amount: &str) -> Sum {
    Sum {
        amount: amount.parse().expect("a number"),
        currency: "RUB".to_owned(),
    }
}

#[tokio::test]
async fn a_day_tells_what_came_and_what_cloudpayments_keeps() -> anyhow::Result<()> {
    let by_link = json!({ "InvoiceId": null, "ConfirmDateIso": null });
    let refund = json!({ "Type": 1, "OriginalTransactionId": 891 });
    let payout = json!({ "Type": 2 });
    let all = [
        transaction(891, "Completed", ("299.00", "7.48"), &json!({})),
        transaction(892, "Completed", ("90071992547409.93", "0"), &by_link),
        transaction(893, "Completed", ("299.00", "0"), &refund),
        transaction(894, "Completed", ("299.00", "0"), &payout),
        transaction(895, "Declined", ("299.00", "0"), &json!({})),
        transaction(896, "Authorized", ("299.00", "0"), &json!({})),
        transaction(897, "Cancelled", ("299.00", "0"), &json!({})),
    ];
    let stub = Stub::start([listed(&all)]).await?;
    let found = asking(&stub)?.statement(day()).await?.expect("a statement");
    let (own, confirmed) = (Some(order().id), "2021-10-30T04:00:01Z");
    let came = |order, sum| Moved::Came { order, sum };
    assert_eq!(
        found,
        [
            line("891", confirmed, came(own, roubles("299"))),
            line("891:fee", confirmed, Moved::Fee(roubles("7.48"))),
            line(
                "892",
                "2021-10-30T03:59:58Z",
                came(None, roubles("90071992547409.93"))
            ),
        ]
    );
    assert_eq!(
        lines(&stub.received()),
        ["/payments/list {\"Date\":\"2021-10-30\",\"TimeZone\":\"UTC\"}"]
    );
    Ok(())
}

#[tokio::test]
async fn a_day_without_payments_is_an_empty_list_and_a_failure_is_none() -> anyhow::Result<()> {
    let stub = Stub::start([listed(&[])]).await?;
    assert_eq!(asking(&stub)?.statement(day()).await?, Some(Vec::new()));
    let no_time = json!({ "CreatedDateIso": null, "ConfirmDateIso": null });
    let no_time = transaction(891, "Completed", ("299.00", "0"), &no_time);
    for (reply, kind) in [
        (refusal("The request is invalid."), Rejected),
        (Reply::html(500), Transient),
        (Reply::html(200), Protocol),
        (listed(&["1".to_owned()]), Protocol),
        (listed(&[no_time]), Protocol),
    ] {
        let stub = Stub::start([reply]).await?;
        let failed = asking(&stub)?.statement(day()).await;
        assert_eq!(failure(failed, &[SECRET])?, kind);
    }
    Ok(())
}
