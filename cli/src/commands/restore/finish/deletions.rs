//! Persons who were deleted stay deleted.

use std::collections::HashSet;

use audit::model::{Change, Origin};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use people::privacy::erase;
use product::{Core, FEATURES};
use serde_json::json;
use uuid::Uuid;

use super::Step;
use crate::failure::{Failure, to_stderr};

#[derive(QueryableByName)]
struct Person {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

const PERSONS: &str = "SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT 1000";

/// Erases all persons whose deletion stands in the journal, which has digests alone: each person is compared.
pub(super) async fn repeat(core: &Core, from: DateTime<Utc>) -> Result<Step, Failure> {
    let Some(journal) = &core.journal else {
        return Ok(Step {
            step: "deletions",
            said: "There is no journal (BACKUP_S3_BUCKET): persons who were deleted since may be back.".to_owned(),
            found: json!({ "journal": false }),
        });
    };
    let (erased, late) = journal.erased(from).await?;
    let again = found(core, &erased).await?;
    for person in &again {
        erase_again(core, *person).await?;
    }
    let count = again.len();
    let mut said = format!(
        "{count} persons were back and are deleted again; the journal has {} deletions.",
        erased.len()
    );
    if count == 0 && late > 0 {
        said.push_str(&unmatched(late));
    }
    Ok(Step {
        step: "deletions",
        said,
        found: json!({ "journal": true, "deleted_again": count, "in_journal": erased.len(), "in_journal_since": late }),
    })
}

/// Digests of another secret match none, and that looks as if all were well.
fn unmatched(late: usize) -> String {
    format!(
        " Of {late} that came after the moment, none was back. The first time that is strange: is ABUSE_MEMORY_SECRET \
         the one that they were recorded with? With another, persons who were deleted stay back. Repeat this with that one \
         before anything is served."
    )
}

async fn found(core: &Core, erased: &HashSet<String>) -> Result<Vec<Uuid>, Error> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    while !erased.is_empty() {
        let page: Vec<Person> = diesel::sql_query(PERSONS)
            .bind::<SqlUuid, _>(after)
            .load(&mut *core.db.get().await?)
            .await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let is_erased = |id: &Uuid| erased.contains(&core.digest_of(*id));
        found.extend(page.iter().map(|one| one.id).filter(is_erased));
    }
    Ok(found)
}

async fn erase_again(core: &Core, id: Uuid) -> Result<(), Failure> {
    let mut conn = core.db.get().await.map_err(Error::from)?;
    let objects = conn
        .transaction(async |conn| erase_rows(core, conn, id).await)
        .await?;
    for key in objects {
        // The sweeps remove what is left.
        if let Err(why) = core.providers.storage.delete(&key).await {
            to_stderr(&format!("{key} stays in the bucket for now: {why}."));
        }
    }
    Ok(())
}

async fn erase_rows(
    core: &Core,
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> QueryResult<HashSet<String>> {
    let Some(person) = erase::lock(conn, FEATURES, id).await? else {
        return Ok(HashSet::new());
    };
    let objects = erase::objects(conn, FEATURES, id).await?;
    erase::erase(conn, FEATURES, &person, &core.memory, Uuid::nil()).await?;
    let change = Change {
        user_id: None,
        action: "user_data_deleted",
        entity_type: "user",
        entity_id: Some(id),
        old_value: None,
        new_value: Some(json!({ "reason": "deleted_before_restore" })),
    };
    audit::queries::record(conn, &Origin::own("operator"), change).await?;
    Ok(objects)
}
