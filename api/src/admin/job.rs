//! Everything about one job.

use ai::model::CallView;
use chrono::{DateTime, Utc};
use jobs::operate::{Failure, JobView};
use jobs::words;
use kernel::Error;
use maud::{Markup, html};
use serde_json::Value;

use super::parts::{buttons, moment, state};

/// The content of its page.
///
/// # Errors
/// `Internal` for JSON that cannot be serialized.
pub(super) fn page(job: &JobView, calls: &[CallView], now: DateTime<Utc>) -> Result<Markup, Error> {
    let args = pretty(&job.args)?;
    let calls = calls.iter().map(|call| paid_call(call, now));
    let calls: Vec<Markup> = calls.collect::<Result<_, _>>()?;
    let here = format!("/admin/jobs/{}", job.id);
    Ok(html! {
        div.head { h1 { (job.kind) " " (state(job)) } (buttons(job, &here, "/admin")) }
        (facts(job, now))
        section { h2 { "Arguments" } pre { (args) } }
        (errors(job, now))
        @if !calls.is_empty() {
            section { h2 { "Paid calls" } @for call in calls { (call) } }
        }
    })
}

fn pretty(value: &Value) -> Result<String, Error> {
    serde_json::to_string_pretty(value).map_err(Error::internal)
}

fn facts(job: &JobView, now: DateTime<Utc>) -> Markup {
    let class = match job.priority {
        1 => "high",
        2 => "normal",
        _ => "low",
    };
    let at = |at: Option<DateTime<Utc>>| {
        at.map(|at| html! { (moment(at, now)) " · " (at.format("%F %T UTC")) })
    };
    let text = |text: Option<&String>| text.map(|text| html! { code { (text) } });
    let facts = [
        ("Id", text(Some(&job.id.to_string()))),
        ("Queue", Some(html! { (job.queue) ", class " (class) })),
        (
            "Attempts",
            Some(html! { (job.attempt) " of " (job.max_attempts) }),
        ),
        (
            "Sent round again",
            (job.redrives > 0).then(|| html! { (job.redrives) " times" }),
        ),
        ("Enqueued", at(Some(job.created_at))),
        ("Due", at(Some(job.run_at))),
        ("Started", at(job.started_at)),
        ("Worker", text(job.worker.as_ref())),
        ("Lease until", at(job.lease_until)),
        ("Ended", at(job.finished_at)),
        ("Blocked on", text(job.blocked_on.as_ref())),
        ("Dedupe key", text(job.dedupe_key.as_ref())),
        (
            "Limit keys",
            (!job.limit_keys.is_empty()).then(|| html! { code { (job.limit_keys.join(" ")) } }),
        ),
    ];
    html! {
        dl {
            @for (name, value) in facts {
                @if let Some(value) = value { dt { (name) } dd { (value) } }
            }
        }
    }
}

/// The newest first; attempts that failed alike one after the other share their text.
fn errors(job: &JobView, now: DateTime<Utc>) -> Markup {
    let failures = job.failures();
    let alike: Vec<&[Failure]> = failures
        .chunk_by(|one, next| one.error == next.error)
        .collect();
    html! {
        @if !failures.is_empty() {
            section {
                h2 { "Errors " span.muted { (failures.len()) } }
                @for group in alike.iter().rev() {
                    article {
                        div.line {
                            @for failure in group.iter().rev() {
                                span { "Attempt " (failure.attempt) " " span.muted { (moment(failure.at, now)) } }
                            }
                        }
                        @if let Some(failure) = group.first() { span.error.whole { (failure.error) } }
                    }
                }
            }
        }
    }
}

fn paid_call(call: &CallView, now: DateTime<Utc>) -> Result<Markup, Error> {
    let answer = call.answer.as_ref().map(pretty).transpose()?;
    Ok(html! {
        article {
            div.line {
                span.state { (call.state.as_str()) } (call.provider)
                span.muted {
                    "attempt " (call.attempt) " · " (moment(call.began_at, now))
                    @if let Some(ended) = call.ended_at { " · took " (words::span(ended - call.began_at)) }
                    @if call.doubted_at.is_some() { " · may be paid for and lost" }
                    " · " code { (call.key) }
                }
            }
            @if let Some(error) = &call.error { span.error { (error) } }
            @if let Some(answer) = answer { details { summary { "Answer" } pre { (answer) } } }
        }
    })
}
