//! Whether a person has proved lately enough that it is them. Around each route that changes most (its line says so),
//! after `authorize.rs`. Keys pass: they are bound by their scopes.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use kernel::Error;
use people::factors::queries;
use people::factors::step_up::{Proofs, StepUp};
use people::sessions::{Way, proofs};

use crate::http::extract::{Caller, Found, Proof};
use crate::http::problem::Problem;
use crate::state::ApiState;

pub(crate) async fn wrap<B: MessageBody>(
    needed: StepUp,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    match judge(needed, request.request()).await {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        // Not an `Err`: the layers outside of this one look at answers.
        Err(why) => Ok(request.error_response(Problem(why)).map_into_right_body()),
    }
}

/// Whether the caller has proved enough. A request without a caller is refused by the handler.
///
/// # Errors
/// E221; those of the database.
pub(crate) async fn judge(needed: StepUp, request: &HttpRequest) -> Result<(), Error> {
    let state = request.app_data::<web::Data<ApiState>>();
    let state = state.ok_or_else(|| Error::internal("the app has no state"))?;
    let whom = match request.extensions().get() {
        Some(Found(Ok(Caller::Person(whom)))) => whom.clone(),
        _ => return Ok(()),
    };
    let (user_id, _) = state.persons.known(&state.core.db, &whom).await?;
    let mut conn = state.db().await?;
    let has_factor = queries::has_any(&mut conn, user_id).await?;
    let proof = request.extensions().get::<Proof>().copied();
    let mut proofs = Proofs {
        proved_at: None,
        second_at: None,
    };
    if let Some(Proof::Token(token)) = proof
        && let Way::Stored { id, .. } = token.session.way
    {
        // Of the row: it knows what was proved since the token was made.
        let row = proofs::of(&mut conn, id).await?;
        let (proved_at, second_at) = row.unwrap_or_default();
        proofs = Proofs {
            proved_at: Some(proved_at),
            second_at,
        };
    }
    needed.judge(proofs, has_factor, state.core.clock.now())
}
