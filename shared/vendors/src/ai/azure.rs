//! OpenAI's chat completions at Azure: the deployment stands in the path, the key in a header of its
//! own.
//!
//! Source: <https://learn.microsoft.com/azure/ai-services/openai/reference-preview> and, for what is
//! filtered, <https://learn.microsoft.com/azure/ai-services/openai/concepts/content-filter>.

use reqwest::RequestBuilder;
use serde_json::Value;

use super::client::Wire;
use super::completions;
use super::config::AzureConfig;
use super::draft::Draft;
use super::fault::Fault;
use super::openai::DIALECT;
use super::{Call, Vendor};

pub(super) struct Azure(pub(super) AzureConfig);

impl Wire for Azure {
    const VENDOR: Vendor = Vendor::Azure;

    fn request(&self, http: &reqwest::Client, call: &Call) -> RequestBuilder {
        let AzureConfig { keyed, api_version } = &self.0;
        let url = keyed.at(&["openai", "deployments", &call.model, "chat", "completions"]);
        http.post(url)
            .query(&[("api-version", api_version)])
            .header("api-key", &keyed.api_key)
            .json(&completions::body(call, DIALECT))
    }

    fn read(&self, reply: &Value, draft: &mut Draft) -> Result<(), Fault> {
        completions::read(reply, draft)
    }

    fn secret(&self) -> &str {
        &self.0.keyed.api_key
    }
}
