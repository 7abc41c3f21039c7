//! The range API of Have I Been Pwned, and of servers that are like it.
//!
//! Source: <https://haveibeenpwned.com/API/v3#PwnedPasswords>. It is asked for the first five of the forty digits of a
//! password's SHA-1, and answers with the rest of all hashes that begin so; the comparison is made here. With
//! `Add-Padding` every answer has 800 lines or more, those that stand for no password with a count of 0: the size of an
//! answer tells a listener nothing.

use std::time::Duration;

use async_trait::async_trait;
use kernel::error::Error;
use reqwest::Client;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use url::Url;

use super::{LeakedPasswords, SERVICE};
use crate::http::{self, answer};
use crate::{ProviderError, ProviderErrorKind as Kind};

/// The vendor in errors.
const NAME: &str = "pwned_passwords";

/// For a call: a person waits, and their password is taken without an answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How many digits of a hash are told.
const TOLD: usize = 5;

/// The client of one server.
pub struct Range {
    http: Client,
    /// Without a slash at its end.
    base: String,
}

impl Range {
    /// The server at an address.
    ///
    /// # Errors
    /// `Internal` if the HTTP client cannot be built.
    pub fn new(url: &Url) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(TIMEOUT))?,
            base: url.as_str().trim_end_matches('/').to_owned(),
        })
    }
}

#[async_trait]
impl LeakedPasswords for Range {
    async fn has(&self, password: &str) -> Result<bool, ProviderError> {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        let hash = hex::encode_upper(hash.as_ref());
        let (told, rest) = hash.split_at(TOLD);
        let call = self.http.get(format!("{}/range/{told}", self.base));
        let call = call.header("Add-Padding", "true");
        let body = answer(SERVICE, NAME, call).await?.success(SERVICE, NAME)?;
        let text = std::str::from_utf8(&body).map_err(|_| strange())?;
        let lines = text.lines().filter(|line| !line.is_empty());
        let mut is_there = false;
        // To the end: an answer that is no list is noticed, and found or not takes as long.
        for line in lines {
            let (suffix, count) = line.trim_end().split_once(':').ok_or_else(strange)?;
            let count: u64 = count.parse().map_err(|_| strange())?;
            is_there |= count > 0 && suffix.eq_ignore_ascii_case(rest);
        }
        Ok(is_there)
    }
}

fn strange() -> ProviderError {
    let why = "not lines of a rest of a hash, a colon and a count";
    ProviderError::new(SERVICE, NAME, Kind::Protocol, why)
}
