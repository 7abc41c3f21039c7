//! Telegram's HTML. The rules and the wording of the refusals follow the public source of
//! Telegram's client library (`parse_html` in tdlib's MessageEntity.cpp).

use super::entities::{Rich, units};
use super::model::Entity;

const TAGS: &[(&str, &str)] = &[
    ("a", "text_link"),
    ("b", "bold"),
    ("strong", "bold"),
    ("i", "italic"),
    ("em", "italic"),
    ("s", "strikethrough"),
    ("strike", "strikethrough"),
    ("del", "strikethrough"),
    ("u", "underline"),
    ("ins", "underline"),
    ("tg-spoiler", "spoiler"),
    ("tg-emoji", "custom_emoji"),
    ("span", "spoiler"),
    ("pre", "pre"),
    ("code", "code"),
    ("blockquote", "blockquote"),
];

struct Open {
    tag: String,
    attributes: Vec<(String, String)>,
    /// Where the text begins, in UTF-16 units and in bytes.
    units: usize,
    byte: usize,
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
    text: String,
    open: Vec<Open>,
    entities: Vec<Entity>,
}

/// Text and entities, or why Telegram would refuse.
pub fn parse(source: &str) -> Result<Rich, String> {
    let mut p = Parser {
        source,
        at: 0,
        text: String::new(),
        open: vec![],
        entities: vec![],
    };
    while let Some(c) = p.peek() {
        match c {
            '<' if p.source[p.at + 1..].starts_with('/') => p.end_tag()?,
            '<' => p.start_tag()?,
            '&' => p.reference(),
            c => {
                p.text.push(c);
                p.at += c.len_utf8();
            }
        }
    }
    match p.open.last() {
        Some(open) => Err(format!(
            "Can't find end tag corresponding to start tag \"{}\"",
            open.tag
        )),
        None => Ok(Rich {
            text: p.text,
            entities: p.entities,
        }),
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.source[self.at..].chars().next()
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let rest = &self.source[self.at..];
        let end = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += end;
        rest[..end].to_owned()
    }

    fn start_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        self.at += 1;
        let tag = self
            .take_while(|c| !c.is_whitespace() && c != '>')
            .to_ascii_lowercase();
        if self.peek().is_none() {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        if !TAGS.iter().any(|(name, _)| *name == tag) {
            return Err(format!(
                "Unsupported start tag \"{tag}\" at byte offset {begin}"
            ));
        }
        let attributes = self.attributes(&tag, begin)?;
        if tag == "span"
            && !attributes
                .iter()
                .any(|(k, v)| k == "class" && v == "tg-spoiler")
        {
            return Err(format!(
                "Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"
            ));
        }
        let (units, byte) = (units(&self.text), self.text.len());
        self.open.push(Open {
            tag,
            attributes,
            units,
            byte,
        });
        Ok(())
    }

    fn attributes(&mut self, tag: &str, begin: usize) -> Result<Vec<(String, String)>, String> {
        let mut attributes = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => {
                    return Err(format!(
                        "Unclosed start tag \"{tag}\" at byte offset {begin}"
                    ));
                }
                Some('>') => break,
                Some(_) => {}
            }
            let name = self.take_while(|c| !c.is_whitespace() && c != '=' && c != '>');
            if name.is_empty() {
                return Err(format!(
                    "Empty attribute name in the tag \"{tag}\" at byte offset {begin}"
                ));
            }
            self.skip_space();
            let mut value = String::new();
            if self.peek() == Some('=') {
                self.at += 1;
                self.skip_space();
                value = self.value(tag, begin)?;
            }
            attributes.push((name.to_ascii_lowercase(), value));
        }
        self.at += 1;
        Ok(attributes)
    }

    fn value(&mut self, tag: &str, begin: usize) -> Result<String, String> {
        let raw = match self.peek() {
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                let value = self.take_while(|c| c != quote);
                if self.peek().is_none() {
                    return Err(format!(
                        "Unclosed start tag \"{tag}\" at byte offset {begin}"
                    ));
                }
                self.at += 1;
                value
            }
            _ => self.take_while(|c| !c.is_whitespace() && c != '>'),
        };
        let mut value = String::new();
        let mut rest = raw.as_str();
        while let Some(c) = rest.chars().next() {
            let (decoded, length) = reference(rest).unwrap_or((c, c.len_utf8()));
            value.push(decoded);
            rest = &rest[length..];
        }
        Ok(value)
    }

    fn reference(&mut self) {
        let (c, length) = reference(&self.source[self.at..]).unwrap_or(('&', 1));
        self.text.push(c);
        self.at += length;
    }

    fn end_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        self.at += 2;
        let tag = self
            .take_while(|c| !c.is_whitespace() && c != '>')
            .to_ascii_lowercase();
        let Some(open) = self.open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {begin}"));
        };
        self.skip_space();
        if self.peek() != Some('>') {
            return Err(format!("Unclosed end tag at byte offset {begin}"));
        }
        self.at += 1;
        if !tag.is_empty() && tag != open.tag {
            return Err(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{}>\", found \"</{tag}>\"",
                open.tag
            ));
        }
        self.close(open);
        Ok(())
    }

    fn close(&mut self, open: Open) {
        let length = units(&self.text) - open.units;
        let kind = TAGS
            .iter()
            .find(|(name, _)| *name == open.tag)
            .map_or("", |(_, kind)| kind);
        let get = |name: &str| {
            open.attributes
                .iter()
                .find(|(k, _)| k == name)
                .map(|(_, value)| value.clone())
        };
        let mut entity = Entity {
            kind: kind.into(),
            offset: open.units,
            length,
            ..Entity::default()
        };
        match kind {
            "text_link" => {
                // A link without href points at its own text, as in Telegram.
                let url = get("href").unwrap_or_else(|| self.text[open.byte..].to_owned());
                if !url.contains('.') && !url.contains(':') {
                    return;
                }
                entity.url = Some(url);
            }
            "custom_emoji" => entity.custom_emoji_id = get("emoji-id"),
            "blockquote" if get("expandable").is_some() => {
                entity.kind = "expandable_blockquote".into();
            }
            "code" => {
                let language = get("class").and_then(|c| Some(c.strip_prefix("language-")?.into()));
                let inside = self.open.last_mut().filter(|o| o.tag == "pre");
                if let (Some(language), Some(pre)) = (language, inside) {
                    pre.attributes.push(("language".into(), language));
                    return;
                }
            }
            "pre" => entity.language = get("language"),
            _ => {}
        }
        if length > 0 {
            self.entities.push(entity);
        }
    }
}

/// One character reference at the start of `rest` and its length; Telegram knows four by name.
fn reference(rest: &str) -> Option<(char, usize)> {
    for (name, c) in [
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&amp;", '&'),
        ("&quot;", '"'),
    ] {
        if rest.starts_with(name) {
            return Some((c, name.len()));
        }
    }
    let body = rest.strip_prefix("&#")?;
    let end = body.find(';').filter(|end| (1..=8).contains(end))?;
    let number = match body[..end].strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => body[..end].parse().ok()?,
    };
    let c = char::from_u32(number).filter(|c| *c != '\0')?;
    Some((c, end + 3))
}

#[cfg(test)]
mod tests;
