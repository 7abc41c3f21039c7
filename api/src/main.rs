//! The binary `api`.

use std::time::Duration;

use actix_web::dev::ServerHandle;
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
use tokio::signal::unix::{Signal, SignalKind, signal};

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
    tasks.spawn(secret_ages::publish(state.core.clone(), in_use));
    tracing::info!(address = %listener.local_addr()?, "listening");
    let signals = Signals::listen().context("listening for signals")?;
    let server = app::serve(state.clone(), listener)?;
    let (core, usage) = (state.core.clone(), state.usage.clone());
    tasks.spawn(end_in_order(state, server.handle(), signals));
    server.await.context("serving")?;
    usage.close(&core).await;
    Ok(())
}

/// What tells this process to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

/// Stops in order. After SIGTERM what balances the load hears of it (`/v1/ready`) and has `API_DRAIN_MS` to send requests
/// elsewhere; those that still come are answered. Then the listener closes, and running requests end. SIGINT, or a second
/// signal, saves that time.
async fn end_in_order(state: ApiState, server: ServerHandle, mut told: Signals) {
    tokio::select! {
        _ = told.terminate.recv() => {
            state.stopping.begin();
            tracing::info!("stopping: not ready any more");
            tokio::select! {
                () = tokio::time::sleep(state.config.drain) => {}
                _ = told.terminate.recv() => {}
                _ = told.interrupt.recv() => {}
            }
        }
        _ = told.interrupt.recv() => state.stopping.begin(),
    }
    // Requests that wait for readings would delay the end: they are answered now.
    state.waiting.close();
    server.stop(true).await;
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
