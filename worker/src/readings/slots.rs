//! The message slots of a reading: its row keeps the ids of the messages that carry it.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use people::users::model::User;
use readings::model::Steps;
use readings::{delivered, texts};
use vendors::messenger::Keyboard;
use vendors::workflow::{Callback, CallbackKind};

use crate::callback::offer;
use crate::delivery::{Delivery, Slots, deliver};
use crate::state::WorkerState;
use runtime::handler::{Attempt, JobError};

impl Slots for Steps {
    async fn add(&self, conn: &mut AsyncPgConnection, message_id: i64) -> QueryResult<()> {
        delivered::add_slot(conn, self.id, message_id).await
    }

    async fn replace(
        &self,
        conn: &mut AsyncPgConnection,
        at: usize,
        message_id: i64,
    ) -> QueryResult<()> {
        delivered::replace_slot(conn, self.id, at, message_id).await
    }
}

/// What is written about a reading.
pub(super) struct Reply<'a> {
    pub kind: CallbackKind,
    pub chat_id: i64,
    pub messages: &'a [String],
    /// Under the last message.
    pub keyboard: Keyboard,
}

/// Delivers messages about a reading to a chat, as a reply to the message of the request, and returns
/// the id of the first. What the worker has begun it ends; else n8n is asked first, where there is one.
pub(super) async fn reply(
    state: &WorkerState,
    attempt: &Attempt,
    steps: &Steps,
    user: &User,
    reply: Reply<'_>,
) -> Result<Option<i64>, JobError> {
    let language = user.language();
    let callback = Callback {
        delivery_id: attempt.claim.id,
        kind: reply.kind,
        telegram_id: user.telegram_id,
        chat_id: reply.chat_id,
        message_id: steps.message_id,
        language,
        html: reply.messages,
    };
    if steps.delivery_message_ids.is_empty()
        && let Some(sent) = offer(state, attempt, &callback).await?
    {
        return Ok(sent.first().copied());
    }
    let delivery = Delivery {
        chat_id: reply.chat_id,
        reply_to: steps.message_id,
        slot: texts::slot(language),
        sent: &steps.delivery_message_ids,
        slots: steps,
        keyboard: reply.keyboard,
    };
    deliver(state, attempt, delivery, reply.messages).await
}
