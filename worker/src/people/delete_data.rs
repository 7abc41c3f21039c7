//! Deletes a person's data. First it cancels the person's jobs, removes the objects from the bucket, and deletes in batches
//! what may be much; then one transaction deletes the rows and closes the job. Each part can be repeated. A job that
//! writes at the same moment finds no row of the person any more and removes what it has put into the
//! bucket; the sweeps of the bucket remove the rest.

use std::collections::HashSet;
use std::time::Duration;

use audit::model::{Change, Origin};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use futures_util::{StreamExt, stream};
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::{Error, ErrorCode};
use mail::letter::Content;
use people::abuse_memory::AbuseMemory;
use people::accounts::letters::to_address;
use people::accounts::queries::address_of;
use people::privacy::erase;
use people::privacy::erase::Person;
use people::privacy::jobs::DeleteData;
use people::privacy::messages::TellDeletion;
use people::privacy::queries;
use product::FEATURES;
use serde_json::json;
use uuid::Uuid;
use vendors::ProviderError;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

/// How long to wait for running jobs of the person after their cancellation. Correctness does not
/// depend on it; it only leaves less to clear up.
const QUIET_ROUNDS: usize = 10;
const QUIET_PAUSE: Duration = Duration::from_secs(1);

/// Concurrent deletions in the bucket.
const REMOVALS: usize = 8;

impl Handler<WorkerState> for DeleteData {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let id = self.user_id;
        let mut conn = state.db().await?;
        let begun = queries::begin(&mut conn, self.request_id, attempt.redriven()).await?;
        let known = erase::person(&mut conn, id).await?;
        drop(conn);
        if begun.is_none() {
            return Ok(Outcome::Done);
        }
        if let Some(person) = known {
            end_jobs(state, &person, attempt.claim.id).await?;
            let objects = erase::objects(&mut *state.db().await?, FEATURES, id).await?;
            remove(state, &objects).await?;
            record(state, id).await?;
            // A connection for each round, so that other jobs get one in between.
            while erase::ahead(&mut *state.db().await?, FEATURES, &person).await? {}
        }
        let (tickets, left) = store(&state.core.db, attempt, async |conn| {
            Ok(erase_all(conn, &self, &state.core.memory, attempt.claim.id).await?)
        })
        .await?;
        // Once more all of them: one may have been stored after it was removed. If this fails, the sweeps
        // remove them.
        if let Err(why) = remove(state, &left).await {
            tracing::warn!(error = %why, "objects of a deleted person wait for the sweep");
        }
        Ok(Outcome::Closed(tickets))
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        queries::fail(conn, self.request_id, code).await?;
        Ok(Vec::new())
    }
}

/// Writes the deletion down beside the database: restored to a moment before it, the database has the person again.
async fn record(state: &WorkerState, person: Uuid) -> Result<(), Error> {
    let Some(journal) = &state.core.journal else {
        return Ok(());
    };
    let (digest, now) = (state.core.digest_of(person), state.core.clock.now());
    journal.erases(&digest, now).await
}

/// Ends what is under way for the person.
async fn end_jobs(state: &WorkerState, person: &Person, except: Uuid) -> Result<(), Error> {
    for _ in 0..QUIET_ROUNDS {
        // In each round: the bot and the API may have accepted more meanwhile.
        if erase::stop(&mut *state.db().await?, FEATURES, person, except).await? == 0 {
            break;
        }
        tokio::time::sleep(QUIET_PAUSE).await;
    }
    Ok(())
}

/// Removes objects, and retries failed ones as long as there is progress, because another attempt of
/// the job would begin with all of them again.
async fn remove(state: &WorkerState, keys: &HashSet<String>) -> Result<(), Error> {
    let mut left: Vec<String> = keys.iter().cloned().collect();
    loop {
        let count = left.len();
        let removals = left
            .into_iter()
            .map(|key| attempt_removal(state.clone(), key));
        let tried: Vec<_> = stream::iter(removals)
            .buffer_unordered(REMOVALS)
            .collect()
            .await;
        let mut failed: Vec<_> = tried.into_iter().filter_map(Result::err).collect();
        if failed.len() == count {
            return failed.pop().map_or(Ok(()), |(_, why)| Err(why.into()));
        }
        left = failed.into_iter().map(|(key, _)| key).collect();
    }
}

async fn attempt_removal(state: WorkerState, key: String) -> Result<(), (String, ProviderError)> {
    match state.core.providers.storage.delete(&key).await {
        Ok(()) => Ok(()),
        Err(why) => Err((key, why)),
    }
}

/// Erases the rows. Returns the job that notifies the person, and the objects that no row names any
/// more.
async fn erase_all(
    conn: &mut AsyncPgConnection,
    job: &DeleteData,
    memory: &AbuseMemory,
    own_job: Uuid,
) -> QueryResult<(Vec<Ticket>, HashSet<String>)> {
    let Some(person) = erase::lock(conn, FEATURES, job.user_id).await? else {
        queries::complete_deletion(conn, job.request_id).await?;
        return Ok((Vec::new(), HashSet::new()));
    };
    let left = erase::objects(conn, FEATURES, person.id).await?;
    let address = address_of(conn, person.id).await?;
    erase::erase(conn, FEATURES, &person, memory, own_job).await?;
    queries::complete_deletion(conn, job.request_id).await?;
    let change = Change {
        user_id: None,
        action: "user_data_deleted",
        entity_type: "user",
        entity_id: Some(person.id),
        old_value: None,
        new_value: Some(json!({ "reason": "GDPR_right_to_erasure" })),
    };
    audit::queries::record(conn, &Origin::own("worker"), change).await?;
    let mut tickets = Vec::new();
    if let Some((_, to, Some(_))) = address {
        let (language, gone) = (person.language, Content::AccountDeleted);
        tickets.push(to_address(conn, &to, None, language, gone).await?);
    }
    if let Some(chat_id) = person.telegram_id {
        let tell = TellDeletion {
            chat_id,
            language: person.language,
        };
        tickets.push(ledger::enqueue(conn, &tell).await?);
    }
    Ok((tickets, left))
}
