//! `/v1/admin`, through the front door.

mod currencies;
mod deaths;
mod emails;
mod figures;
mod figures_of;
mod gate;
mod held;
mod lines;
mod look;
mod mortal;
mod payments;
mod refunds;
mod replica;
mod reports;
mod roles;
mod suspension;
mod switches;

use api::config::ApiConfig;
use audit::model::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use people::sessions::rotation::IDLE;
use people::sessions::{Method as Proof, Sessions, stored};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;
use world::TestApp;
use world::app::Answer;

const WHY: &str = "ticket 4711 of the owner";

/// A person with a stored session.
struct Signed<'a> {
    app: &'a TestApp,
    id: Uuid,
    session: Uuid,
    token: String,
}

impl<'a> Signed<'a> {
    /// A person who has signed in with a password.
    async fn new(app: &'a TestApp) -> anyhow::Result<Self> {
        let (id, now) = (Uuid::now_v7(), Utc::now());
        app.sql(&format!("INSERT INTO users (id) VALUES ('{id}')"))
            .await?;
        let config = app.world.read(ApiConfig::read)?;
        let sessions = Sessions::new(&app.core.config.messenger.bot_token, &config.accounts.keys);
        let origin = Origin::own("person");
        let mut conn = app.db().await?;
        let row = stored::begin(&mut conn, id, (Proof::Password, IDLE), &origin, now).await?;
        let token = sessions.issue(&row.session(row.generation), now)?;
        Ok(Self {
            app,
            id,
            session: row.id,
            token: token.access_token,
        })
    }

    /// An operator who has shown a second factor.
    async fn operator(app: &'a TestApp, role: &str) -> anyhow::Result<Self> {
        let person = Self::new(app).await?;
        person.becomes(role).await?;
        person.shows_factor(Utc::now()).await?;
        Ok(person)
    }

    async fn becomes(&self, role: &str) -> anyhow::Result<()> {
        let id = self.id;
        let row = format!(
            "INSERT INTO operators (user_id, role, made_at) VALUES ('{id}', '{role}', now())"
        );
        self.app.sql(&row).await
    }

    async fn shows_factor(&self, at: DateTime<Utc>) -> anyhow::Result<()> {
        let (at, id) = (at.to_rfc3339(), self.session);
        self.app
            .sql(&format!(
                "UPDATE sessions SET second_at = '{at}', second_method = 'otp' WHERE id = '{id}'"
            ))
            .await
    }

    async fn does(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Option<Value>>,
    ) -> anyhow::Result<Answer> {
        let call = self.app.request(method, path).bearer_auth(&self.token);
        let call = call.header("X-Reason", WHY);
        let call = match body.into() {
            Some(body) => call.json(&body),
            None => call,
        };
        Answer::of(call.send().await?).await
    }

    async fn gets(&self, path: &str) -> anyhow::Result<Answer> {
        self.does(Method::GET, path, None).await
    }

    async fn posts(&self, path: &str, body: impl Into<Option<Value>>) -> anyhow::Result<Answer> {
        self.does(Method::POST, path, body).await
    }
}

fn hours(count: i64) -> TimeDelta {
    TimeDelta::hours(count)
}
