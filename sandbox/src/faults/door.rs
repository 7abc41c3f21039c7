//! The one gate every call passes: waits, fails, hangs or cuts as the plan says, and writes the
//! call log. Called by the vendors.

use std::future::Future;

use hyper::header::{HeaderValue, RETRY_AFTER};

use super::{Fate, Service, Twist};
use crate::calls::Watch;
use crate::http::{Answer, Cut, Reply};
use crate::world::World;

/// How a vendor says no.
pub trait ErrorForm {
    /// `status` with the vendor's own error body.
    fn failure(&self, status: u16) -> Reply;
    /// The vendor's own "too many requests".
    fn rate_limited(&self, retry_after: u64) -> Reply {
        let mut reply = self.failure(429);
        let headers = reply.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after));
        reply
    }
}

/// Runs `work` unless the plan says otherwise. `watch` has been opened for this call.
pub async fn through(
    world: &World,
    service: &Service,
    watch: Watch<'_>,
    form: &impl ErrorForm,
    work: impl Future<Output = Answer>,
) -> Answer {
    through_twisted(world, service, watch, form, |_| work).await
}

/// The same for work that can spoil its own answer.
pub async fn through_twisted<F: Future<Output = Answer>>(
    world: &World,
    service: &Service,
    mut watch: Watch<'_>,
    form: &impl ErrorForm,
    work: impl FnOnce(Twist) -> F,
) -> Answer {
    let injection = world.faults.injection(service, watch.method());
    watch.fault(injection.fate.name().or(injection.twist.name()));
    if !injection.latency.is_zero() {
        tokio::time::sleep(injection.latency).await;
    }
    let reply = match injection.fate {
        Fate::Down => return Err(Cut),
        Fate::Hang => std::future::pending().await,
        Fate::Fail(status) => form.failure(status),
        Fate::RateLimit(seconds) => form.rate_limited(seconds),
        Fate::Pass => work(injection.twist).await?,
        Fate::LoseReply => {
            work(injection.twist).await?;
            return Err(Cut);
        }
    };
    watch.answered(reply.status().as_u16());
    Ok(reply)
}
