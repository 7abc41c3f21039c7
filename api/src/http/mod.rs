//! What every path of the API has in common.

pub(crate) mod admin_networks;
pub(crate) mod classes;
pub(crate) mod cors;
pub(crate) mod csv;
pub(crate) mod docs;
pub(crate) mod endpoint;
pub(crate) mod extract;
pub(crate) mod health;
pub(crate) mod idempotency;
pub mod metrics;
pub(crate) mod middleware;
pub mod openapi;
pub mod paths;
pub(crate) mod problem;
pub mod roles;
pub(crate) mod router;
pub(crate) mod security;
pub(crate) mod verdict;
