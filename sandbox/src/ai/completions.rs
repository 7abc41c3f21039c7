//! What all that speak chat completions have in common: the request, the answer whole and in chunks.

use serde_json::{Value, json};

use super::{Ask, Completion, Finish, REFUSAL, list, text_of, unpacked};

/// The request, about a model that stands in the body or in the path.
pub fn read(body: &Value, model: &str) -> Result<Ask, String> {
    let messages = list(body, "messages", "Input required: specify \"messages\"")?;
    let format = &body["response_format"];
    Ok(Ask {
        model: model.to_owned(),
        stream: body["stream"].as_bool().unwrap_or_default(),
        wants_json: matches!(format["type"].as_str(), Some("json_object" | "json_schema")),
        schema: format["json_schema"]["schema"].clone(),
        wants_usage: body["stream_options"]["include_usage"] == true,
        tool: None,
        texts: messages
            .iter()
            .map(|m| {
                (
                    m["role"].as_str().unwrap_or_default().to_owned(),
                    text_of(&m["content"]),
                )
            })
            .collect(),
        image: image(messages),
    })
}

/// The last picture of all user messages.
fn image(messages: &[Value]) -> Option<Result<Vec<u8>, String>> {
    let of_user = messages.iter().filter(|message| message["role"] == "user");
    let mut parts = of_user.flat_map(|message| message["content"].as_array().into_iter().flatten());
    let part = parts.rfind(|part| part["type"] == "image_url")?;
    let image = &part["image_url"];
    let url = image["url"].as_str().or(image.as_str()).unwrap_or_default();
    Some(of_url(url))
}

fn of_url(url: &str) -> Result<Vec<u8>, String> {
    let Some(data) = url.strip_prefix("data:") else {
        return Err("image_url must be a data: URL; this machine fetches nothing".into());
    };
    let (kind, encoded) = data.split_once(',').ok_or("the data: URL has no comma")?;
    if !kind.starts_with("image/") || !kind.ends_with(";base64") {
        return Err("the data: URL must be data:image/<type>;base64,<data>".into());
    }
    unpacked(encoded)
}

/// Their word for how it ends; `refused` differs.
pub fn finish(answer: &Completion, refused: &'static str) -> &'static str {
    match answer.finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Refused => refused,
    }
}

fn frame(answer: &Completion, object: &str, choices: Value) -> Value {
    json!({
        "id": format!("gen-{}", answer.id), "object": object, "model": answer.model,
        "created": chrono::Utc::now().timestamp(), "choices": choices,
    })
}

/// A chunk of a stream.
pub fn chunk(answer: &Completion, choices: Value) -> Value {
    frame(answer, "chat.completion.chunk", choices)
}

/// The whole answer, without its tokens.
pub fn whole(answer: &Completion, finish: &str) -> Value {
    let (content, refusal) = match answer.finish {
        Finish::Refused => (Value::Null, json!(REFUSAL)),
        _ => (json!(answer.content), Value::Null),
    };
    let message = json!({"role": "assistant", "content": content, "refusal": refusal});
    let choice =
        json!([{"index": 0, "logprobs": null, "finish_reason": finish, "message": message}]);
    frame(answer, "chat.completion", choice)
}

/// All chunks of a stream that carry content, and the one that ends it.
pub fn chunks(answer: &Completion, finish: &str) -> Vec<Value> {
    let choice = |delta: Value, finish: Option<&str>| {
        let choice =
            json!([{"index": 0, "logprobs": null, "finish_reason": finish, "delta": delta}]);
        chunk(answer, choice)
    };
    let mut chunks: Vec<Value> = answer
        .pieces()
        .iter()
        .map(|piece| choice(json!({"role": "assistant", "content": piece}), None))
        .collect();
    if answer.finish == Finish::Refused {
        chunks.push(choice(
            json!({"role": "assistant", "refusal": REFUSAL}),
            None,
        ));
    }
    chunks.push(choice(
        json!({"role": "assistant", "content": ""}),
        Some(finish),
    ));
    chunks
}

/// Tokens in their form.
pub fn usage(tokens: Option<(usize, usize)>) -> Value {
    let Some((input, output)) = tokens else {
        return Value::Null;
    };
    json!({
        "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    })
}

/// Without a `usage` that is not told.
pub fn cleaned(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut()
        && fields.get("usage").is_some_and(Value::is_null)
    {
        fields.remove("usage");
    }
    if let Some(groq) = value.get_mut("x_groq").and_then(Value::as_object_mut)
        && groq.get("usage").is_some_and(Value::is_null)
    {
        groq.remove("usage");
    }
    value
}
