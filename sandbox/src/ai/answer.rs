//! Completions in OpenRouter's form, whole or in pieces.

use futures_util::stream;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::http::{Reply, sse};

/// What one picture costs in tokens, as vision models count a picture of this size.
const IMAGE_TOKENS: usize = 765;
/// Dollars per token, in and out; those of a small model, so that accounts look plausible.
const PRICES: (f64, f64) = (0.15e-6, 0.60e-6);
/// Characters in one piece of a stream.
const PIECE: usize = 24;

/// An answer and what it cost.
pub struct Completion {
    id: String,
    model: String,
    content: String,
    usage: Value,
}

impl Completion {
    /// An answer to a prompt of `prompt` characters, with or without a picture.
    pub fn new(model: &str, content: String, prompt: usize, image: bool) -> Self {
        let tokens_in = prompt.div_ceil(4) + if image { IMAGE_TOKENS } else { 0 };
        let tokens_out = content.chars().count().div_ceil(4);
        let cost = tokens_in as f64 * PRICES.0 + tokens_out as f64 * PRICES.1;
        let usage = json!({
            "prompt_tokens": tokens_in, "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "cost": (cost * 1e9).round() / 1e9,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        });
        let digest = hex::encode(Sha256::digest(content.as_bytes()));
        let id = format!("gen-{}", &digest[..24]);
        Self {
            id,
            model: model.to_owned(),
            content,
            usage,
        }
    }

    fn frame(&self, object: &str, choices: Value) -> Value {
        json!({
            "id": self.id, "provider": "Sandbox", "model": self.model, "object": object,
            "created": chrono::Utc::now().timestamp(), "choices": choices,
        })
    }

    /// The answer in one piece.
    pub fn whole(&self) -> Value {
        let choice = json!([{
            "index": 0, "logprobs": null,
            "finish_reason": "stop", "native_finish_reason": "stop",
            "message": {"role": "assistant", "content": self.content, "refusal": null},
        }]);
        let mut whole = self.frame("chat.completion", choice);
        whole["usage"] = self.usage.clone();
        whole
    }

    fn piece(&self, content: &str, finish: Option<&str>) -> String {
        let choice = json!([{
            "index": 0, "logprobs": null,
            "finish_reason": finish, "native_finish_reason": finish,
            "delta": {"role": "assistant", "content": content},
        }]);
        format!("data: {}\n\n", self.frame("chat.completion.chunk", choice))
    }

    /// The answer as server-sent events: OpenRouter's comment, pieces, usage, `[DONE]`.
    pub fn streamed(&self) -> Reply {
        let letters: Vec<char> = self.content.chars().collect();
        let mut events = vec![": OPENROUTER PROCESSING\n\n".to_owned()];
        events.extend(
            letters
                .chunks(PIECE)
                .map(|c| self.piece(&c.iter().collect::<String>(), None)),
        );
        events.push(self.piece("", Some("stop")));
        let mut last = self.frame("chat.completion.chunk", json!([]));
        last["usage"] = self.usage.clone();
        events.push(format!("data: {last}\n\n"));
        events.push("data: [DONE]\n\n".to_owned());
        sse(stream::iter(events))
    }
}

/// The model list: one that sees and reads; any other name is answered as well.
pub fn models() -> Value {
    json!({"data": [{
        "id": "sandbox/reader", "name": "Sandbox: Reader", "created": 1_760_000_000,
        "description": "Reads coffee grounds offline and deterministically.",
        "context_length": 128_000,
        "architecture": {
            "modality": "text+image->text",
            "input_modalities": ["text", "image"], "output_modalities": ["text"],
            "tokenizer": "Other", "instruct_type": null,
        },
        "pricing": {"prompt": "0.00000015", "completion": "0.0000006", "image": "0", "request": "0"},
        "top_provider": {
            "context_length": 128_000, "max_completion_tokens": 4_096, "is_moderated": false,
        },
        "supported_parameters": ["response_format", "structured_outputs", "stream"],
    }]})
}
