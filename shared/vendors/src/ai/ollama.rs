//! Ollama: models on a machine of the operator's own, asked by `/api/chat`.
//!
//! Source: <https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion>, and for
//! `truncate` and `shift` its `api/types.go`. It streams lines of JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::client::Wire;
use super::config::OllamaConfig;
use super::draft::Draft;
use super::fault::Fault;
use super::sse::Framing;
use super::{Call, Finish, Message, Role, Vendor, tokens};

pub(super) struct Ollama(pub(super) OllamaConfig);

impl Wire for Ollama {
    const VENDOR: Vendor = Vendor::Ollama;
    const FRAMING: Framing = Framing::Lines;

    fn request(&self, http: &reqwest::Client, call: &Call) -> RequestBuilder {
        http.post(self.0.at.url("api/chat")).json(&self.body(call))
    }

    fn read(&self, reply: &Value, draft: &mut Draft) -> Result<(), Fault> {
        draft.model(&reply["model"]);
        draft.append(&reply["message"]["content"]);
        if reply["done"] == true {
            let cut = reply["done_reason"] == "length";
            draft.finish(if cut { Finish::Length } else { Finish::Stop });
            draft.over = true;
            draft.input = tokens::count(&reply["prompt_eval_count"]);
            draft.output = tokens::count(&reply["eval_count"]);
        }
        Ok(())
    }

    fn secret(&self) -> &str {
        &self.0.at.api_key
    }
}

impl Ollama {
    fn body(&self, call: &Call) -> Value {
        let request = &call.request;
        let mut messages = vec![json!({ "role": "system", "content": request.system })];
        messages.extend(request.messages.iter().map(message));
        let mut body = json!({
            "model": call.model,
            "messages": messages,
            "stream": call.pieces.is_some(),
            // Thoughts would use up what the answer may have.
            "think": false,
            // By default Ollama drops the beginning of a request that is too long, without an error.
            "truncate": false,
            "shift": false,
            // The same for all calls: a change loads the model anew.
            "options": { "num_ctx": self.0.context, "num_predict": call.max_output },
        });
        if let Some(schema) = &request.schema {
            body["format"] = schema.schema.clone();
        }
        body
    }
}

fn message(message: &Message) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let mut turn = json!({ "role": role, "content": message.text });
    if let Some(jpeg) = &message.image {
        turn["images"] = json!([STANDARD.encode(jpeg)]);
    }
    turn
}
