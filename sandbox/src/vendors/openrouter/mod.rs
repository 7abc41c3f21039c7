//! OpenRouter: chat completions that tell provider and cost, and send comments first.
//!
//! Source: <https://openrouter.ai/docs/api-reference/streaming>.

mod models;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::ai::completions::{chunk, chunks, cleaned, finish, read, usage, whole};
use crate::ai::{AiVendor, Ask, Completion, Route, Wire, data, has_bearer, required};
use crate::http::Req;
use crate::vendor::Vendor;
use crate::world::World;

/// Dollars per token, in and out; those of a small model, so that accounts look plausible.
const PRICES: (f64, f64) = (0.15e-6, 0.60e-6);

/// OpenRouter.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    Arc::new(AiVendor {
        world: world.clone(),
        name: "openrouter",
        route: |path, _| match path {
            "/api/v1/chat/completions" => Some(Route::Chat(Box::new(OpenRouter))),
            "/api/v1/models" => Some(Route::Models(Box::new(OpenRouter), models::models())),
            _ => None,
        },
    })
}

/// The router.
pub struct OpenRouter;

impl Wire for OpenRouter {
    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        (!has_bearer(req)).then_some((401, "No auth credentials found"))
    }

    fn ask(&self, _: &Req, body: &Value) -> Result<Ask, String> {
        let model = required(body, "model", "No models provided")?;
        Ok(Ask {
            wants_usage: true,
            ..read(body, model)?
        })
    }

    fn whole(&self, answer: &Completion) -> Value {
        let mut whole = whole(answer, finish(answer, "content_filter"));
        routed(&mut whole);
        if let Some(fields) = whole["choices"][0].as_object_mut() {
            let reason = fields["finish_reason"].clone();
            fields.insert("native_finish_reason".into(), reason);
        }
        whole["usage"] = priced(answer);
        cleaned(whole)
    }

    fn frames(&self, answer: &Completion) -> Vec<String> {
        let mut frames = vec![": OPENROUTER PROCESSING\n\n".to_owned()];
        let chunks = chunks(answer, finish(answer, "content_filter"));
        frames.extend(chunks.into_iter().map(|mut chunk| {
            routed(&mut chunk);
            data(&chunk)
        }));
        let mut last = chunk(answer, json!([]));
        routed(&mut last);
        last["usage"] = priced(answer);
        frames.extend((!last["usage"].is_null()).then(|| data(&last)));
        frames.push("data: [DONE]\n\n".to_owned());
        frames
    }

    fn broken(&self, answer: &Completion) -> String {
        let choice = json!([{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]);
        let mut broken = chunk(answer, choice);
        routed(&mut broken);
        broken["error"] =
            json!({"code": "server_error", "message": "Provider disconnected unexpectedly"});
        data(&broken)
    }

    fn error(&self, status: u16, message: &str, _: Option<u64>) -> Value {
        json!({"error": {"code": status, "message": message}})
    }
}

/// OpenRouter also tells what it cost, in dollars.
fn priced(answer: &Completion) -> Value {
    let mut usage = usage(answer.tokens);
    if let Some((input, output)) = answer.tokens {
        let cost = input as f64 * PRICES.0 + output as f64 * PRICES.1;
        usage["cost"] = json!((cost * 1e9).round() / 1e9);
    }
    usage
}

/// Which provider it came from.
fn routed(value: &mut Value) {
    value["provider"] = json!("Sandbox");
}
