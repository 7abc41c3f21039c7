//! Rules for failed calls, and for the cost of calls. Pure functions.

use std::time::Duration;

use super::model::{Cost, CostSource};
use vendors::ai::catalogue::Model;
use vendors::ai::{Finish, Request, Step, Usage};
use vendors::{ProviderError, ProviderErrorKind as Kind};

/// What to do after a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Call the same model again, after this long.
    Same(Duration),
    /// Call the next model of the route.
    Other,
}

/// The longest wait that a provider may ask for inside a step; beyond it the next model is called.
pub const WAIT_MAX: Duration = Duration::from_secs(5);

/// What to do after a failure: `tried` says how often this model failed in this step, `jitter` is
/// random from 0 to 1.
pub fn after_failure(kind: Kind, tried: u32, jitter: f64) -> Next {
    let soon = Duration::from_millis(250).mul_f64(1.0 + jitter);
    match kind {
        // Such faults often pass at once; a second one in a row does not.
        Kind::Transient if tried == 1 => Next::Same(soon),
        Kind::RateLimited(Some(after)) if tried == 1 && after <= WAIT_MAX => {
            Next::Same(after.max(soon).mul_f64(1.0 + jitter / 10.0))
        }
        // These may be paid for (a timeout, a broken answer), or would fail again.
        _ => Next::Other,
    }
}

/// A call with less time than this is not made: it would be paid for without an answer.
pub const SHORTEST_CALL: Duration = Duration::from_secs(2);

/// The timeout of a call, when `left` remains of its step: at most `longest`, and at most two thirds of
/// `left` if another model could be called after it. `None`: too little time is left.
pub fn time_for_call(left: Duration, longest: Duration, has_next: bool) -> Option<Duration> {
    let shortest = SHORTEST_CALL.min(longest);
    let share = if has_next { left * 2 / 3 } else { left };
    (left >= shortest).then(|| share.min(longest).max(shortest))
}

/// Whether a call with this failure may have been paid for.
pub fn may_be_paid_for(kind: Kind) -> bool {
    matches!(kind, Kind::Timeout | Kind::Interrupted | Kind::Protocol)
}

/// Whether the same call to AI may succeed later by itself. A credential that is refused stays so until an
/// operator replaces it.
pub fn may_pass(why: &ProviderError) -> bool {
    why.is_retryable() && !is_for_operators(why.kind)
}

/// Whether a failure is a fault of the deployment: of its key, its account, or its list of models.
pub fn is_for_operators(kind: Kind) -> bool {
    matches!(kind, Kind::Auth | Kind::Withdrawn)
}

/// What the outcome of a call says about the health of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It answers, possibly with a refusal.
    Alive,
    /// It fails.
    Failing,
    /// It refuses our credential or our account, and so every call.
    Refusing,
    /// It is overloaded, for so long.
    Busy(Duration),
}

/// How long a busy provider is not called if it does not say for how long.
pub const BUSY_FOR: Duration = Duration::from_secs(5);

/// The longest time for which a provider can ask not to be called.
pub const BUSY_MAX: Duration = Duration::from_secs(3_600);

/// What a failure says about the health of the provider.
pub fn sign(kind: Kind) -> Sign {
    match kind {
        Kind::Transient | Kind::Interrupted | Kind::Timeout | Kind::Protocol => Sign::Failing,
        Kind::Auth => Sign::Refusing,
        Kind::RateLimited(after) => Sign::Busy(after.unwrap_or(BUSY_FOR).min(BUSY_MAX)),
        // A withdrawn model must not block the others of its vendor.
        Kind::NotReady
        | Kind::Rejected
        | Kind::Refused
        | Kind::TooLong
        | Kind::Withdrawn
        | Kind::RecipientGone => Sign::Alive,
    }
}

/// Checks that the model has finished its answer.
///
/// # Errors
/// Why the answer is unusable.
pub fn finished(finish: Finish) -> Result<(), String> {
    match finish {
        Finish::Stop => Ok(()),
        Finish::Length => Err("the answer is truncated at the maximum length".to_owned()),
        Finish::Refused => Err("the model refused to answer".to_owned()),
    }
}

/// The most tokens of a picture of 800 x 800: Anthropic counts width x height / 750, others less.
const IMAGE_TOKENS: u64 = 1_600;

/// Tokens of the frame of a message.
const MESSAGE_TOKENS: u64 = 16;

/// An upper bound of the tokens of a request: three for five bytes. Prose has fewer with all current
/// tokenizers: English one for about four bytes, Russian and Chinese one for two to five.
pub fn input_tokens_at_most(request: &Request) -> u32 {
    let schema = request
        .schema
        .as_ref()
        .map_or(0, |schema| schema.schema.to_string().len());
    let texts: usize = request
        .messages
        .iter()
        .map(|message| message.text.len())
        .sum();
    let images = request
        .messages
        .iter()
        .filter(|message| message.image.is_some())
        .count() as u64;
    let bytes = (request.system.len() + schema + texts) as u64;
    let around = MESSAGE_TOKENS * (request.messages.len() as u64 + 1);
    u32::try_from(bytes.saturating_mul(3).div_ceil(5) + images * IMAGE_TOKENS + around)
        .unwrap_or(u32::MAX)
}

/// The maximum tokens of the answer of a step. A reading has up to 1,800 letters, which are over a
/// thousand tokens in Russian; the rest is for the reasoning tokens of models.
pub fn output_tokens_at_most(step: Step, model: &Model) -> u32 {
    let wanted = match step {
        Step::Vision => 2_000,
        Step::Interpretation => 4_000,
        Step::Chat => 2_500,
    };
    model.max_output.min(wanted)
}

/// Whether a request may fit into the context of a model: false only if it cannot fit by any count.
pub fn may_fit(request: &Request, model: &Model) -> bool {
    let at_least = input_tokens_at_most(request) / 4;
    at_least.saturating_add(output_tokens_at_most(request.step, model) / 4) <= model.context
}

/// The amount to reserve for a call, in millionths of a dollar.
pub fn reservation(request: &Request, model: &Model) -> i64 {
    let output = output_tokens_at_most(request.step, model);
    model
        .price
        .of(input_tokens_at_most(request), output)
        .min(COST_MAX)
}

/// The maximum cost of a call, in millionths of a dollar: a higher reported cost is an error.
const COST_MAX: i64 = 100_000_000;

/// The cost of a call; `None`: the provider reported no usage, or an impossible one.
pub fn cost(usage: Option<Usage>, model: &Model) -> Option<Cost> {
    let usage = usage.filter(|usage| (0..=COST_MAX).contains(&model.price.of_usage(usage)))?;
    let tokens = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    Some(Cost {
        micro_usd: model.price.of_usage(&usage),
        source: match (usage.cost_micro_usd, model.price.is_free()) {
            (Some(_), _) => CostSource::Reported,
            (None, true) => CostSource::Free,
            (None, false) => CostSource::Priced,
        },
        input_tokens: tokens(usage.input_tokens),
        output_tokens: tokens(usage.output_tokens),
    })
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
