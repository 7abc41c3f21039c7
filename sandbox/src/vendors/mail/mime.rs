//! Reads a letter (RFC 5322, MIME): headers, the text and the HTML part. Unlike the product's, by hand: what one side
//! writes, the other reads by its own understanding of the specifications.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// Parts in parts are looked into so deep.
const DEPTH: usize = 5;

/// A letter that was read.
#[derive(Debug, Default)]
pub struct Parts {
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
}

impl Parts {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// Reads a letter. What is not MIME is text.
pub fn parse(raw: &[u8]) -> Parts {
    let raw = String::from_utf8_lossy(raw).replace("\r\n", "\n");
    let (headers, _) = split(&raw);
    let mut parts = Parts {
        headers: headers
            .into_iter()
            .map(|(name, value)| (name, decoded(&value)))
            .collect(),
        ..Parts::default()
    };
    read(&raw, &mut parts, DEPTH);
    parts
}

fn read(raw: &str, parts: &mut Parts, depth: usize) {
    let (headers, body) = split(raw);
    let kind = find(&headers, "Content-Type").unwrap_or("text/plain");
    let is = |what: &str| kind.to_ascii_lowercase().starts_with(what);
    if is("multipart/") && depth > 0 {
        let Some(boundary) = parameter(kind, "boundary") else {
            return;
        };
        let (body, between) = (format!("\n{body}"), format!("\n--{boundary}"));
        let pieces = body.split(&between).skip(1);
        for piece in pieces.take_while(|piece| !piece.starts_with("--")) {
            read(piece.strip_prefix('\n').unwrap_or(piece), parts, depth - 1);
        }
        return;
    }
    let encoding = find(&headers, "Content-Transfer-Encoding").unwrap_or_default();
    let text = match encoding.to_ascii_lowercase().as_str() {
        "base64" => base64(body),
        "quoted-printable" => quoted(&body.replace("=\n", ""), false),
        _ => body.as_bytes().to_vec(),
    };
    let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
    match is("text/html") {
        true => parts.html.push_str(&text),
        false => parts.text.push_str(&text),
    }
}

/// Headers, a line each, and what follows the empty line.
fn split(raw: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = raw.split_once("\n\n").unwrap_or((raw, ""));
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let line = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), value.trim().to_owned()))
    };
    (unfolded.lines().filter_map(line).collect(), body)
}

fn parameter<'a>(kind: &'a str, name: &str) -> Option<&'a str> {
    let mut pieces = kind.split(';').map(str::trim);
    let value = pieces.find_map(|piece| piece.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim_matches('"'))
}

fn base64(text: &str) -> Vec<u8> {
    let text: String = text.split_whitespace().collect();
    BASE64_STANDARD.decode(text).unwrap_or_default()
}

/// Quoted-printable (RFC 2045, section 6.7); in a header `_` is a blank (RFC 2047, section 4.2).
fn quoted(text: &str, in_header: bool) -> Vec<u8> {
    let (bytes, mut done, mut at) = (text.as_bytes(), Vec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        let coded = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, coded) {
            (b'=', Some(coded)) => {
                done.push(coded);
                at += 2;
            }
            (b'_', _) if in_header => done.push(b' '),
            _ => done.push(byte),
        }
        at += 1;
    }
    done
}

/// A header with its encoded words (RFC 2047) decoded; blanks between two of them are none.
fn decoded(value: &str) -> String {
    let (mut done, mut rest, mut after_word) = (String::new(), value, false);
    while let Some(begin) = rest.find("=?") {
        let (before, word) = rest.split_at(begin);
        let mut pieces = word[2..].splitn(4, '?');
        let (Some(_), Some(how), Some(text), Some(behind)) =
            (pieces.next(), pieces.next(), pieces.next(), pieces.next())
        else {
            break;
        };
        let Some(behind) = behind.strip_prefix('=') else {
            break;
        };
        if !(after_word && before.trim().is_empty()) {
            done.push_str(before);
        }
        let bytes = match how {
            "B" | "b" => base64(text),
            _ => quoted(text, true),
        };
        done.push_str(&String::from_utf8_lossy(&bytes));
        (rest, after_word) = (behind, true);
    }
    done + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 2047, section 8.
    #[test]
    fn encoded_words_are_read_as_the_specification_reads_them() {
        for (value, text) in [
            ("=?ISO-8859-1?Q?a?=", "a"),
            ("=?ISO-8859-1?Q?a?= b", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a_b?=", "a b"),
            ("=?utf-8?B?0J/RgNC40LLQtdGC?=", "Привет"),
            ("no =? word", "no =? word"),
        ] {
            assert_eq!(decoded(value), text);
        }
    }

    /// The example of RFC 2046, section 5.1.1, with two more kinds of encoding.
    #[test]
    fn the_parts_of_a_letter_are_found() {
        let raw = "From: Anna <anna@example.com>\r\nSubject: =?utf-8?Q?=D0=AF?=\r\n folded\r\n\
            Content-Type: multipart/alternative;\r\n boundary=\"simple boundary\"\r\n\r\n\
            This is the preamble.\r\n--simple boundary\r\nContent-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: quoted-printable\r\n\r\na =3D b=\r\n c =D0=AF\r\n\
            --simple boundary\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n\
            PHA+YTwv\r\ncD4=\r\n--simple boundary--\r\nThis is the epilogue.\r\n";
        let parts = parse(raw.as_bytes());
        assert_eq!(parts.header("subject"), Some("Я folded"));
        assert_eq!(parts.text, "a = b c Я");
        assert_eq!(parts.html, "<p>a</p>");
    }
}
