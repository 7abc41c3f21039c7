//! Delivers messages that must stand in a chat exactly once.
//!
//! Telegram has no idempotency key for `sendMessage`. So each message begins as a *message slot*: a
//! short line whose id is stored before anything else is done; then the slot is edited into the
//! text, and editing is idempotent. A crash between the sending of a slot
//! and the storing of its id leaves that short line behind, never a second text.

use std::time::Duration;

use bot::returned;
use delivery::job::limit_keys;
use diesel::{OptionalExtension, QueryResult};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use people::users::reach;
use uuid::Uuid;
use vendors::messenger::{Keyboard, Outgoing};

use crate::state::WorkerState;
use runtime::handler::{Attempt, JobError, Outcome};
use runtime::store::Write;

/// What follows when a message to a person has ended without success ([`runtime::handler::Handler::exhausted`]):
/// if it did not reach them, no other is sent until they are back.
pub(crate) async fn missed(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    code: ErrorCode,
) -> QueryResult<Vec<Ticket>> {
    reach::missed(conn, user_id, code).await?;
    Ok(Vec::new())
}

/// Ends a message to a person whom none reaches, with a note of what they have missed: `bot::returned` has it sent when
/// they are back. If they are back by now, it is sent at once.
pub(crate) async fn postpone<F>(
    state: &WorkerState,
    attempt: &Attempt,
    user_id: Uuid,
    note: F,
) -> Result<Outcome, JobError>
where
    for<'c> F: AsyncFnOnce(&'c mut AsyncPgConnection) -> QueryResult<()>
        + Write<&'c mut AsyncPgConnection, QueryResult<()>, Writing: Send>
        + Send,
{
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        // The person's row first, as where they return: that finds this job closed, or this finds them back.
        if reach::is_away(conn, user_id).await.optional()? == Some(false) {
            return Ok(Outcome::Snooze(Duration::ZERO));
        }
        ledger::complete(conn, &attempt.claim).await?;
        note(conn).await?;
        Ok(Outcome::Closed(Vec::new()))
    })
    .await
}

/// What follows when a message has reached a person: that they have blocked the bot, which may have been heard of
/// meanwhile, is not so any more.
pub(crate) async fn reached(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    chat_id: i64,
) -> QueryResult<Vec<Ticket>> {
    match reach::reached(conn, user_id).await? {
        true => returned::bring(conn, user_id, chat_id).await,
        false => Ok(Vec::new()),
    }
}

/// Storage of a feature for the ids of its message slots.
pub(crate) trait Slots: Sync {
    /// Appends the id of a slot.
    fn add(
        &self,
        conn: &mut AsyncPgConnection,
        message_id: i64,
    ) -> impl Future<Output = QueryResult<()>> + Send;

    /// Puts the id of a slot in the place of that of the slot at `at`, from 0, which is gone.
    fn replace(
        &self,
        conn: &mut AsyncPgConnection,
        at: usize,
        message_id: i64,
    ) -> impl Future<Output = QueryResult<()>> + Send;
}

/// A delivery to a chat, in its state at the beginning of an attempt.
pub(crate) struct Delivery<'a, S> {
    pub chat_id: i64,
    /// The message that the first message replies to.
    pub reply_to: Option<i64>,
    /// The text of a slot until it is edited, as HTML.
    pub slot: &'static str,
    /// The slots that earlier attempts have sent.
    pub sent: &'a [i64],
    pub slots: &'a S,
    /// Under the last message.
    pub keyboard: Keyboard,
}

/// Puts `messages` into the chat and returns the id of the first.
pub(crate) async fn deliver<S: Slots>(
    state: &WorkerState,
    attempt: &Attempt,
    delivery: Delivery<'_, S>,
    messages: &[String],
) -> Result<Option<i64>, JobError> {
    let mut ids = delivery.sent.to_vec();
    let limits = limit_keys(delivery.chat_id);
    let messenger = &state.core.providers.messenger;
    // The claim of the job took the token for the first call.
    let mut paid = true;
    for (at, html) in messages.iter().enumerate() {
        let mut message = Outgoing::new(delivery.chat_id, html);
        if at + 1 == messages.len() {
            message.keyboard.clone_from(&delivery.keyboard);
        }
        if at == ids.len() {
            if !std::mem::take(&mut paid) {
                state.pace(&limits).await?;
            }
            let id = send_slot(state, attempt, &delivery, at, false).await?;
            ids.push(id);
        }
        if !std::mem::take(&mut paid) {
            state.pace(&limits).await?;
        }
        if messenger.edit(ids[at], &message).await? {
            continue;
        }
        // The person has deleted it, or cleared the chat: once more is better than never.
        state.pace(&limits).await?;
        ids[at] = send_slot(state, attempt, &delivery, at, true).await?;
        state.pace(&limits).await?;
        if !messenger.edit(ids[at], &message).await? {
            let why = format!("message {} is no longer there", ids[at]);
            return Err(kernel::Error::internal(why).into());
        }
    }
    Ok(ids.first().copied())
}

/// Sends the slot of a message, or another one in the place of one that is gone, and stores its id.
async fn send_slot<S: Slots>(
    state: &WorkerState,
    attempt: &Attempt,
    delivery: &Delivery<'_, S>,
    at: usize,
    is_gone: bool,
) -> Result<i64, JobError> {
    let message = Outgoing {
        chat_id: delivery.chat_id,
        html: delivery.slot.to_owned(),
        reply_to: delivery.reply_to.filter(|_| at == 0),
        ..Outgoing::default()
    };
    let id = state.core.providers.messenger.send(&message).await?;
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        ledger::hold(conn, &attempt.claim).await?;
        match is_gone {
            true => delivery.slots.replace(conn, at, id).await?,
            false => delivery.slots.add(conn, id).await?,
        }
        Ok::<_, JobError>(())
    })
    .await?;
    Ok(id)
}
