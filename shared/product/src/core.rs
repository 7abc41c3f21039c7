//! The only wiring: everything that a process holds for its whole life.

use std::sync::Arc;

use crate::FEATURES;
use crate::config::Config;
use backups::journal::Journal;
use jobs::push::Pusher;
use kernel::clock::Clock;
use kernel::db;
use kernel::db::{Pool, Readers};
use kernel::error::Error;
use kernel::publish::Publisher;
use money::payments::intake::Intake;
use money::payments::reconcile::Reconciler;
use operators::switches::Switches;
use people::abuse_memory::AbuseMemory;
use uuid::Uuid;
use vendors::broker::Broker;
use vendors::mailer::sns::Sns;
use vendors::payment::Gateways;
use vendors::product_analytics::{self, ProductAnalytics};
use vendors::webhook::Caller;
use vendors::workflow::n8n::N8n;
use vendors::{ai, broker, mailer, messenger, passwords, storage};

/// Database, queue, providers and clock. Cheap to clone.
#[derive(Clone)]
pub struct Core {
    pub config: Arc<Config>,
    pub db: Pool,
    /// For lists and counts that may be some seconds old.
    pub readers: Readers,
    pub pusher: Pusher,
    pub publisher: Publisher,
    pub providers: Providers,
    pub clock: Clock,
    /// How operators have the deployment behave.
    pub switches: Switches,
    /// What persons had used whose data was deleted.
    pub memory: AbuseMemory,
    /// What a restored database would not know; `None` without backups.
    pub journal: Option<Journal>,
}

impl Core {
    /// Builds the parts. Opens no connection yet: a process starts, and answers that it is not ready,
    /// while Postgres or Redis cannot be reached.
    ///
    /// # Errors
    /// An address that cannot be used at all.
    pub fn new(config: Config, clock: Clock) -> Result<Self, Error> {
        let db = db::connect(&config.db)?;
        Ok(Self {
            switches: Switches::new(&db),
            readers: Readers::new(&config.db, &db)?,
            db,
            pusher: Pusher::new(&config.redis)?,
            publisher: Publisher::new(&config.redis)?,
            providers: Providers::new(&config)?,
            clock,
            memory: AbuseMemory::new(config.memory_secret.clone(), FEATURES),
            journal: Journal::open(&config.backups),
            config: Arc::new(config),
        })
    }

    /// What stands for a person in the journal: without the secret of the memory it says nothing about them.
    pub fn digest_of(&self, person: Uuid) -> String {
        hex::encode(self.config.memory_secret.key("erased", &person.to_string()))
    }

    /// What takes in what vendors say of payments.
    pub fn intake(&self) -> Intake<'_> {
        Intake {
            db: &self.db,
            pusher: &self.pusher,
            terms: &self.config.invoices,
            vault: &self.config.vault,
            now: self.clock.now(),
        }
    }
}

impl Core {
    /// What asks vendors about payments.
    pub fn reconciler(&self) -> Reconciler<'_> {
        Reconciler {
            intake: self.intake(),
            gateways: &self.providers.gateways,
        }
    }
}

/// The clients of all vendors. Cheap to clone.
#[derive(Clone)]
pub struct Providers {
    pub ai: ai::Vendors,
    pub messenger: Arc<dyn messenger::Messenger>,
    pub inbox: Arc<dyn messenger::Inbox>,
    pub checkouts: Arc<dyn messenger::Checkouts>,
    pub gateways: Gateways,
    /// Where an operator has n8n say things to persons.
    pub n8n: Option<Arc<N8n>>,
    /// What calls the webhooks of customers.
    pub webhooks: Caller,
    pub mailer: Arc<dyn mailer::Mailer>,
    /// The list that new passwords are looked up in.
    pub passwords: Arc<dyn passwords::LeakedPasswords>,
    /// What everything that happens is published to; `None` where there is none.
    pub broker: Option<Arc<dyn Broker>>,
    /// What is told what persons do who have agreed to it; `None` where there is none.
    pub product_analytics: Option<Arc<dyn ProductAnalytics>>,
    /// What became of letters that Amazon SES has taken.
    pub sns: Arc<Sns>,
    pub storage: Arc<dyn storage::Storage>,
    pub bucket: Arc<dyn storage::Bucket>,
}

impl Providers {
    /// Builds those that the configuration names. Opens no connection.
    ///
    /// # Errors
    /// `Internal` if an HTTP client cannot be built.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let messenger = messenger::build(&config.messenger)?;
        let bucket = storage::build(&config.storage);
        let n8n = config.workflow.n8n.as_ref().map(N8n::new).transpose()?;
        Ok(Self {
            ai: ai::Vendors::new(&config.ai)?,
            gateways: Gateways::new(&config.payment, messenger.clone())?,
            n8n: n8n.map(Arc::new),
            webhooks: Caller::new(&config.webhooks)?,
            mailer: mailer::build(&config.mailer)?,
            passwords: passwords::build(&config.passwords)?,
            broker: broker::build(&config.broker, &config.redis.roots),
            product_analytics: product_analytics::build(&config.product_analytics)?,
            sns: Arc::new(Sns::new(&config.mailer.notices)?),
            inbox: messenger.clone(),
            checkouts: messenger.clone(),
            messenger,
            storage: bucket.clone(),
            bucket,
        })
    }
}
