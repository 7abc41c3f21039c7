//! The count of all processes together, in Redis: one script, one round trip a request.
//!
//! Counts as rate-limiter-flexible does, which the design document uses: a window from the first
//! request on; the first request over the limit blocks for the block time, later ones do not prolong
//! it.
//!
//! When Redis does not answer in time, [`Memory`] counts for this process alone, and Redis is not
//! asked for a second. No request passes uncounted, and none is refused because Redis is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::aio::ConnectionManager;
use redis::{RedisError, Script};

use super::memory::Memory;
use super::rules::{Bucket, Decision, RateLimits};
use kernel::error::Error;
use kernel::redis::RedisConfig;

/// How long Redis is not asked after it did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// KEYS: the count; the client that a proof is bound to (optional). ARGV: points, window and block in
/// milliseconds; the client that the proof must be bound to, and for how many milliseconds.
/// Returns the count and the milliseconds until it ends; the count is -1 for a proof that is bound to
/// another client, and 0 where nothing is counted.
const COUNT: &str = r"
    if KEYS[2] then
        local bound = redis.call('GET', KEYS[2])
        if not bound then
            redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5])
        elseif bound ~= ARGV[4] then
            return {-1, 0}
        end
    end
    local points, window, block = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    if points == 0 then return {0, 0} end
    local used = redis.call('INCR', KEYS[1])
    if used == 1 then
        redis.call('PEXPIRE', KEYS[1], window)
        return {1, window}
    end
    if used == points + 1 and block > 0 then
        redis.call('PEXPIRE', KEYS[1], block)
        return {used, block}
    end
    local left = redis.call('PTTL', KEYS[1])
    if left < 0 then
        redis.call('PEXPIRE', KEYS[1], window)
        left = window
    end
    return {used, left}";

/// A proof that is valid for one client only: the first that used it.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The id of the proof.
    pub proof: [u8; 16],
    /// A digest of the client.
    pub client: [u8; 16],
    /// How long the binding lasts.
    pub lasts: Duration,
}

/// The outcome of counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// There is no such limit.
    Unlimited,
    Limited(Decision),
    /// The proof belongs to another client; nothing was counted.
    Stolen,
}

/// Counts requests. Cheap to clone.
#[derive(Clone)]
pub struct Limiter {
    redis: ConnectionManager,
    own: Arc<Own>,
}

struct Own {
    limits: RateLimits,
    prefix: String,
    script: Script,
    memory: Memory,
    start: Instant,
    /// 0 while Redis answers; else until when it is not asked, in milliseconds since `start`.
    silent_until: AtomicU64,
}

impl Limiter {
    /// Connects on first use and again whenever the connection is lost.
    ///
    /// # Errors
    /// `Internal` for an address that cannot be read.
    pub fn new(config: &RedisConfig, limits: RateLimits) -> Result<Self, Error> {
        let redis = config.connection(limits.patience, 0)?;
        let own = Own {
            limits,
            prefix: config.prefix.clone(),
            script: Script::new(COUNT),
            memory: Memory::default(),
            start: Instant::now(),
            silent_until: AtomicU64::new(0),
        };
        Ok(Self {
            redis,
            own: Arc::new(own),
        })
    }

    /// The same with a connection of its own, for one more thread: a connection belongs to the
    /// thread that uses it first, and from another one every command wakes two.
    ///
    /// # Errors
    /// `Internal` for an address that cannot be read.
    pub fn for_thread(&self, config: &RedisConfig) -> Result<Self, Error> {
        Ok(Self {
            redis: config.connection(self.own.limits.patience, 0)?,
            own: self.own.clone(),
        })
    }

    pub fn limits(&self) -> &RateLimits {
        &self.own.limits
    }

    /// Counts a request, and binds its proof to one client. Never fails: see the beginning of this
    /// file.
    pub async fn count(&self, bucket: Bucket, binding: Option<&Binding>) -> Counted {
        let own = &*self.own;
        let limit = own.limits.of(&bucket);
        if limit.points == 0 && binding.is_none() {
            return Counted::Unlimited;
        }
        let (used, left) = match self.ask(self.run(&bucket, binding)).await {
            Some(answer) => answer,
            None => return self.count_alone(bucket, binding),
        };
        match u32::try_from(used) {
            Err(_) if used < 0 => Counted::Stolen,
            Ok(0) => Counted::Unlimited,
            used => {
                let left = Duration::from_millis(left);
                Counted::Limited(Decision::of(&limit, used.unwrap_or(u32::MAX), left))
            }
        }
    }

    fn count_alone(&self, bucket: Bucket, binding: Option<&Binding>) -> Counted {
        let limit = self.own.limits.of(&bucket);
        if binding.is_some() {
            crate::metrics::init_data_unchecked();
        }
        if limit.points == 0 {
            return Counted::Unlimited;
        }
        crate::metrics::rate_limit_fallback();
        Counted::Limited(self.own.memory.count(bucket, &limit, Instant::now()))
    }

    /// For how long nothing more is admitted from this bucket, if it is over its limit. Counts nothing: for
    /// what has to be known before work is done for a request. Never fails, as [`Self::count`].
    pub async fn blocked(&self, bucket: Bucket) -> Option<Duration> {
        let own = &*self.own;
        let limit = own.limits.of(&bucket);
        if limit.points == 0 {
            return None;
        }
        match self.ask(self.look(&bucket)).await {
            Some((used, left)) => (used.unwrap_or(0) > limit.points)
                .then(|| Duration::from_millis(u64::try_from(left).unwrap_or_default())),
            None => own.memory.blocked(&bucket, &limit, Instant::now()),
        }
    }

    async fn look(&self, bucket: &Bucket) -> Result<(Option<u32>, i64), RedisError> {
        let key = bucket.redis_key(&self.own.prefix);
        let mut pipe = redis::pipe();
        pipe.get(&key).pttl(&key);
        pipe.query_async(&mut self.redis.clone()).await
    }

    /// `None` when Redis does not answer, or was not asked.
    async fn ask<T>(&self, asking: impl Future<Output = Result<T, RedisError>>) -> Option<T> {
        let own = &*self.own;
        if !own.may_ask() {
            return None;
        }
        let answer = tokio::time::timeout(own.limits.patience, asking).await;
        match answer {
            Ok(Ok(answer)) => {
                if own.silent_until.load(Ordering::Relaxed) != 0 {
                    own.silent_until.store(0, Ordering::Relaxed);
                }
                Some(answer)
            }
            failed => {
                own.silent_until.store(own.pause(), Ordering::Relaxed);
                let why = failed.map(Result::err).ok().flatten();
                let why = why.map_or("no answer in time".to_owned(), |why| why.to_string());
                tracing::warn!(
                    error = why,
                    "Redis does not count requests; this process does"
                );
                None
            }
        }
    }

    async fn run(
        &self,
        bucket: &Bucket,
        binding: Option<&Binding>,
    ) -> Result<(i64, u64), RedisError> {
        let own = &*self.own;
        let limit = own.limits.of(bucket);
        let mut call = own.script.key(bucket.redis_key(&own.prefix));
        call.arg(limit.points)
            .arg(limit.window.as_millis() as u64)
            .arg(limit.block.as_millis() as u64);
        if let Some(binding) = binding {
            let proof = hex::encode(binding.proof);
            call.key(format!("{}:init-data:{proof}", own.prefix))
                .arg(&binding.client[..])
                .arg(binding.lasts.as_millis().max(1) as u64);
        }
        call.invoke_async(&mut self.redis.clone()).await
    }
}

impl Own {
    /// While Redis is silent, one request in each pause tries it again.
    fn may_ask(&self) -> bool {
        let until = self.silent_until.load(Ordering::Relaxed);
        let relaxed = Ordering::Relaxed;
        until == 0
            || (self.elapsed() >= until
                && (self.silent_until)
                    .compare_exchange(until, self.pause(), relaxed, relaxed)
                    .is_ok())
    }

    fn pause(&self) -> u64 {
        self.elapsed() + PAUSE.as_millis() as u64
    }

    fn elapsed(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }
}
