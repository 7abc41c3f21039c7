//! Chores of the ledger.

mod prune;
