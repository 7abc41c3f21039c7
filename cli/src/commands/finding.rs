//! What `symancy doctor` says about one thing.

use std::time::Duration;

use serde::Serialize;

/// For one thing that is asked.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// One sentence about the deployment.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub about: &'static str,
    pub ok: bool,
    pub text: String,
}

impl Finding {
    pub(super) fn good(about: &'static str, text: impl Into<String>) -> Self {
        Self {
            about,
            ok: true,
            text: text.into(),
        }
    }

    pub(super) fn fault(about: &'static str, text: impl Into<String>) -> Self {
        Self {
            about,
            ok: false,
            text: text.into(),
        }
    }
}
