//! The state that every handler of the API gets.

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use kernel::Error;
use kernel::db::Conn;
use metrics_exporter_prometheus::PrometheusHandle;
use people::passwords::Hasher;
use people::rate_limits::limiter::Limiter;
use people::sessions::Sessions;
use people::users;
use people::users::init_data::InitDataVerifier;
use people::users::model::PersonKey;
use people::users::news;
use product::Core;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::{OnceCell, Semaphore};

use crate::admin::addresses::Addresses;
use crate::admin::lately::Lately;
use crate::analytics::moments::Moments;
use crate::config::ApiConfig;
use crate::http::middleware::rate_limit_headers::Policies;
use crate::http::middleware::security_headers::SecurityHeaders;
use crate::http::security::SecurityLog;
use crate::http::verdict::Verdicts;
use crate::money::rates::Rates;
use crate::people::credential_news::{self, Remembered};
use crate::people::keys::Keys;
use crate::people::persons::Persons;
use crate::people::signed_in::SignedIn;
use crate::people::suspended::Suspended;
use crate::people::tokens::Tokens;
use crate::readings::waiting::permits::Permits;
use crate::readings::waiting::{self, Hub};
use crate::stopping::Stopping;
use crate::usage::recorder::Recorder;
use crate::web::framing;

/// Each takes a processor, and up to 25 MB.
const CARDS_AT_ONCE: usize = 2;

/// Bytes.
pub(crate) const MEMORY_UNIT: usize = 64 * 1024;

/// The core, and the proofs that callers bring. Cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    pub core: Core,
    pub config: ApiConfig,
    pub init_data: InitDataVerifier,
    pub sessions: Sessions,
    pub tokens: Tokens,
    pub passwords: Hasher,
    pub signed_in: SignedIn,
    pub suspended: Suspended,
    pub metrics: Option<PrometheusHandle>,
    pub persons: Persons,
    pub waiting: Hub,
    pub stopping: Stopping,
    /// Counts and logs what accounts use.
    pub usage: Recorder,
    pub(crate) permits: Permits,
    pub(crate) verdicts: Verdicts,
    /// Memory for uploads on their way, in units of [`MEMORY_UNIT`].
    pub(crate) uploads: Arc<Semaphore>,
    /// Pictures to share that are made at once.
    pub(crate) cards: Arc<Semaphore>,
    timezones: Arc<OnceCell<HashSet<String>>>,
    pub keys: Keys,
    pub limiter: Limiter,
    pub(crate) rates: Rates,
    pub(crate) policies: Policies,
    pub(crate) security: SecurityHeaders,
    /// The content security policy of the Mini App's page.
    pub(crate) app_policy: HeaderValue,
    pub(crate) security_log: SecurityLog,
    /// Where the admin page was opened lately.
    pub(crate) admin_addresses: Addresses,
    /// What the admin page stands on, and was asked lately.
    pub(crate) lately: Lately,
    /// What happened lately, for those who look.
    pub(crate) moments: Moments,
    admin_key: Accepted,
    webhook_secret: Accepted,
}

impl ApiState {
    /// `metrics` is what `/metrics` shows on the public port. To be called on the runtime for the tasks of requests that
    /// wait.
    ///
    /// # Errors
    /// A malformed address of Redis.
    pub fn new(
        core: Core,
        config: ApiConfig,
        metrics: Option<PrometheusHandle>,
    ) -> Result<Self, Error> {
        let messenger = &core.config.messenger;
        let sessions = Sessions::new(&messenger.bot_token, &config.accounts.keys);
        let remembered = Remembered {
            keys: Keys::new(
                &core.db,
                [&config.n8n_api_key, &config.n8n_api_key_also].map(|key| key.as_deref()),
            ),
            signed_in: SignedIn::new(core.publisher.clone()),
            persons: Persons::new(core.memory.clone()),
            suspended: Suspended::default(),
        };
        let Remembered {
            keys,
            signed_in,
            persons,
            suspended,
        } = credential_news::heard(&core, remembered);
        Ok(Self {
            init_data: InitDataVerifier::new(&messenger.bot_token, &config.init_data),
            tokens: Tokens::new(sessions.clone()),
            sessions,
            passwords: Hasher::default(),
            signed_in,
            suspended,
            keys,
            limiter: Limiter::new(&core.config.redis, config.rate_limits.clone())?,
            rates: Rates::new(&core.db, &config.rate_limits),
            policies: Policies::new(&config.rate_limits),
            security: SecurityHeaders::new(&core.config.storage.public_endpoint),
            app_policy: framing::policy(&config.web.frames, &core.config.storage.public_endpoint)?,
            security_log: SecurityLog::default(),
            admin_addresses: Addresses::default(),
            lately: Lately::default(),
            moments: Moments::default(),
            webhook_secret: Accepted::of(
                messenger.webhook_secret.as_deref(),
                messenger.webhook_secret_also.as_deref(),
            ),
            admin_key: Accepted::of(
                config.admin_key.as_deref(),
                config.admin_key_also.as_deref(),
            ),
            persons,
            waiting: waiting::start(&core),
            stopping: Stopping::default(),
            usage: Recorder::start(&core),
            permits: Permits::new(config.waiting),
            verdicts: Verdicts::default(),
            uploads: Arc::new(Semaphore::new(config.uploads_memory / MEMORY_UNIT)),
            cards: Arc::new(Semaphore::new(CARDS_AT_ONCE)),
            timezones: Arc::default(),
            core,
            config,
            metrics,
        })
    }

    /// The same for one more thread that answers requests.
    pub(crate) fn for_thread(&self) -> Self {
        let mut state = self.clone();
        // The address was good when this was made.
        if let Ok(limiter) = self.limiter.for_thread(&self.core.config.redis) {
            state.limiter = limiter;
        }
        state
    }

    /// Drops what is remembered of a person whose ways in have changed, or what is open to them: here and in all processes.
    /// After the commit.
    pub(crate) fn forget_person(&self, person: PersonKey) {
        self.persons.forget(person);
        self.suspended.forget(person);
        news::announce(&self.core.publisher, person);
    }

    /// Whether there is an admin page: only with a key for it.
    pub fn has_admin_page(&self) -> bool {
        self.admin_key.is_set()
    }

    /// Whether this is the key of the admin page.
    pub fn is_admin_key(&self, given: &[u8]) -> bool {
        self.admin_key.takes(given)
    }

    /// Whether this is the secret of the webhook of Telegram.
    pub fn is_webhook_secret(&self, given: &[u8]) -> bool {
        self.webhook_secret.takes(given)
    }

    /// Whether this is a name of the tz database.
    ///
    /// # Errors
    /// Those of the database, until it was asked once.
    pub async fn is_timezone(&self, name: &str) -> Result<bool, Error> {
        let names = self.timezones.get_or_try_init(async || {
            let names = users::queries::timezones(&mut *self.db().await?).await?;
            Ok::<_, Error>(names)
        });
        Ok(names.await?.contains(name))
    }

    /// A connection to Postgres.
    ///
    /// # Errors
    /// `Unavailable` if none becomes free in time.
    pub async fn db(&self) -> Result<Conn, Error> {
        Ok(self.core.db.get().await?)
    }

    /// A connection for lists and counts: what was written a moment ago may be missing there.
    ///
    /// # Errors
    /// `Unavailable` if none becomes free in time.
    pub async fn reader(&self) -> Result<Conn, Error> {
        self.core.readers.get().await
    }
}

/// The values of one secret that are accepted: its own, and a second one while it is rotated.
#[derive(Clone)]
struct Accepted(Vec<Secret>);

impl Accepted {
    /// Without its own value the second one opens nothing.
    fn of(own: Option<&str>, also: Option<&str>) -> Self {
        let also = also.filter(|_| own.is_some());
        Self([own, also].into_iter().flatten().map(Secret::of).collect())
    }

    fn is_set(&self) -> bool {
        !self.0.is_empty()
    }

    fn takes(&self, given: &[u8]) -> bool {
        self.0.iter().any(|secret| secret.is(given))
    }
}

/// Digest of a secret: comparing digests takes the same time for every guess, of any length.
#[derive(Clone)]
struct Secret([u8; 32]);

impl Secret {
    fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    fn is(&self, given: &[u8]) -> bool {
        let given: [u8; 32] = Sha256::digest(given).into();
        self.0.ct_eq(&given).into()
    }
}
