//! What each fact adds to which sums. Pure: [`count`] sees what is known and changes it.

use chrono::{DateTime, Utc};
use events::Event;

use super::facts::Counted;
use super::known::Known;
use super::sums::{Quarter, Sums};
use super::turn::{NO_PLAN, Turn, bucket, organization};

/// When a fact counts: the producer's moment, if it has one.
pub fn moment(event: &Event, counted: &Counted) -> DateTime<Utc> {
    let own = match counted {
        Counted::ProviderCalled(called) => called.at,
        Counted::PaymentBooked(booked) => booked.at,
        _ => None,
    };
    own.unwrap_or(event.occurred_at)
}

/// Adds a fact to the sums.
pub fn count(known: &mut Known, sums: &mut Sums, event: &Event, counted: &Counted) {
    let at = moment(event, counted);
    let mut turn = Turn {
        event,
        quarter: Quarter {
            bucket: bucket(at),
            organization_id: organization(event),
        },
        person: known.present(event.user_id),
        known,
        sums,
    };
    if !turn.is_counted_already(turn.quarter.bucket) {
        turn.count_money(counted);
        turn.count_use(counted);
    }
    turn.count_people(counted);
}

impl Turn<'_> {
    fn count_people(&mut self, counted: &Counted) {
        match counted {
            Counted::PersonCreated => self.person_created(),
            Counted::PersonVerified(verified) => self.person_verified(verified),
            Counted::PersonDeleted => {
                let key = self.of_plan(NO_PLAN);
                self.sums.signups.entry(key).or_default().deleted += 1;
            }
            Counted::PlanChanged(changed) => {
                let account = self.event.account_id;
                if self.person.is_some() && self.person == account {
                    self.change_plan(&changed.to);
                }
            }
            _ => {}
        }
    }

    fn count_use(&mut self, counted: &Counted) {
        match counted {
            Counted::SignedIn | Counted::KeyUsed => self.active(),
            Counted::ReadingCreated => {
                self.message();
                self.used(|usage| usage.readings += 1);
            }
            Counted::MessageCreated(message) => {
                self.message();
                self.conversation(message, 1);
            }
            Counted::ConversationCreated(message) => {
                self.activity().conversations += 1;
                self.conversation(message, 0);
            }
            Counted::ReadingEnded(ended) if ended.state == "completed" => self.reply(ended),
            Counted::MessageCompleted(ended) => self.reply(ended),
            Counted::ReadingEnded(ended) if ended.state == "failed" => {
                self.activity().failures += 1;
            }
            Counted::MessageFailed => self.activity().failures += 1,
            Counted::ProviderCalled(called) => self.called(called),
            _ => {}
        }
    }

    fn count_money(&mut self, counted: &Counted) {
        match counted {
            Counted::PaymentMoved(payment) => self.payment_moved(payment),
            Counted::PaymentBooked(booked) => self.payment_booked(booked),
            Counted::SubscriptionMoved(moved) => self.subscription_moved(moved),
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
