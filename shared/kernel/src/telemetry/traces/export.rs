//! Sends spans to a collector, from the thread of the batch processor: a request never waits for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::KeyValue;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use ureq::Agent;

use super::TracesConfig;
use crate::error::Error;

/// Spans that wait; further ones are dropped.
const QUEUE: usize = 2_048;

/// For a whole call of the collector. Less than a stop waits.
const PATIENCE: Duration = Duration::from_secs(3);

/// How much of an answer is read.
const ANSWER_MAX: u64 = 64 * 1024;

/// What names this program in traces.
pub(in crate::telemetry) struct Names<'a> {
    pub program: &'a str,
    pub release: &'a str,
    pub environment: &'a str,
}

/// The provider of traces that sends them there.
///
/// # Errors
/// `Internal` if the exporter cannot be built.
pub(super) fn provider(
    config: &TracesConfig,
    names: &Names<'_>,
) -> Result<SdkTracerProvider, Error> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Sender::new())
        .with_endpoint(config.endpoint.as_str())
        .with_headers(config.headers.0.iter().cloned().collect())
        .with_timeout(PATIENCE)
        .build()
        .map_err(|why| Error::internal(format!("traces: {why}")))?;
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .build();
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches)
        .build();
    Ok(SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_sampler(config.sampling.sampler())
        .with_resource(resource(config, names))
        .build())
}

fn resource(config: &TracesConfig, names: &Names<'_>) -> Resource {
    let service = config.service.clone();
    let service = service.unwrap_or_else(|| names.program.to_owned());
    let release = KeyValue::new("service.version", names.release.to_owned());
    let environment = names.environment.to_owned();
    let environment = KeyValue::new("deployment.environment.name", environment);
    Resource::builder_empty()
        .with_service_name(service)
        .with_attributes([release, environment])
        .build()
}

/// The client of the collector. Blocks, as it may on a thread of its own; that of the vendors would need a runtime there.
#[derive(Debug)]
struct Sender {
    agent: Agent,
    /// Whether the last call has failed.
    failing: AtomicBool,
}

impl Sender {
    fn new() -> Self {
        let agent = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            // The headers may hold a key.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        Self {
            agent: agent.into(),
            failing: AtomicBool::new(false),
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answered = self.agent.run(request.map(|body| body.to_vec()))?;
        let (head, mut body) = answered.into_parts();
        let body = body.with_config().limit(ANSWER_MAX).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }

    /// Says once that spans are lost, and once that they arrive again.
    fn note(&self, failed: Option<String>) {
        match (failed, self.failing.load(Ordering::Relaxed)) {
            (Some(why), false) => {
                tracing::warn!(error = why, "traces cannot be sent; they are dropped");
                self.failing.store(true, Ordering::Relaxed);
            }
            (None, true) => {
                tracing::info!("traces are sent again");
                self.failing.store(false, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answered = self.send(request);
        self.note(match &answered {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("the collector answers {}", answer.status())),
            Err(why) => Some(why.to_string()),
        });
        answered
    }
}
