//! The one gate every call passes: waits, fails, hangs or cuts as the plan says, and writes the
//! call log. Called by the front doors of `telegram`, `ai` and `s3`.

use std::future::Future;

use super::{Fate, Service, Twist};
use crate::calls::Watch;
use crate::http::Cut;
use crate::world::World;

/// How a vendor says no.
pub trait Vendor<R> {
    /// `status` with the vendor's own error body.
    fn failure(&self, status: u16) -> R;
    /// The vendor's own "too many requests".
    fn rate_limited(&self, retry_after: u64) -> R;
    /// Status of a reply, for the call log.
    fn status(&self, reply: &R) -> u16;
}

/// Runs `work` unless the plan says otherwise. `watch` has been opened for this call.
pub async fn through<R, E: From<Cut>>(
    world: &World,
    service: Service,
    watch: Watch<'_>,
    vendor: &impl Vendor<R>,
    work: impl Future<Output = Result<R, E>>,
) -> Result<R, E> {
    through_twisted(world, service, watch, vendor, |_| work).await
}

/// The same for work that can spoil its own answer.
pub async fn through_twisted<R, E: From<Cut>, F: Future<Output = Result<R, E>>>(
    world: &World,
    service: Service,
    mut watch: Watch<'_>,
    vendor: &impl Vendor<R>,
    work: impl FnOnce(Twist) -> F,
) -> Result<R, E> {
    let verdict = world.faults.verdict(service, watch.method());
    watch.fault(verdict.fate.name().or(verdict.twist.name()));
    if !verdict.latency.is_zero() {
        tokio::time::sleep(verdict.latency).await;
    }
    let reply = match verdict.fate {
        Fate::Down => return Err(Cut.into()),
        Fate::Hang => std::future::pending().await,
        Fate::Fail(status) => vendor.failure(status),
        Fate::RateLimit(seconds) => vendor.rate_limited(seconds),
        Fate::Pass => work(verdict.twist).await?,
        Fate::LoseReply => {
            work(verdict.twist).await?;
            return Err(Cut.into());
        }
    };
    watch.answered(vendor.status(&reply));
    Ok(reply)
}
