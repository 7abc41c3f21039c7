//! Logs, metrics, traces, and reports to Sentry.

mod log;
pub mod metrics;
mod reports;
pub mod traces;
mod unit;

use std::time::Duration;

use opentelemetry_sdk::trace::SdkTracerProvider;
use sentry::ClientInitGuard;
use sentry::types::Dsn;

use self::traces::TracesConfig;
use crate::env::{Env, Section, Setting, Spelling};

pub use reports::{Tags, about_analysis, about_payment, about_person, alarm, called, report, slow};
pub use unit::{Unit, in_current_unit};

const LOG_LEVEL: Setting = Setting::new(
    "LOG_LEVEL",
    "info",
    "A level (error, warn, info, debug, trace) or a filter such as `worker=debug,info`.",
);
const LOG_JSON: Setting = Setting::new(
    "LOG_JSON",
    "false",
    "Whether the log is one JSON object a line instead of text.",
)
.also(&[Spelling::converted(
    "NODE_ENV",
    "any but `development` is JSON",
    |mode| Ok((mode != "development").to_string()),
)]);
const SENTRY_DSN: Setting = Setting::optional(
    "SENTRY_DSN",
    "https://key@sentry.example.com/1",
    "Where errors are reported to. Not set: they are only logged.",
);
const SENTRY_ENVIRONMENT: Setting = Setting::new(
    "SENTRY_ENVIRONMENT",
    "development",
    "The environment that Sentry shows with an error: production, staging, ...",
)
.also(&[Spelling::same("NODE_ENV")]);
const SENTRY_SAMPLE_RATE: Setting = Setting::new(
    "SENTRY_SAMPLE_RATE",
    "1.0",
    "The share of errors that is reported to Sentry, from 0 to 1.",
);
const SLOW_REQUEST: Setting = Setting::new(
    "SLOW_REQUEST_MS",
    "5000",
    "From how many milliseconds on a request is logged and reported as slow.",
);
const GIT_SHA: Setting = Setting::optional(
    "GIT_SHA",
    "808ab8a",
    "The release that Sentry and traces show. Not set: the one that the program was built with by this name, else its \
     version.",
);

pub const SETTINGS: Section = Section {
    title: "Logs and reports of errors",
    settings: &[
        LOG_LEVEL,
        LOG_JSON,
        SENTRY_DSN,
        SENTRY_ENVIRONMENT,
        SENTRY_SAMPLE_RATE,
        SLOW_REQUEST,
        GIT_SHA,
    ],
};

/// How long a stop waits for the last spans.
const LAST_SPANS: Duration = Duration::from_secs(4);

/// How to log and where to report errors.
#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    /// Filter in the syntax of `tracing-subscriber`, such as `info` or `worker=debug,info`.
    pub log_level: String,
    /// One JSON object a line, for machines; otherwise text, for people.
    pub log_json: bool,
    /// Empty: errors are only logged.
    pub sentry_dsn: Option<Dsn>,
    /// The environment reported to Sentry: `production`, `staging`, ...
    pub environment: String,
    /// The share of errors that is reported.
    pub sample_rate: f32,
    /// From when on a request is slow.
    pub slow_request: Duration,
    /// The release reported to Sentry; `None`: that of the program.
    pub release: Option<String>,
    /// `None`: there are no traces.
    pub traces: Option<TracesConfig>,
}

impl TelemetryConfig {
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            log_level: env.value(&LOG_LEVEL),
            log_json: env.value(&LOG_JSON),
            sentry_dsn: dsn(env),
            environment: env.value(&SENTRY_ENVIRONMENT),
            sample_rate: sample_rate(env),
            slow_request: Duration::from_millis(env.value(&SLOW_REQUEST)),
            release: env.optional(&GIT_SHA),
            traces: TracesConfig::read(env),
        }
    }

    /// What this program is a build of.
    pub fn release(&self) -> &str {
        let built = option_env!("GIT_SHA").filter(|sha| !sha.is_empty());
        let built = built.unwrap_or(env!("CARGO_PKG_VERSION"));
        self.release.as_deref().unwrap_or(built)
    }
}

fn sample_rate(env: &mut Env<'_>) -> f32 {
    let rate = env.value(&SENTRY_SAMPLE_RATE);
    if !(0.0..=1.0).contains(&rate) {
        env.fault(&SENTRY_SAMPLE_RATE, "it must be from 0 to 1");
    }
    rate
}

/// Errors are people's data too: over a network they go by https alone.
fn dsn(env: &mut Env<'_>) -> Option<Dsn> {
    env.optional_url_anywhere(&SENTRY_DSN)?;
    env.parsed(&SENTRY_DSN)
}

/// What a process has started. Hold it until the end: dropping it sends what waits to be sent.
#[must_use = "dropping it ends the reports and the traces"]
pub struct Telemetry {
    sentry: Option<ClientInitGuard>,
    traces: Option<SdkTracerProvider>,
}

/// Starts logging, Sentry and traces for this process. `program` is its name in traces. Traces that cannot be started
/// are an error in the log alone.
pub fn init(config: &TelemetryConfig, program: &str) -> Telemetry {
    let sentry = reports::start(config);
    log::start(config, sentry.is_some());
    let names = traces::Names {
        program,
        release: config.release(),
        environment: &config.environment,
    };
    let started = config.traces.as_ref();
    let started = started.map(|config| traces::start(config, &names));
    let traces = started.and_then(|started| {
        let log = |why| tracing::error!(error = %why, "there are no traces");
        started.map_err(log).ok()
    });
    Telemetry { sentry, traces }
}

impl Telemetry {
    /// Sends what waits to be sent. Blocks.
    pub fn flush(&self) {
        if let Some(sentry) = &self.sentry {
            sentry.flush(None);
        }
        if let Some(traces) = &self.traces
            && let Err(why) = traces.force_flush()
        {
            tracing::debug!(error = %why, "the last spans are lost");
        }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // Sentry's guard does so itself.
        if let Some(traces) = &self.traces
            && let Err(why) = traces.shutdown_with_timeout(LAST_SPANS)
        {
            tracing::debug!(error = %why, "the last spans are lost");
        }
    }
}

/// An error and its causes in one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        next = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_env_says_how_to_log_and_what_sentry_shows() {
        for (mode, json) in [("production", true), ("test", true), ("development", false)] {
            let lookup = |name: &str| (name == "NODE_ENV").then(|| mode.to_owned());
            let read = TelemetryConfig::read(&mut Env::new(&lookup));
            assert_eq!((read.log_json, read.environment.as_str()), (json, mode));
        }
    }
}
