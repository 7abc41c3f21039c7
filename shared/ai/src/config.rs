//! Settings for the use of AI.

use std::time::Duration;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::model::Budgets;
use kernel::env::{Env, Section, Setting};

const STEP: Setting = Setting::new(
    "AI_STEP_SECONDS",
    "70",
    "For a step with all its tries and fallbacks (seconds).",
);
const CALL: Setting = Setting::new(
    "AI_CALL_SECONDS",
    "45",
    "For one call of it, from connecting to the last byte (seconds).",
);
const BREAKER_FAILURES: Setting = Setting::new(
    "AI_BREAKER_FAILURES",
    "5",
    "So many failures of a vendor in a row, and it is not asked for a time.",
);
const BREAKER_OPEN: Setting = Setting::new(
    "AI_BREAKER_OPEN_SECONDS",
    "10",
    "That time at first; twice as long each time the vendor still fails, five minutes at most.",
);
const LAST_RESORT: Setting = Setting::new(
    "AI_LAST_RESORT",
    "true",
    "Whether the offline reader writes a reading that has waited for too long.",
);
const LAST_RESORT_AFTER: Setting = Setting::new(
    "AI_LAST_RESORT_AFTER_SECONDS",
    "60",
    "How long that is (seconds); counted when the route gave no answer.",
);
/// The word for no budget.
const UNLIMITED: &str = "unlimited";

pub const DAILY_BUDGET: Setting = Setting::new(
    "AI_DAILY_BUDGET_USD",
    "50",
    "Dollars that calls may cost in a day (UTC). `unlimited`: any.",
);
const DAILY_BUDGET_PER_USER: Setting = Setting::new(
    "AI_DAILY_BUDGET_USD_PER_USER",
    "2",
    "The same for one person: a hundred readings by the dearest model of the routes in \
     workflows/models.toml. `unlimited`: any.",
);

pub const SETTINGS: Section = Section {
    title: "AI: time, failures and cost",
    settings: &[
        STEP,
        CALL,
        BREAKER_FAILURES,
        BREAKER_OPEN,
        LAST_RESORT,
        LAST_RESORT_AFTER,
        DAILY_BUDGET,
        DAILY_BUDGET_PER_USER,
    ],
};

/// Time and cost limits of a step.
#[derive(Clone, Debug)]
pub struct AiUse {
    /// For a whole step, with all retries and fallbacks.
    pub step_deadline: Duration,
    /// For one call, from connecting to the last byte.
    pub call_timeout: Duration,
    pub breaker: Breaker,
    pub budgets: Budgets,
    /// After waiting this long, a reading gets the offline reader if no other model answers; `None`: it
    /// keeps waiting.
    pub last_resort_after: Option<Duration>,
}

/// When the breaker of a provider opens, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Breaker {
    /// After so many failures in a row.
    pub failures: u32,
    /// How long it opens at first; doubled each time the probe fails.
    pub open: Duration,
    /// The longest time that it stays open.
    pub open_max: Duration,
}

impl AiUse {
    /// Reads these settings; faults are collected in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let mut seconds = |setting, bounds| Duration::from_secs(env.within(setting, bounds));
        let step_deadline = seconds(&STEP, 5..=300);
        let call_timeout = seconds(&CALL, 1..=300);
        let after = seconds(&LAST_RESORT_AFTER, 0..=86_400);
        let open = seconds(&BREAKER_OPEN, 1..=3_600);
        let failures = env.within(&BREAKER_FAILURES, 1..=100_000);
        Self {
            step_deadline,
            call_timeout,
            breaker: Breaker {
                failures: u32::try_from(failures).unwrap_or(u32::MAX),
                open,
                open_max: open.max(Duration::from_secs(300)),
            },
            budgets: Budgets {
                deployment: dollars(env, &DAILY_BUDGET),
                user: dollars(env, &DAILY_BUDGET_PER_USER),
            },
            last_resort_after: env.value::<bool>(&LAST_RESORT).then_some(after),
        }
    }
}

/// Reads an amount in dollars, as millionths of a dollar; `None`: no limit.
fn dollars(env: &mut Env<'_>, setting: &Setting) -> Option<i64> {
    let amount: String = env.value(setting);
    if amount == UNLIMITED {
        return None;
    }
    let micro = amount
        .parse::<Decimal>()
        .ok()
        .and_then(|amount| amount.checked_mul(Decimal::from(1_000_000)))
        .and_then(|micro| micro.floor().to_i64())
        .filter(|micro| *micro >= 0);
    if micro.is_none() {
        env.fault(
            setting,
            "it must be an amount in dollars of 0 or more (example: 12.50), or `unlimited`",
        );
    }
    micro
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &'static str) -> Result<AiUse, kernel::env::ConfigError> {
        let lookup = |asked: &str| (asked == name).then(|| value.to_owned());
        let mut env = Env::new(&lookup);
        let read = AiUse::read(&mut env);
        env.finish(read)
    }

    #[test]
    fn budgets_are_read_to_the_millionth_of_a_dollar_and_only_a_word_switches_them_off() {
        let budget = |value| read("AI_DAILY_BUDGET_USD", value).map(|read| read.budgets.deployment);
        assert_eq!(budget("12.345678").expect("valid"), Some(12_345_678));
        assert_eq!(budget("0").expect("valid"), Some(0));
        assert_eq!(budget("unlimited").expect("valid"), None);
        for unset in ["", " "] {
            let both = read("AI_DAILY_BUDGET_USD", unset).expect("valid").budgets;
            assert!(both.deployment.is_some() && both.user.is_some());
            assert!(
                both.user < both.deployment,
                "one person cannot use it up for all"
            );
        }
        assert!(budget("-1").is_err());
        assert!(budget("much").is_err());
    }
}
