//! Settings of the mailer.

use std::time::Duration;

use url::Url;

use kernel::env::{Env, Section, Setting, Spelling};
use kernel::networks::is_loopback;

const TRANSPORT: Setting = Setting::new(
    "EMAIL_TRANSPORT",
    "disabled",
    "How letters leave: `smtp`, `ses` (Amazon SES), or `disabled`.",
);
const FROM: Setting = Setting::optional(
    "EMAIL_FROM",
    "Symancy <noreply@example.com>",
    "Whom letters come from. Not set: a fault if letters are sent.",
)
.also(&[Spelling::same("FROM_EMAIL")]);
const TIMEOUT: Setting = Setting::new(
    "EMAIL_TIMEOUT_SECONDS",
    "30",
    "For one step of SMTP, or one call of SES.",
);
const SMTP_HOST: Setting = Setting::optional(
    "SMTP_HOST",
    "smtp.example.com",
    "The mail server. Not set: a fault with EMAIL_TRANSPORT=smtp.",
);
const SMTP_PORT: Setting = Setting::new("SMTP_PORT", "587", "Its port.");
const SMTP_TLS: Setting = Setting::new(
    "SMTP_TLS",
    "starttls",
    "`starttls` (port 587), `implicit` (port 465), or `none` for a server on this machine. Without TLS nothing is \
     sent over a network.",
);
const SMTP_USER: Setting = Setting::optional(
    "SMTP_USER",
    "symancy",
    "The name at the server. Not set: the server asks for none.",
)
.also(&[Spelling::same("SMTP_USERNAME")]);
const SMTP_PASSWORD: Setting = Setting::optional(
    "SMTP_PASSWORD",
    "the password there",
    "Its password. Not set: a fault if there is a name.",
)
.secret()
.also(&[Spelling::same("SMTP_PASS")]);
const SES_REGION: Setting = Setting::new(
    "SES_REGION",
    "eu-west-1",
    "The region of SES, and of the topics that tell what became of letters.",
)
.also(&[Spelling::same("AWS_REGION")]);
const SES_ENDPOINT: Setting = Setting::optional(
    "SES_ENDPOINT",
    "https://email.eu-west-1.amazonaws.com",
    "Where SES is. Not set: that of the region.",
);
const SES_ACCESS_KEY_ID: Setting = Setting::optional(
    "SES_ACCESS_KEY_ID",
    "AKIA...",
    "The credential for SES. Not set: a fault with EMAIL_TRANSPORT=ses.",
)
.also(&[Spelling::same("AWS_ACCESS_KEY_ID")]);
const SES_SECRET_ACCESS_KEY: Setting = Setting::optional(
    "SES_SECRET_ACCESS_KEY",
    "wJalrXUtn...",
    "The secret of this credential. Not set: a fault with EMAIL_TRANSPORT=ses.",
)
.secret()
.also(&[Spelling::same("AWS_SECRET_ACCESS_KEY")]);
const SES_CONFIGURATION_SET: Setting = Setting::optional(
    "SES_CONFIGURATION_SET",
    "symancy",
    "The configuration set that publishes what became of letters. Not set: that of the identity.",
);
const SES_TOPICS: Setting = Setting::optional(
    "SES_TOPIC_ARNS",
    "arn:aws:sns:eu-west-1:123456789012:symancy-mail",
    "The SNS topics whose notices POST /v1/webhooks/ses takes, with commas between. Not set: none.",
);
const SNS_ENDPOINT: Setting = Setting::optional(
    "SNS_ENDPOINT",
    "https://sns.eu-west-1.amazonaws.com",
    "What stands in for SNS where certificates and confirmations are fetched. Not set: SNS in the topic's region.",
);

pub const SETTINGS: Section = Section {
    title: "E-mail",
    settings: &[
        TRANSPORT,
        FROM,
        TIMEOUT,
        SMTP_HOST,
        SMTP_PORT,
        SMTP_TLS,
        SMTP_USER,
        SMTP_PASSWORD,
        SES_REGION,
        SES_ENDPOINT,
        SES_ACCESS_KEY_ID,
        SES_SECRET_ACCESS_KEY,
        SES_CONFIGURATION_SET,
        SES_TOPICS,
        SNS_ENDPOINT,
    ],
};

/// The mailer.
#[derive(Clone, Debug)]
pub struct MailerConfig {
    /// With or without a name; empty where nothing is sent.
    pub from: String,
    pub transport: Transport,
    pub notices: SnsConfig,
}

/// How letters leave.
#[derive(Clone, Debug)]
pub enum Transport {
    Disabled,
    Smtp(SmtpConfig),
    Ses(SesConfig),
}

/// A mail server.
#[derive(Clone)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    /// Name and password.
    pub credentials: Option<(String, String)>,
    /// For one step of the protocol.
    pub timeout: Duration,
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    StartTls,
    Implicit,
    /// Never: on this machine alone.
    None,
}

/// Amazon SES.
#[derive(Clone)]
pub struct SesConfig {
    /// Instead of that of the region.
    pub endpoint: Option<Url>,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    pub configuration_set: Option<String>,
    /// For one call.
    pub timeout: Duration,
}

/// Notices of SNS.
#[derive(Clone, Debug)]
pub struct SnsConfig {
    /// The topics whose notices are taken.
    pub topics: Vec<String>,
    /// What stands in for SNS.
    pub endpoint: Option<Url>,
    /// For one call.
    pub timeout: Duration,
}

impl std::fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Smtp({}:{}, {:?})", self.host, self.port, self.tls)
    }
}

impl std::fmt::Debug for SesConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ses({})", self.region)
    }
}

impl std::str::FromStr for SmtpTls {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "starttls" => Ok(Self::StartTls),
            "implicit" => Ok(Self::Implicit),
            "none" => Ok(Self::None),
            _ => Err("it must be starttls, implicit or none"),
        }
    }
}

impl MailerConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let timeout = Duration::from_secs(env.within(&TIMEOUT, 1..=60));
        let (smtp, ses) = (Smtp::read(env), Ses::read(env));
        let name: String = env.value(&TRANSPORT);
        let transport = match name.as_str() {
            "smtp" => Transport::Smtp(smtp.used(env, timeout)),
            "ses" => Transport::Ses(ses.used(env, timeout)),
            "disabled" => Transport::Disabled,
            _ => {
                env.fault(&TRANSPORT, "it must be smtp, ses or disabled");
                Transport::Disabled
            }
        };
        let from = match transport {
            Transport::Disabled => env.optional(&FROM).unwrap_or_default(),
            _ => env.required(&FROM),
        };
        if !from.is_empty()
            && let Err(why) = super::is_sender(&from)
        {
            env.fault(&FROM, why);
        }
        Self {
            from,
            transport,
            notices: SnsConfig::read(env, timeout),
        }
    }

    /// Whether letters leave.
    pub fn sends(&self) -> bool {
        !matches!(self.transport, Transport::Disabled)
    }
}

impl SnsConfig {
    fn read(env: &mut Env<'_>, timeout: Duration) -> Self {
        let topics = env.optional(&SES_TOPICS).unwrap_or_default();
        let topics = topics
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty());
        let topics: Vec<String> = topics.map(str::to_owned).collect();
        if topics.iter().any(|one| region_of(one).is_none()) {
            env.fault(
                &SES_TOPICS,
                "a topic must be like arn:aws:sns:eu-west-1:123456789012:name",
            );
        }
        Self {
            endpoint: env.optional_url(&SNS_ENDPOINT),
            topics,
            timeout,
        }
    }
}

/// The region in the name of a topic.
pub fn region_of(topic: &str) -> Option<&str> {
    let parts: Vec<&str> = topic.split(':').collect();
    let [arn, partition, "sns", region, account, name] = parts[..] else {
        return None;
    };
    let is_region = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let is_good = arn == "arn"
        && partition.starts_with("aws")
        && !region.is_empty()
        && region.bytes().all(is_region)
        && account.bytes().all(|b| b.is_ascii_digit())
        && !name.is_empty();
    is_good.then_some(region)
}

/// What the environment says of the mail server, used or not.
struct Smtp {
    host: Option<String>,
    port: u16,
    tls: SmtpTls,
    user: Option<String>,
    password: Option<String>,
}

impl Smtp {
    fn read(env: &mut Env<'_>) -> Self {
        Self {
            host: env.optional(&SMTP_HOST),
            port: u16::try_from(env.within(&SMTP_PORT, 1..=65_535)).unwrap_or_default(),
            tls: env.value(&SMTP_TLS),
            user: env.optional(&SMTP_USER),
            password: env.optional(&SMTP_PASSWORD),
        }
    }

    fn used(self, env: &mut Env<'_>, timeout: Duration) -> SmtpConfig {
        let host = self.host.unwrap_or_else(|| env.required(&SMTP_HOST));
        let is_local = is_loopback(&host);
        env.leads(&SMTP_HOST, is_local || host.is_empty());
        if self.tls == SmtpTls::None && !is_local {
            env.fault(
                &SMTP_TLS,
                "without TLS letters go to a server on this machine alone",
            );
        }
        let credentials = self.user.map(|user| {
            let password = self
                .password
                .unwrap_or_else(|| env.required(&SMTP_PASSWORD));
            (user, password)
        });
        SmtpConfig {
            host,
            port: self.port,
            tls: self.tls,
            credentials,
            timeout,
        }
    }
}

/// What the environment says of SES, used or not.
struct Ses {
    region: String,
    endpoint: Option<Url>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    configuration_set: Option<String>,
}

impl Ses {
    fn read(env: &mut Env<'_>) -> Self {
        Self {
            region: env.value(&SES_REGION),
            endpoint: env.optional_url_anywhere(&SES_ENDPOINT),
            access_key_id: env.optional(&SES_ACCESS_KEY_ID),
            secret_access_key: env.optional(&SES_SECRET_ACCESS_KEY),
            configuration_set: env.optional(&SES_CONFIGURATION_SET),
        }
    }

    fn used(self, env: &mut Env<'_>, timeout: Duration) -> SesConfig {
        let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !self.region.bytes().all(is_part) {
            env.fault(&SES_REGION, "it must be like eu-west-1");
        }
        match &self.endpoint {
            Some(url) => env.leads_to(&SES_ENDPOINT, url),
            None => env.leads(&SES_REGION, false),
        }
        SesConfig {
            endpoint: self.endpoint,
            region: self.region,
            access_key_id: self
                .access_key_id
                .unwrap_or_else(|| env.required(&SES_ACCESS_KEY_ID)),
            secret_access_key: self
                .secret_access_key
                .unwrap_or_else(|| env.required(&SES_SECRET_ACCESS_KEY)),
            configuration_set: self.configuration_set,
            timeout,
        }
    }
}
