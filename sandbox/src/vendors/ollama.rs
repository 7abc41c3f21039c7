//! Ollama's own chat: lines of JSON, no key.
//!
//! Source: <https://docs.ollama.com/api/chat>, <https://docs.ollama.com/api/errors>.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::ai::{
    AiVendor, Ask, Completion, Finish, REFUSAL, Route, Wire, list, required, text_of, unpacked,
};
use crate::http::Req;
use crate::vendor::Vendor;
use crate::world::World;

/// Ollama.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    Arc::new(AiVendor {
        world: world.clone(),
        name: "ollama",
        route: |path, _| (path == "/api/chat").then(|| Route::Chat(Box::new(Ollama))),
    })
}

/// `/api/chat`.
pub struct Ollama;

impl Wire for Ollama {
    fn refusal(&self, _: &Req) -> Option<(u16, &'static str)> {
        None
    }

    fn ask(&self, _: &Req, body: &Value) -> Result<Ask, String> {
        let model = required(body, "model", "model is required")?;
        let messages = list(body, "messages", "messages are required")?;
        let schema = &body["format"];
        let of_user = messages.iter().filter(|message| message["role"] == "user");
        let images = of_user.flat_map(|message| message["images"].as_array().into_iter().flatten());
        let image = images.filter_map(Value::as_str).next_back();
        let texts = messages.iter().map(|message| {
            let role = message["role"].as_str().unwrap_or_default();
            (role.to_owned(), text_of(&message["content"]))
        });
        Ok(Ask {
            model: model.to_owned(),
            // Theirs streams unless it is told not to.
            stream: body["stream"].as_bool().unwrap_or(true),
            wants_json: !schema.is_null(),
            schema: Some(schema)
                .filter(|s| s.is_object())
                .cloned()
                .unwrap_or_default(),
            wants_usage: true,
            tool: None,
            texts: texts.collect(),
            image: image.map(unpacked),
        })
    }

    fn whole(&self, answer: &Completion) -> Value {
        // It has no way to refuse but in words.
        let text = match answer.finish {
            Finish::Refused => REFUSAL,
            _ => &answer.content,
        };
        last(answer, text)
    }

    fn frames(&self, answer: &Completion) -> Vec<String> {
        let mut pieces = answer.pieces();
        if answer.finish == Finish::Refused {
            pieces = vec![REFUSAL.to_owned()];
        }
        let lines = pieces.iter().map(|piece| frame(answer, piece, false));
        lines
            .chain([last(answer, "")])
            .map(|line| format!("{line}\n"))
            .collect()
    }

    fn broken(&self, _: &Completion) -> String {
        format!(
            "{}\n",
            json!({"error": "an error was encountered while running the model"})
        )
    }

    fn error(&self, _: u16, message: &str, _: Option<u64>) -> Value {
        json!({ "error": message })
    }

    fn stream_type(&self) -> &'static str {
        "application/x-ndjson"
    }
}

fn frame(answer: &Completion, content: &str, done: bool) -> Value {
    json!({
        "model": answer.model, "created_at": chrono::Utc::now().to_rfc3339(), "done": done,
        "message": {"role": "assistant", "content": content},
    })
}

fn last(answer: &Completion, content: &str) -> Value {
    let mut last = frame(answer, content, true);
    last["done_reason"] = json!(match answer.finish {
        Finish::Length => "length",
        _ => "stop",
    });
    // Nanoseconds.
    last["total_duration"] = json!(40_000_000);
    last["load_duration"] = json!(1_000_000);
    if let Some((input, output)) = answer.tokens {
        last["prompt_eval_count"] = json!(input);
        last["eval_count"] = json!(output);
    }
    last
}
