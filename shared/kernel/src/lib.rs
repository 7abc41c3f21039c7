//! The foundation of all crates, independent of the product: errors and their codes, languages,
//! time, retries, settings, the connection pool, Redis, logs and metrics.

pub mod clock;
pub mod codes;
pub mod currencies;
pub mod db;
pub mod env;
pub mod error;
pub mod facts;
pub mod language;
pub mod networks;
pub mod publish;
pub mod redis;
pub mod retry;
pub mod tables;
pub mod telemetry;
pub mod text;
pub mod tls;

pub use error::{Error, ErrorCode};
pub use language::Language;
