//! The command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use jobs::Queue;
use jobs::operate::STATES;
use product::JOBS;
use uuid::Uuid;

use crate::ai_args::Ai;
use crate::analytics_args::Analytics;
use crate::audit_args::Audit;
use crate::backup_args::{Backup, Restore};
use crate::desk_args::{Announcements, Mail, Organizations, Switches};
use crate::events_args::Events;
use crate::import_args::{Import, Rollout};
use crate::keys_args::Keys;
use crate::migrate_args::Migrate;
use crate::money_args::Money;
use crate::operators_args::{Operators, People};
use crate::payments_args::Payments;
use crate::plans_args::Plans;
use crate::secrets_args::{Asked, Secrets};
use crate::support_args::Support;

/// Symancy's command for operators.
#[derive(Debug, Parser)]
#[command(
    name = "symancy",
    version,
    after_help = "\
Needs DATABASE_URL and REDIS_URL (and REDIS_PREFIX if the deployment has one).
Exit status: 0 success, 1 the command failed, 2 wrong arguments.
docs/OPERATIONS.md says what to do when."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub group: CommandGroup,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CommandGroup {
    /// Look at jobs and queues, and act on them
    Jobs {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Command,
    },
    /// API keys of services
    Keys {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Keys,
    },
    /// Say what is wrong with the settings and the services of a deployment, and what is right
    Doctor {
        /// JSON for programs, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Say what is wrong at this moment, worst first, and the chapter of docs/OPERATIONS.md for it
    Status {
        /// JSON for programs, in one object
        #[arg(long)]
        json: bool,
    },
    /// The tables of the database: what is to be applied, applying it, and the way back
    Migrate {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Migrate,
    },
    /// Copies of the database, encrypted and elsewhere
    Backup {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Backup,
    },
    /// The database as it was at a moment
    Restore {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(flatten)]
        command: Restore,
    },
    /// Requests of persons, written in the chat after /paysupport
    Support {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Support,
    },
    /// Money
    Payments {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Payments,
    },
    /// Operators of the API: who they are, and what they may
    Operators {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Operators,
    },
    /// Persons: suspend and restore them, prove their address, sign them out
    People {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: People,
    },
    /// Organizations: find, suspend and restore them
    Organizations {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Organizations,
    },
    /// How the deployment behaves, changed while it runs
    Switches {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Switches,
    },
    /// Persons of the pre-MVP: bring them over, and compare both sides (docs/MIGRATION.md)
    Import {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Import,
    },
    /// Whom this API handles while an older workflow gives way (docs/MIGRATION.md)
    Rollout {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Rollout,
    },
    /// What is announced to all, by the Mini App and the web
    Announcements {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Announcements,
    },
    /// Letters, and addresses that take none
    Mail {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Mail,
    },
    /// The audit log: who changed what, and whether it is still what was written
    Audit {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Audit,
    },
    /// The sums of what has happened: count them anew, or compare them with the events (docs/EVENTS.md)
    Analytics {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Analytics,
    },
    /// Readers of what has happened: what they read again (docs/EVENTS.md)
    Events {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Events,
    },
    /// What plans allow, and what persons have used of it
    Plans {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Plans,
    },
    /// The books: what came, what is owed, what went back
    Money {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Money,
    },
    /// The secrets of the deployment: how old they are, and what follows their rotation
    Secrets {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Secrets,
    },
    /// Ask the program on this machine whether it is alive: for the health checks of containers
    Health {
        /// Which one [default: either]
        program: Option<Asked>,
        /// How many seconds it may take
        #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
        timeout: u64,
    },
    /// The AI models and their vendors
    Ai {
        /// JSON for programs, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Ai,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The newest jobs, with filters
    List(List),
    /// Everything about a job: arguments, errors, paid calls
    Show {
        #[arg(value_parser = job_id)]
        id: Uuid,
    },
    /// Run jobs again: dead and cancelled ones with all their attempts, waiting ones at once
    Retry(Retry),
    /// End jobs that wait or run; a worker does it, and notifies the person or service that waits
    Cancel {
        #[arg(value_name = "ID", required = true, value_parser = job_id)]
        ids: Vec<Uuid>,
    },
    /// Delete jobs that are done, dead or cancelled
    Discard {
        #[arg(value_name = "ID", required = true, value_parser = job_id)]
        ids: Vec<Uuid>,
    },
    /// Stop all workers from claiming a queue's jobs; running ones continue
    Pause {
        #[arg(value_parser = queue())]
        queue: Queue,
        /// Name shown beside the pause [default: user@host]
        #[arg(long)]
        by: Option<String>,
    },
    /// End the pause of a queue
    Resume {
        #[arg(value_parser = queue())]
        queue: Queue,
    },
    /// Counts, ages and rates of the queues
    Stats {
        /// Repeat every SECONDS, until Ctrl-C
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2",
            value_parser = clap::value_parser!(u64).range(1..))]
        watch: Option<u64>,
    },
    /// Send a job that does nothing through the workers, and wait for its result
    Probe {
        /// How many seconds to wait
        #[arg(long, value_name = "SECONDS", default_value_t = 10)]
        timeout: u64,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    #[arg(long, value_parser = PossibleValuesParser::new(STATES))]
    pub state: Option<String>,
    #[arg(long, value_parser = queue())]
    pub queue: Option<Queue>,
    /// Kind of the jobs, such as analyses.read_cup.v1
    #[arg(long)]
    pub kind: Option<String>,
    /// One of its throttle keys (such as user:<id>), or its dedupe key
    #[arg(long)]
    pub key: Option<String>,
    /// Only jobs that were enqueued before this one: the next page
    #[arg(long, value_name = "ID", value_parser = job_id)]
    pub before: Option<Uuid>,
    /// At most N jobs
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    pub limit: i64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Retry {
    /// Single jobs
    #[arg(value_name = "ID", required_unless_present = "dead", value_parser = job_id)]
    pub ids: Vec<Uuid>,
    /// Instead of single ones: dead jobs, the oldest first
    #[arg(long, conflicts_with = "ids")]
    pub dead: bool,
    /// Only those of this queue
    #[arg(long, requires = "dead", value_parser = queue())]
    pub queue: Option<Queue>,
    /// Only those of this kind
    #[arg(long, requires = "dead")]
    pub kind: Option<String>,
    /// At most N jobs
    #[arg(long, value_name = "N", requires = "dead", default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    pub limit: i64,
}

/// A queue by its name; the error for an unknown one lists the known ones.
fn queue() -> impl TypedValueParser<Value = Queue> {
    PossibleValuesParser::new(JOBS.queue_names())
        .try_map(|name| JOBS.queue(&name).ok_or("there is no such queue"))
}

fn job_id(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| {
        "not the id of a job (example: 01980c6e-5a1f-7c3e-9d55-1b2a3c4d5e6f); \
         `symancy jobs list` shows them"
            .to_owned()
    })
}
