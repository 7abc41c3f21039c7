//! Passkeys: one is added, signs in as two factors, proves its person anew, and is removed.

use futures_util::future::join_all;

use super::authenticator::{Authenticator, SYNCED, VERIFIED};
use super::factors::{Timed, codes, text};
use super::*;

const OPTIONS: &str = "/v1/auth/passkeys/options";
const PASSKEYS: &str = "/v1/auth/passkeys";

/// Accounts at a domain, with that of Ann, who is signed in with her password.
pub(super) struct AtDomain {
    pub timed: Timed,
    pub token: String,
}

impl AtDomain {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let timed = Timed::start_with(&[("PUBLIC_URL", "https://localhost")]).await?;
        timed.accounts.sign_up(ANN).await?;
        let (token, _) = timed.accounts.signed_in(ANN, PASSWORD).await?;
        Ok(Self { timed, token })
    }

    pub(super) async fn post(&self, path: &str, body: Option<Value>) -> anyhow::Result<Answer> {
        let call = self
            .timed
            .accounts
            .as_ann(Method::POST, path, &self.token, body);
        call.await
    }

    /// Adds a passkey, for options of now.
    pub(super) async fn adds(&self, device: &mut Authenticator) -> anyhow::Result<Answer> {
        let options = self.post(OPTIONS, None).await?;
        let credential = device.creates(&options.body);
        let body = json!({ "name": " My phone ", "credential": credential });
        self.post(PASSKEYS, Some(body)).await
    }

    /// A passkey that was added.
    pub(super) async fn with_passkey(&self, id: u8) -> anyhow::Result<Authenticator> {
        let mut device = Authenticator::new(id);
        let added = self.adds(&mut device).await?;
        anyhow::ensure!(added.status == 201, "{added:?}");
        Ok(device)
    }

    pub(super) async fn sign_in_options(&self) -> anyhow::Result<Value> {
        let path = "/v1/auth/passkeys/signin/options";
        Ok(self.timed.accounts.post(path, json!({})).await?.body)
    }

    pub(super) async fn signs_in(&self, passkey: Value) -> anyhow::Result<Answer> {
        let body = json!({ "passkey": passkey });
        self.timed
            .accounts
            .post("/v1/auth/passkeys/signin", body)
            .await
    }

    /// A sign-in, for options of now.
    pub(super) async fn comes_by(&self, device: &Authenticator) -> anyhow::Result<Answer> {
        let options = self.sign_in_options().await?;
        self.signs_in(device.signs(&options)).await
    }

    /// The only passkey.
    pub(super) async fn only(&self) -> anyhow::Result<Value> {
        let accounts = &self.timed.accounts;
        let listed = accounts
            .as_ann(Method::GET, PASSKEYS, &self.token, None)
            .await?;
        let all = listed.body["passkeys"].as_array().context("a list")?;
        anyhow::ensure!(all.len() == 1, "{listed:?}");
        Ok(all[0].clone())
    }

    pub(super) async fn told(&self, subject: &str) -> anyhow::Result<usize> {
        let accounts = &self.timed.accounts;
        accounts.quiet().await?;
        let letters = accounts.letters(ANN).await?;
        let about = letters
            .iter()
            .filter(|one| one.to_string().contains(subject));
        Ok(about.count())
    }
}

fn claims(token: &str) -> anyhow::Result<Value> {
    use base64::Engine;
    let payload = token.split('.').nth(1).context("a payload")?;
    let payload = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(payload)?;
    Ok(serde_json::from_slice(&payload)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_added_with_recovery_codes_and_the_password_asks_for_it() -> anyhow::Result<()>
{
    let ann = AtDomain::start().await?;
    let mut device = Authenticator::new(1);
    let added = ann.adds(&mut device).await?;
    assert_eq!((added.status, codes(&added).len()), (201, 10), "{added:?}");
    let shown = ann.only().await?;
    assert_eq!(shown, added.body["passkey"]);
    assert_eq!(shown["name"], json!("My phone"));
    assert_eq!(shown["transports"], json!(["internal", "hybrid"]));
    assert_eq!(
        (&shown["backed_up"], &shown["last_used_at"]),
        (&json!(false), &Value::Null)
    );
    // A second one has no codes of its own.
    let mut other = Authenticator::new(2);
    other.flags |= SYNCED;
    let second = ann.adds(&mut other).await?;
    assert!(second.body.get("recovery_codes").is_none(), "{second:?}");
    assert_eq!(second.body["passkey"]["backed_up"], json!(true));
    let accounts = &ann.timed.accounts;
    let waits = accounts.login(ANN, PASSWORD).await?;
    assert_eq!(waits.body["methods"], json!(["passkey", "recovery_code"]));
    let (waiting, recovery) = (text(&waits, "mfa_token"), codes(&added));
    let recovered = ann.timed.second(&waiting, "recovery_code", &recovery[0]);
    assert_eq!(recovered.await?.status, 200);
    let own = accounts.as_ann(Method::GET, "/v1/auth/2fa", &ann.token, None);
    let own = own.await?;
    assert_eq!(
        (&own.body["passkeys"], &own.body["totp_since"]),
        (&json!(2), &Value::Null)
    );
    assert!(own.body["proved_at"].is_string(), "{own:?}");
    assert_eq!(ann.told("A passkey was added").await?, 2);
    let lines = "audit_logs WHERE action = 'second_factor_on' AND new_value ->> 'method' = 'pop'";
    assert_eq!(accounts.count(lines).await?, 2);
    Ok(())
}

/// The members and values of sections 5.4 and 5.5.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_asked_for_a_passkey_that_verifies_its_person_and_for_no_attestation()
-> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    ann.with_passkey(1).await?;
    let options = ann.post(OPTIONS, None).await?;
    let asked = &options.body["public_key"];
    let algorithms: Vec<i64> = asked["pubKeyCredParams"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["alg"].as_i64())
        .collect();
    assert_eq!(algorithms, [-8, -7, -257]);
    assert_eq!(asked["rp"]["id"], json!("localhost"));
    assert_eq!(asked["user"]["name"], json!(ANN));
    assert_eq!(asked["attestation"], json!("none"));
    let selection = &asked["authenticatorSelection"];
    assert_eq!(selection["residentKey"], json!("required"));
    assert_eq!(selection["userVerification"], json!("required"));
    let excluded = &asked["excludeCredentials"];
    assert_eq!(excluded.as_array().map(Vec::len), Some(1), "{excluded}");
    // A sign-in names no passkey and no person.
    let options = ann.sign_in_options().await?;
    let asked = &options["public_key"];
    assert_eq!(asked["allowCredentials"], json!([]));
    assert_eq!(asked["rpId"], json!("localhost"));
    assert_eq!(asked["userVerification"], json!("required"));
    let proof = ann.post("/v1/auth/passkeys/prove/options", None).await?;
    assert_eq!(proof.body["public_key"]["allowCredentials"], *excluded);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_as_two_factors_which_an_organization_takes() -> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    let device = ann.with_passkey(1).await?;
    let signed_in = ann.comes_by(&device).await?;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    let (token, refresh) = tokens(&signed_in)?;
    let claims = claims(&token)?;
    assert_eq!(claims["amr"], json!(["pop"]));
    assert_eq!(claims["second_time"], json!(ann.timed.now()));
    assert!(ann.only().await?["last_used_at"].is_string());
    let accounts = &ann.timed.accounts;
    let body = json!({ "name": "Cup & Co" });
    let made = accounts.as_ann(Method::POST, "/v1/organizations", &token, Some(body));
    let path = format!("/v1/organizations/{}", made.await?.id()?);
    let rule = json!({ "require_second_factor": true });
    let ruled = accounts
        .as_ann(Method::PATCH, &path, &token, Some(rule))
        .await?;
    assert_eq!(ruled.status, 200, "{ruled:?}");
    let (token, _) = tokens(&accounts.refresh(&refresh).await?)?;
    let opened = accounts.as_ann(Method::GET, &path, &token, None).await?;
    assert_eq!(opened.status, 200, "{opened:?}");
    let listed = accounts.as_ann(Method::GET, "/v1/auth/sessions", &token, None);
    let listed = listed.await?;
    let mut sessions = listed.body["sessions"].as_array().into_iter().flatten();
    let current = sessions.find(|one| one["is_current"] == json!(true));
    assert_eq!(current.context("a session")?["method"], json!("pop"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_the_proof_that_is_asked_for_anew_and_is_removed_by_it() -> anyhow::Result<()>
{
    let ann = AtDomain::start().await?;
    let device = ann.with_passkey(1).await?;
    let id = ann.only().await?["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    let path = format!("{PASSKEYS}/{id}");
    let accounts = &ann.timed.accounts;
    let removes = async || {
        accounts
            .as_ann(Method::DELETE, &path, &ann.token, None)
            .await
    };
    ann.timed.pass(600);
    assert_eq!(removes().await?.refusal(), (403, "E221"));
    ann.timed.proves(&ann.token, "password", PASSWORD).await?;
    assert_eq!(removes().await?.refusal(), (403, "E221"));
    let prove = "/v1/auth/reauthenticate";
    // What was asked for a sign-in proves nothing here.
    let options = ann.sign_in_options().await?;
    let body = json!({ "passkey": device.signs(&options) });
    let refused = ann.post(prove, Some(body)).await?;
    assert_eq!(refused.refusal(), (401, "E223"));
    let options = ann
        .post("/v1/auth/passkeys/prove/options", None)
        .await?
        .body;
    let body = json!({ "passkey": device.signs(&options) });
    let both = json!({ "passkey": device.signs(&options), "password": PASSWORD });
    assert_eq!(ann.post(prove, Some(both)).await?.status, 400);
    let proved = ann.post(prove, Some(body.clone())).await?;
    assert_eq!(proved.status, 200, "{proved:?}");
    assert_eq!(
        ann.post(prove, Some(body)).await?.refusal(),
        (401, "E223"),
        "a challenge is answered once"
    );
    let renamed = json!({ "name": "The old phone" });
    let renamed = accounts.as_ann(Method::PATCH, &path, &ann.token, Some(renamed));
    assert_eq!(renamed.await?.body["name"], json!("The old phone"));
    assert_eq!(removes().await?.status, 204);
    assert_eq!(removes().await?.refusal(), (404, "E601"));
    // The password alone signs in, the recovery codes are gone, and the passkey opens nothing.
    accounts.signed_in(ANN, PASSWORD).await?;
    assert_eq!(accounts.count("recovery_codes").await?, 0);
    let proved = "sessions WHERE second_at IS NOT NULL";
    assert_eq!(accounts.count(proved).await?, 0);
    assert_eq!(ann.comes_by(&device).await?.refusal(), (401, "E223"));
    assert_eq!(ann.told("“The old phone”").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_passkey_has_signed_signs_in_once_also_for_four_at_once() -> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    let device = ann.with_passkey(1).await?;
    let signed = device.signs(&ann.sign_in_options().await?);
    let all = (0..4).map(|_| ann.signs_in(signed.clone()));
    let all: anyhow::Result<Vec<Answer>> = join_all(all).await.into_iter().collect();
    let mut answers: Vec<(u16, String)> = all?
        .iter()
        .map(|one| (one.status, text(one, "code")))
        .collect();
    answers.sort_unstable();
    let refused = (401, "E223".to_owned());
    let expected = [
        (200, String::new()),
        refused.clone(),
        refused.clone(),
        refused,
    ];
    assert_eq!(answers, expected);
    let late = device.signs(&ann.sign_in_options().await?);
    ann.timed.pass(300);
    assert_eq!(ann.signs_in(late).await?.refusal(), (401, "E223"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_goes_on_or_the_passkey_is_refused_and_its_person_told() -> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    let mut device = Authenticator::new(1);
    device.count = 1;
    ann.adds(&mut device).await?;
    for (count, status) in [(2, 200), (2, 401), (1, 401), (3, 200), (0, 401), (9, 200)] {
        device.count = count;
        let answer = ann.comes_by(&device).await?;
        assert_eq!(answer.status, status, "{count}: {answer:?}");
    }
    assert_eq!(ann.told("A passkey was refused").await?, 3);
    let accounts = &ann.timed.accounts;
    let lines = "audit_logs WHERE action = 'passkey_copied'";
    assert_eq!(accounts.count(lines).await?, 3);
    device.count = 9;
    let options = ann
        .post("/v1/auth/passkeys/prove/options", None)
        .await?
        .body;
    let body = json!({ "passkey": device.signs(&options) });
    let refused = ann.post("/v1/auth/reauthenticate", Some(body)).await?;
    assert_eq!(refused.refusal(), (401, "E223"));
    assert_eq!(accounts.count(lines).await?, 4);
    // One that does not count signs in as often as it likes.
    let mut synced = Authenticator::new(2);
    synced.flags = VERIFIED | SYNCED;
    ann.adds(&mut synced).await?;
    for _ in 0..2 {
        assert_eq!(ann.comes_by(&synced).await?.status, 200);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_its_session_by_cookies_from_our_pages_alone() -> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    let device = ann.with_passkey(1).await?;
    let app = &ann.timed.accounts.app;
    let path = "/v1/auth/passkeys/signin?cookies=1";
    let body = json!({ "passkey": device.signs(&ann.sign_in_options().await?) });
    let call = app.request(Method::POST, path).json(&body);
    let foreign = call.header("Origin", "https://evil.example").send().await?;
    assert_eq!(foreign.status(), 403);
    let signed_in = ann.timed.accounts.post(path, body).await?;
    let set: Vec<String> = super::cookies(&signed_in).into_keys().collect();
    assert_eq!(set, ["__Host-session", "__Secure-refresh"]);
    assert!(signed_in.body.get("access_token").is_none());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_signs_in_by_a_passkey_for_their_own_data_alone() -> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    let device = ann.with_passkey(1).await?;
    let accounts = &ann.timed.accounts;
    accounts
        .app
        .sql(
            "INSERT INTO suspensions (account_id, reason, since, until)
             SELECT id, 'of the test', now(), '2999-01-01T00:00:00Z' FROM users",
        )
        .await?;
    assert_eq!(ann.comes_by(&device).await?.refusal(), (403, "E215"));
    let body = json!({ "passkey": device.signs(&ann.sign_in_options().await?) });
    let path = "/v1/auth/passkeys/signin?own_data=1";
    let (token, _) = tokens(&accounts.post(path, body).await?)?;
    assert_eq!(accounts.me(&token).await?, 403);
    Ok(())
}
