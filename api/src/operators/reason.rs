//! Why an operator does something about a person: `X-Reason`, or `?reason=`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use kernel::Error;
use operators::model::reason;
use url::form_urlencoded;

use crate::http::problem::Problem;

/// A reason, as the audit log has it.
pub(crate) struct Reason(pub String);

impl FromRequest for Reason {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).map(Self).map_err(|why| Problem(why).into()))
    }
}

fn read(request: &HttpRequest) -> Result<String, Error> {
    if let Some(header) = request.headers().get("x-reason") {
        return reason(&String::from_utf8_lossy(header.as_bytes()));
    }
    let mut fields = form_urlencoded::parse(request.query_string().as_bytes());
    match fields.find(|(name, _)| name == "reason") {
        Some((_, text)) => reason(&text),
        None => Err(Error::missing(
            "X-Reason",
            "required: why, in 10 characters or more",
        )),
    }
}
