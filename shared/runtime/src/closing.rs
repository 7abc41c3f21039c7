//! The channel to the closer.

use std::sync::Arc;

use jobs::claims::Claim;
use tokio::sync::{mpsc, oneshot};

/// A message to the closer.
pub(super) enum Message {
    /// Close this job as done.
    Done(Arc<Claim>),
    /// Reply when everything sent before is closed.
    Flush(oneshot::Sender<()>),
}

/// The sender.
pub(super) struct Closing(mpsc::UnboundedSender<Message>);

/// Creates the channel.
pub(super) fn channel() -> (Closing, mpsc::UnboundedReceiver<Message>) {
    let (sender, messages) = mpsc::unbounded_channel();
    (Closing(sender), messages)
}

impl Closing {
    /// Sends a job to be closed as done, in a batch.
    pub fn done(&self, claim: Arc<Claim>) {
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
