//! What `api` and `worker` both stand on: configuration, database, the job ledger, the
//! features' rules and queries, and the providers. It knows neither of them.

pub mod clock;
pub mod codes;
pub mod config;
pub mod core;
pub mod db;
pub mod error;
pub mod error_catalogue;
pub mod features;
pub mod jobs;
pub mod language;
pub mod networks;
pub mod product;
pub mod providers;
pub mod publish;
pub mod redis;
pub mod retry;
pub mod telemetry;

pub use crate::core::Core;
pub use crate::error::{Error, ErrorCode};
pub use crate::language::Language;
