//! What follows from rows.

use chrono::TimeDelta;
use jobs::stats::QueueStats;
use jobs::words;
use jobs::workers::Seen;

use super::facts::{Facts, Rows};
use super::finding::{Finding, Level};
use super::queries::Waiting;

/// A job that is due starts within this many seconds while all is well.
const AGE_MAX: f64 = 60.0;

/// A worker that ended without a word is told of for so many seconds.
const MISSED_SECONDS: f64 = 600.0;

/// How long a request of a person may wait.
const REQUEST_WAITS: TimeDelta = TimeDelta::days(1);

/// Adds all of them.
pub(super) fn findings(rows: &Rows, facts: &Facts, found: &mut Vec<Finding>) {
    workers(rows, facts, found);
    migrations(rows, found);
    for queue in &rows.queues {
        of_queue(queue, found);
    }
    ai(rows, facts, found);
    waiting(&rows.waiting, found);
    if let Some(zone) = &rows.other_zone {
        let text = format!(
            "ANALYTICS_TIMEZONE is not {zone}, which the days are of: nothing is counted until `symancy analytics rebuild` has run."
        );
        found.push(Finding::new(Level::Fault, "analytics", "analytics", text));
    }
    if rows.archive.fails() {
        let file = rows.archive.failed.as_deref().unwrap_or("a file");
        let text =
            format!("Postgres could not archive {file} of its log: what is newer is in no backup.");
        found.push(Finding::new(
            Level::Fault,
            "backups",
            "backups-are-old",
            text,
        ));
    }
    let waits = rows.oldest_request.map(|came| facts.at - came);
    if let Some(waits) = waits.filter(|waits| *waits > REQUEST_WAITS) {
        let text = format!("A person has waited {} for an answer.", words::span(waits));
        found.push(Finding::new(
            Level::Fault,
            "support",
            "requests-of-persons",
            text,
        ));
    }
}

fn workers(rows: &Rows, facts: &Facts, found: &mut Vec<Finding>) {
    let about = "workers";
    let (run, gone): (Vec<&Seen>, Vec<&Seen>) = rows.workers.iter().partition(|one| one.runs());
    if run.is_empty() {
        let text = "No worker has been seen in the last minute: what is accepted waits.";
        found.push(Finding::new(Level::Outage, about, "no-worker-runs", text));
    }
    for one in gone
        .iter()
        .filter(|one| one.silent_seconds < MISSED_SECONDS)
    {
        let since = words::seconds(one.silent_seconds);
        let text = format!("{} has ended without a word, {since} ago.", one.name);
        found.push(Finding::new(Level::Fault, about, "no-worker-runs", text));
    }
    let others = run
        .iter()
        .filter(|one| one.release != facts.release)
        .count();
    if others > 0 {
        let text = format!("{others} run another release than {}.", facts.release);
        found.push(Finding::new(Level::Notice, about, "a-new-release", text));
    }
}

fn migrations(rows: &Rows, found: &mut Vec<Finding>) {
    let (about, state) = ("migrations", &rows.migrations);
    if let Some(first) = state.pending.first() {
        let text = format!("{} are pending, the first is {first}.", state.pending.len());
        found.push(Finding::new(Level::Fault, about, "migrations", text));
    }
    if !state.unknown.is_empty() {
        let text = "The database is that of a newer release.";
        found.push(Finding::new(Level::Notice, about, "a-new-release", text));
    }
}

fn of_queue(queue: &QueueStats, found: &mut Vec<Finding>) {
    let name = &queue.queue;
    let mut add = |level, runbook, text: String, state| {
        let finding = Finding::new(level, "jobs", runbook, text);
        found.push(finding.with_jobs(state, name));
    };
    if queue.dead > 0 {
        let text = format!("{} dead in {name}: they wait for you.", queue.dead);
        add(Level::Fault, "dead-jobs-pile-up", text, "dead");
    }
    if let (Some(at), by) = (queue.paused_at, queue.paused_by.as_deref()) {
        let by = by.unwrap_or("an operator");
        let text = format!(
            "{name} is paused by {by} since {}.",
            at.format("%F %H:%M UTC")
        );
        add(Level::Notice, "a-queue-is-old", text, "waiting");
    } else if queue.oldest_age_seconds > AGE_MAX {
        let age = words::seconds(queue.oldest_age_seconds);
        let text = format!("The oldest job of {name} has been due for {age}.");
        let state = if queue.waiting > 0 {
            "waiting"
        } else {
            "blocked"
        };
        add(Level::Fault, "a-queue-is-old", text, state);
    }
}

fn ai(rows: &Rows, facts: &Facts, found: &mut Vec<Finding>) {
    // After its time the breaker lets the next call try: it may long be well.
    let open = |until: Option<_>| until.is_some_and(|until| until > facts.at);
    let open = rows
        .vendors
        .iter()
        .filter(|one| one.state == "open" && open(one.open_until));
    let open: Vec<_> = open.collect();
    let answers = rows
        .vendors
        .iter()
        .any(|one| one.answered > 0 && one.state == "closed");
    for one in &open {
        let why = one.last_error.as_deref().unwrap_or("it does not answer");
        let text = format!(
            "{} is not asked: {}",
            one.provider,
            words::shortened(why, 200)
        );
        let level = if answers { Level::Fault } else { Level::Outage };
        found.push(Finding::new(level, "AI", "a-vendor-of-ai-is-down", text));
    }
    let used = rows.spent.spent_micro_usd + rows.spent.reserved_micro_usd;
    if let Some(budget) = facts
        .budget_micro_usd
        .filter(|budget| used >= budget / 5 * 4)
    {
        let level = if used >= budget {
            Level::Fault
        } else {
            Level::Notice
        };
        let text = format!("{} of today's {} are used.", dollars(used), dollars(budget));
        found.push(Finding::new(level, "AI", "ai-vendors-and-money", text));
    }
    if rows.doubted > 0 {
        let text = format!(
            "{} paid calls of the last 7 days have an unknown outcome.",
            rows.doubted
        );
        let runbook = "paid-calls-whose-end-was-not-seen";
        found.push(Finding::new(Level::Notice, "AI", runbook, text));
    }
}

fn waiting(counts: &Waiting, found: &mut Vec<Finding>) {
    use Level::{Fault, Notice};
    let (calls, money) = (
        "calls-of-payment-vendors",
        "money-that-is-not-as-it-should-be",
    );
    let mut tell = |level, about, runbook, count: i64, what: &str| {
        if count > 0 {
            found.push(Finding::new(
                level,
                about,
                runbook,
                format!("{count} {what}"),
            ));
        }
    };
    let failed = "calls of payment vendors could not be worked.";
    tell(Fault, "payments", calls, counts.calls_failed, failed);
    let late = "calls of payment vendors should have been worked by now.";
    tell(Fault, "payments", calls, counts.calls_late, late);
    let refunds = "refunds have had no end for more than a day.";
    tell(Fault, "payments", money, counts.refunds_late, refunds);
    let payments = "payments have waited for their money for more than a day.";
    tell(Notice, "payments", money, counts.payments_late, payments);
    let failed = "letters of the last day have failed.";
    tell(Fault, "mail", "mail", counts.letters_failed, failed);
    let late = "letters should have left five minutes ago.";
    tell(Fault, "mail", "mail", counts.letters_late, late);
    let uncertain = "letters of the last day may have left or not.";
    tell(Notice, "mail", "mail", counts.letters_uncertain, uncertain);
}

fn dollars(micro_usd: i64) -> String {
    format!(
        "${}.{:02}",
        micro_usd / 1_000_000,
        micro_usd % 1_000_000 / 10_000
    )
}
