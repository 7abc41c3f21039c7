//! The command line of `symancy switches`, `announcements`, `organizations` and `mail`.

use chrono::TimeDelta;
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use mail::address::Address;
use mail::model::EmailStatus;
use operators::banners::Audience;
use operators::switches::rules::{self, Switch};
use serde_json::Value;
use uuid::Uuid;

use crate::keys_args::time;

#[derive(Debug, Subcommand)]
pub(crate) enum Switches {
    /// All of them, as they stand
    List,
    /// Turn one; all processes see it within 5 s
    Set {
        #[arg(value_parser = switch())]
        key: &'static Switch,
        /// `true` or `false`, or a number of percent
        #[arg(value_parser = value)]
        value: Value,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Announcements {
    /// All that are kept, for 90 days after their end
    List,
    /// Announce something, in three languages
    Add {
        #[arg(long)]
        en: String,
        #[arg(long)]
        ru: String,
        #[arg(long)]
        zh: String,
        /// Who sees it
        #[arg(long, default_value = "everyone", value_parser = audience())]
        audience: Audience,
        /// When it begins, such as 2h from now [default: now]
        #[arg(long, value_name = "TIME", value_parser = time)]
        r#in: Option<TimeDelta>,
        /// How long it is shown, such as 3d
        #[arg(long, value_name = "TIME", value_parser = time)]
        r#for: TimeDelta,
    },
    /// End one
    End { id: Uuid },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Organizations {
    /// The newest organizations, with a filter
    Find {
        /// The beginning of a name
        query: Option<String>,
        /// Only those that are suspended
        #[arg(long)]
        suspended: bool,
        /// At most N organizations
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1_000))]
        limit: i64,
    },
    /// One organization
    Show { id: Uuid },
    /// Suspend one: its keys are refused, and its members change nothing in it
    Suspend {
        id: Uuid,
        /// Why, in 10 characters or more
        #[arg(long)]
        reason: String,
        /// For how long, such as 30d [default: until `restore`]
        #[arg(long, value_name = "TIME", value_parser = time)]
        r#for: Option<TimeDelta>,
    },
    /// Take a suspension back
    Restore {
        id: Uuid,
        /// Why, in 10 characters or more
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Mail {
    /// The newest letters, without what they say
    List {
        #[arg(long, value_parser = status())]
        status: Option<EmailStatus>,
        /// The address, in any case
        #[arg(long)]
        to: Option<String>,
        /// At most N letters
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1_000))]
        limit: i64,
    },
    /// Let an address have letters again that has refused them, or whose owner has complained (needs ABUSE_MEMORY_SECRET)
    Lift {
        #[arg(value_parser = address)]
        address: Address,
        /// Why, in 10 characters or more
        #[arg(long)]
        reason: String,
    },
}

fn switch() -> impl TypedValueParser<Value = &'static Switch> {
    PossibleValuesParser::new(rules::ALL.iter().map(|one| one.key))
        .try_map(|key| Switch::find(&key).ok_or("there is no such switch"))
}

fn audience() -> impl TypedValueParser<Value = Audience> {
    PossibleValuesParser::new(Audience::ALL.iter().map(|one| one.as_str()))
        .try_map(|name| Audience::parse(&name).ok_or("there is no such place"))
}

fn status() -> impl TypedValueParser<Value = EmailStatus> {
    PossibleValuesParser::new(EmailStatus::ALL.iter().map(|one| one.as_str()))
        .try_map(|name| EmailStatus::parse(&name).ok_or("there is no such state"))
}

fn value(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|_| "not `true`, `false` or a number".to_owned())
}

fn address(text: &str) -> Result<Address, &'static str> {
    Address::parse(text)
}
