//! S3: what is asked, and how an answer is read.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>,
//! with the bucket in the path, and signed as in
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html>.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use url::Url;
use vendors::storage;
use vendors::storage::s3::S3;
use vendors::storage::{Body, Bucket, Storage, StorageConfig};

use testkit::stub::{Received, Reply, Stub};

pub const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

pub fn client(server: &Url, timeout: Duration) -> Arc<S3> {
    client_of_parts(server, timeout, 5 << 20)
}

fn client_of_parts(server: &Url, timeout: Duration, part_bytes: u64) -> Arc<S3> {
    storage::build(&StorageConfig {
        endpoint: server.clone(),
        public_endpoint: server.clone(),
        region: "eu-central-1".to_owned(),
        bucket: "cups".to_owned(),
        access_key_id: KEY_ID.to_owned(),
        secret_access_key: SECRET.to_owned(),
        timeout,
        part_bytes,
    })
}

/// A server with these answers, and a client of it.
pub async fn s3(replies: Vec<Reply>) -> anyhow::Result<(Stub, Arc<S3>)> {
    let stub = Stub::start(replies).await?;
    let client = client(&stub.url, Duration::from_secs(20));
    Ok((stub, client))
}

/// The documented form of an error.
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>{message}</Message><Resource>/cups/photos/1.jpg</Resource>\
         <RequestId>4442587FB7D0A2F9</RequestId></Error>"
    );
    Reply::new(status, xml).header("content-type", "application/xml")
}

fn stored() -> Reply {
    Reply::new(200, "").header("etag", "\"1b2cf535f27731c974343645a3985328\"")
}

fn assert_signed(received: &Received, method: &str, path: &str) {
    assert_eq!(
        (received.method.as_str(), received.path.as_str()),
        (method, path)
    );
    let day = received
        .header("x-amz-date")
        .split('T')
        .next()
        .unwrap_or_default();
    let scope = format!("Credential={KEY_ID}/{day}/eu-central-1/s3/aws4_request");
    let signature = received.header("authorization");
    assert!(signature.starts_with("AWS4-HMAC-SHA256 "), "{signature}");
    assert!(signature.contains(&scope), "{signature}");
    assert!(signature.contains("SignedHeaders=") && signature.contains("Signature="));
    assert!(!format!("{received:?}").contains(SECRET));
}

#[tokio::test]
async fn an_object_from_memory_arrives_byte_for_byte() -> anyhow::Result<()> {
    let photo: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let (stub, s3) = s3(vec![stored()]).await?;
    s3.put(
        "photos/1.jpg",
        Body::Memory(photo.clone().into()),
        "image/jpeg",
    )
    .await?;
    let received = stub.only()?;
    assert_signed(&received, "PUT", "/cups/photos/1.jpg");
    assert_eq!(received.header("content-type"), "image/jpeg");
    assert_eq!(received.header("content-length"), "70000");
    assert!(received.body == photo, "not the photo");
    Ok(())
}

#[tokio::test]
async fn an_object_from_a_file_arrives_byte_for_byte() -> anyhow::Result<()> {
    let photo: Vec<u8> = (0..=250).cycle().take(300_000).collect();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("cup.jpg");
    tokio::fs::write(&path, &photo).await?;
    let (stub, s3) = s3(vec![stored()]).await?;
    s3.put("photos/1.jpg", Body::File(path), "image/jpeg")
        .await?;
    let received = stub.only()?;
    assert_signed(&received, "PUT", "/cups/photos/1.jpg");
    assert_eq!(received.header("content-type"), "image/jpeg");
    assert_eq!(received.header("content-length"), "300000");
    assert!(received.body == photo, "not the photo");
    Ok(())
}

#[tokio::test]
async fn a_try_that_fails_is_made_again_with_the_whole_file() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("cup.jpg");
    tokio::fs::write(&path, "a photo").await?;
    let failed = error(500, "InternalError", "We encountered an internal error.");
    let (stub, s3) = s3(vec![failed.header("x-amz-retry-after", "10"), stored()]).await?;
    s3.put("photos/1.jpg", Body::File(path), "image/jpeg")
        .await?;
    let bodies: Vec<Bytes> = stub
        .received()
        .into_iter()
        .map(|received| received.body)
        .collect();
    assert_eq!(bodies, ["a photo", "a photo"]);
    Ok(())
}

#[tokio::test]
async fn an_object_comes_back_byte_for_byte() -> anyhow::Result<()> {
    let photo: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let (stub, s3) = s3(vec![Reply::new(200, photo.clone())]).await?;
    let object = s3.get("photos/1.jpg").await?;
    assert!(
        object.is_some_and(|object| object == photo),
        "not the photo"
    );
    assert_signed(&stub.only()?, "GET", "/cups/photos/1.jpg");
    Ok(())
}

#[tokio::test]
async fn an_object_that_is_not_there_is_nothing() -> anyhow::Result<()> {
    let (stub, s3) = s3(vec![error(
        404,
        "NoSuchKey",
        "The specified key does not exist.",
    )])
    .await?;
    assert_eq!(s3.get("photos/1.jpg").await?, None);
    stub.only()?;
    Ok(())
}

#[tokio::test]
async fn an_object_is_removed() -> anyhow::Result<()> {
    let (stub, s3) = s3(vec![Reply::new(204, "")]).await?;
    s3.delete("photos/1.jpg").await?;
    assert_signed(&stub.only()?, "DELETE", "/cups/photos/1.jpg");
    Ok(())
}

#[tokio::test]
async fn removing_what_is_not_there_is_fine() -> anyhow::Result<()> {
    // S3 itself answers 204; some who speak its protocol answer with an error.
    let missing = error(404, "NoSuchKey", "The specified key does not exist.");
    let (_stub, s3) = s3(vec![Reply::new(204, ""), missing]).await?;
    s3.delete("photos/1.jpg").await?;
    s3.delete("photos/1.jpg").await?;
    Ok(())
}

#[tokio::test]
async fn a_bucket_is_asked_for_by_its_head() -> anyhow::Result<()> {
    let (stub, s3) = s3(vec![Reply::new(200, "")]).await?;
    s3.ping().await?;
    let received = stub.only()?;
    let path = received.path.trim_end_matches('/').to_owned();
    assert_signed(&Received { path, ..received }, "HEAD", "/cups");
    Ok(())
}

/// The answer is that of the documentation of ListObjectsV2, with its example values.
#[tokio::test]
async fn a_page_of_a_list_begins_after_a_key() -> anyhow::Result<()> {
    let page = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>cups</Name><Prefix>analyses/</Prefix><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys>
  <IsTruncated>false</IsTruncated>
  <Contents><Key>analyses/2/original</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>
    <ETag>"fba9dede5f27731c9771645a39863328"</ETag><Size>434234</Size>
    <StorageClass>STANDARD</StorageClass></Contents>
</ListBucketResult>"#;
    let reply = Reply::new(200, page).header("content-type", "application/xml");
    let (stub, s3) = s3(vec![reply]).await?;
    let listed = s3.list("analyses/", Some("analyses/1/original")).await?;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].key, "analyses/2/original");
    assert_eq!(listed[0].modified.to_rfc3339(), "2009-10-12T17:50:30+00:00");
    let asked = &stub.received()[0].query;
    for part in [
        "list-type=2",
        "prefix=analyses%2F",
        "start-after=analyses%2F1%2Foriginal",
    ] {
        assert!(asked.contains(part), "{asked}");
    }
    Ok(())
}

fn begun() -> Reply {
    let xml = "<?xml version=\"1.0\"?><InitiateMultipartUploadResult><Bucket>cups</Bucket>\
               <Key>exports/1.zip</Key><UploadId>VXBsb2Fk</UploadId></InitiateMultipartUploadResult>";
    Reply::new(200, xml).header("content-type", "application/xml")
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>.
#[tokio::test]
async fn a_file_larger_than_a_part_is_uploaded_in_parts_in_their_order() -> anyhow::Result<()> {
    let done = "<?xml version=\"1.0\"?><CompleteMultipartUploadResult><Key>exports/1.zip</Key>\
                </CompleteMultipartUploadResult>";
    let done = Reply::new(200, done).header("content-type", "application/xml");
    let stub = Stub::start(vec![begun(), stored(), stored(), stored(), done]).await?;
    let s3 = client_of_parts(&stub.url, Duration::from_secs(20), 4);
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), b"0123456789")?;
    let body = Body::File(file.path().to_owned());
    s3.put("exports/1.zip", body, "application/zip").await?;
    let received = stub.received();
    let methods: Vec<_> = received.iter().map(|call| call.method.as_str()).collect();
    assert_eq!(methods, ["POST", "PUT", "PUT", "PUT", "POST"]);
    let parts: Vec<_> = received[1..4]
        .iter()
        .map(|call| call.body.clone())
        .collect();
    assert_eq!(parts, [b"0123".to_vec(), b"4567".to_vec(), b"89".to_vec()]);
    assert!(received[1].query.contains("uploadId=VXBsb2Fk"));
    Ok(())
}

#[tokio::test]
async fn the_parts_of_an_upload_that_fails_are_removed() -> anyhow::Result<()> {
    let refused = || error(403, "AccessDenied", "no");
    let replies = vec![begun(), stored(), refused(), Reply::new(204, "")];
    let stub = Stub::start(replies).await?;
    let s3 = client_of_parts(&stub.url, Duration::from_secs(20), 4);
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), b"0123456789")?;
    let body = Body::File(file.path().to_owned());
    assert!(
        s3.put("exports/1.zip", body, "application/zip")
            .await
            .is_err()
    );
    let last = stub.received().pop().expect("a call");
    assert_eq!(last.method, "DELETE");
    Ok(())
}
