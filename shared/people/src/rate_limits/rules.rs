//! The buckets of requests and their limits (design document, section 5.3).

use core::net::IpAddr;
use std::time::Duration;

use uuid::Uuid;

use super::buckets::{Against, Bucket, Holder, Whose, network};
use super::limit::Limit;
use super::policies::{self, Class, POLICIES, Who};
use kernel::env::{Env, Section, Setting, Spelling};

const ENABLED: Setting = Setting::new(
    "ENABLE_RATE_LIMITING",
    "true",
    "Whether requests are counted at all.",
);
const WINDOW: Setting = Setting::new(
    "RATE_LIMIT_WINDOW_MS",
    "60000",
    "The sliding window of the general counts (milliseconds): in no stretch of time this long more are admitted.",
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
    "Requests in a window of one person or organization whose plan says nothing of it, also by the keys of the \
     account; a Mini App that is opened and looked through sends some forty in a minute. 0: no limit, whatever the \
     plan says.",
);
const PERSON_BLOCK: Setting = Setting::new(
    "RATE_LIMIT_USER_BLOCK_SECONDS",
    "60",
    "For how long nothing of that person is admitted after one too many.",
);
const KEY: Setting = Setting::new(
    "RATE_LIMIT_KEY",
    "6000",
    "Requests in a window with one key of operators; also the most that a key of an account can be given. 0: no limit.",
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
        policies::AUTH,
        policies::AI,
        policies::EXPORT,
        PATIENCE,
    ],
};

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
    /// Of an organization, by all its keys.
    pub account: Limit,
    /// Wrong keys of the admin page, from all addresses together.
    pub admin: Limit,
    /// Of the policies, in their order.
    classes: [Limit; POLICIES.len()],
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
            key: limit("key", &KEY, Duration::ZERO),
            account: limit("account", &PERSON, Duration::ZERO),
            admin: limit("admin", &ADMIN, address),
            classes: POLICIES.each_ref().map(|policy| {
                policy.limit(limit(policy.name, policy.points, Duration::ZERO).points)
            }),
            patience: Duration::from_millis(env.value(&PATIENCE)),
        }
    }

    /// The limit of a bucket that has one of its own.
    pub fn of(&self, bucket: &Bucket) -> Limit {
        match bucket {
            Bucket::Address(_) => self.address,
            Bucket::Holder(Holder::Person(_)) => self.person,
            Bucket::Holder(Holder::Organization(_)) => self.account,
            Bucket::Key(_) => self.key,
            Bucket::Notice(_) | Bucket::Care(_) => NOTICE,
            Bucket::Presses(_) => PRESSES,
            Bucket::Contact(_) => CONTACT,
            Bucket::WrongAdminKeys => self.admin,
            Bucket::Class(policy, _) => self.classes[*policy],
        }
    }

    /// What the requests of an account count against; with the requests a minute that its plan allows, if that says so.
    pub fn of_holder(&self, holder: Holder, plan: Option<u32>) -> Against {
        let bucket = Bucket::Holder(holder);
        let limit = self.of(&bucket);
        Against {
            bucket,
            limit: match plan {
                Some(points) if limit.points > 0 => limit.a_minute(points),
                _ => limit,
            },
        }
    }

    /// What the requests with a key count against that has a rate of its own.
    pub fn of_key(&self, key: Uuid, a_minute: u32) -> Against {
        Against {
            bucket: Bucket::Key(key),
            limit: self.key.a_minute(if self.enabled { a_minute } else { 0 }),
        }
    }

    /// What a request for a route of this class counts against besides.
    pub fn of_class(
        &self,
        class: Class,
        address: IpAddr,
        holder: Option<Holder>,
    ) -> impl Iterator<Item = Against> {
        let policies = POLICIES.iter().enumerate();
        policies.filter_map(move |(at, policy)| {
            let whose = match policy.who {
                _ if policy.class != class => return None,
                Who::Address => Whose::Address(network(address)),
                Who::Account => Whose::Holder(holder?),
            };
            let bucket = Bucket::Class(at, whose);
            Some(Against {
                bucket,
                limit: self.of(&bucket),
            })
        })
    }

    /// Whether the figures of plans matter.
    pub fn has_plans(&self) -> bool {
        self.account.points > 0
    }

    /// All limits that the API names to clients.
    pub fn named(&self) -> impl Iterator<Item = Limit> {
        let general = [self.address, self.person, self.key, self.account];
        general.into_iter().chain(self.classes)
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
