//! Orders and transactions as the API answers them.

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::{Map, Value, json};

use super::state::{Order, Transaction};
use crate::http::{Reply, json as reply};

/// A success with what it brings.
pub fn success(model: &Value) -> Value {
    json!({ "Model": model, "Success": true, "Message": null })
}

pub fn refusal(message: &str) -> Reply {
    reply(&json!({ "Success": false, "Message": message }))
}

/// Hundredths as a number of whole units.
fn number(hundredths: i64) -> Value {
    text(hundredths)
        .parse::<f64>()
        .map_or(Value::Null, Value::from)
}

/// Hundredths with both decimals.
pub fn text(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A sum as it was asked for; `None`: none, or with more decimals than two.
pub fn hundredths(sum: &str) -> Option<i64> {
    let (whole, part) = sum.trim().split_once('.').unwrap_or((sum.trim(), ""));
    let part = part.trim_end_matches('0');
    let is_sum = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || part.len() > 2 || !is_sum(whole) || !is_sum(part) {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    Some(whole.parse::<i64>().ok()? * 100 + part)
}

fn currency_code(currency: &str) -> i64 {
    match currency {
        "RUB" => 0,
        "USD" => 1,
        "EUR" => 2,
        _ => 3,
    }
}

/// A moment as `/Date(1635566398686)/`.
fn date(iso: &str) -> Value {
    let moment = NaiveDateTime::parse_from_str(iso, "%Y-%m-%dT%H:%M:%S");
    moment.map_or(Value::Null, |moment| {
        json!(format!("/Date({})/", moment.and_utc().timestamp_millis()))
    })
}

/// Whether a moment is on this day, where clocks are so many hours ahead of UTC.
pub fn is_of_day(iso: &str, day: &str, hours: i64) -> bool {
    let moment = NaiveDateTime::parse_from_str(iso, "%Y-%m-%dT%H:%M:%S");
    let there = moment.map(|moment| moment + TimeDelta::hours(hours));
    there.is_ok_and(|there| there.format("%Y-%m-%d").to_string() == day)
}

/// What the vendor keeps of a payment that came: 2.5 %.
fn fee(one: &Transaction) -> i64 {
    let came = one.of.is_none() && one.status == "Completed";
    if came { one.amount * 25 / 1_000 } else { 0 }
}

pub fn order(order: &Order, url: &str) -> Value {
    json!({
        "Id": order.id, "Number": order.number, "Amount": number(order.amount), "Currency": order.currency,
        "CurrencyCode": currency_code(&order.currency), "Email": order.email.as_deref().unwrap_or(""),
        "Phone": "", "Description": order.description, "RequireConfirmation": order.two_stages, "Url": url,
        "CultureName": order.culture, "CreatedDate": date(&order.created), "CreatedDateIso": order.created,
        "PaymentDate": null, "PaymentDateIso": null, "StatusCode": 0, "Status": order.status,
        "InternalId": order.number,
    })
}

pub fn transaction(one: &Transaction, public_id: &str) -> Value {
    let order = &one.order;
    let approved = matches!(one.status.as_str(), "Authorized" | "Completed");
    let authorized = approved.then_some(&one.created);
    let confirmed = authorized.filter(|_| one.status == "Completed");
    let mut model = json!({
        "ReasonCode": one.reason_code, "PublicId": public_id, "TerminalUrl": "https://symancy.example",
        "TransactionId": one.id, "Amount": number(one.amount), "Currency": order.currency,
        "CurrencyCode": currency_code(&order.currency), "PaymentAmount": number(one.amount),
        "PaymentCurrency": order.currency, "PaymentCurrencyCode": currency_code(&order.currency),
        "InvoiceId": order.invoice_id, "AccountId": order.account_id, "Email": order.email,
        "Description": order.description, "JsonData": order.data, "CreatedDate": date(&one.created),
        "CreatedDateIso": one.created, "PayoutDate": null, "PayoutDateIso": null, "PayoutAmount": null,
        "AuthDate": authorized.map(|at| date(at)), "AuthDateIso": authorized,
        "ConfirmDate": confirmed.map(|at| date(at)), "ConfirmDateIso": confirmed,
        "AuthCode": authorized.map(|_| "A1B2C3"), "TestMode": true, "Rrn": null,
        "OriginalTransactionId": one.of, "FallBackScenarioDeclinedTransactionId": null,
    });
    let more = json!({
        "IpAddress": "87.251.91.164", "IpCountry": "RU", "IpCity": "Новосибирск", "IpRegion": null,
        "IpDistrict": null, "IpLatitude": 55.03923, "IpLongitude": 82.927818, "CardFirstSix": "424242",
        "CardLastFour": "4242", "CardExpDate": "12/30", "CardType": "Visa", "CardProduct": "I",
        "CardCategory": "Visa Infinite (Infinite)", "EscrowAccumulationId": null, "IssuerBankCountry": "RU",
        "Issuer": "CloudPayments", "CardTypeCode": 0, "Status": one.status, "StatusCode": one.status_code(),
        "CultureName": order.culture, "Reason": one.reason(), "CardHolderMessage": one.reason(),
        "Type": i64::from(one.of.is_some()), "Refunded": one.refunded > 0 && one.refunded == one.amount,
        "Name": "TEST", "Token": one.token, "SubscriptionId": null, "GatewayName": "Test", "AndroidPay": false,
        "WalletType": "", "TotalFee": number(fee(one)),
    });
    if let (Value::Object(model), Value::Object(more)) = (&mut model, more) {
        model.extend::<Map<String, Value>>(more);
    }
    model
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_have_two_decimals() {
        for (sum, expected) in [
            ("299", Some(29_900)),
            ("299.0", Some(29_900)),
            ("2.99", Some(299)),
            ("0.1", Some(10)),
            ("10.00000", Some(1_000)),
            ("2.995", None),
            ("-1", None),
            ("1e2", None),
            ("", None),
        ] {
            assert_eq!(hundredths(sum), expected, "{sum}");
        }
        assert_eq!(
            (text(29_905), number(299)),
            ("299.05".to_owned(), json!(2.99))
        );
    }
}
