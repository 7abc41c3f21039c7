//! The table of the queues, with a button each.

use chrono::{DateTime, Utc};
use jobs::stats::{QueueRate, QueueStats};
use jobs::words;
use maud::{Markup, html};

use super::parts::{button, moment};

const HEADS: [&str; 9] = [
    "Waiting",
    "Scheduled",
    "Blocked",
    "Running",
    "Dead",
    "Oldest",
    "Done/min",
    "Mean wait",
    "Mean run",
];

/// `here`: the page to which a button returns.
pub(super) fn table(
    queues: &[QueueStats],
    rates: &[QueueRate],
    here: &str,
    now: DateTime<Utc>,
) -> Markup {
    html! {
        table.queues {
            caption { h2 { "Queues" } }
            thead {
                tr {
                    th scope="col" { "Queue" }
                    @for name in HEADS { th.n scope="col" { (name) } }
                    th scope="col" { "Pause" }
                }
            }
            tbody {
                @for one in queues {
                    (row(one, rates.iter().find(|rate| rate.queue == one.queue), here, now))
                }
            }
        }
    }
}

fn row(one: &QueueStats, rate: Option<&QueueRate>, here: &str, now: DateTime<Utc>) -> Markup {
    let mean = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), words::seconds);
    let oldest = Some(one.oldest_age_seconds).filter(|age| *age > 0.0);
    html! {
        tr.paused[one.paused_at.is_some()] {
            th scope="row" { a href={ "/admin/jobs?queue=" (one.queue) } { (one.queue) } }
            (count(one, "Waiting", one.waiting))
            (count(one, "Scheduled", one.scheduled))
            (count(one, "Blocked", one.blocked))
            (count(one, "Running", one.running))
            (count(one, "Dead", one.dead))
            td.n data-label="Oldest" { (mean(oldest)) }
            td.n data-label="Done/min" { (rate.map_or(0, |rate| rate.done_last_minute)) }
            td.n data-label="Mean wait" { (mean(rate.and_then(|rate| rate.waited_seconds))) }
            td.n data-label="Mean run" { (mean(rate.and_then(|rate| rate.ran_seconds))) }
            td.pause { (pause(one, here, now)) }
        }
    }
}

/// A number that leads to its jobs.
fn count(one: &QueueStats, label: &str, number: i64) -> Markup {
    let state = label.to_lowercase();
    html! {
        td.n.zero[number == 0].dead[number > 0 && state == "dead"] data-label=(label) {
            @if number == 0 { "0" } @else {
                a href={ "/admin/jobs?state=" (state) "&queue=" (one.queue) } { (number) }
            }
        }
    }
}

fn pause(one: &QueueStats, here: &str, now: DateTime<Utc>) -> Markup {
    let action = |act: &str| format!("/admin/queues/{}/{act}", one.queue);
    html! {
        div {
            @if let (Some(at), Some(by)) = (one.paused_at, &one.paused_by) {
                span.by { "paused " (moment(at, now)) " by " (by) }
                (button(&action("resume"), "Resume", "primary", &[("back", here)]))
            } @else {
                (button(&action("pause"), "Pause", "", &[("back", here)]))
            }
        }
    }
}
