//! Parts of several pages: a state, an error, a moment, and the buttons of a job.

use chrono::{DateTime, Utc};
use jobs::operate::JobView;
use jobs::words;
use maud::{Markup, html};
use uuid::Uuid;

/// What of an error stands in a table.
const ERROR_MAX: usize = 300;

pub(super) fn state(job: &JobView) -> Markup {
    let class = format!("state {}", job.state);
    html! {
        span class=(class) { (job.state) }
        @if job.cancel_requested && !job.has_ended() { " " span.state.cancelled { "cancelling" } }
    }
}

pub(super) fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! {
        time datetime=(at.to_rfc3339()) title=(at.format("%F %T UTC")) { (words::from_now(at, now)) }
    }
}

pub(super) fn last_error(job: &JobView) -> Markup {
    html! {
        @if let Some(error) = job.last_error() { span.error { (words::shortened(&error, ERROR_MAX)) } }
    }
}

pub(super) fn link(job: &JobView) -> Markup {
    html! { a href={ "/admin/jobs/" (job.id) } { (job.kind) } }
}

/// A button that does something: a form of its own, as nothing runs in the browser.
pub(super) fn button(action: &str, label: &str, class: &str, fields: &[(&str, &str)]) -> Markup {
    html! {
        form method="post" action=(action) {
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button class=(class) { (label) }
        }
    }
}

/// A button behind another, for what cannot be taken back.
pub(super) fn sure(label: &str, button: Markup) -> Markup {
    html! { details.sure { summary { (label) } (button) } }
}

/// What can be done to a job in its state. `back` is where the browser goes then, and `gone` where
/// it goes once the job is deleted.
pub(super) fn buttons(job: &JobView, back: &str, gone: &str) -> Markup {
    let act = |act: &str| action(job.id, act);
    let retry = if job.state == "scheduled" {
        "Run now"
    } else {
        "Retry"
    };
    html! {
        div.buttons {
            @if job.may_be_retried() && job.state != "waiting" {
                (button(&act("retry"), retry, "", &[("back", back)]))
            }
            @if !job.has_ended() && !job.cancel_requested {
                (sure("Cancel", button(&act("cancel"), "Really cancel", "danger", &[("back", back)])))
            }
            @if job.has_ended() {
                (sure("Discard", button(&act("discard"), "Really discard", "danger", &[("back", gone)])))
            }
        }
    }
}

fn action(id: Uuid, act: &str) -> String {
    format!("/admin/jobs/{id}/{act}")
}
