//! The declaration of a fact: something that happened and is recorded in the outbox. Each feature lists
//! its own; the crate `events` writes and reads them.

/// A kind of fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactKind {
    /// Frozen once released: readers know a fact by it. Form: `subject.verb`, in the past tense.
    pub name: &'static str,
    /// Of its data: a reader of an older one must not meet a newer one unawares. Fields may be added without a new
    /// version.
    pub version: i16,
    /// When it is recorded.
    pub about: &'static str,
}
