//! Payment notifications of vendors, and what a person sees of their payments.

pub(crate) mod gateway;
pub(crate) mod receipts;
pub(crate) mod telegram;

use diesel_async::AsyncConnection;
use kernel::Error;
use money::payments::model::Event;
use money::payments::settle;

use crate::state::ApiState;

/// Takes an event in. The vendor is answered with a success only once everything that follows from
/// it is committed; otherwise it comes again. `payer`: the Telegram id of the person who paid, if it is known.
async fn settle(state: &ApiState, event: &Event, payer: Option<i64>) -> Result<(), Error> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let settled = conn
        .transaction(async |conn| settle::settle(conn, event, now).await)
        .await?;
    drop(conn);
    settled.report(event, payer);
    state.core.pusher.wake(&settled.tickets).await;
    Ok(())
}
