//! S3: what a failure means for the next try.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>. The SDK tries
//! three times; `x-amz-retry-after` (milliseconds) keeps it from sleeping for long in between.

use std::time::{Duration, Instant};

use vendors::ProviderErrorKind as Kind;
use vendors::ProviderErrorKind::{Auth, Protocol, RateLimited, Rejected, Timeout, Transient};
use vendors::storage::{Body, Bucket, Storage};

use crate::failure;
use crate::s3::{KEY_ID, SECRET, client, error, s3};
use testkit::stub::{Reply, Stub, unused_address};

const SECRETS: &[&str] = &[SECRET, KEY_ID];

async fn put(s3: &dyn Storage) -> Result<(), vendors::ProviderError> {
    s3.put("photos/1.jpg", Body::Memory("a photo".into()), "image/jpeg")
        .await
}

/// How every method fails if this is the answer to every try.
async fn kind_of(reply: Reply) -> anyhow::Result<Kind> {
    let reply = reply.header("x-amz-retry-after", "10");
    let (_stub, s3) = s3(vec![reply; 9]).await?;
    let kind = failure(put(&*s3).await, SECRETS)?;
    assert_eq!(failure(s3.get("photos/1.jpg").await, SECRETS)?, kind);
    assert_eq!(failure(s3.delete("photos/1.jpg").await, SECRETS)?, kind);
    Ok(kind)
}

#[tokio::test]
async fn silence_is_a_timeout() -> anyhow::Result<()> {
    let stub = Stub::start([Reply::new(200, "").after(Duration::from_secs(30))]).await?;
    let asked = Instant::now();
    let result = put(&*client(&stub.url, Duration::from_millis(200))).await;
    assert_eq!(failure(result, SECRETS)?, Timeout);
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    Ok(())
}

#[tokio::test]
async fn an_object_that_stalls_half_way_is_a_timeout() -> anyhow::Result<()> {
    let stub = Stub::start([Reply::new(200, "a photo").cut_after(Duration::from_secs(4))]).await?;
    let result = client(&stub.url, Duration::from_millis(200))
        .get("photos/1.jpg")
        .await;
    assert_eq!(failure(result, SECRETS)?, Timeout);
    Ok(())
}

#[tokio::test]
async fn an_object_that_breaks_off_is_transient() -> anyhow::Result<()> {
    let cut = Reply::new(200, "a photo").cut_after(Duration::from_millis(50));
    let (_stub, s3) = s3(vec![cut]).await?;
    assert_eq!(failure(s3.get("photos/1.jpg").await, SECRETS)?, Transient);
    Ok(())
}

#[tokio::test]
async fn a_request_to_slow_down_is_a_limit() -> anyhow::Result<()> {
    let slow = error(503, "SlowDown", "Please reduce your request rate.");
    assert_eq!(kind_of(slow.clone()).await?, RateLimited(None));
    let kind = kind_of(slow.header("retry-after", "17")).await?;
    assert_eq!(kind, RateLimited(Some(Duration::from_secs(17))));
    Ok(())
}

#[tokio::test]
async fn a_429_tells_how_long_to_wait() -> anyhow::Result<()> {
    let slow = error(429, "TooManyRequests", "Please reduce your request rate.");
    let kind = kind_of(slow.header("retry-after", "17")).await?;
    assert_eq!(kind, RateLimited(Some(Duration::from_secs(17))));
    Ok(())
}

#[tokio::test]
async fn a_fault_of_the_server_is_transient() -> anyhow::Result<()> {
    for reply in [
        error(
            500,
            "InternalError",
            "We encountered an internal error. Please try again.",
        ),
        error(
            503,
            "ServiceUnavailable",
            "Service is unable to handle request.",
        ),
        Reply::html(500),
        Reply::html(502),
        Reply::html(503),
    ] {
        assert_eq!(kind_of(reply.clone()).await?, Transient, "{reply:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_address_without_a_server_is_transient() -> anyhow::Result<()> {
    let (url, _port) = unused_address()?;
    let result = client(&url, Duration::from_secs(20))
        .get("photos/1.jpg")
        .await;
    assert_eq!(failure(result, SECRETS)?, Transient);
    Ok(())
}

#[tokio::test]
async fn a_refused_credential_is_for_an_operator_to_mend() -> anyhow::Result<()> {
    let unknown = format!(
        "<Error><Code>InvalidAccessKeyId</Code><Message>The AWS Access Key Id you provided does \
         not exist in our records.</Message><AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId>\
         <RequestId>4442587FB7D0A2F9</RequestId></Error>"
    );
    for reply in [
        error(403, "AccessDenied", "Access Denied"),
        error(
            403,
            "SignatureDoesNotMatch",
            "The request signature does not match.",
        ),
        Reply::new(403, unknown),
        Reply::html(403),
        Reply::new(401, ""),
    ] {
        assert_eq!(kind_of(reply.clone()).await?, Auth, "{reply:?}");
    }
    let (_stub, s3) = s3(vec![Reply::new(403, "")]).await?;
    assert_eq!(failure(s3.ping().await, SECRETS)?, Auth);
    Ok(())
}

#[tokio::test]
async fn a_bad_request_is_rejected() -> anyhow::Result<()> {
    let long = error(400, "KeyTooLongError", "Your key is too long.");
    assert_eq!(kind_of(long).await?, Rejected);
    Ok(())
}

#[tokio::test]
async fn a_missing_bucket_is_not_a_missing_object() -> anyhow::Result<()> {
    let missing = error(404, "NoSuchBucket", "The specified bucket does not exist.");
    assert_eq!(kind_of(missing).await?, Transient);
    assert_eq!(kind_of(Reply::html(404)).await?, Transient);
    let (_stub, s3) = s3(vec![Reply::new(404, "")]).await?;
    assert_eq!(failure(s3.ping().await, SECRETS)?, Transient);
    Ok(())
}

#[tokio::test]
async fn an_error_that_is_not_the_documented_xml_is_a_breach_of_the_protocol() -> anyhow::Result<()>
{
    for body in [
        &b"<Error><Cod"[..],
        b"<html><body>400 Bad Request</body></html>",
        b"\x00\xff\xfe garbage",
        b"{\"oops\":true}",
    ] {
        assert_eq!(kind_of(Reply::new(400, body)).await?, Protocol, "{body:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_an_error_before_anything_is_sent() -> anyhow::Result<()> {
    let (stub, s3) = s3(Vec::new()).await?;
    let missing = Body::File(tempfile::tempdir()?.path().join("gone.jpg"));
    assert_eq!(
        failure(s3.put("photos/1.jpg", missing, "image/jpeg").await, SECRETS)?,
        Transient
    );
    assert!(stub.received().is_empty());
    Ok(())
}
