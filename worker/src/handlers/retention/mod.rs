//! Chores by the clock.

mod prune;
mod settle_calls;
mod sweep_archives;
mod sweep_photos;
