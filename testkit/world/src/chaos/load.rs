//! Probes, enqueued at a constant rate by a client with connections of its own, as the product does
//! it: a transaction, then a wake-up. Committed jobs alone count as accepted.

use std::time::Duration;

use diesel_async::AsyncConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use jobs::push::Pusher;
use kernel::db;
use kernel::db::Pool;
use probes::jobs::Probe;
use product::config::Config;
use tokio::time::Instant;

use super::background::Stop;
use super::{Background, Dice, Mix, Order};
use crate::world::World;

/// How often jobs are enqueued.
const TICK: Duration = Duration::from_millis(20);

/// The client catches up on a delay of this length; the jobs of a longer delay are left out, like
/// those of clients that are refused.
const CATCH_UP: Duration = Duration::from_millis(500);

/// The jobs that were sent.
#[derive(Debug, Default)]
pub struct Sent {
    /// Committed.
    pub accepted: Vec<Order>,
    /// Refused, or the connection was lost: may be committed.
    pub unclear: Vec<Order>,
}

/// A stream of probes in one world.
pub struct Load;

impl Load {
    /// Starts it. [`Background::stop`] returns what was sent.
    ///
    /// # Errors
    /// Settings of the world that cannot be read.
    pub fn start(world: &World, dice: Dice, mix: Mix) -> anyhow::Result<Background<Sent>> {
        let config = world.read(Config::read)?;
        let client = Client {
            pool: db::connect(&config.db)?,
            pusher: Pusher::new(&config.redis)?,
            dice,
            mix,
            sent: Sent::default(),
        };
        Ok(Background::start(|stop| client.run(stop)))
    }
}

struct Client {
    pool: Pool,
    pusher: Pusher,
    dice: Dice,
    mix: Mix,
    sent: Sent,
}

impl Client {
    async fn run(mut self, mut stop: Stop) -> Sent {
        // The start of the constant rate; moved on by the delays that are left out.
        let (mut from, mut count) = (Instant::now(), 0);
        while stop.wait_until(Instant::now() + TICK).await {
            let each = Duration::from_secs(1) / self.mix.per_second;
            let behind = from.elapsed().saturating_sub(each * count);
            from += behind.saturating_sub(CATCH_UP);
            let due = (behind.min(CATCH_UP).as_secs_f64() / each.as_secs_f64()) as u32;
            count += due;
            if due > 0 {
                self.send(due).await;
            }
        }
        self.sent
    }

    async fn send(&mut self, count: u32) {
        let (orders, probes): (Vec<Order>, Vec<Probe>) = (0..count)
            .map(|_| Order::next(&mut self.dice, self.mix))
            .unzip();
        match self.enqueue(&probes).await {
            Ok(tickets) => {
                self.sent.accepted.extend(orders);
                let pusher = self.pusher.clone();
                // In a task: while Redis is away, the stream does not wait for it, as other clients would not.
                tokio::spawn(async move { pusher.wake(&tickets).await });
            }
            Err(_) => self.sent.unclear.extend(orders),
        }
    }

    async fn enqueue(&self, probes: &[Probe]) -> anyhow::Result<Vec<Ticket>> {
        let mut conn = self.pool.get().await?;
        let written =
            conn.transaction(async |conn| ledger::enqueue_all::<Probe>(conn, probes).await);
        Ok(written.await?)
    }
}
