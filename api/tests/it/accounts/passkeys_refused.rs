//! What proves nothing: passkeys of other pages and other persons, other challenges, persons who were not verified.

use super::authenticator::{Authenticator, PRESENT, SYNCED, VERIFIED};
use super::factors::Timed;
use super::passkeys::AtDomain;
use super::*;

const BOB: &str = "bob@example.org";

/// One change of an authenticator.
type Change = fn(&mut Authenticator);

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_by_what_is_for_another_page_or_without_its_person_is_refused_alike()
-> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    let device = ann.with_passkey(1).await?;
    let options = ann.sign_in_options().await?;
    let changes: [(&str, Change); 14] = [
        ("origin", |one| {
            one.origin = "https://evil.example".to_owned()
        }),
        ("port", |one| one.origin += ":8443"),
        ("scheme", |one| one.origin = "http://localhost".to_owned()),
        ("below", |one| one.origin = "https://a.localhost".to_owned()),
        ("party", |one| one.rp_id = "evil.example".to_owned()),
        ("unverified", |one| one.flags = PRESENT),
        ("absent", |one| one.flags = VERIFIED - PRESENT),
        ("eligible", |one| one.flags |= SYNCED),
        ("framed", |one| {
            one.client_data = json!({ "crossOrigin": true })
        }),
        ("frame", |one| {
            one.client_data = json!({ "topOrigin": "https://evil.example" });
        }),
        ("type", |one| {
            one.client_data = json!({ "type": "webauthn.create" })
        }),
        ("handle", |one| one.handle = Some("AAAA".to_owned())),
        ("no handle", |one| one.handle = None),
        ("unknown", |one| one.id = vec![7; 32]),
    ];
    let mut bodies = Vec::new();
    for (name, change) in changes {
        let mut other = device.clone();
        change(&mut other);
        let mut refused = ann.signs_in(other.signs(&options)).await?;
        assert_eq!(refused.refusal(), (401, "E223"), "{name}");
        refused.body["request_id"] = Value::Null;
        bodies.push(refused.body);
    }
    // By another key.
    let mut forged = Authenticator::new(1);
    forged.handle = device.handle.clone();
    let refused = ann.signs_in(forged.signs(&options)).await?;
    assert_eq!(refused.refusal(), (401, "E223"));
    // Nothing tells what was wrong.
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let good = ann.signs_in(device.signs(&options)).await?;
    assert_eq!(good.status, 200, "{good:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_for_what_it_was_made_for() -> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    let mut device = ann.with_passkey(1).await?;
    let registration = ann.post("/v1/auth/passkeys/options", None).await?.body;
    let proof = ann
        .post("/v1/auth/passkeys/prove/options", None)
        .await?
        .body;
    let own = json!({ "public_key": { "challenge": "A".repeat(54) } });
    for options in [&registration, &proof, &own] {
        let refused = ann.signs_in(device.signs(options)).await?;
        assert_eq!(refused.refusal(), (401, "E223"), "{options}");
    }
    let sign_in = ann.sign_in_options().await?;
    device.id = vec![2; 32];
    for options in [&sign_in, &proof, &own] {
        let body = json!({ "name": "x", "credential": device.creates(options) });
        let refused = ann.post("/v1/auth/passkeys", Some(body)).await?;
        assert_eq!(refused.refusal(), (400, "E105"), "{options}");
    }
    // In another session of the same person, too.
    let first = ann.timed.accounts.count("passkeys").await?;
    let body = json!({ "name": "x", "credential": device.creates(&registration) });
    let path = "/v1/auth/passkeys";
    let mut first_one = device.clone();
    first_one.id = vec![1; 32];
    let (other, _) = tokens(&ann.comes_by(&first_one).await?)?;
    let call = ann
        .timed
        .accounts
        .as_ann(Method::POST, path, &other, Some(body.clone()));
    assert_eq!(call.await?.refusal(), (400, "E105"));
    assert_eq!(ann.timed.accounts.count("passkeys").await?, first);
    assert_eq!(ann.post(path, Some(body.clone())).await?.status, 201);
    // Once.
    assert_eq!(ann.post(path, Some(body)).await?.refusal(), (400, "E105"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_is_for_another_page_or_without_its_person_is_refused_with_the_reason()
-> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    let options = ann.post("/v1/auth/passkeys/options", None).await?.body;
    let changes: [(&str, Change); 7] = [
        ("origin", |one| {
            one.origin = "https://evil.example".to_owned()
        }),
        ("party", |one| one.rp_id = "evil.example".to_owned()),
        ("unverified", |one| one.flags = PRESENT),
        ("copied", |one| one.flags = VERIFIED | (SYNCED - 0b1000)),
        ("framed", |one| {
            one.client_data = json!({ "crossOrigin": true })
        }),
        ("type", |one| {
            one.client_data = json!({ "type": "webauthn.get" })
        }),
        // EdDSA, of a key on P-256.
        ("algorithm", |one| one.algorithm = 0x27),
    ];
    for (name, change) in changes {
        let mut device = Authenticator::new(1);
        change(&mut device);
        let body = json!({ "name": "x", "credential": device.creates(&options) });
        let refused = ann.post("/v1/auth/passkeys", Some(body)).await?;
        assert_eq!(refused.refusal(), (400, "E105"), "{name}");
        assert_eq!(refused.body["details"]["field"], json!("credential"));
    }
    let mut device = Authenticator::new(1);
    let mut other = device.creates(&options);
    other["id"] = json!("AAAA");
    for (name, credential) in [("x", other), ("  ", device.creates(&options))] {
        let body = json!({ "name": name, "credential": credential });
        let refused = ann.post("/v1/auth/passkeys", Some(body)).await?;
        assert_eq!(refused.refusal(), (400, "E105"), "{name}");
    }
    let body = json!({ "name": "x", "credential": device.creates(&options) });
    let added = ann.post("/v1/auth/passkeys", Some(body)).await?;
    assert_eq!(added.status, 201, "{added:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_of_one_person_and_no_other_adds_proves_renames_or_removes_it()
-> anyhow::Result<()> {
    let mut ann = AtDomain::start().await?;
    let mut device = ann.with_passkey(1).await?;
    let id = ann.only().await?["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    ann.timed.accounts.sign_up(BOB).await?;
    let (bob, _) = ann.timed.accounts.signed_in(BOB, PASSWORD).await?;
    let of_ann = device.handle.clone();
    let own = std::mem::replace(&mut ann.token, bob);
    let bob = &ann;
    let known = bob.adds(&mut device).await?;
    assert_eq!(known.refusal(), (409, "E602"));
    let options = bob
        .post("/v1/auth/passkeys/prove/options", None)
        .await?
        .body;
    for handle in [of_ann.clone(), device.handle.clone(), None] {
        device.handle = handle;
        let body = json!({ "passkey": device.signs(&options) });
        let refused = bob.post("/v1/auth/reauthenticate", Some(body)).await?;
        assert_eq!(refused.refusal(), (401, "E223"));
    }
    let path = format!("/v1/auth/passkeys/{id}");
    let accounts = &bob.timed.accounts;
    let renamed = Some(json!({ "name": "mine" }));
    for (method, body) in [(Method::PATCH, renamed), (Method::DELETE, None)] {
        let refused = accounts.as_ann(method, &path, &bob.token, body).await?;
        assert_eq!(refused.refusal(), (404, "E601"));
    }
    device.handle = of_ann;
    let (token, _) = tokens(&bob.comes_by(&device).await?)?;
    let me = accounts.as_ann(Method::GET, "/v1/users/me", &token, None);
    let of_own = accounts.as_ann(Method::GET, "/v1/users/me", &own, None);
    assert_eq!(me.await?.body["id"], of_own.await?.body["id"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_twenty_passkeys_at_most() -> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    ann.with_passkey(1).await?;
    ann.timed
        .accounts
        .app
        .sql(
            "INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, backup_eligible, backed_up,
                 transports, name, aaguid, created_at)
             SELECT gen_random_uuid(), user_id, decode(lpad(n::text, 64, '0'), 'hex'), public_key, 0, FALSE, FALSE,
                 '{}', 'another', aaguid, created_at FROM passkeys, generate_series(1, 18) AS n",
        )
        .await?;
    ann.with_passkey(0xff).await?;
    let refused = ann.adds(&mut Authenticator::new(0xfe)).await?;
    assert_eq!(refused.refusal(), (409, "E602"));
    Ok(())
}

/// Who has got into an account adds a passkey, and moves its address.
#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_goes_with_the_change_of_the_address_that_is_undone() -> anyhow::Result<()> {
    let ann = AtDomain::start().await?;
    let device = ann.with_passkey(1).await?;
    let accounts = &ann.timed.accounts;
    let moved = accounts.moves(&ann.token, "thief@example.net").await?;
    assert_eq!(moved.status, 204, "{moved:?}");
    accounts.quiet().await?;
    let letters = accounts.letters(ANN).await?;
    let texts = letters.iter().filter_map(|one| one["text"].as_str());
    let mut undoing = texts.filter(|text| text.contains("/auth/undo-email"));
    let undo = json!({ "token": secret(undoing.next().context("a letter")?)? });
    let undone = accounts.post("/v1/auth/undo-email", undo).await?;
    assert_eq!(undone.status, 204, "{undone:?}");
    assert_eq!(ann.comes_by(&device).await?.refusal(), (401, "E223"));
    for table in ["passkeys", "recovery_codes"] {
        assert_eq!(accounts.count(table).await?, 0, "{table}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn at_an_address_of_numbers_there_are_no_passkeys() -> anyhow::Result<()> {
    let timed = Timed::start_with(&[("PUBLIC_URL", "http://127.0.0.1:3999")]).await?;
    timed.accounts.sign_up(ANN).await?;
    let (token, _) = timed.accounts.signed_in(ANN, PASSWORD).await?;
    for path in [
        "/v1/auth/passkeys/options",
        "/v1/auth/passkeys/signin/options",
        "/v1/auth/passkeys/prove/options",
    ] {
        let refused = timed
            .accounts
            .as_ann(Method::POST, path, &token, None)
            .await?;
        assert_eq!(refused.refusal(), (409, "E602"), "{path}");
    }
    Ok(())
}
