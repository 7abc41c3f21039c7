//! `GET /admin/jobs` and `GET /admin/jobs/{id}`.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use jobs::Queue;
use jobs::operate;
use jobs::operate::{Filter, JobView, STATES};
use kernel::Error;
use maud::{Markup, html};
use product::JOBS;
use serde_json::json;

use super::acts::{RETRY_MAX, job_id, operator};
use super::filter::{Wanted, address};
use super::job;
use super::notice::NoticeQuery;
use super::page::Page;
use super::parts::{button, buttons, last_error, link, moment, state as badge, sure};
use crate::http::extract::QueryFields;
use crate::http::problem::Problem;
use crate::state::ApiState;

/// Jobs of one page.
const PAGE: i64 = 50;

pub(crate) async fn list(
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
    QueryFields(notice): QueryFields<NoticeQuery>,
) -> Result<HttpResponse, Problem> {
    let filter = wanted.read()?;
    let jobs = operate::list(&mut *state.db().await?, &filter, PAGE).await?;
    let now = state.core.clock.now();
    let page = Page {
        title: "Jobs",
        now,
        notice: notice.notice(),
        refresh: None,
    };
    Ok(page.around(html! {
        div.head { h1 { "Jobs" } (retry_these(&filter)) }
        (form(&filter))
        (table(&jobs, &filter, now))
        (pages(&jobs, &filter))
    }))
}

pub(crate) async fn show(
    request: HttpRequest,
    state: web::Data<ApiState>,
    id: web::Path<String>,
    QueryFields(notice): QueryFields<NoticeQuery>,
) -> Result<HttpResponse, Problem> {
    let id = job_id(&id)?;
    let mut conn = state.db().await?;
    let found = operate::show(&mut conn, id).await?;
    let found = found.ok_or(Error::NotFound("job"))?;
    let calls = ai::queries::calls_of_job(&mut conn, id).await?;
    let answers = calls.iter().filter(|call| call.answer.is_some()).count();
    if answers > 0 {
        // They hold readings, and people's words in them.
        let (origin, by) = operator(&request);
        let about = json!({ "answers": answers });
        audit::operator::note(&mut conn, &origin, &by, "job_viewed", Some(id), about).await?;
    }
    drop(conn);
    let now = state.core.clock.now();
    let page = Page {
        title: &found.kind,
        now,
        notice: notice.notice(),
        refresh: None,
    };
    Ok(page.around(job::page(&found, &calls, now)?))
}

/// Dead jobs of a queue, of a kind, or all of them, which one press can redrive.
fn retry_these(filter: &Filter) -> Markup {
    let dead = filter.state.as_deref() == Some("dead");
    let (queue, kind) = (filter.queue.map(Queue::name), filter.kind.as_deref());
    let back = address(filter);
    let fields = [
        ("queue", queue.unwrap_or_default()),
        ("kind", kind.unwrap_or_default()),
        ("back", &back),
    ];
    let label = format!("Really send all of these round again, up to {RETRY_MAX}");
    html! {
        @if dead && filter.key.is_none() {
            (sure("Retry all", button("/admin/jobs/retry-dead", &label, "primary", &fields)))
        }
    }
}

fn form(filter: &Filter) -> Markup {
    html! {
        form.filter method="get" action="/admin/jobs" {
            label { "State" (select("state", &STATES, filter.state.as_deref())) }
            label { "Queue" (select("queue", &JOBS.queue_names(), filter.queue.map(Queue::name))) }
            label.wide { "Kind" input name="kind" list="kinds" value=[filter.kind.as_deref()] placeholder="any"; }
            datalist id="kinds" { @for entry in &JOBS.kinds { option value=(entry.kind); } }
            label.wide { "Key" input name="key" value=[filter.key.as_deref()] placeholder="of a limit (user:…), or dedupe key"; }
            button.primary { "Filter" }
        }
    }
}

fn select(name: &str, all: &[&str], chosen: Option<&str>) -> Markup {
    html! {
        select name=(name) {
            option value="" { "any" }
            @for one in all { option value=(one) selected[chosen == Some(*one)] { (one) } }
        }
    }
}

fn table(jobs: &[JobView], filter: &Filter, now: DateTime<Utc>) -> Markup {
    let here = address(filter);
    html! {
        @if jobs.is_empty() { p.muted { "No such jobs." } }
        @for job in jobs {
            article {
                div.line {
                    (badge(job)) (link(job))
                    span.muted {
                        (moment(job.moment(), now)) " · " (job.queue)
                        " · attempt " (job.attempt) "/" (job.max_attempts)
                    }
                }
                (last_error(job))
                (buttons(job, &here, &here))
            }
        }
    }
}

fn pages(jobs: &[JobView], filter: &Filter) -> Markup {
    let newest = Filter {
        before: None,
        ..filter.clone()
    };
    let last = jobs.last().filter(|_| jobs.len() as i64 == PAGE);
    let older = last.map(|job| Filter {
        before: Some(job.id),
        ..filter.clone()
    });
    html! {
        nav.pages {
            @if filter.before.is_some() { a href=(address(&newest)) { "← newest" } }
            @if let Some(older) = older { a rel="next" href=(address(&older)) { "older →" } }
        }
    }
}
