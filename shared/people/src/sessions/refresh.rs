//! The refresh token: `rt_<session>.<generation>.<tag>`. It is signed and not stored; that it was replaced says
//! the generation of its session's row ([`super::rotation`]).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use uuid::Uuid;

use super::keys::MacKeys;

const TAG: &str = "rt_";

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presented {
    pub session: Uuid,
    pub generation: i32,
}

impl Presented {
    pub(super) fn seal(self, keys: &MacKeys) -> String {
        let body = format!("{TAG}{}.{}", self.session.simple(), self.generation);
        let tag = BASE64.encode(keys.tag(&body));
        format!("{body}.{tag}")
    }

    /// What a token of ours says.
    pub(super) fn open(token: &str, keys: &MacKeys) -> Option<Self> {
        let (body, tag) = token.rsplit_once('.')?;
        let (session, generation) = body.strip_prefix(TAG)?.split_once('.')?;
        if !keys.verify(body, &BASE64.decode(tag).ok()?) {
            return None;
        }
        Some(Self {
            session: session.parse().ok()?,
            generation: generation.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secrets: &[&'static str]) -> MacKeys {
        MacKeys::derived(secrets.iter().copied(), "a purpose")
    }

    const FIRST: Presented = Presented {
        session: Uuid::from_u128(7),
        generation: 3,
    };

    #[test]
    fn a_token_brings_back_session_and_generation_also_after_a_change_of_the_key() {
        let token = FIRST.seal(&keys(&["old"]));
        assert!(
            token.starts_with("rt_00000000000000000000000000000007.3."),
            "{token}"
        );
        assert_eq!(Presented::open(&token, &keys(&["old"])), Some(FIRST));
        assert_eq!(Presented::open(&token, &keys(&["new", "old"])), Some(FIRST));
        assert_eq!(Presented::open(&token, &keys(&["new"])), None);
        assert_eq!(
            token,
            FIRST.seal(&keys(&["old"])),
            "the same successor, whoever makes it"
        );
    }

    #[test]
    fn a_token_that_is_cut_or_changed_is_none() {
        let (keys, token) = (keys(&["a"]), FIRST.seal(&keys(&["a"])));
        for end in 0..token.len() {
            assert_eq!(Presented::open(&token[..end], &keys), None, "{end}");
        }
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("ASCII");
            assert_eq!(Presented::open(&other, &keys), None, "{at}");
        }
        for other in [
            format!("{token}="),
            format!("{token}."),
            token.replacen(".3.", ".4.", 1),
        ] {
            assert_eq!(Presented::open(&other, &keys), None, "{other}");
        }
    }
}
