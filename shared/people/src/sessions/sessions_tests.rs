use super::*;
use crate::users::model::TELEGRAM_ID_MAX;

const BOT: &str = "123456:the-secret-part";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_764_500_000 + seconds, 0).expect("a moment")
}

fn session() -> Session {
    Session {
        user_id: Uuid::from_u128(1),
        proved_at: at(0),
        second_at: None,
        way: Way::MiniApp {
            telegram_id: 7,
            client: [3; 16],
        },
    }
}

fn stored() -> Session {
    Session {
        way: Way::Stored {
            id: Uuid::from_u128(2),
            generation: 4,
            method: Method::Password,
            second: None,
        },
        ..session()
    }
}

fn keys(now: &str, before: &[&str]) -> AccessKeys {
    let set = [
        ("ACCESS_TOKEN_KEY", now.to_owned()),
        ("ACCESS_TOKEN_KEYS_BEFORE", before.join(",")),
    ];
    let lookup = |name: &str| {
        set.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    };
    let mut env = kernel::env::Env::new(&lookup);
    let keys = AccessKeys::read(&mut env);
    env.finish(keys).expect("no fault")
}

fn of_bot(bot: &str) -> Sessions {
    Sessions::new(bot, &AccessKeys::default())
}

#[test]
fn a_token_brings_back_its_session_and_can_be_renewed_for_a_day() {
    let sessions = of_bot(BOT);
    let issued = sessions.issue(&session(), at(60)).expect("a token");
    assert_eq!(issued.expires_at, at(60 + 900));
    assert_eq!(issued.renewable_until, at(86_400));
    assert!(issued.access_token.len() < 800, "{}", issued.access_token);
    for seconds in [60, 960, 86_399] {
        let verified = sessions.verify(&issued.access_token, at(seconds));
        let verified = verified.expect("genuine");
        assert_eq!(verified.session, session());
        assert_eq!(verified.expires_at, issued.expires_at);
    }
    let late = sessions.verify(&issued.access_token, at(86_400));
    assert_eq!(late.expect_err("too late").code(), TOKEN_EXPIRED);
}

#[test]
fn no_token_outlives_its_session() {
    let sessions = of_bot(BOT);
    let last = sessions.issue(&session(), at(86_399)).expect("a token");
    assert_eq!(last.expires_at, at(86_400));
    let after = sessions.issue(&session(), at(86_400)).map(drop);
    assert_eq!(after.expect_err("over").code(), TOKEN_EXPIRED);
}

#[test]
fn a_token_of_another_bot_is_none_of_ours() {
    let issued = of_bot("123456:another-secret").issue(&session(), at(0));
    let token = issued.expect("a token").access_token;
    let refused = of_bot(BOT).verify(&token, at(0)).map(drop);
    assert_eq!(refused.expect_err("foreign").code(), INVALID_TOKEN);
}

#[test]
fn what_is_signed_for_another_issuer_audience_or_client_is_not_for_us() {
    let sessions = of_bot(BOT);
    let issued = sessions.issue(&session(), at(0)).expect("a token");
    let payload = sessions.of_bot.open(&issued.access_token).expect("ours");
    let with = |name: &str, value: serde_json::Value| {
        let mut claims: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
        claims[name] = value;
        let token = sessions.of_bot.seal(claims.to_string().as_bytes());
        sessions.verify(&token, at(0)).is_ok()
    };
    assert!(with("iss", ISSUER.into()));
    for (name, value) in [
        ("iss", "another".into()),
        ("aud", "another".into()),
        ("client_id", "another".into()),
        ("sub", "0".into()),
        ("sub", "-7".into()),
        ("sub", TELEGRAM_ID_MAX.saturating_add(1).to_string().into()),
        ("sub", 7.into()),
        ("exp", i64::MAX.into()),
        ("auth_time", i64::MAX.into()),
        ("auth_time", serde_json::Value::Null),
        ("user_id", "7".into()),
        ("client", "00".into()),
    ] {
        assert!(!with(name, value.clone()), "{name} {value}");
    }
}

/// As the release before this one made it, with the same bot.
#[test]
fn a_token_of_the_previous_release_is_good_for_its_day() {
    let claims = json!({
        "iss": "symancy", "aud": "symancy-api", "sub": "7", "client_id": "mini-app", "jti": Uuid::from_u128(9),
        "auth_time": at(0).timestamp(), "iat": at(60).timestamp(), "exp": at(960).timestamp(),
        "user_id": Uuid::from_u128(1), "client": hex::encode([3; 16]),
    });
    let key = TokenKey::derived(BOT, "symancy access tokens, Ed25519, 1");
    let token = key.seal(claims.to_string().as_bytes());
    let sessions = Sessions::new(BOT, &keys("another secret altogether", &[]));
    assert_eq!(
        sessions.verify(&token, at(86_399)).expect("good").session,
        session()
    );
}

#[test]
fn the_token_of_a_stored_session_is_good_for_15_minutes_and_names_its_row() {
    let sessions = of_bot(BOT);
    let issued = sessions.issue(&stored(), at(60)).expect("a token");
    assert_eq!(issued.expires_at, at(960));
    assert_eq!(
        sessions
            .verify(&issued.access_token, at(959))
            .expect("good")
            .session,
        stored()
    );
    let late = sessions.verify(&issued.access_token, at(960)).map(drop);
    assert_eq!(late.expect_err("too late").code(), TOKEN_EXPIRED);
    let payload = sessions.own[0].open(&issued.access_token).expect("ours");
    let claims: Value = serde_json::from_slice(&payload).expect("JSON");
    for (name, value) in [
        ("sub", json!(Uuid::from_u128(1))),
        ("sid", json!(Uuid::from_u128(2))),
        ("account", json!(Uuid::from_u128(1))),
        ("amr", json!(["pwd"])),
        ("auth_time", json!(at(0).timestamp())),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
}

/// RFC 8176: `amr` names all that has proved the person.
#[test]
fn a_second_factor_stands_in_the_token_with_its_time_and_never_without() {
    let proved = Session {
        second_at: Some(at(30)),
        way: Way::Stored {
            id: Uuid::from_u128(2),
            generation: 4,
            method: Method::Password,
            second: Some(Method::Code),
        },
        ..session()
    };
    let sessions = of_bot(BOT);
    let token = sessions.issue(&proved, at(60)).expect("a token");
    let verified = sessions.verify(&token.access_token, at(60));
    assert_eq!(verified.expect("good").session, proved);
    let payload = sessions.own[0].open(&token.access_token).expect("ours");
    let claims: Value = serde_json::from_slice(&payload).expect("JSON");
    assert_eq!(claims["amr"], json!(["pwd", "otp"]));
    assert_eq!(claims["second_time"], json!(at(30).timestamp()));
    for (name, value) in [
        ("amr", json!(["pwd"])),
        ("amr", json!([])),
        ("amr", json!(["pwd", "otp", "hwk"])),
        ("amr", json!(["pwd", "another"])),
        ("second_time", Value::Null),
        ("second_time", json!(i64::MAX)),
        ("second_time", json!("1")),
    ] {
        let mut claims = claims.clone();
        claims[name] = value.clone();
        let token = sessions.own[0].seal(claims.to_string().as_bytes());
        assert!(sessions.verify(&token, at(60)).is_err(), "{name} {value}");
    }
}

#[test]
fn a_passkey_stands_in_the_token_once_and_is_the_second_factor_as_long_as_there_is_one() {
    let sessions = of_bot(BOT);
    for (second, second_at) in [(Some(Method::Passkey), Some(at(30))), (None, None)] {
        let proved = Session {
            second_at,
            way: Way::Stored {
                id: Uuid::from_u128(2),
                generation: 4,
                method: Method::Passkey,
                second,
            },
            ..session()
        };
        let token = sessions.issue(&proved, at(60)).expect("a token");
        let verified = sessions.verify(&token.access_token, at(60));
        assert_eq!(verified.expect("good").session, proved);
        let payload = sessions.own[0].open(&token.access_token).expect("ours");
        let claims: Value = serde_json::from_slice(&payload).expect("JSON");
        assert_eq!(claims["amr"], json!(["pop"]));
    }
}

#[test]
fn a_key_that_signs_one_kind_of_session_makes_none_of_the_other() {
    let sessions = of_bot(BOT);
    for (session, own, other) in [
        (session(), &sessions.of_bot, &sessions.own[0]),
        (stored(), &sessions.own[0], &sessions.of_bot),
    ] {
        let token = sessions
            .issue(&session, at(0))
            .expect("a token")
            .access_token;
        let payload = own.open(&token).expect("ours");
        assert!(sessions.verify(&own.seal(&payload), at(0)).is_ok());
        assert!(sessions.verify(&other.seal(&payload), at(0)).is_err());
    }
}

#[test]
fn a_new_key_signs_and_the_one_before_it_is_still_good_until_it_is_taken_out() {
    let old = Sessions::new(BOT, &keys("the-old-one", &[]));
    let token = old.issue(&stored(), at(0)).expect("a token").access_token;
    let rotated = Sessions::new(BOT, &keys("the-new-one", &["the-old-one", "an-older-one"]));
    assert!(rotated.verify(&token, at(0)).is_ok());
    let fresh = rotated
        .issue(&stored(), at(0))
        .expect("a token")
        .access_token;
    assert!(old.verify(&fresh, at(0)).is_err());
    let after = Sessions::new(BOT, &keys("the-new-one", &[]));
    assert!(after.verify(&token, at(0)).is_err());
    assert!(after.verify(&fresh, at(0)).is_ok());
    let kids = |sessions: &Sessions| {
        let keys = sessions.jwks()["keys"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        keys.iter()
            .map(|key| key["kid"].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(kids(&rotated).len(), 4);
    assert_eq!(kids(&rotated)[1], kids(&old)[0]);
}

/// RFC 8037, appendices A.2 and A.3, with the seed of A.1.
#[test]
fn the_set_of_keys_is_public_and_in_the_form_of_the_rfc() {
    let set = of_bot(BOT).jwks();
    for key in set["keys"].as_array().expect("keys") {
        let names: Vec<&String> = key.as_object().expect("a key").keys().collect();
        assert_eq!(names, ["kty", "crv", "use", "alg", "kid", "x"], "and no d");
    }
}

#[test]
fn a_page_token_is_of_one_session() {
    let sessions = of_bot(BOT);
    let token = sessions.page_token(Uuid::from_u128(2));
    assert!(sessions.is_page_token(Uuid::from_u128(2), &token));
    assert!(!sessions.is_page_token(Uuid::from_u128(3), &token));
    assert!(!sessions.is_page_token(Uuid::from_u128(2), ""));
}
