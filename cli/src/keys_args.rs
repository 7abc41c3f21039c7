//! The command line of `symancy keys`.

use chrono::TimeDelta;
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use ipnet::IpNet;
use kernel::Error;
use kernel::networks::network;
use people::api_keys::model::{EVERYTHING, Quota, Scope};
use people::api_keys::{limits, rules};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// The valid keys, the newest first
    List {
        /// Expired and revoked ones too
        #[arg(long)]
        all: bool,
    },
    /// Create a key; it is shown only once
    Create(CreateKey),
    /// Create a key with the same rights; the old one expires after a grace period
    Rotate {
        /// Prefix of the key, as `symancy keys list` shows it
        prefix: String,
        /// How long the old one stays valid: 90d, 24h, 30m, 45s or 0
        #[arg(long, value_name = "TIME", default_value = "24h", value_parser = time)]
        grace: TimeDelta,
    },
    /// Revoke a key now; every api refuses it at once, without Redis within 5 seconds
    Revoke {
        /// Prefix of the key, as `symancy keys list` shows it
        prefix: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateKey {
    /// Name of the service that uses it
    #[arg(long, value_parser = name)]
    pub name: String,
    /// What it allows; `*` is everything, scopes of later versions included
    #[arg(long = "scope", value_name = "SCOPE", required = true, num_args = 1.., value_parser = scope())]
    pub scopes: Vec<String>,
    /// Lifetime, such as 90d [default: no end]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub expires_in: Option<TimeDelta>,
    /// Network or address that may use it, such as 10.0.0.0/8 [default: any]
    #[arg(long = "allow", value_name = "CIDR", num_args = 1.., value_parser = network)]
    pub allow: Vec<IpNet>,
    /// Telegram ids of the persons that it may act for, such as 1001,1002 [default: any]
    #[arg(long, value_name = "IDS", value_delimiter = ',', value_parser = clap::value_parser!(i64).range(1..1 << 52))]
    pub persons: Vec<i64>,
    /// Requests a minute that it may send [default: RATE_LIMIT_KEY]
    #[arg(long, value_name = "REQUESTS", value_parser = clap::value_parser!(i32).range(1..=1_000_000))]
    pub rate: Option<i32>,
    /// Requests in a day or a month of UTC, such as 1000/day [default: no such limit]
    #[arg(long, value_name = "QUOTA", value_parser = quota)]
    pub quota: Option<Quota>,
    /// What it is for, up to 500 characters
    #[arg(long, value_parser = note)]
    pub note: Option<String>,
}

fn name(text: &str) -> Result<String, String> {
    limits::name(text).map_err(|why| reason(&why))
}

fn note(text: &str) -> Result<String, String> {
    let note = limits::note(Some(text.to_owned())).map_err(|why| reason(&why))?;
    note.ok_or_else(|| "must not be empty".to_owned())
}

/// `1000/day` or `50000/month`.
fn quota(text: &str) -> Result<Quota, String> {
    let read = text.split_once('/').and_then(|(limit, period)| {
        let limit = limit
            .parse()
            .ok()
            .and_then(|limit| limits::quota(limit).ok())?;
        let period = rules::period(period)?;
        Some(Quota { limit, period })
    });
    read.ok_or_else(|| {
        "not a number of requests in a time (examples: 1000/day, 50000/month)".to_owned()
    })
}

fn reason(why: &Error) -> String {
    match why {
        Error::Invalid { why, .. } => why.clone(),
        why => why.to_string(),
    }
}

/// A scope by its name; the error for an unknown one lists the known ones.
fn scope() -> PossibleValuesParser {
    let scopes = Scope::ALL.iter().map(|scope| scope.as_str());
    PossibleValuesParser::new(scopes.chain([EVERYTHING]))
}

/// The longest time: ten years.
const DAYS_MAX: i64 = 3_650;

/// `90d`, `24h`, `30m`, `45s` or `0`.
pub(crate) fn time(text: &str) -> Result<TimeDelta, String> {
    let wrong = || "not a duration of at most ten years (examples: 90d, 24h, 30m, 45s)".to_owned();
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
