//! The message slots of a reading: its row keeps the ids of the messages that carry it.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use kernel::Language;
use readings::model::Steps;
use readings::{delivered, texts};
use vendors::messenger::Keyboard;

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

/// Delivers messages about a reading to a chat, as a reply to the message of the request, and returns
/// the id of the first.
pub(super) async fn reply(
    state: &WorkerState,
    attempt: &Attempt,
    steps: &Steps,
    chat_id: i64,
    language: Language,
    messages: &[String],
    keyboard: Keyboard,
) -> Result<Option<i64>, JobError> {
    let delivery = Delivery {
        chat_id,
        reply_to: steps.message_id,
        slot: texts::slot(language),
        sent: &steps.delivery_message_ids,
        slots: steps,
        keyboard,
    };
    deliver(state, attempt, delivery, messages).await
}
