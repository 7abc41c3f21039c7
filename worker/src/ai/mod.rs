//! Asks an AI for the answer of a step: the models of a route, one after the other, within one deadline.
//! Called by the handlers of the steps.
//!
//! Each call is paid once (`paid.rs`) and passes the gate of its provider (`ai::gate`); `ai::rules`
//! decides by its end what is done next. If no model of the route answers, the handler returns an
//! error, and the runtime retries its job.

mod alarm;
mod call;
mod outcome;
mod paid;
mod route;
mod settle_calls;

use std::time::{Duration, Instant};

use ai::jobs::SettleCalls;
use ai::model::{FindOwner, Subject};
use ai::rules;
use ai::rules::Next;
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;
use vendors::ProviderErrorKind;
use vendors::ai::catalogue::Model;
use vendors::ai::{Answer, Finish, Message, Pieces, Request};

use crate::state::WorkerState;
use call::{CallOutcome, call, forward_stored};
use outcome::Failures;
use paid::{recall, was_useless};
use runtime::handler::{Attempt, JobError, Registration};

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[Registration::of::<SettleCalls>()];

/// The time for the offline reader.
const LAST_RESORT: Duration = Duration::from_secs(10);

/// A question to the AI, and the person whose budget pays for it.
pub(crate) struct Question<'a> {
    /// The key of its calls in the journal: the same for every attempt, so that it is paid once.
    pub key: &'a str,
    pub subject: Subject,
    pub find_owner: FindOwner,
    pub user_id: Uuid,
    /// Since when the person waits.
    pub since: DateTime<Utc>,
    pub request: Request,
    /// Receives the text while it is written.
    pub pieces: Option<Pieces>,
}

/// An answer that can be used.
pub(crate) struct Answered<T> {
    /// The parsed answer.
    pub value: T,
    pub answer: Answer,
    /// The vendor that gave it.
    pub vendor: String,
}

/// Asks the models of the route, unless an answer is stored already, and parses the answer with `parse`.
/// The model of an unusable answer may repair it once; then the next model is asked.
pub(crate) async fn ask<T>(
    state: &WorkerState,
    attempt: &Attempt,
    question: Question<'_>,
    parse: impl Fn(Value) -> Result<T, String>,
) -> Result<Answered<T>, JobError> {
    let deadline = Instant::now() + state.core.config.ai_use.step_deadline;
    let mut failures = Failures::default();
    if let Some(answered) = stored(state, attempt, &question, &parse).await? {
        return Ok(answered);
    }
    let mut models = route::models(state, &question);
    while let Some(model) = models.next(&failures) {
        let turn = ModelTurn {
            state,
            attempt,
            question: &question,
            model: &model,
            deadline,
            has_next: models.has_next(),
        };
        if let Some(answered) = turn.run(&parse, &mut failures).await? {
            return Ok(answered);
        }
        if failures.is_over() || deadline <= Instant::now() {
            break;
        }
        if let Some(why) = failures.newest() {
            ai::metrics::ai_fallback(question.request.step.as_str(), model.vendor.name(), why);
        }
    }
    if let Some(model) = models.last_resort(&failures) {
        let turn = ModelTurn {
            state,
            attempt,
            question: &question,
            model: &model,
            // Its own, because the others may have used the deadline up.
            deadline: Instant::now() + LAST_RESORT,
            has_next: false,
        };
        if let Some(answered) = turn.run(&parse, &mut failures).await? {
            return Ok(answered);
        }
    }
    Err(failures.into_error())
}

/// The usable answer that an earlier attempt has stored, if any. It needs no call, so it does not
/// depend on the state of the vendors.
async fn stored<T>(
    state: &WorkerState,
    attempt: &Attempt,
    question: &Question<'_>,
    parse: &impl Fn(Value) -> Result<T, String>,
) -> Result<Option<Answered<T>>, JobError> {
    let Some(paid) = recall::<Answer>(state, attempt, question.key).await? else {
        return Ok(None);
    };
    forward_stored(&paid, question.pieces.as_ref());
    match usable(&paid.answer, parse) {
        Ok(value) => Ok(Some(Answered {
            value,
            vendor: paid.provider,
            answer: paid.answer,
        })),
        Err(why) => {
            was_useless(state, paid.call, &why).await?;
            Ok(None)
        }
    }
}

fn usable<T>(answer: &Answer, parse: &impl Fn(Value) -> Result<T, String>) -> Result<T, String> {
    rules::finished(answer.finish).and_then(|()| parse(answer.json()?))
}

/// The turn of one model of the route.
struct ModelTurn<'a> {
    state: &'a WorkerState,
    attempt: &'a Attempt,
    question: &'a Question<'a>,
    model: &'a Model,
    deadline: Instant,
    has_next: bool,
}

impl ModelTurn<'_> {
    /// Asks the model: once more after a failure that may be over, and once more to repair an answer.
    async fn run<T>(
        &self,
        parse: &impl Fn(Value) -> Result<T, String>,
        failures: &mut Failures,
    ) -> Result<Option<Answered<T>>, JobError> {
        let mut request = self.question.request.clone();
        let mut tried = 0;
        loop {
            let called = call(self, &request).await?;
            let paid = match called {
                CallOutcome::Answered(paid) => paid,
                CallOutcome::Failed(why) => {
                    tried += 1;
                    let next = rules::after_failure(why.kind, tried, rand::random());
                    failures.failed(self.model.vendor, why);
                    match next {
                        Next::Same(wait) if Instant::now() + wait < self.deadline => {
                            tokio::time::sleep(wait).await;
                            continue;
                        }
                        _ => return Ok(None),
                    }
                }
                CallOutcome::Skipped(why) => {
                    failures.skipped(why);
                    return Ok(None);
                }
            };
            let refused = paid.answer.finish == Finish::Refused;
            let why = match usable(&paid.answer, parse) {
                Ok(value) => {
                    return Ok(Some(Answered {
                        value,
                        vendor: paid.provider,
                        answer: paid.answer,
                    }));
                }
                Err(why) => one_line(&why),
            };
            was_useless(self.state, paid.call, &why).await?;
            let kind = if refused {
                ProviderErrorKind::Refused
            } else {
                ProviderErrorKind::Protocol
            };
            let first = failures.useless(self.model, kind, &why, paid.useless_before);
            // A refusal is final for this model, and one repair of an answer is paid for.
            if refused || !first || !paid.is_new {
                return Ok(None);
            }
            request = repair_request(&self.question.request, &paid.answer, &why);
        }
    }
}

/// Shortens a message for the log: it may quote what the AI wrote.
fn one_line(why: &str) -> String {
    why.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(200)
        .collect()
}

/// The same request, with the unusable answer and what is wrong with it.
fn repair_request(request: &Request, answer: &Answer, why: &str) -> Request {
    /// Enough of the answer to see what is wrong.
    const QUOTED: usize = 4_000;
    let mut request = request.clone();
    let said: String = answer.text.chars().take(QUOTED).collect();
    // Vendors refuse an empty message.
    if !said.trim().is_empty() {
        request.messages.push(Message::assistant(said));
    }
    request.messages.push(Message::user(format!(
        "This answer cannot be used: {why}. Answer again: the whole of it, as JSON by the schema, \
         shorter if it was cut, and nothing else."
    )));
    request
}
