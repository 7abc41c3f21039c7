//! A task that runs until it is stopped, and then returns what it has gathered.

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A task that can be stopped. It stops also when this is dropped.
pub struct Background<T> {
    stop: watch::Sender<bool>,
    task: JoinHandle<T>,
}

impl<T: Send + 'static> Background<T> {
    /// Starts the task that `run` returns.
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

    /// Stops the task and returns its result.
    pub async fn stop(self) -> anyhow::Result<T> {
        self.stop.send_replace(true);
        Ok(self.task.await?)
    }
}

/// Signals the task to stop.
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits until a moment; returns `false` if the task has to stop.
    pub async fn wait_until(&mut self, moment: tokio::time::Instant) -> bool {
        tokio::select! {
            biased;
            _ = self.0.wait_for(|stopped| *stopped) => false,
            () = tokio::time::sleep_until(moment) => true,
        }
    }
}
