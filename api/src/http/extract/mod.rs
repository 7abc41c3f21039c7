//! The extractors of handlers.

mod acting;
mod acts_for;
mod caller;
mod fault;
mod from_telegram;
mod json_body;
mod language;
mod me;
pub(crate) mod origin;
mod paying;
mod query_fields;
mod viewer;

use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use kernel::Error;
use uuid::Uuid;

use crate::http::problem::Problem;
use crate::state::ApiState;

pub(crate) use acting::{Acting, names_account};
pub(crate) use acts_for::{acts_for, named};
pub(crate) use caller::{Caller, Found, Proof, of_session};
pub(crate) use from_telegram::FromTelegram;
pub(crate) use json_body::{JsonBody, Object, given, object, parse as parse_json};
pub(crate) use language::{of_person, of_request};
pub(crate) use me::{About, Asked, Me, gone, note_person};
pub(crate) use paying::Paying;
pub(crate) use people::users::model::TELEGRAM_ID_MAX;
pub(crate) use query_fields::{Flag, QueryFields};
pub(crate) use viewer::Viewer;

/// Reads an id of Telegram.
pub(crate) fn telegram_id(raw: &str) -> Option<i64> {
    let id = raw.trim().parse().ok()?;
    (1..=TELEGRAM_ID_MAX).contains(&id).then_some(id)
}

/// An id of the path that is none leads nowhere.
pub(crate) fn id_in_path(
    request: &HttpRequest,
    name: &str,
    what: &'static str,
) -> Result<Uuid, Error> {
    let id = request
        .match_info()
        .get(name)
        .and_then(|raw| raw.parse().ok());
    id.ok_or(Error::NotFound(what))
}

/// Extracts from a request what follows from its caller.
fn of_caller<T: 'static>(
    request: &HttpRequest,
    make: impl AsyncFnOnce(&HttpRequest, &ApiState, Caller) -> Result<T, Error> + 'static,
) -> LocalBoxFuture<'static, Result<T, actix_web::Error>> {
    let (caller, request) = (Caller::extract(request), request.clone());
    Box::pin(async move {
        let caller = caller.await?;
        let state = request.app_data::<web::Data<ApiState>>();
        let state = state.ok_or_else(|| Problem(Error::internal("the app has no state")))?;
        Ok(make(&request, state, caller).await.map_err(Problem)?)
    })
}
