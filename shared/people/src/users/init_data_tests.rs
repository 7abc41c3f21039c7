//! Vectors of the npm package @telegram-apps/init-data-node 2.0.10 (its test suite), which are also
//! those of the Telegram Mini Apps documentation: signed by Telegram itself, for two of its bots.

use super::*;

const TOKEN: &str = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8";
const SIGNED: &str = "query_id=AAHdF6IQAAAAAN0XohDhrOrc\
    &user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%7D\
    &auth_date=1662771648\
    &hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2";

/// The other bot: this data carries both forms.
const OTHER_TOKEN: &str = "7342037359:AAFZehRPBRs8Seg40oDjTMIW8uTGPuW1zfQ";
const OTHER_BOT: u64 = 7_342_037_359;
const OTHER_AT: i64 = 1_733_584_787;
const OTHER_SIGNED: &str = "user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%20%2B%20-%20%3F%20%5C%2F%22%2C%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%2C%22allows_write_to_pm%22%3Atrue%2C%22photo_url%22%3A%22https%3A%5C%2F%5C%2Ft.me%5C%2Fi%5C%2Fuserpic%5C%2F320%5C%2F4FPEE4tmP3ATHa57u6MqTDih13LTOiMoKoLDRG4PnSA.svg%22%7D\
    &chat_instance=8134722200314281151&chat_type=private&auth_date=1733584787\
    &signature=zL-ucjNyREiHDE8aihFwpfR9aggP2xiAo3NSpfe-p7IbCisNlDKlo7Kb6G4D0Ao2mBrSgEk4maLSdv6MLIlADQ\
    &hash=2174df5b000556d044f3f020384e879c8efcab55ddea2ced4eb752e93e7080d6";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a valid time")
}

fn of(token: &str) -> InitDataVerifier {
    InitDataVerifier::new(token, &InitDataConfig::default())
}

/// A bot without a token for the data, that trusts other bots.
fn trusting(bot_ids: &str, test_environment: bool) -> InitDataVerifier {
    let config = InitDataConfig {
        bot_ids: bot_ids.parse().expect("ids"),
        test_environment,
        ..InitDataConfig::default()
    };
    InitDataVerifier::new(TOKEN, &config)
}

fn code(result: Result<Verified, Error>) -> ErrorCode {
    result.expect_err("must be refused").code()
}

#[test]
fn data_signed_by_another_implementation_is_accepted() {
    let verified = of(TOKEN).verify(SIGNED, at(1_662_771_700)).expect("valid");
    assert_eq!(verified.profile.telegram_id, 279_058_397);
    assert_eq!(verified.profile.username.as_deref(), Some("vdkfrost"));
    assert_eq!(verified.profile.language_code.as_deref(), Some("ru"));
    assert_eq!(verified.expires_at, at(1_662_771_648 + 3_600));
}

#[test]
fn the_signature_is_one_of_the_fields_under_the_hash() {
    let verifier = of(OTHER_TOKEN);
    let verified = verifier.verify(OTHER_SIGNED, at(OTHER_AT)).expect("valid");
    let name = verified.profile.first_name.as_deref();
    assert_eq!(name, Some("Vladislav + - ? /"));
    let without = OTHER_SIGNED
        .split('&')
        .filter(|part| !part.starts_with("signature="));
    let without = without.collect::<Vec<_>>().join("&");
    assert_eq!(
        code(verifier.verify(&without, at(OTHER_AT))),
        kernel::codes::INVALID_TOKEN
    );
}

#[test]
fn data_that_telegram_signed_for_a_trusted_bot_is_accepted_without_its_token() {
    let verifier = trusting(&format!("17, {OTHER_BOT}"), false);
    let verified = verifier.verify(OTHER_SIGNED, at(OTHER_AT)).expect("valid");
    assert_eq!(verified.profile.telegram_id, 279_058_397);
    // Telegram does not sign the hash: changing it makes no new proof of the same data.
    let other_hash = OTHER_SIGNED.replace("hash=2174", "hash=2175");
    let again = verifier.verify(&other_hash, at(OTHER_AT)).expect("valid");
    assert_eq!(again.id, verified.id);
    assert!(
        verifier.verify(SIGNED, at(1_662_771_700)).is_ok(),
        "our own bot as well"
    );
}

#[test]
fn data_of_a_bot_outside_the_settings_or_of_other_servers_is_refused() {
    for (verifier, why) in [
        (of(TOKEN), "no bot is named"),
        (trusting("7342037358", false), "another bot"),
        (trusting("7342037359", true), "the key of the test servers"),
    ] {
        let refused = verifier.verify(OTHER_SIGNED, at(OTHER_AT));
        assert_eq!(code(refused), kernel::codes::INVALID_TOKEN, "{why}");
    }
}

#[test]
fn third_party_data_that_was_changed_or_is_old_is_refused() {
    let verifier = trusting("7342037359", false);
    for forged in [
        OTHER_SIGNED.replace("279058397", "279058398"),
        OTHER_SIGNED.replace("signature=zL", "signature=zM"),
        OTHER_SIGNED.replace("signature=zL-", "signature="),
        OTHER_SIGNED.replace("chat_type=private&", ""),
        format!("{OTHER_SIGNED}&more=1"),
    ] {
        let refused = verifier.verify(&forged, at(OTHER_AT));
        assert_eq!(code(refused), kernel::codes::INVALID_TOKEN, "{forged}");
    }
    let late = verifier.verify(OTHER_SIGNED, at(OTHER_AT + 3_601));
    assert_eq!(code(late), kernel::codes::TOKEN_EXPIRED);
}

#[test]
fn data_of_another_bot_is_refused() {
    let refused = of("5768337691:another-token").verify(SIGNED, at(1_662_771_700));
    assert_eq!(code(refused), kernel::codes::INVALID_TOKEN);
}

#[test]
fn a_changed_field_is_refused() {
    let forged = SIGNED.replace("279058397", "279058398");
    let refused = of(TOKEN).verify(&forged, at(1_662_771_700));
    assert_eq!(code(refused), kernel::codes::INVALID_TOKEN);
}

#[test]
fn the_same_data_has_the_same_id_however_it_is_spelled() {
    let id = |text: &str| of(TOKEN).verify(text, at(1_662_771_700)).expect("valid").id;
    let mut turned: Vec<&str> = SIGNED.split('&').collect();
    turned.reverse();
    assert_eq!(id(SIGNED), id(&turned.join("&")));
    assert_eq!(id(SIGNED), id(&SIGNED.replace("query_id", "%71uery_id")));
}

#[test]
fn data_is_valid_for_one_hour_and_not_from_the_future() {
    let verifier = of(TOKEN);
    assert!(verifier.verify(SIGNED, at(1_662_771_648 + 3_600)).is_ok());
    let late = verifier.verify(SIGNED, at(1_662_771_648 + 3_601));
    assert_eq!(code(late), kernel::codes::TOKEN_EXPIRED);
    let early = verifier.verify(SIGNED, at(1_662_771_648 - 61));
    assert_eq!(code(early), kernel::codes::INVALID_TOKEN);
}

#[test]
fn rubbish_is_refused() {
    let repeated = format!("{SIGNED}&auth_date=1662771648");
    let long = "a=b&".repeat(2_000);
    for rubbish in [
        "",
        "hash=",
        "hash=zz&user=1",
        "%%%",
        "signature=&hash=00",
        repeated.as_str(),
        long.as_str(),
    ] {
        for verifier in [of(TOKEN), trusting("1", false)] {
            let refused = verifier.verify(rubbish, at(1_662_771_700));
            assert_eq!(code(refused), kernel::codes::INVALID_TOKEN);
        }
    }
}

/// `user` as it is written, signed for our bot.
fn signed(user: &str) -> String {
    let verifier = of(TOKEN);
    let fields = [("auth_date", "1662771648"), ("user", user)];
    let lines = fields
        .map(|(name, value)| format!("{name}={value}"))
        .join("\n");
    let hash = verifier.secret.clone().chain_update(lines).finalize();
    let mut data = url::form_urlencoded::Serializer::new(String::new());
    data.extend_pairs(fields);
    data.append_pair("hash", &hex::encode(hash.into_bytes()));
    data.finish()
}

#[test]
fn names_come_in_as_they_can_be_stored_and_ids_as_telegram_has_them() {
    let read = |user: &str| of(TOKEN).verify(&signed(user), at(1_662_771_700));
    let name = format!("A\\u0000nn\\ud800{}", "a".repeat(300));
    let profile = read(&format!("{{\"id\":7,\"first_name\":\"{name}\"}}"))
        .expect("valid")
        .profile;
    let stored = format!("Ann\u{fffd}{}", "a".repeat(251));
    assert_eq!(profile.first_name.as_deref(), Some(stored.as_str()));
    let largest = (1_i64 << 52) - 1;
    for (id, good) in [
        (1, true),
        (largest, true),
        (largest + 1, false),
        (0, false),
        (-1, false),
    ] {
        let read = read(&format!("{{\"id\":{id},\"first_name\":\"Ann\"}}"));
        assert_eq!(read.is_ok(), good, "{id}");
    }
    assert!(read("[7,\"ann\",\"Ann\",null,null]").is_err());
}

/// Else the same data would have two ids, and two clients could each be the first that used it.
#[test]
fn our_own_bot_is_none_of_the_others() {
    let config = InitDataConfig {
        bot_ids: OTHER_BOT.to_string().parse().expect("an id"),
        ..InitDataConfig::default()
    };
    let signature_alone = OTHER_SIGNED.replace("hash=2", "hash=3");
    for (token, accepted) in [(TOKEN, true), (OTHER_TOKEN, false)] {
        let verifier = InitDataVerifier::new(token, &config);
        let read = verifier.verify(&signature_alone, at(OTHER_AT));
        assert_eq!(read.is_ok(), accepted, "{token}");
    }
}
