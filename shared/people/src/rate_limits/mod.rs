//! Rate limits: how many requests a caller may send in a window of time. The api counts each request
//! (`api/src/http/middleware/rate_limit.rs`).

pub mod buckets;
pub mod limit;
pub mod limiter;
pub mod memory;
pub mod policies;
pub mod rules;
pub mod window;
