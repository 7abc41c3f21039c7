//! Parses one JSON string, character by character (RFC 8259, section 7). An escaped character is
//! returned once its escape is complete, a surrogate pair once both halves are.

/// The position of the parser in a string; its beginning by default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum InString {
    #[default]
    Plain,
    /// After a backslash. `high`: the high surrogate that came just before.
    Escape { high: Option<u16> },
    /// After `\u` and some of its four digits.
    Hex {
        high: Option<u16>,
        digits: u8,
        unit: u16,
    },
    /// After a high surrogate.
    Half { high: u16 },
}

/// The result of one more character.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    /// A character of the text.
    Char(char),
    /// The character is not complete yet.
    Inside(InString),
    /// The end of the string.
    End,
    /// This is not JSON.
    Broken,
}

impl InString {
    /// Reads one more character. After a [`Next::Char`] the parser is in plain text.
    pub(super) fn next(self, c: char) -> Next {
        match (self, c) {
            (Self::Plain, '"') => Next::End,
            (Self::Plain, '\\') => Next::Inside(Self::Escape { high: None }),
            (Self::Plain, c) => Next::Char(c),
            (Self::Half { high }, '\\') => Next::Inside(Self::Escape { high: Some(high) }),
            (Self::Escape { high }, 'u') => Next::Inside(Self::Hex {
                high,
                digits: 0,
                unit: 0,
            }),
            (Self::Escape { high: None }, c) => named(c).map_or(Next::Broken, Next::Char),
            (Self::Hex { high, digits, unit }, c) => match c.to_digit(16) {
                // One hexadecimal digit.
                Some(digit) => hex(high, digits + 1, unit << 4 | digit as u16),
                None => Next::Broken,
            },
            (Self::Half { .. } | Self::Escape { .. }, _) => Next::Broken,
        }
    }
}

fn hex(high: Option<u16>, digits: u8, unit: u16) -> Next {
    if digits < 4 {
        return Next::Inside(InString::Hex { high, digits, unit });
    }
    if high.is_none() && (0xD800..0xDC00).contains(&unit) {
        return Next::Inside(InString::Half { high: unit });
    }
    let mut chars = char::decode_utf16(high.into_iter().chain([unit]));
    match (chars.next(), chars.next()) {
        (Some(Ok(c)), None) => Next::Char(c),
        _ => Next::Broken,
    }
}

/// The meaning of a character after a backslash.
fn named(c: char) -> Option<char> {
    Some(match c {
        '"' | '\\' | '/' => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => return None,
    })
}
