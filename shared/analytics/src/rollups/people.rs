//! What facts about persons add: who came, proved an address, went, has another plan. Pure.

use uuid::Uuid;

use super::facts::Verified;
use super::known::Person;
use super::sums::{PlanKey, Quarter};
use super::turn::{NO_PLAN, Turn, bucket};

impl Turn<'_> {
    pub(super) fn person_created(&mut self) {
        let key = self.of_plan(NO_PLAN);
        self.sums.signups.entry(key).or_default().signups += 1;
        let Some(user_id) = self.person else { return };
        let person = Person {
            user_id,
            signed_up_at: self.event.occurred_at,
            signup_plan: NO_PLAN.to_owned(),
            plan: NO_PLAN.to_owned(),
            verified_at: None,
            first_paid_at: None,
            organization_id: self.quarter.organization_id,
        };
        self.known.people.entry(user_id).or_insert(person);
        self.known.changed_people.insert(user_id);
    }

    pub(super) fn person_verified(&mut self, verified: &Verified) {
        let at = self.event.occurred_at;
        let person = self.person.and_then(|id| self.known.change_person(id));
        let (since, organization_id, plan) = match person {
            Some(person) if person.verified_at.is_some() => return,
            Some(person) => {
                person.verified_at = Some(at);
                let plan = person.signup_plan.clone();
                (person.signed_up_at, person.organization_id, plan)
            }
            // The person is gone: the fact itself says when they came, once.
            None => match verified.since {
                Some(since) => (since, Uuid::nil(), NO_PLAN.to_owned()),
                None => return,
            },
        };
        let bucket = bucket(since);
        if self.is_counted_already(bucket) {
            return;
        }
        let quarter = Quarter {
            bucket,
            organization_id,
        };
        let key = PlanKey { quarter, plan };
        self.sums.signups.entry(key).or_default().verified += 1;
    }

    pub(super) fn change_plan(&mut self, plan: &str) {
        if let Some(person) = self.person.and_then(|id| self.known.change_person(id)) {
            plan.clone_into(&mut person.plan);
        }
    }
}
