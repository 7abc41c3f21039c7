//! Sends "Paid" to the person's chat.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use money::payments::messages::PaymentSuccess;
use money::payments::{queries, texts};
use people::users;
use vendors::messenger::Outgoing;
use vendors::workflow::{Callback, CallbackKind};

use crate::callback::offer;
use crate::delivery::{missed, reached};
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for PaymentSuccess {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let payment = match queries::find(&mut conn, self.payment_id).await? {
            Some(payment) if payment.told_at.is_none() => payment,
            _ => return Ok(Outcome::Done),
        };
        // Not for a refunded payment, nor for a deleted person.
        let (Some(window), Some(user_id)) = (payment.window(), payment.user_id) else {
            return Ok(Outcome::Done);
        };
        if !payment.is_succeeded() {
            return Ok(Outcome::Done);
        }
        let user = users::queries::by_id(&mut conn, user_id).await?;
        let (Some(telegram_id), true) = (user.telegram_id, user.is_reached()) else {
            // `payments::untold` tells them when they are back.
            return Ok(Outcome::Done);
        };
        let language = user.language();
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let now = state.core.clock.now();
        let html = texts::success(window.tier, window.from, window.until, now, language);
        let callback = Callback {
            delivery_id: attempt.claim.id,
            kind: CallbackKind::PaymentSuccess,
            telegram_id,
            chat_id: self.chat_id,
            message_id: None,
            language,
            html: std::slice::from_ref(&html),
        };
        if offer(state, attempt, &callback).await?.is_none() {
            let message = Outgoing::new(self.chat_id, html);
            state.core.providers.messenger.send(&message).await?;
        }
        let next = store(&state.core.db, attempt, async |conn| {
            queries::mark_told(conn, payment.id).await?;
            Ok(reached(conn, user_id, self.chat_id).await?)
        })
        .await?;
        Ok(Outcome::Closed(next))
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}
