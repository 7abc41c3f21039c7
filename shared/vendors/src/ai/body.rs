//! The bytes of an answer, within a limit of size and of time. Called by [`super::client`].

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use super::{SERVICE, Vendor};
use crate::{ProviderError, ProviderErrorKind as Kind, http};

/// Most bytes of an answer: a long reading has some ten thousand.
const MOST: usize = 4 * 1024 * 1024;
/// Most bytes of a refusal that are looked at.
const MOST_OF_REFUSAL: usize = 64 * 1024;
/// How long to wait for the body of a refusal; its status matters more.
const REFUSAL: Duration = Duration::from_secs(5);
/// How long to wait for what comes after the end of the text.
const AFTER_END: Duration = Duration::from_secs(3);

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// When the whole call must have ended.
    pub deadline: Instant,
    /// The longest silence inside a stream that has begun.
    pub idle: Duration,
}

impl Patience {
    pub(super) fn new(timeout: Duration, idle: Duration) -> Self {
        // A day is as good as for ever, and can be added to any time.
        let deadline = Instant::now() + timeout.min(Duration::from_secs(86_400));
        Self { deadline, idle }
    }
}

/// A body that is still coming.
pub(super) struct Body {
    vendor: Vendor,
    response: Response,
    patience: Patience,
    received: usize,
}

impl Body {
    pub(super) fn new(vendor: Vendor, response: Response, patience: Patience) -> Self {
        Self {
            vendor,
            response,
            patience,
            received: 0,
        }
    }

    /// The next bytes of a stream; `None` at its end. `ended`: whether the text is complete.
    pub(super) async fn next(&mut self, ended: bool) -> Result<Option<Bytes>, ProviderError> {
        let idle = self.patience.idle;
        let silence = match (ended, self.received) {
            (true, _) => Some(idle.min(AFTER_END)),
            // A model may think for long before its first word.
            (false, 0) => None,
            (false, _) => Some(idle),
        };
        self.chunk(silence).await
    }

    /// All bytes of an answer that is not a stream: it comes when the model is done.
    pub(super) async fn whole(mut self) -> Result<Bytes, ProviderError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.chunk(None).await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// `silence`: the longest wait for a chunk; the deadline holds in any case.
    async fn chunk(&mut self, silence: Option<Duration>) -> Result<Option<Bytes>, ProviderError> {
        let deadline = self.patience.deadline;
        let until = silence.and_then(|silence| Instant::now().checked_add(silence));
        let until = until.map_or(deadline, |until| until.min(deadline));
        let chunk = timeout_at(until, self.response.chunk()).await;
        let chunk = chunk.map_err(|_| late(self.vendor))?;
        let chunk = chunk.map_err(|why| http::failed(SERVICE, self.vendor.name(), why))?;
        self.received += chunk.as_ref().map_or(0, Bytes::len);
        if self.received > MOST {
            let why = format!("an answer of more than {MOST} bytes");
            return Err(self.vendor.error(Kind::Protocol, why));
        }
        Ok(chunk)
    }
}

/// The beginning of the body of a refusal.
pub(super) async fn refusal(mut response: Response, deadline: Instant) -> Bytes {
    let until = deadline.min(Instant::now() + REFUSAL);
    let mut body = BytesMut::new();
    while let Ok(Ok(Some(chunk))) = timeout_at(until, response.chunk()).await {
        let free = MOST_OF_REFUSAL - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(free)]);
        if body.len() == MOST_OF_REFUSAL {
            break;
        }
    }
    body.freeze()
}

/// Nothing came in time.
pub(super) fn late(vendor: Vendor) -> ProviderError {
    vendor.error(Kind::Timeout, "no answer in time")
}
