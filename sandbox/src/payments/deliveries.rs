//! Notifications to a shop: one task each, again and again until the shop is content, as vendors do.

use std::sync::Arc;

use reqwest::RequestBuilder;
use serde_json::Value;

use crate::faults::{Fate, Service};
use crate::world::World;

/// No shop is asked more often than this.
const TRIES: u32 = 60;

/// A notification, and what becomes of it.
pub struct Delivery {
    /// As the fault plan and the call log name it: [`crate::faults::Kind::Deliveries`], and the vendor.
    pub service: &'static Service,
    pub vendor: &'static str,
    /// For the call log.
    pub detail: Value,
    /// The call, with its body and signature; asked for at each try, whose number from 1 on it gets.
    pub call: Box<dyn Fn(u32) -> RequestBuilder + Send + Sync>,
    /// Whether the shop has taken it, by the status and the body of its answer.
    pub is_taken: fn(u16, &str) -> bool,
    /// Called once it has.
    pub taken: Box<dyn Fn() + Send + Sync>,
}

/// Brings these, all at the same time; reordered, the last goes first and the others wait for it.
pub fn bring(world: &Arc<World>, deliveries: Vec<Delivery>) {
    let Some(first) = deliveries.first() else {
        return;
    };
    let reordered = world.faults.reorders(first.service, first.vendor);
    let own = world.clone();
    world.spawn(async move {
        if reordered {
            for delivery in deliveries.iter().rev() {
                delivery.bring(&own).await;
            }
            return;
        }
        let all = deliveries.iter().map(|delivery| delivery.bring(&own));
        futures_util::future::join_all(all).await;
    });
}

impl Delivery {
    /// Brings it alone, and returns once it is taken or given up.
    pub async fn bring(&self, world: &World) {
        let mut pause = world.config.webhook.first;
        for number in 1..=TRIES {
            if self.attempt(world, number).await {
                if world.faults.duplicates(self.service, self.vendor) {
                    self.post(world, number).await;
                }
                (self.taken)();
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(world.config.webhook.cap);
        }
    }

    async fn attempt(&self, world: &World, number: u32) -> bool {
        let mut watch = world
            .calls
            .watch(self.service, self.vendor, self.detail.clone());
        let injection = world.faults.injection(self.service, self.vendor);
        watch.fault(injection.fate.name());
        tokio::time::sleep(injection.latency).await;
        match injection.fate {
            Fate::Pass => match self.post(world, number).await {
                Some((status, is_taken)) => {
                    watch.answered(status);
                    is_taken
                }
                None => false,
            },
            Fate::LoseReply => {
                self.post(world, number).await;
                false
            }
            _ => false,
        }
    }

    /// The shop's status, and whether it has taken it.
    async fn post(&self, world: &World, number: u32) -> Option<(u16, bool)> {
        let call = (self.call)(number).timeout(world.config.webhook.timeout);
        let response = call.send().await.ok()?;
        let status = response.status().as_u16();
        let body = response.text().await.unwrap_or_default();
        Some((status, (self.is_taken)(status, &body)))
    }
}
