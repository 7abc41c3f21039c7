//! Photos that belong to no reading, and pictures that are not shared any more.

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

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_not_shared_any_more_is_removed_and_others_stay() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    app.drain_jobs().await?;
    let key = |card: Uuid| format!("analyses/{id}/cards/{card}.jpg");
    let [shared, ended, left_behind, just_now] = [(); 4].map(|()| Uuid::new_v4());
    let storage = &app.core.providers.storage;
    let put = async |card: Uuid| {
        let picture = Body::Memory(coffee_cup().into());
        storage.put(&key(card), picture, "image/jpeg").await
    };
    for card in [shared, ended, left_behind] {
        put(card).await?;
    }
    for path in app.world.objects()? {
        age(&path)?;
    }
    put(just_now).await?;
    app.sql(&format!(
        "INSERT INTO shared_cards (id, user_id, analysis_id, expires_at)
         SELECT card::uuid, user_id, id, now() + until FROM analysis_history, (VALUES
             ('{shared}', interval '1 day'), ('{ended}', interval '-1 minute')) AS of (card, until)"
    ))
    .await?;
    for _ in 0..2 {
        let _ = ledger::enqueue(&mut *app.db().await?, &SweepPhotos {}).await?;
        app.drain_jobs().await?;
        for (card, stays) in [
            (shared, true),
            (just_now, true),
            (ended, false),
            (left_behind, false),
        ] {
            assert_eq!(storage.get(&key(card)).await?.is_some(), stays, "{card}");
        }
        let original = storage.get(&format!("analyses/{id}/original")).await?;
        assert!(original.is_some());
    }
    Ok(())
}
