//! The command line of `symancy events`.

use chrono::{DateTime, Utc};
use clap::Subcommand;

use crate::import_args::moment;

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Have a reader read again what happened since a moment
    Replay {
        /// Its name in analytics_lag_seconds, such as amqp
        reader: String,
        /// Such as 2026-12-01T08:00:00Z
        #[arg(value_parser = moment)]
        since: DateTime<Utc>,
    },
    /// Delete the place of a reader that is switched off for good, so that it does not count as being behind
    Forget { reader: String },
}
