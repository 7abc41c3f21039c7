//! Requests of accounts' keys against the quotas of their plans, counted without a round trip for each: a process takes a
//! block of units from the account's meter, which is one guarded statement, and spends it in its memory. What it has left
//! it gives back. The block of a process that dies counts as used, so that no request is free: `reap` says how much
//! that was.

mod holder;
mod queries;

pub use holder::Holder;
pub use queries::reap;
