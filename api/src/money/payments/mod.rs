//! Payment notifications of vendors, and what a person sees of their payments.

pub(crate) mod gateway;
pub(crate) mod receipts;
pub(crate) mod telegram;

use diesel_async::AsyncConnection;
use kernel::Error;
use money::payments::model::Event;

use crate::state::ApiState;

/// Takes an event in. The vendor is answered with a success only once everything that follows from
/// it is committed; otherwise it comes again.
pub(crate) async fn settle(state: &ApiState, event: &Event) -> Result<(), Error> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let settled = conn
        .transaction(async |conn| money::payments::settle::settle(conn, event, now).await)
        .await?;
    drop(conn);
    settled.report(event);
    state.core.pusher.wake(&settled.tickets).await;
    Ok(())
}
