//! The language in which a person is answered: the one that they have chosen.
//!
//! Where a handler knows the person, [`Me`](super::Me) and [`Viewer`](super::Viewer) have it. A refusal
//! may come before that: from an extractor beside theirs, from a form that cannot be read, from the
//! limits. Then the person is looked up for it.

use std::time::Duration;

use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{HttpMessage, HttpRequest};
use kernel::{Error, Language};
use people::users::model::PersonKey;
use people::users::queries;

use super::{Asked, Caller, Found, named};
use crate::people::persons::Whom;
use crate::state::ApiState;

/// A refusal in another language is better than none.
const PATIENCE: Duration = Duration::from_millis(500);

/// The language that the client asks for.
pub(crate) fn of_request(request: &HttpRequest) -> Language {
    let header = request.headers().get(ACCEPT_LANGUAGE);
    let header = header.and_then(|header| header.to_str().ok());
    let asked = header.and_then(Language::from_accept_language);
    asked.unwrap_or(Language::En)
}

/// The language of what is answered without a handler that knows the person. `may_ask`: whether the database is worth asking for it.
pub(crate) async fn of_person(request: &HttpRequest, state: &ApiState, may_ask: bool) -> Language {
    if let Some(chosen) = request.extensions().get::<Language>().copied() {
        return chosen;
    }
    let Some((key, told)) = person(request) else {
        return of_request(request);
    };
    if let Some(chosen) = state.persons.language(key) {
        return chosen;
    }
    let asking = async { Ok::<_, Error>(queries::language(&mut *state.db().await?, key).await?) };
    let chosen = match may_ask {
        true => tokio::time::timeout(PATIENCE, asking).await,
        false => Ok(Ok(None)),
    };
    let chosen = chosen.ok().and_then(Result::ok).flatten();
    chosen.or(told).unwrap_or_else(|| of_request(request))
}

/// The person that a request comes from, or is about, and the language that Telegram tells of them.
fn person(request: &HttpRequest) -> Option<(PersonKey, Option<Language>)> {
    let left = request.extensions();
    let Some(Found(Ok(caller))) = left.get() else {
        return None;
    };
    match caller {
        Caller::Person(whom) => {
            let told = match whom {
                Whom::OfTelegram(profile) => {
                    Some(Language::for_telegram(profile.language_code.as_deref()))
                }
                // A token says nothing of the language.
                Whom::OfRow { .. } => None,
            };
            Some((whom.key(), told))
        }
        Caller::Service(_) => {
            let asked = left.get::<Asked>().map(|asked| asked.0);
            let named = || Some(named(request, caller).ok()??.key());
            Some((asked.or_else(named)?, None))
        }
    }
}
