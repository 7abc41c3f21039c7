//! What `PublicKeyCredential.toJSON()` gives (sections 5.1.8 and 5.1.9), as far as it is needed. Pure.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::Flaw;

/// How many ways to an authenticator are kept, and how long the name of one may be.
const TRANSPORTS_MAX: usize = 10;
const TRANSPORT_LEN: usize = 32;

/// Bytes, in base64url without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let text = String::deserialize(json)?;
        BASE64.decode(text).map(Self).map_err(D::Error::custom)
    }
}

/// A credential, with what its authenticator has answered.
#[derive(Clone, Debug, Deserialize)]
pub struct Credential<R> {
    pub id: Bytes,
    #[serde(rename = "type")]
    kind: String,
    pub response: R,
}

/// The answer with a new credential.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attestation {
    #[serde(rename = "clientDataJSON")]
    pub client_data: Bytes,
    pub attestation_object: Bytes,
    #[serde(default)]
    transports: Vec<String>,
}

/// The answer with a signature.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    #[serde(rename = "clientDataJSON")]
    pub client_data: Bytes,
    pub authenticator_data: Bytes,
    pub signature: Bytes,
    /// What the person was called at the registration.
    pub user_handle: Option<Bytes>,
}

impl<R: DeserializeOwned> Credential<R> {
    /// Reads it.
    ///
    /// # Errors
    /// What has another form.
    pub fn read(json: Map<String, Value>) -> Result<Self, Flaw> {
        const FORM: Flaw = "must be what PublicKeyCredential.toJSON() gives";
        let read: Self = serde_json::from_value(Value::Object(json)).map_err(|_| FORM)?;
        match read.kind == "public-key" {
            true => Ok(read),
            false => Err(FORM),
        }
    }
}

impl Attestation {
    /// The ways to the authenticator that it names (example: `internal`, `hybrid`), unknown ones too.
    pub fn transports(&self) -> Vec<String> {
        let known = self.transports.iter().filter(|one| {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=TRANSPORT_LEN).contains(&one.len()) && one.bytes().all(is_name)
        });
        known.take(TRANSPORTS_MAX).cloned().collect()
    }
}
