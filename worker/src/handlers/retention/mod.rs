//! Chores by the clock.

mod prune;
mod sweep_archives;
mod sweep_photos;
