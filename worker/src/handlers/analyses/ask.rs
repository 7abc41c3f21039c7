//! One question to the AI: paid once, and measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::Error;
use shared::jobs::journal::Purpose;
use shared::providers::ai::catalogue::Model;
use shared::providers::ai::{Answer, Call, Pieces, Request};
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
    /// Where the text goes as it comes.
    pub pieces: Option<Pieces>,
}

/// Asks the AI, unless it has answered this before, and reads its answer with `read`. An answer
/// that cannot be read is worth another try: the next one will be different.
pub(super) async fn ask<T>(
    state: &WorkerState,
    attempt: &Attempt,
    question: Question<'_>,
    read: impl FnOnce(serde_json::Value) -> Result<T, String>,
) -> Result<(T, Answer), JobError> {
    let model = state
        .catalogue
        .route(question.request.step)
        .first()
        .map(|model| (*model).clone())
        .ok_or_else(|| Error::internal("no model on the route"))?;
    let purpose = Purpose {
        key: question.key,
        provider: model.vendor.name(),
    };
    let vendor = model.vendor.name();
    let asking = measured(state.clone(), model, question.request, question.pieces);
    let paid = pay_once(state, attempt, purpose, asking).await?;
    match paid.answer.json().and_then(read) {
        Ok(read) => Ok((read, paid.answer)),
        Err(why) => {
            was_useless(state, &paid, &why).await?;
            let message = format!("the answer of {} cannot be used: {why}", paid.answer.model);
            Err(JobError::from(ProviderError {
                provider: vendor,
                kind: ProviderErrorKind::Protocol,
                message,
            }))
        }
    }
}

async fn measured(
    state: WorkerState,
    model: Model,
    request: Request,
    pieces: Option<Pieces>,
) -> Result<Answer, ProviderError> {
    let (step, started) = (request.step, Instant::now());
    let ai = state.core.providers.ai.get(model.vendor).ok_or_else(|| {
        let kind = ProviderErrorKind::Auth;
        let message = "it is not set up".to_owned();
        ProviderError {
            provider: model.vendor.name(),
            kind,
            message,
        }
    })?;
    let call = Call {
        model: model.name,
        request: Arc::new(request),
        max_output: model.max_output,
        timeout: Duration::from_secs(60),
        pieces,
    };
    let result = ai.complete(call).await;
    match &result {
        Ok(answer) => {
            metrics::ai_request(&answer.model, "success", started.elapsed());
            if let Some(usage) = answer.usage {
                metrics::ai_tokens(
                    &answer.model,
                    step.as_str(),
                    usage.input_tokens + usage.output_tokens,
                );
            }
        }
        Err(_) => metrics::ai_request(step.as_str(), "failed", started.elapsed()),
    }
    result
}
