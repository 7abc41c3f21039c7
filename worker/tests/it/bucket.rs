//! The product's client of a bucket against the sandbox's: keys of any length, and what a bucket refuses.

use bytes::Bytes;
use vendors::ProviderErrorKind as Kind;
use vendors::storage::{Body, Storage};
use world::World;

async fn put(bucket: &dyn Storage, key: &str) -> Result<(), vendors::ProviderError> {
    let body = Body::Memory(Bytes::from_static(b"grounds"));
    bucket.put(key, body, "image/jpeg").await
}

#[tokio::test]
async fn a_key_of_a_thousand_bytes_is_stored_listed_and_removed() -> anyhow::Result<()> {
    let world = World::new().await?;
    let core = world.core()?;
    let bucket = core.providers.storage.as_ref();
    let long = format!("analyses/{}", "z".repeat(1_000));
    for key in ["analyses/a", &long] {
        put(bucket, key).await?;
        assert_eq!(bucket.get(key).await?, Some(Bytes::from_static(b"grounds")));
    }
    let listed = bucket.list("analyses/", None).await?;
    let keys: Vec<&str> = listed.iter().map(|stored| stored.key.as_str()).collect();
    assert_eq!(keys, ["analyses/a", &long]);
    let after = bucket.list("analyses/", Some("analyses/a")).await?;
    assert_eq!(after, listed[1..]);
    let signed = bucket
        .signed_url(&long, std::time::Duration::from_secs(60), None)
        .await?;
    let fetched = world.http.get(signed).send().await?.error_for_status()?;
    assert_eq!(fetched.bytes().await?, "grounds");
    bucket.delete(&long).await?;
    assert_eq!(bucket.get(&long).await?, None);
    Ok(())
}

/// S3 answers KeyTooLongError, which no later try mends.
#[tokio::test]
async fn a_key_over_1024_bytes_is_rejected_and_not_tried_again() -> anyhow::Result<()> {
    let world = World::new().await?;
    let core = world.core()?;
    let why = put(core.providers.storage.as_ref(), &"k".repeat(1_025)).await;
    assert_eq!(why.expect_err("too long").kind, Kind::Rejected);
    let url = world.outside("/control/calls?service=s3&method=PUT");
    let calls: serde_json::Value = world.http.get(url).send().await?.json().await?;
    assert_eq!(calls["counts"]["s3"], 1);
    Ok(())
}
