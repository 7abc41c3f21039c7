//! Settings of the API alone.

use std::net::SocketAddr;
use std::time::Duration;

use kernel::env::{Env, Section, Setting, Spelling};
use kernel::networks::{Networks, is_loopback};
use people::rate_limits::rules::{self as rate_limits, RateLimits};
use people::sessions;
use people::users::init_data::{self, InitDataConfig};
use url::Url;

use crate::http::cors::{self, Origins};
use crate::money::invoices::fonts::{self, Fonts};
use crate::people::accounts::config::{self as accounts, AccountsConfig};
use crate::readings::waiting::permits::{self, WaitLimits};
use crate::web::framing::{self, WebConfig};

const HOST: Setting = Setting::new(
    "API_HOST",
    "127.0.0.1",
    "Where the API listens; 0.0.0.0 in a deployment.",
);
const PORT: Setting = Setting::new("PORT", "3000", "The port on which it listens.");
const THREADS: Setting = Setting::optional(
    "API_THREADS",
    "2",
    "Threads that answer requests. Not set: as many as the machine has cores.",
);
const N8N_API_KEY: Setting = Setting::optional(
    "N8N_API_KEY",
    "a-long-random-text",
    "The key that n8n's workflows send as X-API-Key. More keys, with fewer rights: `symancy keys \
     create`. Not set: only those.",
)
.chosen_secret();
const N8N_API_KEY_ALSO: Setting = Setting::optional(
    "N8N_API_KEY_ALSO",
    "the-one-before-this-one",
    "A second value that is accepted as N8N_API_KEY is, while it is rotated (docs/SECRETS.md). Not set: none.",
)
.chosen_secret();
const ROLLOUT: Setting = Setting::new(
    "N8N_ROLLOUT_PERCENT",
    "100",
    "Of how many persons in a hundred the workflow `route` of n8n hands over the updates to this API, while an \
     older workflow serves the others.",
)
.also(&[Spelling::same("MVP_TRAFFIC_PERCENTAGE")]);
const ADMIN_KEY: Setting = Setting::optional(
    "ADMIN_KEY",
    "a-long-random-text",
    "The password of the page /admin, for any user name; programs send it as X-Admin-Key. Choose a \
     long random one (openssl rand -hex 32). Not set: there is no such page.",
)
.chosen_secret();
const ADMIN_KEY_ALSO: Setting = Setting::optional(
    "ADMIN_KEY_ALSO",
    "the-one-before-this-one",
    "A second value that is accepted as ADMIN_KEY is, while it is rotated (docs/SECRETS.md). Not set: none.",
)
.chosen_secret();
const ADMIN_ALLOW: Setting = Setting::optional(
    "ADMIN_ALLOW",
    "10.0.0.0/8",
    "Networks or addresses from which there is an admin page, and the API of operators (/v1/admin), separated by \
     commas; by the client's address (TRUSTED_PROXIES). Not set: from everywhere.",
)
.also(&[Spelling::same("ADMIN_ALLOWED_ADDRESSES")]);
const GROSS_MARGIN: Setting = Setting::optional(
    "GROSS_MARGIN",
    "0.8",
    "What is left of a unit of revenue after all that it costs, for the worth of a customer \
     (/v1/analytics/revenue/ltv). Not set: 1 - cost of AI / net revenue, which is known of US dollars alone.",
);
const METRICS_ADDR: Setting = Setting::new(
    "API_METRICS_ADDR",
    "127.0.0.1:9464",
    "Where the API shows its metrics, at /metrics.",
);
const METRICS_IN_PUBLIC: Setting = Setting::new(
    "API_METRICS_IN_PUBLIC",
    "false",
    "Whether /metrics is on the port of the API too, for everyone. They tell plans sold, sums paid and \
     attacks noticed.",
);
const DOCS: Setting = Setting::new(
    "API_DOCS",
    "true",
    "Whether /docs and /openapi.json are served.",
);
const PAYMENT_RETURN_HOSTS: Setting = Setting::new(
    "PAYMENT_RETURN_HOSTS",
    "t.me",
    "Hosts that people may be sent to after they have paid, separated by commas; `*.example.org` \
     stands for all below example.org. Another port than 443 has to be named: `example.org:8443`.",
)
.also(&[Spelling::converted(
    "FRONTEND_URL",
    "the host of this address, besides t.me",
    |url| {
        let url = Url::parse(url).map_err(|why| why.to_string())?;
        let host = url.host_str().ok_or("it has no host")?;
        let port = url
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        Ok(format!("t.me,{host}{port}"))
    },
)]);
const UPLOADS_MEMORY: Setting = Setting::new(
    "UPLOADS_MEMORY_MB",
    "8",
    "Memory for uploads on their way (megabytes); those that find none within a second go through \
     files.",
);
const UPLOAD_TIMEOUT: Setting = Setting::new(
    "UPLOAD_TIMEOUT_SECONDS",
    "60",
    "For the whole body of an upload.",
);
const BODY_TIMEOUT: Setting = Setting::new(
    "BODY_TIMEOUT_SECONDS",
    "10",
    "For the whole body of any other request.",
);
const GRACE: Setting = Setting::new(
    "API_GRACE_SECONDS",
    "10",
    "How long running requests may go on after the listener has closed.",
);
const DRAIN: Setting = Setting::new(
    "API_DRAIN_MS",
    "5000",
    "After SIGTERM, how long requests are still taken while /v1/ready answers 503 (milliseconds): what \
     balances the load has to ask at least once in that time. Then the listener closes.",
);
const TRUSTED_PROXIES: Setting = Setting::optional(
    "TRUSTED_PROXIES",
    "127.0.0.0/8",
    "Proxies whose X-Forwarded-For is believed: networks or addresses, separated by commas; `none` \
     where clients connect without one. Not set: none, which will do on this machine alone.",
);

/// The settings that the API alone reads, as the lists of the features.
pub const SETTINGS: &[Section] = &[
    Section {
        title: "API",
        settings: &[
            HOST,
            PORT,
            THREADS,
            N8N_API_KEY,
            N8N_API_KEY_ALSO,
            ROLLOUT,
            ADMIN_KEY,
            ADMIN_KEY_ALSO,
            ADMIN_ALLOW,
            GROSS_MARGIN,
            METRICS_ADDR,
            METRICS_IN_PUBLIC,
            DOCS,
            PAYMENT_RETURN_HOSTS,
            fonts::CJK,
            UPLOADS_MEMORY,
            UPLOAD_TIMEOUT,
            BODY_TIMEOUT,
            GRACE,
            DRAIN,
            TRUSTED_PROXIES,
            cors::ALLOWED_ORIGINS,
        ],
    },
    rate_limits::SETTINGS,
    permits::SETTINGS,
    init_data::SETTINGS,
    framing::SETTINGS,
    accounts::SETTINGS,
    sessions::SETTINGS,
];

/// Where to listen, and which keys are accepted.
#[derive(Clone)]
pub struct ApiConfig {
    pub host: String,
    pub port: u16,
    /// Threads that answer requests.
    pub threads: usize,
    /// The key of the service n8n; unset: only keys of the database are accepted.
    pub n8n_api_key: Option<String>,
    /// A second one, while it is rotated.
    pub n8n_api_key_also: Option<String>,
    /// Of how many persons in a hundred the updates are ours, where workflows of n8n divide them.
    pub rollout_percent: u64,
    /// The key of the admin page; unset: the page does not exist.
    pub admin_key: Option<String>,
    /// A second one, while it is rotated; alone it opens nothing.
    pub admin_key_also: Option<String>,
    /// From where there is an admin page, and `/v1/admin`; unset: from everywhere.
    pub admin_allow: Option<Networks>,
    /// What is left of a unit of revenue; unset: computed from the cost of AI.
    pub gross_margin: Option<f64>,
    /// Address of the listener of `/metrics`.
    pub metrics_addr: SocketAddr,
    /// Whether `/metrics` is on the public port too.
    pub metrics_in_public: bool,
    /// Whether `/docs` and `/openapi.json` are served.
    pub docs: bool,
    /// Where people may be sent after they have paid: host names, `*.name` for all below a name.
    pub payment_return_hosts: Vec<String>,
    /// Of the PDFs of invoices.
    pub fonts: Fonts,
    /// Memory for uploads on their way, in bytes; uploads beyond it go through files.
    pub uploads_memory: usize,
    /// For the whole body of an upload.
    pub upload_timeout: Duration,
    /// For the whole body of any other request.
    pub body_timeout: Duration,
    /// How long running requests may go on after the listener has closed.
    pub grace: Duration,
    /// How long requests are still taken after a request to stop.
    pub drain: Duration,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Networks,
    pub rate_limits: RateLimits,
    /// Requests that wait or stream at once.
    pub waiting: WaitLimits,
    /// Sites whose pages may call the API.
    pub cors_origins: Origins,
    pub init_data: InitDataConfig,
    pub web: WebConfig,
    pub accounts: AccountsConfig,
}

impl ApiConfig {
    /// Reads the API's part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            host: host(env),
            port: env.value(&PORT),
            threads: env.parsed(&THREADS).unwrap_or(cores).max(1),
            n8n_api_key: env.optional(&N8N_API_KEY),
            n8n_api_key_also: env.optional(&N8N_API_KEY_ALSO),
            rollout_percent: env.within(&ROLLOUT, 0..=100),
            admin_key: env.optional(&ADMIN_KEY),
            admin_key_also: env.optional(&ADMIN_KEY_ALSO),
            admin_allow: env.parsed(&ADMIN_ALLOW),
            gross_margin: gross_margin(env),
            metrics_addr: env.value(&METRICS_ADDR),
            metrics_in_public: env.value(&METRICS_IN_PUBLIC),
            docs: env.value(&DOCS),
            payment_return_hosts: env
                .value::<String>(&PAYMENT_RETURN_HOSTS)
                .split(',')
                .map(|host| host.trim().to_owned())
                .filter(|host| !host.is_empty())
                .collect(),
            fonts: Fonts::read(env),
            uploads_memory: env.within(&UPLOADS_MEMORY, 1..=65_536) as usize * 1024 * 1024,
            upload_timeout: Duration::from_secs(env.value(&UPLOAD_TIMEOUT)),
            body_timeout: Duration::from_secs(env.value(&BODY_TIMEOUT)),
            grace: Duration::from_secs(env.value(&GRACE)),
            drain: Duration::from_millis(env.value(&DRAIN)),
            trusted_proxies: trusted_proxies(env),
            rate_limits: RateLimits::read(env),
            waiting: WaitLimits::read(env),
            cors_origins: env.value(&cors::ALLOWED_ORIGINS),
            init_data: InitDataConfig::read(env),
            web: WebConfig::read(env),
            accounts: AccountsConfig::read(env),
        }
    }
}

fn gross_margin(env: &mut Env<'_>) -> Option<f64> {
    let margin = env.parsed(&GROSS_MARGIN)?;
    if !(0.0..=1.0).contains(&margin) {
        env.fault(
            &GROSS_MARGIN,
            "it must be a part of 1, from 0 to 1 (80 %: 0.8)",
        );
    }
    Some(margin)
}

fn host(env: &mut Env<'_>) -> String {
    let host: String = env.value(&HOST);
    env.leads(&HOST, is_loopback(&host));
    host
}

/// Behind a proxy that is not named all clients have one address, and block each other. Each platform
/// has one in front, so that there is none has to be said.
fn trusted_proxies(env: &mut Env<'_>) -> Networks {
    match env.optional(&TRUSTED_PROXIES).as_deref() {
        None => {
            let why = "it is not set; name the networks of the proxies in front, or say `none`";
            env.weakness(&TRUSTED_PROXIES, why);
            Networks::default()
        }
        Some("none") => Networks::default(),
        Some(_) => env.parsed(&TRUSTED_PROXIES).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use kernel::env::ConfigError;

    use super::*;

    fn read(name: &'static str, value: &'static str) -> Result<ApiConfig, ConfigError> {
        let lookup = |asked: &str| (asked == name).then(|| value.to_owned());
        let mut env = Env::new(&lookup);
        let config = ApiConfig::read(&mut env);
        env.finish(config)
    }

    #[test]
    fn the_web_site_may_call_the_api_and_people_may_return_to_it() {
        let config = read("FRONTEND_URL", "https://app.example.com:8443/start").expect("no fault");
        assert!(config.cors_origins.allow("https://app.example.com:8443"));
        assert!(!config.cors_origins.allow("https://app.example.com"));
        assert_eq!(
            config.payment_return_hosts,
            ["t.me", "app.example.com:8443"]
        );
        let config = read("CORS_ORIGINS", "https://example.org").expect("no fault");
        assert!(config.cors_origins.allow("https://example.org"));
    }

    #[test]
    fn a_gross_margin_is_a_part_of_one() {
        for margin in ["0", "0.8", "1"] {
            let config = read("GROSS_MARGIN", margin).expect("no fault");
            assert_eq!(config.gross_margin, margin.parse().ok());
        }
        for margin in ["80", "-1", "NaN", "inf"] {
            let faults = read("GROSS_MARGIN", margin).map(|_| ());
            let ConfigError(faults) = faults.expect_err(margin);
            assert!(faults[0].contains("from 0 to 1"), "{faults:?}");
        }
    }

    #[test]
    fn a_web_site_without_a_scheme_is_a_fault() {
        let faults = read("FRONTEND_URL", "app.example.com").map(|_| ());
        let ConfigError(faults) = faults.expect_err("not an address");
        assert_eq!(
            faults,
            ["FRONTEND_URL is \"app.example.com\": relative URL without a base"]
        );
    }
}
