//! The outcome of an attempt.

/// What is written into the ledger at the end of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Done,
    /// Queued again if attempts are left, else dead.
    Failed,
    /// Dead, though attempts may be left.
    GivenUp,
    /// Queued again, and the attempt is given back.
    Snoozed,
    Cancelled,
}
