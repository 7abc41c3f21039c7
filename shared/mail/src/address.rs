//! Addresses: what can be written to, and by what two spellings are known to be one mailbox.

/// RFC 5321, section 4.5.3.1.
const LOCAL_MAX: usize = 64;
const ADDRESS_MAX: usize = 254;

/// An address that can be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// As the person wrote it, without the blanks around it: mail goes there.
    pub spelling: String,
    /// The one form that is compared: small ASCII letters, the domain by IDNA. No dot and no `+tag` is taken out.
    pub key: String,
    /// Of the key.
    pub domain: String,
}

impl Address {
    /// Reads an address. The part before the `@` is ASCII, as every server takes it: without that `ı` and `K` (the
    /// Kelvin sign) become another person's letters.
    ///
    /// # Errors
    /// What is wrong with it, for the person.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        // Not normalised: NFC would make a `K` of the Kelvin sign before it is looked at.
        let spelling = text.trim().to_owned();
        let (local, domain) = spelling
            .rsplit_once('@')
            .ok_or("must be like anna@example.com")?;
        if !is_local(local) {
            return Err(
                "the part before the @ must be 1 to 64 letters, digits and signs of ASCII, without blanks",
            );
        }
        let domain = domain_key(domain)
            .ok_or("the part behind the @ must be the name of a domain, like example.com")?;
        let key = format!("{}@{domain}", local.to_ascii_lowercase());
        if key.len() > ADDRESS_MAX || spelling.len() > ADDRESS_MAX {
            return Err("must have at most 254 characters");
        }
        Ok(Self {
            spelling,
            key,
            domain,
        })
    }

    /// As servers are told it: as written, with the domain in ASCII.
    pub fn wire(&self) -> String {
        let (local, _) = self.spelling.rsplit_once('@').unwrap_or_default();
        format!("{local}@{}", self.domain)
    }
}

/// A `Dot-string` of RFC 5321: no quotes, no comments.
fn is_local(local: &str) -> bool {
    let is_atom = |atom: &str| {
        let mut bytes = atom.bytes();
        !atom.is_empty()
            && bytes.all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    local.len() <= LOCAL_MAX && local.split('.').all(is_atom)
}

/// A name of at least two labels that DNS could know, in ASCII.
fn domain_key(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let is_label = |label: &str| {
        let inside = label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        inside
            && (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let labels: Vec<&str> = ascii.split('.').collect();
    let last_is_number = labels.last()?.bytes().all(|b| b.is_ascii_digit());
    (labels.len() > 1 && !last_is_number && labels.iter().all(|label| is_label(label)))
        .then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_have_one_key_and_mail_goes_to_what_was_written() {
        for (text, key) in [
            (" Anna@Example.COM ", "anna@example.com"),
            ("anna+news@example.com", "anna+news@example.com"),
            ("a.n.n.a@example.com", "a.n.n.a@example.com"),
            // Punycode of the registry of these names.
            ("anna@пример.рф", "anna@xn--e1afmkfd.xn--p1ai"),
            ("anna@bücher.example", "anna@xn--bcher-kva.example"),
            ("o'neil@example.com", "o'neil@example.com"),
        ] {
            let read = Address::parse(text).expect(text);
            assert_eq!(read.key, key);
            assert_eq!(read.spelling, text.trim());
            assert!(key.ends_with(&format!("@{}", read.domain)));
        }
    }

    /// Letters that another rule would turn into those of somebody else (CVE-2019-19844), and what would begin
    /// another header, another recipient or another command.
    #[test]
    fn what_could_lead_elsewhere_is_no_address() {
        for text in [
            "",
            "anna",
            "@example.com",
            "anna@",
            "anna@localhost",
            "anna@127.0.0.1",
            "anna@[127.0.0.1]",
            "mi\u{212a}e@example.com",
            "m\u{0131}ke@example.com",
            "\u{0430}nna@example.com",
            "anna@example.com\r\nBcc: eve@example.com",
            "anna\r\n@example.com",
            "anna@exa\nmple.com",
            "anna@example.com, eve@example.com",
            "anna@example.com> SIZE=1",
            "Anna <anna@example.com>",
            "\"a b\"@example.com",
            "a b@example.com",
            "a..b@example.com",
            ".a@example.com",
            "a@-example.com",
            "a@example..com",
            "a@b@example.com",
            "a\0@example.com",
        ] {
            assert!(Address::parse(text).is_err(), "{text:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert!(Address::parse(&long).is_err());
        let long = format!("a@{}com", "abcdefgh.".repeat(30));
        assert!(Address::parse(&long).is_err());
    }
}
