//! Shows "typing…" in the person's chat while a step works.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::state::WorkerState;

/// Telegram shows the indicator for five seconds.
const AGAIN_AFTER: Duration = Duration::from_secs(4);

/// Runs `work` and meanwhile shows the indicator in `chat_id`, if there is a chat. Failures of the
/// indicator do not affect the work.
pub(super) async fn typing_while<T>(
    state: &WorkerState,
    chat_id: Option<i64>,
    work: impl Future<Output = T>,
) -> T {
    let Some(chat_id) = chat_id else {
        return work.await;
    };
    let idle = AtomicBool::new(false);
    tokio::select! {
        done = work => done,
        never = keep_typing(state, chat_id, &idle) => match never {},
    }
}

/// Shows the indicator for ever, except while drafts are shown: each draft sets `is_shown`.
pub(super) async fn keep_typing(
    state: &WorkerState,
    chat_id: i64,
    is_shown: &AtomicBool,
) -> Infallible {
    loop {
        if !is_shown.swap(false, Ordering::Relaxed)
            && let Err(why) = state.core.providers.messenger.typing(chat_id).await
        {
            tracing::debug!(error = %why, "the typing indicator was not shown");
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}
