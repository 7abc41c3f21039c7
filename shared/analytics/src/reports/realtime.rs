//! The last half hour, from the events themselves (no. 26).

use kernel::Error;

use super::grid::Grid;
use super::question::Question;
use super::rules::share;
use super::store::Store;

/// How many minutes are looked at.
const MINUTES: usize = 30;

answers! {
    /// What happens now.
    Realtime {
        /// Different persons who were active in the last 5 minutes.
        active_5m: i64,
        /// The same in the last 30 minutes.
        active_30m: i64,
        /// What was asked in each of the last 30 minutes, the oldest first.
        messages_per_minute: Vec<i64>,
        /// Of the last 30 minutes.
        tokens_per_minute: Option<f64>,
        /// Calls of models, of the last 30 minutes.
        requests_per_minute: Option<f64>,
        /// What was asked and failed, of the last 30 minutes.
        errors_per_minute: Option<f64>,
        /// Jobs that are due; for operators.
        queue_depth: Option<i64>,
        /// How long the oldest fact has waited that is not counted yet; for operators.
        lag_seconds: Option<i64>,
    }
}

/// What happens now.
///
/// # Errors
/// Those of the store.
pub async fn realtime(store: &mut impl Store, question: &Question) -> Result<Realtime, Error> {
    let lately = store.lately(question).await?;
    let mut minutes: Grid<(), i64> = Grid::new(MINUTES);
    for row in store.minutes(question).await? {
        *minutes.cell(row.at, ()) += row.count;
    }
    let a_minute = |count| share(count, 30);
    let of_all = question.filter.organization.is_none();
    Ok(Realtime {
        active_5m: lately.active_5m,
        active_30m: lately.active_30m,
        messages_per_minute: minutes.buckets(),
        tokens_per_minute: a_minute(lately.tokens),
        requests_per_minute: a_minute(lately.requests),
        errors_per_minute: a_minute(lately.errors),
        queue_depth: of_all.then_some(lately.queue_depth),
        lag_seconds: of_all.then_some(lately.lag_seconds),
    })
}
