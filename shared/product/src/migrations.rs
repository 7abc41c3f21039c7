//! The migrations of all features.

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{Error, db};

/// Every migration, in order. What [`migrate`] applies.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Applies the migrations that this database has not seen; see [`db::migrate`].
///
/// # Errors
/// A migration that fails; it is rolled back.
pub async fn migrate(url: &str) -> Result<(), Error> {
    db::migrate(url, MIGRATIONS).await
}
