//! Telegram's two Markdowns. Legacy is what n8n's Telegram node sends unless told otherwise.
//! Rules and wording follow `parse_markdown` and `parse_markdown_v2` of tdlib.

use super::entities::{Rich, units};
use super::model::Entity;

/// Which Markdown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Flavour {
    /// `parse_mode=Markdown`: no nesting.
    Legacy,
    /// `parse_mode=MarkdownV2`: nesting, and reserved characters must be escaped.
    V2,
}

const RESERVED: &str = "_*[]()~`>#+-=|{}.!";

const QUOTATION: &str = "blockquote";

struct Open {
    mark: &'static str,
    kind: &'static str,
    units: usize,
    byte: usize,
}

/// Text and entities, or why Telegram would refuse.
pub fn parse(source: &str, flavour: Flavour) -> Result<Rich, String> {
    let mut rich = Rich::default();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    let mut line_begins = true;
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        if c == '\\' && escapable(rest[1..].chars().next(), flavour) {
            let escaped = rest[1..].chars().next().unwrap_or('\\');
            rich.text.push(escaped);
            at += 1 + escaped.len_utf8();
            line_begins = false;
            continue;
        }
        let verbatim = open.last().is_some_and(|o| o.mark.starts_with('`'));
        if flavour == Flavour::V2 && !verbatim && (c == '\n' || (c == '>' && line_begins)) {
            at += 1;
            line_begins = true;
            if c == '\n' {
                rich.text.push(c);
                if !rest[1..].starts_with('>') {
                    end_quotation(&mut rich, &mut open)?;
                }
            } else if !open.iter().any(|o| o.kind == QUOTATION) {
                open.push(Open {
                    mark: "\n",
                    kind: QUOTATION,
                    units: units(&rich.text),
                    byte: at - 1,
                });
            }
            continue;
        }
        let closes = open.last().is_some_and(|o| rest.starts_with(o.mark));
        let locked = verbatim || (flavour == Flavour::Legacy && !open.is_empty());
        if closes {
            at += finish(&mut rich, open.pop(), rest)?;
        } else if let Some((mark, kind)) = opening(rest, flavour).filter(|_| !locked) {
            open.push(Open {
                mark,
                kind,
                units: units(&rich.text),
                byte: at,
            });
            at += if kind == "text_link" { 1 } else { mark.len() };
        } else if flavour == Flavour::V2 && !verbatim && RESERVED.contains(c) {
            return Err(format!(
                "Character '{c}' is reserved and must be escaped with the preceding '\\'"
            ));
        } else {
            rich.text.push(c);
            at += c.len_utf8();
            line_begins = false;
        }
    }
    if open.iter().any(|o| o.kind == QUOTATION) {
        end_quotation(&mut rich, &mut open)?;
    }
    match open.last() {
        None => Ok(rich),
        Some(o) if flavour == Flavour::V2 => Err(unclosed(o)),
        Some(o) => Err(format!(
            "Can't find end of the entity starting at byte offset {}",
            o.byte
        )),
    }
}

fn unclosed(open: &Open) -> String {
    let kind = title(open.kind);
    format!(
        "Can't find end of {kind} entity at byte offset {}",
        open.byte
    )
}

/// Ends the quotation at the end of its last line, if there is one. A `||` there that begins
/// nothing makes it expandable.
fn end_quotation(rich: &mut Rich, open: &mut Vec<Open>) -> Result<(), String> {
    if !open.iter().any(|o| o.kind == QUOTATION) {
        return Ok(());
    }
    let end = units(&rich.text);
    let inside = units(rich.text.trim_end_matches(['\n', '\r']));
    let mut kind = QUOTATION;
    if open
        .last()
        .is_some_and(|o| o.kind == "spoiler" && o.units >= inside)
    {
        open.pop();
        kind = "expandable_blockquote";
    }
    match open.pop() {
        Some(o) if o.kind == QUOTATION => {
            rich.entities.push(Entity {
                kind: kind.into(),
                offset: o.units,
                length: end - o.units,
                ..Entity::default()
            });
            Ok(())
        }
        Some(o) => Err(unclosed(&o)),
        None => Ok(()),
    }
}

fn escapable(next: Option<char>, flavour: Flavour) -> bool {
    match flavour {
        Flavour::Legacy => next.is_some_and(|c| "_*`[".contains(c)),
        Flavour::V2 => next.is_some_and(|c| c.is_ascii() && !c.is_ascii_alphanumeric()),
    }
}

fn opening(rest: &str, flavour: Flavour) -> Option<(&'static str, &'static str)> {
    let common = [
        ("```", "pre"),
        ("`", "code"),
        ("*", "bold"),
        ("[", "text_link"),
    ];
    let newer = [
        ("||", "spoiler"),
        ("__", "underline"),
        ("~", "strikethrough"),
    ];
    let newer = newer.iter().filter(|_| flavour == Flavour::V2);
    let mut marks = newer.chain(&common).chain(&[("_", "italic")]);
    let (mark, kind) = marks.find(|(mark, _)| rest.starts_with(mark))?;
    Some((if *kind == "text_link" { "](" } else { mark }, kind))
}

/// Closes an entity and says how many bytes that took.
fn finish(rich: &mut Rich, open: Option<Open>, rest: &str) -> Result<usize, String> {
    let Some(open) = open else { return Ok(0) };
    let mut taken = open.mark.len();
    let mut entity = Entity {
        kind: open.kind.into(),
        offset: open.units,
        length: units(&rich.text) - open.units,
        ..Entity::default()
    };
    if open.kind == "text_link" {
        let end = rest.find(')').ok_or("Can't find end of a URL")?;
        entity.url = Some(rest[2..end].replace('\\', ""));
        taken = end + 1;
    }
    if entity.length > 0 {
        rich.entities.push(entity);
    }
    Ok(taken)
}

fn title(kind: &str) -> String {
    let mut letters = kind.chars();
    letters
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_marks_links_and_escapes() {
        let source = "*bold* _it_ `c*d` [site](https://e.org) snake\\_case";
        let rich = parse(source, Flavour::Legacy).expect("parses");
        assert_eq!(rich.text, "bold it c*d site snake_case");
        let kinds: Vec<_> = rich.entities.iter().map(|e| e.kind.as_str()).collect();
        assert_eq!(kinds, ["bold", "italic", "code", "text_link"]);
        assert_eq!(rich.entities[3].url.as_deref(), Some("https://e.org"));
    }

    #[test]
    fn a_lone_underscore_is_refused_as_telegram_does() {
        let why = parse("user snake_case", Flavour::Legacy).expect_err("unbalanced");
        assert_eq!(
            why,
            "Can't find end of the entity starting at byte offset 10"
        );
    }

    #[test]
    fn version_two_quotes_lines() {
        let rich = parse("a\n>b\n>*c*\nd\n>e\n>f||", Flavour::V2).expect("parses");
        assert_eq!(rich.text, "a\nb\nc\nd\ne\nf");
        let quotes = rich.entities.iter().filter(|e| e.kind != "bold");
        let quotes: Vec<_> = quotes
            .map(|e| (e.kind.as_str(), e.offset, e.length))
            .collect();
        let expected = [("blockquote", 2, 4), ("expandable_blockquote", 8, 3)];
        assert_eq!(quotes, expected);
        // Refusals of tdlib's own tests (test/message_entities.cpp).
        for (source, why) in [
            (
                ">*b\n>ld \n>bo\nld*\nasd\ndef",
                "Can't find end of Bold entity at byte offset 1",
            ),
            (
                ">\n*a*>2",
                "Character '>' is reserved and must be escaped with the preceding '\\'",
            ),
            (
                ">asd\n>q||ew\n||asdad",
                "Can't find end of Spoiler entity at byte offset 7",
            ),
        ] {
            assert_eq!(parse(source, Flavour::V2), Err(why.into()), "{source}");
        }
    }

    #[test]
    fn version_two_nests_and_insists_on_escapes() {
        let rich = parse("*b _i_* ||s||\\.", Flavour::V2).expect("parses");
        assert_eq!(rich.text, "b i s.");
        assert_eq!(rich.entities.len(), 3);
        let why = parse("Hello.", Flavour::V2).expect_err("reserved");
        assert_eq!(
            why,
            "Character '.' is reserved and must be escaped with the preceding '\\'"
        );
    }
}
