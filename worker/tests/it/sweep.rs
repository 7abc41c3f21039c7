//! Photos that belong to no reading.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jobs::{JobState, ledger};
use readings::jobs::SweepPhotos;
use testkit::pictures::coffee_cup;
use uuid::Uuid;
use vendors::storage::Body;
use world::TestApp;
use world::app::photo_form;

fn age(path: &Path) -> std::io::Result<()> {
    let two_days_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 3_600);
    File::options()
        .write(true)
        .open(path)?
        .set_modified(two_days_ago)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_an_api_left_behind_is_removed_and_no_other() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let storage = &app.core.providers.storage;
    let photo = || Body::Memory(coffee_cup().into());
    // As after a kill between the upload and the commit: two days ago, and just now.
    let [left_behind, just_now] = [(); 2].map(|()| format!("analyses/{}/original", Uuid::now_v7()));
    for key in [
        &left_behind,
        &just_now,
        &"analyses/a-foreign-name".to_owned(),
    ] {
        storage.put(key, photo(), "image/png").await?;
    }
    for path in app.world.objects()? {
        if !path.ends_with(&just_now) {
            age(&path)?;
        }
    }
    for _ in 0..2 {
        let _ = ledger::enqueue(&mut *app.db().await?, &SweepPhotos {}).await?;
        app.drain_jobs().await?;
        assert_eq!(storage.get(&left_behind).await?, None);
        assert!(
            storage.get(&just_now).await?.is_some(),
            "it may be on its way"
        );
        assert!(storage.get("analyses/a-foreign-name").await?.is_some());
        assert!(
            storage
                .get(&format!("analyses/{id}/original"))
                .await?
                .is_some()
        );
    }
    let states = app.states::<SweepPhotos>().await?;
    assert_eq!(states, [(JobState::Done, 1), (JobState::Done, 1)]);
    Ok(())
}
