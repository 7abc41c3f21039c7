//! Migrations are called `<timestamp>_<crate>_<verb>`, and touch that crate's tables or those of
//! floors above it.

use crate::owners::owned;
use crate::rooms::{Room, floor_of};
use crate::sql;

/// From before the crates had floors. Migrations that were applied somewhere keep their names.
const EARLIER: &[&str] = &[
    "20261121100000_users_create",
    "20261121100100_limits_create",
    "20261121100200_analyses_create",
    "20261121100300_messages_create",
    "20261121100400_jobs_create",
    "20261121100500_telegram_updates_create",
    "20261121110000_jobs_widen",
    "20261121110100_jobs_claim",
    "20261121110200_paid_calls_create",
    "20261121110300_probes_create",
    "20261121120000_plans_create",
    "20261121120100_subscriptions_create",
    "20261121120200_users_widen",
    "20261121120300_audit_logs_create",
    "20261121120400_api_keys_create",
    "20261121120500_idempotency_keys_create",
    "20261121120600_privacy_requests_create",
    "20261121120700_analyses_widen",
    "20261121120800_analyses_accept",
    "20261121120810_usage_view",
    "20261121120900_persons_isolate",
    "20261121140000_paid_calls_forget",
    "20261121150000_payments_settle",
    "20261121160000_paid_calls_price",
    "20261121160100_provider_health_create",
    "20261121170000_analyses_remember_steps",
];

/// What is wrong with migrations, given with their statements.
pub fn faults(migrations: &[(String, String)], rooms: &[Room]) -> Vec<String> {
    let names = migrations.iter().map(|(name, _)| name.as_str());
    let gone = EARLIER
        .iter()
        .filter(|earlier| !names.clone().any(|name| name == **earlier));
    let gone = gone.map(|name| format!("{name} was applied somewhere and is gone"));
    let later = migrations
        .iter()
        .filter(|(name, _)| !EARLIER.contains(&name.as_str()));
    let later = later.flat_map(|(name, statements)| faults_of(name, statements, rooms));
    gone.chain(later).collect()
}

fn faults_of(name: &str, statements: &str, rooms: &[Room]) -> Vec<String> {
    let Some((feature, floor)) = feature_of(name, rooms) else {
        return vec![format!("{name} is not called <timestamp>_<crate>_<verb>")];
    };
    let below = |(owner, _): &(&str, &str)| {
        let other = floor_of(rooms, owner).expect("an owner is a room");
        *owner != feature && other >= floor
    };
    let forbidden = owned().filter(below).map(|(_, table)| table);
    let named = sql::tables_in(statements, forbidden).into_iter();
    named
        .map(|table| format!("{name} names {table}, which is of a crate below {feature}"))
        .collect()
}

/// The crate in the name of a migration, and its floor.
fn feature_of<'a>(name: &'a str, rooms: &[Room]) -> Option<(&'a str, u8)> {
    let (timestamp, rest) = name.split_once('_')?;
    let (feature, verb) = rest.split_once('_')?;
    let sound = timestamp.len() == 14
        && timestamp.chars().all(|digit| digit.is_ascii_digit())
        && !verb.is_empty();
    sound.then_some((feature, floor_of(rooms, feature)?))
}

#[cfg(test)]
fn caught(name: &str, statements: &str) -> Vec<String> {
    let earlier = EARLIER
        .iter()
        .map(|name| ((*name).to_owned(), String::new()));
    let all: Vec<(String, String)> = earlier
        .chain([(name.to_owned(), statements.to_owned())])
        .collect();
    faults(&all, crate::rooms::ROOMS)
}

#[test]
fn a_migration_without_a_crate_or_of_a_crate_below_is_caught() {
    for (name, statements) in [
        ("20270101000000_create_cups", "SELECT 1"),
        ("20270101000000_money", "SELECT 1"),
        ("2027_money_widen", "SELECT 1"),
        (
            "20270101000000_people_widen",
            "ALTER TABLE payments ADD COLUMN a TEXT",
        ),
    ] {
        assert_eq!(caught(name, statements).len(), 1, "{name}");
    }
    assert_eq!(faults(&[], crate::rooms::ROOMS).len(), EARLIER.len());
}

#[test]
fn a_migration_may_touch_tables_of_its_crate_and_above() {
    let found = caught(
        "20270101000000_money_widen",
        "-- of analysis_history\nALTER TABLE payments ADD COLUMN a UUID REFERENCES users (id);",
    );
    assert_eq!(found, Vec::<String>::new());
}
