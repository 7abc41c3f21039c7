//! `sandbox`: reads the environment, starts, waits for a signal, stops. `README.md` lists the
//! variables.

use std::env;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use sandbox::{Config, Running};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::stdout().is_terminal())
        .init();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run() -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let running = sandbox::start(from_env()?).await?;
    announce(&running);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}

fn announce(running: &Running) {
    tracing::info!("chat page   {}/", running.url());
    tracing::info!("control     {}/control/faults", running.url());
    for (vendor, url) in running.vendor_urls() {
        tracing::info!("{vendor:<11} {url}");
    }
}

fn from_env() -> anyhow::Result<Config> {
    let plain = Config::default();
    let settings = env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        Some((name, value))
    });
    Ok(Config {
        listen: address("SANDBOX_ADDR", "127.0.0.1:4010")?,
        data_dir: text("SANDBOX_DATA_DIR").map_or(plain.data_dir, Into::into),
        webhook: plain.webhook,
        stream_pace: pace("SANDBOX_STREAM_MS", 25)?,
        persist: true,
        settings: settings.collect(),
    })
}

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn pace(name: &str, default: u64) -> anyhow::Result<Duration> {
    let millis = text(name).map_or(Ok(default), |value| value.parse());
    let millis = millis.map_err(|_| anyhow::anyhow!("{name} must be a number of milliseconds."));
    millis.map(Duration::from_millis)
}

fn address(name: &str, default: &str) -> anyhow::Result<SocketAddr> {
    let value = text(name).unwrap_or_else(|| default.to_owned());
    value
        .parse()
        .map_err(|_| anyhow::anyhow!("{name} must be an address like {default}, not {value:?}."))
}
