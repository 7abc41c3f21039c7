//! Logs, metrics, and error reports to Sentry.

pub mod metrics;

use std::io::IsTerminal;

use sentry::types::Dsn;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::env::{Env, Section, Setting, Spelling};

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
const GIT_SHA: Setting = Setting::optional(
    "GIT_SHA",
    "808ab8a",
    "The release that Sentry shows with an error. Not set: the version of the program.",
);

pub const SETTINGS: Section = Section {
    title: "Logs and reports of errors",
    settings: &[LOG_LEVEL, LOG_JSON, SENTRY_DSN, SENTRY_ENVIRONMENT, GIT_SHA],
};

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
    /// The release reported to Sentry; `None`: the version of the program.
    pub release: Option<String>,
}

impl TelemetryConfig {
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            log_level: env.value(&LOG_LEVEL),
            log_json: env.value(&LOG_JSON),
            sentry_dsn: dsn(env),
            environment: env.value(&SENTRY_ENVIRONMENT),
            release: env.optional(&GIT_SHA),
        }
    }
}

/// Errors are people's data too: over a network they go by https alone.
fn dsn(env: &mut Env<'_>) -> Option<Dsn> {
    env.optional_url_anywhere(&SENTRY_DSN)?;
    env.parsed(&SENTRY_DSN)
}

/// Starts logging and Sentry for this process. Hold the guard until the end: dropping it flushes
/// pending events to Sentry.
pub fn init(config: &TelemetryConfig) -> Option<sentry::ClientInitGuard> {
    // The messages of actix about its threads only help to debug actix, and those about what is not
    // HTTP would let any scanner write lines without end. The security log is kept at every level.
    let filter = format!(
        "actix_server=warn,actix_http=off,security=warn,{}",
        config.log_level
    );
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second initialisation (a test that starts two processes in one) keeps the first.
    let _ = if config.log_json {
        lines.json().flatten_event(true).finish().try_init()
    } else {
        lines.with_target(false).finish().try_init()
    };
    config.sentry_dsn.as_ref().map(|dsn| {
        let mut options = sentry::ClientOptions::default();
        options.dsn = Some(dsn.clone());
        let version = env!("CARGO_PKG_VERSION").to_owned();
        options.release = Some(config.release.clone().unwrap_or(version).into());
        options.environment = Some(config.environment.clone().into());
        options.attach_stacktrace = true;
        sentry::init(options)
    })
}

/// Logs an error with all its causes and reports it to Sentry. Called once, at the boundary, in the span
/// of the request or of the job, which names it in the log; `tags` name it at Sentry.
pub fn report(error: &(dyn std::error::Error + 'static), tags: &[(&str, &str)]) {
    tracing::error!(error = %chain(error), "failed");
    let name = |scope: &mut sentry::Scope| {
        for (tag, value) in tags {
            scope.set_tag(tag, value);
        }
    };
    sentry::with_scope(name, || sentry::capture_error(error));
}

/// Logs a fault of the deployment that only an operator can mend, and reports it to Sentry.
pub fn alarm(error: &(dyn std::error::Error + 'static), message: &'static str) {
    tracing::error!(error = %chain(error), "{message}");
    sentry::capture_error(error);
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
