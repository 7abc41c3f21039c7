//! Settings of the runtime.

use std::time::Duration;

use jobs::Queue;

/// Concurrency and timing of the runtime.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// The concurrency of single queues.
    pub concurrency: Vec<(Queue, usize)>,
    /// The concurrency of each other queue.
    pub other_concurrency: usize,
    /// A job whose worker has not renewed its lease for so long returns to the queue.
    pub lease: Duration,
    /// How often the dispatcher looks for jobs that are due.
    pub dispatch_every: Duration,
    /// How long running jobs may go on after a request to stop.
    pub grace: Duration,
}

impl RuntimeConfig {
    /// How many jobs of a queue run at once.
    pub fn concurrency(&self, queue: Queue) -> usize {
        let own = self.concurrency.iter().find(|(of, _)| *of == queue);
        own.map_or(self.other_concurrency, |(_, count)| *count)
            .max(1)
    }
}
