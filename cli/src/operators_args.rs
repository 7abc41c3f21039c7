//! The command line of `symancy operators` and `symancy people`, and how both name a person.

use chrono::{DateTime, TimeDelta, Utc};
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use operators::roles::Role;
use people::addresses::Address;
use uuid::Uuid;

use crate::keys_args::time;

#[derive(Debug, Subcommand)]
pub(crate) enum Operators {
    /// Who runs this deployment by the API (/v1/admin), and who did
    List,
    /// Make a person an operator, or give an operator another role; the first one can only come from here
    Add {
        /// E-mail address, Telegram id, or id of the person
        #[arg(value_parser = whom)]
        person: Whom,
        #[arg(long, value_parser = role())]
        role: Role,
    },
    /// End that a person is an operator; the last admin stays one
    End {
        /// E-mail address, Telegram id, or id of the person
        #[arg(value_parser = whom)]
        person: Whom,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum People {
    /// Suspend a person: they may have their data copied and deleted, and nothing else
    Suspend {
        /// E-mail address, Telegram id, or id of the person
        #[arg(value_parser = whom)]
        person: Whom,
        /// Why, in 10 characters or more; the person finds it in the copy of their data
        #[arg(long)]
        reason: String,
        /// For how long, such as 30d [default: until `restore`]
        #[arg(long, value_name = "TIME", value_parser = time)]
        r#for: Option<TimeDelta>,
    },
    /// Take a suspension back
    Restore(Act),
    /// Prove the e-mail address of a person whom the letter has not reached
    Verify(Act),
    /// End all sessions of a person that began with a password
    SignOut(Act),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Act {
    /// E-mail address, Telegram id, or id of the person
    #[arg(value_parser = whom)]
    pub person: Whom,
    /// Why, in 10 characters or more; the person finds it in the copy of their data
    #[arg(long)]
    pub reason: String,
}

/// How a person is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    Id(Uuid),
    Telegram(i64),
    /// An address, in the form that is compared.
    Email(String),
}

/// The moment that lies a time ahead.
pub(crate) fn ahead(time: Option<TimeDelta>) -> Option<DateTime<Utc>> {
    time.map(|time| Utc::now() + time)
}

fn whom(text: &str) -> Result<Whom, String> {
    if let Ok(id) = text.parse() {
        return Ok(Whom::Telegram(id));
    }
    if let Ok(id) = text.parse() {
        return Ok(Whom::Id(id));
    }
    let address = Address::read(text);
    address.map(|address| Whom::Email(address.key)).map_err(|_| {
        "not an e-mail address, not a Telegram id (example: 123456789) and not the id of a person".to_owned()
    })
}

fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str()))
        .try_map(|name| Role::parse(&name).ok_or("there is no such role"))
}
