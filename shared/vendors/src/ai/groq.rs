//! Groq's chat completions.
//!
//! Source: <https://console.groq.com/docs/api-reference#chat-create>, and for what keeps to a schema
//! <https://console.groq.com/docs/structured-outputs>: strictly only the models below; the others
//! get it in the instructions.

use reqwest::RequestBuilder;
use serde_json::Value;

use super::client::Wire;
use super::completions::{self, Dialect};
use super::config::Keyed;
use super::draft::Draft;
use super::fault::Fault;
use super::{Call, Vendor};

pub(super) struct Groq(pub(super) Keyed);

/// Models whose output Groq forces into the schema.
const STRICT: [&str; 2] = ["openai/gpt-oss-20b", "openai/gpt-oss-120b"];

impl Wire for Groq {
    const VENDOR: Vendor = Vendor::Groq;

    fn request(&self, http: &reqwest::Client, call: &Call) -> RequestBuilder {
        let dialect = Dialect {
            limit: "max_completion_tokens",
            keeps_to_schema: STRICT.contains(&call.model.as_str()),
            asks_for_usage: true,
        };
        http.post(self.0.url("openai/v1/chat/completions"))
            .bearer_auth(&self.0.api_key)
            .json(&completions::body(call, dialect))
    }

    fn read(&self, reply: &Value, draft: &mut Draft) -> Result<(), Fault> {
        let last = &reply["x_groq"];
        if let Some(fault) = Fault::of(last) {
            return Err(fault);
        }
        // Where the tokens of a stream stood before they could be asked for.
        completions::usage(&last["usage"], draft);
        completions::read(reply, draft)
    }

    fn secret(&self) -> &str {
        &self.0.api_key
    }
}
