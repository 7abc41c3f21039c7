//! Accounts by e-mail, through the front door, with letters from the sandbox's inbox.

mod authenticator;
mod changes;
mod checkout;
mod cookies;
mod existence;
mod factors;
mod factors_bounds;
mod held;
mod journey;
mod leaked;
mod leaving;
mod linking;
mod links;
mod passkeys;
mod passkeys_refused;
mod refresh;
mod registration;
mod rotation;
mod step_up;
mod suspended;
mod throttle;
mod two_ways;
mod unproved;

use std::collections::BTreeMap;

use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::Worker;
use world::app::Answer;
use world::{TestApp, World};

const ANN: &str = "ann@example.org";
const PASSWORD: &str = "four unusual words hang here";
const OTHER_PASSWORD: &str = "nine purple anvils sing softly";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// An API and a worker.
struct Accounts {
    app: TestApp,
    _worker: Worker,
}

impl Accounts {
    async fn start() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    async fn start_with(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut world = World::new().await?;
        for (name, value) in settings {
            world.set(name, value);
        }
        Self::start_in(world).await
    }

    async fn start_in(world: World) -> anyhow::Result<Self> {
        let app = TestApp::start_in(world).await?;
        let worker = app.worker()?;
        Ok(Self {
            app,
            _worker: worker,
        })
    }

    async fn post(&self, path: &str, body: Value) -> anyhow::Result<Answer> {
        let call = self.app.request(Method::POST, path);
        let call = call.header("User-Agent", FIREFOX).json(&body);
        Answer::of(call.send().await?).await
    }

    /// With an access token.
    async fn as_ann(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Answer> {
        let call = self.app.request(method, path).bearer_auth(token);
        let call = match body {
            Some(body) => call.json(&body),
            None => call,
        };
        Answer::of(call.send().await?).await
    }

    /// The status of a call that knows its caller.
    async fn me(&self, token: &str) -> anyhow::Result<u16> {
        let answer = self
            .as_ann(Method::GET, "/v1/users/me", token, None)
            .await?;
        Ok(answer.status)
    }

    /// All letters to an address, oldest first.
    async fn letters(&self, to: &str) -> anyhow::Result<Vec<Value>> {
        let url = self.app.world.outside("/control/mail");
        let call = self.app.world.http.get(url).query(&[("to", to)]);
        let answer: Value = call.send().await?.error_for_status()?.json().await?;
        Ok(answer["letters"].as_array().cloned().unwrap_or_default())
    }

    /// The `n`-th letter to an address, once it is there.
    async fn letter(&self, to: &str, n: usize) -> anyhow::Result<String> {
        let text = eventually(async || {
            let letters = self.letters(to).await?;
            Ok(letters
                .get(n)
                .map(|letter| letter["text"].as_str().unwrap_or_default().to_owned()))
        });
        text.await
    }

    /// Waits until all that was asked for is decided, and all letters are sent.
    async fn quiet(&self) -> anyhow::Result<()> {
        eventually(async || {
            let busy = "SELECT count(*) AS count FROM jobs WHERE state IN ('queued', 'running')
                        AND kind IN ('accounts.decide_request.v1', 'mail.send.v1')";
            Ok((self.app.count(busy).await? == 0).then_some(()))
        })
        .await
    }

    async fn register(&self, email: &str) -> anyhow::Result<Answer> {
        let body = json!({ "email": email, "password": PASSWORD, "name": "Ann" });
        self.post("/v1/auth/register", body).await
    }

    /// An account whose address is proved.
    async fn sign_up(&self, email: &str) -> anyhow::Result<()> {
        let asked = self.register(email).await?;
        anyhow::ensure!(asked.status == 202, "{asked:?}");
        let secret = secret(&self.letter(email, 0).await?)?;
        let proved = self.prove(&secret, PASSWORD).await?;
        anyhow::ensure!(proved.status == 204, "{proved:?}");
        self.letter(email, 1).await?;
        Ok(())
    }

    /// Opens the link of a registration.
    async fn prove(&self, secret: &str, password: &str) -> anyhow::Result<Answer> {
        let body = json!({ "token": secret, "password": password });
        self.post("/v1/auth/verify-email", body).await
    }

    /// Asks for a link that sets a password, which comes with the `n`-th letter, and sets this one.
    async fn forgets(&self, email: &str, n: usize, password: &str) -> anyhow::Result<Answer> {
        let asked = json!({ "email": email });
        let asked = self.post("/v1/auth/forgot-password", asked).await?;
        anyhow::ensure!(asked.status == 202, "{asked:?}");
        let secret = secret(&self.letter(email, n).await?)?;
        let body = json!({ "token": secret, "password": password });
        self.post("/v1/auth/reset-password", body).await
    }

    /// Moves to another address, whose first letter has the link.
    async fn moves(&self, token: &str, to: &str) -> anyhow::Result<Answer> {
        let body = json!({ "email": to, "password": PASSWORD });
        let asked = self.as_ann(Method::POST, "/v1/auth/change-email", token, Some(body));
        let asked = asked.await?;
        anyhow::ensure!(asked.status == 202, "{asked:?}");
        let link = json!({ "token": secret(&self.letter(to, 0).await?)? });
        self.post("/v1/auth/confirm-email", link).await
    }

    async fn count(&self, of: &str) -> anyhow::Result<i64> {
        let all = format!("SELECT count(*) AS count FROM {of}");
        self.app.count(&all).await
    }

    async fn login(&self, email: &str, password: &str) -> anyhow::Result<Answer> {
        self.post(
            "/v1/auth/login",
            json!({ "email": email, "password": password }),
        )
        .await
    }

    /// Access token and refresh token.
    async fn signed_in(&self, email: &str, password: &str) -> anyhow::Result<(String, String)> {
        tokens(&self.login(email, password).await?)
    }

    async fn refresh(&self, token: &str) -> anyhow::Result<Answer> {
        self.post("/v1/auth/refresh", json!({ "refresh_token": token }))
            .await
    }
}

/// Access token and refresh token of an answer.
fn tokens(answer: &Answer) -> anyhow::Result<(String, String)> {
    let text = |name: &str| {
        let text = answer.body[name].as_str();
        Ok::<_, anyhow::Error>(
            text.with_context(|| format!("no {name} in {answer:?}"))?
                .to_owned(),
        )
    };
    Ok((text("access_token")?, text("refresh_token")?))
}

/// The secret of the link in a letter.
fn secret(letter: &str) -> anyhow::Result<String> {
    let (_, rest) = letter
        .split_once("#token=")
        .with_context(|| format!("no link in {letter}"))?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    Ok(rest[..end.unwrap_or(rest.len())].to_owned())
}

/// The cookies that an answer sets: name, and value with attributes.
fn cookies(answer: &Answer) -> BTreeMap<String, String> {
    let lines = answer.headers.get_all("set-cookie").iter();
    let pairs = lines.filter_map(|line| line.to_str().ok()?.split_once('='));
    pairs
        .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
        .collect()
}
