//! The command line of `symancy plans`.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use money::meters::model::Unit;
use money::subscriptions::model::SubscriptionTier;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(crate) enum Plans {
    /// What each plan allows of each unit, in a day and in a month
    Show,
    /// Change what a plan allows of a unit; it holds from the next request on
    SetLimit(SetLimit),
    /// Change how many requests a minute the accounts of a plan may send; it holds after a minute
    SetRate {
        #[arg(value_parser = tier())]
        tier: SubscriptionTier,
        /// A number, or `none`: as RATE_LIMIT_USER says
        #[arg(value_name = "N", value_parser = rate)]
        rate: Rate,
    },
    /// Give a person, or an organization, what they have used of the running day and month again
    ResetLimit {
        /// Telegram id, or id of the person or organization
        #[arg(value_parser = whose)]
        account: Whose,
        #[arg(long, default_value = "analyses", value_parser = unit())]
        unit: Unit,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct SetLimit {
    #[arg(value_parser = tier())]
    pub tier: SubscriptionTier,
    #[arg(value_parser = unit())]
    pub unit: Unit,
    /// In a day: a number, or `none` for no quota; left out, it stays as it is
    #[arg(long, value_name = "N", value_parser = quota, required_unless_present = "month")]
    pub day: Option<Quota>,
    /// In a month: a number, or `none` for no quota; left out, it stays as it is
    #[arg(long, value_name = "N", value_parser = quota)]
    pub month: Option<Quota>,
    /// Change nothing: say how many accounts it is about
    #[arg(long)]
    pub preview: bool,
}

/// What a plan allows; `None`: no quota.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota(pub Option<i64>);

/// Requests a minute; `None`: as the settings say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate(pub Option<i32>);

/// Whose meter it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whose {
    Telegram(i64),
    Account(Uuid),
}

fn quota(text: &str) -> Result<Quota, String> {
    match text.parse() {
        Ok(number) if number >= 0 => Ok(Quota(Some(number))),
        _ if text == "none" => Ok(Quota(None)),
        _ => Err("not a number from 0 on, and not `none`".to_owned()),
    }
}

fn rate(text: &str) -> Result<Rate, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(Rate(Some(number))),
        _ if text == "none" => Ok(Rate(None)),
        _ => Err("not a number from 1 on, and not `none`".to_owned()),
    }
}

fn whose(text: &str) -> Result<Whose, String> {
    let telegram = text.parse().map(Whose::Telegram);
    let account = text.parse().map(Whose::Account);
    telegram.ok().or(account.ok()).ok_or_else(|| {
        "not a Telegram id (example: 123456789) and not the id of a person or organization"
            .to_owned()
    })
}

fn tier() -> impl TypedValueParser<Value = SubscriptionTier> {
    PossibleValuesParser::new(SubscriptionTier::ALL.iter().map(|tier| tier.as_str()))
        .try_map(|name| SubscriptionTier::parse(&name).ok_or("there is no such plan"))
}

fn unit() -> impl TypedValueParser<Value = Unit> {
    PossibleValuesParser::new(Unit::ALL.iter().map(|unit| unit.as_str()))
        .try_map(|name| Unit::parse(&name).ok_or("there is no such unit"))
}
