//! Asking an AI for a step: a route of models, one after the other, within one deadline. Called by the
//! handlers of the steps.
//!
//! Each call is paid once (`paid.rs`), passes the gate of its provider (`shared/ai/src/gate.rs`),
//! and how it ended decides what is done next (`shared/ai/src/rules.rs`). The handler's job is tried again
//! by the ledger when the whole route brought nothing.

mod call;
mod outcome;
mod paid;
mod route;
mod settle_calls;

use std::time::{Duration, Instant};

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
use call::{Called, call, hand_on};
use outcome::Failures;
use paid::{recall, was_useless};
use runtime::handler::{Attempt, JobError};

/// What the offline reader gets to read a cup.
const LAST_RESORT: Duration = Duration::from_secs(10);

/// What is asked, and the person for whom it is paid.
pub(crate) struct Question<'a> {
    /// The same for every attempt: its answer is asked for once.
    pub key: &'a str,
    pub subject: Subject,
    pub find_owner: FindOwner,
    pub user_id: Uuid,
    /// Since when the person waits.
    pub since: DateTime<Utc>,
    pub request: Request,
    /// Where the text goes as it comes.
    pub pieces: Option<Pieces>,
}

/// An answer that can be used.
pub(crate) struct Answered<T> {
    /// What was read in it.
    pub read: T,
    pub answer: Answer,
    /// The vendor that gave it.
    pub vendor: String,
}

/// Asks the models of the route, unless one has answered this before, and reads the answer with `read`.
/// An answer that cannot be read may be mended once, by the model that gave it; then others are asked.
pub(crate) async fn ask<T>(
    state: &WorkerState,
    attempt: &Attempt,
    question: Question<'_>,
    read: impl Fn(Value) -> Result<T, String>,
) -> Result<Answered<T>, JobError> {
    let deadline = Instant::now() + state.core.config.ai_use.step_deadline;
    let mut failures = Failures::default();
    if let Some(told) = remembered(state, attempt, &question, &read).await? {
        return Ok(told);
    }
    let mut models = route::models(state, &question);
    while let Some(model) = models.next(&failures) {
        let asking = Asking {
            state,
            attempt,
            question: &question,
            model: &model,
            deadline,
            has_next: models.has_next(),
        };
        if let Some(told) = asking.this_model(&read, &mut failures).await? {
            return Ok(told);
        }
        if failures.is_over() || deadline <= Instant::now() {
            break;
        }
        if let Some(why) = failures.newest() {
            ai::metrics::ai_fallback(question.request.step.as_str(), model.vendor.name(), why);
        }
    }
    if let Some(model) = models.last_resort(&failures) {
        let asking = Asking {
            state,
            attempt,
            question: &question,
            model: &model,
            // Whatever the others have left it: it takes a moment.
            deadline: Instant::now() + LAST_RESORT,
            has_next: false,
        };
        if let Some(told) = asking.this_model(&read, &mut failures).await? {
            return Ok(told);
        }
    }
    Err(failures.into_error())
}

/// The answer that an earlier attempt has stored, if there is one and it can be used: it needs no call,
/// whichever vendors are open or busy now.
async fn remembered<T>(
    state: &WorkerState,
    attempt: &Attempt,
    question: &Question<'_>,
    read: &impl Fn(Value) -> Result<T, String>,
) -> Result<Option<Answered<T>>, JobError> {
    let Some(paid) = recall::<Answer>(state, attempt, question.key).await? else {
        return Ok(None);
    };
    hand_on(&paid, question.pieces.as_ref());
    match usable(&paid.answer, read) {
        Ok(read) => Ok(Some(Answered {
            read,
            vendor: paid.provider,
            answer: paid.answer,
        })),
        Err(why) => {
            was_useless(state, paid.call, &why).await?;
            Ok(None)
        }
    }
}

fn usable<T>(answer: &Answer, read: &impl Fn(Value) -> Result<T, String>) -> Result<T, String> {
    rules::finished(answer.finish).and_then(|()| read(answer.json()?))
}

/// One model of the route at its turn.
struct Asking<'a> {
    state: &'a WorkerState,
    attempt: &'a Attempt,
    question: &'a Question<'a>,
    model: &'a Model,
    deadline: Instant,
    has_next: bool,
}

impl Asking<'_> {
    /// Asks it: once more after a fault that may be over, and once more for an answer that it may mend.
    async fn this_model<T>(
        &self,
        read: &impl Fn(Value) -> Result<T, String>,
        failures: &mut Failures,
    ) -> Result<Option<Answered<T>>, JobError> {
        let mut request = self.question.request.clone();
        let mut tried = 0;
        loop {
            let called = call(self, &request).await?;
            let paid = match called {
                Called::Answered(paid) => paid,
                Called::Failed(why) => {
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
                Called::NotAsked(why) => {
                    failures.not_asked(why);
                    return Ok(None);
                }
            };
            let refused = paid.answer.finish == Finish::Refused;
            let why = match usable(&paid.answer, read) {
                Ok(read) => {
                    return Ok(Some(Answered {
                        read,
                        vendor: paid.provider,
                        answer: paid.answer,
                    }));
                }
                Err(why) => shortened(&why),
            };
            was_useless(self.state, paid.call, &why).await?;
            let kind = if refused {
                ProviderErrorKind::Refused
            } else {
                ProviderErrorKind::Protocol
            };
            let first = failures.useless(self.model, kind, &why, paid.useless_before);
            // A model that refuses, refuses again; and only one try to mend an answer is paid for.
            if refused || !first || !paid.is_new {
                return Ok(None);
            }
            request = mended(&self.question.request, &paid.answer, &why);
        }
    }
}

/// One line of what is wrong: it may quote what the AI wrote, and goes to the log.
fn shortened(why: &str) -> String {
    why.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(200)
        .collect()
}

/// The same request, with the answer that was of no use and what is wrong with it.
fn mended(request: &Request, answer: &Answer, why: &str) -> Request {
    /// Enough to see what is wrong.
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
