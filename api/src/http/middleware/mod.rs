//! The middleware of every request.

mod access_log;
pub(crate) mod authorize;
pub(crate) mod bodies;
pub(crate) mod caching;
pub(crate) mod client_address;
pub(crate) mod compress;
mod counted_for;
pub(crate) mod door;
pub(crate) mod methods;
pub(crate) mod rate_limit;
pub(crate) mod rate_limit_headers;
pub(crate) mod request_context;
pub(crate) mod security_headers;
pub(crate) mod step_up;
mod usage_log;
