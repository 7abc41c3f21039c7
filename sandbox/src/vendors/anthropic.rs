//! Anthropic's Messages API.
//!
//! Sources: <https://docs.claude.com/en/api/messages>, <https://docs.claude.com/en/api/errors>,
//! <https://docs.claude.com/en/docs/build-with-claude/streaming>,
//! <https://docs.claude.com/en/docs/build-with-claude/structured-outputs>.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::ai::{
    AiVendor, Ask, Completion, Finish, Route, Wire, has_bearer, header, list, required, text_of,
    unpacked,
};
use crate::http::Req;
use crate::vendor::Vendor;
use crate::world::World;

/// Anthropic.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    Arc::new(AiVendor {
        world: world.clone(),
        name: "anthropic",
        route: |path, _| (path == "/v1/messages").then(|| Route::Chat(Box::new(Anthropic))),
    })
}

/// The Messages API.
pub struct Anthropic;

impl Wire for Anthropic {
    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        if header(req, "x-api-key").is_none() && !has_bearer(req) {
            return Some((401, "x-api-key header is required"));
        }
        let version = header(req, "anthropic-version");
        version
            .is_none()
            .then_some((400, "anthropic-version: header is required"))
    }

    fn ask(&self, _: &Req, body: &Value) -> Result<Ask, String> {
        let model = required(body, "model", "model: Field required")?;
        let messages = list(body, "messages", "messages: Field required")?;
        if body["max_tokens"].as_u64().is_none_or(|most| most == 0) {
            return Err("max_tokens: Field required".to_owned());
        }
        let forced = (body["tool_choice"]["type"] == "tool").then(|| &body["tool_choice"]["name"]);
        let tool = forced.and_then(Value::as_str).map(str::to_owned);
        let schema = schema(body, tool.as_deref());
        let system = text_of(&body["system"]);
        let texts = messages.iter().map(|message| {
            let role = message["role"].as_str().unwrap_or_default();
            (role.to_owned(), text_of(&message["content"]))
        });
        Ok(Ask {
            model: model.to_owned(),
            stream: body["stream"].as_bool().unwrap_or_default(),
            wants_json: !schema.is_null(),
            schema,
            wants_usage: true,
            tool,
            texts: [("system".to_owned(), system)]
                .into_iter()
                .chain(texts)
                .collect(),
            image: image(messages),
        })
    }

    fn whole(&self, answer: &Completion) -> Value {
        let content = match (answer.finish, &answer.tool) {
            (Finish::Refused, _) => json!([]),
            (_, Some(tool)) => {
                let input: Value = serde_json::from_str(&answer.content).unwrap_or(json!({}));
                json!([{"type": "tool_use", "id": tool_id(answer), "name": tool, "input": input}])
            }
            _ => json!([{"type": "text", "text": answer.content}]),
        };
        let mut message = message(answer, content, json!(reason(answer)));
        if let Some((input, output)) = answer.tokens {
            message["usage"] = json!({"input_tokens": input, "output_tokens": output});
        }
        message
    }

    fn frames(&self, answer: &Completion) -> Vec<String> {
        let mut start = message(answer, json!([]), Value::Null);
        if let Some((input, _)) = answer.tokens {
            start["usage"] = json!({"input_tokens": input, "output_tokens": 1});
        }
        let mut frames = vec![
            event("message_start", json!({"message": start})),
            event("ping", json!({})),
        ];
        if answer.finish != Finish::Refused {
            frames.extend(block(answer));
        }
        let delta = json!({"stop_reason": reason(answer), "stop_sequence": null});
        let mut last = json!({ "delta": delta });
        if let Some((_, output)) = answer.tokens {
            last["usage"] = json!({"output_tokens": output});
        }
        frames.push(event("message_delta", last));
        frames.push(event("message_stop", json!({})));
        frames
    }

    fn broken(&self, _: &Completion) -> String {
        let error = json!({"type": "overloaded_error", "message": "Overloaded"});
        event("error", json!({ "error": error }))
    }

    fn error(&self, status: u16, message: &str, _: Option<u64>) -> Value {
        let kind = match status {
            400 => "invalid_request_error",
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            504 => "timeout_error",
            529 => "overloaded_error",
            _ => "api_error",
        };
        json!({
            "type": "error", "error": {"type": kind, "message": message},
            "request_id": "req_sandbox",
        })
    }
}

/// Of the forced tool, or of the structured output: `output_config.format`, before `output_format`.
fn schema(body: &Value, tool: Option<&str>) -> Value {
    let tools = body["tools"].as_array().into_iter().flatten();
    let mut forced = tools.filter(|own| own["name"].as_str().is_some_and(|n| Some(n) == tool));
    if let Some(own) = forced.next() {
        return own["input_schema"].clone();
    }
    let formats = [&body["output_config"]["format"], &body["output_format"]];
    let format = formats.into_iter().find(|f| f["type"] == "json_schema");
    format.map_or(Value::Null, |format| format["schema"].clone())
}

fn image(messages: &[Value]) -> Option<Result<Vec<u8>, String>> {
    let of_user = messages.iter().filter(|message| message["role"] == "user");
    let mut blocks =
        of_user.flat_map(|message| message["content"].as_array().into_iter().flatten());
    let source = &blocks.rfind(|block| block["type"] == "image")?["source"];
    Some(match source["type"].as_str() {
        Some("base64") => unpacked(source["data"].as_str().unwrap_or_default()),
        _ => Err("image source must be base64; this machine fetches nothing".to_owned()),
    })
}

fn reason(answer: &Completion) -> &'static str {
    match (answer.finish, &answer.tool) {
        (Finish::Length, _) => "max_tokens",
        (Finish::Refused, _) => "refusal",
        (Finish::Stop, Some(_)) => "tool_use",
        (Finish::Stop, None) => "end_turn",
    }
}

fn tool_id(answer: &Completion) -> String {
    format!("toolu_{}", answer.id)
}

fn message(answer: &Completion, content: Value, reason: Value) -> Value {
    json!({
        "id": format!("msg_{}", answer.id), "type": "message", "role": "assistant",
        "model": answer.model, "content": content, "stop_reason": reason, "stop_sequence": null,
    })
}

fn block(answer: &Completion) -> Vec<String> {
    let start = match &answer.tool {
        Some(tool) => json!({"type": "tool_use", "id": tool_id(answer), "name": tool, "input": {}}),
        None => json!({"type": "text", "text": ""}),
    };
    let delta = |piece: String| match &answer.tool {
        Some(_) => json!({"type": "input_json_delta", "partial_json": piece}),
        None => json!({"type": "text_delta", "text": piece}),
    };
    let begin = json!({"index": 0, "content_block": start});
    let pieces = answer.pieces().into_iter().map(|piece| {
        event(
            "content_block_delta",
            json!({"index": 0, "delta": delta(piece)}),
        )
    });
    std::iter::once(event("content_block_start", begin))
        .chain(pieces)
        .chain([event("content_block_stop", json!({"index": 0}))])
        .collect()
}

fn event(name: &str, mut value: Value) -> String {
    value["type"] = json!(name);
    format!("event: {name}\ndata: {value}\n\n")
}
