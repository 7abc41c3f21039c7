//! Gives up payments that were not made in time, once their vendors were asked: money whose notifications were lost
//! becomes a plan here. A vendor that does not answer is asked again by the next run, and nothing is given up unasked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use money::payments::abandon;
use money::payments::model::{Event, Happened, Payment, PaymentProvider};
use money::payments::settle;
use vendors::ProviderErrorKind;
use vendors::payment::{Notification, Sought};

use crate::state::WorkerState;
use runtime::handler::JobError;

/// The most rows of one query.
const BATCH: i64 = 500;

/// Asks about all payments from before `until` that have not been made; returns how many are given up.
pub(super) async fn give_up(state: &WorkerState, until: DateTime<Utc>) -> Result<usize, JobError> {
    let (mut given_up, mut after) = (0, None);
    loop {
        let old = abandon::old(&mut *state.db().await?, until, after, BATCH).await?;
        let Some(last) = old.last() else {
            return Ok(given_up);
        };
        after = Some(last.id);
        let mut by_provider: BTreeMap<&'static str, Vec<&Payment>> = BTreeMap::new();
        for payment in &old {
            let of_provider = by_provider.entry(payment.provider.as_str()).or_default();
            of_provider.push(payment);
        }
        for (provider, payments) in by_provider {
            given_up += ask(state, provider, &payments).await?;
        }
    }
}

/// Asks a provider about these payments of it.
async fn ask(
    state: &WorkerState,
    provider: &'static str,
    payments: &[&Payment],
) -> Result<usize, JobError> {
    let Ok(gateway) = state.core.providers.gateways.get(provider) else {
        tracing::warn!(
            provider,
            payments = payments.len(),
            "payments stay pending: their provider is not configured and cannot be asked"
        );
        return Ok(0);
    };
    let mut given_up = 0;
    for some in payments.chunks(gateway.terms().looked_up_at_once) {
        let sought: Vec<Sought> = some.iter().map(|payment| payment.sought()).collect();
        match gateway.look_up(&sought).await {
            Ok(said) => {
                for payment in some {
                    given_up += usize::from(end(state, payment, &said).await?);
                }
            }
            Err(why) => {
                tracing::warn!(error = %why, provider, "payments stay pending: the next run asks again");
                // What is about these alone must not hold up the others.
                if why.kind != ProviderErrorKind::Rejected {
                    break;
                }
            }
        }
    }
    Ok(given_up)
}

/// Takes in what the vendor says of a payment; gives it up, and returns `true`, if that is nothing.
async fn end(
    state: &WorkerState,
    payment: &Payment,
    said: &[Notification],
) -> Result<bool, JobError> {
    let id = payment.id.to_string();
    let own = said.iter().filter(|one| one.order_id == id);
    let moved: Vec<&Notification> = own.filter(|one| one.happened != Happened::Open).collect();
    if moved.is_empty() {
        let mut conn = state.db().await?;
        let given_up = conn.transaction(async |conn| abandon::abandon(conn, payment).await);
        return Ok(given_up.await?);
    }
    for one in moved {
        take_in(state, payment.provider, one).await?;
    }
    Ok(false)
}

/// As the webhook would have done.
async fn take_in(
    state: &WorkerState,
    provider: PaymentProvider,
    said: &Notification,
) -> Result<(), JobError> {
    let event = Event::of(provider, said.clone());
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let settled = conn
        .transaction(async |conn| settle::settle(conn, &event, now).await)
        .await?;
    drop(conn);
    settled.report(&event);
    if settled.first && event.happened == Happened::Paid {
        tracing::warn!(
            provider = provider.as_str(),
            charge = event.external_id,
            order = event.order_id,
            "money came, and its notification did not: the vendor has told of it when it was asked"
        );
    }
    state.core.pusher.wake(&settled.tickets).await;
    Ok(())
}
