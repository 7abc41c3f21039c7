//! The product in one process for a program that tests it from outside: api, worker and sandbox on
//! free ports. Prints its address and `initData` of two persons as JSON, and runs until SIGHUP. Run by
//! `make fuzz-api`.

use reqwest::Method;
use serde_json::json;
use testkit::pictures::coffee_cup;
use tokio::signal::unix::{SignalKind, signal};
use world::app::photo_form;
use world::{TestApp, WEBHOOK_SECRET, World};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = TestApp::start_in(World::new().await?).await?;
    let worker = app.worker()?;
    let (me, leaving) = (app.world.chat(7), app.world.chat(8));
    // By the service: `initData` belongs to the program that uses it first.
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    app.ended(&id).await?;
    let stage = json!({
        "url": app.url(""),
        "init_data": me.init_data().await?,
        // Of a person whose data the fuzzer deletes.
        "leaving_init_data": leaving.init_data().await?,
        "webhook_secret": WEBHOOK_SECRET,
        "analysis_id": id,
    });
    println!("{stage}");
    signal(SignalKind::hangup())?.recv().await;
    let alive = app.request(Method::GET, "/v1/health").send().await?;
    worker.stop().await;
    anyhow::ensure!(alive.status() == 200, "the API is not alive");
    Ok(())
}
