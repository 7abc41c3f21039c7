//! `GET /admin`: what is wrong, how the queues are doing, what died last, what has run longest, and what all of it stands
//! on. What cannot be asked says so in its place: the page is there while Postgres, Redis or the bucket is away.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use jobs::operate;
use jobs::operate::JobView;
use jobs::stats::QueueStats;
use jobs::words;
use maud::{Markup, html};
use operators::status::findings;
use product::status;
use serde::Deserialize;

use super::acts::RETRY_MAX;
use super::findings::{heading, list};
use super::health::sections;
use super::notice::NoticeQuery;
use super::page::Page;
use super::parts::{button, buttons, last_error, link, moment, sure};
use super::queue_table::table;
use crate::http::extract::QueryFields;
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
) -> HttpResponse {
    let core = &state.core;
    let (surroundings, rows) = tokio::join!(state.lately.surroundings(core), status::rows(core));
    let facts = status::facts(core, rows, surroundings);
    let found = findings(&facts);
    let jobs = jobs(&state, facts.rows.is_ok()).await;
    let refresh = asked.refresh.is_some();
    let here = if refresh { REFRESHING } else { "/admin" };
    let page = Page {
        title: "Overview",
        now: facts.at,
        notice: notice.notice(),
        refresh: refresh.then(|| format!("{REFRESH}; url={here}")),
    };
    page.around(html! {
        div.head { h1 { (heading(&found)) } (toggle(refresh)) }
        (list(&found))
        @if let (Ok(rows), Some((dead, running))) = (&facts.rows, &jobs) {
            section { (table(&rows.queues, &rows.rates, here, facts.at)) }
            (dead_jobs(dead, &rows.queues, here, facts.at))
            (running_jobs(running, &rows.queues, here, facts.at))
        }
        (sections(core, &facts))
    })
}

/// What died last, and what has run longest; `None` if Postgres does not say.
async fn jobs(state: &ApiState, answers: bool) -> Option<(Vec<JobView>, Vec<JobView>)> {
    if !answers {
        return None;
    }
    let conn = &mut *state.db().await.ok()?;
    let dead = operate::newest_dead(conn, SHOWN).await.ok()?;
    let running = operate::longest_running(conn, SHOWN).await.ok()?;
    Some((dead, running))
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
