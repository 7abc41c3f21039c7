//! The publishers over a real database, and vendors that fail as a test wants.

mod capture;
mod deaths;
mod fake;
mod relay;

use std::time::Duration;

use kernel::db::{DbConfig, Pool, connect};
use testkit::TestDatabase;

/// Connections of a publisher.
fn pool(database: &TestDatabase) -> anyhow::Result<Pool> {
    let config = DbConfig {
        address: database.address()?,
        pool_size: 2,
        wait: Duration::from_secs(30),
        migrate: false,
        even_restored: false,
        replica: None,
    };
    Ok(connect(&config)?)
}
