//! Azure OpenAI: the model is the deployment in the path, the key a header of its own.
//!
//! Source: <https://learn.microsoft.com/azure/ai-services/openai/reference>.

use std::sync::Arc;

use serde_json::{Value, json};

use super::openai::OpenAi;
use crate::ai::completions::{chunk, chunks, cleaned, finish, read, usage, whole};
use crate::ai::{AiVendor, Ask, Completion, Route, Wire, data, has_bearer, header};
use crate::http::Req;
use crate::vendor::Vendor;
use crate::world::World;

/// Azure OpenAI.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    Arc::new(AiVendor {
        world: world.clone(),
        name: "azure",
        route: |path, _| {
            let rest = path.strip_prefix("/openai/deployments/")?;
            let deployment = rest.strip_suffix("/chat/completions")?;
            Some(Route::Chat(Box::new(Azure(deployment.to_owned()))))
        },
    })
}

/// One deployment, by its name.
pub struct Azure(pub String);

impl Wire for Azure {
    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        if header(req, "api-key").is_none() && !has_bearer(req) {
            return Some((
                401,
                "Access denied due to invalid subscription key or wrong API endpoint.",
            ));
        }
        let version = req.query("api-version").unwrap_or_default();
        version.is_empty().then_some((404, "Resource not found"))
    }

    fn ask(&self, _: &Req, body: &Value) -> Result<Ask, String> {
        read(body, &self.0)
    }

    fn whole(&self, answer: &Completion) -> Value {
        let mut whole = whole(answer, finish(answer, "content_filter"));
        whole["usage"] = usage(answer.tokens);
        cleaned(whole)
    }

    fn frames(&self, answer: &Completion) -> Vec<String> {
        let first = json!({
            "id": "", "object": "", "created": 0, "model": "", "choices": [],
            "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}],
        });
        let mut frames = vec![data(&first)];
        frames.extend(
            chunks(answer, finish(answer, "content_filter"))
                .iter()
                .map(data),
        );
        if answer.stated_tokens().is_some() {
            let mut last = chunk(answer, json!([]));
            last["usage"] = usage(answer.tokens);
            frames.push(data(&last));
        }
        frames.push("data: [DONE]\n\n".to_owned());
        frames
    }

    fn broken(&self, answer: &Completion) -> String {
        OpenAi.broken(answer)
    }

    fn error(&self, status: u16, message: &str, _: Option<u64>) -> Value {
        json!({"error": {"code": status.to_string(), "message": message}})
    }
}
