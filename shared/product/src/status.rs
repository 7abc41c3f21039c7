//! Asks everything at once how it does. What gives no answer in time is told, and keeps nothing else from being told.

use std::time::Duration;

use analytics::rollups;
use backups::shelf;
use bot::support;
use chrono::TimeDelta;
use jobs::{stats, workers};
use kernel::telemetry::chain;
use kernel::{Error, db};
use operators::slos::{self, Measured};
use operators::status::{Asked, Backups, Facts, Rows, Surroundings, Updates, queries};

use crate::{Core, JOBS, MIGRATIONS, error_codes};

/// How long each of them may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// The window of the objectives, as `GET /v1/admin/slos` has it where none is named.
const WINDOW: TimeDelta = TimeDelta::hours(24);

/// Everything.
pub async fn look(core: &Core) -> Facts {
    let (rows, surroundings) = tokio::join!(rows(core), surroundings(core));
    facts(core, rows, surroundings)
}

/// Puts together what was asked.
pub fn facts(core: &Core, rows: Asked<Rows>, surroundings: Surroundings) -> Facts {
    Facts {
        at: core.clock.now(),
        release: core.config.telemetry.release().to_owned(),
        rows,
        surroundings,
        budget_micro_usd: core.config.ai_use.budgets.deployment,
    }
}

/// What only Postgres tells. Cheap: each question has an index and a bound.
pub async fn rows(core: &Core) -> Asked<Rows> {
    in_time(read(core)).await
}

/// What is slow to ask, or billed: ask seldom.
pub async fn surroundings(core: &Core) -> Surroundings {
    let bucket = async { Ok(core.providers.bucket.ping().await?) };
    let (redis, bucket, updates, objectives, backups) = tokio::join!(
        in_time(core.pusher.ping()),
        in_time(bucket),
        in_time(updates(core)),
        in_time(objectives(core)),
        in_time(backups(core)),
    );
    Surroundings {
        redis,
        bucket,
        updates,
        objectives,
        backups,
    }
}

async fn in_time<T>(asked: impl Future<Output = Result<T, Error>>) -> Asked<T> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(told) => told.map_err(|why| chain(&why)),
        Err(_) => Err(format!("nothing came within {} s", PATIENCE.as_secs())),
    }
}

/// The ledger over one connection, and what lies beside it over another.
async fn read(core: &Core) -> Result<Rows, Error> {
    let now = core.clock.now();
    let ledger = async {
        let conn = &mut *core.db.get().await?;
        let workers = workers::seen(conn).await?;
        let queues = stats::queues(conn, &JOBS).await?;
        let rates = stats::rates(conn, &JOBS, now).await?;
        Ok::<_, Error>((workers, queues, rates))
    };
    let beside = async {
        let conn = &mut *core.db.get().await?;
        let doubted = ai::queries::doubted_calls(conn).await?;
        let vendors = ai::queries::health(conn).await?;
        let spent = ai::queries::spent_today(conn).await?;
        let waiting = queries::waiting(conn).await?;
        let archive = queries::archive(conn).await?;
        let oldest = support::oldest(conn).await?;
        let kept = rollups::queries::settings(conn).await?.zone;
        let other_zone = Some(kept).filter(|kept| *kept != core.config.analytics.zone);
        let migrations = db::state(conn, MIGRATIONS).await?;
        Ok((
            (doubted, vendors, spent, waiting),
            (archive, oldest, migrations, other_zone),
        ))
    };
    let ((workers, queues, rates), beside) = tokio::try_join!(ledger, beside)?;
    let ((doubted, vendors, spent, waiting), beside) = beside;
    let (archive, oldest_request, migrations, other_zone) = beside;
    Ok(Rows {
        workers,
        migrations,
        queues,
        rates,
        doubted,
        vendors,
        spent,
        waiting,
        archive,
        oldest_request,
        other_zone,
    })
}

async fn updates(core: &Core) -> Result<Updates, Error> {
    let state = core.providers.inbox.state().await?;
    let wanted = core.config.messenger.webhook_url.as_ref();
    Ok(Updates {
        bot: state.name,
        comes_to_us: wanted.map(|wanted| state.webhook.as_deref() == Some(wanted.as_str())),
        pending: state.pending,
        last_error: state.last_error,
    })
}

/// `None`: nothing is backed up by us.
async fn backups(core: &Core) -> Result<Option<Backups>, Error> {
    let Some(journal) = &core.journal else {
        return Ok(None);
    };
    let (newest, drill) = tokio::try_join!(
        shelf::newest(journal.storage()),
        shelf::last_drill(journal.storage()),
    )?;
    Ok(Some(Backups {
        newest: newest.map(|one| one.finished_at),
        tried: drill.map(|one| one.ended_at),
    }))
}

async fn objectives(core: &Core) -> Result<Vec<Measured>, Error> {
    let now = core.clock.now();
    let excused = error_codes::by_person();
    let excused: Vec<_> = excused.iter().map(|code| code.as_str()).collect();
    let conn = &mut *core.db.get().await?;
    Ok(slos::measured(conn, now - WINDOW, now, &excused).await?)
}
