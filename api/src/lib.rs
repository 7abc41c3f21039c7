//! HTTP in; rows and jobs out. Never waits for a worker.
//!
//! `http` holds what every path has in common; each feature has a folder of its own, with the list of
//! its endpoints in `mod.rs`.

mod admin;
mod aliases;
mod analytics;
pub mod app;
mod bot;
pub mod config;
pub mod http;
mod mail;
mod money;
mod operators;
pub mod people;
pub mod readings;
mod routes;
pub mod state;
pub mod stopping;
pub mod usage;
mod web;
mod webhooks;

/// For the crate `fuzz`, what the bytes of clients reach; for `examples/callers.rs`, what knows them. No part of the
/// interface.
#[doc(hidden)]
pub mod inside {
    pub use crate::people::inside::{is_alive, is_key};
    pub use crate::readings::inside::{form, parse_cursor, print_cursor, wait};
}

use kernel::telemetry::metrics::Metric;

/// The metrics of this program: those of the features, and its own.
pub fn metrics() -> Vec<Metric> {
    [product::metrics().as_slice(), http::metrics::METRICS].concat()
}
