//! Tells a person that a payment was refused, or that its money went back.

use bot::pages::plans::after_payment;
use kernel::Language;
use money::payments::messages::{PaymentRefunded, PaymentRefused};
use money::payments::model::{Payment, PaymentStatus};
use money::payments::{queries, texts};
use people::users;
use uuid::Uuid;

use super::tell;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for PaymentRefused {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let text = |payment: &Payment, language| texts::refused(payment.tier, language);
        ended(
            state,
            (self.payment_id, self.chat_id),
            PaymentStatus::Failed,
            text,
        )
        .await
    }
}

impl Handler<WorkerState> for PaymentRefunded {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let text = |payment: &Payment, language| {
            let price = texts::price(payment.amount, &payment.currency);
            texts::refunded(payment.tier, &price, language)
        };
        ended(
            state,
            (self.payment_id, self.chat_id),
            PaymentStatus::Refunded,
            text,
        )
        .await
    }
}

/// Sends the text, if the payment is still so: a refused one may have been paid meanwhile.
async fn ended(
    state: &WorkerState,
    (payment_id, chat_id): (Uuid, i64),
    status: PaymentStatus,
    text: impl FnOnce(&Payment, Language) -> String,
) -> Result<Outcome, JobError> {
    let mut conn = state.db().await?;
    let payment = match queries::find(&mut conn, payment_id).await? {
        Some(payment) if payment.status == status => payment,
        _ => return Ok(Outcome::Done),
    };
    let Some(user_id) = payment.user_id else {
        return Ok(Outcome::Done);
    };
    let language = users::queries::by_id(&mut conn, user_id).await?.language();
    // Connections are few: none is held while Telegram is called.
    drop(conn);
    let html = text(&payment, language);
    tell(state, chat_id, html, after_payment(language)).await
}
