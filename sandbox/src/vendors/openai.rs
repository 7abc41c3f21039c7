//! OpenAI's chat completions.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat>.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::ai::completions::{chunk, chunks, cleaned, finish, read, usage, whole};
use crate::ai::{AiVendor, Ask, Completion, Route, Wire, data, has_bearer, required};
use crate::http::Req;
use crate::vendor::Vendor;
use crate::world::World;

/// OpenAI.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    Arc::new(AiVendor {
        world: world.clone(),
        name: "openai",
        route: |path, _| (path == "/v1/chat/completions").then(|| Route::Chat(Box::new(OpenAi))),
    })
}

/// OpenAI itself.
pub struct OpenAi;

impl Wire for OpenAi {
    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        (!has_bearer(req)).then_some((401, "You didn't provide an API key."))
    }

    fn ask(&self, _: &Req, body: &Value) -> Result<Ask, String> {
        read(
            body,
            required(body, "model", "you must provide a model parameter")?,
        )
    }

    fn whole(&self, answer: &Completion) -> Value {
        let mut whole = whole(answer, finish(answer, "stop"));
        whole["usage"] = usage(answer.tokens);
        cleaned(whole)
    }

    fn frames(&self, answer: &Completion) -> Vec<String> {
        let mut frames: Vec<String> = chunks(answer, finish(answer, "stop"))
            .iter()
            .map(data)
            .collect();
        if answer.stated_tokens().is_some() {
            let mut last = chunk(answer, json!([]));
            last["usage"] = usage(answer.tokens);
            frames.push(data(&last));
        }
        frames.push("data: [DONE]\n\n".to_owned());
        frames
    }

    fn broken(&self, _: &Completion) -> String {
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
