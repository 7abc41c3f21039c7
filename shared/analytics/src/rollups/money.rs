//! What facts about money add. Pure.

use super::facts::{Booked, Moved, Payment};
use super::known::Customer;
use super::sums::{MoneyKey, Movement, MovementKey};
use super::turn::Turn;

impl Turn<'_> {
    pub(super) fn money(&self, currency: &str, plan: &str) -> MoneyKey {
        MoneyKey {
            quarter: self.quarter.clone(),
            currency: currency.to_owned(),
            plan: plan.to_owned(),
        }
    }

    pub(super) fn payment_moved(&mut self, payment: &Payment) {
        if payment.to == "failed" {
            let key = self.money(&payment.currency, &payment.tier);
            self.sums.revenue.entry(key).or_default().failures += 1;
        }
    }

    pub(super) fn payment_booked(&mut self, booked: &Booked) {
        let (gross, refunded) = match booked.kind.as_str() {
            "paid" => (booked.amount, 0),
            "returned" => (0, booked.amount),
            "return_failed" => (0, -booked.amount),
            _ => return,
        };
        let is_paid = booked.kind == "paid";
        let key = self.money(&booked.currency, &booked.tier);
        let revenue = self.sums.revenue.entry(key).or_default();
        revenue.gross += gross;
        revenue.refunded += refunded;
        revenue.payments += i64::from(is_paid);
        let at = booked.at.unwrap_or(self.event.occurred_at);
        if let Some(customer) = self.customer(&booked.currency, &booked.tier) {
            customer.paid_total += gross - refunded;
            if is_paid {
                customer.first_paid_at.get_or_insert(at);
            }
        }
        if is_paid && let Some(person) = self.person.and_then(|id| self.known.change_person(id)) {
            person.first_paid_at.get_or_insert(at);
        }
    }

    /// The account of the fact as a customer in this currency, made on first sight.
    pub(super) fn customer(&mut self, currency: &str, plan: &str) -> Option<&mut Customer> {
        let account_id = self.known.present(self.event.account_id)?;
        let new = Customer {
            account_id,
            organization_id: self.quarter.organization_id,
            currency: currency.to_owned(),
            plan: plan.to_owned(),
            mrr: 0,
            since: None,
            first_paid_at: None,
            paid_total: 0,
        };
        self.known.changed_customers.insert(new.key());
        Some(self.known.customers.entry(new.key()).or_insert(new))
    }

    pub(super) fn subscription_moved(&mut self, moved: &Moved) {
        for (side, sign) in [(&moved.from, -1), (&moved.to, 1)] {
            let Some(one) = side else { continue };
            let key = MovementKey {
                money: self.money(&one.currency, &one.tier),
                movement: moved.movement.clone(),
            };
            let Movement { delta, customers } = self.sums.movements.entry(key).or_default();
            *delta += sign * one.mrr;
            *customers += sign;
        }
        let at = self.event.occurred_at;
        let (from, to) = (moved.from.as_ref(), moved.to.as_ref());
        // In another currency nothing recurs any more.
        let left = from.filter(|from| to.is_none_or(|to| to.currency != from.currency));
        let left = left.map(|one| (one, 0));
        for (one, mrr) in left.into_iter().chain(to.map(|to| (to, to.mrr))) {
            let Some(customer) = self.customer(&one.currency, &one.tier) else {
                return;
            };
            customer.plan.clone_from(&one.tier);
            customer.mrr = mrr;
            match mrr {
                0 => customer.since = None,
                _ => {
                    customer.since.get_or_insert(at);
                }
            }
        }
    }
}
