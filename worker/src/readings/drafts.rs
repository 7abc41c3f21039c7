//! Shows a reading in the person's chat while it is being written, as Telegram's drafts
//! (<https://core.telegram.org/bots/api#sendmessagedraft>). Drafts take only tokens that the throttles
//! can spare, and their failures do not affect the reading.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery::job::limit_keys;
use readings::growing::Growing;
use readings::render::draft;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vendors::{ProviderError, ProviderErrorKind as Kind};

use crate::state::WorkerState;

/// The least time between two drafts: Telegram's own limit for a chat.
const EVERY: Duration = Duration::from_secs(1);

/// Shows the newest state in a chat, about once a second, until `over` is cancelled or Telegram refuses
/// drafts. Sets `is_shown` with each draft that Telegram accepted.
pub(super) async fn show_drafts(
    state: &WorkerState,
    id: Uuid,
    chat_id: i64,
    mut grown: watch::Receiver<Growing>,
    over: &CancellationToken,
    is_shown: &AtomicBool,
) {
    // Groups have no drafts.
    if !state.core.config.messenger.drafts || chat_id <= 0 {
        return;
    }
    let keys = limit_keys(chat_id);
    let mut last = None;
    while let Some(html) = newest(&mut grown, over, &mut last).await {
        if !state.is_spare(&keys).await.unwrap_or(false) || over.is_cancelled() {
            // The next round shows this state, or a newer one.
            last = None;
            grown.mark_changed();
        } else {
            let messenger = &state.core.providers.messenger;
            match messenger.draft(chat_id, draft_id(id), &html).await {
                Ok(()) => is_shown.store(true, Ordering::Relaxed),
                Err(why) if is_final(&why) => {
                    tracing::debug!(error = %why, "Telegram refuses drafts in this chat");
                    return;
                }
                Err(why) => tracing::debug!(error = %why, "a draft was not shown"),
            }
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            () = over.cancelled() => return,
        }
    }
}

/// The next text that was not shown yet; `None` once `over` is cancelled or the writing has ended.
async fn newest(
    grown: &mut watch::Receiver<Growing>,
    over: &CancellationToken,
    last: &mut Option<String>,
) -> Option<String> {
    loop {
        tokio::select! {
            biased;
            () = over.cancelled() => return None,
            changed = grown.changed() => changed.ok()?,
        }
        let html = draft(grown.borrow_and_update().partial());
        if html.is_some() && html != *last {
            last.clone_from(&html);
            return html;
        }
    }
}

/// The id of the draft: the same for all attempts at a reading, so that each replaces the one before.
fn draft_id(id: Uuid) -> i32 {
    let (_, low) = id.as_u64_pair();
    i32::try_from(low & 0x7FFF_FFFF).unwrap_or(1).max(1)
}

/// Whether the error ends the drafts of this reading: only transient ones are worth another call.
fn is_final(why: &ProviderError) -> bool {
    !matches!(why.kind, Kind::Transient | Kind::Interrupted)
}
