//! The vendors. `open` is the only place that lists them.

mod anthropic;
mod azure;
mod btcpay;
mod cloudpayments;
mod comgate;
mod gemini;
mod groq;
mod hooks;
mod mail;
mod ollama;
mod openai;
mod openrouter;
mod paypal;
mod posthog;
mod pwned;
mod s3;
mod sentry;
mod stripe;
mod telegram;
mod tinkoff;

use std::sync::Arc;

use crate::faults::Service;
use crate::vendor::Vendor;
use crate::world::World;

/// All vendors of one sandbox.
pub struct Vendors(Vec<Arc<dyn Vendor>>);

impl Vendors {
    /// Opens each vendor with the state of its last run.
    ///
    /// # Errors
    /// A setting of a vendor is wrong, or its folder cannot be used.
    pub fn open(world: &Arc<World>) -> anyhow::Result<Self> {
        Ok(Self(vec![
            telegram::open(world),
            openrouter::open(world),
            openai::open(world),
            azure::open(world),
            anthropic::open(world),
            gemini::open(world),
            groq::open(world),
            ollama::open(world),
            tinkoff::open(world),
            stripe::open(world),
            paypal::open(world),
            cloudpayments::open(world),
            btcpay::open(world),
            comgate::open(world),
            pwned::open(world),
            posthog::open(world),
            sentry::open(world),
            hooks::open(world),
            mail::open(world)?,
            s3::open(world)?,
        ]))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Vendor>> {
        self.0.iter()
    }

    /// The vendor whose base path `path` begins with, and the rest of the path.
    pub fn at<'a>(&self, path: &'a str) -> Option<(Arc<dyn Vendor>, &'a str)> {
        let below = path.strip_prefix('/')?;
        let name = below.split('/').next()?;
        let on_paths = |vendor: &&Arc<dyn Vendor>| vendor.own_port().is_none();
        let vendor = self.iter().filter(on_paths).find(|it| it.name() == name)?;
        Some((vendor.clone(), &below[name.len()..]))
    }

    /// The vendor that answers `path` after `/control/`.
    pub fn controlling(&self, path: &str) -> Option<Arc<dyn Vendor>> {
        let first = path.split('/').next()?;
        let vendor = self.iter().find(|it| it.controls().contains(&first));
        vendor.cloned()
    }

    /// What they declare for the fault plan.
    pub fn services(&self) -> Vec<&'static Service> {
        self.iter().flat_map(|it| it.services()).collect()
    }
}
