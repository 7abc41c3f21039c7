//! `GET /admin`: how the queues are doing, what died last, what has run longest.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use jobs::operate;
use jobs::operate::JobView;
use jobs::stats;
use jobs::stats::{QueueRate, QueueStats};
use jobs::words;
use maud::{Markup, html};
use product::JOBS;
use serde::Deserialize;

use super::acts::RETRY_MAX;
use super::notice::NoticeQuery;
use super::page::Page;
use super::parts::{button, buttons, last_error, link, moment, sure};
use crate::http::extract::QueryFields;
use crate::http::problem::Problem;
use crate::state::ApiState;

/// How many dead and how many running jobs are shown.
const SHOWN: i64 = 10;

/// How often a page with `?refresh` comes again, in seconds.
const REFRESH: u32 = 5;
const REFRESHING: &str = "/admin?refresh";

/// Whether the page is to come again by itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    refresh: Option<String>,
}

pub(crate) async fn overview(
    state: web::Data<ApiState>,
    QueryFields(asked): QueryFields<Asked>,
    QueryFields(notice): QueryFields<NoticeQuery>,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let queues = stats::queues(&mut conn, &JOBS).await?;
    let rates = stats::rates(&mut conn, &JOBS, now).await?;
    let doubted = ai::queries::doubted_calls(&mut conn).await?;
    let dead = operate::newest_dead(&mut conn, SHOWN).await?;
    let running = operate::longest_running(&mut conn, SHOWN).await?;
    drop(conn);
    let refresh = asked.refresh.is_some();
    let here = if refresh { REFRESHING } else { "/admin" };
    let page = Page {
        title: "Overview",
        now,
        notice: notice.notice(),
        refresh: refresh.then(|| format!("{REFRESH}; url={here}")),
    };
    Ok(page.around(html! {
        div.head { h1 { "Queues" } (toggle(refresh)) }
        @if doubted > 0 { (unknown_calls(doubted)) }
        (table(&queues, &rates, here, now))
        (dead_jobs(&dead, &queues, here, now))
        (running_jobs(&running, &queues, here, now))
    }))
}

fn toggle(refresh: bool) -> Markup {
    html! {
        @if refresh {
            a.toggle.on href="/admin" { "Refreshing every " (REFRESH) " s · stop" }
        } @else {
            a.toggle href=(REFRESHING) { "Refresh every " (REFRESH) " s" }
        }
    }
}

fn unknown_calls(count: i64) -> Markup {
    html! {
        p.notice.bad {
            "Paid calls whose outcome is unknown, in the last 7 days: " (count) ". Each may be paid for twice."
        }
    }
}

fn table(queues: &[QueueStats], rates: &[QueueRate], here: &str, now: DateTime<Utc>) -> Markup {
    html! {
        table.queues {
            thead {
                tr {
                    th { "Queue" }
                    @for name in ["Waiting", "Scheduled", "Blocked", "Running", "Dead", "Oldest", "Done/min", "Mean wait", "Mean run"] {
                        th.n { (name) }
                    }
                    th { "" }
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
            th { a href={ "/admin/jobs?queue=" (one.queue) } { (one.queue) } }
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

fn dead_jobs(dead: &[JobView], queues: &[QueueStats], here: &str, now: DateTime<Utc>) -> Markup {
    let all: i64 = queues.iter().map(|one| one.dead).sum();
    html! {
        section {
            div.head {
                h2 { "Dead " span.muted { (all) } }
                @if all > 0 { (retry_all(all, here)) }
            }
            @if dead.is_empty() { p.muted { "None." } }
            @for job in dead {
                article {
                    div.line { (link(job)) span.muted { (moment(job.moment(), now)) " · attempt " (job.attempt) "/" (job.max_attempts) } }
                    (last_error(job))
                    code.args { (job.args.to_string()) }
                    (buttons(job, here, here))
                }
            }
            @if all > dead.len() as i64 { p { a href="/admin/jobs?state=dead" { "All " (all) " dead jobs" } } }
        }
    }
}

fn retry_all(all: i64, here: &str) -> Markup {
    let label = format!("Really send {} round again", all.min(RETRY_MAX));
    sure(
        "Retry all",
        button(
            "/admin/jobs/retry-dead",
            &label,
            "primary",
            &[("back", here)],
        ),
    )
}

fn running_jobs(
    running: &[JobView],
    queues: &[QueueStats],
    here: &str,
    now: DateTime<Utc>,
) -> Markup {
    let all: i64 = queues.iter().map(|one| one.running).sum();
    html! {
        section {
            h2 { "Running " span.muted { (all) } }
            @if running.is_empty() { p.muted { "None at this moment." } }
            @for job in running {
                article {
                    div.line {
                        (link(job))
                        span.muted {
                            "since " (words::span(now - job.moment())) " · attempt " (job.attempt) "/" (job.max_attempts)
                            " · " code { (job.worker.as_deref().unwrap_or("?")) }
                        }
                    }
                    (buttons(job, here, here))
                }
            }
            @if all > running.len() as i64 { p { a href="/admin/jobs?state=running" { "All " (all) " running jobs" } } }
        }
    }
}
