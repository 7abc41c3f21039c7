//! The worker: real processes that are killed, and an outside world that fails.

mod bad_days;
mod jobs;
mod killed;
