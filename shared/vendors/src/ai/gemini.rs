//! Google's Gemini API: `generateContent`.
//!
//! Sources: <https://ai.google.dev/api/generate-content> and
//! <https://ai.google.dev/gemini-api/docs/structured-output>. A stream has the same objects as a whole
//! answer, and ends when the connection does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::client::Wire;
use super::config::Keyed;
use super::draft::Draft;
use super::fault::Fault;
use super::{Call, Finish, Message, Role, Vendor, tokens};

pub(super) struct Gemini(pub(super) Keyed);

impl Wire for Gemini {
    const VENDOR: Vendor = Vendor::Gemini;

    fn request(&self, http: &reqwest::Client, call: &Call) -> RequestBuilder {
        let streams = call.pieces.is_some();
        let method = if streams {
            "streamGenerateContent"
        } else {
            "generateContent"
        };
        let mut url = self
            .0
            .at(&["v1beta", "models", &format!("{}:{method}", call.model)]);
        if streams {
            url.set_query(Some("alt=sse"));
        }
        http.post(url)
            .header("x-goog-api-key", &self.0.api_key)
            .json(&body(call))
    }

    fn read(&self, reply: &Value, draft: &mut Draft) -> Result<(), Fault> {
        draft.model(&reply["modelVersion"]);
        let candidate = &reply["candidates"][0];
        let parts = candidate["content"]["parts"].as_array();
        for part in parts.into_iter().flatten() {
            // Thoughts are no part of the answer.
            if part["thought"] != true {
                draft.append(&part["text"]);
            }
        }
        usage(&reply["usageMetadata"], draft);
        if reply["promptFeedback"]["blockReason"].is_string() {
            draft.finish(Finish::Refused);
        }
        match candidate["finishReason"].as_str() {
            None | Some("FINISH_REASON_UNSPECIFIED") => {}
            Some("STOP") => draft.finish(Finish::Stop),
            Some("MAX_TOKENS") => draft.finish(Finish::Length),
            Some(reason) if REFUSED.contains(&reason) => draft.finish(Finish::Refused),
            Some(reason) => return Err(Fault::new(502, format!("the model broke off: {reason}"))),
        }
        Ok(())
    }

    fn secret(&self) -> &str {
        &self.0.api_key
    }
}

/// Reasons to end that lie in the content.
const REFUSED: [&str; 7] = [
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "IMAGE_SAFETY",
];

fn body(call: &Call) -> Value {
    let request = &call.request;
    let contents: Vec<Value> = request.messages.iter().map(content).collect();
    let mut config = json!({ "maxOutputTokens": call.max_output });
    if let Some(schema) = &request.schema {
        config["responseMimeType"] = json!("application/json");
        // `responseSchema` knows no `additionalProperties`.
        config["responseJsonSchema"] = schema.schema.clone();
    }
    json!({
        "systemInstruction": { "parts": [{ "text": request.system }] },
        "contents": contents,
        "generationConfig": config,
    })
}

fn content(message: &Message) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "model",
    };
    let image = message.image.as_ref().map(
        |jpeg| json!({ "inlineData": { "mimeType": "image/jpeg", "data": STANDARD.encode(jpeg) } }),
    );
    let text = json!({ "text": message.text });
    let parts: Vec<Value> = image.into_iter().chain([text]).collect();
    json!({ "role": role, "parts": parts })
}

/// Each object of a stream may report its sums so far: only the last ones count. A blocked prompt has
/// no candidates, so none of their tokens either.
fn usage(reported: &Value, draft: &mut Draft) {
    if draft.is_finished() && reported.is_null() {
        return;
    }
    let none = json!(0);
    let answer = reported.get("candidatesTokenCount").unwrap_or(&none);
    let output = tokens::sum(answer, &[&reported["thoughtsTokenCount"]]);
    draft.output = output.filter(|_| reported.is_object());
    draft.input = tokens::sum(
        &reported["promptTokenCount"],
        &[&reported["toolUsePromptTokenCount"]],
    );
}
