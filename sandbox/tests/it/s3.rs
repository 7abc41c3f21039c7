//! The object store through the vendor's own client.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_s3::presigning::PresigningConfig;
use serde_json::json;

use crate::stage::Stage;

const BUCKET: &str = "symancy-photos";

fn client(stage: &Stage, secret: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(stage.s3_url())
        .credentials_provider(Credentials::new("sandbox", secret, None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

#[tokio::test]
async fn an_object_is_put_read_presigned_and_deleted() {
    let stage = Stage::new().await;
    let s3 = client(&stage, "sandbox-secret");
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"grounds");
    let put = s3
        .put_object()
        .bucket(BUCKET)
        .key("a/b.jpg")
        .content_type("image/jpeg")
        .body(body);
    put.send().await.expect("stored");
    let head = s3
        .head_object()
        .bucket(BUCKET)
        .key("a/b.jpg")
        .send()
        .await
        .expect("there");
    assert_eq!(head.content_length(), Some(7));
    let object = s3
        .get_object()
        .bucket(BUCKET)
        .key("a/b.jpg")
        .send()
        .await
        .expect("read");
    assert_eq!(
        object
            .body
            .collect()
            .await
            .expect("bytes")
            .into_bytes()
            .as_ref(),
        b"grounds"
    );
    let hour = PresigningConfig::expires_in(std::time::Duration::from_secs(3600)).expect("an hour");
    let link = s3
        .get_object()
        .bucket(BUCKET)
        .key("a/b.jpg")
        .presigned(hour)
        .await
        .expect("a link");
    let fetched = stage
        .client
        .get(link.uri())
        .send()
        .await
        .expect("an answer");
    assert_eq!(fetched.text().await.expect("text"), "grounds");
    let forged = stage
        .client
        .get(link.uri().replace("b.jpg", "c.jpg"))
        .send()
        .await;
    assert_eq!(forged.expect("an answer").status(), 403);
    s3.delete_object()
        .bucket(BUCKET)
        .key("a/b.jpg")
        .send()
        .await
        .expect("gone");
    assert!(
        s3.head_object()
            .bucket(BUCKET)
            .key("a/b.jpg")
            .send()
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let stage = Stage::new().await;
    let s3 = client(&stage, "guess");
    let refused = s3
        .get_object()
        .bucket(BUCKET)
        .key("x")
        .send()
        .await
        .expect_err("refused");
    assert_eq!(
        refused.raw_response().expect("a reply").status().as_u16(),
        403
    );
}

#[tokio::test]
async fn faults_strike_the_verbs_they_name() {
    let stage = Stage::new().await;
    let s3 = client(&stage, "sandbox-secret");
    let body = || aws_sdk_s3::primitives::ByteStream::from_static(b"x");
    let put = || s3.put_object().bucket(BUCKET).key("x").body(body()).send();
    stage
        .faults(json!({"s3": {"methods": {"PUT": {"rate_limit": {"retry_after": 1}}}}}))
        .await;
    let slow = put().await.expect_err("refused");
    assert_eq!(slow.raw_response().expect("a reply").status().as_u16(), 503);
    assert_eq!(slow.into_service_error().meta().code(), Some("SlowDown"));
    stage
        .faults(json!({"s3": {"lost_reply_rate": 1.0, "times": 1}}))
        .await;
    put().await.expect_err("the reply is lost");
    s3.get_object()
        .bucket(BUCKET)
        .key("x")
        .send()
        .await
        .expect("but the object is there");
    let report = stage.get("/control/calls?service=s3").await;
    assert_eq!(report["methods"]["s3"], json!({"GET": 1, "PUT": 2}));
}
