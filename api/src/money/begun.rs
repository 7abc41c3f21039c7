//! An order from the client's request to the intent that is written, whichever way it is paid: on the vendor's page, or
//! with its form in the client's own.

use actix_web::http::header::HeaderMap;
use diesel_async::AsyncConnection;
use kernel::Error;
use money::payments::model::{Happened, Payment, Wanted};
use money::payments::{orders, queries};
use people::idempotency::queries::{Lease, bind};
use uuid::Uuid;
use vendors::ProviderError;
use vendors::payment::Gateway;

use super::order::Order;
use crate::http::extract::Paying;
use crate::http::idempotency::{self, Turn};
use crate::state::ApiState;

/// Judges an order, and whether its Idempotency-Key was used for it before.
///
/// # Errors
/// Those of the order and of the key.
pub(super) async fn take_up(
    state: &ApiState,
    paying: &Paying,
    headers: &HeaderMap,
    order: &Order,
    operation: &str,
) -> Result<Turn, Error> {
    order.judge(&paying.caller, state)?;
    order.judge_account(paying)?;
    order.judge_renewal(state)?;
    let key = idempotency::key_of(headers)?;
    let fingerprint = order.fingerprint(operation, paying.key);
    let caller = paying.caller.namespace();
    idempotency::begin(state, &caller, key.as_deref(), &fingerprint).await
}

/// Writes the intent, and that the key is of it.
pub(super) async fn begin(
    state: &ApiState,
    paying: &Paying,
    order: &Order,
    gateway: &dyn Gateway,
    lease: Option<&Lease>,
) -> Result<Payment, Error> {
    let (amount, currency) = order.price(state, &gateway.terms()).await?;
    let wanted = Wanted {
        user_id: paying.account,
        tier: order.tier,
        provider: order.provider,
        amount,
        currency: currency.to_owned(),
        renew: order.renew,
    };
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        let payment = orders::intend(conn, &wanted, &paying.origin).await?;
        if let Some(lease) = lease {
            bind(conn, lease, Some(payment.id)).await?;
        }
        Ok::<_, Error>(payment)
    })
    .await
}

/// The payment that an earlier attempt of the same request has begun, at the price of then, if it still `waits` for its
/// money. The vendor is asked first: its answer may have been lost, and the order paid.
pub(super) async fn resumed(
    state: &ApiState,
    gateway: &dyn Gateway,
    lease: Option<&Lease>,
    waits: fn(&Payment) -> bool,
) -> Result<Option<Payment>, Error> {
    let Some(id) = lease.and_then(|lease| lease.bound_to) else {
        return Ok(None);
    };
    let paid = || Error::Conflict("the order is paid".to_owned());
    let begun = find(state, id).await?;
    if begun.as_ref().is_some_and(Payment::is_succeeded) {
        return Err(paid());
    }
    let Some(begun) = begun.filter(waits) else {
        return Ok(None);
    };
    let said = gateway.look_up(&[begun.sought()]).await;
    for one in said.map_err(of_vendor)? {
        if one.happened != Happened::Open {
            state.core.intake().hear(begun.provider, one).await?;
        }
    }
    match find(state, id).await? {
        Some(now) if now.is_succeeded() => Err(paid()),
        now => Ok(now.filter(waits)),
    }
}

async fn find(state: &ApiState, id: Uuid) -> Result<Option<Payment>, Error> {
    Ok(queries::find(&mut *state.db().await?, id).await?)
}

/// Records that the vendor refused the payment, and returns the error of payments. The key of one that is refused for
/// good is free again; otherwise the same request goes on with the payment.
pub(super) async fn refused(
    state: &ApiState,
    id: Uuid,
    lease: Option<&Lease>,
    why: ProviderError,
) -> Error {
    let final_ = orders::is_refusal(&why);
    let written = async {
        let mut conn = state.db().await?;
        queries::not_opened(&mut conn, id, final_, &why.message).await?;
        if let Some(lease) = lease.filter(|_| final_) {
            bind(&mut conn, lease, None).await?;
        }
        Ok::<_, Error>(())
    };
    if let Err(fault) = written.await {
        // It is given up after a day.
        tracing::warn!(error = %fault, payment = %id, "a payment that has no page stays pending");
    }
    of_vendor(why)
}

/// As an error of payments.
pub(super) fn of_vendor(why: ProviderError) -> Error {
    let code = vendors::codes::PAYMENT_PROVIDER_ERROR;
    match why.into() {
        Error::Provider { source, .. } => Error::Provider { code, source },
        Error::Unavailable { source, .. } => Error::Unavailable { code, source },
        other => other,
    }
}
