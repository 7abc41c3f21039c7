//! Access to `/v1/admin`: by a stored session of an operator, never by a key or the Mini App, with a second factor that
//! was shown within 12 hours, from the networks of `ADMIN_ALLOW`. The operator's row is asked for with every request.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use chrono::TimeDelta;
use kernel::Error;
use operators::codes::OPERATOR_FACTOR_REQUIRED;
use operators::model::By;
use operators::role_of::role_of;
use operators::roles::{Permission, Role};
use people::sessions::{Way, proofs};
use people::suspensions;
use people::users::model::PersonKey;
use serde_json::json;
use uuid::Uuid;

use crate::http::admin_networks::may_come;
use crate::http::extract::{Proof, origin};
use crate::http::middleware::authorize;
use crate::http::problem::Problem;
use crate::http::security::Event;
use crate::state::ApiState;

/// How long a second factor is good.
const GOOD_FOR: TimeDelta = TimeDelta::hours(12);

/// The operator of a request.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    pub role: Role,
    pub by: By,
}

pub(crate) async fn wrap<B: MessageBody>(
    needed: Permission,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    match admit(&request, needed).await {
        Ok(operator) => {
            request.extensions_mut().insert(operator);
            Ok(next.call(request).await?.map_into_left_body())
        }
        // Not an `Err`: the layers outside of this one look at answers.
        Err(why) => Ok(request.error_response(Problem(why)).map_into_right_body()),
    }
}

/// The operator of a request, who may do this.
///
/// # Errors
/// Why they may not.
pub(crate) async fn admit(request: &ServiceRequest, needed: Permission) -> Result<Operator, Error> {
    let state = request.app_data::<web::Data<ApiState>>();
    let state = state.ok_or_else(|| Error::internal("the app has no state"))?;
    may_come(state, request.request())?;
    authorize::caller(request)?;
    let refused = |why| {
        state
            .security_log
            .note(request.request(), Event::NotAnOperator);
        Error::Forbidden(why)
    };
    let proof = request.extensions().get::<Proof>().copied();
    let (person, session) = stored_session(proof)
        .ok_or_else(|| refused("operators come by a session of their own (POST /v1/auth/login)"))?;
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let role = role_of(&mut conn, person).await?;
    let role = role.ok_or_else(|| refused("this is for operators"))?;
    suspensions::check(&mut conn, PersonKey::Row(person), now).await?;
    let proofs = proofs::of(&mut conn, session).await?;
    let second_at = proofs.and_then(|(_, second_at)| second_at);
    if second_at.is_none_or(|at| now - at >= GOOD_FOR) {
        return Err(Error::Denied {
            code: OPERATOR_FACTOR_REQUIRED,
            details: json!({ "mfa_required": true, "second_factor_at": second_at }),
        });
    }
    if !role.may(needed) {
        return Err(Error::Forbidden(needed.lacking()));
    }
    let actor = format!("operator:{person}");
    Ok(Operator {
        role,
        by: By {
            operator: Some(person),
            needed: Some(needed),
            at: now,
            origin: origin::origin(request.request(), actor),
            name: person.to_string(),
        },
    })
}

/// The person of a stored session, and its row.
fn stored_session(proof: Option<Proof>) -> Option<(Uuid, Uuid)> {
    match proof {
        Some(Proof::Token(token)) => match token.session.way {
            Way::Stored { id, .. } => Some((token.session.user_id, id)),
            Way::MiniApp { .. } => None,
        },
        _ => None,
    }
}

impl FromRequest for Operator {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get().cloned();
        let missing = || Problem(Error::internal("the endpoint is not for operators"));
        ready(found.ok_or_else(|| missing().into()))
    }
}
