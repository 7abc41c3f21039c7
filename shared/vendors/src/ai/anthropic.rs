//! Anthropic's Messages API.
//!
//! Sources: <https://platform.claude.com/docs/en/api/messages>,
//! <https://platform.claude.com/docs/en/build-with-claude/streaming>,
//! <https://platform.claude.com/docs/en/build-with-claude/structured-outputs> (`output_config.format`
//! needs no beta header any more) and
//! <https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::client::Wire;
use super::config::Keyed;
use super::draft::Draft;
use super::fault::Fault;
use super::{Call, Finish, Message, Role, Vendor, tokens};

pub(super) struct Anthropic(pub(super) Keyed);

/// <https://platform.claude.com/docs/en/api/versioning>: the newest. It takes no sampling parameters;
/// we send none.
const VERSION: &str = "2026-10-21";

impl Wire for Anthropic {
    const VENDOR: Vendor = Vendor::Anthropic;

    fn request(&self, http: &reqwest::Client, call: &Call) -> RequestBuilder {
        http.post(self.0.url("v1/messages"))
            .header("x-api-key", &self.0.api_key)
            .header("anthropic-version", VERSION)
            .json(&body(call))
    }

    fn read(&self, reply: &Value, draft: &mut Draft) -> Result<(), Fault> {
        match reply["type"].as_str() {
            Some("message") => message(reply, draft),
            Some("message_start") => {
                let begun = &reply["message"];
                draft.model(&begun["model"]);
                // Its number of output tokens is only that of the beginning.
                input(&begun["usage"], draft);
            }
            Some("content_block_start") => draft.append(&reply["content_block"]["text"]),
            Some("content_block_delta") => draft.append(&reply["delta"]["text"]),
            Some("message_delta") => {
                finish(&reply["delta"], draft);
                // These sums are of the whole message; those of the input may be left out, or parts of
                // them, but never become less.
                let before = draft.input;
                if reply["usage"]["input_tokens"].is_number() {
                    input(&reply["usage"], draft);
                    draft.input = draft.input.max(before);
                }
                draft.output = tokens::count(&reply["usage"]["output_tokens"]);
            }
            Some("message_stop") => draft.over = true,
            // `ping`, and events that are added later.
            _ => {}
        }
        Ok(())
    }

    fn secret(&self) -> &str {
        &self.0.api_key
    }
}

fn body(call: &Call) -> Value {
    let request = &call.request;
    let messages: Vec<Value> = request.messages.iter().map(turn).collect();
    let mut body = json!({
        "model": call.model,
        "max_tokens": call.max_output,
        "system": request.system,
        "messages": messages,
    });
    if let Some(schema) = &request.schema {
        let format = json!({ "type": "json_schema", "schema": schema.schema });
        body["output_config"] = json!({ "format": format });
    }
    if call.pieces.is_some() {
        body["stream"] = json!(true);
    }
    body
}

/// The picture stands before the words, as Anthropic advises.
fn turn(message: &Message) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let image = message.image.as_ref().map(|jpeg| {
        let data = STANDARD.encode(jpeg);
        let source = json!({ "type": "base64", "media_type": "image/jpeg", "data": data });
        json!({ "type": "image", "source": source })
    });
    let text = json!({ "type": "text", "text": message.text });
    let content: Vec<Value> = image.into_iter().chain([text]).collect();
    json!({ "role": role, "content": content })
}

fn message(reply: &Value, draft: &mut Draft) {
    draft.model(&reply["model"]);
    for block in reply["content"].as_array().into_iter().flatten() {
        draft.append(&block["text"]);
    }
    finish(reply, draft);
    input(&reply["usage"], draft);
    draft.output = tokens::count(&reply["usage"]["output_tokens"]);
}

/// Tokens that come from a cache, or go into one, are counted apart.
fn input(usage: &Value, draft: &mut Draft) {
    let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"];
    draft.input = tokens::sum(&usage["input_tokens"], &cached.map(|name| &usage[name]));
}

fn finish(delta: &Value, draft: &mut Draft) {
    match delta["stop_reason"].as_str() {
        None => {}
        Some("max_tokens" | "model_context_window_exceeded") => draft.finish(Finish::Length),
        Some("refusal") => draft.finish(Finish::Refused),
        Some(_) => draft.finish(Finish::Stop),
    }
}
