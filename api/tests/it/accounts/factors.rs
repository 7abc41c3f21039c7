//! Second factors: an app is set up, asked for at the next sign-in, and switched off.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use kernel::clock::Clock;
use kernel::env::Env;
use people::factors::vault::Vault;
use ring::hmac;

use super::*;

/// Accounts whose clock stands still until it is moved.
pub(super) struct Timed {
    pub accounts: Accounts,
    seconds: Arc<AtomicI64>,
}

impl Timed {
    pub(super) async fn start() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    pub(super) async fn start_with(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let seconds = Arc::new(AtomicI64::new(Utc::now().timestamp()));
        let shown = Arc::clone(&seconds);
        let mut world = World::new().await?;
        for (name, value) in settings {
            world.set(name, value);
        }
        world.clock = Clock::by(move || {
            DateTime::from_timestamp(shown.load(Ordering::SeqCst), 0).expect("a moment")
        });
        let accounts = Accounts::start_in(world).await?;
        Ok(Self { accounts, seconds })
    }

    pub(super) fn now(&self) -> i64 {
        self.seconds.load(Ordering::SeqCst)
    }

    pub(super) fn set(&self, seconds: i64) {
        self.seconds.store(seconds, Ordering::SeqCst);
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The code of an app whose clock is off by this many steps.
    pub(super) fn code(&self, secret: &str, off: i64) -> String {
        code(secret, self.now() / 30 + off)
    }

    /// An account with an app, of which no code is used that is good now: its secret, the access token of the session in
    /// which it was set up, and the recovery codes.
    pub(super) async fn with_app(&self) -> anyhow::Result<(String, String, Vec<String>)> {
        self.accounts.sign_up(ANN).await?;
        let (token, _) = self.accounts.signed_in(ANN, PASSWORD).await?;
        let begun = self.begin(&token).await?;
        let secret = text(&begun, "secret");
        let confirmed = self.confirm(&token, &self.code(&secret, 0)).await?;
        anyhow::ensure!(confirmed.status == 200, "{confirmed:?}");
        self.pass(300);
        Ok((secret, token, codes(&confirmed)))
    }

    pub(super) async fn begin(&self, token: &str) -> anyhow::Result<Answer> {
        self.accounts
            .as_ann(Method::POST, "/v1/auth/2fa/totp", token, None)
            .await
    }

    pub(super) async fn confirm(&self, token: &str, code: &str) -> anyhow::Result<Answer> {
        let body = json!({ "code": code });
        self.accounts
            .as_ann(Method::POST, "/v1/auth/2fa/totp/confirm", token, Some(body))
            .await
    }

    /// The token of a sign-in that waits for the second factor.
    pub(super) async fn waiting(&self) -> anyhow::Result<String> {
        let answer = self.accounts.login(ANN, PASSWORD).await?;
        anyhow::ensure!(answer.body["mfa_required"] == json!(true), "{answer:?}");
        Ok(text(&answer, "mfa_token"))
    }

    pub(super) async fn second(
        &self,
        waiting: &str,
        name: &str,
        value: &str,
    ) -> anyhow::Result<Answer> {
        let body = json!({ "mfa_token": waiting, name: value });
        self.accounts.post("/v1/auth/login/2fa", body).await
    }

    pub(super) async fn proves(
        &self,
        token: &str,
        name: &str,
        value: &str,
    ) -> anyhow::Result<Answer> {
        let body = json!({ name: value });
        self.accounts
            .as_ann(Method::POST, "/v1/auth/reauthenticate", token, Some(body))
            .await
    }

    async fn count(&self, of: &str) -> anyhow::Result<i64> {
        let query = format!("SELECT count(*) AS count FROM {of}");
        self.accounts.app.count(&query).await
    }
}

pub(super) fn text(answer: &Answer, name: &str) -> String {
    answer.body[name].as_str().unwrap_or_default().to_owned()
}

pub(super) fn codes(answer: &Answer) -> Vec<String> {
    let codes = answer.body["recovery_codes"].as_array();
    let codes = codes.into_iter().flatten().filter_map(Value::as_str);
    codes.map(str::to_owned).collect()
}

/// RFC 6238 and RFC 4226, section 5.3, apart from what the product does it with.
fn code(secret: &str, step: i64) -> String {
    let mut bits = 0_u64;
    let mut bytes = Vec::new();
    for (at, letter) in secret.bytes().enumerate() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter();
        let value = value.into_iter().position(|one| *one == letter);
        bits = (bits << 5) | u64::try_from(value.expect("base32")).expect("small");
        if at % 8 == 7 {
            bytes.extend_from_slice(&bits.to_be_bytes()[3..]);
            bits = 0;
        }
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] & 15);
    let number = tag[offset..offset + 4].try_into().expect("four bytes");
    format!(
        "{:06}",
        (u32::from_be_bytes(number) & 0x7fff_ffff) % 1_000_000
    )
}

/// RFC 6238, appendix B, through the front door: the secret for SHA-1, and of each code the last six digits.
#[tokio::test(flavor = "multi_thread")]
async fn the_codes_of_the_rfc_sign_in_at_their_time() -> anyhow::Result<()> {
    let timed = Timed::start().await?;
    timed.accounts.sign_up(ANN).await?;
    let app = &timed.accounts.app;
    let id: uuid::Uuid = {
        let (token, _) = timed.accounts.signed_in(ANN, PASSWORD).await?;
        let me = timed
            .accounts
            .as_ann(Method::GET, "/v1/users/me", &token, None);
        me.await?.id()?.parse()?
    };
    let vault = app.world.read(|env: &mut Env<'_>| Vault::read(env))?;
    let sealed = vault.seal(id, b"12345678901234567890")?;
    app.sql(&format!(
        "INSERT INTO totp_secrets (user_id, key_id, sealed, created_at, confirmed_at)
         VALUES ('{id}', '{}', '\\x{}', now(), now())",
        sealed.key_id,
        sealed
            .bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>(),
    ))
    .await?;
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        timed.set(seconds);
        let waiting = timed.waiting().await?;
        let signed_in = timed.second(&waiting, "code", code).await?;
        assert_eq!(signed_in.status, 200, "{seconds}: {signed_in:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_asked_for_once_it_has_shown_a_code_and_that_code_signs_nobody_in()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    timed.accounts.sign_up(ANN).await?;
    let (token, _) = timed.accounts.signed_in(ANN, PASSWORD).await?;
    let old = text(&timed.begin(&token).await?, "secret");
    let begun = timed.begin(&token).await?;
    let secret = text(&begun, "secret");
    assert_ne!(secret, old);
    let uri = text(&begun, "otpauth_uri");
    assert!(
        uri.starts_with("otpauth://totp/Symancy:ann%40example.org?"),
        "{uri}"
    );
    assert!(uri.contains(&format!("secret={secret}")), "{uri}");
    assert!(text(&begun, "qr_svg").contains("<svg"), "{begun:?}");
    // Not in use yet.
    timed.accounts.signed_in(ANN, PASSWORD).await?;
    for wrong in [timed.code(&old, 0), "000000".to_owned(), String::new()] {
        let refused = timed.confirm(&token, &wrong).await?;
        assert_eq!(refused.refusal(), (401, "E220"), "{wrong}");
    }
    let first = timed.code(&secret, 0);
    let confirmed = timed.confirm(&token, &first).await?;
    assert_eq!((confirmed.status, codes(&confirmed).len()), (200, 10));
    assert_eq!(
        timed.confirm(&token, &first).await?.refusal(),
        (409, "E602")
    );
    assert_eq!(timed.begin(&token).await?.refusal(), (409, "E602"));
    let sessions = timed.count("sessions").await?;
    let waits = timed.accounts.login(ANN, PASSWORD).await?;
    assert_eq!(waits.status, 200);
    assert_eq!(waits.body["methods"], json!(["totp", "recovery_code"]));
    assert!(waits.body.get("access_token").is_none(), "{waits:?}");
    assert_eq!(timed.count("sessions").await?, sessions);
    let waiting = text(&waits, "mfa_token");
    let replayed = timed.second(&waiting, "code", &first).await?;
    assert_eq!(replayed.refusal(), (401, "E220"));
    let signed_in = timed
        .second(&waiting, "code", &timed.code(&secret, 1))
        .await?;
    let (token, refresh) = tokens(&signed_in)?;
    let claims = claims(&token)?;
    assert_eq!(claims["amr"], json!(["pwd", "otp"]));
    assert_eq!(claims["second_time"], json!(timed.now()));
    let renewed = timed.accounts.refresh(&refresh).await?;
    assert_eq!(
        self::claims(&tokens(&renewed)?.0)?["amr"],
        json!(["pwd", "otp"])
    );
    let shown = timed
        .accounts
        .as_ann(Method::GET, "/v1/auth/2fa", &token, None);
    let shown = shown.await?;
    assert_eq!(shown.body["recovery_codes"], json!(10));
    assert!(shown.body["totp_since"].is_string(), "{shown:?}");
    timed.accounts.quiet().await?;
    let letters = timed.accounts.letters(ANN).await?;
    let told = letters
        .iter()
        .filter(|one| one.to_string().contains("second step"));
    assert_eq!(told.count(), 1, "{letters:?}");
    let lines = "audit_logs WHERE action = 'second_factor_on' AND actor = 'person'";
    assert_eq!(timed.count(lines).await?, 1);
    assert_eq!(
        timed
            .count("events WHERE name = 'person.second_factor_on'")
            .await?,
        1
    );
    Ok(())
}

fn claims(token: &str) -> anyhow::Result<Value> {
    use base64::Engine;
    let payload = token.split('.').nth(1).context("a payload")?;
    let payload = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(payload)?;
    Ok(serde_json::from_slice(&payload)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_code_signs_in_once_also_for_four_at_once_and_none_before_it_after_that()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let (secret, _, _) = timed.with_app().await?;
    let mut waiting = Vec::new();
    for _ in 0..4 {
        waiting.push(timed.waiting().await?);
    }
    let code = timed.code(&secret, 0);
    let all = waiting.iter().map(|one| timed.second(one, "code", &code));
    let all: anyhow::Result<Vec<Answer>> = join_all(all).await.into_iter().collect();
    let statuses: Vec<u16> = all?.iter().map(|one| one.status).collect();
    let passed = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(passed, 1, "{statuses:?}");
    assert!(
        statuses.iter().all(|status| [200, 401].contains(status)),
        "{statuses:?}"
    );
    let older = timed
        .second(&waiting[0], "code", &timed.code(&secret, -1))
        .await?;
    assert_eq!(older.status, 401, "{older:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_whose_clock_is_a_minute_off_signs_in_and_one_that_is_further_off_does_not()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let (secret, _, _) = timed.with_app().await?;
    let waiting = timed.waiting().await?;
    for off in [-3, 3] {
        let refused = timed
            .second(&waiting, "code", &timed.code(&secret, off))
            .await?;
        assert_eq!(refused.refusal(), (401, "E220"), "{off}");
    }
    let late = timed
        .second(&waiting, "code", &timed.code(&secret, -2))
        .await?;
    assert_eq!(late.status, 200, "{late:?}");
    let waiting = timed.waiting().await?;
    let early = timed
        .second(&waiting, "code", &timed.code(&secret, 2))
        .await?;
    assert_eq!(early.status, 200, "{early:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_signs_in_once_also_for_four_at_once_and_its_owner_is_told()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let (_, token, codes) = timed.with_app().await?;
    let mut waiting = Vec::new();
    for _ in 0..4 {
        waiting.push(timed.waiting().await?);
    }
    let typed = codes[3].to_uppercase().replace('-', " ");
    let all = waiting
        .iter()
        .map(|one| timed.second(one, "recovery_code", &typed));
    let all: anyhow::Result<Vec<Answer>> = join_all(all).await.into_iter().collect();
    let passed = all?.iter().filter(|one| one.status == 200).count();
    assert_eq!(passed, 1);
    assert_eq!(timed.count("recovery_codes").await?, 9);
    timed.accounts.quiet().await?;
    let letters = timed.accounts.letters(ANN).await?;
    let told = letters
        .iter()
        .filter(|one| one.to_string().contains("Left: 9"));
    assert_eq!(told.count(), 1, "{letters:?}");
    // New ones end the old ones.
    timed.proves(&token, "recovery_code", &codes[0]).await?;
    let path = "/v1/auth/2fa/recovery-codes";
    let fresh = timed
        .accounts
        .as_ann(Method::POST, path, &token, None)
        .await?;
    assert_eq!(self::codes(&fresh).len(), 10, "{fresh:?}");
    let waiting = timed.waiting().await?;
    let old = timed.second(&waiting, "recovery_code", &codes[5]).await?;
    assert_eq!(old.refusal(), (401, "E220"));
    let new = timed
        .second(&waiting, "recovery_code", &self::codes(&fresh)[5])
        .await?;
    assert_eq!(new.status, 200, "{new:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_factor_that_proves_it_is_stored_in_clear() -> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let (secret, _, codes) = timed.with_app().await?;
    for table in [
        "totp_secrets",
        "recovery_codes",
        "audit_logs",
        "events",
        "emails",
        "jobs",
    ] {
        for found in [&secret, &codes[0]] {
            let rows = format!("{table} AS one WHERE one::text ILIKE '%{found}%'");
            assert_eq!(timed.count(&rows).await?, 0, "{table}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_its_session_by_cookies_after_the_second_step() -> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let (secret, _, _) = timed.with_app().await?;
    let body = json!({ "email": ANN, "password": PASSWORD });
    let waits = timed
        .accounts
        .post("/v1/auth/login?cookies=1", body)
        .await?;
    assert!(cookies(&waits).is_empty(), "{waits:?}");
    let body = json!({ "mfa_token": text(&waits, "mfa_token"), "code": timed.code(&secret, 0) });
    let path = "/v1/auth/login/2fa?cookies=1";
    let call = timed.accounts.app.request(Method::POST, path).json(&body);
    let foreign = call.header("Origin", "https://evil.example").send().await?;
    assert_eq!(foreign.status(), 403);
    let signed_in = timed.accounts.post(path, body).await?;
    let set: Vec<String> = cookies(&signed_in).into_keys().collect();
    assert_eq!(set, ["__Host-session", "__Secure-refresh"]);
    assert!(
        signed_in.body.get("access_token").is_none(),
        "{signed_in:?}"
    );
    Ok(())
}
