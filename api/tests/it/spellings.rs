//! A path may be spelled in many ways (RFC 3986, section 2.1), and the router reads them all alike:
//! what a key may do must not depend on the spelling.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use people::api_keys::model::Scope;
use reqwest::Method;
use serde_json::Value;
use world::app::Answer;
use world::{TestApp, WEBHOOK_SECRET, World};

use crate::keys::{Rights, key_with};

/// Of no reading and no export.
const ID: &str = "00000000-0000-0000-0000-000000000000";

/// Every path of the OpenAPI document with its methods; each `{id}` is filled in.
pub(crate) fn described() -> anyhow::Result<Vec<(String, Vec<Method>)>> {
    let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json"))?;
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.map(|(path, item)| {
        let methods = item.as_object().into_iter().flat_map(|item| item.keys());
        let methods = methods.map(|method| Ok(method.to_uppercase().parse()?));
        Ok((
            path.replace("{id}", ID),
            methods.collect::<anyhow::Result<_>>()?,
        ))
    });
    all.collect()
}

/// The path with one of its characters percent-encoded: each in turn, in both cases of the digits.
fn spellings(path: &str) -> BTreeSet<String> {
    let encoded = path.char_indices().skip(1).flat_map(|(at, letter)| {
        let (before, after) = (&path[..at], &path[at + letter.len_utf8()..]);
        let code = u32::from(letter);
        [
            format!("{before}%{code:02X}{after}"),
            format!("{before}%{code:02x}{after}"),
        ]
    });
    encoded.collect()
}

/// Every letter at once.
fn all_encoded(path: &str) -> String {
    let encode = |letter: char| match letter {
        '/' => "/".to_owned(),
        letter => format!("%{:02X}", u32::from(letter)),
    };
    path.chars().map(encode).collect()
}

async fn app() -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("RATE_LIMIT_KEY", 1_000_000);
    world.set("RATE_LIMIT_IP", 1_000_000);
    TestApp::start_in(world).await
}

async fn ask(app: &TestApp, method: &Method, path: &str, key: &str) -> anyhow::Result<Answer> {
    ask_for(app, "7", method, path, key).await
}

async fn ask_for(
    app: &TestApp,
    person: &str,
    method: &Method,
    path: &str,
    key: &str,
) -> anyhow::Result<Answer> {
    let call = app.request(method.clone(), path).header("X-API-Key", key);
    Answer::of(call.header("X-Telegram-User-Id", person).send().await?).await
}

/// Keys that have all scopes but one, for each scope.
async fn keys_that_lack_one(app: &TestApp) -> anyhow::Result<Vec<String>> {
    let mut keys = Vec::new();
    for lacking in Scope::ALL {
        let others = Scope::ALL.iter().filter(|scope| *scope != lacking);
        let others: Vec<&str> = others.map(|scope| scope.as_str()).collect();
        let rights = Rights {
            scopes: &others,
            ..Rights::default()
        };
        keys.push(key_with(app, rights).await?.1);
    }
    Ok(keys)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_a_path_opens_it_to_a_key_without_the_scope() -> anyhow::Result<()> {
    let app = app().await?;
    // A request that passes is refused for the person, so it changes nothing.
    let person = "no number";
    let keys = keys_that_lack_one(&app).await?;
    let mut scoped = 0;
    for (path, methods) in described()? {
        for method in methods {
            let mut refused = Vec::new();
            for key in &keys {
                let plain = ask_for(&app, person, &method, &path, key).await?;
                if plain.refusal() == (403, "E204") {
                    refused.push(key);
                }
            }
            if path.starts_with("/v1/admin/") {
                assert_eq!(
                    refused.len(),
                    keys.len(),
                    "{method} {path} is for operators"
                );
            } else {
                assert!(refused.len() <= 1, "{method} {path} needs two scopes");
                scoped += refused.len();
            }
            refused.truncate(1);
            for key in refused {
                let spellings = spellings(&path).into_iter().chain([all_encoded(&path)]);
                let (app, method) = (&app, &method);
                let asked = stream::iter(spellings).map(|other| async move {
                    let answer = ask_for(app, person, method, &other, key).await?;
                    // A slash that is encoded is none: that is another path, if there is one at all, and there
                    // the person is refused.
                    let is_other = other.to_lowercase().contains("%2f");
                    assert!(
                        answer.refusal() == (403, "E204")
                            || is_other && [400, 404, 405].contains(&answer.status),
                        "{method} {other}: {answer:?}"
                    );
                    anyhow::Ok(())
                });
                asked.buffer_unordered(8).try_collect::<()>().await?;
            }
        }
    }
    // All but health, readiness, metrics, what is public, sessions and the webhooks.
    assert_eq!(scoped, 122);
    assert_eq!(app.rows().await?, (0, 0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_opens_its_paths_in_every_spelling() -> anyhow::Result<()> {
    let app = app().await?;
    let rights = Rights {
        scopes: &["privacy"],
        ..Rights::default()
    };
    let (_, key) = key_with(&app, rights).await?;
    for path in ["/v1/users/me/exports", "/v1/users/me/%65xports"] {
        let answer = ask(&app, &Method::GET, path, &key).await?;
        assert_eq!(answer.status, 200, "{path}");
    }
    for path in ["/v1/users/me", "/v1/users/%6de"] {
        let answer = ask(&app, &Method::GET, path, &key).await?;
        assert_eq!(answer.refusal(), (403, "E204"), "{path}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_counted_alike_in_every_spelling() -> anyhow::Result<()> {
    let app = app().await?;
    let counted = async |method: Method, path: &str| {
        let call = app.request(method, path).json(&Value::Null);
        let call = call.header("X-Telegram-Bot-Api-Secret-Token", WEBHOOK_SECRET);
        let answer = Answer::of(call.send().await?).await?;
        anyhow::Ok(answer.headers.contains_key("ratelimit"))
    };
    for path in ["/v1/health", "/v1/h%65alth", "/v1/ready", "/%761/read%79"] {
        assert!(!counted(Method::GET, path).await?, "{path}");
    }
    for path in ["/v1/webhooks/telegram", "/v1/webh%6Foks/telegram"] {
        assert!(!counted(Method::POST, path).await?, "{path}");
    }
    for path in [
        "/v1/plans",
        "/v1/pl%61ns",
        "/v1/health%2f",
        "/v1",
        "/v1/nothing",
    ] {
        assert!(counted(Method::GET, path).await?, "{path}");
    }
    Ok(())
}
