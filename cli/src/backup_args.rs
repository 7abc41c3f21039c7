//! The command lines of `symancy backup` and `symancy restore`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Backup {
    /// Copy the cluster into the bucket of the backups, encrypted; then remove what is older than it is kept
    Now,
    /// The backups, the oldest first
    List,
    /// Read a backup to its end, and look for gaps in the log behind it; restores nothing
    Verify {
        /// Its id [default: the newest]
        id: Option<String>,
    },
    /// For `archive_command` of Postgres: 'symancy backup wal-push %p'
    WalPush {
        /// The file of the log
        path: PathBuf,
    },
    /// For `restore_command` of Postgres: 'symancy backup wal-fetch %f %p'
    WalFetch {
        /// The name of the file of the log
        name: String,
        /// Where to put it
        target: PathBuf,
    },
}

// Without a group: the command of the same name has one already, and clap refuses a second one in debug builds.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Restore {
    #[command(subcommand)]
    pub then: Option<Then>,
    #[command(flatten)]
    pub what: What,
}

#[derive(Debug, clap::Args)]
pub(crate) struct What {
    /// The moment, such as 2026-11-30T10:00:00Z, or `latest`
    #[arg(long, value_name = "TIME", required = true, value_parser = moment)]
    pub at: Option<Moment>,
    /// The backup to begin with [default: the newest that ended before the moment]
    #[arg(long, value_name = "ID")]
    pub backup: Option<String>,
    /// A new folder for the restored data: for a drill, or to look
    #[arg(long, value_name = "DIR", required_unless_present = "swap")]
    pub into: Option<PathBuf>,
    /// The data folder of the server, which is stopped: takes its place, and keeps it beside as DIR.before-<time>
    #[arg(long, value_name = "DIR", conflicts_with = "into")]
    pub swap: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Then {
    /// Bring a restored database up to date, before any program serves it
    Finish {
        /// What happened since this moment, where the database has no mark of a restore
        #[arg(long, value_name = "TIME", value_parser = time)]
        since: Option<DateTime<Utc>>,
    },
}

/// Which moment is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The last one that the log has.
    Latest,
    At(DateTime<Utc>),
}

fn moment(text: &str) -> Result<Moment, String> {
    match text {
        "latest" => Ok(Moment::Latest),
        text => time(text).map(Moment::At),
    }
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let time = DateTime::parse_from_rfc3339(text);
    time.map(|time| time.to_utc())
        .map_err(|_| "not a time of RFC 3339 (example: 2026-11-30T10:00:00Z)".to_owned())
}
