//! The limit of messages that one person sends to the bot: that of their requests to the API, counted together
//! with those. Payments are not counted.

use bot::jobs::Notice;
use kernel::Error;
use people::rate_limits::limiter::Counted;
use people::rate_limits::rules::Bucket;
use people::users;
use people::users::model::PersonKey;
use vendors::messenger::telegram_update::ChatEvent;

use super::{notices, words};
use crate::state::ApiState;

/// Counts a message; returns whether it is to be handled. What comes beyond the limit is passed over, and the
/// person is told so once a minute. Words of despair are answered all the same, as often.
///
/// # Errors
/// Those of the database.
pub(super) async fn admits(state: &ApiState, event: &ChatEvent) -> Result<bool, Error> {
    let person = event.from.telegram_id;
    if is_within(state, Bucket::Person(PersonKey::Telegram(person))).await {
        return Ok(true);
    }
    people::metrics::rate_limited(state.limiter.limits().person.name);
    let (bucket, notice) = match words::is_of_despair(event) {
        true => (Bucket::Care(person), Notice::Care),
        false => (Bucket::Notice(person), Notice::TooFast),
    };
    if is_within(state, bucket).await {
        let mut conn = state.db().await?;
        let profile = event.from.clone().into();
        let memory = &state.core.memory;
        let known = users::queries::find_or_create(&mut conn, &profile, memory).await?;
        let tickets = notices::send(&mut conn, event, known.id, notice).await?;
        state.core.pusher.wake(&tickets).await;
    }
    Ok(false)
}

/// Counts a pressed button; returns whether it is to be handled.
pub(super) async fn admits_press(state: &ApiState, event: &ChatEvent) -> bool {
    is_within(state, Bucket::Presses(event.from.telegram_id)).await
}

/// Counts in one bucket.
pub(super) async fn is_within(state: &ApiState, bucket: Bucket) -> bool {
    match state.limiter.count(bucket, None).await {
        Counted::Limited(decision) => decision.admitted,
        Counted::Unlimited | Counted::Stolen => true,
    }
}
