//! What requests are counted together for.

use core::net::{IpAddr, Ipv6Addr};
use std::fmt::{self, Display, Formatter, Write};

use uuid::Uuid;

use super::limit::Limit;
use super::policies::POLICIES;
use crate::users::model::PersonKey;

/// The account that a request is counted for, with all its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A person, as their proof names them.
    Person(PersonKey),
    Organization(Uuid),
}

/// What a policy counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    Address(IpAddr),
    Holder(Holder),
}

/// What requests are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// An account, with all its keys.
    Holder(Holder),
    /// A service, by the id of its key.
    Key(Uuid),
    /// What a person is told about their limit in the bot's chat, by their Telegram id.
    Notice(i64),
    /// The answers to words of despair beyond that limit, by their Telegram id.
    Care(i64),
    /// Pressed buttons of a person, by their Telegram id.
    Presses(i64),
    /// Made by [`Bucket::address`].
    Address(IpAddr),
    /// Made by [`Bucket::contact`].
    Contact(IpAddr),
    /// The wrong keys of the admin page.
    WrongAdminKeys,
    /// What a policy counts, by its place in [`POLICIES`].
    Class(usize, Whose),
}

/// A bucket, and the limit that it is counted against.
#[derive(Clone, Copy, Debug)]
pub struct Against {
    pub bucket: Bucket,
    pub limit: Limit,
}

impl Bucket {
    /// An address. Of IPv6 its /64: a client that has one address there has them all
    /// (RFC 6177, section 2).
    pub fn address(address: IpAddr) -> Self {
        Self::Address(network(address))
    }

    /// A person.
    pub fn person(key: PersonKey) -> Self {
        Self::Holder(Holder::Person(key))
    }

    /// Messages of the contact form from the network of an address.
    pub fn contact(address: IpAddr) -> Self {
        Self::Contact(network(address))
    }

    /// The key in Redis. What stands in braces chooses the slot of a cluster: all that is counted for an account, or
    /// for an address, is in one.
    pub fn redis_key(&self, prefix: &str) -> String {
        let mut key = String::with_capacity(prefix.len() + 48);
        key.push_str(prefix);
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Holder(holder) => write!(key, ":rate:{{{holder}}}"),
            Self::Key(id) => write!(key, ":rate:{{key:{id}}}"),
            Self::Notice(id) => write!(key, ":rate:{{notice:{id}}}"),
            Self::Presses(id) => write!(key, ":rate:{{press:{id}}}"),
            Self::Care(id) => write!(key, ":rate:{{care:{id}}}"),
            Self::Address(address) => write!(key, ":rate:{{ip:{address}}}"),
            Self::Contact(address) => write!(key, ":rate:{{contact:{address}}}"),
            Self::WrongAdminKeys => write!(key, ":rate:{{admin}}"),
            Self::Class(at, whose) => {
                let name = POLICIES[*at].name;
                match whose {
                    Whose::Address(address) => write!(key, ":rate:{name}:{{ip:{address}}}"),
                    Whose::Holder(holder) => write!(key, ":rate:{name}:{{{holder}}}"),
                }
            }
        };
        key
    }

    /// Whether a script may have the keys of both: they are in one slot of a cluster.
    pub fn is_beside(&self, other: &Self) -> bool {
        *self == *other
            || self
                .whose()
                .is_some_and(|whose| other.whose() == Some(whose))
    }

    fn whose(&self) -> Option<Whose> {
        match *self {
            Self::Holder(holder) => Some(Whose::Holder(holder)),
            Self::Address(address) => Some(Whose::Address(address)),
            Self::Class(_, whose) => Some(whose),
            _ => None,
        }
    }
}

impl Display for Holder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(key) => write!(f, "user:{key}"),
            Self::Organization(id) => write!(f, "org:{id}"),
        }
    }
}

pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}
