//! `symancy doctor`: what is wrong with a deployment, before it is one.

use std::io::Write;
use std::path::Path;

use kernel::clock::Clock;
use kernel::env::{CHECK, ConfigError, of_process};
use kernel::telemetry::chain;
use product::{Config, Core};
use tokio::process::Command;

use super::Output;
use super::doctor_postgres::postgres;
use super::finding::{Finding, PATIENCE};
use crate::failure::Failure;

/// Prints everything that is wrong, and what is right.
///
/// # Errors
/// `Reported` if something is wrong.
pub(super) async fn doctor(output: &mut Output<'_, impl Write>) -> Result<(), Failure> {
    let mut findings = settings().await;
    match of_process(Config::read) {
        Ok((config, _)) => findings.extend(connections(config).await),
        Err(ConfigError(faults)) => add(&mut findings, faults),
    }
    for finding in &findings {
        let mark = if finding.ok { "ok   " } else { "FAULT" };
        output.line(
            &format!("{mark}  {}: {}", finding.about, finding.text),
            finding,
        )?;
    }
    match findings.iter().all(|finding| finding.ok) {
        true => Ok(()),
        false => Err(Failure::Reported),
    }
}

/// What the programs that lie beside this one say about their settings.
async fn settings() -> Vec<Finding> {
    let own = std::env::current_exe().unwrap_or_default();
    let mut findings = Vec::new();
    for program in ["api", "worker"] {
        match check(&own.with_file_name(program)).await {
            Ok(faults) => add(&mut findings, faults),
            Err(why) => findings.push(Finding::fault(
                "settings",
                format!("{program} was not asked ({why}); run `{program} {CHECK}` where it is"),
            )),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::good(
            "settings",
            "those of api and worker have no fault",
        ));
    }
    findings
}

/// What several programs read they complain about alike: once is enough.
fn add(findings: &mut Vec<Finding>, faults: Vec<String>) {
    for fault in faults {
        if !findings.iter().any(|known| known.text == fault) {
            findings.push(Finding::fault("settings", fault));
        }
    }
}

async fn check(program: &Path) -> std::io::Result<Vec<String>> {
    let mut command = Command::new(program);
    let told = command.arg(CHECK).kill_on_drop(true).output();
    let told = tokio::time::timeout(PATIENCE, told).await??;
    let faults = String::from_utf8_lossy(&told.stdout);
    Ok(faults.lines().map(str::to_owned).collect())
}

async fn connections(config: Config) -> Vec<Finding> {
    let stored = at_rest(&config);
    let address = config.db.address.clone();
    let core = match Core::new(config, Clock::system()) {
        Ok(core) => core,
        Err(why) => return vec![Finding::fault("settings", chain(&why))],
    };
    let (mut findings, redis, bucket, telegram) = tokio::join!(
        postgres(&address),
        in_time("redis", async {
            let pong = core.pusher.ping().await.map_err(|why| chain(&why));
            pong.map(|()| "answers".to_owned())
        }),
        in_time("bucket", async {
            let pong = core.providers.bucket.ping().await;
            pong.map(|()| "answers".to_owned())
                .map_err(|why| chain(&why))
        }),
        in_time("telegram", telegram(&core)),
    );
    findings.extend([redis, bucket, telegram]);
    findings.extend(stored);
    findings
}

async fn in_time(
    about: &'static str,
    asked: impl Future<Output = Result<String, String>>,
) -> Finding {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(text)) => Finding::good(about, text),
        Ok(Err(why)) => Finding::fault(about, why),
        Err(_) => Finding::fault(about, format!("no answer within {PATIENCE:?}")),
    }
}

/// That the token is a bot's, and that updates come to us.
async fn telegram(core: &Core) -> Result<String, String> {
    let state = core
        .providers
        .inbox
        .state()
        .await
        .map_err(|why| chain(&why))?;
    let wanted = core.config.messenger.webhook_url.as_ref();
    let name = &state.name;
    match (wanted, state.webhook.as_deref()) {
        (Some(wanted), Some(found)) if wanted.as_str() != found => Err(format!(
            "the updates of @{name} go to another address than TELEGRAM_WEBHOOK_URL; the api registers \
             its own when it starts"
        )),
        _ => match state.last_error {
            Some(why) => Err(format!(
                "the last update of @{name} was not delivered: {why}"
            )),
            None => Ok(format!("@{name}, {} updates wait", state.pending)),
        },
    }
}

fn at_rest(config: &Config) -> Vec<Finding> {
    let places = config.at_rest.places();
    places
        .map(|(place, by)| match by {
            Some(by) => Finding::good("at rest", format!("{place} is encrypted by {by}")),
            None => Finding::fault(
                "at rest",
                format!(
                    "ENCRYPTED_AT_REST does not say by whom {place} is encrypted, which Telegram's terms \
                     for bots demand (4.4)"
                ),
            ),
        })
        .collect()
}
