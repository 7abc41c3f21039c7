//! Amazon SES, API v2, operation SendEmail
//! (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>): one POST, signed by `aws-sigv4`
//! (docs/adr/0014).

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_sdk_s3::config::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lettre::message::Mailbox;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::config::SesConfig;
use super::{Accepted, Mailer, Message, SERVICE, TAG, mime};
use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::error::Error;

/// Name of this provider in errors.
pub const NAME: &str = "ses";

pub struct Ses {
    http: Client,
    config: SesConfig,
    url: Url,
    from: Mailbox,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    message_id: String,
}

impl Ses {
    /// # Errors
    /// `Internal` for a sender or an address that cannot be used.
    pub fn new(config: &SesConfig, from: &str) -> Result<Self, Error> {
        let base = match &config.endpoint {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("https://email.{}.amazonaws.com", config.region),
        };
        let url = format!("{base}/v2/email/outbound-emails").parse();
        Ok(Self {
            http: http::client(Some(config.timeout))?,
            url: url.map_err(|why| Error::internal(format!("the address of SES: {why}")))?,
            config: config.clone(),
            from: mime::sender(from).map_err(Error::internal)?,
        })
    }

    fn body(&self, message: &Message) -> Result<Vec<u8>, ProviderError> {
        let (mime, to) = mime::build(NAME, &self.from, message)?;
        let mut body = json!({
            "FromEmailAddress": self.from.to_string(),
            "Destination": { "ToAddresses": [to.to_string()] },
            "Content": { "Raw": { "Data": BASE64_STANDARD.encode(mime.formatted()) } },
            "EmailTags": [{ "Name": TAG, "Value": message.id.to_string() }],
        });
        if let Some(set) = &self.config.configuration_set {
            body["ConfigurationSetName"] = json!(set);
        }
        serde_json::to_vec(&body).map_err(|why| failed(Kind::Rejected, why.to_string()))
    }

    /// The headers that sign this body at this moment.
    fn signature(&self, body: &[u8], at: SystemTime) -> Result<Vec<(String, String)>, String> {
        let (id, secret) = (&self.config.access_key_id, &self.config.secret_access_key);
        let identity = Credentials::new(id, secret, None, None, "settings").into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.config.region)
            .name("ses")
            .time(at)
            .settings(SigningSettings::default())
            .build()
            .map_err(|why| why.to_string())?
            .into();
        let headers = [("content-type", "application/json")].into_iter();
        let request = SignableRequest::new(
            "POST",
            self.url.as_str(),
            headers,
            SignableBody::Bytes(body),
        );
        let signed = request.and_then(|request| sign(request, &params));
        let (instructions, _) = signed.map_err(|why| why.to_string())?.into_parts();
        let headers = instructions.headers();
        Ok(headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }
}

#[async_trait]
impl Mailer for Ses {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn send(&self, message: &Message) -> Result<Accepted, ProviderError> {
        let body = self.body(message)?;
        let signature = self.signature(&body, message.sent_at.into());
        let mut call = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in signature.map_err(|why| failed(Kind::Auth, why))? {
            call = call.header(name, value);
        }
        let sent = http::send(NAME, call.body(body)).await;
        let response = sent.map_err(of_reqwest)?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let answer = response.bytes().await.map_err(of_reqwest)?;
        match serde_json::from_slice::<Sent>(&answer) {
            Ok(sent) => Ok(Accepted {
                id: Some(sent.message_id),
            }),
            Err(_) => Err(failed(
                Kind::Protocol,
                "the answer does not name the message",
            )),
        }
    }
}

/// The name of the error is in a header, `x-amzn-ErrorType: TooManyRequestsException:http://...`; the body may repeat
/// addresses, and is not quoted.
async fn refusal(response: Response) -> ProviderError {
    let status = response.status();
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    let named = header("x-amzn-errortype").unwrap_or_default();
    let name = named.split(':').next().unwrap_or_default().to_owned();
    let after = header(RETRY_AFTER.as_str()).and_then(|text| text.trim().parse().ok());
    let after = after.map(Duration::from_secs);
    let kind = match (status.as_u16(), name.as_str()) {
        (429, _)
        | (_, "TooManyRequestsException" | "LimitExceededException" | "ThrottlingException") => {
            Kind::RateLimited(after)
        }
        // What an operator puts right: the credential, the identity, the account, the configuration set.
        (401 | 403 | 404, _)
        | (
            _,
            "MailFromDomainNotVerifiedException"
            | "AccountSuspendedException"
            | "SendingPausedException",
        ) => Kind::Auth,
        (400..=499, _) => Kind::Rejected,
        (500.., _) => Kind::Transient,
        _ => Kind::Protocol,
    };
    failed(kind, format!("answered with {status} {name}"))
}

fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}

fn of_reqwest(why: reqwest::Error) -> ProviderError {
    http::failed(SERVICE, NAME, why)
}
