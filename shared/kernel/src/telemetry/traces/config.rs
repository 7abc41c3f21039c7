//! The settings of traces, by the names that OpenTelemetry has given them.

use std::fmt;
use std::str::FromStr;

use opentelemetry_sdk::trace::Sampler;
use url::Url;

use crate::env::{Env, Section, Setting};

const ENDPOINT: Setting = Setting::optional(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "http://localhost:4318",
    "Where traces are sent to by OTLP over HTTP (Jaeger, an OpenTelemetry collector); `/v1/traces` is added to it. Not \
     set: there are no traces.",
);
const HEADERS: Setting = Setting::optional(
    "OTEL_EXPORTER_OTLP_HEADERS",
    "x-api-key=secret",
    "Headers that are sent along with traces: `name=value`, divided by commas. Not set: none.",
)
.secret();
const SERVICE: Setting = Setting::optional(
    "OTEL_SERVICE_NAME",
    "symancy-api",
    "What traces call this program. Not set: `symancy-api`, `symancy-worker`.",
);
const SAMPLER: Setting = Setting::new(
    "OTEL_TRACES_SAMPLER",
    "parentbased_always_on",
    "Which traces are kept: always_on, always_off, traceidratio, or the same after `parentbased_`, which decide only where \
     the caller has not.",
);
const RATIO: Setting = Setting::new(
    "OTEL_TRACES_SAMPLER_ARG",
    "1.0",
    "Of the samplers by ratio: the share of traces that is kept, from 0 to 1.",
);

/// What an operator sets.
pub const SETTINGS: Section = Section {
    title: "Traces",
    settings: &[ENDPOINT, HEADERS, SERVICE, SAMPLER, RATIO],
};

/// Where traces go to, and which.
#[derive(Clone, Debug)]
pub struct TracesConfig {
    /// The address that spans are sent to, with its path.
    pub endpoint: Url,
    /// What is sent along.
    pub headers: Headers,
    /// The name of the program; `None`: its own.
    pub service: Option<String>,
    /// Which traces are kept.
    pub sampling: Sampling,
}

impl TracesConfig {
    /// Reads the settings; `None`: there are no traces.
    pub fn read(env: &mut Env<'_>) -> Option<Self> {
        let endpoint = env.optional_url_anywhere(&ENDPOINT);
        let headers = env.parsed(&HEADERS);
        let service = env.optional(&SERVICE);
        let mut sampling: Sampling = env.value(&SAMPLER);
        sampling.ratio = ratio(env);
        Some(Self {
            endpoint: traces_of(endpoint?),
            headers: headers.unwrap_or_default(),
            service,
            sampling,
        })
    }
}

fn ratio(env: &mut Env<'_>) -> f64 {
    let ratio = env.value(&RATIO);
    if !(0.0..=1.0).contains(&ratio) {
        env.fault(&RATIO, "it must be from 0 to 1");
    }
    ratio
}

/// The address for spans below that of a collector.
fn traces_of(mut endpoint: Url) -> Url {
    let base = endpoint.path().trim_end_matches('/');
    let path = format!("{base}/v1/traces");
    endpoint.set_path(&path);
    endpoint
}

/// Names and values. They may hold a key, so that they are not shown.
#[derive(Clone, Default)]
pub struct Headers(pub(super) Vec<(String, String)>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} headers", self.0.len())
    }
}

impl FromStr for Headers {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=')?;
            let (name, value) = (name.trim(), value.trim());
            (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
        };
        let pairs: Option<Vec<_>> = text.split(',').map(pair).collect();
        pairs
            .map(Self)
            .ok_or("must be `name=value`, divided by commas")
    }
}

/// Which traces are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    own: Own,
    /// Whether the decision of the caller counts.
    by_parent: bool,
    ratio: f64,
}

/// How a trace is chosen that begins here.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Own {
    On,
    Off,
    Ratio,
}

impl FromStr for Sampling {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let own = text.strip_prefix("parentbased_");
        let by_parent = own.is_some();
        let own = match own.unwrap_or(text) {
            "always_on" => Own::On,
            "always_off" => Own::Off,
            "traceidratio" => Own::Ratio,
            _ => return Err("not a sampler (example: parentbased_traceidratio)"),
        };
        Ok(Self {
            own,
            by_parent,
            ratio: 1.0,
        })
    }
}

impl Sampling {
    pub(super) fn sampler(self) -> Sampler {
        let own = match self.own {
            Own::On => Sampler::AlwaysOn,
            Own::Off => Sampler::AlwaysOff,
            Own::Ratio => Sampler::TraceIdRatioBased(self.ratio),
        };
        match self.by_parent {
            true => Sampler::ParentBased(Box::new(own)),
            false => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &'static [(&str, &str)]) -> Result<Option<TracesConfig>, Vec<String>> {
        let lookup = |name: &str| {
            let found = pairs.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut env = Env::new(&lookup);
        let config = TracesConfig::read(&mut env);
        env.finish(config).map_err(|why| why.0)
    }

    #[test]
    fn without_a_collector_there_are_no_traces() {
        assert!(read(&[]).expect("no fault").is_none());
    }

    #[test]
    fn the_path_of_traces_is_added_to_the_address_of_the_collector() {
        for (given, endpoint) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            (
                "https://example.com/otlp/",
                "https://example.com/otlp/v1/traces",
            ),
        ] {
            let url: Url = given.parse().expect("an address");
            assert_eq!(traces_of(url).as_str(), endpoint);
        }
    }

    #[test]
    fn headers_are_read_and_not_shown() {
        let headers: Headers = "x-api-key=ab=, Other = c".parse().expect("two");
        let expected = [("x-api-key", "ab="), ("Other", "c")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(headers.0, expected);
        assert_eq!(format!("{headers:?}"), "2 headers");
        assert!("x-api-key".parse::<Headers>().is_err());
    }

    #[test]
    fn a_sampler_that_is_unknown_and_a_share_beyond_all_are_faults() {
        let faults = read(&[
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_TRACES_SAMPLER_ARG", "10"),
        ])
        .expect_err("two faults");
        assert_eq!(faults.len(), 2, "{faults:?}");
    }
}
