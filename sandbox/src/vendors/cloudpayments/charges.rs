//! Charges by tokens. Source: <https://developers.cloudpayments.ru/#oplata-po-tokenu-rekarring>. The question Check is not
//! asked for them here.

use std::sync::Arc;

use serde_json::{Value, json};

use super::orders::{ordered, shown};
use super::state::{Act, Charges, Transaction};
use super::{CloudPayments, notify};
use crate::http::Form;

pub fn charge(site: &Arc<CloudPayments>, form: &Form) -> Result<Value, String> {
    // Older clients do not say who charges.
    if !matches!(form.int("TrInitiatorCode"), None | Some(0 | 1)) {
        return Err("Invalid TrInitiatorCode value".to_owned());
    }
    let (token, account) = (form.text("Token"), form.text("AccountId"));
    let mut order = ordered(site, form)?;
    "Paid".clone_into(&mut order.status);
    let (one, notices) = {
        let mut books = site.books();
        let of_account = |one: &Transaction| one.token == token && one.order.account_id == account;
        if token.is_none() || !books.transactions.values().any(of_account) {
            return Err("Token was not found".to_owned());
        }
        books.orders.insert(order.id.clone(), order.clone());
        let begun = books.add(Transaction {
            amount: order.amount,
            status: "AwaitingAuthentication".to_owned(),
            order,
            token,
            ..Transaction::default()
        });
        let act = match &books.charges {
            Charges::Authenticate => return Ok(to_be_confirmed(&begun)),
            Charges::Refuse(code) => Act {
                name: "refuse".to_owned(),
                reason_code: *code,
                ..Act::default()
            },
            Charges::Pass => Act::default(),
        };
        let notices = books.ends(begun.id, &act);
        (books.transactions.get(&begun.id).cloned(), notices)
    };
    notify::send(site, notices);
    shown(site, one)
}

fn to_be_confirmed(one: &Transaction) -> Value {
    json!({
        "Model": {
            "TransactionId": one.id, "PaReq": "eJxVUdtugkAQ/RXDe9mLgGjGbWxNWptgvKC", "GoReq": null,
            "AcsUrl": "https://test.paymentgate.ru/acs/auth/start.do", "ThreeDsSessionData": null,
            "IFrameIsAllowed": true, "FrameWidth": null, "FrameHeight": null, "ThreeDsCallbackId": "7be4d37f0a43",
            "EscrowAccumulationId": null,
        },
        "Success": false, "Message": null,
    })
}
