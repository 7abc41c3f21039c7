//! One call to the AI, measured.

use std::time::Instant;

use shared::providers::ai::{Answer, Request};
use shared::providers::{ProviderError, ProviderErrorKind};
use shared::telemetry::metrics;

use crate::state::WorkerState;

/// Asks the AI and reads its answer with `read`. An answer that cannot be read counts as failed
/// and is worth another try: the next one will be different.
pub(super) async fn ask<T>(
    state: &WorkerState,
    request: Request,
    read: impl FnOnce(serde_json::Value) -> Result<T, String>,
) -> Result<(T, Answer), ProviderError> {
    let purpose = request.purpose;
    let started = Instant::now();
    let asked = state.core.providers.ai.complete(request).await;
    let result = asked.and_then(|answer| match read(answer.content.clone()) {
        Ok(read) => Ok((read, answer)),
        Err(message) => Err(ProviderError {
            provider: "ai",
            kind: ProviderErrorKind::Protocol,
            message: format!("the answer of {} cannot be used: {message}", answer.model),
        }),
    });
    match &result {
        Ok((_, answer)) => {
            metrics::ai_request(&answer.model, "success", started.elapsed());
            if let Some(tokens) = answer.tokens {
                metrics::ai_tokens(&answer.model, purpose.as_str(), tokens);
            }
        }
        Err(_) => metrics::ai_request(purpose.as_str(), "failed", started.elapsed()),
    }
    result
}
