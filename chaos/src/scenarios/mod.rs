//! The scenarios. Each has a random generator of its own, so that the same seed breaks the same things at
//! the same times.

mod api;
mod crowd;
mod postgres;
mod redis;
mod storm;
mod workers;

use world::chaos::Mix;

use crate::stage::{Fault, Scenario, Stage};

/// A scenario with the usual load and settings.
const fn usual(
    name: &'static str,
    about: &'static str,
    fault: for<'a, 'b> fn(&'a mut Stage<'b>) -> Fault<'a>,
) -> Scenario {
    Scenario {
        name,
        about,
        mix: Mix::short,
        settings: &[],
        spends_nothing: false,
        fault,
    }
}

/// All scenarios.
pub const ALL: &[Scenario] = &[
    usual(
        "worker-killed",
        "SIGKILL of workers at random, each replaced at once",
        workers::killed,
    ),
    Scenario {
        mix: |rate| Mix::short(rate).with_long(30, 2_500),
        ..usual(
            "killed-faster-than-a-job",
            "SIGKILLs in shorter order than some of the jobs last",
            workers::killed_faster_than_a_job,
        )
    },
    Scenario {
        mix: |rate| Mix::short(rate).with_long(30, 2_500),
        ..usual(
            "worker-frozen",
            "SIGSTOP of a worker until its jobs are taken from it, then SIGCONT",
            workers::frozen,
        )
    },
    Scenario {
        mix: |rate| Mix::short(rate).with_long(30, 1_500),
        settings: &[("WORKER_LEASE_MS", "15000")],
        spends_nothing: true,
        ..usual(
            "rolling-restart",
            "SIGTERM of one worker after the other, each followed by its successor",
            workers::rolled,
        )
    },
    usual(
        "redis-restarted",
        "Redis stopped and started",
        redis::restarted,
    ),
    Scenario {
        spends_nothing: true,
        ..usual("redis-emptied", "FLUSHALL, again and again", redis::emptied)
    },
    usual(
        "redis-frozen",
        "SIGSTOP of Redis for eight seconds",
        redis::frozen,
    ),
    usual("redis-gone", "no Redis for a minute", redis::gone),
    usual(
        "postgres-restarted",
        "Postgres stopped in order and started",
        postgres::restarted,
    ),
    usual(
        "postgres-crashed",
        "a backend killed, then an immediate stop: what was not flushed is gone",
        postgres::crashed,
    ),
    usual(
        "connections-cut",
        "every session terminated, again and again",
        postgres::cut,
    ),
    Scenario {
        settings: &[("DATABASE_POOL_SIZE", "4")],
        ..usual(
            "pool-exhausted",
            "all connections of the workers' pools wait for a lock",
            postgres::pool_exhausted,
        )
    },
    usual(
        "server-full",
        "another client holds every connection of Postgres",
        postgres::server_full,
    ),
    usual(
        "api-killed",
        "the API killed between its commit and its push",
        api::killed_before_push,
    ),
    Scenario {
        mix: |_| Mix::short(50),
        ..usual(
            "crowd",
            "ten thousand updates of a thousand people, doubled and in any order, in storms of 429",
            crowd::of_people,
        )
    },
    usual("storm", "random faults of all kinds", storm::all_faults),
];
