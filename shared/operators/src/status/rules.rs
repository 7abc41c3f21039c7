//! What follows from the facts.

use chrono::{DateTime, TimeDelta, Utc};
use jobs::words;

use super::facts::{Asked, Backups, Facts, Surroundings, Updates};
use super::finding::{Finding, Level};
use super::rules_of_rows;
use crate::slos::{Measured, OBJECTIVES, Objective};

/// More updates than this do not wait at Telegram while all is well.
const UPDATES_MAX: u64 = 100;

/// Fewer events than this say little: one that went wrong would be a missed objective.
const EVENTS_MIN: i64 = 100;

/// How old the newest backup may be, which is made daily; as the alert BackupOld has it.
const BACKUP_AGE: TimeDelta = TimeDelta::hours(26);

/// How long ago a restore may have been tried last; as the alert RestoreDrillOld has it.
const DRILL_AGE: TimeDelta = TimeDelta::days(35);

/// All of them, the worst first; those of one level in the order of what breaks what.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    match &facts.rows {
        Ok(rows) => rules_of_rows::findings(rows, facts, &mut found),
        Err(why) => found.push(Finding::new(
            Level::Outage,
            "Postgres",
            "postgres-is-gone",
            format!("Postgres gave no answer: {why}. Nothing is accepted meanwhile."),
        )),
    }
    surroundings(&facts.surroundings, &mut found);
    // Without Postgres they are not measured either, and that is said already.
    if let (Ok(_), Err(why)) = (&facts.rows, &facts.surroundings.objectives) {
        found.push(unmeasured(why));
    }
    backups(&facts.surroundings.backups, facts.at, &mut found);
    found.sort_by_key(|one| one.level);
    found
}

fn surroundings(around: &Surroundings, found: &mut Vec<Finding>) {
    if let Err(why) = &around.bucket {
        let text = format!("The bucket gave no answer: {why}. No photo is accepted meanwhile.");
        found.push(Finding::new(
            Level::Outage,
            "bucket",
            "the-bucket-is-gone",
            text,
        ));
    }
    if let Err(why) = &around.redis {
        let text = format!("Redis gave no answer: {why}. Jobs start some seconds later.");
        found.push(Finding::new(Level::Fault, "Redis", "redis-is-gone", text));
    }
    found.extend(telegram(&around.updates));
    if let Ok(measured) = &around.objectives {
        found.extend(OBJECTIVES.iter().filter_map(|one| missed(one, measured)));
    }
}

fn backups(asked: &Asked<Option<Backups>>, now: DateTime<Utc>, found: &mut Vec<Finding>) {
    let mut add = |level, text: String| {
        found.push(Finding::new(level, "backups", "backups-are-old", text));
    };
    let kept = match asked {
        Ok(None) => return,
        Err(why) => {
            let text = format!("The bucket of the backups gave no answer: {why}.");
            return add(Level::Fault, text);
        }
        Ok(Some(kept)) => kept,
    };
    let old = |at: DateTime<Utc>, most: TimeDelta| Some(now - at).filter(|age| *age > most);
    match kept.newest.map(|at| old(at, BACKUP_AGE)) {
        None => add(Level::Fault, "There is no backup.".to_owned()),
        Some(Some(age)) => {
            let text = format!("The newest backup is {} old.", words::span(age));
            add(Level::Fault, text);
        }
        Some(None) => {}
    }
    match kept.tried.map(|at| old(at, DRILL_AGE)) {
        None => add(Level::Notice, "No restore has been tried.".to_owned()),
        Some(Some(age)) => {
            let text = format!("A restore was tried {} ago.", words::span(age));
            add(Level::Notice, text);
        }
        Some(None) => {}
    }
}

fn telegram(updates: &Result<Updates, String>) -> Option<Finding> {
    let text = match updates {
        Err(why) => format!("Telegram gave no answer: {why}."),
        Ok(Updates {
            bot,
            comes_to_us: Some(false),
            ..
        }) => {
            format!("The updates of @{bot} go to another address than TELEGRAM_WEBHOOK_URL.")
        }
        Ok(Updates {
            last_error: Some(why),
            pending,
            ..
        }) => {
            format!("Telegram could not deliver an update: {why}. {pending} wait.")
        }
        Ok(Updates { pending, .. }) if *pending > UPDATES_MAX => {
            format!("{pending} updates wait at Telegram.")
        }
        Ok(_) => return None,
    };
    let runbook = "updates-wait-at-telegram";
    Some(Finding::new(Level::Fault, "Telegram", runbook, text))
}

/// What is not known is not well.
fn unmeasured(why: &str) -> Finding {
    let text = format!("The objectives of the last 24 hours are not known: {why}.");
    Finding::new(Level::Notice, "objective", "an-objective-is-missed", text)
}

fn missed(objective: &Objective, all: &[Measured]) -> Option<Finding> {
    let measured = all.iter().find(|one| one.name == objective.name)?;
    let share = measured.share().filter(|share| *share < objective.target)?;
    let level = match measured.total < EVENTS_MIN {
        true => Level::Notice,
        false => Level::Fault,
    };
    let text = format!(
        "{}: {} of the last 24 hours, and {} is the target ({} of {}).",
        objective.name,
        percent(share),
        percent(objective.target),
        measured.good,
        measured.total
    );
    let runbook = "an-objective-is-missed";
    Some(Finding::new(level, "objective", runbook, text))
}

/// A share as an operator reads it. Cut and not rounded: what is missed must not look as if it were met.
pub fn percent(share: f64) -> String {
    format!("{} %", (share * 10_000.0).floor() / 100.0)
}
