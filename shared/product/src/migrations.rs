//! The migrations of all features, and their functions and views.

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{Error, db};

use crate::definitions;

/// Every migration, in order. What [`migrate`] applies.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Applies the migrations that this database has not seen, and the definitions that have changed; see
/// [`db::migrate`].
///
/// # Errors
/// A migration or a definition that fails; it is rolled back.
pub async fn migrate(url: &str) -> Result<(), Error> {
    db::migrate(url, MIGRATIONS, &definitions()).await
}
