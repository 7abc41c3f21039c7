//! The command line of `symancy import` and `rollout`.

use chrono::{DateTime, Utc};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Bring over the persons of the pre-MVP, with readings and plans; goes on where it was interrupted (needs ABUSE_MEMORY_SECRET)
    PreMvp {
        #[command(flatten)]
        from: From,
        /// Write everything, and roll it back
        #[arg(long)]
        dry_run: bool,
    },
    /// Compare both sides, person by person; exit status 1 if anything is different
    Verify {
        #[command(flatten)]
        from: From,
    },
    /// Who was not brought over, and why
    Quarantine,
    /// What was made here since a moment, as JSON, a person a line: for a pre-MVP that takes over again
    Export {
        /// Such as 2026-12-01T00:00:00Z
        #[arg(long, value_name = "TIME", value_parser = moment)]
        since: DateTime<Utc>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct From {
    /// Where the pre-MVP is: postgres://user:password@host:port/database, or a schema of DATABASE_URL
    #[arg(long, value_name = "WHERE")]
    pub from: String,
    /// With an address: the schema there
    #[arg(long, default_value = "public")]
    pub schema: String,
    /// Persons in one transaction
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    pub batch: i64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rollout {
    /// The percentage, and how many of the persons known here are handled by whom
    Show,
    /// The persons who are handled by the API whatever the percentage, unless that is 0
    Invited,
    /// Add persons to those
    Invite {
        /// Their Telegram ids
        #[arg(required = true, value_parser = clap::value_parser!(i64).range(1..))]
        telegram_ids: Vec<i64>,
    },
    /// Take persons out
    Uninvite {
        /// Their Telegram ids
        #[arg(required = true, value_parser = clap::value_parser!(i64).range(1..))]
        telegram_ids: Vec<i64>,
    },
}

pub(crate) fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let moment = DateTime::parse_from_rfc3339(text);
    let moment = moment.map_err(|_| "not a time (example: 2026-12-01T00:00:00Z)")?;
    Ok(moment.to_utc())
}
