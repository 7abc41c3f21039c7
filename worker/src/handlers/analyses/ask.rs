//! One question to the AI: paid once, and measured.

use std::time::Instant;

use shared::jobs::journal::Purpose;
use shared::providers::ai::{self, Answer, Request};
use shared::providers::{ProviderError, ProviderErrorKind};
use shared::telemetry::metrics;

use crate::runtime::handler::{Attempt, JobError};
use crate::runtime::paid::{pay_once, was_useless};
use crate::state::WorkerState;

/// What is asked, and what it is paid for.
pub(super) struct Question<'a> {
    /// The same for every attempt: its answer is asked for once.
    pub key: &'a str,
    pub request: Request,
}

/// Asks the AI, unless it has answered this before, and reads its answer with `read`. An answer
/// that cannot be read is worth another try: the next one will be different.
pub(super) async fn ask<T>(
    state: &WorkerState,
    attempt: &Attempt,
    question: Question<'_>,
    read: impl FnOnce(serde_json::Value) -> Result<T, String>,
) -> Result<(T, Answer), JobError> {
    let purpose = Purpose {
        key: question.key,
        provider: ai::OPENROUTER,
    };
    let asking = measured(state.clone(), question.request);
    let paid = pay_once(state, attempt, purpose, asking).await?;
    match read(paid.answer.content.clone()) {
        Ok(read) => Ok((read, paid.answer)),
        Err(why) => {
            was_useless(state, &paid, &why).await?;
            let message = format!("the answer of {} cannot be used: {why}", paid.answer.model);
            Err(JobError::from(ProviderError {
                provider: ai::OPENROUTER,
                kind: ProviderErrorKind::Protocol,
                message,
            }))
        }
    }
}

async fn measured(state: WorkerState, request: Request) -> Result<Answer, ProviderError> {
    let (purpose, started) = (request.purpose, Instant::now());
    let result = state.core.providers.ai.complete(request).await;
    match &result {
        Ok(answer) => {
            metrics::ai_request(&answer.model, "success", started.elapsed());
            if let Some(tokens) = answer.tokens {
                metrics::ai_tokens(&answer.model, purpose.as_str(), tokens);
            }
        }
        Err(_) => metrics::ai_request(purpose.as_str(), "failed", started.elapsed()),
    }
    result
}
