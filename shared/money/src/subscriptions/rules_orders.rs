//! Sales and returns in each order in which they can be heard of: what is left is the same.

use SubscriptionTier::{Basic, Premium};

use super::*;

/// A fact: this payment was sold, or has gone back.
#[derive(Clone, Copy)]
enum Fact {
    Sold(u128, SubscriptionTier),
    Back(u128),
}

/// What is left at a moment at which all of these were heard of, in this order. What went back before it was heard of as
/// sold buys nothing.
fn after(facts: &[Fact], moment: DateTime<Utc>) -> Vec<Window> {
    let (mut bought, mut gone) = (Vec::new(), Vec::new());
    for fact in facts {
        match *fact {
            Fact::Sold(n, _) if gone.contains(&n) => {}
            Fact::Sold(n, tier) => {
                bought.push(next_window(&bought, Uuid::from_u128(n), tier, moment));
            }
            Fact::Back(n) => {
                gone.push(n);
                let returned = bought
                    .iter()
                    .find(|one| one.payment_id == Uuid::from_u128(n));
                if let Some(returned) = returned.cloned() {
                    bought = after_return(&bought, &returned, moment);
                }
            }
        }
    }
    bought.sort_by_key(|one| (one.from, one.payment_id));
    bought
}

/// Each order in which these can be heard of.
fn orders<T: Copy>(of: &[T]) -> Vec<Vec<T>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let first = |at: usize| {
        let rest = [&of[..at], &of[at + 1..]].concat();
        let more = orders(&rest).into_iter();
        more.map(move |order| [vec![of[at]], order].concat())
    };
    (0..of.len()).flat_map(first).collect()
}

/// The moments are ends of months, from which a month has 28, 30 or 31 days by where it begins.
#[test]
fn what_went_back_leaves_the_same_time_in_each_order_of_sales_and_returns() {
    use Fact::{Back, Sold};
    for moment in [
        "2026-11-30T12:00:00Z",
        "2027-01-31T12:00:00Z",
        "2028-02-29T12:00:00Z",
    ] {
        let moment: DateTime<Utc> = moment.parse().expect("a moment");
        // Three charges of one order, of which one goes back, or two: which of the others was heard of first does not
        // matter for the end of the plan.
        for back in [&[Back(2)][..], &[Back(1), Back(3)]] {
            let sold = [Sold(1, Basic), Sold(2, Basic), Sold(3, Basic)];
            let facts = [&sold[..], back].concat();
            let ends: Vec<_> = orders(&facts)
                .iter()
                .map(|order| after(order, moment))
                .map(|left| {
                    left.iter()
                        .map(|one| (one.from, one.until))
                        .collect::<Vec<_>>()
                })
                .collect();
            let whole: Vec<Fact> = sold[..3 - back.len()].to_vec();
            let alone: Vec<_> = after(&whole, moment)
                .iter()
                .map(|one| (one.from, one.until))
                .collect();
            assert!(ends.iter().all(|end| *end == alone), "{moment}: {ends:?}");
        }
        // Sold in this order, of two plans: whenever the return is heard of.
        let sold = [Sold(1, Premium), Sold(2, Basic), Sold(3, Basic)];
        let alone = after(&[Sold(2, Basic), Sold(3, Basic)], moment);
        for at in 0..=sold.len() {
            let mut facts = sold.to_vec();
            facts.insert(at, Back(1));
            assert_eq!(
                after(&facts, moment),
                alone,
                "{moment}: the return as number {at}"
            );
        }
    }
}
