//! A mail server, by SMTP (RFC 5321). One connection a letter, in steps of our own, because the step decides what a
//! failure means: before the last dot nothing was sent, after it the server may have taken the letter.

use std::time::Duration;

use async_trait::async_trait;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::time;

use super::config::{SmtpConfig, SmtpTls};
use super::{Accepted, Mailer, Message, SERVICE, mime};
use crate::{ProviderError, ProviderErrorKind as Kind};
use kernel::error::Error;

/// Name of this provider in errors.
pub const NAME: &str = "smtp";

/// For the goodbye, which changes nothing.
const QUIT: Duration = Duration::from_secs(2);

/// The longest quotation of a server's answer, in characters.
const QUOTED_MAX: usize = 200;

pub struct Smtp {
    config: SmtpConfig,
    from: Mailbox,
    tls: Option<TlsParameters>,
    hello: ClientId,
}

/// How far a letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Connect,
    Credential,
    Sender,
    Recipient,
    /// Up to the server's leave to send the letter.
    Data,
    /// The letter, its last dot, and the answer to it.
    Letter,
}

impl Smtp {
    /// # Errors
    /// `Internal` for a sender or a name of the server that cannot be used.
    pub fn new(config: &SmtpConfig, from: &str) -> Result<Self, Error> {
        let from = mime::sender(from).map_err(Error::internal)?;
        let tls = match config.tls {
            SmtpTls::None => None,
            SmtpTls::StartTls | SmtpTls::Implicit => {
                let tls = TlsParameters::new_rustls(config.host.clone());
                Some(tls.map_err(|why| Error::internal(format!("TLS of SMTP: {why}")))?)
            }
        };
        Ok(Self {
            hello: ClientId::Domain(from.email.domain().to_owned()),
            config: config.clone(),
            from,
            tls,
        })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, ProviderError> {
        let server = (self.config.host.as_str(), self.config.port);
        let implicit = self
            .tls
            .clone()
            .filter(|_| self.config.tls == SmtpTls::Implicit);
        let timeout = Some(self.config.timeout);
        let open =
            AsyncSmtpConnection::connect_tokio1(server, timeout, &self.hello, implicit, None);
        let mut conn = self.within(Step::Connect, open).await?;
        if let (SmtpTls::StartTls, Some(tls)) = (self.config.tls, &self.tls) {
            let upgrade = conn.starttls(tls.clone(), &self.hello);
            self.within(Step::Connect, upgrade).await?;
        }
        if let Some((user, password)) = &self.config.credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let sign_in = conn.auth(&mechanisms, &credentials);
            self.within(Step::Credential, sign_in).await?;
        }
        Ok(conn)
    }

    async fn transfer(
        &self,
        conn: &mut AsyncSmtpConnection,
        to: Address,
        letter: &[u8],
    ) -> Result<Response, ProviderError> {
        let from = Mail::new(Some(self.from.email.clone()), Vec::new());
        self.within(Step::Sender, conn.command(from)).await?;
        let to = Rcpt::new(to, Vec::new());
        self.within(Step::Recipient, conn.command(to)).await?;
        self.within(Step::Data, conn.command(Data)).await?;
        self.within(Step::Letter, conn.message(letter)).await
    }

    async fn within<T>(
        &self,
        step: Step,
        work: impl Future<Output = Result<T, SmtpError>>,
    ) -> Result<T, ProviderError> {
        match time::timeout(self.config.timeout, work).await {
            Ok(done) => done.map_err(|why| failed(step, &why)),
            Err(_) if step == Step::Letter => Err(error(Kind::Timeout, "no answer to the letter")),
            Err(_) => Err(error(Kind::Transient, format!("no answer: {step:?}"))),
        }
    }
}

#[async_trait]
impl Mailer for Smtp {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn send(&self, message: &Message) -> Result<Accepted, ProviderError> {
        let (mime, to) = mime::build(NAME, &self.from, message)?;
        let mut conn = self.connect().await?;
        let sent = self.transfer(&mut conn, to, &mime.formatted()).await;
        // Whatever comes of it, the letter's fate is known already.
        let _ = time::timeout(QUIT, conn.quit()).await;
        sent.map(|_| Accepted { id: None })
    }
}

fn failed(step: Step, why: &SmtpError) -> ProviderError {
    let Some(code) = why.status() else {
        let kind = match step {
            Step::Letter if why.is_timeout() => Kind::Timeout,
            Step::Letter if why.is_response() && !is_broken_off(why) => Kind::Protocol,
            Step::Letter => Kind::Interrupted,
            _ => Kind::Transient,
        };
        return error(kind, format!("{step:?}: {}", quoted(why)));
    };
    let code: u16 = code.into();
    let kind = match code {
        400..=499 if step == Step::Credential => Kind::Auth,
        400..=499 => Kind::Transient,
        _ => permanent(step, code, &why.to_string()),
    };
    // The answer to a credential may repeat it.
    let text = match step {
        Step::Credential => String::new(),
        _ => quoted(why),
    };
    error(kind, format!("{step:?}: {code} {text}"))
}

/// A 5xx. RFC 3463: 5.1.x and 5.2.1 are about the recipient, 5.7.x about who may send what.
fn permanent(step: Step, code: u16, text: &str) -> Kind {
    let has = |class: &str| text.contains(class);
    let is_about_recipient = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]
        .iter()
        .any(|class| has(class));
    match step {
        Step::Connect | Step::Credential | Step::Sender => Kind::Auth,
        Step::Recipient if is_about_recipient => Kind::RecipientGone,
        Step::Recipient if matches!(code, 550 | 551 | 553) && !has("5.7.") => Kind::RecipientGone,
        Step::Data | Step::Letter if is_about_recipient => Kind::RecipientGone,
        Step::Recipient | Step::Data | Step::Letter => Kind::Rejected,
    }
}

/// lettre's words for a connection that ends instead of an answer.
fn is_broken_off(why: &SmtpError) -> bool {
    why.to_string().contains("incomplete response")
}

fn quoted(why: &SmtpError) -> String {
    let text = why.to_string();
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one_line.chars().take(QUOTED_MAX).collect()
}

fn error(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}
