//! What can be typed.

use chrono::TimeDelta;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use ipnet::IpNet;
use shared::features::api_keys::model::{EVERYTHING, Scope};
use shared::jobs::Queue;
use shared::jobs::operate::STATES;
use shared::networks::network;
use uuid::Uuid;

/// Symancy's command for operators.
#[derive(Debug, Parser)]
#[command(
    name = "symancy",
    version,
    after_help = "\
Needs DATABASE_URL and REDIS_URL (and REDIS_PREFIX if the deployment has one).
Ends with 0 if all went well, 1 if a wish could not be carried out, 2 if it was not understood.
docs/OPERATIONS.md says what to do when."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub room: Room,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Room {
    /// Look at jobs and queues, and act on them
    Jobs {
        /// For programs: JSON, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Command,
    },
    /// Keys by which services come in
    Keys {
        /// For programs: JSON, one object a line
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Keys,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// The keys that can be used, the newest first
    List {
        /// Those that are over or revoked as well
        #[arg(long)]
        all: bool,
    },
    /// Make a key; it is shown this once
    Create(CreateKey),
    /// Make a key with the same rights, and let the old one end after a grace
    Rotate {
        /// How the key begins, as `symancy keys list` shows it
        prefix: String,
        /// How long the old one is still good: 90d, 24h, 30m, 45s or 0
        #[arg(long, value_name = "TIME", default_value = "24h", value_parser = time)]
        grace: TimeDelta,
    },
    /// End a key now; every api knows within 5 seconds
    Revoke {
        /// How the key begins, as `symancy keys list` shows it
        prefix: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateKey {
    /// Whose it is, for others who wonder
    #[arg(long, value_parser = name)]
    pub name: String,
    /// What it allows; `*` is everything, also what is still to come
    #[arg(long = "scope", value_name = "SCOPE", required = true, num_args = 1.., value_parser = scope())]
    pub scopes: Vec<String>,
    /// After what time it ends, such as 90d [default: never]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub expires_in: Option<TimeDelta>,
    /// A network or an address that it may come from, such as 10.0.0.0/8 [default: anywhere]
    #[arg(long = "allow", value_name = "CIDR", num_args = 1.., value_parser = network)]
    pub allow: Vec<IpNet>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The jobs that were enqueued last, with filters
    List(List),
    /// Everything about a job: arguments, errors, paid calls
    Show {
        #[arg(value_parser = job_id)]
        id: Uuid,
    },
    /// Send jobs round again: dead and cancelled ones with all their attempts, waiting ones at once
    Retry(Retry),
    /// End jobs that wait or run; a worker does it, and tells whoever waits for them
    Cancel {
        #[arg(value_name = "ID", required = true, value_parser = job_id)]
        ids: Vec<Uuid>,
    },
    /// Delete jobs that are done, dead or cancelled
    Discard {
        #[arg(value_name = "ID", required = true, value_parser = job_id)]
        ids: Vec<Uuid>,
    },
    /// Stop the claiming of a queue's jobs in all workers; running ones go on
    Pause {
        #[arg(value_parser = queue())]
        queue: Queue,
        /// Who pauses it, for others who wonder [default: you, at this host]
        #[arg(long)]
        by: Option<String>,
    },
    /// Let a paused queue go on
    Resume {
        #[arg(value_parser = queue())]
        queue: Queue,
    },
    /// How the queues are doing
    Stats {
        /// Again every so many seconds, until Ctrl-C
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
    /// Such as analyses.read_cup.v1
    #[arg(long)]
    pub kind: Option<String>,
    /// One of the keys of its limits (such as user:<id>), or its dedupe key
    #[arg(long)]
    pub key: Option<String>,
    /// Only jobs that were enqueued before this one: the next page
    #[arg(long, value_name = "ID", value_parser = job_id)]
    pub before: Option<Uuid>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    pub limit: i64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Retry {
    /// Single jobs
    #[arg(value_name = "ID", required_unless_present = "dead", value_parser = job_id)]
    pub ids: Vec<Uuid>,
    /// Instead of single ones: dead jobs, those first that were enqueued first
    #[arg(long, conflicts_with = "ids")]
    pub dead: bool,
    /// Only those of this queue
    #[arg(long, requires = "dead", value_parser = queue())]
    pub queue: Option<Queue>,
    /// Only those of this kind
    #[arg(long, requires = "dead")]
    pub kind: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", requires = "dead", default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    pub limit: i64,
}

/// A queue by its name; a wrong one is answered with the right ones.
fn queue() -> impl TypedValueParser<Value = Queue> {
    PossibleValuesParser::new(Queue::ALL.map(Queue::name))
        .try_map(|name| Queue::parse(&name).ok_or("there is no such queue"))
}

fn job_id(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| {
        "not the id of a job; `symancy jobs list` shows them, such as \
         01980c6e-5a1f-7c3e-9d55-1b2a3c4d5e6f"
            .to_owned()
    })
}

/// What fits into the column.
const NAME_MAX: usize = 100;

fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("it is empty".to_owned()),
        count if count > NAME_MAX => Err(format!("it has more than {NAME_MAX} characters")),
        _ => Ok(text.to_owned()),
    }
}

/// A scope by its name; a wrong one is answered with the right ones.
fn scope() -> PossibleValuesParser {
    let scopes = Scope::ALL.iter().map(|scope| scope.as_str());
    PossibleValuesParser::new(scopes.chain([EVERYTHING]))
}

/// The longest time: ten years.
const DAYS_MAX: i64 = 3_650;

/// `90d`, `24h`, `30m`, `45s` or `0`.
fn time(text: &str) -> Result<TimeDelta, String> {
    let wrong = || "not a time such as 90d, 24h, 30m or 45s, of ten years at most".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let count: u32 = digits.parse().map_err(|_| wrong())?;
    let seconds = match &text[digits.len()..] {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        "" if count == 0 => 0,
        _ => return Err(wrong()),
    };
    let time = TimeDelta::seconds(i64::from(count) * seconds);
    (time <= TimeDelta::days(DAYS_MAX))
        .then_some(time)
        .ok_or_else(wrong)
}
