//! A reading is shown while it is being written: to the API's clients through Redis, and in the
//! person's chat as a draft. All of it is beside the work: it never fails it, ends with it, and is over
//! before the result is stored, so that no draft comes after the message.

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

/// How often clients are shown something new, at most.
const PUBLISH_EVERY: Duration = Duration::from_millis(150);

/// How long a draft that is on its way is waited for. Telegram takes a tenth of it; without the wait
/// it might show the draft after the message, for half a minute.
const SETTLE: Duration = Duration::from_millis(500);

/// Where a reading is shown.
pub(super) struct Stage<'a> {
    state: &'a WorkerState,
    id: Uuid,
    attempt: i64,
    chat_id: Option<i64>,
    needs_verdict: bool,
    pieces: mpsc::UnboundedReceiver<Piece>,
}

impl<'a> Stage<'a> {
    /// A stage for the answer to `request`, and where to put its pieces.
    pub(super) fn new(
        state: &'a WorkerState,
        attempt: &Attempt,
        steps: &Steps,
        request: &Request,
    ) -> (Pieces, Self) {
        let (sender, pieces) = mpsc::unbounded_channel();
        let schema = request.schema.as_ref();
        let properties = schema.map(|schema| &schema.schema["properties"]);
        let stage = Self {
            state,
            id: steps.id,
            attempt: attempt.claim.fence,
            chat_id: steps.chat_id,
            needs_verdict: properties.is_some_and(|all| all.get("appropriate").is_some()),
            pieces,
        };
        (sender, stage)
    }

    /// Does `work`, and shows what comes of it meanwhile.
    pub(super) async fn shows_while<T>(self, work: impl Future<Output = T>) -> T {
        let over = CancellationToken::new();
        let is_drafted = AtomicBool::new(false);
        let (grow, grown) = watch::channel(Growing::new(self.needs_verdict));
        let first = Snapshot {
            id: self.id,
            attempt: self.attempt,
            partial: Partial::default(),
        };
        let beside = async {
            tokio::join!(
                gather(self.pieces, grow, &over),
                publish(self.state, first, grown.clone(), &over),
                type_in(self.state, self.chat_id, &is_drafted),
            )
        };
        let drafts = async {
            if let Some(chat_id) = self.chat_id {
                let (state, grown) = (self.state, grown.clone());
                show_drafts(state, self.id, chat_id, grown, &over, &is_drafted).await;
            }
        };
        tokio::pin!(work, beside, drafts);
        let mut drafting = true;
        let done = loop {
            tokio::select! {
                biased;
                done = &mut work => break done,
                _ = &mut beside => {}
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

/// Puts the pieces together, to their end.
async fn gather(
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

/// Tells the API what there is: nothing, which takes back what an earlier attempt has shown; the first
/// text at once, then the newest now and then; and the last.
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

/// The typing indicator, where no draft says more; for ever.
async fn type_in(state: &WorkerState, chat_id: Option<i64>, is_drafted: &AtomicBool) {
    match chat_id {
        Some(chat_id) => match keep_typing(state, chat_id, is_drafted).await {},
        None => std::future::pending().await,
    }
}
