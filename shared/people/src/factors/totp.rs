//! Codes of an app (TOTP, RFC 6238): six digits, 30 seconds, HMAC-SHA-1, which is what all apps can do. Pure.

use chrono::{DateTime, Utc};
use kernel::error::Error;
use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Totp};

/// Bytes of a secret: as many as the hash has (RFC 4226, section 4).
pub const SECRET_LEN: usize = 20;

/// How many steps a code may be early or late. With one, which RFC 6238 recommends for the delay of a network, a device
/// whose clock is a minute off would be refused for ever; with two it is not. Five codes in a million are good at once,
/// of which `accounts::tries` lets an hour see a few dozen.
const SKEW: u16 = 2;

const ISSUER: &str = "Symancy";

/// What an app needs to make codes.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// In base32, to be typed in.
    pub secret: String,
    /// `otpauth://…`
    pub uri: String,
    /// The same as a QR code.
    pub svg: String,
}

/// What a person gives to their app. `account`: what the app calls it.
///
/// # Errors
/// `Internal` for a secret of another length.
pub fn enrolment(secret: &[u8], account: &str) -> Result<Enrolment, Error> {
    let totp = Builder::new()
        .with_secret(secret)
        .with_issuer(Some(ISSUER))
        // The colon would end the name of the issuer.
        .with_account_name(account.replace(':', " "))
        .build()
        .map_err(internal)?;
    let uri = totp.to_url().map_err(internal)?;
    let code = QrCode::new(&uri).map_err(internal)?;
    Ok(Enrolment {
        secret: totp.secret().to_base32(),
        svg: code
            .render::<svg::Color<'_>>()
            .min_dimensions(240, 240)
            .build(),
        uri,
    })
}

/// The step whose code this is, if it is good now.
pub fn step_of(secret: &[u8], code: &str, now: DateTime<Utc>) -> Option<i64> {
    let digits: String = code.chars().filter(|one| !one.is_whitespace()).collect();
    let seconds = u64::try_from(now.timestamp()).ok()?;
    i64::try_from(of(secret)?.check(&digits, seconds)?).ok()
}

fn of(secret: &[u8]) -> Option<Totp> {
    Builder::new()
        .with_secret(secret)
        .with_skew(SKEW)
        .build()
        .ok()
}

fn internal(why: impl core::fmt::Display) -> Error {
    Error::internal(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B, for SHA-1.
    const RFC: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a moment")
    }

    /// RFC 6238, appendix B; of its eight digits the last six (RFC 4226, section 5.3).
    #[test]
    fn the_codes_of_the_rfc_are_good_in_their_step() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = step_of(RFC, code, at(seconds));
            assert_eq!(step, Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_code_is_good_for_a_clock_that_is_a_minute_off_and_for_no_other() {
        // The step from 1111111110 to 1111111139.
        for (seconds, is_good) in [
            (1_111_111_049, false),
            (1_111_111_050, true),
            (1_111_111_110, true),
            (1_111_111_199, true),
            (1_111_111_200, false),
        ] {
            let found = step_of(RFC, "050 471", at(seconds));
            assert_eq!(found, is_good.then_some(37_037_037), "{seconds}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for code in ["", "05047", "0504711", "05047a", "٠٥٠٤٧١", "-50471"] {
            assert_eq!(step_of(RFC, code, at(1_111_111_111)), None, "{code}");
        }
    }

    /// The form that apps read: github.com/google/google-authenticator/wiki/Key-Uri-Format.
    #[test]
    fn an_app_gets_issuer_account_and_secret() {
        let made = enrolment(RFC, "ann:b@example.org").expect("made");
        assert_eq!(made.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            made.uri,
            "otpauth://totp/Symancy:ann%20b%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Symancy"
        );
        assert!(made.svg.contains("<svg"), "{}", made.svg);
    }
}
