//! Makes words of people, and texts of an AI about them, safe to stand in a request as data.
//!
//! They stand in strings of JSON, between two fences of backticks. A quoted text has no backtick and
//! nothing that looks like one, so that not even a careless reader takes it for the end of the fence; and
//! it has no invisible characters, so it cannot tell the AI what a person cannot read.

/// Quotes a text of any number of lines.
pub(super) fn text(text: &str) -> String {
    clean(text).trim().to_owned()
}

/// Quotes a text on one line, cut to so many characters.
pub(super) fn line(text: &str, longest: usize) -> String {
    let text = clean(text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(longest) {
        None => text,
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

/// Removes backticks and invisible characters.
fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '`' | '\u{2cb}' | '\u{55d}' | '\u{2035}' | '\u{1fef}' | '\u{ff40}' => Some('\''),
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\n' | '\t' => Some(c),
            _ if c.is_control() || is_invisible(c) => None,
            _ => Some(c),
        })
        .collect()
}

/// Characters that people do not see and models do: zero-width spaces, controls of the writing
/// direction, and the tags that spell invisible ASCII. The joiners, which emoji and some scripts
/// need, stay: they cannot end a fence.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}
