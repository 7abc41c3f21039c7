//! The rules, without a database.

use ai::queries::{Health, Spent};
use chrono::{DateTime, TimeDelta, Utc};
use jobs::stats::QueueStats;
use jobs::workers::Seen;
use kernel::db::Found;

use super::facts::{Backups, Facts, Rows, Surroundings, Updates};
use super::finding::{CHAPTERS, Concerned, Level};
use super::queries::{Archive, Waiting};
use super::rules::{findings, percent};
use crate::slos::Measured;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a moment")
}

fn worker(silent_seconds: f64) -> Seen {
    Seen {
        name: "worker-1".to_owned(),
        release: "abc".to_owned(),
        started_at: now(),
        silent_seconds,
    }
}

fn queue() -> QueueStats {
    QueueStats {
        queue: "image".to_owned(),
        waiting: 0,
        scheduled: 0,
        blocked: 0,
        running: 0,
        dead: 0,
        oldest_age_seconds: 0.0,
        paused_at: None,
        paused_by: None,
    }
}

fn vendor(state: &str, answered: i64) -> Health {
    Health {
        provider: "openrouter".to_owned(),
        state: state.to_owned(),
        open_until: Some(now() + TimeDelta::minutes(1)),
        last_error: Some("Auth".to_owned()),
        calls: answered,
        answered,
        failed: 0,
        cost_micro_usd: 0,
        median_seconds: None,
    }
}

/// A deployment that is well.
fn well() -> (Facts, Rows) {
    let rows = Rows {
        workers: vec![worker(3.0)],
        migrations: Found::default(),
        queues: vec![queue()],
        rates: Vec::new(),
        doubted: 0,
        vendors: vec![vendor("closed", 5)],
        spent: Spent::default(),
        waiting: Waiting::default(),
        archive: Archive::default(),
        oldest_request: None,
        other_zone: None,
    };
    let updates = Updates {
        bot: "cup_bot".to_owned(),
        comes_to_us: Some(true),
        pending: 0,
        last_error: None,
    };
    let facts = Facts {
        at: now(),
        release: "abc".to_owned(),
        rows: Err("not asked yet".to_owned()),
        surroundings: Surroundings {
            redis: Ok(()),
            bucket: Ok(()),
            updates: Ok(updates),
            objectives: Ok(Vec::new()),
            backups: Ok(None),
        },
        budget_micro_usd: Some(50_000_000),
    };
    (facts, rows)
}

/// Level and chapter of what is found when something is not well.
fn found(change: impl FnOnce(&mut Facts, &mut Rows)) -> Vec<(Level, &'static str)> {
    let (mut facts, mut rows) = well();
    change(&mut facts, &mut rows);
    facts.rows = Ok(rows);
    let found = findings(&facts);
    assert!(found.iter().all(|one| CHAPTERS.contains(&one.runbook)));
    found.iter().map(|one| (one.level, one.runbook)).collect()
}

#[test]
fn nothing_is_said_of_a_deployment_that_is_well() {
    assert_eq!(found(|_, _| {}), []);
}

#[test]
fn without_postgres_that_is_said_and_what_else_is_known() {
    let (mut facts, _) = well();
    facts.rows = Err("refused".to_owned());
    facts.surroundings.redis = Err("refused".to_owned());
    let all = findings(&facts);
    let said: Vec<_> = all.iter().map(|one| (one.level, one.about)).collect();
    assert_eq!(said, [(Level::Outage, "Postgres"), (Level::Fault, "Redis")]);
}

#[test]
fn each_thing_that_is_wrong_is_found_with_its_level_and_its_chapter() {
    use Level::{Fault, Notice, Outage};
    assert_eq!(
        found(|_, rows| rows.workers.clear()),
        [(Outage, "no-worker-runs")]
    );
    assert_eq!(
        found(|_, rows| rows.workers.push(worker(61.0))),
        [(Fault, "no-worker-runs")]
    );
    assert_eq!(found(|_, rows| rows.workers.push(worker(3_600.0))), []);
    let other = |facts: &mut Facts, _: &mut Rows| facts.release = "def".to_owned();
    assert_eq!(found(other), [(Notice, "a-new-release")]);
    let pending = |_: &mut Facts, rows: &mut Rows| {
        rows.migrations.pending = vec!["20260101000000_jobs_create".to_owned()];
    };
    assert_eq!(found(pending), [(Fault, "migrations")]);
    assert_eq!(
        found(|_, rows| rows.doubted = 1),
        [(Notice, "paid-calls-whose-end-was-not-seen")]
    );
    assert_eq!(
        found(|_, rows| rows.waiting.calls_failed = 1),
        [(Fault, "calls-of-payment-vendors")]
    );
    assert_eq!(
        found(|_, rows| rows.waiting.letters_late = 1),
        [(Fault, "mail")]
    );
    assert_eq!(
        found(|_, rows| rows.waiting.letters_uncertain = 1),
        [(Notice, "mail")]
    );
    let money = "money-that-is-not-as-it-should-be";
    assert_eq!(
        found(|_, rows| rows.waiting.refunds_late = 1),
        [(Fault, money)]
    );
    assert_eq!(
        found(|_, rows| rows.waiting.payments_late = 1),
        [(Notice, money)]
    );
    let waits =
        |hours| found(move |_, rows| rows.oldest_request = Some(now() - TimeDelta::hours(hours)));
    assert_eq!(waits(23), []);
    assert_eq!(waits(25), [(Fault, "requests-of-persons")]);
    let zone = |_: &mut Facts, rows: &mut Rows| rows.other_zone = Some("UTC".to_owned());
    assert_eq!(found(zone), [(Fault, "analytics")]);
    let bucket =
        |facts: &mut Facts, _: &mut Rows| facts.surroundings.bucket = Err("503".to_owned());
    assert_eq!(found(bucket), [(Outage, "the-bucket-is-gone")]);
}

#[test]
fn an_archive_fails_while_its_last_try_did() {
    let archive = |failed: i64| {
        found(move |_, rows| {
            rows.archive = Archive {
                is_kept: true,
                succeeded_at: Some(now()),
                failed_at: Some(now() + TimeDelta::seconds(failed)),
                failed: Some("00000001000000000000000A".to_owned()),
            };
        })
    };
    assert_eq!(archive(1), [(Level::Fault, "backups-are-old")]);
    assert_eq!(archive(-1), []);
}

#[test]
fn a_backup_is_old_after_a_day_and_a_restore_that_was_not_tried_is_told_of() {
    let of = |hours: Option<i64>, days: Option<i64>| {
        found(move |facts, _| {
            facts.surroundings.backups = Ok(Some(Backups {
                newest: hours.map(|hours| now() - TimeDelta::hours(hours)),
                tried: days.map(|days| now() - TimeDelta::days(days)),
            }));
        })
    };
    let runbook = "backups-are-old";
    assert_eq!(of(Some(25), Some(34)), []);
    assert_eq!(of(Some(27), Some(34)), [(Level::Fault, runbook)]);
    assert_eq!(of(None, Some(1)), [(Level::Fault, runbook)]);
    assert_eq!(of(Some(1), Some(36)), [(Level::Notice, runbook)]);
    assert_eq!(of(Some(1), None), [(Level::Notice, runbook)]);
    let away = |facts: &mut Facts, _: &mut Rows| {
        facts.surroundings.backups = Err("503".to_owned());
    };
    assert_eq!(found(away), [(Level::Fault, runbook)]);
}

#[test]
fn what_is_found_of_a_queue_leads_to_its_jobs() {
    let (mut facts, mut rows) = well();
    rows.queues[0].dead = 2;
    rows.queues[0].waiting = 1;
    rows.queues[0].oldest_age_seconds = 61.0;
    facts.rows = Ok(rows);
    let all = findings(&facts);
    let jobs: Vec<_> = all.into_iter().filter_map(|one| one.jobs).collect();
    let of = |state| Concerned {
        state,
        queue: "image".to_owned(),
    };
    assert_eq!(jobs, [of("dead"), of("waiting")]);
}

#[test]
fn a_queue_that_is_paused_is_no_fault_however_old_it_gets() {
    let paused = |_: &mut Facts, rows: &mut Rows| {
        rows.queues[0].oldest_age_seconds = 9_999.0;
        rows.queues[0].paused_at = Some(now());
    };
    assert_eq!(found(paused), [(Level::Notice, "a-queue-is-old")]);
}

#[test]
fn a_vendor_of_ai_that_is_away_is_an_outage_if_none_answers() {
    let runbook = "a-vendor-of-ai-is-down";
    let open = |_: &mut Facts, rows: &mut Rows| rows.vendors.push(vendor("open", 0));
    assert_eq!(found(open), [(Level::Fault, runbook)]);
    let alone = |_: &mut Facts, rows: &mut Rows| rows.vendors = vec![vendor("open", 0)];
    assert_eq!(found(alone), [(Level::Outage, runbook)]);
    let tried_again = |facts: &mut Facts, rows: &mut Rows| {
        open(facts, rows);
        facts.at += TimeDelta::minutes(2);
    };
    assert_eq!(found(tried_again), []);
}

#[test]
fn the_budget_is_told_of_before_it_is_used_up() {
    let spent =
        |dollars: i64| found(move |_, rows| rows.spent.spent_micro_usd = dollars * 1_000_000);
    assert_eq!(spent(39), []);
    assert_eq!(spent(40), [(Level::Notice, "ai-vendors-and-money")]);
    assert_eq!(spent(50), [(Level::Fault, "ai-vendors-and-money")]);
}

#[test]
fn updates_are_told_of_that_fail_wait_or_go_elsewhere() {
    let of = |change: fn(&mut Updates)| {
        found(move |facts, _| {
            if let Ok(updates) = &mut facts.surroundings.updates {
                change(updates);
            }
        })
    };
    let told = [(Level::Fault, "updates-wait-at-telegram")];
    assert_eq!(of(|updates| updates.comes_to_us = Some(false)), told);
    assert_eq!(of(|updates| updates.comes_to_us = None), []);
    assert_eq!(of(|updates| updates.pending = 100), []);
    assert_eq!(of(|updates| updates.pending = 101), told);
    assert_eq!(
        of(|updates| updates.last_error = Some("401".to_owned())),
        told
    );
}

#[test]
fn an_objective_is_missed_as_a_fault_only_if_enough_has_happened() {
    let of = |good: i64, total: i64| {
        found(move |facts, _| {
            facts.surroundings.objectives = Ok(vec![Measured {
                name: "readings_succeed".to_owned(),
                good,
                total,
                percentiles: None,
            }]);
        })
    };
    let runbook = "an-objective-is-missed";
    assert_eq!(of(0, 0), []);
    assert_eq!(of(999, 1_000), []);
    assert_eq!(of(998, 1_000), [(Level::Fault, runbook)]);
    assert_eq!(of(9, 10), [(Level::Notice, runbook)]);
}

#[test]
fn objectives_that_could_not_be_measured_are_told_of_unless_postgres_is_away() {
    let slow = |facts: &mut Facts, _: &mut Rows| {
        facts.surroundings.objectives = Err("nothing came within 3 s".to_owned());
    };
    let told = [(Level::Notice, "an-objective-is-missed")];
    assert_eq!(found(slow), told);
    let (mut facts, mut rows) = well();
    slow(&mut facts, &mut rows);
    facts.rows = Err("refused".to_owned());
    let all = findings(&facts);
    let about: Vec<_> = all.iter().map(|one| one.about).collect();
    assert_eq!(about, ["Postgres"]);
}

#[test]
fn a_share_is_cut_and_not_rounded() {
    assert_eq!(percent(0.998_99), "99.89 %");
    assert_eq!(percent(1.0), "100 %");
}
