//! Tells a person that a payment was refused, or that its money, or a part of it, went back.

use bot::pages::plans::after_payment;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::{ErrorCode, Language};
use money::payments::messages::{PaymentPartlyRefunded, PaymentRefunded, PaymentRefused};
use money::payments::model::{Payment, PaymentStatus};
use money::payments::{queries, texts, untold};
use people::users;
use uuid::Uuid;
use vendors::codes::RECIPIENT_GONE;

use super::tell;
use crate::delivery::{missed, postpone};
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for PaymentRefused {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let text = |payment: &Payment, language| {
            texts::refused(payment.tier, payment.error_code.as_deref(), language)
        };
        ended(
            (state, attempt),
            (self.payment_id, self.chat_id),
            PaymentStatus::Failed,
            text,
        )
        .await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        not_told(conn, self.user_id, self.payment_id, code).await
    }
}

impl Handler<WorkerState> for PaymentRefunded {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let text = |payment: &Payment, language| {
            let price = texts::price(payment.amount, &payment.currency);
            texts::refunded(payment.tier, &price, language)
        };
        ended(
            (state, attempt),
            (self.payment_id, self.chat_id),
            PaymentStatus::Refunded,
            text,
        )
        .await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        not_told(conn, self.user_id, self.payment_id, code).await
    }
}

impl Handler<WorkerState> for PaymentPartlyRefunded {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let text = |payment: &Payment, language| {
            let sum = |amount| texts::price(amount, &payment.currency);
            let (gone, price) = (sum(payment.returned), sum(payment.amount));
            texts::partly_refunded(payment.tier, (&gone, &price), language)
        };
        ended(
            (state, attempt),
            (self.payment_id, self.chat_id),
            PaymentStatus::Succeeded,
            text,
        )
        .await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        not_told(conn, self.user_id, self.payment_id, code).await
    }
}

/// Sends the text, if the payment is still so: a refused one may have been paid meanwhile.
async fn ended(
    (state, attempt): (&WorkerState, &Attempt),
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
    let user = users::queries::by_id(&mut conn, user_id).await?;
    // Connections are few: none is held while Telegram is called.
    drop(conn);
    if !user.is_reached() {
        let note = async |conn: &mut AsyncPgConnection| untold::keep_end(conn, payment_id).await;
        return postpone(state, attempt, user_id, note).await;
    }
    let language = user.language();
    let html = text(&payment, language);
    tell(state, chat_id, html, after_payment(language)).await
}

/// Keeps for their return what did not reach a person.
async fn not_told(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    payment_id: Uuid,
    code: ErrorCode,
) -> QueryResult<Vec<Ticket>> {
    if code == RECIPIENT_GONE {
        untold::keep_end(conn, payment_id).await?;
    }
    missed(conn, user_id, code).await
}
