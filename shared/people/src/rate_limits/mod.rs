//! Rate limits: how many requests a minute a caller may make. The api counts each request
//! (`api/src/http/middleware/rate_limit.rs`).

pub mod limiter;
pub mod memory;
pub mod rules;
