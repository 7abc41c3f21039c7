//! A real browser for a test: Debian's Chromium, driven by its driver over WebDriver
//! (<https://www.w3.org/TR/webdriver2/>). The few calls are written here: the crates that have all of them bring
//! a second HTTP client.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const DRIVER: &str = "chromedriver";
const MISSING: &str = "no chromedriver: install Chromium with its driver (Debian: apt-get install chromium chromium-driver)";
/// The key of an element in the answers of the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Ends with this value: the browser hangs on its driver by a pipe.
pub struct Browser {
    http: reqwest::Client,
    session: String,
    _profile: tempfile::TempDir,
    _driver: Child,
}

/// An element of the page that was shown when it was found.
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// A window of a phone's size.
    ///
    /// # Errors
    /// Chromium or its driver is not installed, or does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut driver = Command::new(DRIVER)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context(MISSING)?;
        let address = format!("http://127.0.0.1:{}", port_of(&mut driver).await?);
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .build()?;
        let mut browser = Self {
            http,
            session: address,
            _profile: profile,
            _driver: driver,
        };
        let asked = browser.capabilities();
        let opened = browser.call(Method::POST, "/session", Some(asked)).await?;
        let id = opened["sessionId"].as_str().context("no session")?;
        browser.session = format!("{}/session/{id}", browser.session);
        Ok(browser)
    }

    fn capabilities(&self) -> Value {
        let profile = format!("--user-data-dir={}", self._profile.path().display());
        let args = [
            "--headless=new",
            // Tests run as root in containers; the only pages are our own.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--remote-debugging-pipe",
            "--window-size=390,844",
            "--lang=en",
            &profile,
        ];
        let chrome = json!({"args": args});
        json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": chrome}}})
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut call = self.http.request(method, format!("{}{path}", self.session));
        if let Some(body) = body {
            call = call.json(&body);
        }
        let answer = call.send().await?;
        let (status, mut body): (_, Value) = (answer.status(), answer.json().await?);
        ensure!(status.is_success(), "{path}: {}", body["value"]["message"]);
        Ok(body["value"].take())
    }

    async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Gives the browser a device of its own that keeps passkeys, whose person says yes and is verified at once
    /// (<https://www.w3.org/TR/webauthn-3/#sctn-automation>).
    pub async fn keeps_passkeys(&self) -> anyhow::Result<()> {
        let device = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true,
        });
        self.post("/webauthn/authenticator", device).await?;
        Ok(())
    }

    /// Opens an address and waits until the page has loaded.
    pub async fn open(&self, url: &str) -> anyhow::Result<()> {
        self.post("/url", json!({"url": url})).await?;
        Ok(())
    }

    /// The address of the page that is shown.
    pub async fn address(&self) -> anyhow::Result<String> {
        let url = self.call(Method::GET, "/url", None).await?;
        Ok(url.as_str().context("no address")?.to_owned())
    }

    /// Calls are about the page in this frame from now on.
    pub async fn enter(&self, frame: &Element<'_>) -> anyhow::Result<()> {
        self.post("/frame", json!({"id": {ELEMENT: frame.id}}))
            .await?;
        Ok(())
    }

    /// Calls are about the outermost page again.
    pub async fn leave(&self) -> anyhow::Result<()> {
        self.post("/frame", json!({"id": null})).await?;
        Ok(())
    }

    /// Waits for an element that this CSS selector finds.
    pub async fn find(&self, selector: &str) -> anyhow::Result<Element<'_>> {
        let query = json!({"using": "css selector", "value": selector});
        let found = eventually(async || {
            let all = self.post("/elements", query.clone()).await?;
            Ok(all[0][ELEMENT].as_str().map(str::to_owned))
        });
        match found.await {
            Ok(id) => Ok(Element { browser: self, id }),
            Err(why) => bail!(
                "{selector}: {why}; the page says:\n{}",
                self.all_text().await?
            ),
        }
    }

    /// Waits until the page shows this text.
    pub async fn shows(&self, text: &str) -> anyhow::Result<()> {
        let found = eventually(async || Ok(self.all_text().await?.contains(text).then_some(())));
        match found.await {
            Ok(()) => Ok(()),
            Err(why) => bail!(
                "{text:?}: {why}; the page says:\n{}",
                self.all_text().await?
            ),
        }
    }

    /// The text that the page shows.
    pub async fn all_text(&self) -> anyhow::Result<String> {
        let text = self.run("return document.body.innerText").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// What JavaScript returns that runs in the page as the body of a function.
    pub async fn run(&self, script: &str) -> anyhow::Result<Value> {
        self.post("/execute/sync", json!({"script": script, "args": []}))
            .await
    }
}

impl Element<'_> {
    async fn act(&self, what: &str, body: Value) -> anyhow::Result<()> {
        let path = format!("/element/{}/{what}", self.id);
        self.browser.post(&path, body).await?;
        Ok(())
    }

    /// As a person does it: an element that another one covers cannot be clicked.
    pub async fn click(&self) -> anyhow::Result<()> {
        self.act("click", json!({})).await
    }

    /// Types a text.
    pub async fn types(&self, text: &str) -> anyhow::Result<()> {
        self.act("value", json!({"text": text})).await
    }

    /// Chooses a file of this machine.
    pub async fn chooses(&self, file: &Path) -> anyhow::Result<()> {
        let path = file.canonicalize()?;
        self.types(path.to_str().context("not UTF-8")?).await
    }

    /// The text that the element shows.
    pub async fn text(&self) -> anyhow::Result<String> {
        let path = format!("/element/{}/text", self.id);
        let text = self.browser.call(Method::GET, &path, None).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }
}

/// The driver takes a free port and says which.
async fn port_of(driver: &mut Child) -> anyhow::Result<u16> {
    let output = driver.stdout.take().context("no output of the driver")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.rsplit_once("successfully on port ") {
            // What it says later has to go somewhere.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(port.trim_end_matches('.').parse()?);
        }
    }
    bail!("{DRIVER} ended before it listened; is Chromium installed too?")
}
