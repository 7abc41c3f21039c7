//! Shows a reading while it is being written: to the API's clients through Redis, and in the person's
//! chat as a draft. It runs concurrently to the work, cannot fail it, and ends before the result is
//! stored, so that no draft comes after the message.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use readings::growing::{Growing, Partial};
use readings::model::Steps;
use readings::news;
use readings::news::Snapshot;
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vendors::ai::{Piece, Pieces, Request};

use super::drafts::show_drafts;
use super::typing::keep_typing;
use crate::state::WorkerState;
use runtime::handler::Attempt;

/// The least time between two snapshots.
const PUBLISH_EVERY: Duration = Duration::from_millis(150);

/// The longest wait for a draft under way. Telegram takes a tenth of it; without the wait it might show
/// the draft after the message, for half a minute.
const SETTLE: Duration = Duration::from_millis(500);

/// The live view of a reading.
pub(super) struct LiveView<'a> {
    state: &'a WorkerState,
    id: Uuid,
    attempt: i64,
    chat_id: Option<i64>,
    needs_approval: bool,
    pieces: mpsc::UnboundedReceiver<Piece>,
}

impl<'a> LiveView<'a> {
    /// A view of the answer to `request`, and the sender for its pieces.
    pub(super) fn new(
        state: &'a WorkerState,
        attempt: &Attempt,
        steps: &Steps,
        request: &Request,
    ) -> (Pieces, Self) {
        let (sender, pieces) = mpsc::unbounded_channel();
        let schema = request.schema.as_ref();
        let properties = schema.map(|schema| &schema.schema["properties"]);
        let view = Self {
            state,
            id: steps.id,
            attempt: attempt.claim.fence,
            chat_id: steps.chat_id,
            needs_approval: properties.is_some_and(|all| all.get("appropriate").is_some()),
            pieces,
        };
        (sender, view)
    }

    /// Runs `work`, and meanwhile shows the pieces that it sends.
    pub(super) async fn show_during<T>(self, work: impl Future<Output = T>) -> T {
        let over = CancellationToken::new();
        let is_drafted = AtomicBool::new(false);
        let (grow, grown) = watch::channel(Growing::new(self.needs_approval));
        let first = Snapshot {
            id: self.id,
            attempt: self.attempt,
            partial: Partial::default(),
        };
        let background = async {
            tokio::join!(
                collect(self.pieces, grow, &over),
                publish(self.state, first, grown.clone(), &over),
                show_typing(self.state, self.chat_id, &is_drafted),
            )
        };
        let drafts = async {
            if let Some(chat_id) = self.chat_id {
                let (state, grown) = (self.state, grown.clone());
                show_drafts(state, self.id, chat_id, grown, &over, &is_drafted).await;
            }
        };
        tokio::pin!(work, background, drafts);
        let mut drafting = true;
        let done = loop {
            tokio::select! {
                biased;
                done = &mut work => break done,
                _ = &mut background => {}
                () = &mut drafts, if drafting => drafting = false,
            }
        };
        over.cancel();
        if drafting {
            let _ = timeout(SETTLE, drafts).await;
        }
        done
    }
}

/// Collects the pieces until their sender is dropped.
async fn collect(
    mut pieces: mpsc::UnboundedReceiver<Piece>,
    grow: watch::Sender<Growing>,
    over: &CancellationToken,
) {
    while let Some(piece) = pieces.recv().await {
        grow.send_modify(|growing| match piece {
            Piece::Begin => growing.start_over(),
            Piece::Text(text) => growing.push(&text),
        });
    }
    over.cancel();
}

/// Publishes snapshots to the API: first an empty one, which replaces that of an earlier attempt; then
/// the first text at once, the newest one from time to time, and the last.
async fn publish(
    state: &WorkerState,
    mut snapshot: Snapshot,
    mut grown: watch::Receiver<Growing>,
    over: &CancellationToken,
) {
    news::publish_snapshot(&state.core.publisher, &snapshot).await;
    while grown.changed().await.is_ok() {
        let partial = grown.borrow_and_update().partial();
        if partial == snapshot.partial {
            continue;
        }
        snapshot.partial = partial;
        news::publish_snapshot(&state.core.publisher, &snapshot).await;
        tokio::select! {
            () = sleep(PUBLISH_EVERY) => {}
            () = over.cancelled() => {}
        }
    }
}

/// Shows the typing indicator for ever, except while drafts are shown.
async fn show_typing(state: &WorkerState, chat_id: Option<i64>, is_drafted: &AtomicBool) {
    match chat_id {
        Some(chat_id) => match keep_typing(state, chat_id, is_drafted).await {},
        None => std::future::pending().await,
    }
}
