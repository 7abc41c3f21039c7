//! The whole product where no session of Postgres remembers a statement.

use readings::jobs::Interpret;
use testkit::pictures::coffee_cup;
use world::app::photo_form;
use world::{TestApp, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_becomes_a_reading_without_a_prepared_statement() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("DATABASE_STATEMENT_CACHE", "off");
    let app = TestApp::start_in(world).await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    app.drain_jobs().await?;
    let shown = app.get_as_service(&format!("/v1/analyses/{id}")).await?;
    assert_eq!(shown.body["status"], "completed", "{shown:?}");
    assert_eq!(
        app.states::<Interpret>().await?,
        [(jobs::JobState::Done, 1)]
    );
    Ok(())
}
