//! T-Bank's words: what a status, a code and a notification mean.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::token::scalar;
use crate::ProviderErrorKind as Kind;
use crate::payment::redact::redacted;
use crate::payment::saved::{card_label, expires_on};
use crate::payment::{Happened, Notification, Refusal, Saved};

/// The only currency of a terminal.
pub(super) const CURRENCY: &str = "RUB";

/// What is not kept of the bank's words: what is about the card and the person, and the signature.
const LEFT_OUT: &[&str] = &[
    "Pan",
    "ExpDate",
    "CardId",
    "CustomerKey",
    "RebillId",
    "AccountToken",
    "DATA",
    "Data",
    "Token",
];

/// A charge, as notifications and answers to questions have it.
pub(super) fn notification(body: &Map<String, Value>) -> Result<Notification, &'static str> {
    let field = |name: &str| body.get(name).and_then(scalar);
    let missing = "OrderId, PaymentId, Status or Amount is missing";
    let kopecks: i64 = field("Amount")
        .and_then(|amount| amount.parse().ok())
        .ok_or(missing)?;
    let status = field("Status").ok_or(missing)?;
    // A confirmation has both the status and `Success`. Null is as good as nothing: the bank leaves both out
    // of what it signs.
    let success = field("Success").is_none_or(|is| is == "true");
    let happened = happened(&status, success);
    let code = field("ErrorCode").filter(|_| happened == Happened::Refused);
    Ok(Notification {
        order_id: field("OrderId").ok_or(missing)?,
        external_id: field("PaymentId").ok_or(missing)?,
        happened,
        status,
        amount: Decimal::new(kopecks, 2),
        currency: CURRENCY.to_owned(),
        // What `Amount` is in a part that went back, the bank does not say.
        returned: None,
        payer: None,
        refusal: code.and_then(|code| refusal(&code)),
        saved: None,
        words: redacted(&Value::Object(body.clone()), LEFT_OUT),
    })
}

/// What the bank has kept, as a notification says it; its token may be sealed. SberPay keeps nothing, nor does SBP under
/// this name.
pub(super) fn saved(body: &Map<String, Value>) -> Option<Saved> {
    let field = |name: &str| body.get(name).and_then(scalar);
    let token = field("RebillId").filter(|token| !token.is_empty())?;
    let number = field("Pan").unwrap_or_default();
    Some(Saved {
        token,
        label: card_label("", &number).unwrap_or_else(|| "••".to_owned()),
        expires_on: field("ExpDate").and_then(|date| expires_on(&date)),
    })
}

/// What a status means (<https://developer.tbank.ru/eacq/intro/developer/statuses>).
fn happened(status: &str, success: bool) -> Happened {
    match status {
        "NEW" | "FORM_SHOWED" => Happened::Open,
        "CONFIRMED" if success => Happened::Paid,
        "REJECTED" | "AUTH_FAIL" => Happened::Refused,
        "CANCELED" | "DEADLINE_EXPIRED" | "ATTEMPTS_EXPIRED" => Happened::Abandoned,
        // Only reserved money is reversed, and then it never comes.
        "REVERSED" | "REFUNDED" => Happened::Returned,
        "PARTIAL_REFUNDED" | "PARTIAL_REVERSED" => Happened::PartlyReturned,
        _ => Happened::Underway,
    }
}

/// Why a payment was refused (<https://developer.tbank.ru/eacq/intro/errors/error-codes>): from 1000 on they are
/// the codes of the bank that has issued the card (ISO 8583). `None`: for a reason that the person cannot mend, or
/// none that the bank tells.
fn refusal(code: &str) -> Option<Refusal> {
    match code {
        "103" | "1051" => Some(Refusal::InsufficientFunds),
        "1033" | "1054" => Some(Refusal::CardExpired),
        "101" | "1008" => Some(Refusal::NotConfirmed),
        "99" | "1001" | "1004" | "1005" | "1006" | "1007" | "1012" | "1014" | "1015" | "1034"
        | "1041" | "1043" | "1057" | "1058" | "1059" | "1061" | "1062" | "1063" | "1065" => {
            Some(Refusal::ByIssuer)
        }
        _ => None,
    }
}

/// What the code of a call that failed means: the terminal is blocked or unknown, the token is wrong; a fault
/// inside; anything else is about the order.
pub(super) fn kind_of(code: &str) -> Kind {
    match code {
        "202" | "204" | "205" | "501" => Kind::Auth,
        "9999" | "999" => Kind::Transient,
        _ => Kind::Rejected,
    }
}
