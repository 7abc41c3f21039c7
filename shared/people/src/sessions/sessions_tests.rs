use super::*;

const BOT: &str = "123456:the-secret-part";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_764_500_000 + seconds, 0).expect("a moment")
}

fn session() -> Session {
    Session {
        telegram_id: 7,
        user_id: Uuid::from_u128(1),
        client: [3; 16],
        proved_at: at(0),
    }
}

#[test]
fn a_token_brings_back_its_session_and_can_be_renewed_for_a_day() {
    let sessions = Sessions::new(BOT);
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
    let sessions = Sessions::new(BOT);
    let last = sessions.issue(&session(), at(86_399)).expect("a token");
    assert_eq!(last.expires_at, at(86_400));
    let after = sessions.issue(&session(), at(86_400)).map(drop);
    assert_eq!(after.expect_err("over").code(), TOKEN_EXPIRED);
}

#[test]
fn a_token_of_another_bot_is_none_of_ours() {
    let issued = Sessions::new("123456:another-secret").issue(&session(), at(0));
    let token = issued.expect("a token").access_token;
    let refused = Sessions::new(BOT).verify(&token, at(0)).map(drop);
    assert_eq!(refused.expect_err("foreign").code(), INVALID_TOKEN);
}

#[test]
fn what_is_signed_for_another_issuer_audience_or_client_is_not_for_us() {
    let sessions = Sessions::new(BOT);
    let issued = sessions.issue(&session(), at(0)).expect("a token");
    let payload = sessions.0.open(&issued.access_token).expect("ours");
    let with = |name: &str, value: serde_json::Value| {
        let mut claims: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
        claims[name] = value;
        let token = sessions.0.seal(claims.to_string().as_bytes());
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
