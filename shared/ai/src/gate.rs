//! The gate in front of each provider: a circuit breaker, a concurrency limit and a rate limit,
//! shared by all workers. One Redis script runs before a call and one after it.
//!
//! The breaker is closed until a number of calls fail in a row; then open, for a time that doubles
//! while the provider keeps failing; then half open, for one probe call. One refusal of our credential
//! opens it too. A provider that asks to wait (`Retry-After`) is not called for that long; this does not count as a failure.
//!
//! While Redis is unreachable every call is admitted (`ai_gate_unchecked_total`): Postgres still
//! enforces the limit on running jobs (`AI_RUNNING`), and a failing provider then costs time but no
//! readings.

use std::sync::Arc;
use std::time::Duration;

use redis::Script;
use uuid::Uuid;

use super::config::Breaker;
use super::rules::Sign;
use kernel::error::Error;
use kernel::redis::{Connection, RedisConfig};
use vendors::ai::Vendor;
use vendors::ai::catalogue::Share;

/// The timeout for Redis.
const TIMEOUT: Duration = Duration::from_millis(500);

/// KEYS: the breaker; the running calls; the rate. ARGV: id of the call; how long it holds its
/// permit at most, in milliseconds; the most running calls (0: no limit); the most calls a second
/// (0: no limit); the burst. Returns {code, milliseconds}: 0 admitted, 1 admitted as a probe, 2
/// open, 3 the provider asked to wait, 4 too many running, 5 too many in this second, 6 open because
/// the provider refuses our credential; the time says when to try again.
const ADMIT: &str = r"
    local t = redis.call('TIME')
    local now = t[1] * 1000 + math.floor(t[2] / 1000)
    local b = redis.call('HMGET', KEYS[1], 'busy_until', 'open_until', 'probe_until', 'refusing')
    local busy, open, probe = tonumber(b[1]) or 0, tonumber(b[2]) or 0, tonumber(b[3]) or 0
    if busy > now then return {3, busy - now} end
    local shut = b[4] and 6 or 2
    if open > now then return {shut, open - now} end
    if open > 0 and probe > now then return {shut, probe - now} end
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
    local most = tonumber(ARGV[3])
    if most > 0 and redis.call('ZCARD', KEYS[2]) >= most then return {4, 100} end
    local rate, burst = tonumber(ARGV[4]), tonumber(ARGV[5])
    if rate > 0 then
        local step = 1000 / rate
        local at = math.max(tonumber(redis.call('GET', KEYS[3]) or '0'), now - step * (burst - 1))
        if at > now then return {5, math.ceil(at - now)} end
        redis.call('SET', KEYS[3], string.format('%.3f', at + step), 'PX', math.ceil(step * burst) + 1000)
    end
    redis.call('ZADD', KEYS[2], now + tonumber(ARGV[2]), ARGV[1])
    -- Longer than any call.
    redis.call('PEXPIRE', KEYS[2], 600000)
    if open > 0 then
        redis.call('HSET', KEYS[1], 'probe_until', now + tonumber(ARGV[2]))
        return {1, 0}
    end
    return {0, 0}";

/// KEYS: the breaker; the running calls. ARGV: id of the call; its outcome: 'alive', 'failing',
/// 'refusing', 'busy' or 'unseen' (unknown); milliseconds that the provider asks to wait; failures that open
/// the breaker; milliseconds open at first, and at most; whether the call was a probe. Returns
/// {change, milliseconds, failures}: 0 none, 1 closed, 2 opened for so long.
const REPORT: &str = r"
    local t = redis.call('TIME')
    local now = t[1] * 1000 + math.floor(t[2] / 1000)
    redis.call('ZREM', KEYS[2], ARGV[1])
    local how, probe = ARGV[2], ARGV[7] == '1'
    if probe then redis.call('HDEL', KEYS[1], 'probe_until') end
    if how == 'unseen' then return {0, 0, 0} end
    if how == 'busy' then
        redis.call('HSET', KEYS[1], 'busy_until', now + tonumber(ARGV[3]))
        redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[3]) + 86400000)
        return {0, 0, 0}
    end
    local was = tonumber(redis.call('HGET', KEYS[1], 'open_until') or '0')
    -- A call that began before the breaker opened does not count.
    if was > 0 and not probe then return {0, 0, 0} end
    if how == 'alive' then
        -- Keeps busy_until.
        redis.call('HDEL', KEYS[1], 'failures', 'opened', 'open_until', 'refusing')
        if was > 0 then return {1, 0, 0} end
        return {0, 0, 0}
    end
    local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
    local refusing = how == 'refusing'
    if refusing then
        redis.call('HSET', KEYS[1], 'refusing', 1)
    else
        redis.call('HDEL', KEYS[1], 'refusing')
    end
    redis.call('PEXPIRE', KEYS[1], 86400000)
    if refusing or was > 0 or failures >= tonumber(ARGV[4]) then
        local times = redis.call('HINCRBY', KEYS[1], 'opened', 1)
        local open = math.min(tonumber(ARGV[5]) * 2 ^ math.min(times - 1, 20), tonumber(ARGV[6]))
        redis.call('HSET', KEYS[1], 'open_until', string.format('%d', now + open))
        return {2, open, failures}
    end
    return {0, 0, failures}";

/// Whether a call is admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Admitted; report the outcome.
    Go(Permit),
    /// The provider fails, or has asked to wait: try again after this long.
    Closed(Duration),
    /// The provider refuses our credential, and is probed again after this long.
    Refusing(Duration),
    /// One of our own limits is reached: try again after this long.
    Full(Duration),
}

/// The permit of a running call. It expires if no outcome is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    vendor: Vendor,
    /// `None`: Redis was unreachable.
    id: Option<String>,
    /// Whether this call is the probe of a half-open breaker.
    pub probe: bool,
}

/// How a report changed the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Nothing,
    /// The provider has recovered.
    Closed,
    /// A probe call was admitted.
    HalfOpen,
    /// Opened for so long, after so many failures in a row.
    Opened {
        lasts: Duration,
        failures: u32,
    },
}

/// The gates of all providers. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    redis: Connection,
    prefix: String,
    breaker: Breaker,
    admit: Script,
    report: Script,
}

impl Gate {
    /// Connects on first use.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub fn new(config: &RedisConfig, breaker: Breaker) -> Result<Self, Error> {
        Ok(Self(Arc::new(Inner {
            redis: config.connection(TIMEOUT, 0)?,
            prefix: config.prefix.clone(),
            breaker,
            admit: Script::new(ADMIT),
            report: Script::new(REPORT),
        })))
    }

    fn key(&self, vendor: Vendor, what: &str) -> String {
        // The hash tag keeps the keys of a provider in one slot of a Redis cluster.
        format!("{}:ai:{{{vendor}}}:{what}", self.0.prefix)
    }

    /// Requests a permit for a call that takes at most `longest`.
    pub async fn admit(&self, vendor: Vendor, share: Share, longest: Duration) -> Admission {
        if vendor == Vendor::Offline {
            // It runs in this process.
            return Admission::Go(Permit {
                vendor,
                id: None,
                probe: false,
            });
        }
        let id = Uuid::now_v7().to_string();
        let mut call = self.0.admit.prepare_invoke();
        call.key(self.key(vendor, "breaker"))
            .key(self.key(vendor, "running"))
            .key(self.key(vendor, "rate"))
            .arg(&id)
            .arg(millis(longest))
            .arg(share.running.unwrap_or(0))
            .arg(share.per_second.unwrap_or(0.0))
            .arg(share.burst.unwrap_or(1).max(1));
        let asked = call
            .invoke_async::<(u8, u64)>(&mut self.0.redis.clone())
            .await;
        let (code, wait) = match asked {
            Ok(answer) => answer,
            Err(why) => {
                tracing::debug!(error = %why, "cannot check the gate in Redis; the call is admitted");
                crate::metrics::ai_gate_unchecked();
                return Admission::Go(Permit {
                    vendor,
                    id: None,
                    probe: false,
                });
            }
        };
        let wait = Duration::from_millis(wait);
        match code {
            0 | 1 => Admission::Go(Permit {
                vendor,
                id: Some(id),
                probe: code == 1,
            }),
            2 | 3 => Admission::Closed(wait),
            6 => Admission::Refusing(wait),
            _ => Admission::Full(wait),
        }
    }

    /// Reports the outcome of a call (`None`: unknown), and releases its permit.
    pub async fn report(&self, permit: &Permit, sign: Option<Sign>) -> Change {
        if permit.vendor == Vendor::Offline {
            return Change::Nothing;
        }
        let breaker = &self.0.breaker;
        let (how, asked_for) = match sign {
            None => ("unseen", Duration::ZERO),
            Some(Sign::Alive) => ("alive", Duration::ZERO),
            Some(Sign::Failing) => ("failing", Duration::ZERO),
            Some(Sign::Refusing) => ("refusing", Duration::ZERO),
            Some(Sign::Busy(lasts)) => ("busy", lasts),
        };
        let mut call = self.0.report.prepare_invoke();
        call.key(self.key(permit.vendor, "breaker"))
            .key(self.key(permit.vendor, "running"))
            .arg(permit.id.as_deref().unwrap_or_default())
            .arg(how)
            .arg(millis(asked_for))
            .arg(breaker.failures)
            .arg(millis(breaker.open))
            .arg(millis(breaker.open_max))
            .arg(u8::from(permit.probe));
        let reported = call
            .invoke_async::<(u8, u64, u32)>(&mut self.0.redis.clone())
            .await;
        match reported {
            Ok((1, ..)) => Change::Closed,
            Ok((2, lasts, failures)) => {
                let lasts = Duration::from_millis(lasts);
                Change::Opened { lasts, failures }
            }
            Ok(_) => Change::Nothing,
            Err(why) => {
                tracing::debug!(error = %why, "cannot report the outcome of a call to Redis");
                Change::Nothing
            }
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
