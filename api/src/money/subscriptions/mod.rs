//! Plans, and the subscriptions of persons. The path from money to a plan is described in
//! docs/PAYMENTS.md.

pub(crate) mod cancel;
pub(crate) mod change;
pub(crate) mod list;
pub(crate) mod plans;
pub(crate) mod purchase;
pub(crate) mod renewal;
pub(crate) mod show;
pub(crate) mod trial;
