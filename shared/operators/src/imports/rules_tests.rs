use super::*;
use chrono::TimeDelta;
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().expect("a time")
}

fn terms() -> Terms {
    let twice = HashSet::from([13]);
    Terms { twice, now: now() }
}

/// A person of the pre-MVP, with this value in this column.
fn with(column: &str, value: Value) -> Older {
    let mut person = json!({
        "id": 1, "telegram_id": 7, "username": "ann", "first_name": "Ann", "subscription_tier": "FREE",
        "paid_until": null, "created_at": "2025-03-01T10:00:00.000001+00:00",
    });
    person[column] = value;
    Older {
        id: 1,
        person,
        readings: vec![
            json!({ "id": 5, "created_at": "2025-03-02T10:00:00+00:00", "result": "A bird." }),
        ],
    }
}

fn plan_of(tier: &str, until: Value) -> Result<Plan, Vec<Reason>> {
    let mut older = with("subscription_tier", json!(tier));
    older.person["paid_until"] = until;
    judge(&older, &terms()).map(|arrival| arrival.plan)
}

#[test]
fn what_the_pre_mvp_has_of_a_person_comes_as_it_is() {
    let arrival = judge(&with("last_name", json!("")), &terms()).expect("a good one");
    assert_eq!((arrival.source_id, arrival.telegram_id), (1, 7));
    assert_eq!(arrival.first_name.as_deref(), Some("Ann"));
    assert_eq!(arrival.last_name, None);
    assert_eq!(
        arrival.created_at.to_rfc3339(),
        "2025-03-01T10:00:00.000001+00:00"
    );
    assert_eq!(arrival.plan, Plan::Free);
    assert_eq!(arrival.readings[0].result, "A bird.");
}

#[test]
fn what_is_broken_is_named() {
    for (column, value, reason) in [
        ("telegram_id", json!(null), Reason::TelegramIdMissing),
        ("telegram_id", json!(-100), Reason::TelegramIdInvalid),
        ("telegram_id", json!("7"), Reason::TelegramIdInvalid),
        ("telegram_id", json!(13), Reason::TelegramIdTwice),
        ("created_at", json!(null), Reason::CreatedAtInvalid),
        ("created_at", json!("infinity"), Reason::CreatedAtInvalid),
        (
            "created_at",
            json!("2026-11-30T12:00:01Z"),
            Reason::CreatedAtInvalid,
        ),
        ("subscription_tier", json!("GOLD"), Reason::TierUnknown),
        ("subscription_tier", json!("BASIC"), Reason::EndMissing),
        ("subscription_tier", json!("TRIAL"), Reason::EndMissing),
    ] {
        let judged = judge(&with(column, value.clone()), &terms());
        assert_eq!(judged, Err(vec![reason]), "{column}: {value}");
    }
    for (column, value) in [("result", json!(" ")), ("created_at", json!(null))] {
        let mut older = with("id", json!(1));
        older.readings[0][column] = value;
        assert_eq!(judge(&older, &terms()), Err(vec![Reason::ReadingBroken]));
    }
    let mut twofold = with("telegram_id", json!(null));
    twofold.person["created_at"] = json!(null);
    let reasons = vec![Reason::TelegramIdMissing, Reason::CreatedAtInvalid];
    assert_eq!(judge(&twofold, &terms()), Err(reasons));
}

#[test]
fn paid_time_is_kept_and_what_is_over_is_no_plan() {
    let (later, earlier) = (now() + TimeDelta::days(9), now() - TimeDelta::days(9));
    assert_eq!(
        plan_of("PREMIUM", json!(later)),
        Ok(Plan::Paid(SubscriptionTier::Premium, later))
    );
    assert_eq!(plan_of("PREMIUM", json!(earlier)), Ok(Plan::Free));
    assert_eq!(plan_of("TRIAL", json!(earlier)), Ok(Plan::Trial(earlier)));
    assert_eq!(plan_of("FREE", json!(later)), Ok(Plan::Free));
    let older = with("subscription_tier", json!(null));
    assert_eq!(judge(&older, &terms()).map(|one| one.plan), Ok(Plan::Free));
}

fn arrival(plan: Plan) -> Arrival {
    let arrival = judge(&with("id", json!(1)), &terms()).expect("a good one");
    Arrival { plan, ..arrival }
}

#[test]
fn who_was_deleted_here_does_not_come_back() {
    let gone = Here {
        is_imported: true,
        ..Here::default()
    };
    assert_eq!(fate(&arrival(Plan::Free), &gone, now()), Fate::Gone);
    let deleted = Here {
        was_deleted: true,
        ..Here::default()
    };
    let refused = Fate::Refused(Reason::DeletedHere);
    assert_eq!(fate(&arrival(Plan::Free), &deleted, now()), refused);
}

#[test]
fn a_plan_that_was_changed_here_stays_and_one_as_it_came_follows_the_pre_mvp() {
    use SubscriptionTier::{Basic, Premium};
    let (soon, later) = (now() + TimeDelta::days(9), now() + TimeDelta::days(39));
    let paid = arrival(Plan::Paid(Basic, later));
    let here = |tier, until, brought: Option<SubscriptionTier>| Here {
        user_id: Some(Uuid::nil()),
        is_imported: brought.is_some(),
        imported_as: brought.map(|_| Uuid::nil()),
        tier: Some(tier),
        until: Some(until),
        brought_tier: brought,
        brought_until: brought.map(|_| soon),
        ..Here::default()
    };
    let comes = |with_plan| Fate::Comes { with_plan };
    for (known, expected) in [
        (Here::default(), comes(true)),
        // As it came, and paid for again on the other side.
        (here(Basic, soon, Some(Basic)), comes(true)),
        (here(Basic, later, Some(Basic)), comes(false)),
        // Bought here since.
        (here(Premium, soon, Some(Basic)), comes(false)),
        // Bought here by a person who has not come.
        (
            here(Premium, soon, None),
            Fate::Refused(Reason::PlanOnBothSides),
        ),
        // Over.
        (here(Premium, now(), None), comes(true)),
    ] {
        assert_eq!(fate(&paid, &known, now()), expected, "{known:?}");
    }
    let trial = arrival(Plan::Trial(soon));
    assert_eq!(fate(&trial, &Here::default(), now()), comes(true));
    assert_eq!(
        fate(&trial, &here(Premium, soon, None), now()),
        comes(false)
    );
}
