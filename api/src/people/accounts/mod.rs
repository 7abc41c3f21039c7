//! `/v1/auth`: accounts by e-mail, and the sessions of all who are signed in with one (docs/ACCOUNTS.md).

pub(crate) mod addresses;
mod begin;
pub(crate) mod changes;
pub mod config;
pub(crate) mod cookies;
pub(crate) mod devices;
pub(crate) mod factors;
pub(crate) mod keys;
pub(crate) mod linking;
pub(crate) mod links;
pub(crate) mod login;
mod new_password;
mod page_texts;
pub(crate) mod pages;
pub(crate) mod passkey_proofs;
mod passkey_texts;
pub(crate) mod passkeys;
pub(crate) mod reauthenticate;
pub(crate) mod refresh;
pub(crate) mod register;
pub(crate) mod second_step;
pub(crate) mod telegram;
mod tokens;

use actix_web::{HttpRequest, HttpResponse};
use audit::model::Origin;
use kernel::Error;
use kernel::codes::UNAUTHORIZED;
use kernel::db::Conn;
use people::accounts::changes::Done;
use people::accounts::links::Links;
use people::sessions::Way;
use people::users::model::PersonKey;
use uuid::Uuid;

use crate::http::extract::{Proof, origin};
use crate::state::ApiState;

/// The links of letters: below the public address, whatever a request says of its host.
pub(crate) fn letter_links(state: &ApiState) -> Links {
    Links::new(&state.core.config.public_url.at(""))
}

/// Of one who has no credential, or needs none.
fn person(request: &HttpRequest) -> Origin {
    origin::origin(request, "person".to_owned())
}

/// The stored session that a request belongs to.
fn session_of(proof: &Proof) -> Option<Uuid> {
    match proof {
        Proof::Token(token) => match token.session.way {
            Way::Stored { id, .. } => Some(id),
            Way::MiniApp { .. } => None,
        },
        Proof::InitData { .. } => None,
    }
}

/// The same, where there has to be one.
fn own_session(proof: &Proof) -> Result<Uuid, Error> {
    session_of(proof).ok_or(Error::Unauthenticated(UNAUTHORIZED))
}

/// The answer to a change that was committed with this connection, which is not held longer.
async fn closed(state: &ApiState, done: Done, conn: Conn) -> HttpResponse {
    drop(conn);
    settle(state, done).await;
    HttpResponse::NoContent().finish()
}

/// After the commit of a change.
async fn settle(state: &ApiState, done: Done) {
    for id in done.ended {
        state.signed_in.forget(id);
    }
    if let Some(telegram_id) = done.telegram_id {
        state.forget_person(PersonKey::Telegram(telegram_id));
    }
    state.core.pusher.wake(&done.tickets).await;
}
