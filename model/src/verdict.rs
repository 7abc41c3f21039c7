//! How an attempt ends.

/// How an attempt is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    Done,
    /// Again if attempts are left, else dead.
    Failed,
    /// Dead, though attempts may be left.
    GivenUp,
    /// Again, and the attempt is given back.
    Snoozed,
    Cancelled,
}
