//! The message slots of a reading: its row keeps the ids of the messages that carry it.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use people::users::model::User;
use readings::model::Steps;
use readings::{delivered, texts};
use vendors::workflow::{Callback, CallbackKind};

use crate::callback::offer;
use crate::delivery::{Delivery, Slots, deliver};
use crate::state::WorkerState;
use runtime::handler::{Attempt, JobError};

impl Slots for Steps {
    async fn add(&self, conn: &mut AsyncPgConnection, message_id: i64) -> QueryResult<()> {
        delivered::add_slot(conn, self.id, message_id).await
    }
}

/// Delivers messages about a reading to a chat, as a reply to the message of the request, and returns
/// the id of the first. What the worker has begun it ends; else n8n is asked first, where there is one.
pub(super) async fn reply(
    state: &WorkerState,
    attempt: &Attempt,
    steps: &Steps,
    kind: CallbackKind,
    chat_id: i64,
    user: &User,
    messages: &[String],
) -> Result<Option<i64>, JobError> {
    let language = user.language();
    let callback = Callback {
        delivery_id: attempt.claim.id,
        kind,
        telegram_id: user.telegram_id,
        chat_id,
        message_id: steps.message_id,
        language,
        html: messages,
    };
    if steps.delivery_message_ids.is_empty()
        && let Some(sent) = offer(state, attempt, &callback).await?
    {
        return Ok(sent.first().copied());
    }
    let delivery = Delivery {
        chat_id,
        reply_to: steps.message_id,
        slot: texts::slot(language),
        sent: &steps.delivery_message_ids,
        slots: steps,
    };
    deliver(state, attempt, delivery, messages).await
}
