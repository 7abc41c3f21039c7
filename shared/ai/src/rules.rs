//! What becomes of a failed call, and what a call may cost. Pure.

use std::time::Duration;

use super::model::{Cost, CostSource};
use vendors::ProviderErrorKind as Kind;
use vendors::ai::catalogue::Model;
use vendors::ai::{Finish, Request, Step, Usage};

/// What is done after a call that brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The same model once more, after this long.
    Same(Duration),
    /// The next model of the route.
    Other,
}

/// The longest that a provider's wish to wait is heeded inside a step, where others could be asked
/// instead.
pub const WAIT_MAX: Duration = Duration::from_secs(5);

/// What to do after a failure: `tried` says how often this model failed in this step, `jitter` is
/// random from 0 to 1.
pub fn after_failure(kind: Kind, tried: u32, jitter: f64) -> Next {
    let soon = Duration::from_millis(250).mul_f64(1.0 + jitter);
    match kind {
        // Such faults are often over at once; a second one in a row is not.
        Kind::Transient if tried == 1 => Next::Same(soon),
        Kind::RateLimited(Some(after)) if tried == 1 && after <= WAIT_MAX => {
            Next::Same(after.max(soon).mul_f64(1.0 + jitter / 10.0))
        }
        // Those may be paid for (silence, a broken answer), or would fail again.
        _ => Next::Other,
    }
}

/// A call that has less time than this is not begun: it would be paid for in vain.
pub const SHORTEST_CALL: Duration = Duration::from_secs(2);

/// For how long a call may take of what is `left` of its step: at most `longest`, and no more than two
/// thirds where another model could be asked after it. `None`: not long enough to begin.
pub fn time_for_call(left: Duration, longest: Duration, has_next: bool) -> Option<Duration> {
    let shortest = SHORTEST_CALL.min(longest);
    let share = if has_next { left * 2 / 3 } else { left };
    (left >= shortest).then(|| share.min(longest).max(shortest))
}

/// Whether money may be owed for a call that ended so.
pub fn may_be_paid_for(kind: Kind) -> bool {
    matches!(kind, Kind::Timeout | Kind::Interrupted | Kind::Protocol)
}

/// What a call's end says about the provider's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It answers, be it that it will not do this.
    Alive,
    /// It does not do its part.
    Failing,
    /// It has more to do than it can, for so long.
    Busy(Duration),
}

/// How long a busy provider is not asked if it does not say for how long.
pub const BUSY_FOR: Duration = Duration::from_secs(5);

/// The longest time that a provider can ask not to be asked for.
pub const BUSY_MAX: Duration = Duration::from_secs(3_600);

/// Reads the sign of a failure.
pub fn sign(kind: Kind) -> Sign {
    match kind {
        // A key that is refused, too: but one model that was withdrawn shall not shut out the others.
        Kind::Transient | Kind::Interrupted | Kind::Timeout | Kind::Protocol | Kind::Auth => {
            Sign::Failing
        }
        Kind::RateLimited(after) => Sign::Busy(after.unwrap_or(BUSY_FOR).min(BUSY_MAX)),
        Kind::Rejected | Kind::Refused | Kind::TooLong => Sign::Alive,
    }
}

/// Why an answer is of no use whatever is in it.
///
/// # Errors
/// The reason.
pub fn finished(finish: Finish) -> Result<(), String> {
    match finish {
        Finish::Stop => Ok(()),
        Finish::Length => Err("the answer is cut: it would have become too long".to_owned()),
        Finish::Refused => Err("the model will not answer this".to_owned()),
    }
}

/// Tokens of a picture of 800 x 800, at most: Anthropic counts width x height / 750, others less.
const IMAGE_TOKENS: u64 = 1_600;

/// Tokens around a message.
const MESSAGE_TOKENS: u64 = 16;

/// The most tokens that a request has: three for five bytes. Running text has fewer with all tokenizers
/// of today: English one for about four bytes, Russian and Chinese one for two to five.
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

/// The most tokens that the answer of a step may have. A reading has up to 1,800 letters, which are a
/// thousand tokens and more in Russian; the rest is room for models that think first.
pub fn output_tokens_at_most(step: Step, model: &Model) -> u32 {
    let wanted = match step {
        Step::Vision => 2_000,
        Step::Interpretation => 4_000,
        Step::Chat => 2_500,
    };
    model.max_output.min(wanted)
}

/// Whether a request can fit into the model's context: only one that cannot by any count is not asked.
pub fn may_fit(request: &Request, model: &Model) -> bool {
    let at_least = input_tokens_at_most(request) / 4;
    at_least.saturating_add(output_tokens_at_most(request.step, model) / 4) <= model.context
}

/// What to reserve for a call, in millionths of a dollar.
pub fn reservation(request: &Request, model: &Model) -> i64 {
    let output = output_tokens_at_most(request.step, model);
    model
        .price
        .of(input_tokens_at_most(request), output)
        .min(COST_MAX)
}

/// No call costs more, in millionths of a dollar: a provider that reports more is mistaken.
const COST_MAX: i64 = 100_000_000;

/// What a call cost; `None`: the provider did not say what it used, or nothing that can be.
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
