//! Roles that log in, for one test.

use anyhow::anyhow;
use url::Url;
use uuid::Uuid;

use super::{connect_to_server, run, run_at_the_end};

/// A role that can log in, dropped with this value: after the database in which it owns something.
pub struct Login {
    pub name: String,
    password: String,
}

impl Login {
    /// Creates one, as a member of another role if one is named.
    ///
    /// # Errors
    /// Those of Postgres.
    pub async fn create(member_of: Option<&str>) -> anyhow::Result<Self> {
        let name = format!("test_{}", Uuid::now_v7().simple());
        let password = Uuid::now_v7().to_string();
        let member = member_of
            .map(|role| format!(" IN ROLE {role}"))
            .unwrap_or_default();
        let create = format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'{member}");
        run(&mut connect_to_server().await?, &create).await?;
        Ok(Self { name, password })
    }

    /// The same database as this role.
    ///
    /// # Errors
    /// An address without a host.
    pub fn url(&self, database: &str) -> anyhow::Result<String> {
        let mut url: Url = database.parse()?;
        url.set_username(&self.name)
            .map_err(|()| anyhow!("no user in {url}"))?;
        url.set_password(Some(&self.password))
            .map_err(|()| anyhow!("no password in {url}"))?;
        Ok(url.into())
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        run_at_the_end(format!("DROP ROLE IF EXISTS {}", self.name));
    }
}
