//! Charges without a page: `Init`, which moves no money, and `Charge` with what the bank has kept.
//!
//! Source: <https://developer.tbank.ru/eacq/api/charge>.

use serde_json::{Map, Value, json};

use super::token::scalar;
use super::{Tinkoff, failed, fields_of, parsed, read, refused};
use crate::payment::{Charge, Happened, Notification, Order, Saved};
use crate::{ProviderError, ProviderErrorKind as Kind};

impl Tinkoff {
    /// Charges an order once. What the bank has of it already is its answer, unless that is a refusal of before; a payment
    /// that was made for it and not charged is charged now: the bank takes the money of one payment once.
    pub(super) async fn charged(
        &self,
        charge: &Charge,
    ) -> Result<Vec<Notification>, ProviderError> {
        let known = self.of_order(charge.order.id).await?;
        if known.iter().any(|one| !may_be_charged(one.happened)) {
            return Ok(known);
        }
        let open = known
            .into_iter()
            .find(|one| one.happened == Happened::Open && one.amount == charge.order.amount);
        let number = match open {
            Some(open) => open.external_id,
            None => self.made(&charge.order).await?,
        };
        Ok(vec![self.charge(&number, &charge.with.token).await?])
    }

    /// A payment whose page no person sees; its number.
    async fn made(&self, order: &Order) -> Result<String, ProviderError> {
        // The card is kept already.
        let order = Order {
            keep_for: None,
            return_url: None,
            ..order.clone()
        };
        let mut fields = self.fields(&order)?;
        // We charge what is kept, without the person.
        fields.insert("DATA".to_owned(), json!({ "OperationInitiatorType": "R" }));
        let made = super::opened(parsed(&self.call("Init", fields).await?)?)?;
        made.external_id
            .ok_or_else(|| failed(Kind::Protocol, "a success without PaymentId"))
    }

    async fn charge(&self, number: &str, token: &str) -> Result<Notification, ProviderError> {
        let mut question = Map::new();
        question.insert("PaymentId".to_owned(), json!(number));
        question.insert("RebillId".to_owned(), json!(token));
        let body = self.call("Charge", question).await?;
        let answer: Map<String, Value> = parsed(&body)?;
        let is_told = ["Status", "OrderId", "Amount"].iter().all(|name| {
            answer
                .get(*name)
                .and_then(scalar)
                .is_some_and(|text| !text.is_empty())
        });
        if is_told {
            let told = read(&answer)?;
            // One that is open still was not charged, for a reason that is none of the card's.
            if told.happened != Happened::Open {
                return Ok(told);
            }
        }
        Err(refused(&parsed(&body)?))
    }

    /// With its token as the bank knows it; `None`: it cannot be opened.
    pub(super) fn opened(&self, saved: Saved) -> Option<Saved> {
        let token = self.seal.opened(&saved.token)?;
        Some(Saved { token, ..saved })
    }

    /// A notification with its token sealed; `None`: it has none.
    pub(super) fn kept(&self, body: &[u8]) -> Option<Vec<u8>> {
        let mut fields = fields_of(body).ok()?;
        let token = fields.get("RebillId").and_then(scalar)?;
        fields.insert("RebillId".to_owned(), json!(self.seal.sealed(&token)));
        serde_json::to_vec(&fields).ok()
    }
}

/// Whether an order that has such a payment may have another one.
fn may_be_charged(happened: Happened) -> bool {
    matches!(
        happened,
        Happened::Open | Happened::Refused | Happened::Abandoned
    )
}
