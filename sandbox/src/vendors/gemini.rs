//! Google's Gemini API.
//!
//! Sources: <https://ai.google.dev/api/generate-content>,
//! <https://ai.google.dev/gemini-api/docs/structured-output>,
//! <https://ai.google.dev/gemini-api/docs/troubleshooting>.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::ai::{
    AiVendor, Ask, Completion, Finish, Route, Wire, data, header, list, text_of, unpacked,
};
use crate::http::Req;
use crate::vendor::Vendor;
use crate::world::World;

/// Gemini.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    Arc::new(AiVendor {
        world: world.clone(),
        name: "gemini",
        route,
    })
}

/// `generateContent` and `streamGenerateContent` of one model.
pub struct Gemini {
    /// From the path.
    pub model: String,
    /// From the path.
    pub stream: bool,
    /// `alt=sse`; without it a stream is one JSON list.
    pub sse: bool,
}

fn route(path: &str, req: &Req) -> Option<Route> {
    let (model, method) = path.strip_prefix("/v1beta/models/")?.rsplit_once(':')?;
    let stream = match method {
        "generateContent" => false,
        "streamGenerateContent" => true,
        _ => return None,
    };
    Some(Route::Chat(Box::new(Gemini {
        model: model.to_owned(),
        stream,
        sse: req.query("alt") == Some("sse"),
    })))
}

impl Wire for Gemini {
    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        let key = header(req, "x-goog-api-key").or(req.query("key"));
        key.is_none().then_some((
            403,
            "Method doesn't allow unregistered callers (callers without established identity).",
        ))
    }

    fn ask(&self, _: &Req, body: &Value) -> Result<Ask, String> {
        let contents = list(body, "contents", "contents is not specified")?;
        let config = either(body, "generationConfig", "generation_config");
        let kind = either(config, "responseMimeType", "response_mime_type");
        let schemas = [
            "responseJsonSchema",
            "response_json_schema",
            "responseSchema",
        ];
        let schema = schemas.iter().find_map(|name| config.get(*name));
        let system = either(body, "systemInstruction", "system_instruction");
        let texts = contents.iter().map(|content| {
            let role = match content["role"].as_str() {
                Some("model") => "assistant",
                _ => "user",
            };
            (role.to_owned(), text_of(&content["parts"]))
        });
        Ok(Ask {
            model: self.model.clone(),
            stream: self.stream,
            wants_json: kind == "application/json",
            schema: schema.cloned().unwrap_or_default(),
            wants_usage: true,
            tool: None,
            texts: [("system".to_owned(), text_of(&system["parts"]))]
                .into_iter()
                .chain(texts)
                .collect(),
            image: image(contents),
        })
    }

    fn whole(&self, answer: &Completion) -> Value {
        if answer.finish == Finish::Refused {
            return self.blocked(answer);
        }
        self.response(answer, &answer.content, true)
    }

    fn frames(&self, answer: &Completion) -> Vec<String> {
        let pieces = answer.pieces();
        let last = pieces.len().saturating_sub(1);
        let mut all: Vec<Value> = pieces
            .iter()
            .enumerate()
            .map(|(at, piece)| self.response(answer, piece, at == last))
            .collect();
        if answer.finish == Finish::Refused {
            all = vec![self.blocked(answer)];
        }
        match self.sse {
            true => all.iter().map(data).collect(),
            false => vec![Value::Array(all).to_string()],
        }
    }

    fn broken(&self, _: &Completion) -> String {
        data(&self.error(
            503,
            "The model is overloaded. Please try again later.",
            None,
        ))
    }

    fn error(&self, status: u16, message: &str, after: Option<u64>) -> Value {
        let name = match status {
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            504 => "DEADLINE_EXCEEDED",
            _ => "INTERNAL",
        };
        let mut error = json!({"code": status, "message": message, "status": name});
        if let Some(seconds) = after {
            error["details"] = json!([{
                "@type": "type.googleapis.com/google.rpc.RetryInfo",
                "retryDelay": format!("{seconds}s"),
            }]);
        }
        json!({ "error": error })
    }

    fn stream_type(&self) -> &'static str {
        if self.sse {
            "text/event-stream"
        } else {
            "application/json"
        }
    }
}

impl Gemini {
    fn response(&self, answer: &Completion, text: &str, last: bool) -> Value {
        let mut candidate = json!({
            "content": {"parts": [{ "text": text }], "role": "model"}, "index": 0,
        });
        if last {
            candidate["finishReason"] = json!(match answer.finish {
                Finish::Length => "MAX_TOKENS",
                _ => "STOP",
            });
        }
        self.framed(answer, json!({ "candidates": [candidate] }))
    }

    fn blocked(&self, answer: &Completion) -> Value {
        self.framed(
            answer,
            json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}),
        )
    }

    fn framed(&self, answer: &Completion, mut response: Value) -> Value {
        if let Some((input, output)) = answer.tokens {
            response["usageMetadata"] = json!({
                "promptTokenCount": input, "candidatesTokenCount": output,
                "totalTokenCount": input + output,
            });
        }
        response["modelVersion"] = json!(self.model);
        response["responseId"] = json!(answer.id);
        response
    }
}

/// Both spellings are taken.
fn either<'a>(value: &'a Value, camel: &str, snake: &str) -> &'a Value {
    value.get(camel).unwrap_or(&value[snake])
}

fn image(contents: &[Value]) -> Option<Result<Vec<u8>, String>> {
    let of_user = contents.iter().filter(|content| content["role"] != "model");
    let parts = of_user.flat_map(|content| content["parts"].as_array().into_iter().flatten());
    let inline = |part: &'_ Value| part.get("inlineData").or(part.get("inline_data")).cloned();
    let inline = parts.filter_map(inline).next_back()?;
    Some(unpacked(inline["data"].as_str().unwrap_or_default()))
}
