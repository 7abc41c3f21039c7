//! Queues. Each is a constant of the feature whose jobs run in it; the catalogue lists them all.

/// A queue, by its name in the ledger, in Redis and in the metrics. Each has its own slots in a worker.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Queue(&'static str);

/// Maintenance jobs, and probes.
pub const MAINTENANCE: Queue = Queue::new("maintenance");

impl Queue {
    /// A queue of this name. Frozen once released: rows of the ledger carry it.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// Finds a queue by its name.
pub(crate) fn find(queues: &[Queue], name: &str) -> Option<Queue> {
    queues.iter().copied().find(|queue| queue.name() == name)
}

/// The names of these queues, in their order.
pub(crate) fn names(queues: &[Queue]) -> Vec<&'static str> {
    queues.iter().map(|queue| queue.name()).collect()
}
