//! The envelopes of the documents' answers.

use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::Envelope;

/// Puts an answer of JSON into its envelope; any other, and one without a body, stays as it is.
pub(super) async fn wrap(
    answered: ServiceResponse<BoxBody>,
    envelope: Envelope,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let kind = answered.headers().get(CONTENT_TYPE);
    let is_json = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if envelope == Envelope::None || !is_json {
        return Ok(answered);
    }
    let (request, response) = answered.into_parts();
    let (mut response, body) = response.into_parts();
    let body = to_bytes(body).await?;
    let body = match serde_json::from_slice(&body) {
        Ok(body) => put(envelope, response.status(), body, Utc::now())
            .to_string()
            .into(),
        Err(_) => body,
    };
    // They are those of the canonical body.
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().remove(ETAG);
    let response = response.set_body(BoxBody::new(body));
    Ok(ServiceResponse::new(request, response))
}

fn put(envelope: Envelope, status: StatusCode, body: Value, now: DateTime<Utc>) -> Value {
    let is_error = status.is_client_error() || status.is_server_error();
    match (envelope, is_error) {
        (Envelope::None, _) => body,
        (Envelope::Flat, false) => flat(body),
        (Envelope::Flat, true) => json!({ "success": false, "error": body["message"],
            "code": status.as_u16(), "timestamp": now }),
        (Envelope::Data, false) => data(body),
        (Envelope::Data, true) => json!({ "success": false, "error": { "code": body["code"],
            "message": body["message"], "details": body["details"] },
            "meta": { "request_id": body["request_id"] } }),
    }
}

fn flat(body: Value) -> Value {
    let mut fields = match body {
        Value::Object(fields) => fields,
        other => Map::from_iter([("data".to_owned(), other)]),
    };
    fields.insert("success".to_owned(), true.into());
    fields.into()
}

/// A page of a list (`{"data": [...], "next_cursor": ...}`) is the list, and what is said of it.
fn data(body: Value) -> Value {
    match body {
        Value::Object(mut fields) if fields.get("data").is_some_and(Value::is_array) => {
            let list = fields.remove("data");
            json!({ "success": true, "data": list, "meta": fields })
        }
        other => json!({ "success": true, "data": other, "meta": {} }),
    }
}
