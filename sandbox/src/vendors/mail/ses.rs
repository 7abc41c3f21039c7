//! Amazon SES, API v2: SendEmail with a letter as bytes
//! (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>). Any credential, as long as the
//! request is signed for the service.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderValue};
use serde_json::{Value, json};

use super::{CALLS, Mail};
use crate::faults::{ErrorForm, through};
use crate::http::{Answer, Reply, Req, json as reply, status_json};

struct Errors;

fn refusal(status: StatusCode, name: &'static str, message: &str) -> Reply {
    let mut reply = status_json(status, &json!({ "message": message }));
    let headers = reply.headers_mut();
    headers.insert("x-amzn-errortype", HeaderValue::from_static(name));
    reply
}

impl ErrorForm for Errors {
    fn failure(&self, status: u16) -> Reply {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let name = match status {
            StatusCode::BAD_REQUEST => "MessageRejected",
            StatusCode::FORBIDDEN => "UnrecognizedClientException",
            _ => "InternalFailure",
        };
        refusal(status, name, "A fault of the plan.")
    }

    fn rate_limited(&self, _retry_after: u64) -> Reply {
        let status = StatusCode::TOO_MANY_REQUESTS;
        refusal(
            status,
            "TooManyRequestsException",
            "Maximum sending rate exceeded.",
        )
    }
}

/// `POST /v2/email/outbound-emails`.
pub async fn send(mail: &Arc<Mail>, req: &Req) -> Answer {
    let body = req.json().unwrap_or_default();
    let to = addresses(&body["Destination"]["ToAddresses"]);
    let watch = mail
        .world
        .calls
        .watch(&CALLS, "SendEmail", json!({ "to": to }));
    let work = async { Ok(take(mail, req, &body, to)) };
    through(&mail.world, &CALLS, watch, &Errors, work).await
}

fn take(mail: &Mail, req: &Req, body: &Value, to: Vec<String>) -> Reply {
    let signed = req
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let for_ses =
        |text: &str| text.starts_with("AWS4-HMAC-SHA256 ") && text.contains("/ses/aws4_request");
    if !signed.is_some_and(for_ses) {
        let why = "The security token included in the request is invalid.";
        return refusal(StatusCode::FORBIDDEN, "UnrecognizedClientException", why);
    }
    let raw = body["Content"]["Raw"]["Data"].as_str();
    let raw = raw.and_then(|text| BASE64_STANDARD.decode(text).ok());
    let (Some(raw), Some(from), false) = (raw, body["FromEmailAddress"].as_str(), to.is_empty())
    else {
        let why = "FromEmailAddress, Destination and Content.Raw.Data are needed.";
        return refusal(StatusCode::BAD_REQUEST, "BadRequestException", why);
    };
    reply(&json!({ "MessageId": mail.take("ses", from, to, &raw) }))
}

fn addresses(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|one| Some(one.as_str()?.to_owned()))
        .collect()
}
