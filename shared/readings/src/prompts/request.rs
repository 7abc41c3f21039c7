//! What is asked. Our instructions are the system's message and come from the files alone;
//! everything else, words of people above all, stands in the user's message, as data.

use bytes::Bytes;
use serde_json::json;

use super::Prompts;
use super::context::Context;
use super::files::Instruction;
use super::{material, quote};
use crate::model::{FocusArea, Reading, Vision};
use crate::schemas;
use kernel::Language;
use vendors::ai::material::{Brief, Material};
use vendors::ai::{Message, Request, Schema, Step};

/// A request, and what to remember about it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub request: Request,
    /// Which files it was made from.
    pub version: String,
}

/// For whom, and from what.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    pub language: Language,
    pub focus_area: FocusArea,
    /// What was seen in the cup.
    pub vision: Option<&'a Vision>,
    /// What the person says.
    pub words: Option<&'a str>,
    pub context: &'a Context,
}

impl Prompts {
    /// "What is in this cup?"
    pub fn vision(&self, jpeg: Bytes) -> Asked {
        let message = Message {
            image: Some(jpeg.clone()),
            ..Message::user("Describe the shapes in this cup.")
        };
        let (step, schema) = (Step::Vision, schemas::vision_schema());
        asked(self.to_see(), step, message, schema, Material::See(jpeg))
    }

    /// "What does it say to this person?"
    pub fn interpretation(&self, about: About<'_>) -> Asked {
        let told = self.to_read(about.language, about.focus_area);
        let message = Message::user(message("read", about, None));
        let material = Material::Read(brief(about));
        let (step, schema) = (Step::Interpretation, schemas::reading_schema());
        asked(told, step, message, schema, material)
    }

    /// "What does it say to their question?" `reading` is what they ask about.
    pub fn answer(&self, about: About<'_>, reading: &Reading) -> Asked {
        let told = self.to_answer(about.language, about.focus_area);
        let message = Message::user(message("answer", about, Some(reading)));
        let material = Material::Answer {
            brief: brief(about),
            sections: reading.sections.iter().map(material::section).collect(),
        };
        asked(
            told,
            Step::Chat,
            message,
            schemas::reading_schema(),
            material,
        )
    }
}

fn asked(
    told: Instruction,
    step: Step,
    message: Message,
    schema: Schema,
    material: Material,
) -> Asked {
    let request = Request {
        step,
        system: told.text,
        messages: vec![message],
        schema: Some(schema),
        material,
    };
    Asked {
        request,
        version: told.version,
    }
}

fn brief(about: About<'_>) -> Brief {
    let earlier = about.context.readings.iter().flat_map(|it| it.names());
    Brief {
        language: about.language,
        focus: material::focus(about.focus_area),
        sight: about.vision.map(material::sight),
        words: about.words.map(str::to_owned),
        earlier: earlier.collect(),
    }
}

fn message(task: &str, about: About<'_>, reading: Option<&Reading>) -> String {
    let mut text = format!(
        "Task: {task}\nFocus area: {}\nLanguage: {}\n",
        about.focus_area.as_str(),
        about.language.code()
    );
    let mut part = |heading: &str, content: String| {
        text.push_str(&format!("\n{heading}:\n{content}"));
    };
    if let Some(vision) = about.vision {
        part(
            "Seen in the cup",
            fenced("json", &quote::clean(&json!(vision).to_string())),
        );
    }
    if let Some(reading) = reading {
        part(
            "Their reading",
            fenced("json", &quote::clean(&json!(reading).to_string())),
        );
    }
    let Context { readings, messages } = about.context;
    if !readings.is_empty() {
        part(
            "Earlier readings",
            readings.iter().map(|it| it.lines()).collect(),
        );
    }
    if !messages.is_empty() {
        let lines: String = messages.iter().map(|it| it.line()).collect();
        part("Earlier messages", fenced("text", lines.trim_end()));
    }
    if let Some(words) = about.words {
        part("Person's words", fenced("text", &quote::block(words)));
    }
    text
}

fn fenced(kind: &str, content: &str) -> String {
    format!("```{kind}\n{content}\n```\n")
}
