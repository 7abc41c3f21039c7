//! The log: lines on the standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::TelemetryConfig;
use super::reports::Trail;

/// Starts the log of this process; `reports`: whether its lines are the trail of a report too.
pub(super) fn start(config: &TelemetryConfig, reports: bool) {
    // The messages of actix about its threads only help to debug actix, and those about what is not
    // HTTP would let any scanner write lines without end. lapin writes out each message that the broker returns,
    // with all that it says. The security log is kept at every level.
    let filter = format!(
        "actix_server=warn,actix_http=off,lapin=error,security=warn,{}",
        config.log_level
    );
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let trail = reports.then_some(Trail);
    // A second initialisation (a test that starts two processes in one) keeps the first.
    let _ = if config.log_json {
        let lines = lines.json().flatten_event(true).finish();
        lines.with(trail).try_init()
    } else {
        lines.with_target(false).finish().with(trail).try_init()
    };
}
