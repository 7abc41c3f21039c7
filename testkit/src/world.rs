//! Everything around the product: database, Redis prefix, sandbox; and the environment that
//! makes a process of ours use them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::push;
use kernel::clock::Clock;
use kernel::env::Env;
use product::Core;
use product::JOBS;
use product::config::Config;
use serde_json::Value;
use tempfile::TempDir;

use crate::database::TestDatabase;
use crate::patience::eventually;

/// The bot of all tests.
pub const BOT_TOKEN: &str = "4242:token-of-the-test-bot";
/// What it tells Telegram to send along.
pub const WEBHOOK_SECRET: &str = "webhook-secret";
/// The key of n8n.
pub const N8N_KEY: &str = "n8n-key";

/// The outside of one test.
pub struct World {
    pub env: HashMap<String, String>,
    pub http: reqwest::Client,
    sandbox: sandbox::Running,
    files: TempDir,
    _database: TestDatabase,
}

impl World {
    /// A new world: nothing in it, nothing wrong with it.
    pub async fn new() -> anyhow::Result<Self> {
        let redis = std::env::var("TEST_REDIS_URL")
            .context("TEST_REDIS_URL is not set; run the tests with `make test`")?;
        let files = tempfile::tempdir()?;
        let database = TestDatabase::create().await?;
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
        let outside = format!("http://{}", sandbox.addr);
        let env = [
            ("DATABASE_URL", database.url.clone()),
            ("DATABASE_POOL_SIZE", "8".to_owned()),
            ("REDIS_URL", redis),
            ("REDIS_PREFIX", format!("test:{}", uuid::Uuid::now_v7())),
            ("TELEGRAM_BOT_TOKEN", BOT_TOKEN.to_owned()),
            ("TELEGRAM_API_URL", outside.clone()),
            ("TELEGRAM_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
            (
                "WORKFLOWS_DIR",
                concat!(env!("CARGO_MANIFEST_DIR"), "/../workflows").to_owned(),
            ),
            ("OPENROUTER_API_KEY", "sandbox".to_owned()),
            ("OPENROUTER_BASE_URL", format!("{outside}/api/v1")),
            // What becomes of a provider that stays away is the affair of the tests about it.
            ("AI_BREAKER_FAILURES", "100000".to_owned()),
            ("AI_LAST_RESORT", "false".to_owned()),
            ("TINKOFF_TERMINAL_KEY", "SandboxDEMO".to_owned()),
            ("TINKOFF_SECRET_KEY", "sandbox-password".to_owned()),
            ("TINKOFF_API_URL", format!("{outside}/v2")),
            ("N8N_API_KEY", N8N_KEY.to_owned()),
            ("S3_ENDPOINT", format!("http://{}", sandbox.s3_addr)),
            ("S3_ACCESS_KEY_ID", "sandbox".to_owned()),
            ("S3_SECRET_ACCESS_KEY", "sandbox-secret".to_owned()),
            ("WORKER_DISPATCH_MS", "50".to_owned()),
            // Telegram's rates are the affair of the tests about them.
            ("TELEGRAM_PER_SECOND", "1000".to_owned()),
            ("TELEGRAM_CHAT_PER_SECOND", "100".to_owned()),
            // So are the limits of requests.
            ("RATE_LIMIT_IP", "0".to_owned()),
            ("RATE_LIMIT_USER", "0".to_owned()),
            ("RATE_LIMIT_KEY", "0".to_owned()),
            // TEST_LOG=info shows what the product says while it is tested.
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
            .build()?;
        Ok(Self {
            env,
            http,
            sandbox,
            files,
            _database: database,
        })
    }

    /// Sets a variable for the processes that are started after this.
    pub fn set(&mut self, name: &str, value: impl ToString) {
        self.env.insert(name.to_owned(), value.to_string());
    }

    /// Gives the processes that are started after this another `models.toml`.
    pub fn models(&mut self, models: &str) -> anyhow::Result<()> {
        let folder = self.files.path().join("workflows");
        let prompts = folder.join("prompts");
        if !prompts.exists() {
            std::fs::create_dir_all(&folder)?;
            let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../workflows/prompts");
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

    /// A connection to another database of the same server, to do things to ours.
    pub async fn other_database(&self) -> anyhow::Result<AsyncPgConnection> {
        Ok(AsyncPgConnection::establish(crate::database::base()?.as_str()).await?)
    }

    /// A core in this world.
    pub fn core(&self) -> anyhow::Result<Core> {
        let config = self.read(Config::read)?;
        kernel::telemetry::init(&config.telemetry);
        Ok(Core::new(config, Clock::system())?)
    }

    /// Removes this world's marks from Redis.
    pub async fn empty_redis(&self) -> anyhow::Result<()> {
        let config = self.read(Config::read)?.redis;
        let mut redis = config.client()?.get_multiplexed_async_connection().await?;
        for queue in JOBS.queues {
            redis::AsyncCommands::del::<_, ()>(&mut redis, push::list(&config, *queue)).await?;
        }
        Ok(())
    }

    /// Sets a field of one of this world's hashes in Redis.
    pub async fn redis_hset(&self, key: &str, field: &str, value: &str) -> anyhow::Result<()> {
        let config = self.read(Config::read)?.redis;
        let mut redis = config.client()?.get_multiplexed_async_connection().await?;
        let key = format!("{}:{key}", config.prefix);
        redis::AsyncCommands::hset::<_, _, _, ()>(&mut redis, key, field, value).await?;
        Ok(())
    }

    /// Removes one of this world's keys from Redis.
    pub async fn redis_del(&self, key: &str) -> anyhow::Result<()> {
        let config = self.read(Config::read)?.redis;
        let mut redis = config.client()?.get_multiplexed_async_connection().await?;
        let key = format!("{}:{key}", config.prefix);
        redis::AsyncCommands::del::<_, ()>(&mut redis, key).await?;
        Ok(())
    }

    /// Address of a path of the sandbox.
    pub fn outside(&self, path: &str) -> String {
        format!("http://{}{path}", self.sandbox.addr)
    }

    /// Puts faults on the outside world, in the form of `PATCH /control/faults`.
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

    /// How many calls a service of the outside world has answered well.
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

    /// The objects in the bucket, as paths of their files.
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

    /// The person with this Telegram id, at the sandbox's chat.
    pub fn chat(&self, telegram_id: i64) -> Chat<'_> {
        Chat {
            world: self,
            telegram_id,
        }
    }
}

/// One person's side of the chat with the bot.
#[derive(Clone, Copy)]
pub struct Chat<'a> {
    world: &'a World,
    telegram_id: i64,
}

impl Chat<'_> {
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.world.http
    }

    pub(crate) fn url(&self, what: &str) -> String {
        self.world.outside(&format!(
            "/control/users/{}/{what}?token={BOT_TOKEN}",
            self.telegram_id
        ))
    }

    /// Types a message.
    pub async fn says(&self, text: &str, language: &str) -> anyhow::Result<()> {
        let body =
            serde_json::json!({ "text": text, "first_name": "Ann", "language_code": language });
        let call = self.world.http.post(self.url("messages")).json(&body);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// Sends a photo.
    pub async fn sends_photo(&self, photo: Vec<u8>, language: &str) -> anyhow::Result<()> {
        self.sends("photo", photo, language, None).await
    }

    /// Sends a photo with words.
    pub async fn sends_photo_saying(
        &self,
        photo: Vec<u8>,
        caption: &str,
        language: &str,
    ) -> anyhow::Result<()> {
        self.sends("photo", photo, language, Some(caption)).await
    }

    /// Sends any bytes as a file with an image's name.
    pub async fn sends_file(&self, bytes: Vec<u8>, language: &str) -> anyhow::Result<()> {
        self.sends("document", bytes, language, None).await
    }

    async fn sends(
        &self,
        kind: &'static str,
        bytes: Vec<u8>,
        language: &str,
        caption: Option<&str>,
    ) -> anyhow::Result<()> {
        let part = reqwest::multipart::Part::bytes(bytes)
            .file_name("cup.png")
            .mime_str("image/png")?;
        let mut form = reqwest::multipart::Form::new()
            .text("first_name", "Ann")
            .text("language_code", language.to_owned())
            .part(kind, part);
        if let Some(caption) = caption {
            form = form.text("caption", caption.to_owned());
        }
        let call = self.world.http.post(self.url("messages")).multipart(form);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// The texts that the bot has sent, oldest first, as they stand now.
    pub async fn bot_texts(&self) -> anyhow::Result<Vec<String>> {
        let call = self
            .world
            .http
            .get(self.url("messages"))
            .send()
            .await?
            .error_for_status()?;
        let answer: Value = call.json().await?;
        let messages = answer["messages"]
            .as_array()
            .context("no list of messages")?
            .clone();
        let of_bot = messages.iter().filter(|message| message["sender"] == "bot");
        Ok(of_bot
            .filter_map(|message| Some(message["text"].as_str()?.to_owned()))
            .collect())
    }

    /// Waits for a text of the bot that `wanted` accepts.
    pub async fn waits_for(&self, wanted: impl Fn(&str) -> bool) -> anyhow::Result<String> {
        let found = eventually(async || {
            let texts = self.bot_texts().await?;
            Ok(texts.into_iter().find(|text| wanted(text)))
        });
        match found.await {
            Ok(text) => Ok(text),
            Err(why) => {
                Err(why.context(format!("the bot said only {:?}", self.bot_texts().await?)))
            }
        }
    }

    /// Valid proof that this person opened the Mini App just now.
    pub async fn init_data(&self) -> anyhow::Result<String> {
        self.init_data_with("").await
    }

    /// The same with more parameters for the sandbox, such as `&auth_date=1`.
    pub async fn init_data_with(&self, more: &str) -> anyhow::Result<String> {
        let url = format!("{}{more}", self.url("init-data"));
        let answer: Value = self
            .world
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        Ok(answer["init_data"]
            .as_str()
            .context("no init_data")?
            .to_owned())
    }
}
