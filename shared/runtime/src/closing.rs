//! The way to the closer.

use jobs::claims::Claim;
use tokio::sync::{mpsc, oneshot};

/// What is sent to the closer.
pub(super) enum Message {
    /// Is done; close it.
    Done(Claim),
    /// Answer when everything before this is closed.
    Flush(oneshot::Sender<()>),
}

/// Takes what is to be closed.
pub(super) struct Closing(mpsc::UnboundedSender<Message>);

/// The way, and its end.
pub(super) fn channel() -> (Closing, mpsc::UnboundedReceiver<Message>) {
    let (sender, messages) = mpsc::unbounded_channel();
    (Closing(sender), messages)
}

impl Closing {
    /// Has a job closed as done, together with others.
    pub fn done(&self, claim: Claim) {
        let _ = self.0.send(Message::Done(claim));
    }

    /// Waits until everything that was sent before is closed.
    pub async fn flush(&self) {
        let (answer, flushed) = oneshot::channel();
        if self.0.send(Message::Flush(answer)).is_ok() {
            let _ = flushed.await;
        }
    }
}
