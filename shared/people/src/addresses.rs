//! E-mail addresses: the form in which they are compared, and the one that mail is sent to. Decided once, here.
//!
//! A mapping that makes two spellings one account must not send the mail of one to the other: in 2019 the
//! Kelvin sign, whose lower case is `k`, took over accounts that way (Django, CVE-2019-19844). So the part before
//! the `@` is ASCII (a letter to another one would need SMTPUTF8, which SES and many mail servers do not have), and the
//! domain is mapped by UTS 46 in the address that mail goes to as well.

use kernel::error::Error;

/// The longest address, and the longest part before the `@` (RFC 5321, section 4.5.3.1).
const LENGTH_MAX: usize = 254;
const LOCAL_MAX: usize = 64;

/// What of ASCII may stand before the `@` besides letters and digits, without quotes (RFC 5322, section 3.2.3).
const SIGNS: &str = "!#$%&'*+-/=?^_`{|}~";

/// An address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Where mail goes: the case that was typed, the domain in ASCII.
    pub spelling: String,
    /// What is compared: two addresses with the same key are one.
    pub key: String,
}

impl Address {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// E105 with the reason.
    pub fn read(typed: &str) -> Result<Self, Error> {
        parse(typed).map_err(|why| Error::invalid("email", why))
    }
}

fn parse(typed: &str) -> Result<Address, &'static str> {
    const FORM: &str = "must be an address (example: ann@example.org)";
    let (local, domain) = typed.trim().rsplit_once('@').ok_or(FORM)?;
    if !local.is_ascii() {
        return Err("must have only ASCII letters before the @");
    }
    let of_local = |c: char| c.is_ascii_alphanumeric() || SIGNS.contains(c);
    let is_atom = |atom: &str| !atom.is_empty() && atom.chars().all(of_local);
    if !local.split('.').all(is_atom) || local.len() > LOCAL_MAX {
        return Err(FORM);
    }
    let domain = idna::domain_to_ascii_strict(domain).map_err(|_| FORM)?;
    let (_, top) = domain.rsplit_once('.').ok_or(FORM)?;
    if top.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FORM);
    }
    let spelling = format!("{local}@{domain}");
    if spelling.len() > LENGTH_MAX {
        return Err("must have 254 characters or fewer");
    }
    let key = format!("{}@{domain}", local.to_ascii_lowercase());
    Ok(Address { spelling, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Option<(String, String)> {
        let read = Address::read(typed).ok()?;
        Some((read.spelling, read.key))
    }

    fn key(typed: &str) -> Option<String> {
        read(typed).map(|(_, key)| key)
    }

    #[test]
    fn case_and_blanks_around_it_make_no_other_address() {
        for typed in [
            "ann@example.org",
            "Ann@Example.ORG",
            "  ANN@EXAMPLE.org\n",
            "ann@example。org",
        ] {
            assert_eq!(key(typed).as_deref(), Some("ann@example.org"), "{typed}");
        }
        let (spelling, _) = read(" Ann@Example.ORG ").expect("an address");
        assert_eq!(spelling, "Ann@example.org", "mail goes where it was typed");
        for other in ["a.nn@example.org", "ann+shop@example.org"] {
            assert_eq!(key(other).as_deref(), Some(other), "dots and tags count");
        }
    }

    /// The Kelvin sign, the dotless i, the long s; Cyrillic о; full width.
    #[test]
    fn letters_that_look_or_map_like_ascii_are_refused_before_the_at() {
        for typed in [
            "mi\u{212a}e@example.org",
            "m\u{131}ke@example.org",
            "\u{17f}am@example.org",
            "j\u{43e}hn@example.org",
            "\u{ff41}nn@example.org",
        ] {
            assert_eq!(key(typed), None, "{typed}");
        }
    }

    /// Punycode by Python 3: `"bücher.example".encode("idna")`.
    #[test]
    fn a_domain_is_ascii_and_a_homoglyph_shows() {
        for (typed, domain) in [
            ("a@b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("a@B\u{dc}CHER.example", "xn--bcher-kva.example"),
            ("a@g\u{43e}\u{43e}gle.com", "xn--ggle-55da.com"),
            // UTS 46 maps the Kelvin sign and the long s: the mail goes there, too.
            ("a@\u{212a}iosk.example", "kiosk.example"),
            ("a@\u{17f}hop.example", "shop.example"),
        ] {
            let (spelling, key) = read(typed).expect("an address");
            assert_eq!(
                (spelling, key.as_str()),
                (format!("a@{domain}"), format!("a@{domain}").as_str())
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}.org", ["b".repeat(60).as_str(); 5].join("."));
        for typed in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.org",
            "ann@localhost",
            "a b@example.org",
            "a@b@example.org",
            ".a@example.org",
            "a.@example.org",
            "a..b@example.org",
            "\"a b\"@example.org",
            "a@[192.0.2.1]",
            "a@192.0.2.1",
            "a@-b.org",
            "a@b..org",
            "a@b_c.org",
            "a\r\nBcc: x@example.org",
            "a@example.org\r\nBcc: b",
            "a,b@example.org",
            "a<b>@example.org",
            "a\u{0}@example.org",
            &long,
            &longer,
        ] {
            assert_eq!(key(typed), None, "{typed:?}");
        }
    }
}
