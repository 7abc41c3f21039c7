//! The head of the page: what is wrong, worst first, and where to read and press what helps.

use maud::{Markup, html};
use operators::status::{Concerned, Finding, Level};

use super::runbook;

/// Under the heading that says it in a word.
pub(super) fn list(findings: &[Finding]) -> Markup {
    html! {
        @if findings.is_empty() { p.notice { "Everything that was asked is well." } }
        @else { ul.findings { @for one in findings { (finding(one)) } } }
    }
}

/// The first words of the page.
pub(super) fn heading(findings: &[Finding]) -> &'static str {
    match findings.first().map(|worst| worst.level) {
        Some(Level::Outage) => "Persons get nothing done",
        Some(Level::Fault) => "Something is wrong",
        Some(Level::Notice) | None => "Nothing is wrong",
    }
}

fn finding(one: &Finding) -> Markup {
    let level = one.level.as_str();
    html! {
        li class={ "finding " (level) } {
            span class={ "state " (level) } { (level) } " "
            b { (one.about) } " "
            span.said { (one.text) }
            span.links {
                @if let Some(jobs) = &one.jobs { a href=(path_of_jobs(jobs)) { "The jobs, with buttons" } }
                a href=(runbook::path(one.runbook)) { "What to do" }
            }
        }
    }
}

fn path_of_jobs(jobs: &Concerned) -> String {
    format!("/admin/jobs?state={}&queue={}", jobs.state, jobs.queue)
}
