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

/// The messages about a reading that stand in the chat.
pub(super) struct Sent {
    pub first: Option<i64>,
    /// Those that n8n has sent, as far as it knows them: the reading's row does not have them yet.
    pub by_n8n: Vec<i64>,
}

/// Delivers messages about a reading to a chat, as a reply to the message of the request. What the worker has begun it
/// ends; else n8n is asked first, where there is one.
pub(super) async fn reply(
    state: &WorkerState,
    attempt: &Attempt,
    steps: &Steps,
    user: &User,
    reply: Reply<'_>,
) -> Result<Sent, JobError> {
    let language = user.language();
    let callback = Callback {
        delivery_id: attempt.claim.id,
        kind: reply.kind,
        telegram_id: user.telegram_id.unwrap_or(reply.chat_id),
        chat_id: reply.chat_id,
        message_id: steps.message_id,
        language,
        html: reply.messages,
    };
    if steps.delivery_message_ids.is_empty()
        && let Some(by_n8n) = offer(state, attempt, &callback).await?
    {
        let first = by_n8n.first().copied();
        return Ok(Sent { first, by_n8n });
    }
    let delivery = Delivery {
        chat_id: reply.chat_id,
        reply_to: steps.message_id,
        slot: texts::slot(language),
        sent: &steps.delivery_message_ids,
        slots: steps,
        keyboard: reply.keyboard,
    };
    let first = deliver(state, attempt, delivery, reply.messages).await?;
    let by_n8n = Vec::new();
    Ok(Sent { first, by_n8n })
}
