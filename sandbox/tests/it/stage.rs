//! What every test stands on: a running sandbox, a client, and a bot that listens.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use reqwest::multipart::{Form, Part};
use sandbox::{Config, Running, WebhookTiming};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;

pub const CUP: &[u8] = include_bytes!("../../../fixtures/coffee-cup.png");
pub const TOKEN: &str = "4242:AAtest_token";

/// A sandbox of one's own.
pub struct Stage {
    pub sandbox: Option<Running>,
    pub client: reqwest::Client,
    pub config: Config,
    url: String,
    _dir: TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        let dir = TempDir::new().expect("a folder");
        let timing = WebhookTiming {
            first: Duration::from_millis(10),
            cap: Duration::from_millis(40),
            timeout: Duration::from_secs(5),
        };
        let data_dir = dir.path().to_path_buf();
        let config = Config {
            data_dir,
            webhook: timing,
            ..Config::default()
        };
        let sandbox = sandbox::start(config.clone()).await.expect("starts");
        let url = sandbox.url();
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            sandbox: Some(sandbox),
            client,
            config,
            url,
            _dir: dir,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub fn s3_url(&self) -> String {
        self.sandbox.as_ref().expect("running").vendor_urls()["s3"].clone()
    }

    /// Stops and starts again on the same data.
    pub async fn restart(&mut self) {
        self.sandbox.take().expect("running").stop().await;
        let config = Config {
            persist: true,
            ..self.config.clone()
        };
        let sandbox = sandbox::start(config).await.expect("starts again");
        self.url = sandbox.url();
        self.sandbox = Some(sandbox);
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self
            .client
            .get(self.url(path))
            .send()
            .await
            .expect("an answer");
        response.json().await.expect("JSON")
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let method = method.parse().expect("a verb");
        let request = self.client.request(method, self.url(path)).json(&body);
        let response = request.send().await.expect("an answer");
        (
            response.status().as_u16(),
            response.json().await.expect("JSON"),
        )
    }

    /// A Bot API call that has to succeed.
    pub async fn bot(&self, method: &str, body: Value) -> Value {
        let (status, answer) = self
            .send("POST", &format!("/telegram/bot{TOKEN}/{method}"), body)
            .await;
        assert_eq!(status, 200, "{method}: {answer}");
        assert_eq!(answer["ok"], true);
        answer["result"].clone()
    }

    /// A Bot API call that has to be refused; gives the description.
    pub async fn refused(&self, method: &str, body: Value) -> String {
        let (status, answer) = self
            .send("POST", &format!("/telegram/bot{TOKEN}/{method}"), body)
            .await;
        assert_eq!(answer["ok"], false, "{method}: {answer}");
        assert_eq!(answer["error_code"], status);
        answer["description"]
            .as_str()
            .expect("a description")
            .to_owned()
    }

    /// The person writes.
    pub async fn says(&self, user: i64, text: &str) -> Value {
        let path = format!("/control/users/{user}/messages");
        let (status, message) = self.send("POST", &path, json!({"text": text})).await;
        assert_eq!(status, 201, "{message}");
        message
    }

    /// The person sends a file in the field `field`.
    pub async fn sends(&self, user: i64, field: &str, name: &str, bytes: &[u8]) -> (u16, Value) {
        let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        let part = part.mime_str("image/png").expect("a type");
        let form = Form::new()
            .part(field.to_owned(), part)
            .text("caption", "my cup");
        let path = self.url(&format!("/control/users/{user}/messages"));
        let response = self
            .client
            .post(path)
            .multipart(form)
            .send()
            .await
            .expect("an answer");
        (
            response.status().as_u16(),
            response.json().await.expect("JSON"),
        )
    }

    pub async fn messages(&self, user: i64) -> Vec<Value> {
        let chat = self.get(&format!("/control/users/{user}/messages")).await;
        chat["messages"].as_array().expect("a list").clone()
    }

    pub async fn faults(&self, plan: Value) {
        let (status, answer) = self.send("PUT", "/control/faults", plan).await;
        assert_eq!(status, 200, "{answer}");
    }
}

/// One delivery to the bot.
#[derive(Debug)]
pub struct Delivery {
    pub secret: Option<String>,
    /// Stripe's.
    pub signature: Option<String>,
    pub body: Bytes,
    pub update: Value,
}

type Script = Arc<Mutex<Vec<(u16, String)>>>;

/// A bot's web server; answers by script, then 200.
pub struct Listener {
    pub addr: SocketAddr,
    pub deliveries: mpsc::UnboundedReceiver<Delivery>,
    script: Script,
    task: tokio::task::JoinHandle<()>,
}

impl Listener {
    pub async fn new() -> Self {
        let door = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let addr = door.local_addr().expect("an address");
        let (sender, deliveries) = mpsc::unbounded_channel();
        let script = Script::default();
        let lines = script.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = door.accept().await {
                let (sender, lines) = (sender.clone(), lines.clone());
                let service = service_fn(move |r| take(r, sender.clone(), lines.clone()));
                let io = TokioIo::new(stream);
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(io, service),
                );
            }
        });
        Self {
            addr,
            deliveries,
            script,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.addr)
    }

    /// The next answer not answered otherwise yet.
    pub fn answers(&self, status: u16, body: &str) {
        self.script
            .lock()
            .expect("sound")
            .push((status, body.to_owned()));
    }

    pub async fn next(&mut self) -> Delivery {
        let waiting = tokio::time::timeout(Duration::from_secs(10), self.deliveries.recv());
        waiting
            .await
            .expect("a delivery in time")
            .expect("the listener lives")
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(
    request: Request<Incoming>,
    sender: mpsc::UnboundedSender<Delivery>,
    script: Script,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value.map(|value| value.to_str().expect("text").to_owned())
    };
    let secret = header("x-telegram-bot-api-secret-token");
    let signature = header("stripe-signature");
    let taken = request.into_body().collect().await?.to_bytes();
    let update = serde_json::from_slice(&taken).expect("an update");
    let mut script = script.lock().expect("sound");
    let (status, body) = if script.is_empty() {
        (200, "".into())
    } else {
        script.remove(0)
    };
    drop(script);
    sender
        .send(Delivery {
            secret,
            signature,
            body: taken,
            update,
        })
        .expect("the test listens");
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    Ok(response)
}
