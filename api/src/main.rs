//! The binary `api`.

use std::time::Duration;

use anyhow::Context;
use api::app;
use api::config::ApiConfig;
use api::state::ApiState;
use kernel::clock::Clock;
use kernel::env::{self, Env};
use kernel::{Language, retry, telemetry};
use product::Core;
use product::config::Config;
use product::secret_ages::{self, InUse};
use tokio::signal::unix::{SignalKind, signal};

/// A request is many small allocations: measured in docs/PERFORMANCE.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let read = |env: &mut Env<'_>| {
        let in_use = InUse::read(env, &[product::SETTINGS, api::config::SETTINGS]);
        (Config::read(env), ApiConfig::read(env), in_use)
    };
    let read = env::of_process(read);
    if let Some(code) = env::checked(&read) {
        std::process::exit(code);
    }
    let ((config, own, in_use), warnings) = read?;
    let _telemetry = telemetry::init(&config.telemetry, "symancy-api");
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    // Many threads for what is spawned; actix brings its own for the handlers.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the async runtime")?;
    let tasks = runtime.handle().clone();
    actix_web::rt::System::with_tokio_rt(|| runtime).block_on(run(config, own, in_use, tasks))
}

async fn run(
    config: Config,
    own: ApiConfig,
    in_use: InUse,
    tasks: tokio::runtime::Handle,
) -> anyhow::Result<()> {
    let metrics = telemetry::metrics::install_and_serve(own.metrics_addr, &api::metrics())
        .with_context(|| format!("serving metrics at {} (API_METRICS_ADDR)", own.metrics_addr))?;
    product::time_statements()?;
    let db = config.db.clone();
    let listener =
        std::net::TcpListener::bind((own.host.as_str(), own.port)).with_context(|| {
            format!(
                "cannot listen on {}:{}; set PORT to move it",
                own.host, own.port
            )
        })?;
    product::prepare(&db)
        .await
        .context("migrating the database")?;
    let state = ApiState::new(Core::new(config, Clock::system())?, own, Some(metrics))?;
    state.keys.register().await;
    tasks.spawn(register_webhook(state.core.clone()));
    tasks.spawn(kernel::db::watch(state.core.db.clone()));
    tasks.spawn(let_go(state.clone()));
    tasks.spawn(secret_ages::publish(state.core.clone(), in_use));
    tracing::info!(address = %listener.local_addr()?, "listening");
    app::serve(state, listener)?.await.context("serving")
}

/// Answers requests that wait for readings as soon as this process is to stop, because they would delay
/// it.
async fn let_go(state: ApiState) {
    let signals = async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok::<_, std::io::Error>(()),
        }
    };
    match signals.await {
        Ok(()) => state.waiting.close(),
        Err(why) => tracing::warn!(error = %why, "cannot listen for signals"),
    }
}

/// Registers the webhook with Telegram, and retries until that succeeds.
async fn register_webhook(core: Core) {
    let mut failed = 0;
    while let Err(why) = core.providers.inbox.register_webhook().await {
        failed += 1;
        tracing::warn!(error = %why, "Telegram does not know our webhook yet; trying again");
        tokio::time::sleep(retry::reconnect_delay(failed).max(Duration::from_millis(500))).await;
    }
    present(&core).await;
    watch_inbox(&core).await;
}

/// How often Telegram is asked what waits there.
const ASK_EVERY: Duration = Duration::from_secs(60);

/// Measures how many updates wait at Telegram, again and again. Never ends.
async fn watch_inbox(core: &Core) {
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        match core.providers.inbox.state().await {
            Ok(state) => bot::metrics::updates_pending(state.pending),
            Err(why) => tracing::warn!(error = %why, "Telegram does not say what waits there"),
        }
    }
}

/// Sets what people see of the bot before they write to it. Not tried again before the next start: Telegram
/// limits how often it may be set, and nothing depends on it.
async fn present(core: &Core) {
    for language in Language::ALL {
        let profile = bot::commands::profile(language, core.config.bot.sets_name);
        if let Err(why) = core.providers.inbox.present(&profile).await {
            tracing::warn!(error = %why, ?language, "the bot's commands and descriptions are not all set");
        }
    }
    let Some(app) = &core.config.bot.app else {
        return;
    };
    if let Err(why) = core.providers.inbox.offer_app(app.menu(), app.url()).await {
        tracing::warn!(error = %why, "the button that opens the Mini App is not set");
    }
}
