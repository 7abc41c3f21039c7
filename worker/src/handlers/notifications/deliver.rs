//! Messages that must stand in the chat once and only once.
//!
//! Telegram has no idempotency key for `sendMessage`. So each message begins as a *slot*: a
//! short line whose id is stored before anything else is done; then the slot is edited into the
//! text, and editing twice is the same as editing once. A crash between the sending of a slot
//! and the storing of its id leaves that short line behind, never a second reading.

use diesel_async::AsyncConnection;
use shared::Language;
use shared::features::analyses::model::Steps;
use shared::features::notifications::{queries, texts};
use shared::jobs::{ledger, limits};
use shared::providers::messenger::Outgoing;

use crate::runtime::handler::{Attempt, JobError};
use crate::state::WorkerState;

/// Puts `messages` into a chat and returns the id of the first.
pub(super) async fn deliver(
    state: &WorkerState,
    attempt: &Attempt,
    steps: &Steps,
    chat_id: i64,
    language: Language,
    messages: &[String],
) -> Result<Option<i64>, JobError> {
    let mut ids = steps.delivery_message_ids.clone();
    let limits = limits::of_chat(chat_id);
    // The claim has paid for the first call.
    let mut paid = true;
    for (at, html) in messages.iter().enumerate() {
        if at == ids.len() {
            if !std::mem::take(&mut paid) {
                state.pace(&limits).await?;
            }
            ids.push(slot(state, attempt, steps, chat_id, language, at).await?);
        }
        if !std::mem::take(&mut paid) {
            state.pace(&limits).await?;
        }
        state
            .core
            .providers
            .messenger
            .edit(chat_id, ids[at], html)
            .await?;
    }
    Ok(ids.first().copied())
}

async fn slot(
    state: &WorkerState,
    attempt: &Attempt,
    steps: &Steps,
    chat_id: i64,
    language: Language,
    at: usize,
) -> Result<i64, JobError> {
    let message = Outgoing {
        chat_id,
        html: texts::slot(language).to_owned(),
        reply_to: steps.message_id.filter(|_| at == 0),
    };
    let id = state.core.providers.messenger.send(&message).await?;
    state
        .db()
        .await?
        .transaction(async |conn| {
            ledger::hold(conn, &attempt.claim).await?;
            queries::add_slot(conn, steps.id, id).await?;
            Ok::<_, JobError>(())
        })
        .await?;
    Ok(id)
}
