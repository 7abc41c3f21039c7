//! `shared::Error` as an answer. The body is written by the middleware, which knows the request
//! and the person's language.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use shared::Error;

/// An error of ours on its way to the client.
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
