//! `/app/`: the Mini App's files, from the API's own binary.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Method, Response, StatusCode};
use sha2::{Digest, Sha256};
use world::TestApp;

/// The budgets of the first load, compressed (bytes).
const SCRIPTS_MAX: usize = 35_000;
const PAGE_MAX: usize = 8_000;

async fn get(app: &TestApp, path: &str) -> anyhow::Result<Response> {
    let call = app.request(Method::GET, path);
    Ok(call.header("Accept-Encoding", "gzip").send().await?)
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap_or_default())
}

async fn page(app: &TestApp) -> anyhow::Result<String> {
    let page = app.request(Method::GET, "/app/").send().await?;
    Ok(page.error_for_status()?.text().await?)
}

/// The files that a browser loads before the first screen stands.
fn first_load(page: &str) -> impl Iterator<Item = &str> {
    page.split('"')
        .filter(|part| part.starts_with("/app/assets/"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_may_be_framed_by_telegram_alone() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for path in ["/app/", "/app/history", "/app/readings/of-any-name"] {
        let page = get(&app, path).await?;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&page, "x-frame-options"), "", "{path}");
        let policy = header(&page, "content-security-policy").to_owned();
        let framed = policy.split("frame-ancestors ").nth(1);
        let telegram = "https://web.telegram.org https://*.telegram.org";
        assert_eq!(framed, Some(telegram), "{path}");
        assert!(policy.contains("script-src 'self';"), "{policy}");
        // The one stylesheet that stands in the page.
        let page = self::page(&app).await?;
        let style = page
            .split("<style>")
            .nth(1)
            .and_then(|rest| rest.split("</style>").next());
        let digest = Sha256::digest(style.context("no style in the page")?);
        let named = format!(
            "style-src 'self' 'sha256-{}';",
            BASE64_STANDARD.encode(digest)
        );
        assert!(policy.contains(&named), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    for other in ["/v1/plans", "/docs/", "/app/assets/none.js"] {
        let answer = get(&app, other).await?;
        assert_eq!(header(&answer, "x-frame-options"), "DENY", "{other}");
        let policy = header(&answer, "content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{other}: {policy}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_by_its_content_is_kept_for_good_and_the_page_is_asked_for_again()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let page = get(&app, "/app/").await?;
    assert_eq!(header(&page, "cache-control"), "public, no-cache");
    assert_eq!(header(&page, "content-encoding"), "gzip");
    let tag = header(&page, "etag").to_owned();
    let again = app.request(Method::GET, "/app/history");
    let again = again.header("If-None-Match", &tag).send().await?;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    for path in first_load(&self::page(&app).await?) {
        let asset = get(&app, path).await?.error_for_status()?;
        let kept = "public, max-age=31536000, immutable";
        assert_eq!(header(&asset, "cache-control"), kept, "{path}");
        assert_eq!(header(&asset, "content-encoding"), "gzip", "{path}");
        assert!(
            header(&asset, "vary").starts_with("accept-encoding"),
            "{path}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_served() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for path in [
        "assets/none.js",
        "sources.sha256",
        "../Cargo.toml",
        "%2e%2e/Cargo.toml",
    ] {
        let answer = get(&app, &format!("/app/{path}")).await?;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let entrance = get(&app, "/app?reading=1").await?;
    assert!(entrance.url().as_str().ends_with("/app/?reading=1"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_load_stays_within_its_budget() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut scripts = 0;
    for path in first_load(&page(&app).await?) {
        assert!(
            path.ends_with(".js"),
            "{path} keeps the first paint waiting"
        );
        scripts += get(&app, path).await?.bytes().await?.len();
    }
    // Its stylesheet stands in it.
    let page = get(&app, "/app/").await?.bytes().await?.len();
    assert!((1..=SCRIPTS_MAX).contains(&scripts), "{scripts} bytes");
    assert!((1..=PAGE_MAX).contains(&page), "{page} bytes");
    Ok(())
}

/// `web/stamp.mjs` writes the same digest beside the build.
#[test]
fn the_committed_build_is_of_these_sources() -> anyhow::Result<()> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web");
    let mut files = Vec::new();
    sources(&web.join("mini-app/src"), &mut files)?;
    let others = [
        "client/src/index.ts",
        "mini-app/index.html",
        "mini-app/vite.config.ts",
        "package-lock.json",
    ];
    files.extend(others.iter().map(|name| web.join(name)));
    let named = files.iter().map(|file| {
        let name = file.strip_prefix(&web).expect("below it");
        (name.to_str().expect("UTF-8").to_owned(), file)
    });
    let mut named: Vec<_> = named.collect();
    named.sort();
    let mut digest = Sha256::new();
    for (name, file) in named {
        digest.update(format!("{name}\n"));
        digest.update(fs::read(file)?);
    }
    let stamp = fs::read_to_string(web.join("mini-app/dist/sources.sha256"))?;
    let digest = digest.finalize();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(
        stamp.trim() == digest,
        "the sources have changed since: run `make web`"
    );
    Ok(())
}

/// Tests are no part of the build.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if !path.to_string_lossy().contains(".test.") {
            found.push(path);
        }
    }
    Ok(())
}
