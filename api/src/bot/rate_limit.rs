//! The limit of messages that one person sends to the bot: that of their requests to the API, counted together
//! with those. Payments are not counted.

use bot::jobs::Notice;
use kernel::Error;
use people::rate_limits::buckets::{Bucket, Holder};
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
    if admits_person(state, person).await {
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

/// Counts a message for the person alone, as their requests to the API are; returns whether it is to be handled.
pub(super) async fn admits_person(state: &ApiState, telegram_id: i64) -> bool {
    let holder = Holder::Person(PersonKey::Telegram(telegram_id));
    let plan = state.rates.of(holder).await;
    let against = state.limiter.limits().of_holder(holder, plan);
    let counted = state.limiter.count(&[against], None).await;
    counted.refused().is_none()
}

/// Counts a pressed button; returns whether it is to be handled.
pub(super) async fn admits_press(state: &ApiState, event: &ChatEvent) -> bool {
    is_within(state, Bucket::Presses(event.from.telegram_id)).await
}

/// Counts in one bucket.
async fn is_within(state: &ApiState, bucket: Bucket) -> bool {
    state.limiter.count_one(bucket).await.refused().is_none()
}
