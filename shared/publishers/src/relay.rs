//! From the outbox to a broker.
//!
//! Read, publish, wait for the confirms, and only then move the cursor, if it is still where it was. What stops between
//! two of these steps publishes again: at least once. Several publishers at once each publish in the order of the
//! outbox, so that the first copy of an event comes before the first copy of each later one of its subject.

use std::time::{Duration, Instant};

use events::{Ahead, ahead, pass};
use kernel::Error;
use kernel::db::Pool;
use vendors::ProviderError;
use vendors::broker::{Broker, Confirm, Message};

use crate::{Step, metrics, rules};

/// The cursor of this publisher, and its name in metrics.
pub const AMQP: &str = "amqp";

/// Events of a step.
const BATCH: usize = 200;

/// A wave is begun for so long after the step: with a slow broker a step is short, and its cursor moves all the same.
const BEGIN_WITHIN: Duration = Duration::from_secs(10);

/// How far the waves of a step have come.
struct Published {
    /// By the places of the events: whether the broker has answered for them.
    confirmed: Vec<bool>,
    unroutable: usize,
    failure: Option<ProviderError>,
}

/// Publishes the next events behind the cursor, and moves it behind those that are confirmed without a gap.
///
/// # Errors
/// Those of the database. A broker that is away is a [`Step::failure`].
pub async fn relay(db: &Pool, broker: &dyn Broker) -> Result<Step, Error> {
    // No connection is held while the broker is waited for.
    let found = ahead(&mut *db.get().await?, AMQP, BATCH as i64).await?;
    let published = publish(broker, &found).await;
    let confirmed = published.confirmed.iter().take_while(|one| **one).count();
    let moved = pass(&mut *db.get().await?, AMQP, &found, confirmed).await?;
    if !moved {
        tracing::warn!("another publisher, or a replay, has moved the cursor meanwhile");
    }
    let passed = if moved { confirmed } else { 0 };
    metrics::passed(AMQP, passed);
    metrics::unroutable(published.unroutable);
    if published.failure.is_some() {
        metrics::failed(AMQP);
    }
    Ok(Step {
        passed,
        more: published.failure.is_none() && found.events.len() == BATCH,
        failure: published.failure,
    })
}

async fn publish(broker: &dyn Broker, found: &Ahead) -> Published {
    let began = Instant::now();
    let waves = rules::waves(&found.events);
    let mut published = Published {
        confirmed: vec![false; waves.len()],
        unroutable: 0,
        failure: None,
    };
    let last = waves.iter().max().map_or(0, |last| last + 1);
    for wave in 0..last {
        if published.failure.is_some() || began.elapsed() > BEGIN_WITHIN {
            break;
        }
        let places = waves.iter().enumerate().filter(|(_, of)| **of == wave);
        let places: Vec<usize> = places.map(|(place, _)| place).collect();
        published.wave(broker, found, &places).await;
    }
    published
}

impl Published {
    /// Publishes the events of one wave.
    async fn wave(&mut self, broker: &dyn Broker, found: &Ahead, places: &[usize]) {
        let events = places.iter().filter_map(|place| found.events.get(*place));
        let messages: Vec<Message> = events.map(rules::message).collect();
        let confirms = match broker.publish(&messages).await {
            Ok(confirms) => confirms,
            Err(why) => {
                self.failure = Some(why);
                return;
            }
        };
        for (place, confirm) in places.iter().zip(confirms) {
            self.note(*place, confirm);
        }
    }

    fn note(&mut self, place: usize, confirm: Confirm) {
        match confirm {
            Confirm::Refused => self.failure = Some(refused()),
            Confirm::Taken | Confirm::Returned => {
                if let Some(one) = self.confirmed.get_mut(place) {
                    *one = true;
                }
            }
        }
        self.unroutable += usize::from(confirm == Confirm::Returned);
    }
}

fn refused() -> ProviderError {
    let why = "a queue refuses a message for now (it is full, or has lost its majority)";
    let kind = vendors::ProviderErrorKind::Transient;
    ProviderError::new(vendors::broker::SERVICE, AMQP, kind, why)
}
