//! `GET /admin/runbook`: docs/OPERATIONS.md by chapters, as it is written. It is in the binary, because it is needed when
//! little else can be reached.

use actix_web::{HttpResponse, web};
use maud::{Markup, html};

use super::page::Page;
use crate::state::ApiState;

const TEXT: &str = include_str!("../../../docs/OPERATIONS.md");

/// The path of a chapter.
pub(super) fn path(anchor: &str) -> String {
    format!("/admin/runbook#{anchor}")
}

pub(crate) async fn show(state: web::Data<ApiState>) -> HttpResponse {
    let page = Page {
        title: "Runbook",
        now: state.core.clock.now(),
        notice: None,
        refresh: None,
    };
    page.around(html! {
        h1 { "Runbook" }
        nav aria-label="Chapters" {
            ul.chapters { @for (title, _) in chapters() { li { a href={ "#" (anchor(title)) } { (title) } } } }
        }
        @for (title, text) in chapters() { (chapter(title, text)) }
    })
}

fn chapter(title: &str, text: &str) -> Markup {
    html! { section id=(anchor(title)) { h2 { (title) } pre { (text.trim()) } } }
}

/// Title and text of each.
fn chapters() -> impl Iterator<Item = (&'static str, &'static str)> {
    let chapters = TEXT.split("\n## ").skip(1);
    chapters.map(|chapter| chapter.split_once('\n').unwrap_or((chapter, "")))
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(title: &str) -> String {
    let kept = title
        .chars()
        .filter(|c| c.is_alphanumeric() || " -".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use operators::status::CHAPTERS;

    #[test]
    fn every_chapter_that_a_finding_names_is_there() {
        let there: Vec<String> = chapters().map(|(title, _)| anchor(title)).collect();
        for wanted in CHAPTERS {
            assert!(there.iter().any(|one| one == wanted), "{wanted}: {there:?}");
        }
        assert_eq!(anchor("AI: vendors and money"), "ai-vendors-and-money");
    }
}
