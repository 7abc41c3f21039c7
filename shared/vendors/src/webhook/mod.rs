//! Webhooks of customers: calls to addresses that they have chosen, signed by Standard Webhooks.

mod config;

use std::error::Error as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::error::Error;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response};
use url::Url;

use crate::http;
use crate::internet::NotPublic;
use crate::standard_webhooks::{self, Secret};

pub use crate::internet::Internet;
pub use config::{SETTINGS, WebhookConfig};

/// The name in traces and metrics, for all of them.
pub const NAME: &str = "webhook";

/// For one call: what Standard Webhooks asks senders to wait, 15 to 30 seconds.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// What calls the addresses of customers. Cheap to clone.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    internet: Internet,
}

/// A message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The same for every try.
    pub id: &'a str,
    /// JSON.
    pub body: &'a [u8],
}

/// How a call has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// With this status; `retry_after`: how long the receiver wants to be left alone.
    Status {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// Without an answer.
    Not(Silence),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The address is none of the public internet.
    NotPublic,
    /// No connection: an unknown name, a closed port, a certificate that is not good.
    Unreachable,
    TimedOut,
    /// The connection broke, or what came is not HTTP.
    Broken,
}

impl Silence {
    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotPublic => "not_public",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Broken => "broken",
        }
    }
}

impl Caller {
    /// # Errors
    /// `Internal` if the HTTP client cannot be built.
    pub fn new(config: &WebhookConfig) -> Result<Self, Error> {
        let internet = config.internet;
        let http = http::guarded_client(TIMEOUT, internet)?;
        Ok(Self { http, internet })
    }

    /// Posts a message, signed with each of the secrets. It may have arrived also where no answer has come. The body of the
    /// answer is not read.
    pub async fn post(
        &self,
        url: &Url,
        secrets: &[Secret],
        message: Message<'_>,
        now: DateTime<Utc>,
    ) -> Answered {
        // Who moved to another network since must not be called there.
        if self.internet.judge(url).is_err() {
            return Answered::Not(Silence::NotPublic);
        }
        let mut call = self.http.post(url.clone());
        for (name, value) in standard_webhooks::headers(secrets, message.id, now, message.body) {
            call = call.header(name, value);
        }
        let call = call
            .header(CONTENT_TYPE, "application/json")
            .body(message.body.to_vec());
        match http::send_to_stranger(NAME, call).await {
            Ok(response) => Answered::of(&response, now),
            Err(why) => Answered::Not(silence(&why)),
        }
    }
}

impl Answered {
    fn of(response: &Response, now: DateTime<Utc>) -> Self {
        let after = response.headers().get(RETRY_AFTER);
        let after = after.and_then(|after| retry_after(after.to_str().ok()?.trim(), now));
        Self::Status {
            status: response.status().as_u16(),
            retry_after: after,
        }
    }
}

/// In seconds or as a date, by RFC 9110, section 10.2.3.
fn retry_after(told: &str, now: DateTime<Utc>) -> Option<Duration> {
    match told.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let at = DateTime::parse_from_rfc2822(told).ok()?;
            (at.to_utc() - now).to_std().ok()
        }
    }
}

fn silence(why: &reqwest::Error) -> Silence {
    if is_not_public(why) {
        Silence::NotPublic
    } else if why.is_timeout() && !why.is_connect() {
        Silence::TimedOut
    } else if why.is_connect() || why.is_builder() {
        Silence::Unreachable
    } else {
        Silence::Broken
    }
}

/// Whether a call has ended because its name stands for an address that is not public.
fn is_not_public(why: &reqwest::Error) -> bool {
    let mut cause = why.source();
    while let Some(one) = cause {
        if one.is::<NotPublic>() {
            return true;
        }
        cause = one.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_says_when_to_come_again_in_seconds_or_as_a_date() {
        let now = DateTime::from_timestamp(784_111_770, 0).expect("a moment");
        for (told, expected) in [
            ("7", Some(7)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", None),
            ("soon", None),
            ("-7", None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(retry_after(told, now), expected, "{told}");
        }
    }

    /// The form of the address is not judged here: a name may stand for any address.
    #[tokio::test]
    async fn a_name_that_stands_for_this_machine_is_not_connected_to() {
        let client = http::guarded_client(TIMEOUT, Internet { is_near: false });
        let client = client.expect("a client");
        let call = http::send_to_stranger(NAME, client.get("http://localhost:9/")).await;
        let why = call.expect_err("it is on this machine");
        assert_eq!(silence(&why), Silence::NotPublic, "{why:?}");
    }
}
