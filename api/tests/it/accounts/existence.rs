//! Nobody learns whether an address has an account.

use std::sync::Mutex;
use std::thread::ThreadId;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use super::*;

/// Of all threads: other tests of this process run beside this one.
static STATEMENTS: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());

struct Recorder;

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && let Ok(mut all) = STATEMENTS.lock()
        {
            all.push((std::thread::current().id(), query.to_string()));
        }
    }
}

const KNOWN: &str = "known.here@example.org";
const UNKNOWN: &str = "nobody.here@example.org";

/// Status, body and statements of a request about an address. The API has one thread for requests: that on which the
/// address was bound.
async fn statements(
    app: &TestApp,
    path: &str,
    body: &Value,
    email: &str,
) -> anyhow::Result<(u16, Value, Vec<String>)> {
    app.sql("DELETE FROM sign_in_attempts").await?;
    if let Ok(mut all) = STATEMENTS.lock() {
        all.clear();
    }
    let call = app.request(Method::POST, path).json(body);
    let answer = Answer::of(call.send().await?).await?;
    let mut body = answer.body.clone();
    body["request_id"] = Value::Null;
    let all = STATEMENTS.lock().map(|all| all.clone()).unwrap_or_default();
    let about = all.iter().find(|(_, text)| text.contains(email));
    let (thread, _) = about.with_context(|| format!("{path}: nothing was recorded"))?;
    let own = all.iter().filter(|(other, _)| other == thread);
    // Asked for every 5 seconds, by whichever request comes then.
    let own = own.filter(|(_, text)| !text.contains("system_settings"));
    let texts = own.map(|(_, text)| {
        text.split(" -- binds")
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    Ok((answer.status, body, texts.collect()))
}

/// Time tells nothing that the work does not: every path that takes an address runs the same statements for a known one
/// and an unknown one, and answers the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_known_address_and_an_unknown_one_cause_the_same_statements_and_answers()
-> anyhow::Result<()> {
    set_default_instrumentation(|| Some(Box::new(Recorder)))?;
    let Accounts {
        app,
        _worker: worker,
    } = {
        let accounts = Accounts::start().await?;
        accounts.sign_up(KNOWN).await?;
        accounts.quiet().await?;
        accounts
    };
    worker.stop().await;
    // Once, so that what is prepared once a connection is prepared.
    for email in [KNOWN, UNKNOWN] {
        for (path, body) in paths(email) {
            statements(&app, path, &body, email).await?;
        }
    }
    for ((path, known), (_, unknown)) in paths(KNOWN).into_iter().zip(paths(UNKNOWN)) {
        let known = statements(&app, path, &known, KNOWN).await?;
        let unknown = statements(&app, path, &unknown, UNKNOWN).await?;
        assert_eq!(known, unknown, "{path}");
    }
    Ok(())
}

/// All paths that take an address and no credential.
fn paths(email: &str) -> Vec<(&'static str, Value)> {
    vec![
        (
            "/v1/auth/login",
            json!({ "email": email, "password": "a wrong one of some length" }),
        ),
        (
            "/v1/auth/register",
            json!({ "email": email, "password": OTHER_PASSWORD }),
        ),
        ("/v1/auth/forgot-password", json!({ "email": email })),
        ("/v1/auth/resend-verification", json!({ "email": email })),
    ]
}

/// The list above is complete.
#[tokio::test(flavor = "multi_thread")]
async fn every_open_path_that_takes_an_address_is_compared() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let call = app.request(Method::GET, "/openapi.json");
    let document = Answer::of(call.send().await?).await?.body;
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().context("paths")? {
        let post = &item["post"];
        let open = post["security"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one == &json!({})));
        let schema = &post["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let name = schema
            .as_str()
            .and_then(|name| name.rsplit('/').next())
            .unwrap_or_default();
        let fields = &document["components"]["schemas"][name]["properties"];
        if open && path.starts_with("/v1/auth/") && fields.get("email").is_some() {
            found.push(path.clone());
        }
    }
    let mut compared: Vec<String> = paths(ANN)
        .into_iter()
        .map(|(path, _)| path.to_owned())
        .collect();
    compared.sort();
    found.sort();
    assert_eq!(found, compared);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_a_known_address_learns_who_asks_and_nobody_else_does() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let again = accounts.register("ANN@example.org").await?;
    assert_eq!(again.status, 202);
    let told = accounts.letter(ANN, 2).await?;
    assert!(
        told.contains("/auth/sign-in") && told.contains("/auth/forgot"),
        "{told}"
    );
    assert!(!told.contains("#token="), "{told}");
    let nobody = accounts
        .post(
            "/v1/auth/forgot-password",
            json!({ "email": "nobody@example.org" }),
        )
        .await?;
    assert_eq!((nobody.status, &nobody.body), (202, &again.body));
    accounts.quiet().await?;
    assert_eq!(accounts.letters("nobody@example.org").await?.len(), 0);
    let waiting = accounts
        .app
        .count("SELECT count(*) AS count FROM address_requests")
        .await?;
    assert_eq!(waiting, 0, "what is answered is deleted");
    assert_eq!(
        accounts.login(ANN, PASSWORD).await?.status,
        200,
        "the password is the first one"
    );
    Ok(())
}

/// Every flow finds the account, whatever the case, and the letter goes to the stored spelling.
#[tokio::test(flavor = "multi_thread")]
async fn the_case_of_an_address_makes_no_second_account() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up("Ann@Example.org").await?;
    assert_eq!(
        accounts.login("aNN@eXAMPLE.ORG", PASSWORD).await?.status,
        200
    );
    accounts
        .post(
            "/v1/auth/forgot-password",
            json!({ "email": "ANN@EXAMPLE.ORG" }),
        )
        .await?;
    accounts.letter("Ann@example.org", 2).await?;
    let typed = accounts.letters("ANN@EXAMPLE.ORG").await?;
    assert!(
        typed
            .iter()
            .all(|letter| letter["to"] == json!(["Ann@example.org"])),
        "{typed:?}"
    );
    Ok(())
}

/// U+212A, U+0131, U+017F and a Cyrillic о.
#[tokio::test(flavor = "multi_thread")]
async fn look_alikes_of_a_known_address_reach_nothing() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up("mike.sosi@example.org").await?;
    for look_alike in [
        "mi\u{212a}e.sosi@example.org",
        "m\u{131}ke.sosi@example.org",
        "mike.\u{17f}osi@example.org",
        "mike.s\u{43e}si@example.org",
    ] {
        for path in [
            "/v1/auth/forgot-password",
            "/v1/auth/resend-verification",
            "/v1/auth/register",
        ] {
            let body = match path {
                "/v1/auth/register" => json!({ "email": look_alike, "password": OTHER_PASSWORD }),
                _ => json!({ "email": look_alike }),
            };
            assert_eq!(
                accounts.post(path, body).await?.refusal(),
                (400, "E105"),
                "{path} {look_alike}"
            );
        }
    }
    accounts.quiet().await?;
    assert_eq!(accounts.letters("mike.sosi@example.org").await?.len(), 2);
    Ok(())
}
