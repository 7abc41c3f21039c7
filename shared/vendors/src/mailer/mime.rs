//! A letter as bytes (RFC 5322 and MIME), by lettre's builder: it encodes what is not ASCII, and refuses or encodes
//! what would end a header.

use std::time::SystemTime;

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message as Mime};

use super::{Message, SERVICE};
use crate::{ProviderError, ProviderErrorKind as Kind};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Declares headers whose values are of our own making.
macro_rules! headers {
    ($($type:ident = $name:literal),+) => {
        $(#[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, BoxError> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        })+
    };
}

headers! {
    // RFC 3834: no answering machine answers.
    AutoSubmitted = "Auto-Submitted",
    AutoResponseSuppress = "X-Auto-Response-Suppress",
    ContentLanguage = "Content-Language",
    // Letters of one subject are not shown as one conversation; and SES replaces the Message-ID.
    EntityRefId = "X-Entity-Ref-ID"
}

/// Whether letters can come from here: `noreply@example.com`, or with a name, `Symancy <noreply@example.com>`.
///
/// # Errors
/// What is wrong with it.
pub fn is_sender(text: &str) -> Result<(), String> {
    sender(text).map(drop)
}

pub(super) fn sender(text: &str) -> Result<Mailbox, String> {
    text.parse()
        .map_err(|why| format!("it must be like Symancy <noreply@example.com>: {why}"))
}

/// The letter, and the address of its recipient.
pub(super) fn build(
    vendor: &'static str,
    from: &Mailbox,
    message: &Message,
) -> Result<(Mime, Address), ProviderError> {
    let refused = |why: String| ProviderError::new(SERVICE, vendor, Kind::Rejected, why);
    let to: Address = message
        .to
        .parse()
        .map_err(|why| refused(format!("the recipient is no address: {why}")))?;
    let mut mime = Mime::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(one_line(&message.subject))
        .date(SystemTime::from(message.sent_at))
        .message_id(Some(format!("<{}@{}>", message.id, from.email.domain())))
        .header(AutoSubmitted("auto-generated".to_owned()))
        .header(AutoResponseSuppress("All".to_owned()))
        .header(ContentLanguage(message.language.code().to_owned()))
        .header(EntityRefId(message.id.to_string()));
    if let Some(address) = message
        .reply_to
        .as_deref()
        .and_then(|text| text.parse().ok())
    {
        mime = mime.reply_to(Mailbox::new(None, address));
    }
    let parts = MultiPart::alternative_plain_html(message.text.clone(), message.html.clone());
    let mime = mime
        .multipart(parts)
        .map_err(|why| refused(format!("the letter cannot be written: {why}")))?;
    Ok((mime, to))
}

/// Without what begins another line.
fn one_line(text: &str) -> String {
    text.split(|letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}'))
        .collect::<Vec<_>>()
        .join(" ")
}
