//! `symancy restore finish`: a restored database is in the past. What happened after its last moment, and is known
//! elsewhere, is done again before any program serves it. Each step may be repeated.

mod deletions;
mod money;
mod photos;
mod queues;
mod renewals;

use std::io::Write;

use audit::model::{Change, Origin};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use kernel::clock::Clock;
use kernel::db::restored;
use product::{Config, Core};
use serde::Serialize;
use serde_json::json;

use super::super::Output;
use crate::failure::{Failure, to_stderr};
use crate::operator::{current_operator_name, settings};

/// Clocks differ, and a transaction is committed a little later than it says.
const BEFORE: TimeDelta = TimeDelta::minutes(1);

/// What a step has found and done.
#[derive(Debug, Serialize)]
struct Step {
    step: &'static str,
    /// For the operator.
    said: String,
    #[serde(flatten)]
    found: serde_json::Value,
}

pub(super) async fn finish(
    output: &mut Output<'_, impl Write>,
    since: Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let core = core()?;
    let since = begin(&core, since).await?;
    let from = since - BEFORE;
    tell(output, queues::pause(&core).await?)?;
    tell(output, deletions::repeat(&core, from).await?)?;
    // Before the vendors are asked, so that they are asked about these, too.
    tell(output, renewals::take(&core).await?)?;
    tell(output, money::ask(&core, from).await?)?;
    tell(output, photos::compare(&core).await?)?;
    tell(output, photos::ask_again(&core, from).await?)?;
    end(&core, since).await?;
    let next = "The database may be served. Start api and worker, look at what was found, then let the queues go: symancy \
                jobs resume QUEUE. Make a backup: symancy backup now.";
    output.line(next, &json!({ "step": "served", "restored_to": since }))
}

/// The parts of a program, on a database that others refuse.
fn core() -> Result<Core, Failure> {
    let mut config = settings(Config::read)?;
    if config.db.address.is_pooled() {
        // The mark comes with a new session, and goes with it: those of a pooler are old.
        return Err(Failure::Refused(
            "This goes past the pooler: run it with DATABASE_URL naming Postgres itself, and without \
             DATABASE_STATEMENT_CACHE=off."
                .to_owned(),
        ));
    }
    config.db.pool_size = 2;
    config.db.even_restored = true;
    Ok(Core::new(config, Clock::system())?)
}

/// The moment that the database was restored to. One that was restored by other means is marked now.
async fn begin(core: &Core, since: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, Failure> {
    let mut conn = connect(core).await?;
    let mark = restored::mark(&mut conn).await?;
    match (mark.as_deref().map(DateTime::parse_from_rfc3339), since) {
        (Some(Ok(moment)), None) => Ok(moment.to_utc()),
        (_, Some(since)) => {
            if let Err(why) = restored::set_mark(&mut conn, since).await {
                to_stderr(&format!(
                    "The database cannot be marked ({why}): keep the programs stopped until this has ended."
                ));
            }
            Ok(since)
        }
        _ => Err(Failure::Refused(
            "The database has no mark of a restore. If it was restored by other means, say to which moment: --since \
             2026-11-30T10:00:00Z."
                .to_owned(),
        )),
    }
}

async fn end(core: &Core, since: DateTime<Utc>) -> Result<(), Failure> {
    let mut conn = core.db.get().await.map_err(kernel::Error::from)?;
    let change = Change {
        user_id: None,
        action: "database_restored",
        entity_type: "database",
        entity_id: None,
        old_value: None,
        new_value: Some(json!({ "by": current_operator_name(), "restored_to": since })),
    };
    audit::queries::record(&mut conn, &Origin::own("operator"), change).await?;
    drop(conn);
    lift(core).await
}

async fn lift(core: &Core) -> Result<(), Failure> {
    // Connections that were there before the mark do not see it.
    let mut conn = connect(core).await?;
    if restored::mark(&mut conn).await?.is_none() {
        return Ok(());
    }
    restored::lift_mark(&mut conn).await.map_err(|why| {
        Failure::Refused(format!(
            "All is done, but the mark cannot be lifted ({why}). As a superuser, in this database: \
             ALTER DATABASE \"NAME\" RESET symancy.restored_to. Then it may be served."
        ))
    })
}

async fn connect(core: &Core) -> Result<AsyncPgConnection, Failure> {
    let address = &core.config.db.address;
    Ok(address.connect().await.map_err(kernel::Error::from)?)
}

fn tell(output: &mut Output<'_, impl Write>, step: Step) -> Result<(), Failure> {
    output.line(&step.said, &step)
}
