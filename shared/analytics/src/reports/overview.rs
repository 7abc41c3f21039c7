//! All headline figures at once, for a dashboard (no. 25).

use std::collections::BTreeSet;

use kernel::Error;

use super::customers::{churn_of, movements};
use super::grid::Grid;
use super::question::Question;
use super::revenue::{by_currency, margin, nets};
use super::rules::{Histogram, Movements, share};
use super::span::Interval;
use super::store::Store;
use super::{chat, users};

answers! {
    /// A figure, and what it was before.
    Headline {
        /// `users`, `dau`, `messages`, `tokens`, `cost_micro_usd`, `p95_ms`, `error_rate`, and of each currency `net`,
        /// `mrr`, `churn` and `margin`.
        metric: &'static str,
        /// In whose smallest unit an amount is.
        currency: Option<String>,
        value: Option<f64>,
        /// Of the period before.
        previous: Option<f64>,
        /// Of each bucket; none of a margin.
        sparkline: Vec<Option<f64>>,
    }
}

/// All headline figures.
///
/// # Errors
/// E105 if different persons cannot be counted so; those of the store.
pub async fn overview(store: &mut impl Store, question: &Question) -> Result<Vec<Headline>, Error> {
    let question = match question.span.interval {
        Interval::Hour => question.about(question.span.by(Interval::Day)),
        _ => question.clone(),
    };
    let mut now = figures(store, &question).await?;
    let before = figures(store, &question.before()).await?;
    for one in &mut now {
        let mut same = before
            .iter()
            .filter(|was| was.metric == one.metric && was.currency == one.currency);
        one.previous = same.next().and_then(|was| was.value);
    }
    Ok(now)
}

async fn figures(store: &mut impl Store, question: &Question) -> Result<Vec<Headline>, Error> {
    let mut all = of_persons(store, question).await?;
    all.extend(of_calls(store, question).await?);
    all.extend(of_money(store, question).await?);
    Ok(all)
}

fn number(whole: i64) -> f64 {
    whole as f64
}

fn numbers(all: impl Iterator<Item = i64>) -> Vec<Option<f64>> {
    all.map(|one| Some(number(one))).collect()
}

/// A figure that is at the end what its last bucket is.
fn level(metric: &'static str, all: impl Iterator<Item = i64>) -> Headline {
    let sparkline = numbers(all);
    let value = sparkline.last().copied().flatten();
    figure((metric, None), value, sparkline)
}

/// A figure that is the sum of its buckets.
fn sum(metric: &'static str, all: &[i64]) -> Headline {
    figure(
        (metric, None),
        Some(number(all.iter().sum())),
        numbers(all.iter().copied()),
    )
}

fn figure(
    (metric, currency): (&'static str, Option<&str>),
    value: Option<f64>,
    sparkline: Vec<Option<f64>>,
) -> Headline {
    Headline {
        metric,
        currency: currency.map(ToOwned::to_owned),
        value,
        previous: None,
        sparkline,
    }
}

async fn of_persons(store: &mut impl Store, question: &Question) -> Result<Vec<Headline>, Error> {
    let users = users::growth_of(store, question).await?;
    let active = users::active(store, question).await?;
    let mut messages: Grid<(), i64> = Grid::new(question.span.len());
    for row in store.chat(question).await? {
        *messages.cell(row.at, ()) += row.messages;
    }
    let mut tokens: Grid<(), i64> = Grid::new(question.span.len());
    for row in store.tokens(question).await? {
        *tokens.cell(row.at, ()) += row.tokens_in + row.tokens_out;
    }
    Ok(vec![
        level("users", users.series.iter().map(|one| one.total)),
        level("dau", active.iter().map(|one| one.dau)),
        sum("messages", &messages.buckets()),
        sum("tokens", &tokens.buckets()),
    ])
}

async fn of_calls(store: &mut impl Store, question: &Question) -> Result<Vec<Headline>, Error> {
    let mut costs: Grid<(), i64> = Grid::new(question.span.len());
    for row in store.models(question).await? {
        *costs.cell(row.at, ()) += row.cost_micro_usd;
    }
    let times = chat::response_times(store, question).await?;
    let mut together = Histogram::default();
    for row in store.times(&question.whole()).await? {
        if row.phase != "first" {
            together.add(row.histogram, row.calls);
        }
    }
    let mut calls: Grid<(), (i64, i64)> = Grid::new(question.span.len());
    for row in store.outcomes(question).await? {
        let cell = calls.cell(row.at, ());
        let failed = if row.kind == "answered" { 0 } else { row.calls };
        *cell = (cell.0 + failed, cell.1 + row.calls);
    }
    let calls = calls.buckets();
    let failed: i64 = calls.iter().map(|one| one.0).sum();
    let all: i64 = calls.iter().map(|one| one.1).sum();
    let p95 = times.iter().map(|one| one.total.p95.map(number)).collect();
    let rates = calls
        .iter()
        .map(|(failed, all)| share(*failed, *all))
        .collect();
    Ok(vec![
        sum("cost_micro_usd", &costs.buckets()),
        figure(("p95_ms", None), together.percentile(95).map(number), p95),
        figure(("error_rate", None), share(failed, all), rates),
    ])
}

async fn of_money(store: &mut impl Store, question: &Question) -> Result<Vec<Headline>, Error> {
    let money = by_currency(store, question).await?;
    let moved = movements(store, question).await?;
    let paid = money.iter().map(|(_, currency, _)| currency.as_str());
    let currencies: BTreeSet<&str> = paid.chain(moved.keys().map(String::as_str)).collect();
    let mut all = Vec::new();
    for currency in currencies {
        let net = nets(&money, currency);
        let of = moved.get(currency).map(Vec::as_slice).unwrap_or_default();
        let mrr = numbers(of.iter().map(Movements::ending));
        let churn = of.iter().map(Movements::customer_churn).collect();
        let margin = margin(store, question, currency).await?;
        all.extend([
            figure(
                ("net", Some(currency)),
                Some(number(net.iter().sum())),
                numbers(net.into_iter()),
            ),
            figure(
                ("mrr", Some(currency)),
                mrr.last().copied().flatten(),
                mrr.clone(),
            ),
            figure(("churn", Some(currency)), churn_of(of), churn),
            figure(("margin", Some(currency)), margin, Vec::new()),
        ]);
    }
    Ok(all)
}
