use std::io::Write;
use std::time::{Duration, Instant};

use super::*;

/// A small file that takes long to decode: 48 million pixels of 16 bits, all the same.
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
async fn a_dropped_decoding_ends_early_and_returns_its_permit() {
    let decoders = Arc::new(Semaphore::new(1));
    let photo = slow_photo();
    let started = Instant::now();
    prepare(&decoders, photo.clone()).await.expect("a photo");
    let whole = started.elapsed();
    let mut given_up = Box::pin(prepare(&decoders, photo));
    // It takes the permit, and begins, when it is first polled.
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
async fn bytes_that_are_not_a_photo_are_refused_without_a_retry() {
    let decoders = Arc::new(Semaphore::new(1));
    let refused = prepare(&decoders, Bytes::from_static(b"no photo")).await;
    let why = refused.expect_err("a refusal");
    assert_eq!(why.code(), readings::codes::INVALID_IMAGE_FORMAT);
    assert_eq!(decoders.available_permits(), 1);
}
