//! Recovery codes: shown once, good once each, for who has lost the device.

use sha2::{Digest, Sha256};

/// How many a person gets.
pub const COUNT: usize = 10;

/// Crockford's base32: no letter looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Letters and digits of a code, five random bits each: too many for a slow hash to be needed.
const LENGTH: usize = 16;

/// New codes, as they are shown.
pub fn make() -> Vec<String> {
    (0..COUNT).map(|_| one()).collect()
}

fn one() -> String {
    let random: [u8; LENGTH] = rand::random();
    let letters: Vec<char> = random
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect();
    let groups = letters
        .chunks(4)
        .map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}

/// What is stored of a code, and looked for: whatever was typed between its letters, and in any case.
pub fn digest(code: &str) -> Vec<u8> {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let read = letters.map(|one| match one.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    });
    Sha256::digest(read.collect::<String>()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_codes_differ_and_are_read_as_people_type_them() {
        let codes = make();
        let digests: std::collections::BTreeSet<_> = codes.iter().map(|one| digest(one)).collect();
        assert_eq!((codes.len(), digests.len()), (10, 10));
        assert_eq!(codes[0].len(), "xxxx-xxxx-xxxx-xxxx".len());
        for typed in [
            "0123-abcd-1111-zzzz",
            "0123ABCD1111ZZZZ",
            " O123 abcd iIlL zzzz ",
        ] {
            assert_eq!(digest(typed), digest("0123-abcd-1111-zzzz"), "{typed}");
        }
        assert_ne!(digest("0123-abcd-1111-zzzy"), digest("0123-abcd-1111-zzzz"));
    }
}
