//! Photos: rows and objects are compared, and persons are asked again for what was accepted after the moment.

use std::collections::HashSet;

use backups::journal::AcceptedPhoto;
use bot::lost_photo;
use chrono::{DateTime, Utc};
use kernel::{Error, Language};
use people::users::model::PersonKey;
use people::users::queries::language;
use product::Core;
use readings::{photo_keys, queries, rules};
use serde_json::json;
use uuid::Uuid;
use vendors::messenger::Outgoing;

use super::Step;
use crate::failure::{Failure, to_stderr};

/// Rows of one query.
const BATCH: i64 = 1_000;

/// Readings whose photo is not in the bucket, and photos of readings that are not here. Nothing is removed: the daily
/// sweep removes the latter, a day after they came.
pub(super) async fn compare(core: &Core) -> Result<Step, Failure> {
    let objects = backups::shelf::all(&*core.providers.storage, rules::PHOTOS).await?;
    let keys: HashSet<&str> = objects.iter().map(|one| one.key.as_str()).collect();
    let without_photo = without_photo(core, &keys).await?;
    let of_objects: HashSet<Uuid> = keys
        .iter()
        .filter_map(|key| rules::analysis_of(key))
        .collect();
    let without_row = without_row(core, of_objects).await?;
    Ok(Step {
        step: "photos",
        said: format!(
            "{} readings have lost their photo; {} photos are of readings that are not here.",
            without_photo.len(),
            without_row.len()
        ),
        found: json!({ "readings_without_photo": without_photo, "photos_without_reading": without_row }),
    })
}

async fn without_photo(core: &Core, keys: &HashSet<&str>) -> Result<Vec<Uuid>, Error> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let page = photo_keys::page(&mut *core.db.get().await?, after, BATCH).await?;
        let Some((last, _)) = page.last() else {
            return Ok(found);
        };
        after = *last;
        let gone = page.iter().filter(|(_, key)| !keys.contains(key.as_str()));
        found.extend(gone.map(|(id, _)| *id));
    }
}

async fn without_row(core: &Core, readings: HashSet<Uuid>) -> Result<Vec<Uuid>, Error> {
    let readings: Vec<Uuid> = readings.into_iter().collect();
    let mut found = Vec::new();
    for some in readings.chunks(BATCH as usize) {
        let known = queries::existing(&mut *core.db.get().await?, some).await?;
        found.extend(some.iter().filter(|id| !known.contains(*id)));
    }
    found.sort();
    Ok(found)
}

/// Asks persons for the photos that the journal has and the database has not. Telegram has got its answer for them and
/// does not bring them again.
pub(super) async fn ask_again(core: &Core, from: DateTime<Utc>) -> Result<Step, Failure> {
    let accepted = match &core.journal {
        Some(journal) => journal.accepted_since(from).await?,
        None => Vec::new(),
    };
    let (mut told, mut failed) = (0, 0);
    for photo in accepted {
        if is_known(core, &photo).await? {
            continue;
        }
        match say(core, &photo).await {
            Ok(()) => told += 1,
            Err(why) => {
                to_stderr(&format!(
                    "The person of update {} is not told: {why}.",
                    photo.update_id
                ));
                failed += 1;
            }
        }
    }
    Ok(Step {
        step: "updates",
        said: format!(
            "{told} persons were asked to send their photo again; {failed} could not be told."
        ),
        found: json!({ "asked_again": told, "not_told": failed }),
    })
}

/// Remembers the update before its person is told, so that they are told once.
async fn is_known(core: &Core, photo: &AcceptedPhoto) -> Result<bool, Error> {
    let bot_id = core.config.messenger.bot_id();
    let is_new = bot::queries::is_new(&mut *core.db.get().await?, bot_id, photo.update_id).await?;
    Ok(!is_new)
}

async fn say(core: &Core, photo: &AcceptedPhoto) -> Result<(), Error> {
    // A person who came after the moment is not here. A private chat has the id of its person.
    let person = PersonKey::Telegram(photo.chat_id);
    let language = language(&mut *core.db.get().await?, person).await?;
    let message = Outgoing::new(
        photo.chat_id,
        lost_photo::text(language.unwrap_or(Language::En)),
    );
    core.providers.messenger.send(&message).await?;
    Ok(())
}
