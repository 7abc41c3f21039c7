//! Answers in the encoding that the client asks for: RFC 9110, sections 8.4, 8.8.3.3 and 12.5.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::{Method, Response};
use world::app::words_form;
use world::{N8N_KEY, TestApp};

async fn get(app: &TestApp, path: &str, accepts: Option<&str>) -> anyhow::Result<Response> {
    let call = app.request(Method::GET, path).header("X-API-Key", N8N_KEY);
    let call = match accepts {
        Some(accepts) => call.header("Accept-Encoding", accepts),
        None => call,
    };
    Ok(call.send().await?.error_for_status()?)
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// How often an answer says that it depends on `Accept-Encoding`.
fn varies(response: &Response) -> usize {
    let fields = response.headers().get_all("vary").iter();
    let fields = fields.filter_map(|field| field.to_str().ok());
    let names = fields.flat_map(|field| field.split(',').map(str::trim));
    names
        .filter(|name| name.eq_ignore_ascii_case("accept-encoding"))
        .count()
}

async fn unzipped(response: Response) -> anyhow::Result<String> {
    let (bytes, mut text) = (response.bytes().await?, String::new());
    GzDecoder::new(&bytes[..]).read_to_string(&mut text)?;
    Ok(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_is_compressed_for_who_accepts_it_and_for_no_other() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let plain = get(&app, "/openapi.json", None).await?;
    assert_eq!(
        (header(&plain, "content-encoding"), varies(&plain)),
        ("", 1)
    );
    let plain = plain.text().await?;
    for accepts in ["gzip", "deflate, gzip;q=0.5", "br, zstd, gzip"] {
        let zipped = get(&app, "/openapi.json", Some(accepts)).await?;
        assert_eq!(
            (header(&zipped, "content-encoding"), varies(&zipped)),
            ("gzip", 1)
        );
        assert!(unzipped(zipped).await? == plain, "{accepts}");
    }
    for accepts in ["", "br", "gzip;q=0", "*", "identity;q=0", "nonsense;q=x"] {
        let same = get(&app, "/openapi.json", Some(accepts)).await?;
        assert_eq!(
            (header(&same, "content-encoding"), varies(&same)),
            ("", 1),
            "{accepts}"
        );
        assert!(same.text().await? == plain, "{accepts}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn head_has_the_headers_of_the_compressed_answer_and_no_body() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let call = app.request(Method::HEAD, "/openapi.json");
    let head = call.header("Accept-Encoding", "gzip").send().await?;
    assert_eq!(
        (header(&head, "content-encoding"), varies(&head)),
        ("gzip", 1)
    );
    assert!(head.bytes().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_answer_stays_as_it_is() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let short = get(&app, "/v1/health", Some("gzip")).await?;
    assert_eq!(
        (header(&short, "content-encoding"), varies(&short)),
        ("", 0)
    );
    assert_eq!(short.text().await?, r#"{"status":"ok"}"#);
    Ok(())
}

/// Its bytes differ by encoding, so the tag is weak; it is still the one of what the client has.
#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_reading_has_a_weak_etag_that_is_known_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(words_form("A bird")).await?.id()?;
    app.drain_jobs().await?;
    let path = format!("/v1/analyses/{id}");
    let strong = header(&get(&app, &path, None).await?, "etag").to_owned();
    let zipped = get(&app, &path, Some("gzip")).await?;
    assert_eq!(
        (header(&zipped, "content-encoding"), varies(&zipped)),
        ("gzip", 1)
    );
    assert_eq!(header(&zipped, "etag"), format!("W/{strong}"));
    let again = app.request(Method::GET, &path).header("X-API-Key", N8N_KEY);
    let again = again.header("Accept-Encoding", "gzip");
    let again = again.header("If-None-Match", header(&zipped, "etag"));
    let again = again.send().await?;
    assert_eq!((again.status().as_u16(), varies(&again)), (304, 1));
    assert_eq!(header(&again, "etag"), format!("W/{strong}"));
    assert_eq!(header(&again, "content-encoding"), "");
    Ok(())
}
