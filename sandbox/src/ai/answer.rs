//! What the mind answers: content and tokens, the same for every protocol.

use reader::request::{OPENING, Request};
use reader::{Focus, Language};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ask::Ask;
use crate::faults::Twist;

/// What one picture costs in tokens, as vision models count a picture of this size.
const IMAGE_TOKENS: usize = 765;
/// Characters in one piece of a stream.
const PIECE: usize = 24;
/// What a model says that refuses.
pub const REFUSAL: &str = "I'm sorry, but I can't help with that.";

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// As it should.
    Stop,
    /// In the middle.
    Length,
    /// It is none.
    Refused,
}

/// An answer and what it cost.
pub struct Completion {
    /// The same for the same content.
    pub id: String,
    /// Model asked for.
    pub model: String,
    /// The text; JSON if that was asked for.
    pub content: String,
    /// Tokens in, tokens out; nothing when the plan says so.
    pub tokens: Option<(usize, usize)>,
    /// How it ends.
    pub finish: Finish,
    /// As in the request.
    pub wants_usage: bool,
    /// As in the request.
    pub tool: Option<String>,
}

/// Answers, on the blocking pool for pictures; the error is the message of a 400.
pub async fn generate(ask: Ask, twist: Twist) -> Result<Completion, String> {
    let letters: usize = ask.texts.iter().map(|(_, text)| text.chars().count()).sum();
    let (content, image) = match &ask.image {
        None => (write(&ask)?, 0),
        Some(Err(why)) => return Err(why.clone()),
        Some(Ok(bytes)) => {
            let bytes = bytes.clone();
            let looked = tokio::task::spawn_blocking(move || reader::see(&bytes)).await;
            let sight = looked.map_err(|e| e.to_string())?;
            let sight = sight.map_err(|e| e.to_string())?;
            (json(&ask, &sight)?, IMAGE_TOKENS)
        }
    };
    // The input of a tool is JSON by the protocol.
    let wrap = twist.wrap.filter(|_| ask.tool.is_none());
    let content = wrap.map_or(content.clone(), |wrap| wrap.around(&content));
    let (content, finish) = match (twist.refuse, twist.half_json) {
        (true, _) => (String::new(), Finish::Refused),
        (false, true) => (half(&content), Finish::Length),
        (false, false) => (content, Finish::Stop),
    };
    let tokens = (
        letters.div_ceil(4) + image,
        content.chars().count().div_ceil(4),
    );
    let digest = hex::encode(Sha256::digest(content.as_bytes()));
    Ok(Completion {
        id: digest[..24].to_owned(),
        model: ask.model,
        content,
        tokens: (!twist.no_usage).then_some(tokens),
        finish,
        wants_usage: ask.wants_usage,
        tool: ask.tool,
    })
}

/// What the last block of data among the messages of the user asks for. Without one it is small talk, which
/// is answered in plain words; data cannot be made of it.
fn write(ask: &Ask) -> Result<String, String> {
    let of_user = ask.texts.iter().rev().filter(|(role, _)| role == "user");
    let mut messages = of_user.map(|(_, text)| text.as_str());
    // What comes after the block may be about the answer that was given to it.
    let block = messages
        .clone()
        .find_map(|text| Request::find(text).transpose());
    match block.transpose()? {
        Some(request) => json(ask, &request.answer()),
        None if ask.wants_json => Err(format!(
            "JSON is written only for a message with a block {OPENING}, and there is none"
        )),
        None => Ok(small_talk(messages.next().unwrap_or_default())
            .answer()
            .plain()),
    }
}

fn small_talk(words: &str) -> Request {
    Request {
        language: language_of(words),
        focus: Focus::General,
        vision: None,
        reading: None,
        earlier: Vec::new(),
        messages: Vec::new(),
        words: Some(words.to_owned()),
    }
}

fn language_of(words: &str) -> Language {
    let count = |from: char, to: char| words.chars().filter(|c| (from..=to).contains(c)).count();
    let (cyrillic, han) = (count('\u{400}', '\u{4ff}'), count('\u{4e00}', '\u{9fff}'));
    match (cyrillic, han) {
        (0, 0) => Language::En,
        (c, h) if h >= c => Language::Zh,
        _ => Language::Ru,
    }
}

/// As JSON that keeps to the schema: no field it does not allow, its flag of moderation first.
fn json(ask: &Ask, value: &impl serde::Serialize) -> Result<String, String> {
    let text = serde_json::to_string(value).map_err(|e| e.to_string())?;
    let text = if ask.is_closed() {
        let mut value: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        let spare =
            |fields: &serde_json::Map<String, Value>| fields.keys().all(|k| ask.has_field(k));
        match value.as_object_mut() {
            Some(fields) if !spare(fields) => {
                fields.retain(|name, _| ask.has_field(name));
                value.to_string()
            }
            _ => text,
        }
    } else {
        text
    };
    Ok(match text.strip_prefix('{') {
        Some(rest) if ask.has_field("appropriate") => format!("{{\"appropriate\":true,{rest}"),
        _ => text,
    })
}

fn half(content: &str) -> String {
    let count = content.chars().count();
    content.chars().take(count / 2).collect()
}

impl Completion {
    /// The content in the pieces of a stream.
    pub fn pieces(&self) -> Vec<String> {
        let letters: Vec<char> = self.content.chars().collect();
        let pieces = letters.chunks(PIECE);
        pieces.map(|piece| piece.iter().collect()).collect()
    }

    /// Whether a stream may tell its tokens unasked, or was asked to.
    pub fn stated_tokens(&self) -> Option<(usize, usize)> {
        self.tokens.filter(|_| self.wants_usage)
    }
}
