//! The migrated database: its tables, functions and views, the rights of its roles, and the way there and
//! back.

mod chat_pages;
mod definitions;
mod events;
mod invoices;
mod isolation;
mod locking;
mod migrate;
mod migrations;
mod organizations;
mod payments;
mod payments_cloudpayments;
mod payments_hints;
mod payments_paypal;
mod payments_returned;
mod pooler;
mod previous;
mod rights;
mod schema_file;
mod tables;
mod tiers;
mod upgrade;
mod windows;

use diesel_async::SimpleAsyncConnection;
use testkit::TestDatabase;

/// An empty database. (Those of `testkit` are migrated.)
async fn empty() -> anyhow::Result<TestDatabase> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    conn.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .await?;
    Ok(database)
}

/// A database that a program has migrated.
async fn migrated() -> anyhow::Result<TestDatabase> {
    let database = empty().await?;
    product::migrate(&database.address()?).await?;
    Ok(database)
}
