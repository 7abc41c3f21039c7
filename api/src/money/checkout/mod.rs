//! `/checkout`: the page at which plans are paid for on the web, and `/checkout/paid`, to which gateways send people
//! back. Both are the same for all; what is theirs, their scripts ask the API for.

mod texts;

use actix_web::web::{Query, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse, web};
use kernel::Language;
use maud::{Markup, html};
use money::payments::model::PaymentProvider;
use serde::Deserialize;
use uuid::Uuid;

use crate::http::extract::of_request;
use crate::state::ApiState;
use crate::web::plain;

const CHECKOUT: &str = include_str!("checkout.js");
const PAID: &str = include_str!("paid.js");

/// Not counted: what the buttons do is.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/checkout").route(web::get().to(checkout)))
        .service(resource("/checkout/paid").route(web::get().to(paid)))
        .service(resource("/checkout/checkout.js").route(web::get().to(checkout_script)))
        .service(resource("/checkout/paid.js").route(web::get().to(paid_script)));
}

/// Where plans are paid for on the web.
pub(crate) fn address(state: &ApiState) -> String {
    state.core.config.public_url.at("/checkout")
}

/// Where a gateway sends people back to; `organization`: which has paid, if it was not the person.
pub(crate) fn return_address(
    state: &ApiState,
    payment: Uuid,
    organization: Option<Uuid>,
) -> String {
    let public = &state.core.config.public_url;
    let whose = organization.map(|id| format!("&account={id}"));
    let whose = whose.unwrap_or_default();
    public.at(&format!("/checkout/paid?payment={payment}{whose}"))
}

#[derive(Deserialize)]
struct Asked {
    lang: Option<String>,
}

/// Gateways add fields of their own to the address, which are passed over.
fn language_of(request: &HttpRequest, asked: &Asked) -> Language {
    let asked = asked.lang.as_deref().and_then(Language::from_tag);
    asked.unwrap_or_else(|| of_request(request))
}

async fn checkout_script() -> HttpResponse {
    plain::file(plain::SCRIPT, CHECKOUT)
}

async fn paid_script() -> HttpResponse {
    plain::file(plain::SCRIPT, PAID)
}

async fn checkout(request: HttpRequest, asked: Query<Asked>) -> HttpResponse {
    let language = language_of(&request, &asked);
    let words = texts::checkout(language);
    let body = html! {
        h1 { (words.title) }
        p #said role="status" data-failed=(words.failed) data-none=(words.none) {}
        div #plans {}
        template #plan {
            section {
                h2 {}
                p data-readings=(words.readings) data-no-limit=(words.no_limit) {}
            }
        }
        @for provider in PaymentProvider::ALL {
            data hidden value=(provider.as_str()) { (texts::provider(*provider, language)) }
        }
        (signed_out(&words, language))
        p { (words.stars) }
    };
    plain::answer(
        plain::whole(words.title, "/checkout/checkout.js", language, &body),
        language,
    )
}

async fn paid(request: HttpRequest, asked: Query<Asked>) -> HttpResponse {
    let language = language_of(&request, &asked);
    let words = texts::paid(language);
    let again = texts::checkout(language);
    let body = html! {
        h1 { (words.title) }
        p #said role="status" data-waiting=(words.waiting) data-succeeded=(words.succeeded)
            data-refunded=(words.refunded) data-failed=(words.failed) data-lost=(words.lost) { (words.waiting) }
        p #again hidden { a href=(format!("/checkout?lang={}", language.code())) { (again.title) } }
        (signed_out(&again, language))
    };
    plain::answer(
        plain::whole(words.title, "/checkout/paid.js", language, &body),
        language,
    )
}

/// For those who have to sign in first.
fn signed_out(words: &texts::Checkout, language: Language) -> Markup {
    let link = |page: &str| format!("/auth/{page}?lang={}", language.code());
    html! {
        div #signed-out hidden {
            p { (words.signed_out) }
            p { a href=(link("sign-in")) { (words.sign_in) } }
            p { a href=(link("sign-up")) { (words.sign_up) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_a_name_in_every_language() {
        for language in Language::ALL {
            for provider in PaymentProvider::ALL {
                let name = texts::provider(*provider, language);
                assert!(!name.is_empty() && name != provider.as_str());
            }
        }
    }
}
