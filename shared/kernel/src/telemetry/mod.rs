//! Logs, metrics, and error reports to Sentry.

pub mod metrics;

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::env::Env;

/// How to log and where to report errors.
#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    /// Filter in the syntax of `tracing-subscriber`, such as `info` or `worker=debug,info`.
    pub log_level: String,
    /// One JSON object a line, for machines; otherwise text, for people.
    pub log_json: bool,
    /// Empty: errors are only logged.
    pub sentry_dsn: Option<String>,
    /// The environment reported to Sentry: `production`, `staging`, ...
    pub environment: String,
}

impl TelemetryConfig {
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            log_level: env.or("LOG_LEVEL", "info".to_owned()),
            log_json: env.or("LOG_JSON", false),
            sentry_dsn: env.optional("SENTRY_DSN"),
            environment: env.or("SENTRY_ENVIRONMENT", "development".to_owned()),
        }
    }
}

/// Starts logging and Sentry for this process. Hold the guard until the end: dropping it flushes
/// pending events to Sentry.
pub fn init(config: &TelemetryConfig) -> Option<sentry::ClientInitGuard> {
    // The messages of actix about its threads only help to debug actix.
    let filter = format!("actix_server=warn,{}", config.log_level);
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
        options.dsn = dsn.parse().ok();
        options.release = Some(env!("CARGO_PKG_VERSION").into());
        options.environment = Some(config.environment.clone().into());
        sentry::init(options)
    })
}

/// Logs an error with all its causes and reports it to Sentry. Called once, at the boundary.
pub fn report(error: &(dyn std::error::Error + 'static), request_id: &str) {
    tracing::error!(request_id, error = %chain(error), "failed");
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
