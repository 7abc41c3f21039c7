//! With `RECORD_TELEGRAM=<folder>`, what the sandbox says in a conversation is written there, a line of JSON each: the
//! updates, and the answers to the bot's calls. `make clients` has real clients parse it.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::Context;
use reqwest::Url;
use serde_json::{Value, json};
use testkit::stub::{Received, Reply, Stub};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use world::World;

/// Where updates come to the relay.
const UPDATES: &str = "/updates";

/// Where to write it, if it is wanted.
pub(super) fn folder() -> Option<PathBuf> {
    std::env::var_os("RECORD_TELEGRAM").map(PathBuf::from)
}

/// Stands between the product and the sandbox's Telegram, and writes down what that says.
struct Relay {
    http: reqwest::Client,
    telegram: Url,
    /// Its own address.
    own: OnceLock<Url>,
    /// Where the product takes updates, once it has said so.
    webhook: OnceLock<String>,
    file: Mutex<File>,
}

/// Has all calls and updates of a world pass by here; before its API starts.
pub(super) async fn record(world: &mut World, path: &Path) -> anyhow::Result<Stub> {
    let mut telegram: Url = world.env["TELEGRAM_API_URL"].parse()?;
    let base = telegram.path().to_owned();
    telegram.set_path("");
    let relay = Arc::new(Relay {
        http: world.http.clone(),
        telegram,
        own: OnceLock::new(),
        webhook: OnceLock::new(),
        file: Mutex::new(File::create(path)?),
    });
    let own = relay.clone();
    let stub = Stub::answering(move |call| {
        let passed = block_in_place(|| Handle::current().block_on(relay.pass(call)));
        passed.unwrap_or_else(|why| Reply::new(502, format!("{why:#}")))
    })
    .await?;
    own.own.get_or_init(|| stub.url.clone());
    world.set("TELEGRAM_API_URL", stub.url.join(&base)?);
    Ok(stub)
}

impl Relay {
    async fn pass(&self, call: &Received) -> anyhow::Result<Reply> {
        let is_update = call.path == UPDATES;
        let mut body = call.body.to_vec();
        let to = if is_update {
            self.webhook.get().context("no webhook")?.clone()
        } else {
            if call.path.ends_with("/setWebhook") {
                body = self.turned(call.json()?)?;
            }
            self.telegram.join(&call.path)?.to_string()
        };
        let mut request = self.http.request(call.method.parse()?, to).body(body);
        for name in ["content-type", "x-telegram-bot-api-secret-token"] {
            request = request.header(name, call.header(name));
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let answer = response.bytes().await?;
        if is_update {
            self.note(&json!({ "update": call.json()? }))?;
        } else if let Ok(answer) = serde_json::from_slice::<Value>(&answer) {
            let method = call.path.rsplit('/').next();
            self.note(&json!({ "method": method, "answer": answer }))?;
        }
        Ok(Reply::new(status, answer).header("content-type", "application/json"))
    }

    /// Has the updates come to the relay.
    fn turned(&self, mut call: Value) -> anyhow::Result<Vec<u8>> {
        let webhook = call["url"].as_str().context("no address")?.to_owned();
        self.webhook.get_or_init(|| webhook);
        let own = self.own.get().context("no address of its own")?;
        call["url"] = json!(own.join(UPDATES)?);
        Ok(serde_json::to_vec(&call)?)
    }

    fn note(&self, what: &Value) -> anyhow::Result<()> {
        let mut file = self.file.lock().map_err(|_| anyhow::anyhow!("poisoned"))?;
        Ok(writeln!(file, "{what}")?)
    }
}
