//! `/auth/…`: the pages that the links of letters lead to. A GET changes nothing, so that a mail scanner uses no link up; the button
//! sends what stands behind the `#`. An invitation, and the passkeys of a person, have a script of their own.

use actix_web::web::{Path, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse, web};
use kernel::Language;
use maud::{Markup, html};
use serde::Deserialize;

use super::page_texts::{self, Words};
use super::passkey_texts;
use crate::http::extract::{QueryFields, of_request};
use crate::http::problem::Problem;
use crate::web::plain::{self, whole};

const SCRIPT: &str = include_str!("page.js");
const INVITATION: &str = include_str!("invitation.js");
const PASSKEYS: &str = include_str!("passkeys.js");
const STYLE: &str = include_str!("page.css");

/// A page, the path that its button calls, and what it asks for.
pub(super) struct Page {
    pub name: &'static str,
    calls: &'static str,
    /// Whether the secret of the link goes along.
    has_secret: bool,
    /// The path of a second step, which asks for a code.
    then: Option<&'static str>,
    fields: &'static [Field],
    /// Other pages that may be the right one.
    beside: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Email,
    Password,
    NewPassword,
}

impl Field {
    /// Its name in the body, its type, and what a browser fills in.
    fn attributes(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Email => ("email", "email", "username"),
            Self::Password => ("password", "password", "current-password"),
            Self::NewPassword => ("password", "password", "new-password"),
        }
    }
}

const fn of_link(name: &'static str, calls: &'static str, fields: &'static [Field]) -> Page {
    Page {
        name,
        calls,
        has_secret: true,
        then: None,
        fields,
        beside: &[],
    }
}

const PAGES: [Page; 8] = [
    Page {
        beside: &["forgot"],
        ..of_link("verify", "/v1/auth/verify-email", &[Field::Password])
    },
    of_link(
        "link-email",
        "/v1/auth/link/email/confirm",
        &[Field::Password],
    ),
    of_link("reset", "/v1/auth/reset-password", &[Field::NewPassword]),
    of_link("confirm-email", "/v1/auth/confirm-email", &[]),
    of_link("undo-email", "/v1/auth/undo-email", &[]),
    Page {
        name: "sign-in",
        calls: "/v1/auth/login?cookies=1",
        has_secret: false,
        then: Some("/v1/auth/login/2fa?cookies=1"),
        fields: &[Field::Email, Field::Password],
        beside: &["forgot", "sign-up"],
    },
    Page {
        name: "sign-up",
        calls: "/v1/auth/register?cookies=1",
        has_secret: false,
        then: None,
        fields: &[Field::Email, Field::NewPassword],
        beside: &["sign-in"],
    },
    Page {
        name: "forgot",
        calls: "/v1/auth/forgot-password",
        has_secret: false,
        then: None,
        fields: &[Field::Email],
        beside: &["sign-in"],
    },
];

/// Not counted: what the button does is.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/auth/page.js").route(web::get().to(script)))
        .service(resource("/auth/invitation.js").route(web::get().to(invitation_script)))
        .service(resource("/auth/passkeys.js").route(web::get().to(passkeys_script)))
        .service(resource("/auth/page.css").route(web::get().to(style)))
        .service(resource("/auth/{page}").route(web::get().to(page)));
}

async fn script() -> HttpResponse {
    plain::file(plain::SCRIPT, SCRIPT)
}

async fn invitation_script() -> HttpResponse {
    plain::file(plain::SCRIPT, INVITATION)
}

async fn passkeys_script() -> HttpResponse {
    plain::file(plain::SCRIPT, PASSKEYS)
}

async fn style() -> HttpResponse {
    plain::file("text/css; charset=utf-8", STYLE)
}

#[derive(Deserialize)]
struct Asked {
    lang: Option<String>,
}

async fn page(
    request: HttpRequest,
    name: Path<String>,
    QueryFields(asked): QueryFields<Asked>,
) -> Result<HttpResponse, Problem> {
    let language = asked.lang.as_deref().and_then(Language::from_tag);
    let language = language.unwrap_or_else(|| of_request(&request));
    let page = PAGES.iter().find(|page| page.name == name.as_str());
    let text = match (page, name.as_str()) {
        (Some(page), _) => render(page, language),
        (None, "invitation") => invitation(language),
        (None, "passkeys") => passkeys(language),
        _ => return Ok(HttpResponse::NotFound().finish()),
    };
    Ok(plain::answer(text, language))
}

fn render(page: &Page, language: Language) -> Markup {
    let Words {
        title,
        sentence,
        button,
        done,
    } = page_texts::of(page.name, language);
    let body = html! {
        h1 { (title) }
        p { (sentence) }
        form data-calls=(page.calls) data-secret[page.has_secret] data-then=[page.then]
            data-failed=(page_texts::failed(language)) {
            @for field in page.fields {
                (input(*field, language))
            }
            @if page.then.is_some() {
                (second_step(language))
            }
            button { (button) }
        }
        @if page.then.is_some() {
            (by_passkey(language))
        }
        p #answer role="status" data-done=(done) {}
        (beside(page.beside, language))
    };
    whole(title, "page.js", language, &body)
}

/// Another way to sign in, where the browser has it, and what there is to see after a sign-in.
fn by_passkey(language: Language) -> Markup {
    let words = passkey_texts::of(language);
    html! {
        button #passkey type="button" hidden { (words.sign_in) }
        p #account hidden {
            a href=(format!("passkeys?lang={}", language.code())) { (words.title) }
        }
    }
}

/// The page of a person's passkeys, which the script asks for.
fn passkeys(language: Language) -> Markup {
    let words = passkey_texts::of(language);
    let body = html! {
        h1 { (words.title) }
        p { (words.sentence) }
        ul #list data-none=(words.none) data-added=(words.added_at) data-used=(words.used_at)
            data-remove=(words.remove) {}
        form #add hidden data-known=(words.known) {
            label {
                (words.name)
                input name="name" required maxlength="100" autocomplete="off";
            }
            button { (words.add) }
        }
        form #prove hidden {
            p { (words.prove) }
            label #password hidden {
                (page_texts::password(language))
                input name="password" type="password" autocomplete="current-password" required disabled
                    maxlength="128";
            }
            label #second hidden {
                (page_texts::second_code(language))
                input name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required
                    disabled maxlength="40";
            }
            button #confirm hidden { (words.confirm) }
            button #passkey type="button" hidden { (words.by_passkey) }
        }
        p #answer role="status" data-added=(words.added) data-removed=(words.removed)
            data-unknown=(words.unknown) data-failed=(page_texts::failed(language)) {}
        div #codes hidden {
            p { (words.codes) }
            ul {}
        }
        div #signed-out hidden {
            p { (words.signed_out) }
            (beside(&["sign-in"], language))
        }
    };
    whole(words.title, "passkeys.js", language, &body)
}

/// Links to other pages; the script keeps what stands behind the `#`.
fn beside(pages: &[&'static str], language: Language) -> Markup {
    html! {
        @for page in pages {
            p { a data-beside href=(format!("{page}?lang={}", language.code())) {
                (page_texts::of(page, language).title)
            } }
        }
    }
}

/// The page of an invitation. What it says, the script asks for.
fn invitation(language: Language) -> Markup {
    let words = page_texts::invitation(language);
    let body = html! {
        h1 { (words.title) }
        p #said data-sentence=(words.sentence) data-failed=(page_texts::failed(language)) {}
        form hidden {
            @for (role, name) in page_texts::roles(language) {
                data hidden value=(role) { (name) }
            }
            button value="accept" data-done=(words.accepted) { (words.accept) }
            button value="decline" data-done=(words.declined) { (words.decline) }
        }
        p #answer role="status" {}
        div #signed-out hidden {
            p { (words.signed_out) }
            (beside(&["sign-in", "sign-up"], language))
        }
    };
    whole(words.title, "invitation.js", language, &body)
}

fn input(field: Field, language: Language) -> Markup {
    let (name, kind, fills) = field.attributes();
    let label = match field {
        Field::Email => page_texts::email(language),
        Field::Password => page_texts::password(language),
        Field::NewPassword => page_texts::new_password(language),
    };
    html! {
        label {
            (label)
            input name=(name) type=(kind) autocomplete=(fills) required
                minlength=[(field == Field::NewPassword).then_some("8")] maxlength="254";
        }
    }
}

/// Shown when the first step asks for it.
fn second_step(language: Language) -> Markup {
    html! {
        label #second hidden {
            (page_texts::second_code(language))
            input name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required disabled
                maxlength="40";
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_there_in_every_language_and_has_no_script_of_its_own() {
        for language in Language::ALL {
            let pages = PAGES.iter().map(|page| render(page, language));
            for page in pages.chain([invitation(language), passkeys(language)]) {
                let text = page.into_string();
                assert!(text.contains("<button"), "{text}");
                assert_eq!(text.matches("<script").count(), 1);
                assert!(!text.contains("style=\"") && !text.contains("onclick"));
            }
        }
    }
}
