//! The JSON object of a body.

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use kernel::Error;
use kernel::text::storable_json;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::{Map, Value};

use super::fault;
use crate::http::middleware::bodies::{is_late, too_large};
use crate::http::problem::Problem;

/// The largest that is read, in bytes.
const BODY_MAX: usize = 64 * 1024;

/// A body that is a JSON object. An array is none, though serde would take its elements for the fields in
/// their order.
#[derive(Debug)]
pub(crate) struct JsonBody<T, const MAX: usize = BODY_MAX>(pub T);

impl<T: DeserializeOwned + 'static, const MAX: usize> FromRequest for JsonBody<T, MAX> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            acceptable(&request, MAX).map_err(Problem)?;
            let body = web::Payload::from_request(&request, &mut payload).await?;
            let body = body.to_bytes_limited(MAX).await;
            let body = body.map_err(|_| Problem(too_large(MAX)))?;
            let body = body.map_err(|why| match is_late(&why) {
                true => why,
                false => Problem(Error::invalid("body", "did not arrive whole")).into(),
            })?;
            Ok(Self(parse(&body).map_err(Problem)?))
        })
    }
}

/// Reads a field that is a JSON object of fields, and no array of their values.
///
/// # Errors
/// Those of the fields, and of what is no object.
pub(crate) fn object<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    json: D,
) -> Result<T, D::Error> {
    let fields = Map::deserialize(json)?;
    T::deserialize(Value::Object(fields)).map_err(serde::de::Error::custom)
}

/// Reads a field that may be left out: then it is `None`, and `null` is `Some(None)`.
///
/// # Errors
/// Those of the field.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    json: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(json).map(Some)
}

/// An object, for a field that may be left out.
pub(crate) struct Object<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        object(json).map(Self)
    }
}

/// What the head says of the body.
fn acceptable(request: &HttpRequest, most: usize) -> Result<(), Error> {
    let kind = request.content_type().to_ascii_lowercase();
    let kind = kind.trim();
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json"))
    {
        return Err(Error::Invalid {
            code: kernel::codes::UNSUPPORTED_MEDIA_TYPE,
            field: "body",
            why: "must be application/json".to_owned(),
        });
    }
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    match length {
        Some(length) if length > most => Err(too_large(most)),
        _ => Ok(()),
    }
}

/// Reads an object.
///
/// # Errors
/// E104 and E105 with the field and the reason.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let body = storable_json(body);
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::invalid("body", "must be a JSON object"));
    }
    serde_json::from_slice(&body).map_err(|why| refusal::<T>(&body, &why))
}

fn refusal<T: DeserializeOwned>(body: &[u8], why: &serde_json::Error) -> Error {
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(body) else {
        let (line, column) = (why.line(), why.column());
        return Error::invalid("body", format!("not JSON: line {line}, column {column}"));
    };
    for (name, value) in members {
        let alone = Map::from_iter([(name.clone(), value)]);
        if let Err(why) = T::deserialize(Value::Object(alone)).map_err(|why| why.to_string())
            && !fault::is_of_others(&why)
        {
            return fault::of::<T>("body", &name, &why);
        }
    }
    fault::of_all::<T>("body", &why.to_string())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::CONTENT_TYPE;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse};
    use kernel::ErrorCode;

    use super::*;

    /// The code with which a body is refused; none if it is read.
    async fn refused(kind: &str, body: Vec<u8>) -> Option<(u16, ErrorCode)> {
        let read = async |_: JsonBody<Map<String, Value>>| HttpResponse::Ok();
        let app = App::new().route("/", web::post().to(read));
        let request = TestRequest::post().insert_header((CONTENT_TYPE, kind));
        let request = request.set_payload(body).to_request();
        let answered = call_service(&init_service(app).await, request).await;
        let problem = answered.response().error()?.as_error::<Problem>()?;
        Some((answered.status().as_u16(), problem.0.code()))
    }

    #[actix_web::test]
    async fn json_is_refused_by_size_kind_and_form_with_its_codes() {
        use kernel::codes::{INVALID_FIELD, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE};
        let object = |len: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(len - 8)).into_bytes();
        for kind in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/x+json",
        ] {
            assert_eq!(refused(kind, object(BODY_MAX)).await, None, "{kind}");
        }
        for (kind, body, wanted) in [
            (
                "application/json",
                object(BODY_MAX + 1),
                (413, PAYLOAD_TOO_LARGE),
            ),
            ("text/plain", object(10), (415, UNSUPPORTED_MEDIA_TYPE)),
            ("application/json", b"{".to_vec(), (400, INVALID_FIELD)),
            ("application/json", b"[]".to_vec(), (400, INVALID_FIELD)),
            ("application/json", b"null".to_vec(), (400, INVALID_FIELD)),
            (
                "application/json",
                vec![b'{', b'"', 0xff, b'"', b':', b'1', b'}'],
                (400, INVALID_FIELD),
            ),
        ] {
            assert_eq!(refused(kind, body).await, Some(wanted), "{kind}");
        }
    }
}
