//! The product: its settings, its wiring, and the lists of all features. The only place that knows all
//! of them; `api`, `worker` and `cli` stand on it.

pub mod at_rest;
pub mod config;
pub mod core;
pub mod error_codes;
mod lists;
mod migrations;
pub mod public_url;
pub mod secret_ages;
pub mod settings;
pub mod status;

pub use crate::core::{Core, Providers};
pub use config::Config;
pub use lists::{
    FEATURES, JOBS, SETTINGS, codes, definitions, event_schemas, facts, metrics, prune, shapes,
    time_statements,
};
pub use migrations::{MIGRATIONS, migrate, migrate_up, prepare, rights};
