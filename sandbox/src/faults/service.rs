//! What can fail. Declared by the vendors; the rules of a plan are checked against it.

/// A name under which faults can be asked for and calls are counted, and some of its operations.
/// Several declarations of one name add up.
#[derive(Debug)]
pub struct Service {
    /// As the fault plan and the log of calls spell it.
    pub name: &'static str,
    /// Operations that a rule can name.
    pub operations: &'static [&'static str],
    /// What beyond the faults of all calls can happen to it.
    pub kind: Kind,
}

/// Kinds of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Calls of the product to a vendor.
    Calls,
    /// The same to an AI, whose answers can be spoilt.
    Answers,
    /// Calls of a vendor to the product, which can come twice or in another order.
    Deliveries,
}
