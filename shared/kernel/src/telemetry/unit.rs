//! A unit of work, which is a request or an attempt at a job: its span in a trace, and what its reports to Sentry have in
//! common. Both are current while its future is polled, so that what is done in it finds them without an argument.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Polled, Poll};

use opentelemetry::Context;
use pin_project_lite::pin_project;
use sentry::Hub;

use super::reports::{self, Tags};
use super::traces::{self, Span};

/// A unit of work.
#[derive(Debug)]
pub struct Unit {
    /// Its span.
    pub span: Span,
    hub: Option<Arc<Hub>>,
}

impl Unit {
    /// A unit whose reports carry these tags. Without traces and Sentry it is nothing.
    pub fn new(span: Span, tags: Tags<'_>) -> Self {
        let hub = reports::apart(tags);
        Self { span, hub }
    }

    /// The same for a request of a program that calls itself so: what bots meet is not reported.
    pub fn of_agent(span: Span, tags: Tags<'_>, user_agent: Option<&str>) -> Self {
        let hub = reports::apart_unless_bot(tags, user_agent);
        Self { span, hub }
    }

    /// Runs a future as a part of this unit.
    pub fn run<F: Future>(&self, inner: F) -> Running<F> {
        Running {
            context: self.span.context(),
            hub: self.hub.clone(),
            inner,
        }
    }
}

/// Runs a future as a part of the unit of work at hand, also in a task of its own.
pub fn in_current_unit<F: Future>(inner: F) -> Running<F> {
    Running {
        context: traces::are_on().then(Context::current),
        hub: reports::current(),
        inner,
    }
}

pin_project! {
    /// A future that runs as a part of a [`Unit`].
    pub struct Running<F> {
        #[pin]
        inner: F,
        context: Option<Context>,
        hub: Option<Arc<Hub>>,
    }
}

impl<F: Future> Future for Running<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, polled: &mut Polled<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _current = this.context.clone().map(Context::attach);
        match this.hub {
            None => this.inner.poll(polled),
            Some(hub) => Hub::run(hub.clone(), || this.inner.poll(polled)),
        }
    }
}
