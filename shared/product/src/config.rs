//! The settings that all programs read, composed from the parts of their crates. `.env.example` lists
//! them (`crate::settings`).

use ai::config::{AiUse, DAILY_BUDGET};
use analytics::config::AnalyticsConfig;
use backups::config::BackupConfig;
use bot::documents::BotConfig;
use jobs::limits::{Limit, Limits};
use kernel::db::DbConfig;
use kernel::env::{Env, Section, Setting};
use kernel::redis::RedisConfig;
use kernel::telemetry::TelemetryConfig;
use mail::config::MailConfig;
use money::invoices::config::Terms;
use people::abuse_memory::MemorySecret;
use people::factors::vault::Vault;
use vendors::ai::AiConfig;
use vendors::broker::BrokerConfig;
use vendors::mailer::MailerConfig;
use vendors::messenger::MessengerConfig;
use vendors::passwords::PasswordsConfig;
use vendors::payment::PaymentConfig;
use vendors::product_analytics::ProductAnalyticsConfig;
use vendors::storage::StorageConfig;
use vendors::webhook::WebhookConfig;
use vendors::workflow::WorkflowConfig;

use crate::at_rest::AtRest;
use crate::public_url::PublicUrl;

const USER_RUNNING: Setting = Setting::new(
    "ANALYSES_RUNNING_PER_USER",
    "3",
    "Steps of one person's readings that run at once.",
);
const TELEGRAM_RATE: Setting = Setting::new(
    "TELEGRAM_PER_SECOND",
    "30",
    "Messages a second to all chats together: Telegram's own limit.",
);
const CHAT_RATE: Setting = Setting::new(
    "TELEGRAM_CHAT_PER_SECOND",
    "1",
    "Messages a second to one chat: Telegram's own limit.",
);
const AI_RUNNING: Setting = Setting::new(
    "AI_RUNNING",
    "64",
    "Steps that ask an AI at once. What each vendor may be asked stands in workflows/models.toml.",
);
const AI_RATE: Setting = Setting::new(
    "AI_PER_SECOND",
    "0",
    "Steps that ask an AI and begin in a second. 0: no limit.",
);
const MAIL_RATE: Setting = Setting::new(
    "MAIL_PER_SECOND",
    "14",
    "Letters a second: what SES allows an account at first.",
);
const MAIL_RUNNING: Setting = Setting::new(
    "MAIL_RUNNING_PER_DOMAIN",
    "5",
    "Letters on their way to addresses of one domain at once.",
);
const WEBHOOK_RUNNING: Setting = Setting::new(
    "WEBHOOKS_RUNNING_PER_ENDPOINT",
    "2",
    "Calls of one webhook of a customer at once. One that is slow keeps others waiting by these alone.",
);
const WEBHOOKS_RUNNING: Setting = Setting::new(
    "WEBHOOKS_RUNNING_PER_ACCOUNT",
    "4",
    "Calls of all webhooks of one customer at once: their slow ones hold up those of no other customer.",
);

/// The throttles.
pub(crate) const SETTINGS: Section = Section {
    title: "Throttles, across all workers",
    settings: &[
        USER_RUNNING,
        TELEGRAM_RATE,
        CHAT_RATE,
        AI_RUNNING,
        AI_RATE,
        MAIL_RATE,
        MAIL_RUNNING,
        WEBHOOK_RUNNING,
        WEBHOOKS_RUNNING,
    ],
};

/// What every process needs to build its [`crate::Core`].
#[derive(Clone, Debug)]
pub struct Config {
    pub telemetry: TelemetryConfig,
    pub public_url: PublicUrl,
    pub db: DbConfig,
    pub redis: RedisConfig,
    pub limits: Limits,
    pub ai: AiConfig,
    pub ai_use: AiUse,
    pub messenger: MessengerConfig,
    pub bot: BotConfig,
    pub payment: PaymentConfig,
    pub invoices: Terms,
    pub workflow: WorkflowConfig,
    pub webhooks: WebhookConfig,
    pub mailer: MailerConfig,
    pub mail: MailConfig,
    pub analytics: AnalyticsConfig,
    pub passwords: PasswordsConfig,
    pub broker: BrokerConfig,
    pub product_analytics: ProductAnalyticsConfig,
    pub storage: StorageConfig,
    pub at_rest: AtRest,
    pub backups: BackupConfig,
    pub memory_secret: MemorySecret,
    /// What seals secrets that have to be read again.
    pub vault: Vault,
}

impl Config {
    /// Reads the shared part; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let config = Self {
            telemetry: TelemetryConfig::read(env),
            public_url: PublicUrl::read(env),
            db: DbConfig::read(env),
            redis: RedisConfig::read(env),
            limits: limits(env),
            ai: AiConfig::read(env),
            ai_use: AiUse::read(env),
            messenger: MessengerConfig::read(env),
            bot: BotConfig::read(env),
            payment: PaymentConfig::read(env),
            invoices: Terms::read(env),
            workflow: WorkflowConfig::read(env),
            webhooks: WebhookConfig::read(env),
            mailer: MailerConfig::read(env),
            mail: MailConfig::read(env),
            analytics: AnalyticsConfig::read(env),
            passwords: PasswordsConfig::read(env),
            broker: BrokerConfig::read(env),
            product_analytics: ProductAnalyticsConfig::read(env),
            storage: StorageConfig::read(env),
            at_rest: AtRest::read(env),
            backups: BackupConfig::read(env),
            memory_secret: MemorySecret::read(env),
            vault: Vault::read(env),
        };
        if config.ai.is_paid() && config.ai_use.budgets.deployment.is_none() {
            env.weakness(
                &DAILY_BUDGET,
                "a paid vendor of AI is asked and no budget bounds its bill",
            );
        }
        config
    }
}

/// The throttle of each class of keys: running shares and rates. The class is the part before the
/// colon of a job's key.
fn limits(env: &mut Env<'_>) -> Limits {
    // A share of 0 would block every job for ever.
    let mut running = |setting| {
        let count = env.within(setting, 1..=1_000_000);
        u32::try_from(count).ok()
    };
    let user = Limit {
        running: running(&USER_RUNNING),
        ..Limit::default()
    };
    let ai_running = running(&AI_RUNNING);
    let mail_domain = Limit {
        running: running(&MAIL_RUNNING),
        ..Limit::default()
    };
    let webhook = Limit {
        running: running(&WEBHOOK_RUNNING),
        ..Limit::default()
    };
    let webhooks_of = Limit {
        running: running(&WEBHOOKS_RUNNING),
        ..Limit::default()
    };
    let rate = |per_second, burst| Limit {
        per_second: Some(per_second),
        burst: Some(burst),
        ..Limit::default()
    };
    let ai_rate: f64 = env.value(&AI_RATE);
    let ai = Limit {
        running: ai_running,
        per_second: Some(ai_rate),
        burst: Some(ai_rate.ceil() as u32),
    };
    Limits::new([
        ("user", user),
        // Both from the Bot API's FAQ, which allows short bursts into one chat.
        ("telegram", rate(env.value(&TELEGRAM_RATE), 30)),
        ("chat", rate(env.value(&CHAT_RATE), 3)),
        ("ai", ai),
        ("mail", rate(env.value(&MAIL_RATE), 14)),
        ("mail_domain", mail_domain),
        ("webhook", webhook),
        ("webhooks_of", webhooks_of),
    ])
}

#[cfg(test)]
mod tests {
    use kernel::env::ConfigError;

    use super::*;

    #[test]
    fn a_malformed_address_is_a_fault_and_not_a_panic() {
        let lookup = |_: &str| Some("not an address".to_owned());
        let mut env = Env::new(&lookup);
        let config = Config::read(&mut env);
        let faults = env.finish(config).expect_err("faults").0.join("\n");
        assert!(
            faults.contains("TELEGRAM_WEBHOOK_URL is \"not an address\""),
            "{faults}"
        );
        assert!(faults.contains("TINKOFF_NOTIFICATION_URL is"), "{faults}");
    }

    fn limits_with(name: &'static str, value: &'static str) -> Result<Limits, ConfigError> {
        let lookup = |asked: &str| (asked == name).then(|| value.to_owned());
        let mut env = Env::new(&lookup);
        let limits = limits(&mut env);
        env.finish(limits)
    }

    #[test]
    fn a_share_of_nothing_is_a_fault_and_a_rate_of_nothing_is_no_rate() {
        for name in ["ANALYSES_RUNNING_PER_USER", "AI_RUNNING"] {
            let faults = limits_with(name, "0").expect_err("nothing could run");
            assert!(faults.to_string().contains(name), "{faults}");
        }
        for rate in ["0", "-1", "inf", "NaN"] {
            let limits = limits_with("TELEGRAM_PER_SECOND", rate).expect("valid");
            assert!(!limits.any_rate(&["telegram".to_owned()]), "{rate}");
            assert!(limits.any_rate(&["chat:1".to_owned()]));
        }
    }

    #[test]
    fn all_faults_are_returned_at_once() {
        let lookup = |name: &str| (name == "DATABASE_POOL_SIZE").then(|| "many".to_owned());
        let mut env = Env::new(&lookup);
        let config = Config::read(&mut env);
        let ConfigError(faults) = env.finish(config).expect_err("the environment is empty");
        let faults = faults.join("\n");
        for name in [
            "DATABASE_URL",
            "REDIS_URL",
            "TELEGRAM_BOT_TOKEN",
            "DATABASE_POOL_SIZE",
        ] {
            assert!(faults.contains(name), "{name} is missing in:\n{faults}");
        }
    }
}
