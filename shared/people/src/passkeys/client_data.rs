//! What a browser says of a ceremony (section 5.8.1). Pure.

use serde::Deserialize;

use super::Flaw;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// A passkey is made.
    Create,
    /// A passkey is used.
    Get,
}

impl Ceremony {
    const fn name(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// What a browser says of a ceremony.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    /// In base64url.
    pub challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    top_origin: Option<String>,
}

impl ClientData {
    /// Reads it.
    ///
    /// # Errors
    /// What has another form.
    pub fn read(json: &[u8]) -> Result<Self, Flaw> {
        serde_json::from_slice(json).map_err(|_| "clientDataJSON has another form")
    }

    /// Whether it is of this ceremony, on a page of this origin, which no page of others shows in a frame.
    ///
    /// # Errors
    /// What is not so.
    pub fn judge(&self, ceremony: Ceremony, origin: &str) -> Result<(), Flaw> {
        if self.kind != ceremony.name() {
            return Err("another type of ceremony");
        }
        if self.origin != origin {
            return Err("another origin than that of PUBLIC_URL");
        }
        if self.cross_origin || self.top_origin.is_some() {
            return Err("in a frame of another origin");
        }
        Ok(())
    }
}
