//! The reader that needs no network, no key and no money (crate `reader`): always there. It understands
//! no prompts: it works from the request's [`Material`], and answers in the form that is asked for.

use std::time::Duration;

use async_trait::async_trait;
use reader::{Focus, Pattern, Question, Section, Sight, Task, UnsafeContent};
use serde_json::{Map, Value, json};

use super::catalogue::Catalogue;
use super::material::{Material, Reader};
use super::{Ai, Answer, Call, Finish, Piece, Pieces, Request, Usage, Vendor};
use crate::Language;
use crate::features::analyses::model::{FocusArea, Reading, Vision};
use crate::providers::{ProviderError, ProviderErrorKind as Kind};

pub(super) struct Offline;

/// Characters of a piece: about a line on a telephone.
const PIECE: usize = 40;

#[async_trait]
impl Ai for Offline {
    async fn complete(&self, call: Call) -> Result<Answer, ProviderError> {
        let request = call.request.clone();
        // Looking into a picture takes tens of milliseconds of a core.
        let work = tokio::task::spawn_blocking(move || answer(&request));
        let text = within(call.timeout, work).await?;
        if let Some(pieces) = &call.pieces {
            say(&text, pieces);
        }
        Ok(Answer {
            text,
            model: Catalogue::offline().name,
            finish: Finish::Stop,
            usage: Some(Usage {
                cost_micro_usd: Some(0),
                ..Usage::default()
            }),
        })
    }
}

async fn within(
    timeout: Duration,
    work: tokio::task::JoinHandle<Result<String, String>>,
) -> Result<String, ProviderError> {
    let failed = |kind, why: String| Vendor::Offline.error(kind, why);
    let ended = tokio::time::timeout(timeout, work).await;
    let ended = ended.map_err(|_| failed(Kind::Timeout, "no answer in time".to_owned()))?;
    let answered = ended.map_err(|why| failed(Kind::Transient, why.to_string()))?;
    answered.map_err(|why| failed(Kind::Rejected, why))
}

fn say(text: &str, pieces: &Pieces) {
    let characters: Vec<char> = text.chars().collect();
    for piece in characters.chunks(PIECE) {
        let _ = pieces.send(Piece::Text(piece.iter().collect()));
    }
}

/// The answer as JSON by the schema, or as text where there is none; or why the picture is unreadable.
fn answer(request: &Request) -> Result<String, String> {
    let (object, text) = match &request.material {
        Material::See(image) => {
            let sight = reader::see(image).map_err(|why| why.to_string())?;
            (json!(sight), sight.summary.clone())
        }
        Material::Read(about) => told(&read(about)),
        Material::Answer { reader, reading } => told(&reply(reader, reading.as_ref())),
    };
    Ok(match &request.schema {
        None => text,
        Some(schema) => by_schema(object, &schema.schema).to_string(),
    })
}

fn told(reading: &reader::Reading) -> (Value, String) {
    (json!(reading), reading.plain())
}

/// Only what the schema names. Nothing is unfit for it: of a person's words, which were judged before,
/// it quotes a few at most.
fn by_schema(object: Value, schema: &Value) -> Value {
    let Some(properties) = schema["properties"].as_object() else {
        return object;
    };
    // First, as in the schema: what comes after it can be shown while it comes.
    let mut fields = Map::from_iter([("appropriate".to_owned(), json!(true))]);
    if let Value::Object(told) = object {
        fields.extend(told);
    }
    fields.retain(|name, _| properties.contains_key(name));
    Value::Object(fields)
}

fn read(about: &Reader) -> reader::Reading {
    let sight = about.vision.as_ref().map(sight);
    reader::read(&Task {
        language: language(about.language),
        focus: focus(about.focus_area),
        sight: sight.as_ref(),
        words: about.words.as_deref(),
        earlier: &about.earlier,
    })
}

fn reply(about: &Reader, reading: Option<&Reading>) -> reader::Reading {
    let sections = reading.map_or(&[][..], |reading| &reading.sections);
    let sections: Vec<Section> = sections.iter().map(section).collect();
    let patterns = about.vision.as_ref().map_or_else(Vec::new, patterns);
    reader::answer(&Question {
        language: language(about.language),
        focus: focus(about.focus_area),
        words: about.words.as_deref().unwrap_or_default(),
        patterns: &patterns,
        sections: &sections,
    })
}

fn section(section: &crate::features::analyses::model::Section) -> Section {
    Section {
        title: section.title.clone(),
        content: section.content.clone(),
    }
}

fn sight(vision: &Vision) -> Sight {
    Sight {
        is_cup: vision.is_cup,
        unsafe_content: UnsafeContent::None,
        summary: vision.summary.clone(),
        patterns: patterns(vision),
    }
}

fn patterns(vision: &Vision) -> Vec<Pattern> {
    let pattern = |pattern: &crate::features::analyses::model::Pattern| Pattern {
        shape: pattern.shape.clone(),
        symbol: pattern.symbol.clone(),
        place: pattern.place.clone(),
        confidence: pattern.confidence,
    };
    vision.patterns.iter().map(pattern).collect()
}

fn language(language: Language) -> reader::Language {
    match language {
        Language::Ru => reader::Language::Ru,
        Language::En => reader::Language::En,
        Language::Zh => reader::Language::Zh,
    }
}

fn focus(area: FocusArea) -> Focus {
    match area {
        FocusArea::General => Focus::General,
        FocusArea::Wellbeing => Focus::Wellbeing,
        FocusArea::Career => Focus::Career,
        FocusArea::Relationships => Focus::Relationships,
    }
}
