//! Reads the text of a PDF (ISO 32000-1): the strings of its pages by the `ToUnicode` maps of their fonts.

use std::collections::HashMap;
use std::io::Read;

use anyhow::Context;
use flate2::read::ZlibDecoder;

/// The text of a document: each string that is drawn is a line.
pub(crate) fn text(pdf: &[u8]) -> anyhow::Result<String> {
    let objects = objects(pdf)?;
    let fonts = fonts(&objects);
    let mut drawn = String::new();
    for (_, stream) in objects.values() {
        let Some(stream) = stream
            .as_ref()
            .filter(|stream| stream.contains(" Tf") && stream.contains("ET"))
        else {
            continue;
        };
        drawn += &page(stream, &fonts);
    }
    Ok(drawn)
}

/// Objects by their numbers: what stands in them, and their stream, inflated.
type Objects = HashMap<u32, (String, Option<String>)>;

fn objects(pdf: &[u8]) -> anyhow::Result<Objects> {
    // One character a byte.
    let file: String = pdf.iter().map(|byte| char::from(*byte)).collect();
    anyhow::ensure!(file.starts_with("%PDF-1."), "no PDF");
    let mut objects = Objects::new();
    let mut rest = file.as_str();
    while let Some(at) = rest.find(" 0 obj\n") {
        let number = rest[..at].rsplit('\n').next().unwrap_or_default();
        let number: u32 = number.parse()?;
        rest = &rest[at + " 0 obj\n".len()..];
        let end = rest.find("\nendobj").context("an object without an end")?;
        let (head, stream) = match rest[..end].split_once("stream\n") {
            Some((head, stream)) => {
                let stream = stream.trim_end_matches("endstream");
                let stream = stream.strip_suffix('\n').unwrap_or(stream);
                let bytes: Vec<u8> = stream.chars().map(|letter| letter as u8).collect();
                (head, Some(inflated(head, &bytes)?))
            }
            None => (&rest[..end], None),
        };
        objects.insert(number, (head.to_owned(), stream));
        rest = &rest[end..];
    }
    Ok(objects)
}

fn inflated(head: &str, bytes: &[u8]) -> anyhow::Result<String> {
    let mut out = Vec::new();
    if head.contains("/FlateDecode") {
        ZlibDecoder::new(bytes).read_to_end(&mut out)?;
    } else {
        out.extend_from_slice(bytes);
    }
    Ok(out.into_iter().map(char::from).collect())
}

/// The texts of the glyphs of a font.
type Glyphs = HashMap<u16, String>;

/// Fonts by the names that pages call them.
fn fonts(objects: &Objects) -> HashMap<String, Glyphs> {
    let mut fonts = HashMap::new();
    for (head, _) in objects.values() {
        let Some((_, resources)) = head.split_once("/Font<<") else {
            continue;
        };
        let resources = resources.split(">>").next().unwrap_or_default();
        for entry in resources.split('/').skip(1) {
            let mut words = entry.split_whitespace();
            let (name, number) = (words.next(), words.next().and_then(|it| it.parse().ok()));
            let (Some(name), Some(number)) = (name, number) else {
                continue;
            };
            fonts.insert(name.to_owned(), glyphs(objects, number).unwrap_or_default());
        }
    }
    fonts
}

fn glyphs(objects: &Objects, font: u32) -> Option<Glyphs> {
    let (_, map) = objects.get(&font)?.0.split_once("/ToUnicode ")?;
    let map = map.split(' ').next()?.parse().ok()?;
    let map = objects.get(&map)?.1.as_ref()?;
    let pairs = map.lines().filter_map(|line| {
        let (glyph, text) = line
            .strip_prefix('<')?
            .strip_suffix('>')?
            .split_once("> <")?;
        let units = hex(text)
            .chunks(2)
            .map(|two| u16::from_be_bytes([two[0], two[1]]))
            .collect::<Vec<_>>();
        Some((
            u16::from_str_radix(glyph, 16).ok()?,
            String::from_utf16(&units).ok()?,
        ))
    });
    Some(pairs.collect())
}

fn hex(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap_or_default()
}

/// What a page draws, each text object in a line of its own.
fn page(stream: &str, fonts: &HashMap<String, Glyphs>) -> String {
    let (mut drawn, mut font, mut name) = (String::new(), None, String::new());
    let (mut bytes, mut word) = (Vec::new(), String::new());
    let mut letters = stream.chars().chain([' ']).peekable();
    while let Some(letter) = letters.next() {
        if letter.is_ascii_alphanumeric()
            || "/.-+*'".contains(letter) && word.is_empty()
            || letter == '.'
        {
            word.push(letter);
            continue;
        }
        match std::mem::take(&mut word).as_str() {
            "Tf" => font = fonts.get(&name),
            "Tj" | "TJ" => {
                for glyph in std::mem::take(&mut bytes).chunks(2) {
                    let glyph = u16::from_be_bytes([glyph[0], glyph[1]]);
                    drawn += font
                        .and_then(|font: &Glyphs| font.get(&glyph))
                        .map_or("?", String::as_str);
                }
            }
            // What a reader is told besides.
            "BDC" => bytes.clear(),
            "ET" => drawn.push('\n'),
            other => {
                if let Some(other) = other.strip_prefix('/') {
                    other.clone_into(&mut name);
                }
            }
        }
        match letter {
            '/' => word.push(letter),
            '(' => literal(&mut letters, &mut bytes),
            '<' if letters.peek() != Some(&'<') => {
                let digits: String = letters.by_ref().take_while(|it| *it != '>').collect();
                bytes.extend(hex(&digits));
            }
            '<' => {
                letters.next();
            }
            _ => {}
        }
    }
    drawn
}

/// A string in round brackets, of which the first is read.
fn literal(letters: &mut impl Iterator<Item = char>, bytes: &mut Vec<u8>) {
    let mut depth = 1;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => bytes.push(match letters.next() {
                Some('n') => b'\n',
                Some('r') => b'\r',
                Some('t') => b'\t',
                Some('b') => 8,
                Some('f') => 12,
                Some(first @ '0'..='7') => {
                    let mut digits = String::from(first);
                    digits.extend(letters.by_ref().take(2));
                    u8::from_str_radix(&digits, 8).unwrap_or_default()
                }
                Some(other) => other as u8,
                None => return,
            }),
            ')' if depth == 1 => return,
            other => {
                depth += i32::from(other == '(') - i32::from(other == ')');
                bytes.push(other as u8);
            }
        }
    }
}

#[test]
fn the_operators_of_a_page_are_read_without_blanks_between_them() {
    let glyphs = HashMap::from([
        (1, "A".to_owned()),
        (0x20_41, "Щ".to_owned()),
        (0x80_02, "b".to_owned()),
    ]);
    let fonts = HashMap::from([("f0".to_owned(), glyphs)]);
    let stream = "q 1 0 0 1 0 0 cm BT/f0 10 Tf 1 0 0 -1 56 72.5 Tm(\\000\\001 A)Tj ET Q q BT/f0 8 Tf[<8002>-3( A)]TJ \
        /Span<</ActualText(x)>>BDC(\\000\\003)Tj EMC ET";
    assert_eq!(page(stream, &fonts), "AЩ\nbЩ?\n");
}
