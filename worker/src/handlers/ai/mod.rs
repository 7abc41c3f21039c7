//! Chores of the journal of paid calls.

mod settle_calls;
