//! Collects the failures of a step, and turns them into the outcome of its job.

use std::time::Duration;

use ai::journal::USELESS_MAX;
use ai::rules;
use kernel::{Error, ErrorCode};
use vendors::ai::Vendor;
use vendors::ai::catalogue::Model;
use vendors::{ProviderError, ProviderErrorKind as Kind};

use runtime::handler::JobError;

/// Why a model was not asked.
#[derive(Debug)]
pub(super) enum SkipReason {
    /// The breaker of its provider is open for so long.
    Closed {
        again: Duration,
    },
    /// Its provider refuses our credential.
    Refusing,
    /// The gate's limits for its provider are full.
    Full,
    /// The step has no time left.
    NoTime,
    TooManyUnknown(usize),
    TooManyUseless(usize),
    OverBudget {
        of_user: bool,
    },
}

/// The failures of a step so far.
#[derive(Default)]
pub(super) struct Failures {
    failed: Vec<ProviderError>,
    skipped: Vec<SkipReason>,
    /// Number of unusable answers.
    useless: usize,
    /// The newest failure, as a label of metrics.
    newest: Option<&'static str>,
}

impl Failures {
    pub(super) fn failed(&mut self, vendor: Vendor, why: ProviderError) {
        tracing::warn!(%vendor, error = %why, "a call to the AI failed");
        self.newest = Some(label(why.kind));
        self.failed.push(why);
    }

    pub(super) fn skipped(&mut self, why: SkipReason) {
        self.newest = Some(match why {
            SkipReason::Closed { .. } => "closed",
            SkipReason::Refusing => label(Kind::Auth),
            SkipReason::Full => "full",
            SkipReason::OverBudget { .. } => "over_budget",
            _ => "not_asked",
        });
        self.skipped.push(why);
    }

    /// Records an unusable answer. Returns whether it was the first.
    pub(super) fn useless(&mut self, model: &Model, kind: Kind, why: &str, before: usize) -> bool {
        let message = format!("the answer of {} cannot be used: {why}", model.name);
        self.failed(model.vendor, model.vendor.error(kind, message));
        let first = self.useless + before == 0;
        self.useless = self.useless.max(before) + 1;
        first
    }

    /// Whether no further model is asked in this step.
    pub(super) fn is_over(&self) -> bool {
        self.skipped
            .iter()
            .any(|why| matches!(why, SkipReason::NoTime))
    }

    /// Whether only models that cost nothing may be asked.
    pub(super) fn only_free(&self) -> bool {
        use SkipReason::{OverBudget, TooManyUnknown, TooManyUseless};
        let stops = |why: &SkipReason| {
            matches!(
                why,
                OverBudget { .. } | TooManyUnknown(_) | TooManyUseless(_)
            )
        };
        self.useless >= USELESS_MAX || self.skipped.iter().any(stops)
    }

    /// Whether a model refused to answer this because of its content.
    pub(super) fn was_refused(&self) -> bool {
        self.failed.iter().any(|why| why.kind == Kind::Refused)
    }

    /// Whether a model may answer later by itself. Else only an operator can help, or another request.
    pub(super) fn may_pass(&self) -> bool {
        let passes = |why: &SkipReason| !matches!(why, SkipReason::Refusing);
        self.skipped.iter().any(passes) || self.failed.iter().any(rules::may_pass)
    }

    /// The newest failure, as a label of metrics.
    pub(super) fn newest(&self) -> Option<&'static str> {
        self.newest
    }

    /// The outcome of the job: given up if no model can answer or the budget is used up; snoozed if only
    /// the limits of the gate were in the way; else retried.
    pub(super) fn into_error(self) -> JobError {
        for why in &self.skipped {
            match why {
                SkipReason::OverBudget { of_user } => return over_budget(*of_user),
                SkipReason::TooManyUnknown(count) => {
                    return give_up(
                        vendors::codes::AI_TIMEOUT,
                        format!("the end of {count} calls is unknown"),
                    );
                }
                SkipReason::TooManyUseless(count) => {
                    return give_up(
                        vendors::codes::AI_INVALID_RESPONSE,
                        format!("{count} answers were unusable"),
                    );
                }
                _ => {}
            }
        }
        if self.useless >= USELESS_MAX {
            let why = self.failed.into_iter().next_back();
            let source = why.map_or_else(|| Error::internal("no answer"), Error::from);
            return JobError::GiveUp { source };
        }
        let full = self
            .skipped
            .iter()
            .any(|why| matches!(why, SkipReason::Full));
        if self.failed.is_empty() && full {
            return JobError::NotNow(Duration::from_secs(1));
        }
        self.again()
    }

    fn again(self) -> JobError {
        let closed = self.skipped.iter().filter_map(|why| match why {
            SkipReason::Closed { again } => Some(*again),
            _ => None,
        });
        // The job comes back when the first of them may be asked again.
        let waits = self.failed.iter().filter_map(ProviderError::retry_after);
        let after = closed.chain(waits).min();
        let may_come = self.may_pass();
        // Reports the last failure that may pass, or else the last.
        let reported = self.failed.iter().rposition(rules::may_pass);
        let reported = reported.or(self.failed.len().checked_sub(1));
        let source = match reported.and_then(|at| self.failed.into_iter().nth(at)) {
            Some(why) => Error::from(why),
            None => Error::Unavailable {
                code: vendors::codes::AI_UNAVAILABLE,
                source: "no model could be asked".into(),
            },
        };
        if may_come {
            JobError::Retry { after, source }
        } else {
            JobError::GiveUp { source }
        }
    }
}

/// A kind of failure, as a label of metrics.
pub(super) fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Timeout => "timeout",
        Kind::RateLimited(_) => "rate_limited",
        Kind::Transient => "transient",
        Kind::Interrupted => "interrupted",
        Kind::NotReady => "not_ready",
        Kind::Rejected => "rejected",
        Kind::Refused => "refused",
        Kind::TooLong => "too_long",
        Kind::Auth => "auth",
        Kind::Withdrawn => "withdrawn",
        Kind::RecipientGone => "recipient_gone",
        Kind::Protocol => "invalid",
    }
}

fn give_up(code: ErrorCode, why: String) -> JobError {
    JobError::GiveUp {
        source: Error::Internal {
            code,
            source: why.into(),
        },
    }
}

fn over_budget(of_user: bool) -> JobError {
    let whose = if of_user {
        "this person"
    } else {
        "the deployment"
    };
    give_up(
        ai::codes::AI_BUDGET_EXHAUSTED,
        format!("the budget of {whose} for the day is used up"),
    )
}
