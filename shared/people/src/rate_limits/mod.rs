//! How many requests a minute anybody may make. Asked by the api on each request
//! (`api/src/http/middleware/rate_limit.rs`).

pub mod limiter;
pub mod memory;
pub mod rules;
