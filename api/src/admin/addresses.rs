//! The addresses from which the admin page was opened lately, by this process's knowledge. They are looked
//! at even while wrong keys come from everywhere: a client that guesses cannot lock the operators out.

use std::net::IpAddr;
use std::time::Duration;

use moka::sync::Cache;

/// How long an address is remembered after the page was opened from it.
const LIFETIME: Duration = Duration::from_secs(24 * 3_600);

const ADDRESSES_MAX: u64 = 10_000;

/// Cheap to clone; clones share it.
#[derive(Clone)]
pub(crate) struct Addresses(Cache<Option<IpAddr>, ()>);

impl Default for Addresses {
    fn default() -> Self {
        let cache = Cache::builder().max_capacity(ADDRESSES_MAX);
        Self(cache.time_to_live(LIFETIME).build())
    }
}

impl Addresses {
    pub(crate) fn know(&self, address: Option<IpAddr>) -> bool {
        self.0.contains_key(&address)
    }

    pub(crate) fn remember(&self, address: Option<IpAddr>) {
        self.0.insert(address, ());
    }
}
