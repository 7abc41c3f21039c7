//! Groq: chat completions that tell the tokens of a stream in a field of their own.
//!
//! Source: <https://console.groq.com/docs/api-reference>.

use std::sync::Arc;

use serde_json::{Value, json};

use super::openai::OpenAi;
use crate::ai::completions::{chunks, cleaned, finish, usage};
use crate::ai::{AiVendor, Ask, Completion, Route, Wire, data, has_bearer};
use crate::http::Req;
use crate::vendor::Vendor;
use crate::world::World;

/// Groq.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    Arc::new(AiVendor {
        world: world.clone(),
        name: "groq",
        route: |path, _| {
            (path == "/openai/v1/chat/completions").then(|| Route::Chat(Box::new(Groq)))
        },
    })
}

/// Groq.
pub struct Groq;

impl Wire for Groq {
    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        (!has_bearer(req)).then_some((401, "Invalid API Key"))
    }

    fn ask(&self, req: &Req, body: &Value) -> Result<Ask, String> {
        OpenAi.ask(req, body)
    }

    fn whole(&self, answer: &Completion) -> Value {
        let mut whole = OpenAi.whole(answer);
        whole["x_groq"] = json!({"id": format!("req_{}", answer.id)});
        whole
    }

    fn frames(&self, answer: &Completion) -> Vec<String> {
        let mut chunks = chunks(answer, finish(answer, "stop"));
        if let Some(last) = chunks.last_mut() {
            last["x_groq"] =
                json!({"id": format!("req_{}", answer.id), "usage": usage(answer.tokens)});
            *last = cleaned(last.take());
        }
        let mut frames: Vec<String> = chunks.iter().map(data).collect();
        frames.push("data: [DONE]\n\n".to_owned());
        frames
    }

    fn broken(&self, answer: &Completion) -> String {
        OpenAi.broken(answer)
    }

    fn error(&self, status: u16, message: &str, after: Option<u64>) -> Value {
        OpenAi.error(status, message, after)
    }
}
