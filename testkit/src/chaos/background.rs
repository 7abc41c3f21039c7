//! Something that goes on until it is told to stop, and then hands over what it has gathered.

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A task with an end of its own. Told to stop when this is dropped, too.
pub struct Background<T> {
    stop: watch::Sender<bool>,
    task: JoinHandle<T>,
}

impl<T: Send + 'static> Background<T> {
    /// Starts what `run` makes of the sign to stop.
    pub fn start<F>(run: impl FnOnce(Stop) -> F) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        Self {
            stop,
            task: tokio::spawn(run(Stop(stopped))),
        }
    }

    /// Stops it and takes what it has.
    pub async fn stop(self) -> anyhow::Result<T> {
        self.stop.send_replace(true);
        Ok(self.task.await?)
    }
}

/// The sign to stop.
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits until a moment; `false` if it is time to stop.
    pub async fn wait_until(&mut self, moment: tokio::time::Instant) -> bool {
        tokio::select! {
            biased;
            _ = self.0.wait_for(|stopped| *stopped) => false,
            () = tokio::time::sleep_until(moment) => true,
        }
    }
}
