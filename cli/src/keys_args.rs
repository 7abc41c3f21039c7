//! What can be typed after `symancy keys`.

use chrono::TimeDelta;
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use ipnet::IpNet;
use kernel::networks::network;
use people::api_keys::model::{EVERYTHING, Scope};

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
