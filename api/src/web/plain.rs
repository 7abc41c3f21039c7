//! Pages without a build: written here, with a script and a style of their own.

use actix_web::HttpResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, REFERRER_POLICY,
};
use kernel::Language;
use maud::{DOCTYPE, Markup, html};

/// Nothing but our own script and style, and calls of our own API.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// A whole page; the script lies beside it.
pub(crate) fn whole(title: &str, script: &str, language: Language, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · Symancy" }
                link rel="stylesheet" href="/auth/page.css";
                script defer src=(script) {}
            }
            body {
                main {
                    (body)
                    noscript { p { (no_script(language)) } }
                }
            }
        }
    }
}

/// The answer with a page.
pub(crate) fn answer(page: Markup, language: Language) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_LANGUAGE, language.code()))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .body(page.into_string())
}

/// A script or a style.
pub(crate) fn file(kind: &str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(text)
}

/// The media type of a script.
pub(crate) const SCRIPT: &str = "text/javascript; charset=utf-8";

fn no_script(language: Language) -> &'static str {
    match language {
        Language::En => "Please allow scripts for this page.",
        Language::Ru => "Разрешите скрипты на этой странице.",
        Language::Zh => "请允许此页面运行脚本。",
    }
}
