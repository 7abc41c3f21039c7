//! Every secret and every address of the settings is guarded at the start of a program.

use std::collections::BTreeMap;

use api::config::ApiConfig;
use kernel::env::{ConfigError, Env, Setting};
use product::Config;
use url::Url;
use worker::config::WorkerConfig;

use super::sections;

/// Secrets whose form a vendor chooses, or the operator of a server.
const ISSUED: [&str; 26] = [
    "DATABASE_URL",
    "DATABASE_REPLICA_URL",
    "REDIS_URL",
    "REDIS_PASSWORD",
    "TELEGRAM_BOT_TOKEN",
    "OPENROUTER_API_KEY",
    "OPENAI_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GROQ_API_KEY",
    "TINKOFF_SECRET_KEY",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "PAYPAL_CLIENT_SECRET",
    "CLOUDPAYMENTS_API_SECRET",
    "BTCPAY_API_KEY",
    "BTCPAY_WEBHOOK_SECRET",
    "COMGATE_SECRET",
    "S3_SECRET_ACCESS_KEY",
    "BACKUP_S3_SECRET_ACCESS_KEY",
    "SMTP_PASSWORD",
    "SES_SECRET_ACCESS_KEY",
    "EVENTS_AMQP_URL",
    "POSTHOG_KEY",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

/// Addresses that may be outside although the rest is on this machine: of models, of reports, of traces, of a list of
/// leaked passwords, of product analytics, and of pages for people.
const ANYWHERE: [&str; 14] = [
    "OPENROUTER_BASE_URL",
    "OPENAI_BASE_URL",
    "AZURE_OPENAI_ENDPOINT",
    "ANTHROPIC_BASE_URL",
    "GEMINI_BASE_URL",
    "GROQ_BASE_URL",
    "OLLAMA_BASE_URL",
    "LEAKED_PASSWORDS_URL",
    "POSTHOG_HOST",
    "SENTRY_DSN",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "STRIPE_RETURN_URL",
    "TERMS_URL",
    "PRIVACY_URL",
];

const STRONG: &str = "Zq3vN8sYw1Lk5TtR7bXc0Dg2";

type Set = BTreeMap<String, String>;

fn settings() -> Vec<Setting> {
    let all = sections();
    all.iter()
        .flat_map(|section| section.settings)
        .copied()
        .collect()
}

fn set(pairs: &[(&str, &str)]) -> Set {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// Everything on this machine.
fn near() -> Set {
    set(&[
        ("DATABASE_URL", "postgres://u:u@127.0.0.1/d"),
        ("REDIS_URL", "redis://127.0.0.1"),
        ("TELEGRAM_BOT_TOKEN", "1:x"),
        ("TELEGRAM_API_URL", "http://127.0.0.1:4010"),
        ("TELEGRAM_WEBHOOK_SECRET", "x"),
        ("ABUSE_MEMORY_SECRET", "x"),
        ("ENCRYPTION_KEY", "x"),
        ("AZURE_OPENAI_ENDPOINT", "http://127.0.0.1:4010"),
        ("TINKOFF_TERMINAL_KEY", "x"),
        ("TINKOFF_SECRET_KEY", "x"),
        ("TINKOFF_API_URL", "http://127.0.0.1:4010"),
        ("STRIPE_SECRET_KEY", "x"),
        ("STRIPE_WEBHOOK_SECRET", "x"),
        ("STRIPE_API_URL", "http://127.0.0.1:4010"),
        ("PAYPAL_CLIENT_ID", "x"),
        ("PAYPAL_CLIENT_SECRET", "x"),
        ("PAYPAL_WEBHOOK_ID", "x"),
        ("PAYPAL_API_URL", "http://127.0.0.1:4010"),
        ("CLOUDPAYMENTS_PUBLIC_ID", "x"),
        ("CLOUDPAYMENTS_API_SECRET", "x"),
        ("CLOUDPAYMENTS_API_URL", "http://127.0.0.1:4010"),
        ("BTCPAY_URL", "http://127.0.0.1:4010"),
        ("BTCPAY_STORE_ID", "x"),
        ("BTCPAY_API_KEY", "x"),
        ("BTCPAY_WEBHOOK_SECRET", "x"),
        ("COMGATE_MERCHANT", "x"),
        ("COMGATE_SECRET", "x"),
        ("COMGATE_API_URL", "http://127.0.0.1:4010"),
        ("S3_ENDPOINT", "http://127.0.0.1:4011"),
        ("S3_ACCESS_KEY_ID", "x"),
        ("S3_SECRET_ACCESS_KEY", "x"),
        ("EMAIL_TRANSPORT", "ses"),
        ("EMAIL_FROM", "a@example.org"),
        ("SES_ENDPOINT", "http://127.0.0.1:4010"),
        ("SES_ACCESS_KEY_ID", "x"),
        ("SES_SECRET_ACCESS_KEY", "x"),
    ])
}

/// A deployment without a fault.
fn far() -> Set {
    set(&[
        (
            "DATABASE_URL",
            "postgres://u:u@db.example.org/d?sslmode=verify-full",
        ),
        ("REDIS_URL", "rediss://:u@cache.example.org"),
        ("TELEGRAM_BOT_TOKEN", "1:x"),
        ("TELEGRAM_WEBHOOK_SECRET", STRONG),
        ("ABUSE_MEMORY_SECRET", STRONG),
        ("ACCESS_TOKEN_KEY", STRONG),
        ("ENCRYPTION_KEY", STRONG),
        ("TINKOFF_TERMINAL_KEY", "x"),
        ("TINKOFF_SECRET_KEY", "x"),
        ("STRIPE_SECRET_KEY", "x"),
        ("STRIPE_WEBHOOK_SECRET", "x"),
        ("PAYPAL_CLIENT_ID", "x"),
        ("PAYPAL_CLIENT_SECRET", "x"),
        ("PAYPAL_WEBHOOK_ID", "x"),
        ("CLOUDPAYMENTS_PUBLIC_ID", "x"),
        ("CLOUDPAYMENTS_API_SECRET", "x"),
        ("BTCPAY_URL", "https://pay.example.org"),
        ("BTCPAY_STORE_ID", "x"),
        ("BTCPAY_API_KEY", "x"),
        ("BTCPAY_WEBHOOK_SECRET", "x"),
        ("COMGATE_MERCHANT", "x"),
        ("COMGATE_SECRET", "x"),
        ("S3_ACCESS_KEY_ID", "x"),
        ("S3_SECRET_ACCESS_KEY", "x"),
        ("API_HOST", "0.0.0.0"),
        ("TRUSTED_PROXIES", "10.0.0.0/8"),
        ("ADMIN_KEY", STRONG),
        ("N8N_API_KEY", STRONG),
        ("AI_DAILY_BUDGET_USD", "50"),
        ("PUBLIC_URL", "https://api.example.org"),
        ("AZURE_OPENAI_ENDPOINT", "https://resource.example.org"),
    ])
}

fn faults(set: &Set) -> Vec<String> {
    let lookup = |name: &str| set.get(name).cloned();
    let mut env = Env::new(&lookup);
    let read = (
        Config::read(&mut env),
        ApiConfig::read(&mut env),
        WorkerConfig::read(&mut env),
    );
    env.finish(read)
        .map_or_else(|ConfigError(all)| all, |_| Vec::new())
}

fn with(mut set: Set, name: &str, value: &str) -> Set {
    set.insert(name.to_owned(), value.to_owned());
    set
}

/// The value as a setting holds it: in an address it is the password.
fn secret(name: &str, value: &str) -> String {
    match name {
        "DATABASE_URL" | "DATABASE_REPLICA_URL" => {
            format!("postgres://u:{value}@db.example.org/d?sslmode=verify-full")
        }
        "REDIS_URL" => format!("rediss://:{value}@cache.example.org"),
        "EVENTS_AMQP_URL" => format!("amqps://u:{value}@mq.example.org/%2f"),
        "OTEL_EXPORTER_OTLP_HEADERS" => format!("x-api-key={value}"),
        _ => value.to_owned(),
    }
}

/// Whether exactly this setting is complained about (and the last line says why the rules hold).
fn blames(set: &Set, name: &str) -> bool {
    let faults = faults(set);
    let named = |fault: &&String| fault.split([':', ' ']).next() == Some(name);
    faults.iter().filter(named).count() == 1 && faults.len() <= 2
}

#[test]
fn a_machine_of_ones_own_and_a_good_deployment_have_no_faults() {
    assert_eq!(faults(&near()), [""; 0]);
    assert_eq!(faults(&far()), [""; 0]);
}

#[test]
fn what_is_called_a_secret_is_declared_as_one() {
    const ENDS: [&str; 5] = ["_KEY", "_SECRET", "_TOKEN", "_PASSWORD", "_PEPPER"];
    for setting in settings() {
        let is_called = ENDS.iter().any(|end| setting.name.ends_with(end));
        let is_number = setting.shown().parse::<u64>().is_ok();
        let is_public = ["TINKOFF_TERMINAL_KEY", "STRIPE_PUBLISHABLE_KEY"].contains(&setting.name);
        let is_public = is_public || is_number;
        assert!(
            !is_called || is_public || setting.secret,
            "{}",
            setting.name
        );
    }
}

#[test]
fn every_secret_is_refused_outside_where_it_is_the_sandboxs_or_the_example() {
    for setting in settings().into_iter().filter(|setting| setting.secret) {
        let name = setting.name;
        let example = match name {
            "DATABASE_URL" | "DATABASE_REPLICA_URL" | "REDIS_URL" => secret(name, "password"),
            _ => setting.shown().to_owned(),
        };
        for value in [secret(name, "my-Sandbox-value-of-no-secrecy"), example] {
            assert!(
                blames(&with(far(), name, &value), name),
                "{name}={value}: {:?}",
                faults(&with(far(), name, &value))
            );
        }
        let near = with(
            near(),
            name,
            &secret(name, "sandbox")
                .replace("db.example.org", "127.0.0.1")
                .replace("cache.example.org", "127.0.0.1")
                .replace("mq.example.org", "127.0.0.1"),
        );
        assert_eq!(faults(&near), [""; 0], "{name}");
    }
}

#[test]
fn every_secret_that_an_operator_chooses_has_24_bytes_outside() {
    for setting in settings().into_iter().filter(|setting| setting.secret) {
        let name = setting.name;
        assert_eq!(setting.chosen, !ISSUED.contains(&name), "{name}");
        if setting.chosen {
            assert!(blames(&with(far(), name, &STRONG[..23]), name), "{name}");
            assert_eq!(faults(&with(far(), name, STRONG)), [""; 0], "{name}");
            assert_eq!(faults(&with(near(), name, "x")), [""; 0], "{name}");
        }
    }
}

#[test]
fn what_make_run_sets_is_refused_outside() {
    const WORLD: &str = include_str!("../../../../deploy/local/world.sh");
    let secrets: Vec<Setting> = settings().into_iter().filter(|one| one.secret).collect();
    let mut found = 0;
    for line in WORLD.lines() {
        let mut words = line.split_whitespace();
        let (Some("default"), Some(name), Some(value)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        if secrets.iter().any(|one| one.name == name) {
            assert!(blames(&with(far(), name, value), name), "{line}");
            found += 1;
        }
    }
    assert!(found >= 6, "the sandbox's secrets stand elsewhere now");
}

/// Those whose example is an address.
fn addresses() -> impl Iterator<Item = Setting> {
    settings().into_iter().filter(|setting| {
        let url = Url::parse(setting.shown());
        !setting.shown().contains(',') && url.is_ok_and(|url| url.has_host())
    })
}

#[test]
fn no_address_leads_over_a_network_in_clear_text() {
    let mut found = 0;
    for setting in addresses() {
        let name = setting.name;
        let clear = match name {
            "DATABASE_URL" | "DATABASE_REPLICA_URL" => "postgres://u:u@203.0.113.7/d",
            "REDIS_URL" => "redis://203.0.113.7",
            "EVENTS_AMQP_URL" => "amqp://203.0.113.7",
            "SENTRY_DSN" => "http://key@203.0.113.7/1",
            _ => "http://203.0.113.7/x",
        };
        for all in [near(), far()] {
            let found = faults(&with(all, name, clear));
            let named = |fault: &String| fault.split([':', ' ']).next() == Some(name);
            assert!(found.iter().any(named), "{name}: {found:?}");
        }
        found += 1;
    }
    assert!(found >= 15, "{found}");
}

#[test]
fn one_address_outside_makes_it_a_deployment_but_that_of_a_model_does_not() {
    for setting in addresses() {
        let name = setting.name;
        let far = match name {
            "DATABASE_URL" | "DATABASE_REPLICA_URL" | "REDIS_URL" | "EVENTS_AMQP_URL" => {
                secret(name, "u")
            }
            "SENTRY_DSN" => "https://key@sentry.example.org/1".to_owned(),
            _ => "https://example.org/x".to_owned(),
        };
        let weak = with(near(), "ADMIN_KEY", "weak");
        let refused = faults(&with(weak, name, &far));
        let is_told = refused.iter().any(|fault| fault.starts_with("ADMIN_KEY"));
        assert_eq!(is_told, !ANYWHERE.contains(&name), "{name}: {refused:?}");
        let last = refused.last().is_some_and(|line| line.ends_with(name));
        assert_eq!(last, is_told, "{name}: {refused:?}");
    }
    for (name, value) in [
        ("API_HOST", "0.0.0.0"),
        ("WORKER_METRICS_ADDR", "0.0.0.0:9465"),
    ] {
        let weak = with(near(), "ADMIN_KEY", "weak");
        assert!(faults(&with(weak, name, value)).len() > 1, "{name}");
    }
}

#[test]
fn outside_a_proxy_is_named_or_said_to_be_none() {
    for (value, good) in [("", false), ("none", true), ("10.0.0.0/8", true)] {
        let all = with(far(), "TRUSTED_PROXIES", value);
        assert_eq!(faults(&all).is_empty(), good, "{value}");
        assert_eq!(blames(&all, "TRUSTED_PROXIES"), !good, "{value}");
    }
}

#[test]
fn outside_the_public_address_is_not_on_this_machine() {
    for value in ["", "http://127.0.0.1:3000", "https://localhost"] {
        assert!(
            blames(&with(far(), "PUBLIC_URL", value), "PUBLIC_URL"),
            "{value}"
        );
    }
}

#[test]
fn a_webhook_without_its_secret_is_a_fault_everywhere() {
    let with_url = with(near(), "TELEGRAM_WEBHOOK_URL", "http://127.0.0.1:3000/x");
    assert_eq!(faults(&with_url), [""; 0]);
    let without = with(with_url, "TELEGRAM_WEBHOOK_SECRET", "");
    assert!(blames(&without, "TELEGRAM_WEBHOOK_SECRET"));
}

#[test]
fn a_paid_vendor_without_a_budget_is_refused_outside() {
    let bounded = with(far(), "OPENROUTER_API_KEY", "sk-or-v1-0123456789");
    assert_eq!(faults(&bounded), [""; 0]);
    let unbounded = with(bounded, "AI_DAILY_BUDGET_USD", "unlimited");
    assert!(blames(&unbounded, "AI_DAILY_BUDGET_USD"));
}
