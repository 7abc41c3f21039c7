//! PostHog's capture protocol.
//!
//! Source: <https://posthog.com/docs/api/capture>. Events that are sent again under the same `uuid`, name, `distinct_id` and
//! `timestamp` count once. Without a profile of a person (`$process_person_profile`) there is nothing at PostHog that could
//! be looked up; without `$geoip_disable` the place of our server would be taken for theirs.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use kernel::error::Error;
use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Captured, PostHogConfig, ProductAnalytics, SERVICE};
use crate::http::{self, answer, parsed};
use crate::{ProviderError, ProviderErrorKind as Kind};

/// The vendor in errors.
const NAME: &str = "posthog";

/// For a call.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A project of PostHog.
pub struct PostHog {
    http: Client,
    /// Without a slash at its end.
    base: String,
    key: String,
}

#[derive(Serialize)]
struct Batch<'a> {
    api_key: &'a str,
    batch: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    uuid: Uuid,
    event: &'a str,
    distinct_id: &'a str,
    timestamp: String,
    properties: Map<String, Value>,
}

/// `{"status": "Ok"}`, or `{"status": 1}` of older servers.
#[derive(Deserialize)]
struct Taken {
    status: Value,
}

impl PostHog {
    /// The project that the configuration names.
    ///
    /// # Errors
    /// `Internal` if the HTTP client cannot be built.
    pub fn new(config: &PostHogConfig) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(TIMEOUT))?,
            base: config.host.as_str().trim_end_matches('/').to_owned(),
            key: config.key.clone(),
        })
    }
}

#[async_trait]
impl ProductAnalytics for PostHog {
    async fn capture(&self, events: &[Captured]) -> Result<(), ProviderError> {
        let batch = Batch {
            api_key: &self.key,
            batch: events.iter().map(item).collect(),
        };
        let call = self.http.post(format!("{}/batch/", self.base)).json(&batch);
        let answer = answer(SERVICE, NAME, call).await?;
        if let Some(kind) = judged(answer.status, answer.failure()) {
            let why = format!("status {}", answer.status);
            return Err(ProviderError::new(SERVICE, NAME, kind, why));
        }
        let taken: Taken = parsed(SERVICE, NAME, &answer.body)?;
        match taken.status == 1 || taken.status == "Ok" {
            true => Ok(()),
            false => {
                let why = "the answer does not say that the events were taken";
                Err(ProviderError::new(SERVICE, NAME, Kind::Protocol, why))
            }
        }
    }
}

/// Of what is refused, only a batch that cannot be read is refused for good: a wrong path or a quota is not the fault of
/// the events.
fn judged(status: u16, failure: Option<Kind>) -> Option<Kind> {
    match (status, failure) {
        (400, _) => Some(Kind::Rejected),
        (_, Some(Kind::Rejected)) => Some(Kind::Protocol),
        (_, failure) => failure,
    }
}

fn item(event: &Captured) -> Item<'_> {
    let mut properties = event.properties.clone();
    properties.insert("$process_person_profile".to_owned(), false.into());
    properties.insert("$geoip_disable".to_owned(), true.into());
    properties.insert("$lib".to_owned(), "symancy".into());
    Item {
        uuid: event.id,
        event: &event.name,
        distinct_id: &event.person,
        timestamp: timestamp(event.at),
        properties,
    }
}

/// The same for every copy, to the last digit.
fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
