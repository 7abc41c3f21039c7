//! OpenAI's chat completions.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat/create>: `max_tokens` is deprecated and
//! not taken by reasoning models.

use reqwest::RequestBuilder;
use serde_json::Value;

use super::client::Wire;
use super::completions::{self, Dialect};
use super::config::Keyed;
use super::draft::Draft;
use super::fault::Fault;
use super::{Call, Vendor};

pub(super) struct OpenAi(pub(super) Keyed);

/// Also Azure's.
pub(super) const DIALECT: Dialect = Dialect {
    limit: "max_completion_tokens",
    keeps_to_schema: true,
    asks_for_usage: true,
};

impl Wire for OpenAi {
    const VENDOR: Vendor = Vendor::OpenAi;

    fn request(&self, http: &reqwest::Client, call: &Call) -> RequestBuilder {
        http.post(self.0.url("chat/completions"))
            .bearer_auth(&self.0.api_key)
            .json(&completions::body(call, DIALECT))
    }

    fn read(&self, reply: &Value, draft: &mut Draft) -> Result<(), Fault> {
        completions::read(reply, draft)
    }

    fn secret(&self) -> &str {
        &self.0.api_key
    }
}
