//! The buckets of requests and their limits (design document, section 5.3).

use core::net::{IpAddr, Ipv6Addr};
use std::fmt::Write;
use std::time::Duration;

use uuid::Uuid;

use crate::users::model::PersonKey;
use kernel::env::{Env, Section, Setting, Spelling};

const ENABLED: Setting = Setting::new(
    "ENABLE_RATE_LIMITING",
    "true",
    "Whether requests are counted at all.",
);
const WINDOW: Setting = Setting::new(
    "RATE_LIMIT_WINDOW_MS",
    "60000",
    "The window of each count, from the first request on (milliseconds).",
);
const ADDRESS: Setting = Setting::new(
    "RATE_LIMIT_IP",
    "100",
    "Requests in a window from one address (who says not who they are, or says it wrongly). 0: no \
     limit.",
)
.also(&[Spelling::same("RATE_LIMIT_MAX_REQUESTS")]);
const ADDRESS_BLOCK: Setting = Setting::new(
    "RATE_LIMIT_IP_BLOCK_SECONDS",
    "60",
    "For how long nothing from it is admitted after one too many.",
);
const PERSON: Setting = Setting::new(
    "RATE_LIMIT_USER",
    "120",
    "Requests in a window of one person; a Mini App that is opened and looked through sends some forty in a \
     minute. 0: no limit.",
);
const PERSON_BLOCK: Setting = Setting::new(
    "RATE_LIMIT_USER_BLOCK_SECONDS",
    "60",
    "For how long nothing of that person is admitted after one too many.",
);
const KEY: Setting = Setting::new(
    "RATE_LIMIT_KEY",
    "6000",
    "Requests in a window with one service's key. 0: no limit.",
);
const ADMIN: Setting = Setting::new(
    "RATE_LIMIT_ADMIN",
    "60",
    "Wrong keys of the admin page in a window, from all addresses together. After one too many, only \
     addresses that have opened it are looked at, for RATE_LIMIT_IP_BLOCK_SECONDS. 0: no limit.",
);
const PATIENCE: Setting = Setting::new(
    "RATE_LIMIT_REDIS_MS",
    "100",
    "How long Redis may take to count a request before this process counts by itself (milliseconds).",
);

pub const SETTINGS: Section = Section {
    title: "Rate limits of the API",
    settings: &[
        ENABLED,
        WINDOW,
        ADDRESS,
        ADDRESS_BLOCK,
        PERSON,
        PERSON_BLOCK,
        KEY,
        ADMIN,
        PATIENCE,
    ],
};

/// A rate limit.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The name of the policy in the `RateLimit` header.
    pub name: &'static str,
    /// Requests in a window; 0: no limit.
    pub points: u32,
    /// The window of a count, from the first request on.
    pub window: Duration,
    /// How long nothing is admitted after the first request over the limit.
    pub block: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);

/// How often a person who sends too much is answered in the bot's chat: that they do, and to words of despair.
const NOTICE: Limit = Limit {
    name: "notice",
    points: 1,
    window: Duration::from_secs(60),
    block: Duration::ZERO,
};

/// Messages of the contact form from one network.
const CONTACT: Limit = Limit {
    name: "contact",
    points: 5,
    window: Duration::from_secs(3_600),
    block: Duration::ZERO,
};

/// How often a person presses buttons of the bot: more than a thumb does.
const PRESSES: Limit = Limit {
    name: "presses",
    points: 60,
    window: Duration::from_secs(60),
    block: Duration::ZERO,
};

/// The limits.
#[derive(Clone, Debug)]
pub struct RateLimits {
    /// Whether requests are counted at all.
    enabled: bool,
    pub address: Limit,
    pub person: Limit,
    pub key: Limit,
    /// Wrong keys of the admin page, from all addresses together.
    pub admin: Limit,
    /// How long Redis may take to answer.
    pub patience: Duration,
}

impl RateLimits {
    /// Reads this part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        let enabled: bool = env.value(&ENABLED);
        let window = Duration::from_millis(env.within(&WINDOW, 1_000..=86_400_000));
        let blocks = [&ADDRESS_BLOCK, &PERSON_BLOCK];
        let [address, person] = blocks.map(|block| Duration::from_secs(env.value(block)));
        let mut limit = |name, points, block| {
            let points = env.value(points);
            Limit {
                name,
                points: if enabled { points } else { 0 },
                window,
                block,
            }
        };
        Self {
            enabled,
            address: limit("address", &ADDRESS, address),
            person: limit("person", &PERSON, person),
            key: limit("key", &KEY, Duration::from_secs(1)),
            admin: limit("admin", &ADMIN, address),
            patience: Duration::from_millis(env.value(&PATIENCE)),
        }
    }

    /// The limit of a bucket.
    pub fn of(&self, bucket: &Bucket) -> Limit {
        match bucket {
            Bucket::Address(_) => self.address,
            Bucket::Person(_) => self.person,
            Bucket::Key(_, None) => self.key,
            Bucket::Key(_, Some(points)) => Limit {
                points: if self.enabled { *points } else { 0 },
                window: MINUTE,
                ..self.key
            },
            Bucket::Notice(_) | Bucket::Care(_) => NOTICE,
            Bucket::Presses(_) => PRESSES,
            Bucket::Contact(_) => CONTACT,
            Bucket::WrongAdminKeys => self.admin,
        }
    }
}

/// What requests are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// A person, by their Telegram id.
    Person(PersonKey),
    /// A service, by the id of its key. With the requests a minute that this key alone may send.
    Key(Uuid, Option<u32>),
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
}

impl Bucket {
    /// An address. Of IPv6 its /64: a client that has one address there has them all
    /// (RFC 6177, section 2).
    pub fn address(address: IpAddr) -> Self {
        Self::Address(network(address))
    }

    /// Messages of the contact form from the network of an address.
    pub fn contact(address: IpAddr) -> Self {
        Self::Contact(network(address))
    }

    /// The key in Redis.
    pub fn redis_key(&self, prefix: &str) -> String {
        let mut key = String::with_capacity(prefix.len() + 48);
        key.push_str(prefix);
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Person(id) => write!(key, ":rl:user:{id}"),
            Self::Key(id, _) => write!(key, ":rl:key:{id}"),
            Self::Notice(id) => write!(key, ":rl:notice:{id}"),
            Self::Presses(id) => write!(key, ":rl:press:{id}"),
            Self::Care(id) => write!(key, ":rl:care:{id}"),
            Self::Address(address) => write!(key, ":rl:ip:{address}"),
            Self::Contact(address) => write!(key, ":rl:contact:{address}"),
            Self::WrongAdminKeys => write!(key, ":rl:admin"),
        };
        key
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// The decision about a request that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub admitted: bool,
    /// How many more are admitted until the reset.
    pub remaining: u32,
    /// Time until the count begins again.
    pub reset: Duration,
}

impl Decision {
    /// After `used` requests, of which this is the last.
    pub fn of(limit: &Limit, used: u32, reset: Duration) -> Self {
        Self {
            admitted: used <= limit.points,
            remaining: limit.points.saturating_sub(used),
            reset,
        }
    }

    /// The reset in whole seconds, never too early.
    pub fn reset_seconds(&self) -> u64 {
        self.reset.as_millis().div_ceil(1_000).max(1) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(address: &str) -> Bucket {
        Bucket::address(address.parse().expect("an address"))
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_and_ipv4_is_each_its_own() {
        assert_eq!(bucket("2001:db8:1:2::1"), bucket("2001:db8:1:2:ffff::9"));
        assert_ne!(bucket("2001:db8:1:2::1"), bucket("2001:db8:1:3::1"));
        assert_eq!(bucket("::ffff:192.0.2.1"), bucket("192.0.2.1"));
        assert_ne!(bucket("192.0.2.1"), bucket("192.0.2.2"));
    }

    fn read(set: &[(&str, &str)]) -> RateLimits {
        let lookup = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut env = Env::new(&lookup);
        let limits = RateLimits::read(&mut env);
        env.finish(limits).expect("no fault")
    }

    #[test]
    fn the_limits_answer_to_the_names_of_the_design_documents() {
        let limits = read(&[
            ("RATE_LIMIT_WINDOW_MS", "900000"),
            ("RATE_LIMIT_MAX_REQUESTS", "7"),
        ]);
        assert_eq!(limits.address.points, 7);
        assert_eq!(limits.person.points, 120);
        for limit in [limits.address, limits.person, limits.key, limits.admin] {
            assert_eq!(limit.window, Duration::from_secs(900));
        }
    }

    #[test]
    fn without_rate_limiting_there_is_no_limit() {
        let limits = read(&[("ENABLE_RATE_LIMITING", "false"), ("RATE_LIMIT_USER", "5")]);
        let all = [limits.address, limits.person, limits.key, limits.admin];
        assert_eq!(all.map(|limit| limit.points), [0, 0, 0, 0]);
    }

    #[test]
    fn keys_in_redis_are_distinct() {
        let keys = [
            Bucket::Person(PersonKey::Telegram(7)).redis_key("p"),
            Bucket::Key(Uuid::nil(), None).redis_key("p"),
            bucket("2001:db8::1").redis_key("p"),
            bucket("192.0.2.1").redis_key("p"),
        ];
        assert_eq!(keys[0], "p:rl:user:7");
        assert_eq!(keys[1], "p:rl:key:00000000-0000-0000-0000-000000000000");
        assert_eq!(keys[2], "p:rl:ip:2001:db8::");
        assert_eq!(keys[3], "p:rl:ip:192.0.2.1");
    }
}
