//! Settings of the runtime.

use std::time::Duration;

use jobs::Queue;

/// How many jobs at once, and the times of the runtime.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// Jobs at once of single queues.
    pub concurrency: Vec<(Queue, usize)>,
    /// Jobs at once of each other queue.
    pub other_concurrency: usize,
    /// A job whose worker has not been heard of for so long is given to another.
    pub lease: Duration,
    /// How often the dispatcher looks for jobs that are due.
    pub dispatch_every: Duration,
    /// How long running jobs may go on after a request to stop.
    pub grace: Duration,
}

impl RuntimeConfig {
    /// Jobs at once of a queue.
    pub fn concurrency(&self, queue: Queue) -> usize {
        let own = self.concurrency.iter().find(|(of, _)| *of == queue);
        own.map_or(self.other_concurrency, |(_, count)| *count)
            .max(1)
    }
}
