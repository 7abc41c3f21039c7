//! Charges without a page, of the card of an earlier payment.
//!
//! Source: <https://apidoc.comgate.cz/api/rest/> ("recurring").

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::words::number;
use super::{Comgate, NAME, failed};
use crate::payment::{Charge, Happened, Notification};
use crate::{ProviderError, ProviderErrorKind as Kind};

/// Of a charge whose state is not known yet.
const MADE: &str = "PENDING";

impl Comgate {
    /// Charges, and asks for what came of it. Once Comgate has given it a number, it is an answer: its state can be asked
    /// for again.
    pub(super) async fn charged(&self, charge: &Charge) -> Result<Notification, ProviderError> {
        let body = self.new_charge(charge)?;
        let path = ["recurring.json"];
        let said = self.call(Method::POST, &path, Some(body)).await?;
        let number = number(&said);
        let number = number.ok_or_else(|| failed(Kind::Protocol, "a success without transId"))?;
        let state = self.state(&number).await.unwrap_or_else(|why| {
            tracing::warn!(error = %why, charge = number, "{NAME} has made a charge, and does not say its state yet");
            None
        });
        let mut told = state.unwrap_or_else(|| begun(charge, &number));
        told.happened = match told.happened {
            // There is no page that it could wait at, nor one to leave.
            Happened::Open => Happened::Underway,
            Happened::Abandoned => Happened::Refused,
            other => other,
        };
        Ok(told)
    }

    fn new_charge(&self, charge: &Charge) -> Result<Value, ProviderError> {
        let mut body = self.new_payment(&charge.order)?;
        if let Value::Object(body) = &mut body {
            // What is about a page.
            body.retain(|name, _| {
                let of_charge = ["test", "price", "curr", "label", "refId", "email"];
                of_charge.contains(&name.as_str())
            });
            body.insert("initRecurringId".to_owned(), json!(charge.with.token));
        }
        Ok(body)
    }
}

fn begun(charge: &Charge, number: &str) -> Notification {
    Notification {
        order_id: charge.order.id.to_string(),
        external_id: number.to_owned(),
        status: MADE.to_owned(),
        happened: Happened::Underway,
        amount: charge.order.amount,
        currency: charge.order.currency.clone(),
        returned: None,
        payer: None,
        refusal: None,
        saved: None,
        words: Value::Object(Map::new()),
    }
}
