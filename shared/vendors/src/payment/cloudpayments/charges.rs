//! Charges without a page, by a token.
//!
//! Source: <https://developers.cloudpayments.ru/#oplata-po-tokenu-rekarring>.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::fields::Fields;
use super::{Answer, CloudPayments, protocol, sum, words};
use crate::ProviderError;
use crate::payment::{Charge, Happened, Notification, Refusal, Said, Saved};

/// What stands for the status of a charge that a person would have to confirm.
const NOT_CONFIRMED: &str = "3-D Secure";

/// A charge by a token.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewCharge<'a> {
    amount: Box<RawValue>,
    currency: &'a str,
    account_id: Uuid,
    token: &'a str,
    invoice_id: String,
    description: &'a str,
    /// 0: the shop charges, and not the person.
    tr_initiator_code: u8,
    /// 1: as it was agreed on, and not for once.
    payment_scheduled: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

impl CloudPayments {
    /// Charges an order once: also later than an hour after the answer was lost, when the vendor has forgotten the key.
    pub(super) async fn charged(
        &self,
        charge: &Charge,
    ) -> Result<Vec<Notification>, ProviderError> {
        let order = &charge.order;
        let last = self.last("payments/find", &order.id.to_string()).await?;
        if let Some(known) =
            last.filter(|one| matches!(one.get("Status"), Some("Completed" | "Authorized")))
        {
            let status = known.get("Status").unwrap_or_default();
            return Ok(vec![words::charge(&known, status).map_err(protocol)?]);
        }
        let body = NewCharge {
            amount: sum(order.amount, &order.currency)?,
            currency: &order.currency,
            account_id: charge.with.person,
            token: &charge.with.token,
            invoice_id: order.id.to_string(),
            description: &order.description,
            tr_initiator_code: 0,
            payment_scheduled: 1,
            email: order.email.as_deref(),
        };
        let answer = self
            .call("payments/tokens/charge", Some(&charge.key), &body)
            .await?;
        Ok(vec![told(charge, &answer)?])
    }

    /// With the token as the vendor knows it, or without one that cannot be opened.
    pub(super) fn opened(&self, said: Said) -> Said {
        let Said::Moved(mut moved) = said else {
            return said;
        };
        moved.saved = moved.saved.and_then(|saved| {
            let token = self.seal.opened(&saved.token)?;
            Some(Saved { token, ..saved })
        });
        Said::Moved(moved)
    }

    /// A notification with its token sealed, as a form; `None`: it has none.
    pub(super) fn kept(&self, body: &[u8]) -> Option<Vec<u8>> {
        let fields = Fields::of_body(body).ok()?;
        let token = self.seal.sealed(fields.get("Token")?);
        Some(fields.form_with("Token", &token).into_bytes())
    }
}

/// What an answer in one of the three documented forms says: taken or declined, to be confirmed by 3-D Secure, or not
/// understood.
fn told(charge: &Charge, answer: &Answer) -> Result<Notification, ProviderError> {
    let Some(fields) = answer.transaction()? else {
        return Err(answer.refusal());
    };
    if !answer.success && fields.get("AcsUrl").is_some() {
        return Ok(to_be_confirmed(charge, &fields));
    }
    let declined = (!answer.success).then_some("Declined");
    let status = fields.get("Status").or(declined);
    let status = status.ok_or_else(|| protocol("Status is missing"))?;
    words::charge(&fields, status).map_err(protocol)
}

/// Without the person, this is a refusal.
fn to_be_confirmed(charge: &Charge, fields: &Fields) -> Notification {
    Notification {
        order_id: charge.order.id.to_string(),
        external_id: fields.get("TransactionId").unwrap_or_default().to_owned(),
        status: NOT_CONFIRMED.to_owned(),
        happened: Happened::Refused,
        amount: charge.order.amount,
        currency: charge.order.currency.clone(),
        returned: None,
        payer: None,
        refusal: Some(Refusal::NotConfirmed),
        saved: None,
        // The rest is for the person's browser.
        words: serde_json::json!({ "TransactionId": fields.get("TransactionId") }),
    }
}
