//! The product in one process for a program that tests it from outside: api, worker and sandbox on
//! free ports. Prints where it is and a proof of a person as JSON, and plays until it
//! is told to end (SIGTERM). Run by `make fuzz-api`.

use reqwest::Method;
use serde_json::json;
use testkit::app::words_form;
use testkit::{TestApp, World};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = TestApp::start_in(World::new().await?).await?;
    let worker = app.worker()?;
    let me = app.world.chat(7).init_data().await?;
    app.post_as_person(&me, words_form("A bird near the rim"))
        .await?;
    let url = app.url("");
    println!("{}", json!({ "url": url, "init_data": me }));
    signal(SignalKind::terminate())?.recv().await;
    let alive = app.request(Method::GET, "/v1/health").send().await?;
    worker.stop().await;
    anyhow::ensure!(alive.status() == 200, "the API does not live any more");
    Ok(())
}
