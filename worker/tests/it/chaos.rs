//! The short form of `make chaos`: workers are killed, frozen and replaced, and lose Postgres and
//! Redis, while they work. Each test prints its seed; `SEED=<number>` repeats its faults.
//!
//! The sleeps in here are the random moments at which something is broken: there is nothing to wait
//! for before them. What comes after them is awaited.

use std::path::Path;

use testkit::database::connect_to_server;
use tokio::time::sleep;
use world::World;
use world::chaos::{Arena, Delays, Mix, seed};

/// Workers with a short lease, and forty jobs a second for them.
async fn arena(name: &str, workers: usize, mix: Mix) -> anyhow::Result<Arena> {
    let seed = seed()?;
    println!("SEED={seed}");
    let mut world = World::new().await?;
    world.set("DATABASE_POOL_SIZE", 5);
    world.set("WORKER_LEASE_MS", 1_000);
    let worker = Path::new(env!("CARGO_BIN_EXE_worker"));
    Arena::open(worker, world, (seed, name), (workers, mix), None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_at_random_lose_nothing_and_do_nothing_twice() -> anyhow::Result<()> {
    let mix = Mix::short(40).with_long(150, 300);
    let mut arena = arena("kills", 3, mix).await?;
    for _ in 0..8 {
        sleep(arena.dice.millis(100..700)).await;
        arena.fleet.kill_one(&mut arena.dice).await?;
    }
    let settled = arena.settle(Delays::Skipped).await?;
    assert_eq!(settled.broken(), [""; 0], "{settled:?}");
    assert!(settled.rescued > 0, "no worker was killed at work");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_frozen_for_longer_than_its_lease_writes_nothing_when_it_wakes()
-> anyhow::Result<()> {
    let mix = Mix::short(40).with_long(300, 500);
    let mut arena = arena("freezes", 2, mix).await?;
    for _ in 0..2 {
        let more = arena.dice.millis(1..700);
        arena.freeze_one_at_work(more).await?;
    }
    let settled = arena.settle(Delays::Skipped).await?;
    assert_eq!(settled.broken(), [""; 0], "{settled:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_cut_again_and_again_lose_nothing_and_do_nothing_twice() -> anyhow::Result<()> {
    let mut arena = arena("cuts", 2, Mix::short(40)).await?;
    let mut outside = connect_to_server().await?;
    for _ in 0..8 {
        sleep(arena.dice.millis(50..500)).await;
        arena.cut_connections(&mut outside).await?;
    }
    let settled = arena.settle(Delays::Skipped).await?;
    assert_eq!(settled.broken(), [""; 0], "{settled:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_emptied_again_and_again_costs_nothing() -> anyhow::Result<()> {
    let mut arena = arena("emptied", 2, Mix::short(40)).await?;
    for _ in 0..20 {
        sleep(arena.dice.millis(1..150)).await;
        arena.world.empty_redis().await?;
    }
    let settled = arena.settle(Delays::Skipped).await?;
    assert_eq!(settled.broken(), [""; 0], "{settled:?}");
    assert_eq!(settled.tally.spent, 0, "{settled:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_replaced_one_by_one_under_load_spend_no_attempt() -> anyhow::Result<()> {
    let seed = seed()?;
    println!("SEED={seed}");
    let worker = Path::new(env!("CARGO_BIN_EXE_worker"));
    // With the lease of production: on a busy machine a short one could be missed, which is right.
    let world = World::new().await?;
    let load = (2, Mix::short(40).with_long(150, 400));
    let mut arena = Arena::open(worker, world, (seed, "rolling"), load, None).await?;
    for _ in 0..4 {
        sleep(arena.dice.millis(100..500)).await;
        arena.fleet.replace_oldest().await?;
    }
    let settled = arena.settle(Delays::Skipped).await?;
    assert_eq!(settled.broken(), [""; 0], "{settled:?}");
    assert_eq!(settled.tally.spent, 0, "{settled:?}");
    Ok(())
}
