//! The count of all processes together, in Redis: one script, one round trip a request.
//!
//! Counts by a sliding window ([`super::window`]) on the clock of Redis, so that all processes have one. The first
//! request over a limit blocks for the block time; later ones do not prolong it. A request that counts against several
//! limits is admitted by all of them, or uses nothing of any (in a cluster: of any of one account or address).
//!
//! When Redis does not answer in time, [`Memory`] counts for this process alone, and Redis is not
//! asked for a second. No request passes uncounted, and none is refused because Redis is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::{RedisError, Script, ScriptInvocation};

use super::buckets::{Against, Bucket};
use super::limit::{Decision, Limit, tightest};
use super::memory::Memory;
use super::rules::RateLimits;
use kernel::error::Error;
use kernel::redis::{Connection, RedisConfig};

/// How long Redis is not asked after it did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// What time it is. Apart from the rest, which tests run at any time.
const NOW: &str = include_str!("clock.lua");

const WINDOW: &str = include_str!("window.lua");

/// The answer of the script for a proof that is bound to another client.
const STOLEN: [i64; 1] = [-1];

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
#[derive(Clone, Debug)]
pub enum Counted {
    /// What was decided by each limit; of none, nothing.
    By(Vec<(Limit, Decision)>),
    /// The proof belongs to another client; nothing was counted.
    Stolen,
}

impl Counted {
    /// For how long it is refused, if it is.
    pub fn refused(&self) -> Option<Duration> {
        let Self::By(counted) = self else { return None };
        let (_, decision) = tightest(counted)?;
        (!decision.admitted).then_some(decision.reset)
    }
}

/// Counts requests. Cheap to clone.
#[derive(Clone)]
pub struct Limiter {
    redis: Connection,
    own: Arc<Own>,
}

struct Own {
    limits: RateLimits,
    prefix: String,
    /// Whether a script gets keys of one slot alone.
    is_cluster: bool,
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
            is_cluster: config.is_cluster(),
            script: Script::new(&[NOW, WINDOW].concat()),
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

    /// Counts a request in one bucket, by the limit that this has. Never fails: see the beginning of this file.
    pub async fn count_one(&self, bucket: Bucket) -> Counted {
        let limit = self.own.limits.of(&bucket);
        self.count(&[Against { bucket, limit }], None).await
    }

    /// Counts a request against all of these, or none, and binds its proof to one client. Never fails, as
    /// [`Self::count_one`].
    pub async fn count(&self, of: &[Against], binding: Option<&Binding>) -> Counted {
        let of: Vec<Against> = of
            .iter()
            .filter(|it| it.limit.points > 0)
            .copied()
            .collect();
        if of.is_empty() && binding.is_none() {
            return Counted::By(Vec::new());
        }
        match self.ask(self.run(true, &of, binding)).await {
            Some(answer) if answer == STOLEN => Counted::Stolen,
            Some(answer) => Counted::By(decided(&of, &answer)),
            None => self.count_alone(&of, binding),
        }
    }

    fn count_alone(&self, of: &[Against], binding: Option<&Binding>) -> Counted {
        if binding.is_some() {
            crate::metrics::init_data_unchecked();
        }
        if !of.is_empty() {
            crate::metrics::rate_limit_fallback();
        }
        let made = self.own.memory.count(of, Instant::now());
        Counted::By(of.iter().map(|it| it.limit).zip(made).collect())
    }

    /// For how long nothing more is admitted from this bucket, if there were too many. Counts nothing: for
    /// what has to be known before work is done for a request. Never fails, as [`Self::count_one`].
    pub async fn blocked(&self, bucket: Bucket) -> Option<Duration> {
        let own = &*self.own;
        let limit = own.limits.of(&bucket);
        if limit.points == 0 {
            return None;
        }
        let of = [Against { bucket, limit }];
        match self.ask(self.run(false, &of, None)).await {
            Some(answer) => Counted::By(decided(&of, &answer)).refused(),
            None => own.memory.blocked(&bucket, &limit, Instant::now()),
        }
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
        counts: bool,
        of: &[Against],
        binding: Option<&Binding>,
    ) -> Result<Vec<i64>, RedisError> {
        let own = &*self.own;
        if own.is_cluster {
            return self.run_by_slot(counts, of, binding).await;
        }
        let call = call(&own.script, &own.prefix, counts, of, binding);
        call.invoke_async(&mut self.redis.clone()).await
    }

    /// The same in a cluster, where a script sees one slot: the proof first, then each account or address in turn. What
    /// comes after a refusal is not counted; what came before it is.
    async fn run_by_slot(
        &self,
        counts: bool,
        of: &[Against],
        binding: Option<&Binding>,
    ) -> Result<Vec<i64>, RedisError> {
        let (own, mut redis) = (&*self.own, self.redis.clone());
        if binding.is_some() {
            let proved = call(&own.script, &own.prefix, counts, &[], binding);
            let answer: Vec<i64> = proved.invoke_async(&mut redis).await?;
            if answer == STOLEN {
                return Ok(answer);
            }
        }
        let (mut answers, mut counts) = (vec![[0; 3]; of.len()], counts);
        for slot in slots(of) {
            let here: Vec<Against> = slot.iter().map(|at| of[*at]).collect();
            let call = call(&own.script, &own.prefix, counts, &here, None);
            let answer: Vec<i64> = call.invoke_async(&mut redis).await?;
            for (at, one) in slot.into_iter().zip(answer.as_chunks::<3>().0) {
                counts &= one[0] == 0;
                answers[at] = *one;
            }
        }
        Ok(answers.concat())
    }
}

/// The places of limits that are counted in one slot, slot by slot.
fn slots(of: &[Against]) -> Vec<Vec<usize>> {
    let mut slots: Vec<Vec<usize>> = Vec::new();
    for (at, one) in of.iter().enumerate() {
        let beside = |slot: &&mut Vec<usize>| of[slot[0]].bucket.is_beside(&one.bucket);
        match slots.iter_mut().find(beside) {
            Some(slot) => slot.push(at),
            None => slots.push(vec![at]),
        }
    }
    slots
}

fn call<'a>(
    script: &'a Script,
    prefix: &str,
    counts: bool,
    of: &[Against],
    binding: Option<&Binding>,
) -> ScriptInvocation<'a> {
    let mut call = script.prepare_invoke();
    call.arg(u8::from(counts)).arg(of.len());
    for Against { bucket, limit } in of {
        call.key(bucket.redis_key(prefix)).arg(limit.points);
        call.arg(limit.window_ms())
            .arg(limit.block_ms())
            .arg(limit.grain());
    }
    if let Some(binding) = binding {
        let proof = hex::encode(binding.proof);
        call.key(format!("{prefix}:init-data:{proof}"))
            .arg(&binding.client[..])
            .arg(binding.lasts.as_millis().max(1) as u64);
    }
    call
}

/// What the script answered.
fn decided(of: &[Against], answer: &[i64]) -> Vec<(Limit, Decision)> {
    let (answers, _) = answer.as_chunks();
    let decisions = answers.iter().map(|[refused, left, reset]| Decision {
        admitted: *refused == 0,
        remaining: u32::try_from(*left).unwrap_or_default(),
        reset: Duration::from_millis(u64::try_from(*reset).unwrap_or_default()),
    });
    of.iter().map(|it| it.limit).zip(decisions).collect()
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

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
