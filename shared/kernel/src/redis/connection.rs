//! Connections to one Redis, or to a cluster of several.

use std::io::ErrorKind;
use std::time::Duration;

use redis::aio::{
    ConnectionLike, ConnectionManager, ConnectionManagerConfig, MultiplexedConnection, PubSub,
};
use redis::cluster::{ClusterClient, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Cmd, Pipeline, RedisError, RedisFuture, Value};
use tokio::time::timeout;

use super::RedisConfig;
use crate::error::Error;

/// How long one server of several may take to be connected with.
const CONNECTING: Duration = Duration::from_secs(1);

/// A connection to Redis. Cheap to clone.
#[derive(Clone)]
pub enum Connection {
    /// To one server, made again whenever it is lost.
    Server(ConnectionManager),
    /// To one server, for as long as it lasts.
    Once(MultiplexedConnection),
    /// To all servers of a cluster: each command goes to that of its keys.
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(one) => one.req_packed_command(cmd),
            Self::Once(one) => one.req_packed_command(cmd),
            Self::Cluster(all) => all.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(one) => one.req_packed_commands(pipeline, offset, count),
            Self::Once(one) => one.req_packed_commands(pipeline, offset, count),
            Self::Cluster(all) => all.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(one) => one.get_db(),
            Self::Once(one) => one.get_db(),
            Self::Cluster(all) => all.get_db(),
        }
    }
}

impl RedisConfig {
    /// A connection that is made on first use, and again whenever it is lost. `timeout` applies
    /// to connecting, and to each answer.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub fn connection(&self, timeout: Duration, retries: usize) -> Result<Connection, Error> {
        if self.is_cluster() {
            return self.cluster(timeout, timeout, retries);
        }
        let limits = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout))
            .set_number_of_retries(retries);
        let manager = ConnectionManager::new_lazy_with_config(self.client()?, limits)?;
        Ok(Connection::Server(manager))
    }

    /// A connection for commands that wait: others would wait behind them.
    ///
    /// # Errors
    /// Those of Redis.
    pub async fn waiting(
        &self,
        connecting: Duration,
        answer: Duration,
    ) -> Result<Connection, Error> {
        if self.is_cluster() {
            return self.cluster(connecting, answer, 0);
        }
        let limits = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(connecting))
            .set_response_timeout(Some(answer));
        let client = self.client()?;
        let one = client.get_multiplexed_async_connection_with_config(&limits);
        Ok(Connection::Once(one.await?))
    }

    /// A connection that messages come by. In a cluster each server has all messages: the first that answers will do.
    ///
    /// # Errors
    /// Those of Redis.
    pub async fn subscriber(&self) -> Result<PubSub, Error> {
        let mut failed = None;
        for url in self.urls() {
            let client = self.client_of(url)?;
            // A machine that is gone does not even refuse.
            match timeout(CONNECTING, client.get_async_pubsub()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(why)) => failed = Some(why),
                Err(_) => failed = Some(std::io::Error::from(ErrorKind::TimedOut).into()),
            }
        }
        Err(failed.map_or_else(|| Error::internal("no address of Redis"), Error::from))
    }

    /// A connection to each server of the settings, for what is asked of each, or why there is none; with its host and port.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub async fn each(
        &self,
    ) -> Result<Vec<(String, Result<MultiplexedConnection, RedisError>)>, Error> {
        let limits = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTING));
        let mut all = Vec::new();
        for url in self.urls() {
            let client = self.client_of(url)?;
            let place = client.get_connection_info().addr().to_string();
            let one = client.get_multiplexed_async_connection_with_config(&limits);
            all.push((place, one.await));
        }
        Ok(all)
    }

    fn cluster(
        &self,
        connecting: Duration,
        answer: Duration,
        retries: usize,
    ) -> Result<Connection, Error> {
        let mut builder = ClusterClient::builder(self.urls())
            .overall_response_timeout(Some(connecting + answer))
            // One more: the first answer may be that a slot has moved.
            .retries(u32::try_from(retries).unwrap_or(u32::MAX).saturating_add(1));
        if self.url.starts_with("rediss:") {
            builder = builder.certs(self.trusted());
        }
        let client = builder.build()?;
        let times = ClusterConfig::new()
            .set_connection_timeout(connecting)
            .set_response_timeout(answer);
        let all = client.get_pending_async_connection_with_config(times);
        Ok(Connection::Cluster(all))
    }
}
