//! Traces by OpenTelemetry: a span for each request, each attempt at a job and each call of a vendor. The caller's
//! `traceparent` is the parent of a request, the request that of its jobs (`jobs.trace_parent` keeps it), a job that of
//! its calls and of the jobs that follow.
//!
//! Off unless a collector is configured: then each of these costs a look at [`TRACER`]. Attributes are ids and names of
//! ours, never an address of a person, a path with its ids or a text.

mod config;
mod export;
mod parent;

use std::sync::OnceLock;

use opentelemetry::trace::{SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use uuid::Uuid;

use crate::error::Error;

pub use config::{SETTINGS, TracesConfig};
pub(super) use export::Names;
pub use parent::HEADER;

/// What makes the spans of this process.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Starts the traces of this process. A second start in one process keeps the first.
///
/// # Errors
/// `Internal` if the exporter cannot be built.
pub(super) fn start(config: &TracesConfig, names: &Names<'_>) -> Result<SdkTracerProvider, Error> {
    let provider = export::provider(config, names)?;
    let _ = TRACER.set(provider.tracer("symancy"));
    Ok(provider)
}

/// Whether there are traces.
pub fn are_on() -> bool {
    TRACER.get().is_some()
}

/// The `traceparent` of what is done now; `None`: there are no traces, or it belongs to none.
pub fn current() -> Option<String> {
    TRACER.get()?;
    Context::map_current(written)
}

/// Marks the span of what is done now with how it has ended.
pub fn outcome(status: &'static str, failed: bool) {
    if TRACER.get().is_some() {
        let context = Context::current();
        let span = context.span();
        span.set_attribute(KeyValue::new("symancy.job.outcome", status));
        if failed {
            span.set_status(Status::error(status));
        }
    }
}

fn written(context: &Context) -> Option<String> {
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| parent::written(span))
}

/// What a `traceparent` names; a root, if it names nothing.
fn named(parent: Option<&str>) -> Context {
    let root = Context::new();
    match parent.and_then(parent::read) {
        Some(span) => root.with_remote_span_context(span),
        None => root,
    }
}

/// A piece of work in a trace, which ends when this is dropped. Of a process without traces: nothing.
#[derive(Debug)]
pub struct Span(Option<Context>);

impl Span {
    /// A span that is none.
    pub const NONE: Self = Self(None);

    /// Of a request, below the span that its `traceparent` names. `route` is the pattern of its path.
    pub fn of_request(method: &str, route: &str, request_id: &str, given: Option<&str>) -> Self {
        Self::start(
            SpanKind::Server,
            || Some(named(given)),
            || {
                let attributes = vec![
                    KeyValue::new("http.request.method", method.to_owned()),
                    KeyValue::new("http.route", route.to_owned()),
                    KeyValue::new("symancy.request_id", request_id.to_owned()),
                ];
                (format!("{method} {route}"), attributes)
            },
        )
    }

    /// Of an attempt at a job, below the span that has enqueued it.
    pub fn of_job(
        kind: &str,
        queue: &'static str,
        id: Uuid,
        attempt: i32,
        by: Option<&str>,
    ) -> Self {
        Self::start(
            SpanKind::Consumer,
            || Some(named(by)),
            || {
                let attributes = vec![
                    KeyValue::new("symancy.job.kind", kind.to_owned()),
                    KeyValue::new("symancy.job.queue", queue),
                    KeyValue::new("symancy.job.id", id.to_string()),
                    KeyValue::new("symancy.job.attempt", i64::from(attempt)),
                ];
                (format!("job {kind}"), attributes)
            },
        )
    }

    /// Of a call of a vendor, below what is done now; what belongs to no trace begins none. Not the address of the call:
    /// it may hold a token.
    pub fn of_call(vendor: &'static str, method: &str, host: Option<&str>) -> Self {
        let above = || Some(Context::current()).filter(Context::has_active_span);
        Self::start(SpanKind::Client, above, || {
            let attributes = vec![
                KeyValue::new("http.request.method", method.to_owned()),
                KeyValue::new("peer.service", vendor),
                KeyValue::new("server.address", host.unwrap_or_default().to_owned()),
            ];
            (format!("{method} {vendor}"), attributes)
        })
    }

    /// A span below another one, if there is to be one.
    fn start(
        kind: SpanKind,
        above: impl FnOnce() -> Option<Context>,
        describe: impl FnOnce() -> (String, Vec<KeyValue>),
    ) -> Self {
        let Some(tracer) = TRACER.get() else {
            return Self::NONE;
        };
        let Some(above) = above() else {
            return Self::NONE;
        };
        let (name, attributes) = describe();
        let span = tracer
            .span_builder(name)
            .with_kind(kind)
            .with_attributes(attributes);
        let span = span.start_with_context(tracer, &above);
        Self(Some(above.with_span(span)))
    }

    /// The `traceparent` that puts others below this span.
    pub fn parent(&self) -> Option<String> {
        self.0.as_ref().and_then(written)
    }

    /// The id of its trace.
    pub fn trace_id(&self) -> Option<String> {
        let context = self.0.as_ref()?;
        Some(context.span().span_context().trace_id().to_string())
    }

    /// Notes the status of an answer, and whether that is a failure.
    pub fn answered(&self, status: u16, failed: bool) {
        let Some(context) = &self.0 else { return };
        let span = context.span();
        let code = KeyValue::new("http.response.status_code", i64::from(status));
        span.set_attribute(code);
        if failed {
            span.set_status(Status::error(status.to_string()));
        }
    }

    /// Notes that there was no answer.
    pub fn failed(&self) {
        if let Some(context) = &self.0 {
            context.span().set_status(Status::error("no answer"));
        }
    }

    /// What is current while its work is polled.
    pub(super) fn context(&self) -> Option<Context> {
        self.0.clone()
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}
