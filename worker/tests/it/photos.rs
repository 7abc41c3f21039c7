//! Photos that cannot be read, or only just, from the chat to the answer.
use jobs::JobState;
use readings::jobs::PrepareImage;
use testkit::vendor::ScriptedVendor;
use world::app::photo_form;
use world::{TestApp, World};

fn fixture(name: &str) -> anyhow::Result<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/images");
    Ok(std::fs::read(format!("{folder}/{name}"))?)
}

/// How the files of iPhones begin: a box `ftyp` of the brand `heic` (ISO/IEC 23008-12).
fn heic() -> Vec<u8> {
    let mut file = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    file.resize(4_000, 0);
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heic_file_is_answered_with_what_to_do_and_the_unit_comes_back() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let worker = app.worker()?;
    for (id, language, words) in [(7, "en", "as a photo"), (8, "ru", "как фото")] {
        let chat = app.world.chat(id);
        chat.sends_file(heic(), language).await?;
        chat.waits_for(|text| text.contains(words)).await?;
    }
    let returned = "SELECT count(*) AS count FROM analysis_history
                    WHERE status = 'failed' AND error_code = 'E110' AND unit_returned";
    assert_eq!(app.count(returned).await?, 2);
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heic_upload_is_refused_before_anything_is_stored() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let answer = app.post_as_service(photo_form(heic())).await?;
    assert_eq!(
        answer.refusal(),
        (400, readings::codes::HEIC_PHOTO.as_str())
    );
    assert_eq!(app.rows().await?, (0, 0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn inks_sixteen_bits_and_animations_become_readings() -> anyhow::Result<()> {
    // This AI sees a cup in every photo.
    let vendor = ScriptedVendor::start([]).await?;
    let mut world = World::new().await?;
    world.set("OPENROUTER_BASE_URL", &vendor.url);
    let app = TestApp::start_in(world).await?;
    for name in ["cmyk-adobe.jpg", "sixteen-bits.png", "animated.webp"] {
        let id = app
            .post_as_service(photo_form(fixture(name)?))
            .await?
            .id()?;
        app.drain_jobs().await?;
        assert_eq!(app.ended(&id).await?["status"], "completed", "{name}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_with_broken_pixels_fails_once_with_e101() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    // Every segment is there, and the end: only a decoder finds that the pixels are broken.
    let mut photo = fixture("cup-420.jpg")?;
    let scan = photo.windows(2).position(|at| at == [0xFF, 0xDA]);
    let scan = scan.ok_or_else(|| anyhow::anyhow!("no scan"))?;
    let end = photo.len() - 2;
    photo[scan + 14..end].fill(0xFE);
    let id = app.post_as_service(photo_form(photo)).await?.id()?;
    app.drain_jobs().await?;
    let ended = app.ended(&id).await?;
    assert_eq!(ended["error"]["code"], "E101", "{ended}");
    assert_eq!(app.states::<PrepareImage>().await?, [(JobState::Done, 1)]);
    Ok(())
}
