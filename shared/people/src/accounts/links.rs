//! The links of letters. They lead to pages of ours, and nowhere else: no header of a request is in them. The secret
//! stands behind the `#`, which no browser sends and no log has; a page sends it by a POST, so that what opens links by
//! itself uses none up.

use kernel::Language;

/// Makes links.
#[derive(Clone, Debug)]
pub struct Links {
    /// The public address, without a slash at its end.
    base: String,
}

impl Links {
    /// Below the public address.
    pub fn new(public_url: &str) -> Self {
        let base = public_url.trim_end_matches('/').to_owned();
        Self { base }
    }

    pub(super) fn verify(&self, secret: &str, language: Language) -> String {
        self.with_secret("verify", secret, language)
    }

    pub(super) fn reset(&self, secret: &str, language: Language) -> String {
        self.with_secret("reset", secret, language)
    }

    pub(super) fn confirm(&self, secret: &str, language: Language) -> String {
        self.with_secret("confirm-email", secret, language)
    }

    pub(super) fn undo(&self, secret: &str, language: Language) -> String {
        self.with_secret("undo-email", secret, language)
    }

    pub(super) fn link_email(&self, secret: &str, language: Language) -> String {
        self.with_secret("link-email", secret, language)
    }

    pub(crate) fn invitation(&self, secret: &str, language: Language) -> String {
        self.with_secret("invitation", secret, language)
    }

    pub(super) fn sign_in(&self, language: Language) -> String {
        self.page("sign-in", language)
    }

    pub(super) fn forgot(&self, language: Language) -> String {
        self.page("forgot", language)
    }

    fn with_secret(&self, page: &str, secret: &str, language: Language) -> String {
        format!("{}#token={secret}", self.page(page, language))
    }

    fn page(&self, page: &str, language: Language) -> String {
        format!("{}/auth/{page}?lang={}", self.base, language.code())
    }
}
