//! Which passwords are accepted. Pure.

use kernel::error::Error;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use crate::codes::WEAK_PASSWORD;

/// Characters after normalization. Nothing is cut off: a longer one is refused.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// Below it a password falls to some hundred million guesses.
const ENOUGH: Score = Score::Three;

/// What the product is called, which many choose a password by.
const OURS: [&str; 2] = ["symancy", "coffee"];

/// A password in the one form that is hashed: keyboards differ in how they compose a letter.
pub fn normalized(typed: &str) -> String {
    typed.nfc().collect()
}

/// Whether a new password will do. `known`: what is known of the person, such as name and address.
///
/// # Errors
/// E112 with the reason.
pub fn judge(field: &'static str, typed: &str, known: &[&str]) -> Result<(), Error> {
    let weak = |why: &str| Error::Invalid {
        code: WEAK_PASSWORD,
        field,
        why: why.to_owned(),
    };
    let password = normalized(typed);
    if !LENGTH.contains(&password.chars().count()) {
        return Err(weak("must have 8 to 128 characters"));
    }
    let known = known.iter().flat_map(|one| words(one)).chain(OURS);
    let known: Vec<&str> = known.collect();
    match zxcvbn(&password, &known).score() >= ENOUGH {
        true => Ok(()),
        false => Err(weak(
            "is too easy to guess; several unusual words are harder",
        )),
    }
}

/// A text and its parts: of an address the name, and the labels of the domain.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    std::iter::once(text).chain(parts.filter(|part| part.chars().count() > 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_enough(password: &str) -> bool {
        judge(
            "password",
            password,
            &["Ann Elderberry", "ann.elderberry@quincewood.example"],
        )
        .is_ok()
    }

    #[test]
    fn a_password_has_8_to_128_characters_whatever_their_bytes_are() {
        let long = "k7#Qz!v9".repeat(16);
        assert!(is_enough(&long));
        assert!(!is_enough(&format!("{long}x")));
        assert!(!is_enough("k7#Qz!v"));
        // Four bytes each.
        let signs = (0..128).filter_map(|at| char::from_u32(0x1f600 + at * 37 % 79));
        let signs: String = signs.collect();
        assert!(judge("password", &signs, &[]).is_ok());
    }

    #[test]
    fn what_is_common_or_made_of_name_address_or_product_is_too_easy() {
        for weak in [
            "password",
            "12345678",
            "qwertyuiop",
            "Elderberry1",
            "quincewood2",
            "annelderberry",
            "symancy123",
            "coffeecoffee",
            "aaaaaaaaaaaa",
        ] {
            assert!(!is_enough(weak), "{weak}");
        }
        for good in [
            "four unusual words hang here",
            "9sT!xkq2Lw",
            "тихий вечер над рекой",
        ] {
            assert!(is_enough(good), "{good}");
        }
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_password() {
        assert_eq!(
            normalized("Gru\u{308}\u{df}e"),
            normalized("Gr\u{fc}\u{df}e")
        );
        assert_ne!(
            normalized("\u{fb01}n"),
            normalized("fin"),
            "no more than that"
        );
    }
}
