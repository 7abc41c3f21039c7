//! One call: through the gate, paid once, measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ai::gate::{Admission, Change, Place};
use ai::model::{CostSource, Purpose};
use ai::{queries, rules};
use vendors::ai::catalogue::Model;
use vendors::ai::{Answer, Call, Piece, Pieces, Request};
use vendors::{ProviderError, ProviderErrorKind};

use super::Asking;
use super::outcome::NotAsked;
use super::paid::{self, Paid, Spent, Stop};
use crate::state::WorkerState;
use runtime::handler::JobError;

/// How the gate is asked again while our own limits are full.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// How a call came out.
pub(super) enum Called {
    Answered(Paid<Answer>),
    Failed(ProviderError),
    NotAsked(NotAsked),
}

/// Calls the model whose turn it is.
pub(super) async fn call(asking: &Asking<'_>, request: &Request) -> Result<Called, JobError> {
    let Asking { state, model, .. } = *asking;
    let left = asking.deadline.saturating_duration_since(Instant::now());
    let longest = state.core.config.ai_use.call_timeout;
    let Some(timeout) = rules::time_for_call(left, longest, asking.has_next) else {
        return Ok(Called::NotAsked(NotAsked::NoTime));
    };
    let place = match place(asking, timeout).await {
        Ok(place) => place,
        Err(why) => return Ok(Called::NotAsked(why)),
    };
    // The place may have been waited for.
    let left = asking.deadline.saturating_duration_since(Instant::now());
    let Some(timeout) = rules::time_for_call(left, timeout, false) else {
        state.gate.report(&place, None).await;
        return Ok(Called::NotAsked(NotAsked::NoTime));
    };
    let step = request.step.as_str();
    let purpose = Purpose {
        key: asking.question.key,
        provider: model.vendor.name(),
        model: &model.name,
        step,
        subject: asking.question.subject,
        find_owner: asking.question.find_owner,
        user_id: asking.question.user_id,
        reserve_micro_usd: rules::reservation(request, model),
    };
    let begun = Call {
        model: model.name.clone(),
        request: Arc::new(request.clone()),
        max_output: rules::output_tokens_at_most(request.step, model),
        timeout,
        pieces: asking.question.pieces.clone(),
    };
    let making = make(state.clone(), model.clone(), place.clone(), begun);
    let ended = paid::pay_once(state, asking.attempt, purpose, making).await;
    if !matches!(
        ended,
        Ok(Ok(Paid { is_new: true, .. })) | Ok(Err(Stop::Failed(_)))
    ) {
        // No call was made after all.
        state.gate.report(&place, None).await;
    }
    Ok(match ended? {
        Ok(paid) => {
            hand_on(&paid, asking.question.pieces.as_ref());
            Called::Answered(paid)
        }
        Err(Stop::Failed(why)) => Called::Failed(why),
        Err(Stop::TooManyUnknown(count)) => Called::NotAsked(NotAsked::TooManyUnknown(count)),
        Err(Stop::TooManyUseless(count)) => Called::NotAsked(NotAsked::TooManyUseless(count)),
        Err(Stop::BudgetHeld) => Called::NotAsked(NotAsked::Full),
        Err(Stop::OverBudget { of_user }) => {
            ai::metrics::ai_over_budget(if of_user { "user" } else { "deployment" });
            Called::NotAsked(NotAsked::OverBudget { of_user })
        }
    })
}

/// A place at the gate. While our own limits are full the next model is asked, and where there is none
/// it is waited for.
async fn place(asking: &Asking<'_>, timeout: Duration) -> Result<Place, NotAsked> {
    let Asking { state, model, .. } = *asking;
    // A little longer than the call, so that its place is not given away before its end is written.
    let longest = timeout + Duration::from_secs(5);
    loop {
        let share = state.catalogue.share(model.vendor);
        match state.gate.admit(model.vendor, share, longest).await {
            Admission::Go(place) => {
                if place.probe {
                    note(state, model, Change::HalfOpen, None).await;
                }
                return Ok(place);
            }
            Admission::Closed(again) => return Err(NotAsked::Closed { again }),
            Admission::Full(_) if asking.has_next => return Err(NotAsked::Full),
            Admission::Full(again) => {
                let again = again.clamp(Duration::from_millis(10), ASK_AGAIN);
                if Instant::now() + again + rules::SHORTEST_CALL > asking.deadline {
                    return Err(NotAsked::Full);
                }
                tokio::time::sleep(again).await;
            }
        }
    }
}

/// Makes the call and reports to the gate how it ended, whatever becomes of the attempt.
async fn make(
    state: WorkerState,
    model: Model,
    place: Place,
    call: Call,
) -> Result<(Answer, Spent), ProviderError> {
    let (step, started) = (call.request.step.as_str(), Instant::now());
    let reserved = rules::reservation(&call.request, &model);
    if let Some(pieces) = &call.pieces {
        let _ = pieces.send(Piece::Begin);
    }
    let timeout = call.timeout;
    let result = match state.core.providers.ai.get(model.vendor) {
        None => Err(not_set_up(&model)),
        // The vendor keeps the time by itself; this is for one that does not.
        Some(ai) => tokio::time::timeout(timeout + Duration::from_secs(1), ai.complete(call))
            .await
            .unwrap_or_else(|_| Err(too_late(&model))),
    };
    let (sign, why) = match &result {
        Ok(_) => (rules::Sign::Alive, None),
        Err(why) => (rules::sign(why.kind), Some(why.to_string())),
    };
    let change = state.gate.report(&place, Some(sign)).await;
    note(&state, &model, change, why.as_deref()).await;
    let answer = match result {
        Ok(answer) => answer,
        Err(why) => {
            ai::metrics::ai_request(&model.name, "failed", started.elapsed());
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
    let spent = Spent(rules::cost(answer.usage, &model));
    let source = spent.0.map_or(CostSource::Reserved, |cost| cost.source);
    let cost = spent.0.map_or(reserved, |cost| cost.micro_usd);
    ai::metrics::ai_cost(model.vendor.name(), step, source.as_str(), cost);
    Ok((answer, spent))
}

/// Postgres cannot store NUL characters, and an AI may write one.
fn storable(mut answer: Answer) -> Answer {
    answer.text.retain(|c| c != '\0');
    answer.model.retain(|c| c != '\0');
    answer
}

fn not_set_up(model: &Model) -> ProviderError {
    let (kind, why) = (ProviderErrorKind::Auth, "it is not set up");
    model.vendor.error(kind, why)
}

fn too_late(model: &Model) -> ProviderError {
    let (kind, why) = (ProviderErrorKind::Timeout, "no answer in time");
    model.vendor.error(kind, why)
}

/// Records a change of a breaker for operators. A row that could not be written is wrong only until the
/// next change.
async fn note(state: &WorkerState, model: &Model, change: Change, why: Option<&str>) {
    let vendor = model.vendor;
    match change {
        Change::Nothing => return,
        Change::HalfOpen => {
            tracing::info!(%vendor, "the breaker is half open: one call tries the vendor")
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

/// An answer that is remembered comes all at once.
pub(super) fn hand_on(paid: &Paid<Answer>, pieces: Option<&Pieces>) {
    if let Some(pieces) = pieces.filter(|_| !paid.is_new) {
        let _ = pieces.send(Piece::Begin);
        let _ = pieces.send(Piece::Text(paid.answer.text.clone()));
    }
}
