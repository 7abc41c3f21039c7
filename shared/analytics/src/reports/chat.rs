//! What is asked and answered. A reading is a message and its reply.

use std::collections::BTreeMap;

use kernel::Error;

use super::grid::Grid;
use super::question::Question;
use super::rows;
use super::rules::{Histogram, each, share};
use super::store::Store;
use super::users::counts;

answers! {
    /// What was asked and answered.
    ChatBucket {
        bucket: String,
        messages: i64,
        replies: i64,
        failures: i64,
        /// Different persons who asked.
        users: i64,
    }

    /// What was asked in an hour of the week.
    HeatHour {
        /// 1 is Monday.
        weekday: i32,
        hour: i32,
        messages: i64,
    }

    /// What was asked and answered.
    ChatActivity {
        series: Vec<ChatBucket>,
        /// All hours of the week, by the zone of the question.
        heatmap: Vec<HeatHour>,
    }

    /// Tokens of completed replies.
    TokenBucket {
        bucket: String,
        plan: String,
        tokens_in: i64,
        tokens_out: i64,
        total: i64,
        per_reply: Option<i64>,
    }

    /// Completed replies of a provider.
    ProviderReplies {
        provider: String,
        replies: i64,
        share: Option<f64>,
        tokens: i64,
        /// In millionths of a US dollar.
        cost_micro_usd: i64,
    }

    /// Completed replies of a provider in a bucket.
    ProviderBucket {
        bucket: String,
        provider: String,
        replies: i64,
        tokens: i64,
        /// In millionths of a US dollar.
        cost_micro_usd: i64,
    }

    /// Completed replies by provider.
    RepliesByProvider {
        providers: Vec<ProviderReplies>,
        series: Vec<ProviderBucket>,
    }

    /// Completed replies of a model.
    ModelReplies {
        provider: String,
        model: String,
        replies: i64,
        share: Option<f64>,
        tokens: i64,
        /// In millionths of a US dollar.
        cost_micro_usd: i64,
    }

    /// Conversations that began.
    ConversationBucket {
        bucket: String,
        created: i64,
        messages_per_conversation: Option<f64>,
        median_length_minutes: Option<f64>,
        single_message_share: Option<f64>,
    }

    /// Durations in milliseconds.
    Percentiles {
        p50: Option<i64>,
        p95: Option<i64>,
        p99: Option<i64>,
    }

    /// How long answers took.
    ResponseTimes {
        bucket: String,
        first_token: Percentiles,
        total: Percentiles,
    }
}

/// What was asked and answered (no. 7).
///
/// # Errors
/// E105 if different persons cannot be counted so; those of the store.
pub async fn activity(store: &mut impl Store, question: &Question) -> Result<ChatActivity, Error> {
    question.may_count_persons()?;
    let writers = match question.counts_days() {
        true => store.writers(question).await?,
        false => store.writers_raw(question).await?,
    };
    let users = counts(question, writers);
    let mut grid: Grid<(), [i64; 3]> = Grid::new(question.span.len());
    for row in store.chat(question).await? {
        *grid.cell(row.at, ()) = [row.messages, row.replies, row.failures];
    }
    let bucket =
        |(at, ([messages, replies, failures], users)): (usize, ([i64; 3], i64))| ChatBucket {
            bucket: question.span.label(at),
            messages,
            replies,
            failures,
            users,
        };
    let series = grid
        .buckets()
        .into_iter()
        .zip(users)
        .enumerate()
        .map(bucket)
        .collect();
    let heatmap = week(store.heat(question).await?);
    Ok(ChatActivity { series, heatmap })
}

fn week(found: Vec<rows::Heat>) -> Vec<HeatHour> {
    let found: BTreeMap<_, _> = found
        .into_iter()
        .map(|row| ((row.weekday, row.hour), row.messages))
        .collect();
    let hours = (1..=7).flat_map(|weekday| (0..24).map(move |hour| (weekday, hour)));
    let hour = |(weekday, hour)| HeatHour {
        weekday,
        hour,
        messages: found.get(&(weekday, hour)).copied().unwrap_or_default(),
    };
    hours.map(hour).collect()
}

/// Tokens of replies, by plan (no. 8).
///
/// # Errors
/// Those of the store.
pub async fn tokens(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<TokenBucket>, Error> {
    let mut grid: Grid<String, [i64; 3]> = Grid::new(question.span.len());
    for row in store.tokens(question).await? {
        *grid.cell(row.at, row.plan) = [row.tokens_in, row.tokens_out, row.replies];
    }
    let bucket =
        |(at, plan, [tokens_in, tokens_out, replies]): (usize, String, [i64; 3])| TokenBucket {
            bucket: question.span.label(at),
            plan,
            tokens_in,
            tokens_out,
            total: tokens_in + tokens_out,
            per_reply: each(tokens_in + tokens_out, replies),
        };
    Ok(grid.all().into_iter().map(bucket).collect())
}

/// Replies by who answered (no. 9).
///
/// # Errors
/// Those of the store.
pub async fn by_provider(
    store: &mut impl Store,
    question: &Question,
) -> Result<RepliesByProvider, Error> {
    let mut grid: Grid<String, [i64; 3]> = Grid::new(question.span.len());
    let mut sums: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for row in store.models(question).await? {
        let sum = sums.entry(row.provider.clone()).or_default();
        for sum in [grid.cell(row.at, row.provider), sum] {
            *sum = [
                sum[0] + row.replies,
                sum[1] + row.tokens,
                sum[2] + row.cost_micro_usd,
            ];
        }
    }
    let all: i64 = sums.values().map(|[replies, ..]| replies).sum();
    let provider =
        |(provider, [replies, tokens, cost_micro_usd]): (String, [i64; 3])| ProviderReplies {
            provider,
            replies,
            share: share(replies, all),
            tokens,
            cost_micro_usd,
        };
    let bucket = |(at, provider, [replies, tokens, cost_micro_usd]): (usize, String, [i64; 3])| {
        ProviderBucket {
            bucket: question.span.label(at),
            provider,
            replies,
            tokens,
            cost_micro_usd,
        }
    };
    Ok(RepliesByProvider {
        providers: sums.into_iter().map(provider).collect(),
        series: grid.all().into_iter().map(bucket).collect(),
    })
}

/// Replies by model (no. 10).
///
/// # Errors
/// Those of the store.
pub async fn by_model(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<ModelReplies>, Error> {
    let found = store.models(&question.whole()).await?;
    let all: i64 = found.iter().map(|row| row.replies).sum();
    let model = |row: rows::ModelUse| ModelReplies {
        provider: row.provider,
        model: row.model,
        replies: row.replies,
        share: share(row.replies, all),
        tokens: row.tokens,
        cost_micro_usd: row.cost_micro_usd,
    };
    Ok(found.into_iter().map(model).collect())
}

/// Conversations that began (no. 11).
///
/// # Errors
/// Those of the store.
pub async fn conversations(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<ConversationBucket>, Error> {
    let mut grid: Grid<(), Option<rows::Conversations>> = Grid::new(question.span.len());
    for row in store.conversations(question).await? {
        let cell = grid.cell(row.at, ());
        *cell = Some(row);
    }
    let bucket = |(at, row): (usize, Option<rows::Conversations>)| {
        let row = row.as_ref();
        let of_all = |part: fn(&rows::Conversations) -> i64| {
            row.and_then(|row| share(part(row), row.created))
        };
        ConversationBucket {
            bucket: question.span.label(at),
            created: row.map_or(0, |row| row.created),
            messages_per_conversation: of_all(|row| row.messages),
            median_length_minutes: row.and_then(|row| row.median_minutes),
            single_message_share: of_all(|row| row.single),
        }
    };
    Ok(grid.buckets().into_iter().enumerate().map(bucket).collect())
}

impl Percentiles {
    fn of(times: &Histogram) -> Self {
        let [p50, p95, p99] = [50, 95, 99].map(|percent| times.percentile(percent));
        Self { p50, p95, p99 }
    }
}

/// How long good answers took (no. 12).
///
/// # Errors
/// Those of the store.
pub async fn response_times(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<ResponseTimes>, Error> {
    let mut grid: Grid<(), (Histogram, Histogram)> = Grid::new(question.span.len());
    for row in store.times(question).await? {
        let (first, total) = grid.cell(row.at, ());
        let times = if row.phase == "first" { first } else { total };
        times.add(row.histogram, row.calls);
    }
    let bucket = |(at, (first, total)): (usize, (Histogram, Histogram))| ResponseTimes {
        bucket: question.span.label(at),
        first_token: Percentiles::of(&first),
        total: Percentiles::of(&total),
    };
    Ok(grid.buckets().into_iter().enumerate().map(bucket).collect())
}
