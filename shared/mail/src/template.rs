//! The files of `templates/`, one a template and language. The first line is the subject; paragraphs stand between
//! empty lines. `{name}` is a variable, `[words]({name})` alone a button, `> {name}` words of a person. A paragraph
//! that begins with `?name` stands there if the variable has a value, one with `!name` if it has none.

use kernel::Language;

/// The longest value that is not a person's message, in characters.
const VALUE_MAX: usize = 200;

/// The value of a variable.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    None,
    /// A name, a place: one line.
    Words(String),
    /// An address of ours.
    Link(String),
    /// What a person has written: as many lines as it has.
    Message(String),
}

/// Variables by name.
pub(crate) type Values = Vec<(&'static str, Value)>;

/// A letter in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub subject: String,
    pub blocks: Vec<Block>,
}

/// A paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Words(String),
    Button { label: String, url: String },
    Quote(String),
}

macro_rules! files {
    ($($name:literal),+) => {
        /// The file of a template.
        fn file(name: &str, language: Language) -> &'static str {
            match (name, language) {
                $(
                    ($name, Language::En) => include_str!(concat!("../templates/", $name, ".en.txt")),
                    ($name, Language::Ru) => include_str!(concat!("../templates/", $name, ".ru.txt")),
                    ($name, Language::Zh) => include_str!(concat!("../templates/", $name, ".zh.txt")),
                )+
                _ => "",
            }
        }
    };
}

files! {
    "welcome", "verify_email", "reset_password", "password_changed", "email_changed", "confirm_email",
    "already_registered", "link_email", "linked", "unlinked", "new_device", "sign_in_reused", "second_factor_on",
    "second_factor_off", "passkey_added", "passkey_removed", "passkey_copied", "recovery_code_used", "invitation",
    "contact_received", "account_deleted", "export_ready", "support_answer", "money_news", "quota_80",
    "quota_100", "invoice", "webhook_disabled", "footer"
}

/// What stands under every letter.
pub(crate) fn footer(language: Language) -> &'static str {
    file("footer", language).trim_end()
}

/// A template with its variables filled in.
pub(crate) fn fill(name: &str, language: Language, values: &[(&str, Value)]) -> Text {
    let mut paragraphs = file(name, language).trim_end().split("\n\n");
    let subject = paragraphs.next().unwrap_or_default();
    Text {
        subject: filled(subject, values),
        blocks: paragraphs.filter_map(|text| block(text, values)).collect(),
    }
}

fn block(text: &str, values: &[(&str, Value)]) -> Option<Block> {
    if let Some((label, variable)) = text
        .strip_prefix('[')
        .and_then(|text| text.split_once("]("))
    {
        let url = filled(variable.trim_end_matches(')'), values);
        // A button whose link is left out is left out as well.
        return (!url.is_empty()).then(|| Block::Button {
            label: label.to_owned(),
            url,
        });
    }
    if let Some(text) = text.strip_prefix("> ") {
        return Some(Block::Quote(filled(text, values)));
    }
    let with = text.strip_prefix('?').map(|text| (true, text));
    let condition = with.or_else(|| Some((false, text.strip_prefix('!')?)));
    let Some((wanted, text)) = condition else {
        return Some(Block::Words(filled(text, values)));
    };
    let (name, text) = text.split_once(' ')?;
    let has = !matches!(find(name, values), Value::None);
    (has == wanted).then(|| Block::Words(filled(text, values)))
}

fn find<'a>(name: &str, values: &'a [(&str, Value)]) -> &'a Value {
    let found = values.iter().find(|(known, _)| *known == name);
    found.map_or(&Value::None, |(_, value)| value)
}

/// The text with its variables filled in, in one go: a value that looks like a variable stays what it is.
fn filled(text: &str, values: &[(&str, Value)]) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, behind)| Some((before, behind.split_once('}')?)))
    {
        done.push_str(before);
        match find(name, values) {
            Value::None => {}
            Value::Words(words) => done.extend(one_line(words).chars().take(VALUE_MAX)),
            Value::Link(link) => done.push_str(&one_line(link)),
            Value::Message(message) => done.push_str(&lines(message)),
        }
        rest = after;
    }
    done + rest
}

/// Without lines, and without signs that turn the direction of the text around them.
fn one_line(text: &str) -> String {
    let clean = text.chars().filter(|letter| !is_turn(*letter));
    clean
        .map(|letter| if is_break(letter) { ' ' } else { letter })
        .collect()
}

/// The lines of a message.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = text.trim().split('\n').map(one_line).collect();
    lines.join("\n")
}

fn is_break(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

fn is_turn(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(name: &'static str, text: &str) -> (&'static str, Value) {
        (name, Value::Words(text.to_owned()))
    }

    #[test]
    fn a_value_is_never_read_as_a_variable_and_begins_no_line() {
        let values = [words("a", "{b}\r\nBcc: x"), words("b", "secret")];
        assert_eq!(
            filled("<{a}> {b} {c} {", &values),
            "<{b}  Bcc: x> secret  {"
        );
        let turned = [words("a", "evil\u{202e}gpj.exe")];
        assert_eq!(filled("{a}", &turned), "evilgpj.exe");
    }

    #[test]
    fn a_paragraph_stands_there_as_its_variable_wants() {
        let with = fill("welcome", Language::En, &[words("name", "Anna")]);
        assert_eq!(with.blocks[0], Block::Words("Hello Anna,".to_owned()));
        let without = fill("welcome", Language::En, &[]);
        assert_eq!(without.blocks[0], Block::Words("Hello,".to_owned()));
        assert_eq!(with.blocks.len(), without.blocks.len());
    }
}
