//! The offline reader behind the same trait as the vendors: what it is given, and in which form it
//! answers. What it sees and writes is tested in `reader/`.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use kernel::env::Env;
use product::config::Config;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use vendors::ProviderErrorKind::Rejected;
use vendors::ai::reading::{self, Focus, Language, Pattern, Section};
use vendors::ai::{
    Ai, Answer, Call, Finish, Message, Piece, Request, Schema, Usage, Vendor, Vendors,
};

use super::{call, request};

fn offline() -> anyhow::Result<Arc<dyn Ai>> {
    let config = Config::read(&mut Env::new(&|_| None)).ai;
    Ok(Vendors::new(&config)?
        .get(Vendor::Offline)
        .context("it is always there")?
        .clone())
}

fn about(message: Message, properties: &[&str]) -> Request {
    let properties: serde_json::Map<String, Value> = properties
        .iter()
        .map(|name| ((*name).to_owned(), json!({})))
        .collect();
    let schema = json!({ "type": "object", "properties": properties });
    Request {
        messages: vec![message],
        schema: Some(Schema {
            name: "form",
            schema,
        }),
        ..request()
    }
}

/// What it writes, as its schema has it.
#[derive(Deserialize)]
struct Reading {
    intro: String,
    sections: Vec<Section>,
}

/// A message that asks for a reading.
fn brief(language: Language, words: Option<&str>) -> reading::Request {
    let heart = Pattern {
        shape: "a heart".to_owned(),
        symbol: "heart".to_owned(),
        place: "near the rim".to_owned(),
        confidence: 0.9,
    };
    reading::Request {
        language,
        focus: Focus::Relationships,
        vision: Some(reading::Vision {
            is_cup: true,
            summary: "A cup with a heart.".to_owned(),
            patterns: vec![heart],
        }),
        reading: None,
        earlier: Vec::new(),
        messages: Vec::new(),
        words: words.map(str::to_owned),
    }
}

fn wanted(language: Language) -> Message {
    Message::user(brief(language, None).to_string())
}

fn photo(jpeg: Bytes) -> Message {
    Message {
        image: Some(jpeg),
        ..Message::user("Describe the shapes in this cup.")
    }
}

async fn asked(request: Request) -> anyhow::Result<Answer> {
    Ok(offline()?
        .complete(call("offline-reader-1", request))
        .await?)
}

#[tokio::test]
async fn it_sees_a_cup_and_answers_by_the_schema() -> anyhow::Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/coffee-cup.png");
    let jpeg = Bytes::from(tokio::fs::read(file).await?);
    let fields = ["is_cup", "summary", "patterns"];
    let answer = asked(about(photo(jpeg), &fields)).await?;
    let received = answer.json().map_err(anyhow::Error::msg)?;
    assert_eq!(received["is_cup"], true);
    assert!(
        received["patterns"]
            .as_array()
            .is_some_and(|patterns| !patterns.is_empty()),
        "{received}"
    );
    // The schema has no other fields, so neither has the answer.
    assert_eq!(
        received.as_object().map(|fields| fields.len()),
        Some(3),
        "{received}"
    );
    assert_eq!(answer.finish, Finish::Stop);
    assert_eq!(answer.model, "offline-reader-1");
    Ok(())
}

/// The usage has a cost of 0, which is not the same as an unknown one.
#[tokio::test]
async fn it_reports_a_cost_of_nothing() -> anyhow::Result<()> {
    let answer = asked(about(wanted(Language::En), &["intro"])).await?;
    let nothing = Usage {
        input_tokens: 0,
        output_tokens: 0,
        cost_micro_usd: Some(0),
    };
    assert_eq!(answer.usage, Some(nothing));
    Ok(())
}

#[tokio::test]
async fn a_reading_is_in_the_persons_language_and_in_the_form_that_is_asked_for()
-> anyhow::Result<()> {
    for (language, letters) in [
        (Language::En, 'a'..='z'),
        (Language::Ru, 'а'..='я'),
        (Language::Zh, '\u{4e00}'..='\u{9fff}'),
    ] {
        let fields = ["appropriate", "intro", "sections"];
        let answer = asked(about(wanted(language), &fields)).await?;
        let object = answer.json().map_err(anyhow::Error::msg)?;
        assert_eq!(object["appropriate"], true);
        let reading: Reading = serde_json::from_value(object)?;
        let own = reading
            .intro
            .chars()
            .filter(|letter| letters.contains(letter))
            .count();
        assert!(
            own * 2 > reading.intro.chars().count(),
            "{language:?}: {}",
            reading.intro
        );
        assert!(!reading.sections.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_question_is_answered_from_the_reading() -> anyhow::Result<()> {
    let question = reading::Request {
        reading: Some(reading::Reading {
            intro: "A heart near the rim.".to_owned(),
            sections: Vec::new(),
        }),
        ..brief(Language::En, Some("What does the heart mean?"))
    };
    let message = Message::user(question.to_string());
    let answer = asked(about(message, &["intro", "sections"])).await?;
    let reading: Reading = serde_json::from_value(answer.json().map_err(anyhow::Error::msg)?)?;
    assert!(
        reading.intro.to_lowercase().contains("heart"),
        "{}",
        reading.intro
    );
    Ok(())
}

#[tokio::test]
async fn without_a_schema_it_answers_in_plain_words() -> anyhow::Result<()> {
    let request = Request {
        schema: None,
        ..about(wanted(Language::En), &[])
    };
    let answer = asked(request).await?;
    assert!(
        answer.json().is_err() && answer.text.contains(' '),
        "{}",
        answer.text
    );
    Ok(())
}

#[tokio::test]
async fn its_pieces_are_its_answer() -> anyhow::Result<()> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let request = about(wanted(Language::Zh), &["intro", "sections"]);
    let call = Call {
        pieces: Some(sender),
        ..call("offline-reader-1", request)
    };
    let answer = offline()?.complete(call).await?;
    let mut pieces = Vec::new();
    while let Ok(Piece::Text(text)) = receiver.try_recv() {
        pieces.push(text);
    }
    assert!(pieces.len() > 1);
    assert_eq!(pieces.concat(), answer.text);
    Ok(())
}

#[tokio::test]
async fn what_is_not_a_picture_is_rejected() -> anyhow::Result<()> {
    let request = about(photo(Bytes::from_static(b"no picture")), &["is_cup"]);
    let result = offline()?.complete(call("offline-reader-1", request)).await;
    assert_eq!(crate::failure(result, &[])?, Rejected);
    Ok(())
}

/// It reads no prose, so it does not guess.
#[tokio::test]
async fn a_message_without_a_block_of_data_is_rejected() -> anyhow::Result<()> {
    let request = about(Message::user("Language: en\nA heart."), &["intro"]);
    let result = offline()?.complete(call("offline-reader-1", request)).await;
    assert_eq!(crate::failure(result, &[])?, Rejected);
    Ok(())
}
