//! Notices of Amazon SNS about letters that SES has taken.
//!
//! Sources: <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html>,
//! <https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html> and
//! <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>.
//!
//! Nothing is fetched for a topic that is not ours, and what is fetched comes from SNS alone: the certificate and the
//! confirmation are addresses in a body that anybody can send.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use reqwest::Client;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webpki::EndEntityCert;
use webpki::ring::RSA_PKCS1_2048_8192_SHA256;

use super::config::{SnsConfig, region_of};
use super::{SERVICE, TAG};
use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::error::Error;
use kernel::text::storable_json;

/// Certificates that are remembered; SNS has one a region, and a new one a year.
const CERTIFICATES: usize = 8;

/// Receives notices.
pub struct Sns {
    http: Client,
    config: SnsConfig,
    /// By address.
    certificates: Mutex<BTreeMap<String, CertificateDer<'static>>>,
}

/// A message of SNS whose signature is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The topic asks whether it may send: `GET` this address.
    Confirm(Url),
    About(Event),
    /// Of no consequence.
    Other,
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The number of the notice; the same when it comes again.
    pub id: String,
    /// The vendor's number of the letter.
    pub message_id: String,
    /// Ours, if the notice brings it.
    pub email_id: Option<Uuid>,
    pub happened: Happened,
    /// What the other side said.
    pub detail: Option<String>,
}

/// The end of a letter that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    Delivered,
    /// The address takes no letters.
    Bounced,
    /// It took this one not: the mailbox is full, the server away.
    SoftBounced,
    /// The person says that it is spam.
    Complained,
    /// SES would not send it.
    Rejected,
}

/// Why a message is not believed.
#[derive(Debug, thiserror::Error)]
pub enum Disbelief {
    #[error("not a message of SNS: {0}")]
    Malformed(&'static str),
    /// Of a topic that is not ours, or the signature is wrong.
    #[error("not from our topic: {0}")]
    Forged(&'static str),
    /// It could not be checked.
    #[error(transparent)]
    Unknown(#[from] ProviderError),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    #[serde(rename = "Type")]
    kind: String,
    message_id: String,
    topic_arn: String,
    message: String,
    timestamp: String,
    subject: Option<String>,
    token: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
}

impl Sns {
    /// # Errors
    /// `Internal` if the HTTP client cannot be built.
    pub fn new(config: &SnsConfig) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(config.timeout))?,
            config: config.clone(),
            certificates: Mutex::default(),
        })
    }

    /// Reads a message, and verifies that one of our topics sent it.
    ///
    /// # Errors
    /// Why it is not believed.
    pub async fn read(&self, body: &[u8]) -> Result<Notice, Disbelief> {
        let envelope: Envelope = serde_json::from_slice(&storable_json(body))
            .map_err(|_| Disbelief::Malformed("its fields"))?;
        if !self.config.topics.contains(&envelope.topic_arn) {
            return Err(Disbelief::Forged("the topic is not in SES_TOPIC_ARNS"));
        }
        let origin = origin(&envelope.topic_arn).ok_or(Disbelief::Malformed("its topic"))?;
        self.verify(&envelope, &origin).await?;
        match envelope.kind.as_str() {
            "SubscriptionConfirmation" => {
                let url = envelope.subscribe_url.as_deref().unwrap_or_default();
                let url = pinned(url, &origin).ok_or(Disbelief::Forged("its SubscribeURL"))?;
                Ok(Notice::Confirm(url))
            }
            "Notification" => Ok(about(&envelope).map_or(Notice::Other, Notice::About)),
            _ => Ok(Notice::Other),
        }
    }

    /// Confirms a subscription, by an address of [`Notice::Confirm`].
    ///
    /// # Errors
    /// SNS does not take it.
    pub async fn confirm(&self, url: Url) -> Result<(), ProviderError> {
        self.get(url).await.map(drop)
    }

    /// The address at which an address of SNS is reached.
    fn reached(&self, url: Url) -> Url {
        let Some(mut stand_in) = self.config.endpoint.clone() else {
            return url;
        };
        stand_in.set_path(url.path());
        stand_in.set_query(url.query());
        stand_in
    }

    async fn verify(&self, envelope: &Envelope, origin: &Url) -> Result<(), Disbelief> {
        // Version 1 is SHA-1: an operator sets the topic's SignatureVersion to 2.
        if envelope.signature_version != "2" {
            return Err(Disbelief::Malformed(
                "its SignatureVersion, which has to be 2",
            ));
        }
        let signature = BASE64_STANDARD
            .decode(&envelope.signature)
            .map_err(|_| Disbelief::Malformed("its signature"))?;
        let url = pinned(&envelope.signing_cert_url, origin)
            .filter(|url| url.path().ends_with(".pem"))
            .ok_or(Disbelief::Forged("its SigningCertURL"))?;
        let certificate = self.certificate(url).await?;
        let certificate = EndEntityCert::try_from(&certificate).map_err(|_| unreadable())?;
        let signed = signed(envelope);
        certificate
            .verify_signature(RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            .map_err(|_| Disbelief::Forged("its signature"))
    }

    async fn certificate(&self, url: Url) -> Result<CertificateDer<'static>, ProviderError> {
        let known = || {
            self.certificates
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(certificate) = known().get(url.as_str()) {
            return Ok(certificate.clone());
        }
        let pem = self.get(url.clone()).await?;
        let certificate = CertificateDer::from_pem_slice(&pem).map_err(|_| unreadable())?;
        // What is none is not remembered.
        EndEntityCert::try_from(&certificate).map_err(|_| unreadable())?;
        let mut all = known();
        if all.len() >= CERTIFICATES {
            all.clear();
        }
        all.insert(url.into(), certificate.clone());
        Ok(certificate)
    }

    async fn get(&self, url: Url) -> Result<Bytes, ProviderError> {
        let of_reqwest = |why| http::failed(SERVICE, "sns", why);
        let call = self.http.get(self.reached(url));
        let response = http::send("sns", call).await.map_err(of_reqwest)?;
        let status = response.status();
        if !status.is_success() {
            return Err(failed(Kind::Transient, format!("answered with {status}")));
        }
        response.bytes().await.map_err(of_reqwest)
    }
}

/// Where all that belongs to a topic is.
fn origin(topic: &str) -> Option<Url> {
    let region = region_of(topic)?;
    let end = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://sns.{region}.amazonaws.com{end}")
        .parse()
        .ok()
}

/// An address at SNS; `None` if it leads elsewhere.
fn pinned(text: &str, origin: &Url) -> Option<Url> {
    let url: Url = text.parse().ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    (is_plain && url.origin() == origin.origin()).then_some(url)
}

/// The text that is signed: names and values of some fields in the order of the alphabet, a line feed after each.
fn signed(envelope: &Envelope) -> String {
    let is_notification = envelope.kind == "Notification";
    let (subject, others) = match is_notification {
        true => (envelope.subject.as_deref(), None),
        false => (None, Some(())),
    };
    let fields = [
        ("Message", Some(envelope.message.as_str())),
        ("MessageId", Some(envelope.message_id.as_str())),
        ("Subject", subject),
        (
            "SubscribeURL",
            others.and(envelope.subscribe_url.as_deref()),
        ),
        ("Timestamp", Some(envelope.timestamp.as_str())),
        ("Token", others.and(envelope.token.as_deref())),
        ("TopicArn", Some(envelope.topic_arn.as_str())),
        ("Type", Some(envelope.kind.as_str())),
    ];
    let lines = fields
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}\n{}\n", (*value)?)));
    lines.collect()
}

/// What a notice of SES says: as feedback of an identity (`notificationType`) or as an event of a configuration set
/// (`eventType`).
fn about(envelope: &Envelope) -> Option<Event> {
    let notice: Value = serde_json::from_str(&envelope.message).ok()?;
    let kind = notice["eventType"]
        .as_str()
        .or_else(|| notice["notificationType"].as_str())?;
    let (happened, detail) = match kind {
        "Delivery" => (Happened::Delivered, &notice["delivery"]["smtpResponse"]),
        "Bounce" => {
            let bounce = &notice["bounce"];
            let happened = match bounce["bounceType"].as_str() {
                Some("Permanent") => Happened::Bounced,
                _ => Happened::SoftBounced,
            };
            (happened, &bounce["bouncedRecipients"][0]["diagnosticCode"])
        }
        "Complaint" => (
            Happened::Complained,
            &notice["complaint"]["complaintFeedbackType"],
        ),
        "Reject" => (Happened::Rejected, &notice["reject"]["reason"]),
        _ => return None,
    };
    let tag = notice["mail"]["tags"][TAG][0].as_str();
    Some(Event {
        id: envelope.message_id.clone(),
        message_id: notice["mail"]["messageId"].as_str()?.to_owned(),
        email_id: tag.and_then(|tag| tag.parse().ok()),
        happened,
        detail: detail.as_str().map(str::to_owned),
    })
}

fn unreadable() -> ProviderError {
    failed(Kind::Protocol, "the certificate cannot be read")
}

fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, "sns", kind, why)
}
