//! OpenAI's chat completions.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat>.

use serde_json::{Value, json};

use super::super::ask::{Ask, required};
use super::super::said::Said;
use super::completions::{chunk, chunks, cleaned, finish, read, usage, whole};
use super::{Wire, data, has_bearer};
use crate::http::Req;

/// OpenAI itself.
pub struct OpenAi;

impl Wire for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        (!has_bearer(req)).then_some((401, "You didn't provide an API key."))
    }

    fn ask(&self, _: &Req, body: &Value) -> Result<Ask, String> {
        read(
            body,
            required(body, "model", "you must provide a model parameter")?,
        )
    }

    fn whole(&self, said: &Said) -> Value {
        let mut whole = whole(said, finish(said, "stop"));
        whole["usage"] = usage(said.tokens);
        cleaned(whole)
    }

    fn frames(&self, said: &Said) -> Vec<String> {
        let mut frames: Vec<String> = chunks(said, finish(said, "stop"))
            .iter()
            .map(data)
            .collect();
        if said.told_tokens().is_some() {
            let mut last = chunk(said, json!([]));
            last["usage"] = usage(said.tokens);
            frames.push(data(&last));
        }
        frames.push("data: [DONE]\n\n".to_owned());
        frames
    }

    fn broken(&self, _: &Said) -> String {
        data(&self.error(
            500,
            "The server had an error while processing your request",
            None,
        ))
    }

    fn error(&self, status: u16, message: &str, _: Option<u64>) -> Value {
        let (kind, code) = match status {
            401 => ("invalid_request_error", json!("invalid_api_key")),
            429 => ("requests", json!("rate_limit_exceeded")),
            400..500 => ("invalid_request_error", Value::Null),
            _ => ("server_error", Value::Null),
        };
        json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
    }
}
