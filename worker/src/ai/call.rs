//! One call to a model: passes the gate, is paid once, and is measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ai::gate::{Admission, Change, Permit};
use ai::model::{CostSource, Purpose};
use ai::{queries, rules};
use vendors::ai::catalogue::Model;
use vendors::ai::{Answer, Call, Piece, Pieces, Request};
use vendors::{ProviderError, ProviderErrorKind};

use super::outcome::SkipReason;
use super::paid::{self, CallCost, NoAnswer, Paid};
use super::{ModelTurn, alarm};
use crate::state::WorkerState;
use runtime::handler::JobError;

/// The longest wait between two tries at the gate while its limits are full.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// The outcome of a call.
pub(super) enum CallOutcome {
    Answered(Paid<Answer>),
    Failed(ProviderError),
    Skipped(SkipReason),
}

/// Calls the model whose turn it is.
pub(super) async fn call(turn: &ModelTurn<'_>, request: &Request) -> Result<CallOutcome, JobError> {
    let ModelTurn { state, model, .. } = *turn;
    let left = turn.deadline.saturating_duration_since(Instant::now());
    let longest = state.core.config.ai_use.call_timeout;
    let Some(timeout) = rules::time_for_call(left, longest, turn.has_next) else {
        return Ok(CallOutcome::Skipped(SkipReason::NoTime));
    };
    let permit = match permit(turn, timeout).await {
        Ok(permit) => permit,
        Err(why) => return Ok(CallOutcome::Skipped(why)),
    };
    // Waiting for the permit may have taken time.
    let left = turn.deadline.saturating_duration_since(Instant::now());
    let Some(timeout) = rules::time_for_call(left, timeout, false) else {
        state.gate.report(&permit, None).await;
        return Ok(CallOutcome::Skipped(SkipReason::NoTime));
    };
    let step = request.step.as_str();
    let purpose = Purpose {
        key: turn.question.key,
        provider: model.vendor.name(),
        model: &model.name,
        step,
        subject: turn.question.subject,
        find_owner: turn.question.find_owner,
        user_id: turn.question.user_id,
        reserve_micro_usd: rules::reservation(request, model),
    };
    let begun = Call {
        model: model.name.clone(),
        request: Arc::new(request.clone()),
        max_output: rules::output_tokens_at_most(request.step, model),
        timeout,
        pieces: turn.question.pieces.clone(),
    };
    let making = make(state.clone(), model.clone(), permit.clone(), begun);
    let ended = paid::pay_once(state, turn.attempt, purpose, making).await;
    if !matches!(
        ended,
        Ok(Ok(Paid { is_new: true, .. })) | Ok(Err(NoAnswer::Failed(_)))
    ) {
        // No call was made.
        state.gate.report(&permit, None).await;
    }
    Ok(match ended? {
        Ok(paid) => {
            forward_stored(&paid, turn.question.pieces.as_ref());
            CallOutcome::Answered(paid)
        }
        Err(NoAnswer::Failed(why)) => CallOutcome::Failed(why),
        Err(NoAnswer::TooManyUnknown(count)) => {
            CallOutcome::Skipped(SkipReason::TooManyUnknown(count))
        }
        Err(NoAnswer::TooManyUseless(count)) => {
            CallOutcome::Skipped(SkipReason::TooManyUseless(count))
        }
        Err(NoAnswer::BudgetHeld) => CallOutcome::Skipped(SkipReason::Full),
        Err(NoAnswer::OverBudget { of_user }) => {
            ai::metrics::ai_over_budget(if of_user { "user" } else { "deployment" });
            CallOutcome::Skipped(SkipReason::OverBudget { of_user })
        }
    })
}

/// Gets a permit at the gate. While the gate's limits are full, this waits if the route has no other
/// model to ask.
async fn permit(turn: &ModelTurn<'_>, timeout: Duration) -> Result<Permit, SkipReason> {
    let ModelTurn { state, model, .. } = *turn;
    // A little longer than the call, so that its permit stays taken until its end is written.
    let longest = timeout + Duration::from_secs(5);
    loop {
        let share = state.catalogue.share(model.vendor);
        match state.gate.admit(model.vendor, share, longest).await {
            Admission::Go(permit) => {
                if permit.probe {
                    note(state, model, Change::HalfOpen, None).await;
                }
                return Ok(permit);
            }
            Admission::Closed(again) => return Err(SkipReason::Closed { again }),
            Admission::Refusing(_) => return Err(SkipReason::Refusing),
            Admission::Full(_) if turn.has_next => return Err(SkipReason::Full),
            Admission::Full(again) => {
                let again = again.clamp(Duration::from_millis(10), ASK_AGAIN);
                if Instant::now() + again + rules::SHORTEST_CALL > turn.deadline {
                    return Err(SkipReason::Full);
                }
                tokio::time::sleep(again).await;
            }
        }
    }
}

/// Makes the call and reports its end to the gate, even if the attempt is gone by then.
async fn make(
    state: WorkerState,
    model: Model,
    permit: Permit,
    call: Call,
) -> Result<(Answer, CallCost), ProviderError> {
    let (step, started) = (call.request.step.as_str(), Instant::now());
    let reserved = rules::reservation(&call.request, &model);
    if let Some(pieces) = &call.pieces {
        let _ = pieces.send(Piece::Begin);
    }
    let timeout = call.timeout;
    let result = match state.core.providers.ai.get(model.vendor) {
        None => Err(not_set_up(&model)),
        // Vendors keep the timeout themselves; this is for one that does not.
        Some(ai) => tokio::time::timeout(timeout + Duration::from_secs(1), ai.complete(call))
            .await
            .unwrap_or_else(|_| Err(too_late(&model))),
    };
    let (sign, why) = match &result {
        Ok(_) => (rules::Sign::Alive, None),
        Err(why) => (rules::sign(why.kind), Some(why.to_string())),
    };
    let change = state.gate.report(&permit, Some(sign)).await;
    note(&state, &model, change, why.as_deref()).await;
    let answer = match result {
        Ok(answer) => answer,
        Err(why) => {
            ai::metrics::ai_request(&model.name, "failed", started.elapsed());
            if rules::is_for_operators(why.kind) {
                alarm::raise(model.vendor, &why);
            }
            if rules::may_be_paid_for(why.kind) {
                let source = CostSource::Reserved.as_str();
                ai::metrics::ai_cost(model.vendor.name(), step, source, reserved);
            }
            return Err(why);
        }
    };
    let answer = storable(answer);
    ai::metrics::ai_request(&answer.model, "success", started.elapsed());
    if let Some(tokens) = answer.tokens() {
        ai::metrics::ai_tokens(&answer.model, step, tokens);
    }
    let spent = CallCost(rules::cost(answer.usage, &model));
    let source = spent.0.map_or(CostSource::Reserved, |cost| cost.source);
    let cost = spent.0.map_or(reserved, |cost| cost.micro_usd);
    ai::metrics::ai_cost(model.vendor.name(), step, source.as_str(), cost);
    Ok((answer, spent))
}

/// Removes NUL characters, which Postgres cannot store.
fn storable(mut answer: Answer) -> Answer {
    answer.text.retain(|c| c != '\0');
    answer.model.retain(|c| c != '\0');
    answer
}

fn not_set_up(model: &Model) -> ProviderError {
    let (kind, why) = (ProviderErrorKind::Auth, "is not configured");
    model.vendor.error(kind, why)
}

fn too_late(model: &Model) -> ProviderError {
    let (kind, why) = (ProviderErrorKind::Timeout, "no answer in time");
    model.vendor.error(kind, why)
}

/// Records a change of a breaker for operators. If the write fails, the row is outdated until the next
/// change.
async fn note(state: &WorkerState, model: &Model, change: Change, why: Option<&str>) {
    let vendor = model.vendor;
    match change {
        Change::Nothing => return,
        Change::HalfOpen => {
            tracing::info!(%vendor, "the breaker is half open: one call probes the vendor")
        }
        Change::Closed => tracing::info!(%vendor, "the breaker has closed"),
        Change::Opened { lasts, failures } => {
            let seconds = lasts.as_secs_f64();
            tracing::warn!(%vendor, failures, seconds, why, "the breaker has opened");
        }
    }
    let written = async {
        let mut conn = state.db().await?;
        Ok::<_, kernel::Error>(queries::note(&mut conn, vendor.name(), change, why).await?)
    };
    if let Err(why) = written.await {
        tracing::warn!(%vendor, error = %why, "the state of a provider could not be recorded");
    }
}

/// Sends a stored answer to the pieces, all at once; a new one was streamed already.
pub(super) fn forward_stored(paid: &Paid<Answer>, pieces: Option<&Pieces>) {
    if let Some(pieces) = pieces.filter(|_| !paid.is_new) {
        let _ = pieces.send(Piece::Begin);
        let _ = pieces.send(Piece::Text(paid.answer.text.clone()));
    }
}
