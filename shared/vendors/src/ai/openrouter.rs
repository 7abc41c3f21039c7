//! OpenRouter's chat completions, and its list of models.
//!
//! Sources: <https://openrouter.ai/docs/api/reference/overview>,
//! <https://openrouter.ai/docs/use-cases/usage-accounting> (always reported, in credits, which are
//! dollars) and <https://openrouter.ai/docs/features/structured-outputs>. Errors may come as a status,
//! or as a 200 with an `error` inside.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde::Serialize;
use serde_json::{Value, json};

use super::body::{Body, Patience};
use super::catalogue::Price;
use super::client::{Client, Wire};
use super::completions::{self, Dialect};
use super::config::{AiConfig, Keyed};
use super::draft::Draft;
use super::fault::Fault;
use super::{Call, Vendor, tokens};
use crate::http;
use kernel::error::{Error, ProviderError};

pub(super) struct OpenRouter(pub(super) Keyed);

const DIALECT: Dialect = Dialect {
    limit: "max_tokens",
    keeps_to_schema: true,
    asks_for_usage: false,
};

impl Wire for OpenRouter {
    const VENDOR: Vendor = Vendor::OpenRouter;

    fn request(&self, http: &reqwest::Client, call: &Call) -> RequestBuilder {
        let mut body = completions::body(call, DIALECT);
        if call.request.schema.is_some() {
            // Otherwise OpenRouter may choose a provider that ignores the schema.
            body["provider"] = json!({ "require_parameters": true });
        }
        http.post(self.0.url("chat/completions"))
            .bearer_auth(&self.0.api_key)
            .json(&body)
    }

    fn read(&self, reply: &Value, draft: &mut Draft) -> Result<(), Fault> {
        if reply["usage"].is_object() {
            draft.cost_micro_usd = cost(&reply["usage"]);
        }
        completions::read(reply, draft)
    }

    fn secret(&self) -> &str {
        &self.0.api_key
    }
}

/// With a key of our own for the vendor behind OpenRouter, that vendor's price comes on top of the fee.
fn cost(usage: &Value) -> Option<i64> {
    let fee = tokens::micro_usd(&usage["cost"])?;
    if usage["is_byok"] != true {
        return Some(fee);
    }
    let upstream = tokens::micro_usd(&usage["cost_details"]["upstream_inference_cost"])?;
    fee.checked_add(upstream)
}

/// A model as OpenRouter lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub name: String,
    /// Tokens of request and answer together.
    pub context: Option<u32>,
    /// The most tokens of an answer.
    pub max_output: Option<u32>,
    /// Whether it sees pictures.
    pub vision: bool,
    /// `None` if it depends on the provider that OpenRouter chooses.
    pub price: Option<Price>,
}

/// All models that OpenRouter offers for text; `None` if it is not configured.
///
/// # Errors
/// Those of the call, as [`Error`].
pub async fn models(config: &AiConfig, timeout: Duration) -> Result<Option<Vec<Listed>>, Error> {
    let Some(keyed) = config.openrouter.clone() else {
        return Ok(None);
    };
    let client = Client {
        http: http::client(None)?,
        wire: OpenRouter(keyed),
        idle: timeout,
    };
    Ok(Some(client.models(timeout).await?))
}

impl Client<OpenRouter> {
    async fn models(&self, timeout: Duration) -> Result<Vec<Listed>, ProviderError> {
        let keyed = &self.wire.0;
        let request = self
            .http
            .get(keyed.url("models"))
            .bearer_auth(&keyed.api_key);
        let patience = Patience::new(timeout, timeout);
        let response = self.send(request, patience).await?;
        let body = Body::new(Vendor::OpenRouter, response, patience)
            .whole()
            .await?;
        let body = self.json(&body)?;
        let listed = body["data"].as_array().into_iter().flatten();
        Ok(listed.filter_map(read).collect())
    }
}

fn read(model: &Value) -> Option<Listed> {
    let (prompt, completion) = (&model["pricing"]["prompt"], &model["pricing"]["completion"]);
    let price =
        tokens::micro_usd_per_million(prompt).zip(tokens::micro_usd_per_million(completion));
    let sees = model["architecture"]["input_modalities"].as_array();
    Some(Listed {
        name: model["id"].as_str()?.to_owned(),
        context: tokens::count(&model["context_length"]),
        max_output: tokens::count(&model["top_provider"]["max_completion_tokens"]),
        vision: sees.is_some_and(|kinds| kinds.iter().any(|kind| kind == "image")),
        price: price.map(|(input, output)| Price { input, output }),
    })
}
