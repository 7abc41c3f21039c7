//! One call to a vendor over HTTP, from the first byte to the last: what all of them have in common.
//! The rest is the [`Wire`] of each vendor's file.
//!
//! The text counts as complete when the vendor has sent why it ended. A break after that loses no more
//! than the count of tokens; a break before it is [`Kind::Interrupted`].

use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::body::{self, Body, Patience};
use super::draft::Draft;
use super::fault::Fault;
use super::sse::{Frames, Framing};
use super::{Ai, Answer, Call, Finish, SERVICE, Vendor, patience};
use crate::{ProviderError, ProviderErrorKind as Kind, http};

/// The wire protocol of a vendor.
pub(super) trait Wire: Send + Sync {
    const VENDOR: Vendor;
    const FRAMING: Framing = Framing::Events;

    /// The request; it asks for a stream if the call wants pieces.
    fn request(&self, http: &reqwest::Client, call: &Call) -> RequestBuilder;

    /// Takes over a whole answer, or a piece of one.
    ///
    /// # Errors
    /// What the vendor gives as a fault elsewhere than in a top-level `error`.
    fn read(&self, reply: &Value, draft: &mut Draft) -> Result<(), Fault>;

    /// The secret that must be in no log.
    fn secret(&self) -> &str;
}

/// A vendor.
pub(super) struct Client<W> {
    pub(super) http: reqwest::Client,
    pub(super) wire: W,
    /// The longest silence inside a stream.
    pub(super) idle: Duration,
}

#[async_trait]
impl<W: Wire> Ai for Client<W> {
    async fn complete(&self, call: Call) -> Result<Answer, ProviderError> {
        let patience = Patience::new(call.timeout, self.idle);
        let request = self.wire.request(&self.http, &call);
        let response = self.send(request, patience).await?;
        let mut draft = Draft::new(&call);
        if call.pieces.is_some() && !is_whole(response.headers()) {
            self.stream(Body::new(W::VENDOR, response, patience), &mut draft)
                .await?;
        } else {
            self.whole(Body::new(W::VENDOR, response, patience), &mut draft)
                .await?;
        }
        let nothing = || self.error(Kind::Protocol, "an answer without text");
        draft.answer(&call.model).ok_or_else(nothing)
    }
}

/// Whether the answer is not a stream, although one was asked for: vendors refuse like that, some cannot
/// stream, and a gateway's page is not a stream either.
fn is_whole(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = value
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    matches!(kind, None | Some("application/json" | "text/html"))
}

impl<W: Wire> Client<W> {
    fn error(&self, kind: Kind, why: impl Into<String>) -> ProviderError {
        W::VENDOR.error(kind, why)
    }

    /// The response, if it is a success.
    pub(super) async fn send(
        &self,
        request: RequestBuilder,
        patience: Patience,
    ) -> Result<Response, ProviderError> {
        let sent = http::send(W::VENDOR.name(), request);
        let sent = timeout_at(patience.deadline, sent).await;
        let response = sent.map_err(|_| body::late(W::VENDOR))?;
        let response = response.map_err(|why| http::failed(SERVICE, W::VENDOR.name(), why))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refused(response, patience.deadline).await)
    }

    async fn refused(&self, response: Response, deadline: Instant) -> ProviderError {
        let status = response.status().as_u16();
        let after = patience::of(response.headers(), Utc::now());
        let body = body::refusal(response, deadline).await;
        let fault = serde_json::from_slice(&body).ok();
        let fault = fault.as_ref().and_then(Fault::of);
        // A page of a gateway is not quoted: it may repeat the request.
        let fault = fault.unwrap_or_else(|| {
            let why = format!("{} bytes that are not in the form of a refusal", body.len());
            Fault::new(status, why)
        });
        self.error(
            fault.kind(Some(status), after),
            fault.for_log(Some(status), self.wire.secret()),
        )
    }

    async fn whole(&self, body: Body, draft: &mut Draft) -> Result<(), ProviderError> {
        let body = body.whole().await?;
        self.take(&self.json(&body)?, draft)?;
        if !draft.is_finished() && draft.has_text() {
            // It came whole, so it is complete.
            draft.finish(Finish::Stop);
        }
        Ok(())
    }

    async fn stream(&self, mut body: Body, draft: &mut Draft) -> Result<(), ProviderError> {
        let (mut frames, mut heard) = (Frames::new(W::FRAMING), false);
        while !draft.over {
            let came = match body.next(draft.is_finished()).await {
                Ok(Some(chunk)) => frames.push(&chunk),
                Ok(None) => {
                    draft.over = true;
                    frames.rest().into_iter().collect()
                }
                Err(_) if draft.is_finished() => return Ok(()),
                Err(why) => return Err(why),
            };
            for frame in came {
                heard = true;
                self.frame(&frame, draft)?;
            }
        }
        match (draft.is_finished(), heard) {
            (true, _) => Ok(()),
            (false, true) => Err(self.error(Kind::Interrupted, "a stream without its end")),
            (false, false) => Err(self.error(Kind::Protocol, "a stream without an event")),
        }
    }

    fn frame(&self, frame: &str, draft: &mut Draft) -> Result<(), ProviderError> {
        if frame == "[DONE]" {
            draft.over = true;
            return Ok(());
        }
        match self.json(frame.as_bytes()) {
            Ok(reply) => self.take(&reply, draft),
            Err(_) if draft.is_finished() => Ok(()),
            Err(why) => Err(why),
        }
    }

    /// The bytes are not quoted: they may hold words of a person.
    pub(super) fn json(&self, bytes: &[u8]) -> Result<Value, ProviderError> {
        serde_json::from_slice(bytes).map_err(|why| {
            let why = format!("{} bytes that are not JSON: {why}", bytes.len());
            self.error(Kind::Protocol, why)
        })
    }

    fn take(&self, reply: &Value, draft: &mut Draft) -> Result<(), ProviderError> {
        let read = match Fault::of(reply) {
            Some(fault) => Err(fault),
            None => self.wire.read(reply, draft),
        };
        read.or_else(|fault| self.failed(&fault, draft))
    }

    /// An error inside a 200.
    fn failed(&self, fault: &Fault, draft: &mut Draft) -> Result<(), ProviderError> {
        let kind = match fault.kind(None, None) {
            _ if draft.is_finished() => return Ok(()),
            // What came before a filter stopped the answer is paid for; the caller gets it as refused.
            Kind::Refused if draft.has_text() => {
                draft.finish(Finish::Refused);
                draft.over = true;
                return Ok(());
            }
            _ if draft.has_text() => Kind::Interrupted,
            kind => kind,
        };
        Err(self.error(kind, fault.for_log(None, self.wire.secret())))
    }
}
