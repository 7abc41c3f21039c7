//! Money that moved, in the smallest unit of each currency.

use std::collections::BTreeMap;

use kernel::Error;

use super::customers::{self, ends};
use super::grid::Grid;
use super::question::Question;
use super::rules::{each, share};
use super::store::Store;
use super::users::active_in;

answers! {
    /// Money of a currency, in its smallest unit.
    RevenueTotal {
        currency: String,
        gross: i64,
        refunds: i64,
        net: i64,
        /// Payments that succeeded.
        payments: i64,
        /// Payments that failed.
        failed: i64,
        /// Of a payment that succeeded, before refunds.
        average: Option<i64>,
    }

    /// Money of a bucket and a currency, in its smallest unit.
    RevenueBucket {
        bucket: String,
        currency: String,
        gross: i64,
        refunds: i64,
        net: i64,
    }

    /// What a plan brings in, in the smallest unit of the currency.
    PlanRevenue {
        plan: String,
        currency: String,
        /// At the end of the range.
        customers: i64,
        /// At the end of the range.
        mrr: i64,
        /// In the range.
        net: i64,
        /// Of the net of all plans in the currency.
        share: Option<f64>,
    }

    /// What a person brings in, in the smallest unit of the currency.
    ArpuBucket {
        bucket: String,
        currency: String,
        /// Of an active person.
        arpu: Option<i64>,
        /// Of an account that pays.
        arppu: Option<i64>,
        /// Different accounts that paid.
        paying: i64,
        /// Of those who signed up in the bucket, which share has paid until now, in any currency.
        conversion: Option<f64>,
    }
}

/// Gross, refunds, payments and failures.
type Money = [i64; 4];

fn net([gross, refunds, ..]: Money) -> i64 {
    gross - refunds
}

/// By currency, in all buckets.
pub(super) async fn by_currency(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<(usize, String, Money)>, Error> {
    let mut grid: Grid<String, Money> = Grid::new(question.span.len());
    for row in store.revenue(question).await? {
        let sum = grid.cell(row.at, row.currency);
        let more = [row.gross, row.refunded, row.payments, row.failures];
        *sum = std::array::from_fn(|place| sum[place] + more[place]);
    }
    Ok(grid.all())
}

/// What came in (no. 13).
///
/// # Errors
/// Those of the store.
pub async fn total(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<RevenueTotal>, Error> {
    let all = by_currency(store, &question.whole()).await?;
    let of_currency = |(_, currency, money): (usize, String, Money)| {
        let [gross, refunds, payments, failed] = money;
        RevenueTotal {
            currency,
            gross,
            refunds,
            net: net(money),
            payments,
            failed,
            average: each(gross, payments),
        }
    };
    Ok(all.into_iter().map(of_currency).collect())
}

/// What came in, in time (no. 15).
///
/// # Errors
/// Those of the store.
pub async fn over_time(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<RevenueBucket>, Error> {
    let all = by_currency(store, question).await?;
    let bucket = |(at, currency, money): (usize, String, Money)| RevenueBucket {
        bucket: question.span.label(at),
        currency,
        gross: money[0],
        refunds: money[1],
        net: net(money),
    };
    Ok(all.into_iter().map(bucket).collect())
}

/// What each plan brings in (no. 16).
///
/// # Errors
/// Those of the store.
pub async fn by_plan(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<PlanRevenue>, Error> {
    let question = question.whole();
    let mut plans: BTreeMap<(String, String), [i64; 3]> = BTreeMap::new();
    for ((plan, currency), (mrr, customers)) in ends(store, &question).await? {
        let sums = plans.entry((plan, currency)).or_default();
        (sums[0], sums[1]) = (customers, mrr);
    }
    let mut nets: BTreeMap<String, i64> = BTreeMap::new();
    for row in store.revenue(&question).await? {
        let net = row.gross - row.refunded;
        *nets.entry(row.currency.clone()).or_default() += net;
        plans.entry((row.plan, row.currency)).or_default()[2] += net;
    }
    let of_plan = |((plan, currency), [customers, mrr, net]): ((String, String), [i64; 3])| {
        let all = nets.get(&currency).copied().unwrap_or_default();
        PlanRevenue {
            plan,
            currency,
            customers,
            mrr,
            net,
            share: share(net, all),
        }
    };
    Ok(plans.into_iter().map(of_plan).collect())
}

/// What a person brings in (no. 19).
///
/// # Errors
/// E105 if different persons cannot be counted so; those of the store.
pub async fn arpu(store: &mut impl Store, question: &Question) -> Result<Vec<ArpuBucket>, Error> {
    let active = active_in(store, question).await?;
    let mut converted: Grid<(), (i64, i64)> = Grid::new(question.span.len());
    for row in store.converted(question).await? {
        *converted.cell(row.at, ()) = (row.signups, row.paid);
    }
    let converted = converted.buckets();
    let mut grid: Grid<String, (i64, i64)> = Grid::new(question.span.len());
    for row in store.payers(question).await? {
        grid.cell(row.at, row.currency).1 = row.payers;
    }
    for (at, currency, money) in by_currency(store, question).await? {
        grid.cell(i32::try_from(at).unwrap_or_default(), currency).0 = net(money);
    }
    let bucket = |(at, currency, (net, paying)): (usize, String, (i64, i64))| ArpuBucket {
        bucket: question.span.label(at),
        currency,
        arpu: active.get(at).and_then(|active| each(net, *active)),
        arppu: each(net, paying),
        paying,
        conversion: converted
            .get(at)
            .and_then(|(signups, paid)| share(*paid, *signups)),
    };
    Ok(grid.all().into_iter().map(bucket).collect())
}

/// The net of all buckets of a currency.
pub(super) fn nets(all: &[(usize, String, Money)], currency: &str) -> Vec<i64> {
    let own = all.iter().filter(|(_, one, _)| one == currency);
    own.map(|(.., money)| net(*money)).collect()
}

/// What is left of what came in, after the cost of AI, if it is not set. The cost is that of all persons, in US dollars: so
/// it is known where all came in US dollars, and not of a plan or a model.
///
/// # Errors
/// Those of the store.
pub(super) async fn margin(
    store: &mut impl Store,
    question: &Question,
    currency: &str,
) -> Result<Option<f64>, Error> {
    if question.gross_margin.is_some() || currency != "USD" {
        return Ok(question.gross_margin);
    }
    let filter = &question.filter;
    if filter.plan.is_some() || filter.provider.is_some() || filter.model.is_some() {
        return Ok(None);
    }
    let mut whole = question.whole();
    whole.filter.currency = None;
    let money = by_currency(store, &whole).await?;
    if money
        .iter()
        .any(|(_, one, money)| one != currency && net(*money) != 0)
    {
        return Ok(None);
    }
    let net: i64 = nets(&money, currency).iter().sum();
    let cost: i64 = store
        .models(&whole)
        .await?
        .iter()
        .map(|row| row.cost_micro_usd)
        .sum();
    // A cent has 10,000 millionths of a dollar.
    Ok(share(cost, net * 10_000).map(|part| 1.0 - part))
}

/// What customers are worth (no. 17).
///
/// # Errors
/// Those of the store.
pub async fn ltv(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<customers::CurrencyWorth>, Error> {
    let months = question.about(question.span.last_months(3));
    let mut all = customers::worths(store, &months).await?;
    for one in &mut all {
        let margin = margin(store, &months, &one.currency).await?;
        one.with_margin(margin);
    }
    Ok(all)
}
