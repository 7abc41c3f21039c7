//! Which sites may show the pages in a frame.

use actix_web::http::header::HeaderValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kernel::Error;
use kernel::env::{Env, Section, Setting};
use sha2::{Digest, Sha256};
use url::Url;

use super::asset;
use crate::http::cors::Origins;

const FRAMES: Setting = Setting::new(
    "MINI_APP_FRAMES",
    "https://web.telegram.org,https://*.telegram.org",
    "Sites that may show the Mini App in a frame, separated by commas: those of Telegram's own apps for \
     browsers.",
);

pub(crate) const SETTINGS: Section = Section {
    title: "Mini App: the page",
    settings: &[FRAMES],
};

/// Who may frame the pages.
#[derive(Clone, Debug)]
pub struct WebConfig {
    pub frames: Origins,
}

impl WebConfig {
    /// Reads this part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            frames: env.value(&FRAMES),
        }
    }
}

/// The content security policy of the pages. Unlike the API's own answers they may be framed, by Telegram alone; and the
/// first stylesheet stands in them, which is named by its digest.
///
/// # Errors
/// A policy that no header can hold; addresses are ASCII, so there is none.
pub(crate) fn policy(frames: &Origins, bucket: &Url) -> Result<HeaderValue, Error> {
    let bucket = bucket.origin().ascii_serialization();
    let styles = asset::inline_style().map_or_else(String::new, |style| {
        format!(
            " 'sha256-{}'",
            BASE64_STANDARD.encode(Sha256::digest(style))
        )
    });
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' blob: data: {bucket}; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {frames}"
    );
    HeaderValue::try_from(policy.trim_end()).map_err(Error::internal)
}
