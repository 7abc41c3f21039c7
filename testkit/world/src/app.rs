//! The product in one process: a real API on a free port, and workers that a test starts.

use std::net::{SocketAddr, TcpListener};
use std::sync::OnceLock;

use anyhow::Context;
use api::config::ApiConfig;
use api::state::ApiState;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Object;
use metrics_exporter_prometheus::PrometheusHandle;
use product::Core;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use testkit::eventually;
use worker::Worker;
use worker::config::WorkerConfig;

use crate::world::{N8N_KEY, WEBHOOK_SECRET, World};

/// The product and its world.
pub struct TestApp {
    pub world: World,
    pub core: Core,
    addr: SocketAddr,
    server: actix_web::dev::ServerHandle,
}

impl TestApp {
    /// An API in a new world, its webhook registered, without a worker.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_in(World::new().await?).await
    }

    /// An API in a given world. In its `PUBLIC_URL` `{port}` stands for the port that it takes.
    pub async fn start_in(world: World) -> anyhow::Result<Self> {
        Self::start_with(world, |_| ()).await
    }

    /// An API in a given world, whose parts a test has changed; its workers have the same gateways.
    pub async fn start_with(
        mut world: World,
        change: impl FnOnce(&mut Core),
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let addr = listener.local_addr()?;
        world.set(
            "TELEGRAM_WEBHOOK_URL",
            format!("http://{addr}/v1/webhooks/telegram"),
        );
        world.set(
            "TINKOFF_NOTIFICATION_URL",
            format!("http://{addr}/v1/webhooks/payments/tinkoff"),
        );
        let public = world.env.entry("PUBLIC_URL".to_owned());
        let public = public.or_insert(format!("http://{addr}"));
        *public = public.replace("{port}", &addr.port().to_string());
        world.set("API_THREADS", 1);
        let mut core = world.core()?;
        change(&mut core);
        let state = ApiState::new(core.clone(), world.read(ApiConfig::read)?, metrics())?;
        let server = serve(state, listener)?;
        core.providers.inbox.register_webhook().await?;
        Ok(Self {
            world,
            core,
            addr,
            server,
        })
    }

    /// From now on new persons have agreed to nothing.
    pub async fn without_consents(&self) -> anyhow::Result<()> {
        self.sql(
            "ALTER TABLE users ALTER consent_terms SET DEFAULT FALSE, ALTER consent_privacy SET DEFAULT FALSE,
                 ALTER consent_terms_version DROP DEFAULT, ALTER consent_privacy_version DROP DEFAULT",
        )
        .await
    }

    /// Starts a worker in this process.
    pub fn worker(&self) -> anyhow::Result<Worker> {
        let mut core = self.world.core()?;
        core.providers.gateways = self.core.providers.gateways.clone();
        Worker::start(core, self.world.read(WorkerConfig::read)?)
    }

    /// Another API in the same world that shares no memory with the first.
    pub fn sibling(&self) -> anyhow::Result<Sibling> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let addr = listener.local_addr()?;
        let config = self.world.read(ApiConfig::read)?;
        let state = ApiState::new(self.world.core()?, config, metrics())?;
        Ok(Sibling {
            addr,
            server: serve(state, listener)?,
        })
    }

    /// Where the API listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The sum of a counter over all its labels. All tests of a process share it.
    pub async fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let text = metrics().context("another recorder is installed")?.render();
        let lines = text.lines().filter(|line| line.starts_with(name));
        let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        Ok(values.sum())
    }

    /// A connection to the test's database.
    pub async fn db(&self) -> anyhow::Result<Object<AsyncPgConnection>> {
        Ok(self.core.db.get().await?)
    }

    /// Address of a path of the API.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// A request to the API.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.world.http.request(method, self.url(path))
    }

    /// `POST /v1/analyses` by a service, for person 7.
    pub async fn post_as_service(&self, form: Form) -> anyhow::Result<Answer> {
        let form = form.text("telegram_user_id", "7");
        let call = self
            .request(Method::POST, "/v1/analyses")
            .header("X-API-Key", N8N_KEY);
        Answer::of(call.multipart(form).send().await?).await
    }

    /// `POST /v1/analyses` with `initData` of the Mini App.
    pub async fn post_as_person(&self, init_data: &str, form: Form) -> anyhow::Result<Answer> {
        let call = self.request(Method::POST, "/v1/analyses");
        let call = call
            .header("X-Telegram-Init-Data", init_data)
            .multipart(form);
        Answer::of(call.send().await?).await
    }

    /// Any request of a person, with JSON if there is a body.
    pub async fn as_person(
        &self,
        init_data: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Answer> {
        let call = self
            .request(method, path)
            .header("X-Telegram-Init-Data", init_data);
        let call = match body {
            Some(body) => call.json(&body),
            None => call,
        };
        Answer::of(call.send().await?).await
    }

    /// `GET` by a service.
    pub async fn get_as_service(&self, path: &str) -> anyhow::Result<Answer> {
        let call = self.request(Method::GET, path).header("X-API-Key", N8N_KEY);
        Answer::of(call.send().await?).await
    }

    /// A call of the webhook with any body and the right secret.
    pub async fn post_update(&self, update: &Value) -> anyhow::Result<Answer> {
        let call = self.request(Method::POST, "/v1/webhooks/telegram");
        let call = call
            .header("X-Telegram-Bot-Api-Secret-Token", WEBHOOK_SECRET)
            .json(update);
        Answer::of(call.send().await?).await
    }

    /// Polls a reading until it has ended.
    pub async fn ended(&self, id: &str) -> anyhow::Result<Value> {
        let path = format!("/v1/analyses/{id}");
        eventually(async || {
            let body = self.get_as_service(&path).await?.body;
            let ended = body["status"] == "completed" || body["status"] == "failed";
            Ok(ended.then_some(body))
        })
        .await
    }
}

/// Another API in the world of a test.
pub struct Sibling {
    pub addr: SocketAddr,
    server: actix_web::dev::ServerHandle,
}

impl Drop for Sibling {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// A process can install one recorder.
fn metrics() -> Option<PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || kernel::telemetry::metrics::install(&api::metrics()).ok();
    RECORDER.get_or_init(install).clone()
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// The runtime of actix blocks its thread.
fn serve(state: ApiState, listener: TcpListener) -> anyhow::Result<actix_web::dev::ServerHandle> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = api::app::serve(state, listener)?;
            let _ = sender.send(server.handle());
            server.await
        })
    });
    receiver.recv().context("the API did not start")
}

/// A form with a photo.
pub fn photo_form(photo: Vec<u8>) -> Form {
    Form::new().part("image", Part::bytes(photo).file_name("cup.jpg"))
}

/// A form with a text: its reading is one step, and one call of the AI.
pub fn words_form(words: &str) -> Form {
    Form::new().text("text", words.to_owned())
}

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    /// JSON, or null.
    pub body: Value,
}

impl Answer {
    /// Reads a response to its end.
    pub async fn of(response: Response) -> anyhow::Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await?).unwrap_or(json!(null));
        Ok(Self {
            status,
            headers,
            body,
        })
    }

    /// Status and error code, to be compared together.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or("no code"))
    }

    /// The id in an answer to `POST /v1/analyses`.
    pub fn id(&self) -> anyhow::Result<String> {
        Ok(self.body["id"]
            .as_str()
            .with_context(|| format!("no id in {self:?}"))?
            .to_owned())
    }
}
