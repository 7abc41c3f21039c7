//! Random histories, the same for the same seed.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// A generator of numbers: SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(u64);

impl Random {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        let at = usize::try_from(self.below(all.len() as u64)).expect("an index");
        all[at].clone()
    }
}

/// An event that is to be written.
#[derive(Clone, Debug)]
pub struct Told {
    pub name: &'static str,
    /// Minutes since the first of October 2026, UTC.
    pub minute: i64,
    pub person: Option<Uuid>,
    pub account: Option<Uuid>,
    pub data: Value,
}

/// The last one was here before the outbox: no event says that they came.
pub const PERSONS: [Uuid; 5] = [
    Uuid::from_u128(1),
    Uuid::from_u128(2),
    Uuid::from_u128(3),
    Uuid::from_u128(4),
    Uuid::from_u128(5),
];

/// When the rows of all persons were made: on 15 September, in minutes.
pub const CAME: i64 = -15 * 24 * 60 - 13 * 60 - 53;

/// Whose row is not there: they are named by events that were written before their erasure.
pub const GONE: Uuid = Uuid::from_u128(9);
const ORGANIZATION: Uuid = Uuid::from_u128(100);
const PLANS: [&str; 3] = ["FREE", "BASIC", "PRO"];

/// So many minutes after the first of October 2026, UTC.
pub fn moment(minute: i64) -> DateTime<Utc> {
    let first: DateTime<Utc> = "2026-10-01T00:00:00Z".parse().expect("a moment");
    first + TimeDelta::minutes(minute)
}

/// So many events of October and November; in the order of time, or not. Each person but the last comes
/// once, before anything else.
pub fn history(seed: u64, events: usize, is_ordered: bool) -> Vec<Told> {
    let mut random = Random::of(seed);
    let last = 61 * 24 * 60;
    let mut minutes: Vec<i64> = (0..events)
        .map(|_| i64::try_from(random.below(last)).expect("a minute"))
        .collect();
    if is_ordered {
        minutes.sort_unstable();
    }
    let mut plans = [0; PERSONS.len()];
    let mut told: Vec<Told> = Vec::new();
    for (at, minute) in minutes.into_iter().enumerate() {
        let new = PERSONS[..PERSONS.len() - 1].get(at).copied();
        told.push(match new {
            Some(person) => of_person("person.created", minute, person, json!({})),
            None => one(&mut random, minute, &mut plans),
        });
    }
    told
}

fn of_person(name: &'static str, minute: i64, person: Uuid, data: Value) -> Told {
    Told {
        name,
        minute,
        person: Some(person),
        account: Some(person),
        data,
    }
}

fn one(random: &mut Random, minute: i64, plans: &mut [usize; PERSONS.len()]) -> Told {
    let who = usize::try_from(random.below(PERSONS.len() as u64)).expect("an index");
    let person = PERSONS[who];
    let late = minute - i64::try_from(random.below(2_000)).expect("minutes");
    let late = moment(late).to_rfc3339();
    let mut told = match random.below(13) {
        0 => of_person("person.verified", minute, person, json!({ "since": null })),
        1 => of_person("person.signed_in", minute, person, json!({})),
        2 | 3 => of_person("reading.created", minute, person, json!({})),
        4 | 5 => of_person("reading.ended", minute, person, ended(random)),
        6 => {
            let (from, to) = (
                plans[who],
                usize::try_from(random.below(3)).expect("a plan"),
            );
            plans[who] = to;
            let data = json!({ "from": PLANS[from], "to": PLANS[to] });
            of_person("plan.changed", minute, person, data)
        }
        7 | 8 => of_person("provider.called", minute, person, called(random, &late)),
        9 => of_person("payment.booked", minute, person, booked(random, &late)),
        10 => of_person("subscription.moved", minute, person, moved(random)),
        11 => of_person("key.used", minute, person, json!({})),
        _ => Told {
            name: "person.deleted",
            minute,
            person: None,
            account: None,
            data: json!({}),
        },
    };
    // A change of plan follows from the one before.
    match random.below(10) {
        _ if told.name == "plan.changed" => {}
        0 => told.account = told.person.map(|_| ORGANIZATION),
        1 => (told.person, told.account) = (None, None),
        2 => (told.person, told.account) = (Some(GONE), Some(GONE)),
        _ => {}
    }
    told
}

fn ended(random: &mut Random) -> Value {
    json!({
        "state": random.one_of(&["completed", "completed", "failed", "canceled"]),
        "plan": random.one_of(&PLANS), "provider": random.one_of(&[Some("one"), Some("other"), None]),
        "model": "m", "tokens_in": random.below(100), "tokens_out": random.below(100),
    })
}

fn called(random: &mut Random, at: &str) -> Value {
    let was = random.one_of(&[None, None, Some("unknown"), Some("answered")]);
    json!({
        "at": at, "provider": random.one_of(&["one", "other"]), "model": random.one_of(&["m", "n"]),
        "kind": random.one_of(&["answered", "timeout", "server", "unusable"]), "was": was,
        "ms": random.below(60_000), "was_ms": was.map(|_| random.below(60_000)),
        "tokens_in": random.below(100), "tokens_out": random.below(100), "cost_micro_usd": random.below(10_000),
        "instead_of": random.one_of(&[json!(null), json!({ "provider": "third", "model": "z" })]),
    })
}

fn booked(random: &mut Random, at: &str) -> Value {
    json!({
        "at": at, "kind": random.one_of(&["paid", "paid", "returned", "return_failed", "disputed"]),
        "amount": random.below(100_000), "currency": random.one_of(&["EUR", "RUB"]),
        "tier": random.one_of(&["BASIC", "PRO"]),
    })
}

fn moved(random: &mut Random) -> Value {
    let mut side = || {
        let mrr = 1 + random.below(10_000);
        random.one_of(&[
            json!(null),
            json!({ "tier": "PRO", "currency": "EUR", "mrr": mrr }),
        ])
    };
    let (from, to) = (side(), side());
    json!({ "movement": random.one_of(&["new", "churn", "expansion"]), "from": from, "to": to })
}
