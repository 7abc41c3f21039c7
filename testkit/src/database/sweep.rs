//! Drops databases of processes that were killed. A name contains the time of its creation, and no
//! test takes a day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use uuid::{NoContext, Timestamp, Uuid};

use super::PREFIX;

const HOUR: Duration = Duration::from_secs(3600);
/// An older database is dropped.
const KEPT: Duration = HOUR.saturating_mul(24);
/// An older template is not used: another process may be about to drop it.
pub(super) const TEMPLATE_SERVES: Duration = HOUR.saturating_mul(23);

#[derive(QueryableByName)]
struct Old {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Drops databases that are older than a day and not in use. Names are compared as bytes, and a name
/// begins with the time of its creation.
pub(super) async fn drop_leftovers(admin: &mut AsyncPgConnection) -> anyhow::Result<()> {
    let old: Vec<Old> = diesel::sql_query(
        "SELECT datname::text AS name FROM pg_database
         WHERE starts_with(datname, $1) AND datname < $2",
    )
    .bind::<Text, _>(PREFIX)
    .bind::<Text, _>(name_at(KEPT))
    .load(admin)
    .await?;
    for Old { name } in old {
        // Another process may be quicker, and a session may be open: then the next sweep drops it.
        let drop = format!("DROP DATABASE IF EXISTS {name}");
        if let Err(why) = admin.batch_execute(&drop).await {
            eprintln!("the old test database {name} was not dropped: {why}");
        }
    }
    Ok(())
}

/// The name that a database created this long ago would have.
pub(super) fn name_at(ago: Duration) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let then = now.unwrap_or_default().saturating_sub(ago);
    let moment = Timestamp::from_unix(NoContext, then.as_secs(), then.subsec_nanos());
    format!("{PREFIX}{}", Uuid::new_v7(moment).simple())
}
