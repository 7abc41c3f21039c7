//! The extractors of handlers.

mod acts_for;
mod caller;
mod from_telegram;
mod me;
pub(crate) mod origin;
mod viewer;

use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use kernel::{Error, Language};

use crate::http::problem::Problem;
use crate::state::ApiState;

pub(crate) use acts_for::{acts_for, named};
pub(crate) use caller::{Caller, Found, Proof};
pub(crate) use from_telegram::FromTelegram;
pub(crate) use me::{Asked, Me, gone};
pub(crate) use viewer::Viewer;

/// The person's language if we know them, else the browser's, else English.
pub(crate) fn language(request: &HttpRequest) -> Language {
    let known = request.extensions().get::<Language>().copied();
    known
        .or_else(|| {
            let header = request.headers().get(ACCEPT_LANGUAGE)?.to_str().ok()?;
            Language::from_accept_language(header)
        })
        .unwrap_or(Language::En)
}

/// The largest id of Telegram: they have at most 52 significant bits
/// (<https://core.telegram.org/bots/api#user>).
pub(crate) const TELEGRAM_ID_MAX: i64 = (1 << 52) - 1;

/// Reads an id of Telegram.
pub(crate) fn telegram_id(raw: &str) -> Option<i64> {
    let id = raw.trim().parse().ok()?;
    (1..=TELEGRAM_ID_MAX).contains(&id).then_some(id)
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
