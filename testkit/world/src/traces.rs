//! A collector of traces: takes OTLP over HTTP, as Jaeger does, and shows what has come.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use testkit::stub::{Reply, Stub};

use crate::world::flush_telemetry;

/// The server.
pub struct Collector(Stub);

/// A span, ids in hexadecimal digits.
#[derive(Clone, Debug)]
pub struct Seen {
    pub service: String,
    pub name: String,
    pub trace: String,
    pub id: String,
    /// Empty: it has none.
    pub parent: String,
    pub attributes: BTreeMap<String, String>,
}

impl Collector {
    /// # Errors
    /// No free port.
    pub async fn start() -> anyhow::Result<Self> {
        Ok(Self(Stub::answering(|_| Reply::new(200, "")).await?))
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` names it by.
    pub fn endpoint(&self) -> &str {
        self.0.url.as_str().trim_end_matches('/')
    }

    /// All spans that have ended in this process so far.
    ///
    /// # Errors
    /// What has come is not OTLP.
    pub async fn spans(&self) -> anyhow::Result<Vec<Seen>> {
        flush_telemetry().await?;
        let mut all = Vec::new();
        for call in self.0.received() {
            anyhow::ensure!(call.line() == "POST /v1/traces", "{}", call.line());
            let export = ExportTraceServiceRequest::decode(call.body)?;
            for resource in export.resource_spans {
                let named = attributes(
                    resource
                        .resource
                        .map(|it| it.attributes)
                        .unwrap_or_default(),
                );
                let service = named.get("service.name").cloned().unwrap_or_default();
                let spans = resource
                    .scope_spans
                    .into_iter()
                    .flat_map(|scope| scope.spans);
                all.extend(spans.map(|span| seen(&service, span)));
            }
        }
        Ok(all)
    }
}

fn seen(service: &str, span: Span) -> Seen {
    let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Seen {
        service: service.to_owned(),
        name: span.name,
        trace: digits(&span.trace_id),
        id: digits(&span.span_id),
        parent: digits(&span.parent_span_id),
        attributes: attributes(span.attributes),
    }
}

fn attributes(all: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: AnyValue| match value.value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    let pair = |one: KeyValue| (one.key, one.value.map(text).unwrap_or_default());
    all.into_iter().map(pair).collect()
}
