//! CloudPayments' words: what a notification, a status and a code mean.

use chrono::DateTime;
use uuid::Uuid;

use super::fields::Fields;
use crate::ProviderErrorKind as Kind;
use crate::payment::redact::redacted;
use crate::payment::saved::{card_label, expires_on};
use crate::payment::{Happened, Money, Notification, Refusal, Said, Saved, Sought};

/// The status of a transaction whose money has come.
pub(super) const COMPLETED: &str = "Completed";

/// `Type` of a transaction that takes money.
pub(super) const PAYMENT: &str = "0";

/// `Type` of a transaction that gives money back.
const REFUND: &str = "1";

/// What only the bank that has taken the money gives. A notification Check has all other fields of Pay.
const OF_THE_BANK: &[&str] = &["GatewayName", "AuthCode", "Rrn"];

/// What is not kept of the vendor's words: what is about the card and the person.
const LEFT_OUT: &[&str] = &[
    "AccountId",
    "CardCategory",
    "CardExpDate",
    "CardFirstSix",
    "CardId",
    "CardLastFour",
    "CardProduct",
    "CustomFields",
    "Data",
    "Email",
    "InfoShopData",
    "IpAddress",
    "IpCity",
    "IpCountry",
    "IpDistrict",
    "IpLatitude",
    "IpLongitude",
    "IpRegion",
    "Issuer",
    "IssuerBankCountry",
    "JsonData",
    "Name",
    "Payer",
    "Phone",
    "Receiver",
    "Token",
    "TokenRecipient",
];

/// What a notification says, by the address that it came to.
pub(super) fn said(endpoint: &str, fields: &Fields) -> Result<Said, &'static str> {
    let operation = fields.get("OperationType").unwrap_or("Payment");
    match endpoint {
        "check" => may_pay(fields),
        "pay" if operation != "Payment" => Ok(Said::Nothing),
        "pay" | "confirm" if is_of_the_bank(fields) => {
            let status = fields.get("Status").ok_or("Status is missing")?;
            Ok(Said::Moved(Box::new(charge(fields, status)?)))
        }
        "fail" if operation == "Payment" => Ok(Said::Moved(Box::new(charge(fields, "Declined")?))),
        // A refund and a cancellation have no currency; nor does a refund say what was paid.
        "pay" | "confirm" | "fail" | "cancel" | "refund" => changed(fields),
        "recurrent" | "receipt" => Ok(Said::Nothing),
        _ => Err("the address must end in check, pay, fail, confirm, refund or cancel"),
    }
}

fn is_of_the_bank(fields: &Fields) -> bool {
    OF_THE_BANK.iter().any(|name| fields.get(name).is_some())
}

fn may_pay(fields: &Fields) -> Result<Said, &'static str> {
    Ok(Said::MayPay(Money {
        order_id: fields.get("InvoiceId").unwrap_or_default().to_owned(),
        amount: fields.sum("Amount").ok_or("Amount is missing")?,
        currency: fields
            .get("Currency")
            .ok_or("Currency is missing")?
            .to_owned(),
    }))
}

/// Something happened to this transaction: of an order of ours, or it does not matter.
fn changed(fields: &Fields) -> Result<Said, &'static str> {
    let number = fields
        .get("TransactionId")
        .ok_or("TransactionId is missing")?;
    let order = fields.get("InvoiceId").unwrap_or_default().parse::<Uuid>();
    Ok(order.map_or(Said::Nothing, |id| {
        Said::Changed(Sought {
            id,
            external_id: Some(number.to_owned()),
            created_at: DateTime::UNIX_EPOCH,
        })
    }))
}

/// The vendor's key of a notification: of each kind there is one for a transaction and its status.
pub(super) fn event(endpoint: &str, fields: &Fields) -> Option<String> {
    let number = fields.get("TransactionId")?;
    let status = fields.get("Status").unwrap_or_default();
    Some(
        format!("{endpoint} {number} {status}")
            .trim_end()
            .to_owned(),
    )
}

/// A payment, as notifications and answers have it.
pub(super) fn charge(fields: &Fields, status: &str) -> Result<Notification, &'static str> {
    let happened = happened(status);
    let code = fields
        .get("ReasonCode")
        .filter(|_| happened == Happened::Refused);
    let number = fields
        .get("TransactionId")
        .ok_or("TransactionId is missing")?;
    Ok(Notification {
        // Money that was paid by a link of the vendor's cabinet is of no order.
        order_id: fields.get("InvoiceId").unwrap_or_default().to_owned(),
        external_id: number.to_owned(),
        status: status.to_owned(),
        happened,
        amount: fields.sum("Amount").ok_or("Amount is missing")?,
        currency: fields
            .get("Currency")
            .ok_or("Currency is missing")?
            .to_owned(),
        returned: None,
        payer: None,
        refusal: code.and_then(refusal),
        saved: saved(fields).filter(|_| happened == Happened::Paid),
        words: redacted(&fields.words(), LEFT_OUT),
    })
}

/// What the vendor has kept for a person of ours, who is its account; its token may be sealed.
fn saved(fields: &Fields) -> Option<Saved> {
    fields.get("AccountId")?;
    let token = fields.get("Token")?.to_owned();
    let card = card_label(
        fields.get("CardType").unwrap_or_default(),
        fields.get("CardLastFour").unwrap_or_default(),
    );
    let label = card.or_else(|| fields.get("PaymentMethod").map(str::to_owned));
    Some(Saved {
        token,
        label: label.unwrap_or_else(|| "••".to_owned()),
        expires_on: fields.get("CardExpDate").and_then(expires_on),
    })
}

/// What a status means (<https://developers.cloudpayments.ru/#statusy-operatsiy>).
fn happened(status: &str) -> Happened {
    match status {
        COMPLETED => Happened::Paid,
        "Declined" => Happened::Refused,
        // Of money that was reserved alone: it never came.
        "Cancelled" => Happened::Abandoned,
        _ => Happened::Underway,
    }
}

/// Whether a transaction gives money back.
pub(super) fn is_refund(transaction: &Fields) -> bool {
    transaction.get("Type") == Some(REFUND)
}

/// What went back of a payment by this transaction, if it is a refund of it and has not failed. Each refund has a
/// number of its own, which stands in the status: two parts of the same sum are two.
pub(super) fn returned(
    refund: &Fields,
    payment: &Notification,
) -> Result<Option<Notification>, &'static str> {
    let of = refund.get("OriginalTransactionId");
    let is_done = refund.get("Status") == Some(COMPLETED) && payment.happened == Happened::Paid;
    if !is_refund(refund) || !is_done || of != Some(payment.external_id.as_str()) {
        return Ok(None);
    }
    let amount = refund.sum("Amount").ok_or("Amount is missing")?;
    let number = refund
        .get("TransactionId")
        .ok_or("TransactionId is missing")?;
    let is_whole = amount >= payment.amount;
    Ok(Some(Notification {
        saved: None,
        status: format!("Refund {number}"),
        happened: match is_whole {
            true => Happened::Returned,
            false => Happened::PartlyReturned,
        },
        amount,
        // Of a part, what went back before is not said.
        returned: is_whole.then_some(amount),
        words: redacted(&refund.words(), LEFT_OUT),
        ..payment.clone()
    }))
}

/// Why a payment was refused (<https://developers.cloudpayments.ru/#kody-oshibok>). `None`: for a reason that the person
/// cannot mend, or none that is told.
fn refusal(code: &str) -> Option<Refusal> {
    match code {
        "5051" => Some(Refusal::InsufficientFunds),
        "5054" => Some(Refusal::CardExpired),
        "5206" | "5207" => Some(Refusal::NotConfirmed),
        "5001" | "5003" | "5004" | "5005" | "5007" | "5012" | "5019" | "5033" | "5034" | "5036"
        | "5041" | "5043" | "5057" | "5058" | "5059" | "5061" | "5062" | "5063" | "5065" => {
            Some(Refusal::ByIssuer)
        }
        _ => None,
    }
}

/// What the code of a call that failed means: a fault of a bank or of the network between them; anything else is about
/// the call.
pub(super) fn kind_of(code: Option<&str>) -> Kind {
    match code {
        Some("5030" | "5091" | "5092" | "5096") => Kind::Transient,
        _ => Kind::Rejected,
    }
}
