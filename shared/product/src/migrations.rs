//! The migrations of all features, and their functions and views.

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::db::{Address, DbConfig, Right};
use kernel::tables::{Program, READ, Table};
use kernel::{Error, db};

use crate::{FEATURES, definitions};

/// Every migration, in order. What [`migrate`] applies.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// What each program may do in the database, of the lists of the features.
pub fn rights() -> Vec<Right> {
    let tables = FEATURES.iter().flat_map(|feature| feature.tables);
    let of_table = |table: &Table| {
        let programs = Program::ALL.into_iter().zip(table.rights);
        let name = table.name;
        programs.flat_map(move |(program, actions)| {
            actions.iter().map(move |action| Right {
                role: program.role().to_owned(),
                table: name.to_owned(),
                action: (*action).to_owned(),
            })
        })
    };
    tables.chain(&[VERSIONS]).flat_map(of_table).collect()
}

/// Kept by diesel.
const VERSIONS: Table =
    Table::impersonal("__diesel_schema_migrations", "names of migrations").rights(READ, READ);

/// Applies the migrations that this database has not seen, the definitions that have changed, and the
/// rights of the programs' roles; see [`db::migrate`]. Makes the next partitions.
///
/// # Errors
/// A migration or a definition that fails; it is rolled back.
pub async fn migrate(address: &Address) -> Result<(), Error> {
    db::migrate(address, true, MIGRATIONS, &definitions(), &rights()).await?;
    make_months(address).await
}

/// The same at the start of a program, which may be told or allowed only to look whether it is done.
///
/// # Errors
/// Those of [`migrate`]; migrations that are missing.
pub async fn prepare(config: &DbConfig) -> Result<(), Error> {
    let may_change = config.migrate;
    db::migrate(
        &config.address,
        may_change,
        MIGRATIONS,
        &definitions(),
        &rights(),
    )
    .await?;
    if may_change {
        make_months(&config.address).await?;
    }
    Ok(())
}

/// The same on an operator's command; the names of what was applied.
///
/// # Errors
/// Those of [`migrate`]; Postgres that cannot be reached.
pub async fn migrate_up(address: &Address) -> Result<Vec<String>, Error> {
    let applied = db::up(address, MIGRATIONS, &definitions(), &rights()).await?;
    make_months(address).await?;
    Ok(applied)
}

/// The daily chore makes them as well, but no worker may have run for long.
async fn make_months(address: &Address) -> Result<(), Error> {
    let mut conn = address.connect().await?;
    events::months::make_if_allowed(&mut conn).await?;
    Ok(usage::months::make_if_allowed(&mut conn).await?)
}
