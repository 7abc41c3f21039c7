//! The request for a reading as data: one fenced block of JSON, which is the whole message to an AI. A
//! model reads it as it reads any text; the offline reader and the sandbox read the block alone, and
//! nothing of the instructions around it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Focus, Language, Pattern, Question, Reading, Sight, Task, UnsafeContent};

/// The line that opens the block. The tag after `json` tells it from any other.
pub const OPENING: &str = "```json reading-request";
const CLOSING: &str = "```";

/// What a reading, or the answer to a question about one, is written from. Its `Display` is the block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Language to write in.
    pub language: Language,
    /// Area to read for.
    pub focus: Focus,
    /// What was seen in the cup; without it the words alone are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vision: Option<Vision>,
    /// The reading that the words ask about; without it a reading is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// The person's last readings, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    /// The chat, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    /// The person's own words: material, never an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// A cup that has passed the check of its content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vision {
    /// Whether a cup with something in it is to be seen.
    pub is_cup: bool,
    /// The cup as a whole.
    #[serde(default)]
    pub summary: String,
    /// Strongest first.
    pub patterns: Vec<Pattern>,
}

/// An earlier reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// As in `2026-11-20`.
    pub day: String,
    /// What was seen then; empty where there was no cup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<String>,
    /// How it began.
    #[serde(default)]
    pub began: String,
}

/// A message of the chat, by its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Message {
    /// The person whose cup it is.
    Person(String),
    /// The reader of cups.
    Arina(String),
}

impl Request {
    /// The request in a message; `None` if no block is opened in it.
    ///
    /// # Errors
    /// What is wrong with the block, as a sentence.
    pub fn find(message: &str) -> Result<Option<Self>, String> {
        let mut lines = message.lines().skip_while(|line| *line != OPENING);
        if lines.next().is_none() {
            return Ok(None);
        }
        let json: Vec<&str> = lines.take_while(|line| *line != CLOSING).collect();
        let request = serde_json::from_str(&json.join("\n"));
        request
            .map(Some)
            .map_err(|why| format!("the block {OPENING} cannot be read: {why}"))
    }

    /// The reading, or the answer to the question.
    pub fn answer(&self) -> Reading {
        let sight = self.vision.as_ref().map(Vision::sight);
        let Some(reading) = &self.reading else {
            let symbols = self.earlier.iter().flat_map(|it| it.symbols.clone());
            return crate::read(&Task {
                language: self.language,
                focus: self.focus,
                sight: sight.as_ref(),
                words: self.words.as_deref(),
                earlier: &symbols.collect::<Vec<_>>(),
            });
        };
        crate::answer(&Question {
            language: self.language,
            focus: self.focus,
            words: self.words.as_deref().unwrap_or_default(),
            patterns: sight.as_ref().map_or(&[], |sight| &sight.patterns),
            sections: &reading.sections,
        })
    }
}

impl Vision {
    fn sight(&self) -> Sight {
        Sight {
            is_cup: self.is_cup,
            unsafe_content: UnsafeContent::None,
            summary: self.summary.clone(),
            patterns: self.patterns.clone(),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        // JSON has line breaks and backticks in strings alone, and line breaks are escaped there: with
        // backticks escaped too, nothing inside can close the fence.
        let json = json.replace('`', "\\u0060");
        writeln!(f, "{OPENING}\n{json}\n{CLOSING}")
    }
}
