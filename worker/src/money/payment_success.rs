//! Sends "Paid" to a person's chat.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use money::news::News;
use money::payments::messages::PaymentSuccess;
use money::payments::queries;
use vendors::messenger::Outgoing;
use vendors::workflow::{Callback, CallbackKind};

use super::news::{known, not_told, otherwise};
use crate::callback::offer;
use crate::delivery::reached;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for PaymentSuccess {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let news = News::Paid {
            payment_id: self.payment_id,
        };
        let Some((user, words)) = known(state, self.user_id, &news).await? else {
            return Ok(Outcome::Done);
        };
        let (Some(telegram_id), true) = (user.telegram_id, user.is_reached()) else {
            return otherwise((state, attempt), &user, &news).await;
        };
        let html = words.in_chat();
        let callback = Callback {
            delivery_id: attempt.claim.id,
            kind: CallbackKind::PaymentSuccess,
            telegram_id,
            chat_id: self.chat_id,
            message_id: None,
            language: user.language(),
            html: std::slice::from_ref(&html),
        };
        if offer(state, attempt, &callback).await?.is_none() {
            let message = Outgoing::new(self.chat_id, html);
            state.core.providers.messenger.send(&message).await?;
        }
        let is_own = words.organization.is_none();
        let next = store(&state.core.db, attempt, async |conn| {
            // Of an organization each recipient is told by a job of their own.
            if is_own {
                queries::mark_told(conn, self.payment_id).await?;
            }
            Ok(reached(conn, self.user_id, self.chat_id).await?)
        })
        .await?;
        Ok(Outcome::Closed(next))
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        let news = News::Paid {
            payment_id: self.payment_id,
        };
        not_told(conn, self.user_id, &news, code).await
    }
}
