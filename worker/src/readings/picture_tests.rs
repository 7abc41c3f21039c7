use std::io::Write;
use std::time::{Duration, Instant};

use super::*;

/// A photo that is small, and long at work: 48 million pixels of 16 bits, all the same, row by row.
fn slow_photo() -> Bytes {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 8_000, 6_000);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().expect("a header");
    let mut stream = writer.stream_writer().expect("rows");
    let row = vec![0x55; 8_000 * 8];
    for _ in 0..6_000 {
        stream.write_all(&row).expect("a row");
    }
    stream.finish().expect("an end");
    drop(writer);
    file.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decoding_that_nobody_waits_for_ends_early_and_gives_its_permit_back() {
    let decoders = Arc::new(Semaphore::new(1));
    let photo = slow_photo();
    let started = Instant::now();
    prepare(&decoders, photo.clone()).await.expect("a photo");
    let whole = started.elapsed();
    let mut given_up = Box::pin(prepare(&decoders, photo));
    // It has begun once it has the permit, which it takes when it is first asked for news.
    let _ = tokio::time::timeout(Duration::from_millis(1), &mut given_up).await;
    assert_eq!(decoders.available_permits(), 0);
    let started = Instant::now();
    drop(given_up);
    let permit = decoders.acquire().await;
    let rest = started.elapsed();
    assert!(permit.is_ok());
    assert!(rest < whole / 2, "{rest:?} of {whole:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_is_none_is_the_senders_fault_and_not_tried_again() {
    let decoders = Arc::new(Semaphore::new(1));
    let refused = prepare(&decoders, Bytes::from_static(b"no photo")).await;
    let why = refused.expect_err("a refusal");
    assert_eq!(why.code(), readings::codes::INVALID_IMAGE_FORMAT);
    assert_eq!(decoders.available_permits(), 1);
}
