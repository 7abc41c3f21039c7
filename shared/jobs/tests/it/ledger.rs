//! Claims, leases and fences.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::future::try_join_all;
use jobs::claims;
use jobs::claims::{Claim, ClaimRequest};
use jobs::ledger;
use jobs::ledger::LedgerError;
use jobs::limits::{Limit, Limits};
use jobs::{Job, JobState, MAINTENANCE, Priority, Queue};
use serde::{Deserialize, Serialize};
use testkit::ledger::{enqueued, states};
use testkit::{TestDatabase, eventually};
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(30);

/// A job that is followed by [`Next`].
#[derive(Serialize, Deserialize)]
struct First {
    id: Uuid,
}

impl First {
    fn new() -> Self {
        Self { id: Uuid::now_v7() }
    }
}

impl Job for First {
    const KIND: &'static str = "tests.first.v1";
    const QUEUE: Queue = MAINTENANCE;
    const MAX_ATTEMPTS: u16 = 24;
    const TIMEOUT: Duration = Duration::from_secs(600);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    fn dedupe_key(&self) -> Option<String> {
        Some(self.id.to_string())
    }
}

#[derive(Serialize, Deserialize)]
struct Next {
    id: Uuid,
}

impl Job for Next {
    const KIND: &'static str = "tests.next.v1";
    const QUEUE: Queue = MAINTENANCE;
    const MAX_ATTEMPTS: u16 = 24;
    const TIMEOUT: Duration = Duration::from_secs(600);

    fn subject(&self) -> Option<Uuid> {
        None
    }
}

async fn claim_as(
    conn: &mut AsyncPgConnection,
    worker: &str,
    lease: Duration,
    room: usize,
) -> anyhow::Result<Vec<Claim>> {
    let request = ClaimRequest {
        queue: MAINTENANCE,
        kinds: &[First::KIND],
        classes: Priority::order_of_claim(0),
        room,
        window: room,
        worker,
        lease,
        limits: &Limits::new([]),
    };
    let claims = claims::claim(conn, &request).await?.claims;
    Ok(claims.into_iter().map(Arc::unwrap_or_clone).collect())
}

async fn claim(conn: &mut AsyncPgConnection, lease: Duration) -> anyhow::Result<Vec<Claim>> {
    claim_as(conn, "a test", lease, 1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_claimed_by_one_of_many() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut sessions = try_join_all((0..8).map(|_| database.connect())).await?;
    let _ = ledger::enqueue(&mut sessions[0], &First::new()).await?;
    let claims = sessions.iter_mut().map(|conn| claim(conn, LEASE));
    let claims = try_join_all(claims).await?;
    assert_eq!(claims.iter().map(Vec::len).sum::<usize>(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_lease_can_write_nothing() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let job = First::new();
    let _ = ledger::enqueue(&mut conn, &job).await?;
    let old = claim(&mut conn, Duration::ZERO).await?.remove(0);
    eventually(async || Ok((claims::rescue(&mut conn, 10).await? == 1).then_some(()))).await?;
    let new = claim(&mut conn, LEASE).await?.remove(0);
    assert_eq!(new.attempt, 2);
    assert!(new.fence > old.fence);
    let written = conn
        .transaction(async |conn| {
            let _ = ledger::enqueue(conn, &Next { id: job.id }).await?;
            ledger::complete(conn, &old).await
        })
        .await;
    assert!(matches!(written, Err(LedgerError::LeaseLost)));
    assert!(matches!(
        ledger::hold(&mut conn, &old).await,
        Err(LedgerError::LeaseLost)
    ));
    let again = ledger::put_back(&mut conn, &old, Duration::ZERO, None).await;
    assert!(matches!(again, Err(LedgerError::LeaseLost)));
    assert!(
        claims::renew(&mut conn, &old.worker, &[(old.id, old.fence)], LEASE)
            .await?
            .is_empty()
    );
    assert!(enqueued::<Next>(&mut conn).await?.is_empty());
    ledger::complete(&mut conn, &new).await?;
    assert_eq!(states::<First>(&mut conn).await?, [(JobState::Done, 2)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_with_the_same_fence_cannot_write_for_each_other() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let _ = ledger::enqueue(&mut conn, &First::new()).await?;
    let first = claim_as(&mut conn, "one", LEASE, 1).await?.remove(0);
    // As after a crash of Postgres that took back the claim, which was not flushed.
    conn.batch_execute(
        "UPDATE jobs SET state = 'queued', attempt = 0, fence = 0, lease_until = NULL",
    )
    .await?;
    let mut second = claim_as(&mut conn, "two", LEASE, 1).await?.remove(0);
    assert_ne!(
        first.fence, second.fence,
        "the number was not given out again"
    );
    conn.batch_execute(&format!("UPDATE jobs SET fence = {}", first.fence))
        .await?;
    second.fence = first.fence;
    let refused = ledger::complete(&mut conn, &first).await;
    assert!(matches!(refused, Err(LedgerError::LeaseLost)));
    let held = [(first.id, first.fence)];
    assert!(
        ledger::complete_all(&mut conn, "one", &held)
            .await?
            .is_empty()
    );
    ledger::complete(&mut conn, &second).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_live_job_of_the_same_key_is_the_first() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let job = First::new();
    let first = ledger::enqueue(&mut conn, &job).await?;
    assert_eq!(ledger::enqueue(&mut conn, &job).await?, first);
    let held = claim(&mut conn, LEASE).await?.remove(0);
    assert_eq!(ledger::enqueue(&mut conn, &job).await?, first);
    ledger::complete(&mut conn, &held).await?;
    assert_ne!(ledger::enqueue(&mut conn, &job).await?, first);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snoozed_job_keeps_its_attempt_and_a_retried_one_spends_it() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let _ = ledger::enqueue(&mut conn, &First::new()).await?;
    let held = claim(&mut conn, LEASE).await?.remove(0);
    ledger::put_back(&mut conn, &held, Duration::ZERO, None).await?;
    let held = claim(&mut conn, LEASE).await?.remove(0);
    assert_eq!(held.attempt, 1);
    ledger::put_back(&mut conn, &held, Duration::ZERO, Some("it rained")).await?;
    let held = claim(&mut conn, LEASE).await?.remove(0);
    assert_eq!(held.attempt, 2);
    let hour = Duration::from_secs(3_600);
    ledger::put_back(&mut conn, &held, hour, Some("it rains")).await?;
    assert!(claim(&mut conn, LEASE).await?.is_empty(), "not due yet");
    Ok(())
}

/// A transaction that stores a result may take long: it holds the row of its own job alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_row_is_locked_is_still_held_and_delays_no_other_renewal() -> anyhow::Result<()>
{
    let database = TestDatabase::create().await?;
    let (mut storing, mut keeper) = (database.connect().await?, database.connect().await?);
    let jobs: Vec<First> = (0..3).map(|_| First::new()).collect();
    let _ = ledger::enqueue_all(&mut keeper, &jobs).await?;
    let claims = claim_as(&mut keeper, "one", LEASE, 3).await?;
    let held: Vec<_> = claims.iter().map(|claim| (claim.id, claim.fence)).collect();
    let longer = LEASE * 2;
    storing
        .transaction(async |conn| {
            ledger::complete(conn, &claims[1]).await?;
            let renewed = claims::renew(&mut keeper, "one", &held, longer).await?;
            assert_eq!(renewed.len(), 3);
            Ok::<_, LedgerError>(())
        })
        .await?;
    let renewed = database
        .count("SELECT count(*) AS count FROM jobs WHERE lease_until > now() + interval '40 s'")
        .await?;
    assert_eq!(renewed, 2);
    Ok(())
}

/// Each renews or closes the same many rows, named in opposite orders.
#[tokio::test(flavor = "multi_thread")]
async fn renewing_and_closing_many_jobs_do_not_deadlock() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (mut one, mut other) = (database.connect().await?, database.connect().await?);
    for _ in 0..10 {
        let jobs: Vec<First> = (0..200).map(|_| First::new()).collect();
        let _ = ledger::enqueue_all(&mut one, &jobs).await?;
        let claims = claim_as(&mut one, "one", LEASE, 200).await?;
        let forwards: Vec<_> = claims.iter().map(|claim| (claim.id, claim.fence)).collect();
        let backwards: Vec<_> = forwards.iter().rev().copied().collect();
        let renewing = claims::renew(&mut one, "one", &forwards, LEASE);
        let closing = ledger::complete_all(&mut other, "one", &backwards);
        let (renewed, closed) = tokio::join!(renewing, closing);
        assert_eq!((closed?.len(), renewed.is_ok()), (200, true));
    }
    Ok(())
}

/// A job whose kind may start only so often.
#[derive(Serialize, Deserialize)]
struct Paced {
    number: u32,
    keys: Vec<String>,
}

impl Job for Paced {
    const KIND: &'static str = "tests.paced.v1";
    const QUEUE: Queue = MAINTENANCE;
    const MAX_ATTEMPTS: u16 = 24;
    const TIMEOUT: Duration = Duration::from_secs(600);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    fn limit_keys(&self) -> Vec<String> {
        self.keys.clone()
    }
}

async fn enqueue_paced(
    conn: &mut AsyncPgConnection,
    numbers: Range<u32>,
    keys: &[&str],
) -> anyhow::Result<()> {
    for number in numbers {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let _ = ledger::enqueue(conn, &Paced { number, keys }).await?;
    }
    Ok(())
}

/// Everything that was written down becomes older, as if no worker had looked for so long.
async fn pass(conn: &mut AsyncPgConnection, seconds: f64) -> anyhow::Result<()> {
    let earlier = format!(
        "UPDATE jobs SET run_at = run_at - interval '{seconds} s';
         UPDATE job_keys SET busy_until = busy_until - interval '{seconds} s',
             next_slot = next_slot - interval '{seconds} s'"
    );
    Ok(conn.batch_execute(&earlier).await?)
}

/// The numbers of the jobs that start, in their order, until this many have: few are looked at in each claim, and
/// a step of the rate passes between two of them.
async fn started(
    conn: &mut AsyncPgConnection,
    limits: &Limits,
    count: usize,
) -> anyhow::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for _ in 0..count * 20 {
        let request = ClaimRequest {
            queue: MAINTENANCE,
            kinds: &[Paced::KIND],
            classes: Priority::order_of_claim(0),
            room: 3,
            window: 3,
            worker: "a test",
            lease: LEASE,
            limits,
        };
        let batch = claims::claim(conn, &request).await?;
        let claims = batch.claims.iter();
        let mut these: Vec<u64> = claims
            .filter_map(|claim| claim.args["number"].as_u64())
            .collect();
        // Those of one claim start together.
        these.sort_unstable();
        numbers.extend(these);
        if numbers.len() >= count {
            return Ok(numbers);
        }
        if !batch.set_aside {
            pass(conn, 0.25).await?;
        }
    }
    anyhow::bail!("only {numbers:?} were started")
}

/// Of 20 jobs with a rate of 4 a second most have their place in its line when all workers stop.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_standstill_the_line_of_a_rate_keeps_its_order_and_newcomers_stay_behind_it()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    for (burst, keys) in [
        (2, &["pace"][..]),
        (3, &["pace"]),
        (3, &["pace", "other:1"]),
    ] {
        let limit = Limit {
            running: None,
            per_second: Some(4.0),
            burst: Some(burst),
        };
        let limits = Limits::new([("pace", limit), ("other", limit)]);
        for standstill in [0.0, 3.0, 60.0] {
            conn.batch_execute("DELETE FROM jobs; DELETE FROM job_keys")
                .await?;
            enqueue_paced(&mut conn, 0..20, keys).await?;
            let mut order = started(&mut conn, &limits, 4).await?;
            pass(&mut conn, standstill).await?;
            enqueue_paced(&mut conn, 20..30, keys).await?;
            order.extend(started(&mut conn, &limits, 30 - order.len()).await?);
            let wanted: Vec<u64> = (0..30).collect();
            assert_eq!(
                order, wanted,
                "burst {burst}, {keys:?}, standstill of {standstill} s"
            );
        }
    }
    Ok(())
}
