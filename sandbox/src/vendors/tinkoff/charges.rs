//! Charges of cards that were kept. Source: <https://developer.tbank.ru/eacq/api/charge>.

use std::sync::Arc;

use serde_json::json;

use super::methods::{about, refusal, unknown};
use super::payment::{Act, Charges, Notice, Payment};
use super::{Tinkoff, notify};
use crate::http::{Form, Reply};

/// `Charge`: a payment that was made by `Init` is paid with the card of another one.
pub fn charge(bank: &Arc<Tinkoff>, form: &Form) -> Reply {
    let id = form.text("PaymentId").unwrap_or_default();
    let rebill_id = form.int("RebillId");
    let (payment, notices) = {
        let mut payments = bank.payments();
        let kept = payments
            .values()
            .find(|one| one.rebill_id.is_some() && one.rebill_id == rebill_id);
        let Some(charges) = kept.map(|kept| kept.charges.clone()) else {
            return refusal("104", "Ошибка выполнения рекуррента.");
        };
        let Some(payment) = payments.get_mut(&id) else {
            return unknown();
        };
        if !payment.is_open() {
            return refusal("8", "Неверный статус транзакции.");
        }
        let notices = ends(payment, charges);
        (payment.clone(), notices)
    };
    bank.world.touched();
    notify::send(bank, &payment, notices);
    let code = payment.error_code.as_deref();
    let more = json!({
        "Amount": payment.amount, "Success": code.is_none(), "ErrorCode": code.unwrap_or("0"),
        "Message": if code.is_some() { "Операция отклонена." } else { "OK" },
    });
    about(bank, &payment, more)
}

fn ends(payment: &mut Payment, charges: Charges) -> Vec<Notice> {
    let mut act = Act {
        name: "pay".to_owned(),
        ..Act::default()
    };
    match charges {
        Charges::Pass => {}
        Charges::Refused(code) => {
            "refuse".clone_into(&mut act.name);
            act.error_code = Some(code);
        }
        Charges::Late => {
            "AUTHORIZING".clone_into(&mut payment.status);
            return Vec::new();
        }
    }
    // It is open, so both are possible.
    payment.act(&act).unwrap_or_default()
}
