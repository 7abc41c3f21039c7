//! Providers of AI: how much they are asked, how well they answer, and what that costs.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Error;

use super::grid::Grid;
use super::question::Question;
use super::rows;
use super::rules::{Histogram, each, share};
use super::store::Store;

/// The kind of a call whose answer could be used.
const ANSWERED: &str = "answered";

answers! {
    /// How much a provider is asked.
    ProviderUsage {
        provider: String,
        /// Each attempt.
        calls: i64,
        answered: i64,
        /// Calls that came to it because another one had failed.
        fallback_in: i64,
        /// Calls that left it for another one.
        fallback_out: i64,
        tokens: i64,
        /// Of all calls.
        share: Option<f64>,
    }

    /// How well a model answers; durations in milliseconds.
    ProviderPerformance {
        provider: String,
        model: String,
        calls: i64,
        success_rate: Option<f64>,
        p50: Option<i64>,
        p95: Option<i64>,
        p99: Option<i64>,
        first_token_p95: Option<i64>,
        tokens_per_second: Option<f64>,
        /// Whether the provider is asked now: `closed`, `open` or `half_open`; `null`: it has never failed.
        state: Option<String>,
    }

    /// What a model costs, in millionths of a US dollar.
    ModelCost {
        provider: String,
        model: String,
        cost_micro_usd: i64,
        per_1k_tokens: Option<i64>,
        per_reply: Option<i64>,
        /// Calls of which it is not known what they have cost.
        unknown_outcomes: i64,
    }

    /// What AI costs, in millionths of a US dollar.
    ProviderCost {
        models: Vec<ModelCost>,
        /// Of the month of now, if it goes on so; `null` in its first hour.
        projected_month: Option<i64>,
    }

    /// A model by how often it answers.
    PopularModel {
        rank: usize,
        model: String,
        provider: String,
        replies: i64,
        users: i64,
        /// How many places it has climbed against the period before; `null`: it was not there.
        change: Option<i64>,
    }

    /// How many calls of a provider ended in this way.
    ProviderErrors {
        bucket: String,
        provider: String,
        kind: String,
        count: i64,
        /// Of all calls of the provider in the bucket.
        rate: Option<f64>,
    }

    /// When a provider was last left alone.
    BreakerOpening {
        provider: String,
        /// `closed`, `open` or `half_open`.
        state: String,
        opened_at: DateTime<Utc>,
    }

    /// How calls fail.
    CallErrors {
        series: Vec<ProviderErrors>,
        /// The last one of each provider, if it is in the range.
        breaker_openings: Vec<BreakerOpening>,
    }
}

/// How much they are asked (no. 20).
///
/// # Errors
/// Those of the store.
pub async fn usage(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<ProviderUsage>, Error> {
    let mut providers: BTreeMap<String, [i64; 5]> = BTreeMap::new();
    for row in store.models(&question.whole()).await? {
        let sum = providers.entry(row.provider).or_default();
        let more = [
            row.calls,
            row.answered,
            row.fallback_in,
            row.fallback_out,
            row.tokens,
        ];
        *sum = std::array::from_fn(|place| sum[place] + more[place]);
    }
    let all: i64 = providers.values().map(|[calls, ..]| calls).sum();
    let provider =
        |(provider, [calls, answered, fallback_in, fallback_out, tokens]): (String, [i64; 5])| {
            ProviderUsage {
                provider,
                calls,
                answered,
                fallback_in,
                fallback_out,
                tokens,
                share: share(calls, all),
            }
        };
    Ok(providers.into_iter().map(provider).collect())
}

/// What is known of the calls of a model.
#[derive(Clone, Debug, Default)]
struct Calls {
    all: i64,
    good: i64,
    first: Histogram,
    total: Histogram,
}

impl Calls {
    fn add(&mut self, row: &rows::Times) {
        let good = row.kind == ANSWERED;
        if row.phase == "first" {
            self.first.add(row.histogram, row.calls);
            return;
        }
        self.all += row.calls;
        if good {
            self.good += row.calls;
            self.total.add(row.histogram, row.calls);
        }
    }
}

/// How well they answer (no. 21).
///
/// # Errors
/// Those of the store.
pub async fn performance(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<ProviderPerformance>, Error> {
    let whole = question.whole();
    let mut models: BTreeMap<(String, String), Calls> = BTreeMap::new();
    for row in store.performance(&whole).await? {
        let key = (row.provider.clone(), row.model.clone());
        models.entry(key).or_default().add(&row);
    }
    let used = store.models(&whole).await?.into_iter();
    let tokens: HashMap<(String, String), i64> = used
        .map(|row| ((row.provider, row.model), row.tokens_out))
        .collect();
    let states: HashMap<String, String> = store
        .health()
        .await?
        .into_iter()
        .map(|row| (row.provider, row.state))
        .collect();
    let model = |((provider, model), calls): ((String, String), Calls)| {
        let tokens = tokens
            .get(&(provider.clone(), model.clone()))
            .copied()
            .unwrap_or_default();
        ProviderPerformance {
            calls: calls.all,
            success_rate: share(calls.good, calls.all),
            p50: calls.total.percentile(50),
            p95: calls.total.percentile(95),
            p99: calls.total.percentile(99),
            first_token_p95: calls.first.percentile(95),
            tokens_per_second: share(tokens * 1_000, calls.total.milliseconds()),
            state: states.get(&provider).cloned(),
            provider,
            model,
        }
    };
    Ok(models.into_iter().map(model).collect())
}

/// What they cost (no. 22).
///
/// # Errors
/// Those of the store.
pub async fn cost(store: &mut impl Store, question: &Question) -> Result<ProviderCost, Error> {
    let found = store.models(&question.whole()).await?;
    let model = |row: rows::ModelUse| ModelCost {
        provider: row.provider,
        model: row.model,
        cost_micro_usd: row.cost_micro_usd,
        per_1k_tokens: each(row.cost_micro_usd * 1_000, row.tokens),
        per_reply: each(row.cost_micro_usd, row.replies),
        unknown_outcomes: row.unknown_outcomes,
    };
    let month = question.span.month_of(question.now);
    let (begins, ends) = (month.begins(), month.ends());
    let so_far = store.models(&question.about(month)).await?;
    let so_far: i64 = so_far.iter().map(|row| row.cost_micro_usd).sum();
    Ok(ProviderCost {
        models: found.into_iter().map(model).collect(),
        projected_month: projected(so_far, question.now - begins, ends - begins),
    })
}

/// What a month will have cost, if it goes on as it has until now; not by its first hour.
fn projected(so_far: i64, gone: TimeDelta, all: TimeDelta) -> Option<i64> {
    let gone = gone.num_seconds();
    let enough = (gone >= 3_600).then_some(gone)?;
    let whole = i128::from(so_far) * i128::from(all.num_seconds()) / i128::from(enough);
    i64::try_from(whole).ok()
}

/// Which models answer most (no. 23).
///
/// # Errors
/// E105 in another zone; those of the store.
pub async fn popular(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<PopularModel>, Error> {
    question.needs_reporting_zone()?;
    let before = ranked(store.models(&question.before().whole()).await?);
    let before: HashMap<(String, String), usize> = before
        .into_iter()
        .enumerate()
        .map(|(place, row)| ((row.provider, row.model), place))
        .collect();
    let users = store.model_users(question).await?.into_iter();
    let users: HashMap<(String, String), i64> = users
        .map(|row| ((row.provider, row.model), row.users))
        .collect();
    let now = ranked(store.models(&question.whole()).await?);
    let model = |(place, row): (usize, rows::ModelUse)| {
        let key = (row.provider, row.model);
        let was = before.get(&key).copied();
        let users = users.get(&key).copied().unwrap_or_default();
        let (provider, model) = key;
        PopularModel {
            rank: place + 1,
            model,
            provider,
            replies: row.replies,
            users,
            change: was.and_then(|was| Some(i64::try_from(was).ok()? - i64::try_from(place).ok()?)),
        }
    };
    let shown = now
        .into_iter()
        .enumerate()
        .skip(question.offset)
        .take(question.limit);
    Ok(shown.map(model).collect())
}

/// By replies, and of as many by name; without those that gave none.
fn ranked(mut models: Vec<rows::ModelUse>) -> Vec<rows::ModelUse> {
    models.retain(|row| row.replies > 0);
    models.sort_by(|one, other| {
        let by_name = || (&one.provider, &one.model).cmp(&(&other.provider, &other.model));
        other.replies.cmp(&one.replies).then_with(by_name)
    });
    models
}

/// How they fail (no. 24).
///
/// # Errors
/// Those of the store.
pub async fn errors(store: &mut impl Store, question: &Question) -> Result<CallErrors, Error> {
    let mut grid: Grid<(String, String), i64> = Grid::new(question.span.len());
    let mut all: HashMap<(usize, String), i64> = HashMap::new();
    for row in store.outcomes(question).await? {
        let at = usize::try_from(row.at).unwrap_or_default();
        *all.entry((at, row.provider.clone())).or_default() += row.calls;
        if row.kind != ANSWERED {
            *grid.cell(row.at, (row.provider, row.kind)) += row.calls;
        }
    }
    let bucket = |(at, (provider, kind), count): (usize, (String, String), i64)| {
        let of = all
            .get(&(at, provider.clone()))
            .copied()
            .unwrap_or_default();
        ProviderErrors {
            bucket: question.span.label(at),
            provider,
            kind,
            count,
            rate: share(count, of),
        }
    };
    let within = question.span.begins()..question.span.ends();
    let opening = |row: rows::Health| {
        let opened_at = row.opened_at.filter(|at| within.contains(at))?;
        Some(BreakerOpening {
            provider: row.provider,
            state: row.state,
            opened_at,
        })
    };
    Ok(CallErrors {
        series: grid.all().into_iter().map(bucket).collect(),
        breaker_openings: store
            .health()
            .await?
            .into_iter()
            .filter_map(opening)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_projected_from_what_has_gone_of_it_but_not_from_its_first_hour() {
        let days = TimeDelta::days;
        assert_eq!(projected(1_000, days(10), days(30)), Some(3_000));
        assert_eq!(projected(1_000, days(30), days(30)), Some(1_000));
        assert_eq!(projected(1_000, TimeDelta::minutes(59), days(30)), None);
    }
}
