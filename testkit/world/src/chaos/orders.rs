//! The random scripts of a load's jobs.

use probes::jobs::{Act, Probe};
use uuid::Uuid;

use super::Dice;

/// How many jobs of one key may run at once. One: then a single violation shows.
pub const RUNNING_PER_KEY: i64 = 1;

/// The number of keys over which the jobs with a limit are spread.
const KEYS: usize = 8;

/// The rate of a load, and the kinds of its jobs.
#[derive(Clone, Copy, Debug)]
pub struct Mix {
    /// Jobs a second.
    pub per_second: u32,
    /// How many in 1,000 run for `long_ms`; the others run for 5 to 50 ms.
    pub long: u32,
    pub long_ms: u64,
}

impl Mix {
    /// Only short jobs.
    pub fn short(per_second: u32) -> Self {
        Self {
            per_second,
            long: 0,
            long_ms: 0,
        }
    }

    /// The same with some long jobs.
    pub fn with_long(self, in_thousand: u32, long_ms: u64) -> Self {
        Self {
            long: in_thousand,
            long_ms,
            ..self
        }
    }
}

/// A job that was sent, and how it has to end.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub probe: Uuid,
    /// Its script gives up: it has to end dead.
    pub dies: bool,
    /// Its script fails once, which spends an attempt.
    pub fails: bool,
}

impl Order {
    /// The next order, and its job.
    pub(super) fn next(dice: &mut Dice, mix: Mix) -> (Self, Probe) {
        let mut probe = Probe::new(Vec::new());
        let mut order = Self {
            probe: probe.id,
            dies: false,
            fails: false,
        };
        let finish = Act::Finish {
            ms: if dice.in_thousand(mix.long) {
                mix.long_ms
            } else {
                dice.number(5..50)
            },
        };
        probe.script = match dice.number(0..100) {
            0 => {
                order.dies = true;
                vec![Act::GiveUp]
            }
            1..8 => {
                order.fails = true;
                let after_ms = Some(dice.number(1..200));
                vec![Act::Fail { after_ms }, finish]
            }
            8..13 => {
                let ms = dice.number(1..300);
                vec![Act::Snooze { ms }, finish]
            }
            _ => vec![finish],
        };
        probe.class = [1, 2, 2, 2, 3][dice.one_of(5)];
        probe.limit_keys = match dice.number(0..100) {
            0..15 => vec![format!("user:{}", dice.one_of(KEYS))],
            15..20 => vec![format!("chat:{}", dice.one_of(KEYS))],
            _ => Vec::new(),
        };
        (order, probe)
    }
}
