//! Chat completions in the form of OpenAI, which four vendors speak; their files hold what differs.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat> and
//! <https://platform.openai.com/docs/guides/structured-outputs>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::draft::Draft;
use super::fault::Fault;
use super::{Call, Finish, Message, Role, Schema, tokens};

/// What a vendor does differently.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    /// The name of the limit of the answer. `max_tokens` is the old one; reasoning models do not take
    /// it, and some vendors know no other.
    pub limit: &'static str,
    /// Whether the vendor enforces a schema; otherwise the instructions contain it.
    pub keeps_to_schema: bool,
    /// Whether the vendor counts the tokens of a stream only on request.
    pub asks_for_usage: bool,
}

/// The body of a request, without what only some vendors know.
pub(super) fn body(call: &Call, dialect: Dialect) -> Value {
    let request = &call.request;
    let in_prompt = request.schema.as_ref().filter(|_| !dialect.keeps_to_schema);
    let system = in_prompt.map_or_else(
        || request.system.clone(),
        |schema| in_words(&request.system, schema),
    );
    let mut messages = vec![json!({ "role": "system", "content": system })];
    messages.extend(request.messages.iter().map(message));
    let mut body = json!({ "model": call.model, "messages": messages });
    body[dialect.limit] = json!(call.max_output);
    if let Some(schema) = &request.schema {
        body["response_format"] = form(schema, dialect.keeps_to_schema);
    }
    if call.pieces.is_some() {
        body["stream"] = json!(true);
        if dialect.asks_for_usage {
            body["stream_options"] = json!({ "include_usage": true });
        }
    }
    body
}

fn form(schema: &Schema, keeps_to_schema: bool) -> Value {
    if keeps_to_schema {
        let schema = json!({ "name": schema.name, "strict": true, "schema": schema.schema });
        json!({ "type": "json_schema", "json_schema": schema })
    } else {
        json!({ "type": "json_object" })
    }
}

fn in_words(system: &str, schema: &Schema) -> String {
    format!(
        "{system}\n\nAnswer with one JSON object, and nothing else, that keeps to this JSON schema:\n{}",
        schema.schema
    )
}

fn message(message: &Message) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let content = match &message.image {
        None => json!(message.text),
        Some(jpeg) => {
            let url = format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg));
            json!([
                { "type": "text", "text": message.text },
                { "type": "image_url", "image_url": { "url": url } },
            ])
        }
    };
    json!({ "role": role, "content": content })
}

/// Reads a completion, or a chunk of one: they differ in `message` and `delta`.
pub(super) fn read(reply: &Value, draft: &mut Draft) -> Result<(), Fault> {
    draft.model(&reply["model"]);
    let choice = &reply["choices"][0];
    if let Some(fault) = Fault::of(choice) {
        return Err(fault);
    }
    let message = choice.get("message").unwrap_or(&choice["delta"]);
    draft.append(&message["content"]);
    if message["refusal"]
        .as_str()
        .is_some_and(|why| !why.is_empty())
    {
        draft.finish(Finish::Refused);
    }
    match choice["finish_reason"].as_str() {
        None => {}
        Some("length") => draft.finish(Finish::Length),
        Some("content_filter") => draft.finish(Finish::Refused),
        Some("error") => return Err(Fault::new(502, "the model broke off")),
        Some(_) => draft.finish(Finish::Stop),
    }
    usage(&reply["usage"], draft);
    Ok(())
}

/// Cached and reasoning tokens are in the sums already.
pub(super) fn usage(reported: &Value, draft: &mut Draft) {
    if reported.is_object() {
        draft.input = tokens::count(&reported["prompt_tokens"]);
        draft.output = tokens::count(&reported["completion_tokens"]);
    }
}
