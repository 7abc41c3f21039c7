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

/// minio-go, and with it rclone and restic, sends `delimiter=` where it wants none.
#[tokio::test]
async fn an_empty_delimiter_is_none() {
    let stage = Stage::new().await;
    let s3 = client(&stage, "sandbox-secret");
    for key in ["data/ab/one", "data/cd/two", "locks/three"] {
        put(&s3, key).await;
    }
    let keys = async |delimiter: &str| {
        let list = s3.list_objects_v2().bucket(BUCKET).prefix("data/");
        let list = list.delimiter(delimiter).send().await.expect("a list");
        let keys: Vec<String> = list
            .contents()
            .iter()
            .filter_map(|it| it.key.clone())
            .collect();
        let groups: Vec<String> = list
            .common_prefixes()
            .iter()
            .filter_map(|it| it.prefix.clone())
            .collect();
        (keys, groups)
    };
    let all = ["data/ab/one", "data/cd/two"].map(str::to_owned).to_vec();
    assert_eq!(keys("").await, (all, Vec::new()));
    let folders = ["data/ab/", "data/cd/"].map(str::to_owned).to_vec();
    assert_eq!(keys("/").await, (Vec::new(), folders));
}

#[tokio::test]
async fn a_list_goes_on_page_by_page_over_objects_and_folders() {
    let stage = Stage::new().await;
    let s3 = client(&stage, "sandbox-secret");
    for key in ["a", "b/1", "b/2", "c", "d/1"] {
        put(&s3, key).await;
    }
    let (mut seen, mut token) = (Vec::new(), None);
    loop {
        let list = s3
            .list_objects_v2()
            .bucket(BUCKET)
            .delimiter("/")
            .max_keys(1);
        let page = list
            .set_continuation_token(token)
            .send()
            .await
            .expect("a page");
        assert_eq!(page.key_count(), Some(1));
        seen.extend(page.contents().iter().filter_map(|it| it.key.clone()));
        seen.extend(
            page.common_prefixes()
                .iter()
                .filter_map(|it| it.prefix.clone()),
        );
        token = page.next_continuation_token().map(str::to_owned);
        assert_eq!(page.is_truncated(), Some(token.is_some()));
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["a", "b/", "c", "d/"]);
}

/// rclone asks for the folder that it is to list, in case it is an object.
#[tokio::test]
async fn a_folder_is_no_object() {
    let stage = Stage::new().await;
    let s3 = client(&stage, "sandbox-secret");
    put(&s3, "data/one").await;
    let head = s3.head_object().bucket(BUCKET).key("data").send().await;
    let head = head.expect_err("none");
    assert_eq!(head.raw_response().expect("a reply").status().as_u16(), 404);
    let get = s3.get_object().bucket(BUCKET).key("data").send().await;
    let get = get.expect_err("none").into_service_error();
    assert_eq!(get.meta().code(), Some("NoSuchKey"));
    let one = s3.head_object().bucket(BUCKET).key("data/one").send().await;
    one.expect("and what is in it is there");
}

/// S3 takes keys of up to 1024 bytes.
#[tokio::test]
async fn long_keys_are_keys_like_others() {
    let stage = Stage::new().await;
    let s3 = client(&stage, "sandbox-secret");
    let longest = format!("deep/{}", "чашка/".repeat(92)) + &"x".repeat(7);
    let keys = [
        "deep/short".to_owned(),
        format!("deep/{}", "k".repeat(300)),
        longest.clone(),
    ];
    assert_eq!(longest.len(), 1_024);
    for key in &keys {
        put(&s3, key).await;
    }
    let list = s3
        .list_objects_v2()
        .bucket(BUCKET)
        .prefix("deep/")
        .send()
        .await
        .expect("a list");
    let listed: Vec<_> = list.contents().iter().filter_map(|it| it.key()).collect();
    assert_eq!(listed, [keys[1].as_str(), "deep/short", longest.as_str()]);
    let copy = s3.copy_object().bucket(BUCKET).key("deep/copy");
    copy.copy_source(format!("{BUCKET}/{}", keys[1]))
        .send()
        .await
        .expect("copied");
    for key in [&keys[1], &longest] {
        let head = s3
            .head_object()
            .bucket(BUCKET)
            .key(key)
            .send()
            .await
            .expect("there");
        assert_eq!(head.content_type(), Some("text/plain"));
        s3.delete_object()
            .bucket(BUCKET)
            .key(key)
            .send()
            .await
            .expect("gone");
        s3.head_object()
            .bucket(BUCKET)
            .key(key)
            .send()
            .await
            .expect_err("no more");
    }
    let list = s3
        .list_objects()
        .bucket(BUCKET)
        .send()
        .await
        .expect("a list");
    let listed: Vec<_> = list.contents().iter().filter_map(|it| it.key()).collect();
    assert_eq!(listed, ["deep/copy", "deep/short"]);
}

#[tokio::test]
async fn several_long_keys_are_deleted_in_one_call() {
    use aws_sdk_s3::types::{Delete, ObjectIdentifier};
    let stage = Stage::new().await;
    let s3 = client(&stage, "sandbox-secret");
    let keys = ["a".repeat(200), "b".repeat(200)];
    let mut doomed = Delete::builder();
    for key in &keys {
        put(&s3, key).await;
        doomed = doomed.objects(ObjectIdentifier::builder().key(key).build().expect("a key"));
    }
    let call = s3
        .delete_objects()
        .bucket(BUCKET)
        .delete(doomed.build().expect("some"));
    let answer = call.send().await.expect("deleted");
    let deleted: Vec<_> = answer.deleted().iter().filter_map(|it| it.key()).collect();
    assert_eq!(deleted, keys.each_ref().map(String::as_str));
    let list = s3
        .list_objects_v2()
        .bucket(BUCKET)
        .send()
        .await
        .expect("a list");
    assert_eq!(list.key_count(), Some(0));
}

async fn put(s3: &Client, key: &str) {
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"x");
    let call = s3
        .put_object()
        .bucket(BUCKET)
        .key(key)
        .content_type("text/plain");
    call.body(body)
        .send()
        .await
        .unwrap_or_else(|why| panic!("{key}: {why:?}"));
}
