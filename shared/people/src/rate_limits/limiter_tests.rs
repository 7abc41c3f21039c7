use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use redis::aio::MultiplexedConnection;

use super::*;
use crate::rate_limits::buckets::{Holder, Whose};
use crate::rate_limits::window::Window;
use crate::rate_limits::window::tests::{count, limit, step};
use crate::users::model::PersonKey;

/// The script, at any time that a test says.
struct At {
    script: Script,
    prefix: String,
    redis: MultiplexedConnection,
}

impl At {
    async fn new() -> anyhow::Result<Self> {
        let config = testkit::redis::config()?;
        Ok(Self {
            script: Script::new(&["local now = tonumber(ARGV[#ARGV])\n", WINDOW].concat()),
            redis: testkit::redis::connect(&config).await?,
            prefix: config.prefix,
        })
    }

    async fn run(
        &mut self,
        counts: bool,
        of: &[Against],
        now: u64,
    ) -> anyhow::Result<Vec<Decision>> {
        let mut call = call(&self.script, &self.prefix, counts, of, None);
        let answer: Vec<i64> = call.arg(now).invoke_async(&mut self.redis).await?;
        Ok(decided(of, &answer)
            .into_iter()
            .map(|(_, made)| made)
            .collect())
    }
}

fn against(id: i64, limit: Limit) -> Against {
    Against {
        bucket: Bucket::person(PersonKey::Telegram(id)),
        limit,
    }
}

/// Also when the clock is set back. The windows are long: in Redis they end by the real time.
#[tokio::test]
async fn the_script_decides_as_the_rule_does() -> anyhow::Result<()> {
    let mut redis = At::new().await?;
    for (seed, points, block) in [(1, 3, 0), (2, 20, 700_000), (3, 21, 60_000), (4, 150, 0)] {
        let (limit, mut chance) = (limit(points, 600_000, block), StdRng::seed_from_u64(seed));
        let (mut window, mut now) = (Window::default(), 1_800_000_000_000_u64);
        let of = [against(seed as i64, limit)];
        for _ in 0..600 {
            now += step(&mut chance, if points > 100 { 5_000 } else { 600_000 });
            if chance.random_range(0..20) == 0 {
                now -= chance.random_range(0..=300_000);
            }
            let made = count(&mut window, &limit, now);
            assert_eq!(
                redis.run(true, &of, now).await?,
                [made],
                "seed {seed}, at {now}"
            );
            let looked = redis.run(false, &of, now).await?;
            assert_eq!(looked[0].admitted, made.admitted, "seed {seed}, at {now}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_request_that_one_limit_refuses_uses_nothing_of_the_other() -> anyhow::Result<()> {
    let (mut redis, now) = (At::new().await?, 1_800_000_000_000);
    let (wide, narrow) = (limit(10, 60_000, 0), limit(2, 60_000, 0));
    let of = [against(1, wide), against(2, narrow)];
    for (admitted, left) in [
        (true, (9, 1)),
        (true, (8, 0)),
        (false, (8, 0)),
        (false, (8, 0)),
    ] {
        let made = redis.run(true, &of, now).await?;
        assert_eq!((made[0].remaining, made[1].remaining), left);
        assert_eq!((made[0].admitted, made[1].admitted), (true, admitted));
    }
    Ok(())
}

#[tokio::test]
async fn of_500_requests_in_one_millisecond_redis_admits_exactly_the_limit() -> anyhow::Result<()> {
    let redis = At::new().await?;
    let of = [against(1, limit(120, 60_000, 60_000))];
    let calls = (0..500).map(|_| async {
        let mut call = call(&redis.script, &redis.prefix, true, &of, None);
        let call = call.arg(1_800_000_000_000_u64);
        let answer: Vec<i64> = call.invoke_async(&mut redis.redis.clone()).await?;
        Ok::<_, RedisError>(decided(&of, &answer)[0].1.admitted)
    });
    let admitted = futures_util::future::try_join_all(calls).await?;
    assert_eq!(admitted.into_iter().filter(|it| *it).count(), 120);
    Ok(())
}

/// The clock is that of Redis: nothing that a process thinks of the time matters.
#[tokio::test]
async fn a_window_is_small_and_ends_by_itself() -> anyhow::Result<()> {
    let mut redis = At::new().await?;
    redis.script = Script::new(&[NOW, WINDOW].concat());
    let of = [against(1, limit(6_000, 60_000, 0))];
    for left in (5_000..6_000).rev() {
        assert_eq!(redis.run(true, &of, 0).await?[0].remaining, left);
    }
    let key = of[0].bucket.redis_key(&redis.prefix);
    let (size, ends): (u64, u64) = redis::pipe()
        .strlen(&key)
        .pttl(&key)
        .query_async(&mut redis.redis)
        .await?;
    assert!(size <= 20 + 22 * 12, "{size} bytes");
    assert!((1..=60_000).contains(&ends), "{ends} ms");
    Ok(())
}

fn remaining(of: &[Against], answer: &[i64]) -> Vec<Option<u32>> {
    let made = decided(of, answer).into_iter();
    made.map(|(_, made)| made.admitted.then_some(made.remaining))
        .collect()
}

#[tokio::test]
async fn a_cluster_counts_for_each_account_and_address_in_turn() -> anyhow::Result<()> {
    let server = testkit::servers::ClusterRedis::start().await?;
    let lookup = |_: &str| None;
    let mut limits = RateLimits::read(&mut kernel::env::Env::new(&lookup));
    limits.patience = Duration::from_secs(10);
    let limiter = Limiter::new(&server.config(), limits)?;
    testkit::eventually(async || {
        Ok(limiter
            .run(true, &[against(9, limit(1, 60_000, 0))], None)
            .await
            .ok())
    })
    .await?;
    let person = against(1, limit(5, 60_000, 60_000));
    let class = Against {
        bucket: Bucket::Class(0, Whose::Holder(Holder::Person(PersonKey::Telegram(1)))),
        ..person
    };
    let address = Against {
        bucket: Bucket::address("192.0.2.1".parse()?),
        limit: limit(2, 60_000, 60_000),
    };
    let of = [person, class, address];
    for wanted in [
        [Some(4), Some(4), Some(1)],
        [Some(3), Some(3), Some(0)],
        // Only what comes before the refusal is counted.
        [Some(2), Some(2), None],
    ] {
        assert_eq!(remaining(&of, &limiter.run(true, &of, None).await?), wanted);
    }
    let of = [address, person, class];
    let answer = limiter.run(true, &of, None).await?;
    assert_eq!(remaining(&of, &answer), [None, Some(2), Some(2)]);
    let proof = |client| Binding {
        proof: [7; 16],
        client: [client; 16],
        lasts: Duration::from_secs(60),
    };
    assert_eq!(
        limiter.run(true, &[person], Some(&proof(1))).await?.len(),
        3
    );
    assert_eq!(limiter.run(true, &[person], Some(&proof(2))).await?, STOLEN);
    Ok(())
}
