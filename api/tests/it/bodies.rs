//! What of a request is too much, or too slow.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use world::app::Answer;
use world::{TestApp, World};

/// Writes bytes to the API and reads what comes back, until it has `wanted` or ends.
pub(crate) async fn speak(app: &TestApp, bytes: &[u8], wanted: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(app.addr()).await?;
    stream.write_all(bytes).await?;
    let (mut told, mut chunk) = (Vec::new(), [0; 4_096]);
    let listen = async {
        loop {
            let read = stream.read(&mut chunk).await?;
            told.extend_from_slice(&chunk[..read]);
            let text = String::from_utf8_lossy(&told);
            if read == 0 || text.contains(wanted) {
                return Ok(text.into_owned());
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), listen).await?
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_waited_for() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("BODY_TIMEOUT_SECONDS", 1);
    world.set("UPLOAD_TIMEOUT_SECONDS", 1);
    let app = TestApp::start_in(world).await?;
    let webhook = "POST /v1/webhooks/telegram HTTP/1.1\r\nHost: x\r\n\
        X-Telegram-Bot-Api-Secret-Token: webhook-secret\r\nContent-Type: application/json\r\n\
        Content-Length: 100\r\n\r\n{\"update_id\":";
    let upload = "POST /v1/analyses HTTP/1.1\r\nHost: x\r\nX-API-Key: n8n-key\r\n\
        Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 1000\r\n\r\n\
        --B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\na bi";
    for request in [webhook, upload] {
        let answer = speak(&app, request.as_bytes(), "E108").await?;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("\"code\":\"E108\""), "{answer}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_with_its_code() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let call = app.request(Method::POST, "/v1/webhooks/telegram");
    let call = call.header("X-Telegram-Bot-Api-Secret-Token", "webhook-secret");
    let answer = Answer::of(call.body(vec![b'x'; 1024 * 1024 + 1]).send().await?).await?;
    assert_eq!(answer.refusal(), (413, "E107"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_without_end_is_refused() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut request = b"GET /v1/health HTTP/1.1\r\nHost: x\r\nX-Long: ".to_vec();
    request.resize(request.len() + 160 * 1024, b'x');
    let answer = speak(&app, &request, "\r\n\r\n").await?;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    Ok(())
}
