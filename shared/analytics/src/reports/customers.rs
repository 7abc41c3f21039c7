//! What recurs each month, and of whom; in the smallest unit of each currency.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Error;

use super::question::Question;
use super::rules::{Month, Movements, each, share, worth};
use super::store::Store;

answers! {
    /// What recurs a month. `starting` and the movements are `ending`.
    Recurring {
        currency: String,
        starting: i64,
        new: i64,
        expansion: i64,
        contraction: i64,
        churn: i64,
        reactivation: i64,
        ending: i64,
        /// Twelve times the ending.
        arr: i64,
    }

    /// What recurs a month, and how that moved in a bucket.
    RecurringBucket {
        bucket: String,
        currency: String,
        starting: i64,
        new: i64,
        expansion: i64,
        contraction: i64,
        churn: i64,
        reactivation: i64,
        ending: i64,
    }

    /// What recurs a month.
    Mrr {
        totals: Vec<Recurring>,
        series: Vec<RecurringBucket>,
    }

    /// Who left, and what with them.
    ChurnBucket {
        bucket: String,
        currency: String,
        customers_start: i64,
        churned: i64,
        customer_churn: Option<f64>,
        mrr_churn: Option<f64>,
        /// Net revenue retention: above 1 if those who stayed pay more than has gone.
        nrr: Option<f64>,
        /// Gross revenue retention.
        grr: Option<f64>,
    }

    /// What the customers of a month have paid until now.
    RealisedCohort {
        /// The month of their first payment.
        cohort: String,
        customers: i64,
        per_customer: Option<i64>,
    }

    /// What customers are worth.
    CurrencyWorth {
        currency: String,
        ltv: Option<i64>,
        /// What recurs of an account a month.
        arpa: Option<i64>,
        /// A month.
        customer_churn: Option<f64>,
        /// `null` if it is neither set nor known: it is where all came in US dollars, and of all plans together.
        gross_margin: Option<f64>,
        realised: Vec<RealisedCohort>,
        /// Whether none has left, so that 60 months stand for how long they stay.
        capped: bool,
        #[serde(skip)]
        months: Vec<Month>,
    }
}

/// The movements of all buckets, by currency.
pub(super) async fn movements(
    store: &mut impl Store,
    question: &Question,
) -> Result<BTreeMap<String, Vec<Movements>>, Error> {
    let len = question.span.len();
    let mut start: BTreeMap<String, Movements> = BTreeMap::new();
    let mut moved: BTreeMap<(String, usize), Movements> = BTreeMap::new();
    for row in store.movements(question).await? {
        let sum = match usize::try_from(row.at) {
            Ok(at) => moved.entry((row.currency.clone(), at)).or_default(),
            Err(_) => start.entry(row.currency.clone()).or_default(),
        };
        sum.add(&row.movement, row.delta, row.customers);
    }
    let currencies: BTreeSet<String> = start
        .keys()
        .chain(moved.keys().map(|(one, _)| one))
        .cloned()
        .collect();
    let of_currency = |currency: String| {
        let mut last = start.remove(&currency).unwrap_or_default();
        let bucket = |at| {
            let here = moved.remove(&(currency.clone(), at)).unwrap_or_default();
            let before = last.next();
            last = Movements {
                starting: before.starting,
                customers_start: before.customers_start,
                ..here
            };
            last
        };
        let all: Vec<Movements> = (0..len).map(bucket).collect();
        (currency, all)
    };
    Ok(currencies.into_iter().map(of_currency).collect())
}

/// What recurs at the end, and of how many, by plan and currency.
pub(super) async fn ends(
    store: &mut impl Store,
    question: &Question,
) -> Result<BTreeMap<(String, String), (i64, i64)>, Error> {
    let mut plans: BTreeMap<(String, String), Movements> = BTreeMap::new();
    for row in store.movements(question).await? {
        let sum = plans.entry((row.plan, row.currency)).or_default();
        sum.add(&row.movement, row.delta, row.customers);
    }
    let end = |(key, sum): (_, Movements)| (key, (sum.ending(), sum.customers_end()));
    Ok(plans.into_iter().map(end).collect())
}

fn together(all: &[Movements]) -> Movements {
    let first = all.first().copied().unwrap_or_default();
    let mut sum = Movements {
        starting: first.starting,
        customers_start: first.customers_start,
        ..Movements::default()
    };
    for one in all {
        sum.new += one.new;
        sum.expansion += one.expansion;
        sum.contraction += one.contraction;
        sum.churn += one.churn;
        sum.reactivation += one.reactivation;
        sum.customers_new += one.customers_new;
        sum.churned += one.churned;
    }
    sum
}

/// What recurs a month (no. 14).
///
/// # Errors
/// Those of the store.
pub async fn mrr(store: &mut impl Store, question: &Question) -> Result<Mrr, Error> {
    let all = movements(store, question).await?;
    let total = |(currency, moved): (&String, &Vec<Movements>)| {
        let sum = together(moved);
        Recurring {
            currency: currency.clone(),
            starting: sum.starting,
            new: sum.new,
            expansion: sum.expansion,
            contraction: sum.contraction,
            churn: sum.churn,
            reactivation: sum.reactivation,
            ending: sum.ending(),
            arr: 12 * sum.ending(),
        }
    };
    let bucket = |at: usize, currency: &String, moved: &Movements| RecurringBucket {
        bucket: question.span.label(at),
        currency: currency.clone(),
        starting: moved.starting,
        new: moved.new,
        expansion: moved.expansion,
        contraction: moved.contraction,
        churn: moved.churn,
        reactivation: moved.reactivation,
        ending: moved.ending(),
    };
    Ok(Mrr {
        totals: all.iter().map(total).collect(),
        series: by_bucket(question, &all, bucket),
    })
}

/// An entry for each bucket and currency, in their order.
fn by_bucket<T>(
    question: &Question,
    all: &BTreeMap<String, Vec<Movements>>,
    entry: impl Fn(usize, &String, &Movements) -> T,
) -> Vec<T> {
    let places = (0..question.span.len()).flat_map(|at| all.iter().map(move |one| (at, one)));
    let entries =
        places.filter_map(|(at, (currency, moved))| Some(entry(at, currency, moved.get(at)?)));
    entries.collect()
}

/// Who left, and what with them (no. 18).
///
/// # Errors
/// Those of the store.
pub async fn churn(store: &mut impl Store, question: &Question) -> Result<Vec<ChurnBucket>, Error> {
    let all = movements(store, question).await?;
    let bucket = |at: usize, currency: &String, moved: &Movements| ChurnBucket {
        bucket: question.span.label(at),
        currency: currency.clone(),
        customers_start: moved.customers_start,
        churned: moved.churned,
        customer_churn: moved.customer_churn(),
        mrr_churn: moved.mrr_churn(),
        nrr: moved.nrr(),
        grr: moved.grr(),
    };
    Ok(by_bucket(question, &all, bucket))
}

/// What customers are worth by these months, without a margin yet; also of currencies in which something was paid once.
pub(super) async fn worths(
    store: &mut impl Store,
    months: &Question,
) -> Result<Vec<CurrencyWorth>, Error> {
    let moved = movements(store, months).await?;
    let mut paid: BTreeMap<String, Vec<RealisedCohort>> = BTreeMap::new();
    for row in store.cohorts(months).await? {
        paid.entry(row.currency).or_default().push(RealisedCohort {
            cohort: row.month,
            customers: row.customers,
            per_customer: each(row.paid, row.customers),
        });
    }
    let currencies: BTreeSet<&String> = moved.keys().chain(paid.keys()).collect();
    let month = |moved: &Movements| Month {
        mrr: moved.ending(),
        customers: moved.customers_end(),
        at_start: moved.customers_start,
        churned: moved.churned,
    };
    let of_currency = |currency: &String| CurrencyWorth {
        currency: currency.clone(),
        ltv: None,
        arpa: None,
        customer_churn: None,
        gross_margin: None,
        realised: paid.get(currency).cloned().unwrap_or_default(),
        capped: false,
        months: moved
            .get(currency)
            .into_iter()
            .flatten()
            .map(month)
            .collect(),
    };
    Ok(currencies.into_iter().map(of_currency).collect())
}

impl CurrencyWorth {
    /// Computes what depends on what is left of a unit of revenue.
    pub(super) fn with_margin(&mut self, margin: Option<f64>) {
        let worth = worth(&self.months, margin);
        self.gross_margin = margin;
        (self.ltv, self.arpa) = (worth.ltv, worth.arpa);
        (self.customer_churn, self.capped) = (worth.churn, worth.capped);
    }
}

/// The share of customers that left in all buckets together.
pub(super) fn churn_of(moved: &[Movements]) -> Option<f64> {
    let sum = together(moved);
    share(sum.churned, sum.customers_start)
}
