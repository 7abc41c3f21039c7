//! `kernel::Error` as an answer, and how the OpenAPI document describes it. The body is written by
//! the middleware, which knows the request and the person's language.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use kernel::Error;
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoResponses, ToSchema};

/// An error to send to the client.
#[derive(Debug)]
pub(crate) struct Problem(pub Error);

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: Into<Error>> From<E> for Problem {
    fn from(why: E) -> Self {
        Self(why.into())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// The body of every answer that is not a success.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// A code of the catalogue.
    #[schema(example = "E104")]
    code: String,
    /// For the person, in their language.
    message: String,
    /// What a program may want to know; depends on the code.
    #[schema(value_type = Object)]
    details: Value,
    /// To be quoted to the operator; also in `X-Request-Id`.
    request_id: String,
}

/// Refusals that any path with a caller can give.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "read by utoipa alone")]
pub(crate) enum Refused {
    /// The request cannot be carried out as it was written.
    #[response(status = 400)]
    Invalid(ErrorBody),
    /// The request has no valid credential.
    #[response(status = 401)]
    Unauthenticated(ErrorBody),
    /// Known, but not allowed.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// Too many requests; `Retry-After` says when to come again.
    #[response(status = 429)]
    RateLimited(ErrorBody),
    /// An internal error.
    #[response(status = 500)]
    Internal(ErrorBody),
    /// Temporarily unavailable; `Retry-After` says when to retry.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}
