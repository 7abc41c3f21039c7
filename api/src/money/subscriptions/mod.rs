//! Plans, and the subscriptions of persons. How money becomes a plan is told in docs/PAYMENTS.md.

pub(crate) mod cancel;
pub(crate) mod order;
pub(crate) mod plans;
pub(crate) mod purchase;
pub(crate) mod show;
pub(crate) mod trial;
