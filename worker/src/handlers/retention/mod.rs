//! Chores by the clock.

mod prune;
mod sweep_photos;
