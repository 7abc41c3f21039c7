//! The command line of `symancy analytics`.

use chrono::NaiveDate;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Analytics {
    /// Count all sums anew from the events that are kept; sums of earlier months stay as they are
    Rebuild {
        /// Of the days by which different persons are counted, as an IANA name; that of ANALYTICS_TIMEZONE if none is
        /// given, or else as it was
        #[arg(long, value_name = "ZONE")]
        zone: Option<String>,
    },
    /// Recount a day from its events and compare; exit status 1 if sums are off
    Check {
        /// Of the reporting zone; yesterday if none is given
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: Option<NaiveDate>,
    },
    /// After a dump was read into another cluster: number the events so that readers find them
    Rebase,
}
