//! Settings of the API alone.

use std::time::Duration;

use kernel::env::Env;
use kernel::networks::Networks;
use people::rate_limits::rules::RateLimits;
use people::users::init_data::InitDataConfig;

use crate::http::cors::Origins;

/// Where to listen, and which keys are accepted.
#[derive(Clone)]
pub struct ApiConfig {
    pub host: String,
    pub port: u16,
    /// Threads that answer requests.
    pub threads: usize,
    /// The key of the service n8n; unset: only keys of the database are accepted.
    pub n8n_api_key: Option<String>,
    /// The key of the admin page; unset: the page does not exist.
    pub admin_key: Option<String>,
    /// Where people may be sent after they have paid: host names, `*.name` for all below a name.
    pub payment_return_hosts: Vec<String>,
    /// Memory for uploads on their way, in bytes; uploads beyond it go through files.
    pub uploads_memory: usize,
    /// For the whole body of an upload.
    pub upload_timeout: Duration,
    /// For the whole body of any other request.
    pub body_timeout: Duration,
    /// How long running requests may go on after a request to stop.
    pub grace: Duration,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Networks,
    pub rate_limits: RateLimits,
    /// Sites whose pages may call the API.
    pub cors_origins: Origins,
    pub init_data: InitDataConfig,
}

impl ApiConfig {
    /// Reads the API's part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            host: env.or("API_HOST", "127.0.0.1".to_owned()),
            port: env.or("PORT", 3000),
            threads: env.or("API_THREADS", cores).max(1),
            n8n_api_key: env.optional("N8N_API_KEY"),
            admin_key: env.optional("ADMIN_KEY"),
            payment_return_hosts: env
                .or("PAYMENT_RETURN_HOSTS", "t.me".to_owned())
                .split(',')
                .map(|host| host.trim().to_owned())
                .filter(|host| !host.is_empty())
                .collect(),
            uploads_memory: env.within("UPLOADS_MEMORY_MB", 8, 1..=65_536) as usize * 1024 * 1024,
            upload_timeout: Duration::from_secs(env.or("UPLOAD_TIMEOUT_SECONDS", 60)),
            body_timeout: Duration::from_secs(env.or("BODY_TIMEOUT_SECONDS", 10)),
            grace: Duration::from_secs(env.or("API_GRACE_SECONDS", 10)),
            trusted_proxies: env.or("TRUSTED_PROXIES", Networks::default()),
            rate_limits: RateLimits::read(env),
            cors_origins: env.or("CORS_ALLOWED_ORIGINS", Origins::default()),
            init_data: InitDataConfig::read(env),
        }
    }
}
