//! How Stripe says no. Source: <https://docs.stripe.com/api/errors>.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::faults::ErrorForm;
use crate::http::{Reply, status_json, status_of};

/// A call that is refused.
#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    error: Value,
}

impl Refusal {
    fn new(status: StatusCode, kind: &str, message: String) -> Self {
        let error = json!({ "type": kind, "message": message });
        Self { status, error }
    }

    /// What is asked for cannot be.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            message.into(),
        )
    }

    /// The field it is about.
    pub fn at(self, param: &str) -> Self {
        self.with("param", param)
    }

    pub fn code(self, code: &str) -> Self {
        self.with("code", code)
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.error[name] = json!(value);
        self
    }

    pub fn missing(param: &str) -> Self {
        Self::invalid(format!("Missing required param: {param}."))
            .at(param)
            .code("parameter_missing")
    }

    pub fn no_such(what: &str, id: &str) -> Self {
        let mut refusal = Self::invalid(format!("No such {what}: '{id}'"))
            .at("id")
            .code("resource_missing");
        refusal.status = StatusCode::NOT_FOUND;
        refusal
    }

    pub fn unauthorized(key: Option<&str>) -> Self {
        let message = match key {
            None => "You did not provide an API key. You need to provide your API key in the Authorization header, \
                     using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
                .to_owned(),
            Some(key) => {
                let end: String = key.chars().skip(key.chars().count().saturating_sub(4)).collect();
                format!("Invalid API Key provided: ********{end}")
            }
        };
        Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message)
    }

    pub fn other_request(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try \
             using a key other than '{key}' if you meant to execute a different request."
        );
        Self::new(StatusCode::BAD_REQUEST, "idempotency_error", message)
    }

    pub fn in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key (that probably means you \
             submitted twice, and the other request is still going through): {key}. Please try again later."
        );
        Self::new(StatusCode::CONFLICT, "idempotency_error", message).code("idempotency_key_in_use")
    }

    pub fn body(&self) -> Value {
        json!({ "error": self.error })
    }
}

/// For the fault plan.
pub struct Form;

impl ErrorForm for Form {
    fn failure(&self, status: u16) -> Reply {
        let status = status_of(status);
        let invalid = |why: &str| Refusal::new(status, "invalid_request_error", why.to_owned());
        let refusal = match status.as_u16() {
            402 => Refusal::new(status, "card_error", "Your card was declined.".to_owned())
                .code("card_declined"),
            429 => invalid("Request rate limit exceeded.").code("rate_limit"),
            400..=499 => invalid("Refused."),
            _ => Refusal::new(
                status,
                "api_error",
                "An error occurred with our connection to Stripe.".to_owned(),
            ),
        };
        status_json(status, &refusal.body())
    }
}
