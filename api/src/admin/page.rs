//! The frame of each page. Everything that is put into it is escaped by maud.

use actix_web::HttpResponse;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::notice::Notice;

const STYLE: &str = include_str!("style.css");

/// What makes a browser take our style and no other.
pub(super) fn style_hash() -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(STYLE)))
}

/// A page to be.
pub(super) struct Page<'a> {
    pub title: &'a str,
    pub now: DateTime<Utc>,
    pub notice: Option<Notice>,
    /// After how many seconds to load what, if by itself: `5; url=/admin`.
    pub refresh: Option<String>,
}

impl Page<'_> {
    pub(super) fn around(self, content: Markup) -> HttpResponse {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @if let Some(refresh) = self.refresh {
                        meta http-equiv="refresh" content=(refresh);
                    }
                    title { (self.title) " · Symancy admin" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#main" { "To the content" }
                    header {
                        a.brand href="/admin" { "Symancy" }
                        nav aria-label="Pages" {
                            a href="/admin" { "Overview" }
                            a href="/admin/jobs" { "Jobs" }
                            a href="/admin/jobs?state=dead" { "Dead" }
                            a href="/admin/support" { "Support" }
                            a href="/admin/runbook" { "Runbook" }
                        }
                        time.now datetime=(self.now.to_rfc3339()) { (self.now.format("%T UTC")) }
                    }
                    main id="main" {
                        @if let Some(notice) = self.notice {
                            p.notice.bad[!notice.good] role="status" { (notice.sentence) }
                        }
                        (content)
                    }
                }
            }
        };
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(page.into_string())
    }
}
