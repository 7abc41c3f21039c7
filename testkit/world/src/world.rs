//! What a process of the product needs around it: a database, a prefix in Redis, the sandbox, and an
//! environment that names them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context;
use jobs::push;
use kernel::clock::Clock;
use kernel::env::Env;
use kernel::redis::RedisConfig;
use kernel::telemetry::Telemetry;
use people::users::consent;
use product::Core;
use product::JOBS;
use product::config::Config;
use serde_json::Value;
use tempfile::TempDir;
use testkit::TestDatabase;

/// The token of all tests' bot.
pub const BOT_TOKEN: &str = "4242:token-of-the-test-bot";
/// What Telegram sends along to the webhook.
pub const WEBHOOK_SECRET: &str = "webhook-secret";
/// The key of n8n.
pub const N8N_KEY: &str = "n8n-key";

/// Whom letters come from.
pub const MAIL_FROM: &str = "Symancy <noreply@symancy.example>";

/// Of the first process of a test; the others, in this one, share it.
static TELEMETRY: OnceLock<Telemetry> = OnceLock::new();

/// Whether this test has a process of its own, as cargo-nextest gives it one. Reports and traces belong to a process, so
/// that tests of them pass without a look where many share one.
pub fn has_own_process() -> bool {
    std::env::var_os("NEXTEST").is_some()
}

/// Sends what waits to be sent to Sentry and to the collector of traces.
///
/// # Errors
/// The thread that sends has panicked.
pub async fn flush_telemetry() -> anyhow::Result<()> {
    // It blocks, and the receiver may be on this thread.
    let flush = || TELEMETRY.get().map(Telemetry::flush);
    tokio::task::spawn_blocking(flush).await?;
    Ok(())
}

/// The environment of one test.
pub struct World {
    pub env: HashMap<String, String>,
    pub http: reqwest::Client,
    /// Of processes started afterwards.
    pub clock: Clock,
    sandbox: sandbox::Running,
    files: TempDir,
    _database: TestDatabase,
}

/// SQL that makes every new person one who has agreed; see [`crate::TestApp::without_consents`].
pub fn agreed() -> String {
    format!(
        "ALTER TABLE users ALTER consent_terms SET DEFAULT TRUE, ALTER consent_privacy SET DEFAULT TRUE,
             ALTER consent_terms_version SET DEFAULT '{}', ALTER consent_privacy_version SET DEFAULT '{}'",
        consent::TERMS,
        consent::PRIVACY
    )
}

impl World {
    /// A new world: empty, without faults.
    ///
    /// # Errors
    /// Postgres or Redis is not set up, or the sandbox does not start.
    pub async fn new() -> anyhow::Result<Self> {
        let redis = testkit::redis::config()?;
        let files = tempfile::tempdir()?;
        let database = TestDatabase::create().await?;
        database.sql(&agreed()).await?;
        let timing = sandbox::WebhookTiming {
            first: Duration::from_millis(50),
            cap: Duration::from_millis(500),
            ..Default::default()
        };
        let config = sandbox::Config {
            data_dir: files.path().to_owned(),
            webhook: timing,
            ..Default::default()
        };
        let sandbox = sandbox::start(config).await?;
        let vendors = sandbox.vendor_urls();
        let (smtp_host, smtp_port) = vendors["smtp"].split_once(':').context("no port")?;
        let env = [
            ("DATABASE_URL", database.url.clone()),
            ("DATABASE_POOL_SIZE", "8".to_owned()),
            ("REDIS_URL", redis.url),
            ("REDIS_PREFIX", redis.prefix),
            ("TELEGRAM_BOT_TOKEN", BOT_TOKEN.to_owned()),
            ("TELEGRAM_API_URL", vendors["telegram"].clone()),
            ("TELEGRAM_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
            (
                "WORKFLOWS_DIR",
                concat!(env!("CARGO_MANIFEST_DIR"), "/../../workflows").to_owned(),
            ),
            ("OPENROUTER_API_KEY", "sandbox".to_owned()),
            (
                "OPENROUTER_BASE_URL",
                format!("{}/api/v1", vendors["openrouter"]),
            ),
            // Tests of the breaker and of the last resort switch them on.
            ("AI_BREAKER_FAILURES", "100000".to_owned()),
            ("AI_LAST_RESORT", "false".to_owned()),
            ("TINKOFF_TERMINAL_KEY", "SandboxDEMO".to_owned()),
            ("TINKOFF_SECRET_KEY", "sandbox-password".to_owned()),
            ("TINKOFF_API_URL", format!("{}/v2", vendors["tinkoff"])),
            ("STRIPE_SECRET_KEY", "sk_test_sandbox".to_owned()),
            ("STRIPE_WEBHOOK_SECRET", "whsec_sandbox".to_owned()),
            ("STRIPE_PUBLISHABLE_KEY", "pk_test_sandbox".to_owned()),
            ("STRIPE_API_URL", vendors["stripe"].clone()),
            ("PAYPAL_CLIENT_ID", "sandbox-app".to_owned()),
            ("PAYPAL_CLIENT_SECRET", "sandbox-app-secret".to_owned()),
            ("PAYPAL_WEBHOOK_ID", "SANDBOXHOOK".to_owned()),
            ("PAYPAL_API_URL", vendors["paypal"].clone()),
            ("CLOUDPAYMENTS_PUBLIC_ID", "pk_sandbox".to_owned()),
            ("CLOUDPAYMENTS_API_SECRET", "sandbox-api-secret".to_owned()),
            ("CLOUDPAYMENTS_API_URL", vendors["cloudpayments"].clone()),
            ("BTCPAY_URL", vendors["btcpay"].clone()),
            ("BTCPAY_STORE_ID", "SandboxStore".to_owned()),
            ("BTCPAY_API_KEY", "sandbox-btcpay-key".to_owned()),
            ("BTCPAY_WEBHOOK_SECRET", "sandbox-btcpay-webhook".to_owned()),
            ("COMGATE_MERCHANT", "123456".to_owned()),
            ("COMGATE_SECRET", "sandbox-comgate-secret".to_owned()),
            ("COMGATE_API_URL", format!("{}/v2.0", vendors["comgate"])),
            ("N8N_API_KEY", N8N_KEY.to_owned()),
            (
                "ABUSE_MEMORY_SECRET",
                "secret-of-the-memory-of-all-tests".to_owned(),
            ),
            (
                "ENCRYPTION_KEY",
                "key-of-the-factors-of-all-tests".to_owned(),
            ),
            // Tests of the budgets set them.
            ("AI_DAILY_BUDGET_USD", "unlimited".to_owned()),
            ("AI_DAILY_BUDGET_USD_PER_USER", "unlimited".to_owned()),
            ("S3_ENDPOINT", vendors["s3"].clone()),
            ("S3_ACCESS_KEY_ID", "sandbox".to_owned()),
            ("S3_SECRET_ACCESS_KEY", "sandbox-secret".to_owned()),
            ("EMAIL_TRANSPORT", "smtp".to_owned()),
            ("EMAIL_FROM", MAIL_FROM.to_owned()),
            ("SMTP_HOST", smtp_host.to_owned()),
            ("SMTP_PORT", smtp_port.to_owned()),
            ("SMTP_TLS", "none".to_owned()),
            ("WEBHOOKS_TO_THIS_MACHINE", "true".to_owned()),
            // Tests of its rate set it.
            ("MAIL_PER_SECOND", "1000".to_owned()),
            ("WORKER_DISPATCH_MS", "50".to_owned()),
            // Tests of Telegram's rates set them.
            ("TELEGRAM_PER_SECOND", "1000".to_owned()),
            ("TELEGRAM_CHAT_PER_SECOND", "100".to_owned()),
            // Tests of the rate limits set them.
            ("RATE_LIMIT_IP", "0".to_owned()),
            ("RATE_LIMIT_USER", "0".to_owned()),
            ("RATE_LIMIT_KEY", "0".to_owned()),
            ("RATE_LIMIT_AUTH", "0".to_owned()),
            ("RATE_LIMIT_AI", "0".to_owned()),
            ("RATE_LIMIT_EXPORT", "0".to_owned()),
            // TEST_LOG=info shows the product's log.
            (
                "LOG_LEVEL",
                std::env::var("TEST_LOG").unwrap_or_else(|_| "off".to_owned()),
            ),
        ];
        let env = env
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            // The API closes a connection that is idle for 5 s; on a busy machine a test may be.
            .pool_idle_timeout(Duration::from_secs(3))
            .build()?;
        Ok(Self {
            env,
            http,
            clock: Clock::system(),
            sandbox,
            files,
            _database: database,
        })
    }

    /// Sets a variable for processes started afterwards.
    pub fn set(&mut self, name: &str, value: impl ToString) {
        self.env.insert(name.to_owned(), value.to_string());
    }

    /// Values that are fit for a deployment, where the sandbox's are not. The bucket, the bank and the
    /// AI refuse them.
    pub fn strengthen(&mut self) {
        for (name, value) in [
            ("TELEGRAM_WEBHOOK_SECRET", "a-webhook-secret-of-the-tests"),
            ("ABUSE_MEMORY_SECRET", "a-memory-secret-of-the-tests"),
            ("ACCESS_TOKEN_KEY", "a-key-of-the-tokens-of-the-tests"),
            ("ENCRYPTION_KEY", "a-key-of-the-factors-of-the-tests"),
            ("N8N_API_KEY", "a-key-of-n8n-for-the-tests"),
            ("OPENROUTER_API_KEY", "sk-or-of-the-tests"),
            ("TINKOFF_SECRET_KEY", "terminal-of-the-tests"),
            ("STRIPE_SECRET_KEY", "sk_test_of_the_tests"),
            ("STRIPE_WEBHOOK_SECRET", "whsec_of_the_tests"),
            ("PAYPAL_CLIENT_SECRET", "app-of-the-tests"),
            ("CLOUDPAYMENTS_API_SECRET", "site-of-the-tests"),
            ("BTCPAY_API_KEY", "btcpay-key-of-the-tests"),
            ("BTCPAY_WEBHOOK_SECRET", "btcpay-hook-of-the-tests"),
            ("COMGATE_SECRET", "comgate-of-the-tests"),
            ("S3_SECRET_ACCESS_KEY", "bucket-of-the-tests"),
            ("TRUSTED_PROXIES", "none"),
            ("WEBHOOKS_TO_THIS_MACHINE", "false"),
            ("PUBLIC_URL", "https://api.example.org"),
        ] {
            self.set(name, value);
        }
    }

    /// Gives processes started afterwards another `models.toml`.
    pub fn models(&mut self, models: &str) -> anyhow::Result<()> {
        let folder = self.files.path().join("workflows");
        let prompts = folder.join("prompts");
        if !prompts.exists() {
            std::fs::create_dir_all(&folder)?;
            let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../workflows/prompts");
            std::os::unix::fs::symlink(own, prompts)?;
        }
        std::fs::write(folder.join("models.toml"), models)?;
        self.set("WORKFLOWS_DIR", folder.display());
        Ok(())
    }

    /// Reads settings from this world's environment.
    pub fn read<T>(&self, read: impl FnOnce(&mut Env<'_>) -> T) -> anyhow::Result<T> {
        let lookup = |name: &str| self.env.get(name).cloned();
        let mut env = Env::new(&lookup);
        let value = read(&mut env);
        Ok(env.finish(value)?)
    }

    /// Name of this world's database.
    pub fn database_name(&self) -> anyhow::Result<&str> {
        let url = self.env.get("DATABASE_URL").context("no database")?;
        url.rsplit('/').next().context("no name in its address")
    }

    /// A core in this world.
    pub fn core(&self) -> anyhow::Result<Core> {
        let config = self.read(Config::read)?;
        TELEMETRY.get_or_init(|| kernel::telemetry::init(&config.telemetry, "symancy"));
        Ok(Core::new(config, self.clock.clone())?)
    }

    /// Removes this world's wake-ups from Redis.
    pub async fn empty_redis(&self) -> anyhow::Result<()> {
        let config = self.redis()?;
        let mut redis = testkit::redis::connect(&config).await?;
        for queue in &JOBS.queues {
            redis::AsyncCommands::del::<_, ()>(&mut redis, push::list(&config, *queue)).await?;
        }
        Ok(())
    }

    /// Sets a field of one of this world's hashes in Redis.
    pub async fn redis_hset(&self, key: &str, field: &str, value: &str) -> anyhow::Result<()> {
        let config = self.redis()?;
        let mut redis = testkit::redis::connect(&config).await?;
        let key = format!("{}:{key}", config.prefix);
        redis::AsyncCommands::hset::<_, _, _, ()>(&mut redis, key, field, value).await?;
        Ok(())
    }

    /// This world's keys of Redis that hold a text, in their names or in what they store.
    pub async fn redis_mentions(&self, text: &str) -> anyhow::Result<Vec<String>> {
        use redis::AsyncCommands;
        let config = self.redis()?;
        let mut redis = testkit::redis::connect(&config).await?;
        let keys: Vec<String> = redis.keys(format!("{}:*", config.prefix)).await?;
        let mut found = Vec::new();
        for key in keys {
            let kind: String = redis::cmd("TYPE").arg(&key).query_async(&mut redis).await?;
            let stored: redis::Value = match kind.as_str() {
                "hash" => redis.hgetall(&key).await?,
                "list" => redis.lrange(&key, 0, -1).await?,
                "set" => redis.smembers(&key).await?,
                "zset" => redis.zrange(&key, 0, -1).await?,
                _ => redis.get(&key).await?,
            };
            if key.contains(text) || format!("{stored:?}").contains(text) {
                found.push(key);
            }
        }
        Ok(found)
    }

    /// Removes one of this world's keys from Redis.
    pub async fn redis_del(&self, key: &str) -> anyhow::Result<()> {
        let config = self.redis()?;
        let mut redis = testkit::redis::connect(&config).await?;
        let key = format!("{}:{key}", config.prefix);
        redis::AsyncCommands::del::<_, ()>(&mut redis, key).await?;
        Ok(())
    }

    fn redis(&self) -> anyhow::Result<RedisConfig> {
        Ok(self.read(Config::read)?.redis)
    }

    /// Address of a path of the sandbox.
    pub fn outside(&self, path: &str) -> String {
        format!("http://{}{path}", self.sandbox.addr)
    }

    /// Makes the sandbox's services fail, in the form of `PATCH /control/faults`.
    pub async fn faults(&self, faults: Value) -> anyhow::Result<()> {
        let call = self
            .http
            .patch(self.outside("/control/faults"))
            .json(&faults);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// Ends all faults.
    pub async fn no_faults(&self) -> anyhow::Result<()> {
        let call = self.http.delete(self.outside("/control/faults"));
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// How many calls a service of the sandbox has answered with 200.
    pub async fn calls(&self, service: &str) -> anyhow::Result<usize> {
        let url = self.outside(&format!("/control/calls?service={service}"));
        let answer: Value = self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let calls = answer["calls"].as_array().cloned().unwrap_or_default();
        let good = |call: &&Value| call["status"] == 200;
        Ok(calls.iter().filter(good).count())
    }

    /// The files of all objects in the bucket.
    pub fn objects(&self) -> anyhow::Result<Vec<PathBuf>> {
        let (mut folders, mut files) = (vec![self.files.path().join("s3/symancy-photos")], vec![]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path)
                } else {
                    files.push(path)
                }
            }
        }
        Ok(files)
    }
}
