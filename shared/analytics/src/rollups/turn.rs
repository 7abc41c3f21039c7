//! A fact that is being counted: what it says of time and place. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use events::Event;
use uuid::Uuid;

use super::known::Known;
use super::sums::{Active, PersonDay, PlanKey, Quarter, Sums, Usage};

/// The plan of who has no other.
pub(super) const NO_PLAN: &str = "FREE";
const QUARTER_SECONDS: i64 = 900;

/// The quarter hour of a moment, in UTC.
pub fn bucket(at: DateTime<Utc>) -> DateTime<Utc> {
    let over = at.timestamp().rem_euclid(QUARTER_SECONDS);
    let nanos = i64::from(at.timestamp_subsec_nanos());
    at - TimeDelta::seconds(over) - TimeDelta::nanoseconds(nanos)
}

/// The account of a fact if it is an organization's, else the nil UUID.
pub fn organization(event: &Event) -> Uuid {
    let others = event
        .account_id
        .filter(|_| event.account_id != event.user_id);
    others.unwrap_or(Uuid::nil())
}

pub(super) struct Turn<'a> {
    pub event: &'a Event,
    pub quarter: Quarter,
    /// Who is there.
    pub person: Option<Uuid>,
    pub known: &'a mut Known,
    pub sums: &'a mut Sums,
}

impl Turn<'_> {
    /// Whether it stands in sums that were left as they were when the others were rebuilt.
    pub(super) fn is_counted_already(&self, bucket: DateTime<Utc>) -> bool {
        let rebuilt = self.known.rebuilt;
        rebuilt.is_some_and(|one| self.event.occurred_at < one.at && bucket < one.from)
    }

    pub(super) fn of_plan(&self, plan: &str) -> PlanKey {
        PlanKey {
            quarter: self.quarter.clone(),
            plan: plan.to_owned(),
        }
    }

    pub(super) fn person_day(&self) -> Option<PersonDay> {
        Some(PersonDay {
            day: *self.known.days.get(&self.quarter.bucket)?,
            user_id: self.person?,
            organization_id: self.quarter.organization_id,
        })
    }

    pub(super) fn active(&mut self) {
        let Some(key) = self.person_day() else { return };
        let known = self.known.people.get(&key.user_id);
        let plan = known
            .map_or(NO_PLAN, |person| person.plan.as_str())
            .to_owned();
        let Active { plan: last, events } = self.sums.active.entry(key).or_default();
        *last = plan;
        *events += 1;
    }

    pub(super) fn used(&mut self, add: impl FnOnce(&mut Usage)) {
        if let Some(key) = self.person_day() {
            add(self.sums.usage.entry(key).or_default());
        }
    }
}
