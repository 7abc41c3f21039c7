//! How figures come from sums.

use std::collections::BTreeMap;

/// How long a customer stays, in months, where none has left.
pub const MONTHS_CAP: f64 = 60.0;

/// A share; none of nothing.
pub fn share(part: i64, of: i64) -> Option<f64> {
    (of != 0).then(|| part as f64 / of as f64)
}

/// How much more something has become; none from nothing.
pub fn growth(before: i64, after: i64) -> Option<f64> {
    share(after, before).map(|times| times - 1.0)
}

/// A rounded quotient; none of nothing.
pub fn each(sum: i64, count: i64) -> Option<i64> {
    (count != 0).then(|| (2 * sum + count).div_euclid(2 * count))
}

/// Durations by buckets that grow by a tenth: bucket `i` is up to 1.1^i milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<i16, i64>);

impl Histogram {
    /// Adds what one bucket has.
    pub fn add(&mut self, bucket: i16, count: i64) {
        *self.0.entry(bucket).or_default() += count;
    }

    /// How many there are.
    pub fn count(&self) -> i64 {
        self.0.values().sum()
    }

    /// How long they took together, in milliseconds; at most 10 % too much.
    pub fn milliseconds(&self) -> i64 {
        self.0
            .iter()
            .map(|(bucket, count)| edge(*bucket) * count)
            .sum()
    }

    /// The upper edge, in milliseconds, of the bucket that reaches this many of a hundred; at most 10 % too much.
    pub fn percentile(&self, percent: i64) -> Option<i64> {
        let all = self.count();
        let mut seen = 0;
        let reached = self.0.iter().find(|(_, count)| {
            seen += **count;
            all > 0 && seen * 100 >= all * percent
        });
        reached.map(|(bucket, _)| edge(*bucket))
    }
}

fn edge(bucket: i16) -> i64 {
    1.1_f64.powi(bucket.into()).round() as i64
}

/// What customers are worth, in the smallest unit of their currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    pub ltv: Option<i64>,
    pub arpa: Option<i64>,
    pub churn: Option<f64>,
    /// Whether none has left, so that [`MONTHS_CAP`] stands for how long they stay.
    pub capped: bool,
}

/// One month: what recurred and of how many at its end, how many there were at its start and how many of them left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Month {
    pub mrr: i64,
    pub customers: i64,
    pub at_start: i64,
    pub churned: i64,
}

/// ARPA × margin / monthly churn, both over these months.
pub fn worth(months: &[Month], margin: Option<f64>) -> Worth {
    let sum = |of: fn(&Month) -> i64| months.iter().map(of).sum::<i64>();
    let (mrr, customers) = (sum(|one| one.mrr), sum(|one| one.customers));
    let churn = share(sum(|one| one.churned), sum(|one| one.at_start));
    let stays = churn.map(|churn| if churn > 0.0 { 1.0 / churn } else { MONTHS_CAP });
    let ltv = share(mrr, customers)
        .zip(stays)
        .zip(margin)
        .map(|((arpa, stays), margin)| whole(arpa * margin * stays));
    Worth {
        ltv,
        arpa: each(mrr, customers),
        churn,
        capped: churn.is_some_and(|churn| churn <= 0.0),
    }
}

fn whole(amount: f64) -> i64 {
    amount.round() as i64
}

/// What recurs, from one moment to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Movements {
    pub starting: i64,
    pub new: i64,
    pub expansion: i64,
    pub contraction: i64,
    pub churn: i64,
    pub reactivation: i64,
    pub customers_start: i64,
    pub customers_new: i64,
    pub churned: i64,
}

impl Movements {
    /// Adds a movement. One that takes away has a negative `delta` and is told as a positive number; `customers` are those
    /// who came minus those who went, also from one plan to another.
    pub fn add(&mut self, movement: &str, delta: i64, customers: i64) {
        match movement {
            "new" => self.new += delta,
            "reactivation" => self.reactivation += delta,
            "expansion" => self.expansion += delta,
            "contraction" => self.contraction -= delta,
            "churn" => self.churn -= delta,
            _ => {}
        }
        match movement {
            "churn" => self.churned -= customers,
            _ => self.customers_new += customers,
        }
    }

    /// What recurs at the end.
    pub fn ending(&self) -> i64 {
        self.starting + self.new + self.reactivation + self.expansion
            - self.contraction
            - self.churn
    }

    /// How many customers there are at the end.
    pub fn customers_end(&self) -> i64 {
        self.customers_start + self.customers_new - self.churned
    }

    /// What comes after it, without anything moved yet.
    #[must_use]
    pub fn next(&self) -> Self {
        Self {
            starting: self.ending(),
            customers_start: self.customers_end(),
            ..Self::default()
        }
    }

    /// The share of customers that left.
    pub fn customer_churn(&self) -> Option<f64> {
        share(self.churned, self.customers_start)
    }

    /// The share of the amount that was lost.
    pub fn mrr_churn(&self) -> Option<f64> {
        share(self.churn + self.contraction, self.starting)
    }

    /// What became of the amount at the start: net of what has grown, new and come back customers left out.
    pub fn nrr(&self) -> Option<f64> {
        let kept = self.starting + self.expansion - self.contraction - self.churn;
        share(kept, self.starting)
    }

    /// The same without what has grown.
    pub fn grr(&self) -> Option<f64> {
        share(self.starting - self.contraction - self.churn, self.starting)
    }
}

/// An address that shows whose it is to one who knows it: `a***@example.org`.
pub fn masked(address: &str) -> String {
    match address.split_once('@') {
        Some((name, domain)) => {
            let first: String = name.chars().take(1).collect();
            format!("{first}***@{domain}")
        }
        None => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_nothing_is_none() {
        assert_eq!(share(1, 4), Some(0.25));
        assert_eq!(share(1, 0), None);
        assert_eq!(growth(80, 100), Some(0.25));
        assert_eq!(growth(0, 100), None);
        assert_eq!(
            (each(5, 2), each(4, 3), each(1, 0)),
            (Some(3), Some(1), None)
        );
    }

    #[test]
    fn a_percentile_is_the_upper_edge_of_the_bucket_that_reaches_it() {
        let mut times = Histogram::default();
        assert_eq!(times.percentile(50), None);
        // 1.1^49 = 106.7 (the 100 ms), 1.1^73 = 1051.2 (the 1,000 ms).
        times.add(49, 94);
        times.add(73, 6);
        let seen = [50, 94, 95, 99].map(|percent| times.percentile(percent));
        assert_eq!(seen, [Some(107), Some(107), Some(1051), Some(1051)]);
    }

    #[test]
    fn what_a_customer_is_worth_is_what_they_bring_in_while_they_stay() {
        let month = Month {
            mrr: 100_000,
            customers: 100,
            at_start: 100,
            churned: 5,
        };
        // 1,000 a customer, of which 80 % are left, for 1/0.05 = 20 months.
        let worth_of_it = worth(&[month, month, month], Some(0.8));
        assert_eq!(worth_of_it.ltv, Some(16_000));
        assert_eq!((worth_of_it.arpa, worth_of_it.capped), (Some(1_000), false));
        let none_left = worth(
            &[Month {
                churned: 0,
                ..month
            }],
            Some(0.8),
        );
        assert_eq!((none_left.ltv, none_left.capped), (Some(48_000), true));
        assert_eq!(worth(&[month], None).ltv, None);
        let nothing = worth(&[], Some(0.8));
        assert_eq!(
            (nothing.ltv, nothing.arpa, nothing.churn, nothing.capped),
            (None, None, None, false)
        );
    }

    #[test]
    fn the_start_and_the_movements_are_the_end() {
        let mut moved = Movements {
            starting: 1_000,
            customers_start: 10,
            ..Movements::default()
        };
        moved.add("new", 300, 2);
        // From one plan to another: of the two plans one customer less and one more.
        moved.add("expansion", -900, -1);
        moved.add("expansion", 1_000, 1);
        moved.add("contraction", -50, 0);
        moved.add("churn", -200, -2);
        moved.add("reactivation", 80, 1);
        assert_eq!((moved.ending(), moved.customers_end()), (1_230, 11));
        assert_eq!(moved.customer_churn(), Some(0.2));
        assert_eq!(moved.mrr_churn(), Some(0.25));
        assert_eq!(moved.nrr(), Some(0.85));
        assert_eq!(moved.grr(), Some(0.75));
        let next = moved.next();
        assert_eq!(
            (next.starting, next.customers_start, next.churn),
            (1_230, 11, 0)
        );
        assert_eq!(Movements::default().nrr(), None);
    }

    #[test]
    fn an_address_shows_its_first_letter_and_its_domain() {
        assert_eq!(masked("ann@example.org"), "a***@example.org");
        assert_eq!(masked("nothing"), "***");
    }
}
