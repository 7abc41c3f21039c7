//! Mailers: programs and companies that take a letter for delivery.

mod config;
mod disabled;
mod mime;
pub mod ses;
pub mod smtp;
pub mod sns;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use config::{
    MailerConfig, SETTINGS, SesConfig, SmtpConfig, SmtpTls, SnsConfig, Transport, region_of,
};
pub use mime::is_sender;

use crate::{ProviderError, ProviderErrorKind, Service};
use kernel::Language;
use kernel::error::{Error, ErrorCode};

/// The service of mailers in errors.
pub const SERVICE: &Service = &Service::new("mailer", code);

/// The name of a letter's number where a vendor lets it be attached, and its notices bring it back.
const TAG: &str = "email_id";

fn code(_: ProviderErrorKind) -> ErrorCode {
    crate::codes::MAIL_ERROR
}

/// Takes letters for delivery.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// The vendor, as rows and errors spell it.
    fn name(&self) -> &'static str;

    /// Hands a letter over. No mailer has an idempotency key: after `Interrupted`, `Timeout` and `Protocol` it may
    /// have been taken.
    async fn send(&self, message: &Message) -> Result<Accepted, ProviderError>;
}

/// A letter to one recipient.
#[derive(Clone, Debug)]
pub struct Message {
    /// The same for every try: headers carry it.
    pub id: Uuid,
    /// With the domain in ASCII.
    pub to: String,
    /// Left out if it is no address.
    pub reply_to: Option<String>,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub language: Language,
    /// The moment of this try.
    pub sent_at: DateTime<Utc>,
}

/// A letter that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The vendor's number of it, by which its notices name it.
    pub id: Option<String>,
}

/// The mailer that the configuration names.
///
/// # Errors
/// `Internal` if a client cannot be built.
pub fn build(config: &MailerConfig) -> Result<Arc<dyn Mailer>, Error> {
    Ok(match &config.transport {
        Transport::Disabled => Arc::new(disabled::Disabled),
        Transport::Smtp(smtp) => Arc::new(smtp::Smtp::new(smtp, &config.from)?),
        Transport::Ses(ses) => Arc::new(ses::Ses::new(ses, &config.from)?),
    })
}
