//! The person that a request acts for: a person themselves, of a service the one that it names in
//! `X-Telegram-User-Id`. A person who is named bounds the request: nothing of others is found.

use actix_web::HttpRequest;
use kernel::Error;

use super::Caller;
use crate::people::persons::Whom;

/// The header in which a service names the person.
const FOR_WHOM: &str = "x-telegram-user-id";

/// The person that the request acts for; `None`: a service names none, and may act for all.
///
/// # Errors
/// E204 for a person that the caller may not act for, E105 for a malformed id, E104 if a key that is bound to
/// several persons names none.
pub(crate) fn acts_for(request: &HttpRequest, caller: &Caller) -> Result<Option<Whom>, Error> {
    match (named(request, caller)?, caller) {
        (Some(person), _) => Ok(Some(person)),
        (None, Caller::Person(whom)) => Ok(Some(whom.clone())),
        (None, Caller::Service(service)) => service.only_person(),
    }
}

/// The person that the request names; `None` if it names none.
///
/// # Errors
/// E204 for a person that the caller may not act for, E105 for a malformed id.
pub(crate) fn named(request: &HttpRequest, caller: &Caller) -> Result<Option<Whom>, Error> {
    let Some(raw) = request.headers().get(FOR_WHOM) else {
        return Ok(None);
    };
    let id = raw.to_str().ok().and_then(super::telegram_id);
    let id = id.ok_or_else(|| Error::invalid("X-Telegram-User-Id", "must be a positive number"))?;
    caller.person(id).map(Some)
}
