//! What every answer says to a browser, who may call from other sites, and with which methods.

use reqwest::{Method, RequestBuilder};
use world::app::Answer;
use world::{TestApp, World};

const PATH: &str = "/v1/analyses/00000000-0000-0000-0000-000000000000";

async fn send(call: RequestBuilder) -> anyhow::Result<Answer> {
    Answer::of(call.send().await?).await
}

fn text<'a>(answer: &'a Answer, header: &str) -> &'a str {
    let value = answer.headers.get(header);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// A list in a header, in a fixed order.
fn list(answer: &Answer, header: &str) -> Vec<String> {
    let parts = text(answer, header)
        .split(',')
        .filter(|part| !part.trim().is_empty());
    let mut parts: Vec<String> = parts.map(|part| part.trim().to_lowercase()).collect();
    parts.sort();
    parts
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers_once() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ADMIN_KEY", "an-admin-key-of-24-bytes");
    world.strengthen();
    world.set("S3_PUBLIC_ENDPOINT", "https://photos.example.com/base");
    let app = TestApp::start_in(world).await?;
    for (path, status) in [
        ("/v1/health", 200),
        (PATH, 401),
        ("/nowhere", 404),
        ("/admin", 401),
    ] {
        let answer = send(app.request(Method::GET, path)).await?;
        assert_eq!(answer.status, status, "{path}");
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-xss-protection", "0"),
            (
                "permissions-policy",
                "geolocation=(), microphone=(), camera=()",
            ),
        ] {
            assert_eq!(text(&answer, header), value, "{path}");
        }
        for name in [
            "content-security-policy",
            "referrer-policy",
            "x-content-type-options",
        ] {
            assert_eq!(
                answer.headers.get_all(name).iter().count(),
                1,
                "{path} {name}"
            );
        }
        let policy = text(&answer, "content-security-policy");
        let own = path == "/admin";
        assert_eq!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            own,
            "{policy}"
        );
        assert_eq!(
            policy.contains("img-src 'self' data: https://photos.example.com;"),
            !own
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        let referrer = if own {
            "same-origin"
        } else {
            "strict-origin-when-cross-origin"
        };
        assert_eq!(text(&answer, "referrer-policy"), referrer);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn https_is_demanded_only_of_who_came_by_https() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (proto, secure) in [
        ("https", true),
        ("HTTPS, http", true),
        ("http", false),
        ("", false),
    ] {
        let call = app.request(Method::GET, "/v1/health");
        let answer = send(call.header("X-Forwarded-Proto", proto)).await?;
        let wanted = if secure {
            "max-age=63072000; includeSubDomains; preload"
        } else {
            ""
        };
        assert_eq!(
            text(&answer, "strict-transport-security"),
            wanted,
            "{proto}"
        );
        let upgrade =
            text(&answer, "content-security-policy").contains("upgrade-insecure-requests");
        assert_eq!(upgrade, secure, "{proto}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_list_may_call_us_and_others_may_not() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (origin, allowed) in [
        ("https://coffeereader.com", true),
        ("https://app.coffeereader.com", true),
        ("https://t.me", true),
        ("https://evil.test", false),
        ("https://app.coffeereader.com.evil.test", false),
    ] {
        let ask = app
            .request(Method::OPTIONS, "/v1/analyses")
            .header("Origin", origin);
        let ask = ask.header("Access-Control-Request-Method", "POST");
        let wanted =
            "content-type,idempotency-key,x-telegram-init-data,prefer,if-none-match,last-event-id";
        let answer = send(ask.header("Access-Control-Request-Headers", wanted)).await?;
        assert_eq!(answer.status, if allowed { 200 } else { 400 }, "{origin}");
        let expected = if allowed { origin } else { "" };
        assert_eq!(text(&answer, "access-control-allow-origin"), expected);
        if allowed {
            assert_eq!(text(&answer, "access-control-allow-credentials"), "true");
            assert_eq!(text(&answer, "access-control-max-age"), "86400");
            let methods = list(&answer, "access-control-allow-methods");
            assert_eq!(methods, ["delete", "get", "head", "patch", "post", "put"]);
        }
        // The answer itself, here a refusal: its body can be read by the page, and so can these.
        let answer = send(app.request(Method::GET, PATH).header("Origin", origin)).await?;
        assert_eq!(answer.refusal(), (401, "E201"));
        assert_eq!(text(&answer, "access-control-allow-origin"), expected);
        assert!(list(&answer, "vary").contains(&"origin".to_owned()));
        if allowed {
            let exposed = list(&answer, "access-control-expose-headers");
            for header in [
                "etag",
                "idempotency-replayed",
                "link",
                "location",
                "ratelimit",
                "retry-after",
                "x-ratelimit-limit",
                "x-request-id",
            ] {
                assert!(
                    exposed.contains(&header.to_owned()),
                    "{header}: {exposed:?}"
                );
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_page_is_shown_to_no_page_of_another_site() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ADMIN_KEY", "admin-key");
    let app = TestApp::start_in(world).await?;
    let call = app
        .request(Method::GET, "/admin")
        .basic_auth("ann", Some("admin-key"));
    let answer = send(call.header("Origin", "https://app.coffeereader.com")).await?;
    assert_eq!(answer.status, 200);
    assert_eq!(text(&answer, "access-control-allow-origin"), "");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_can_read_that_it_asked_too_often() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("RATE_LIMIT_IP", 1);
    world.set("CORS_ALLOWED_ORIGINS", "http://localhost:5173");
    let app = TestApp::start_in(world).await?;
    let ask = || {
        app.request(Method::GET, PATH)
            .header("Origin", "http://localhost:5173")
    };
    assert_eq!(send(ask()).await?.status, 401);
    let refused = send(ask()).await?;
    assert_eq!(refused.refusal(), (429, "E304"));
    assert_eq!(
        text(&refused, "access-control-allow-origin"),
        "http://localhost:5173"
    );
    assert_eq!(text(&refused, "retry-after"), "60");
    assert_eq!(text(&refused, "x-frame-options"), "DENY");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_that_a_path_does_not_have_are_refused_with_those_it_has() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (method, path, allowed) in [
        ("TRACE", PATH, &["get", "head", "options"][..]),
        ("TRACE", "/v1/analyses", &["options", "post"]),
        ("BREW", "/v1/health", &["get", "head", "options"]),
        ("PUT", "/v1/ready", &["get", "head", "options"]),
        ("GET", "/v1/webhooks/telegram", &["options", "post"]),
    ] {
        let answer = send(app.request(method.parse()?, path)).await?;
        assert_eq!(answer.refusal(), (405, "E603"), "{method} {path}");
        assert!(
            allowed
                .iter()
                .all(|one| list(&answer, "allow").contains(&(*one).to_owned())),
            "{method} {path} {answer:?}"
        );
    }
    let options = send(app.request(Method::OPTIONS, PATH)).await?;
    assert_eq!(
        (options.status, &options.body),
        (204, &serde_json::Value::Null)
    );
    assert!(list(&options, "allow").contains(&"get".to_owned()));
    let nowhere = send(app.request(Method::OPTIONS, "/v1/nowhere")).await?;
    assert_eq!(nowhere.refusal(), (404, "E601"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn head_says_what_get_says_without_the_body() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for path in ["/v1/health", "/v1/ready", PATH, "/nowhere"] {
        let get = app.request(Method::GET, path).send().await?;
        let head = app.request(Method::HEAD, path).send().await?;
        assert_eq!(head.status(), get.status(), "{path}");
        for header in ["content-type", "content-length"] {
            assert_eq!(
                head.headers().get(header),
                get.headers().get(header),
                "{path}"
            );
        }
        assert_eq!(head.bytes().await?.len(), 0, "{path}");
    }
    // The connection is as good as after any other answer.
    assert_eq!(app.get_as_service("/v1/health").await?.status, 200);
    Ok(())
}
