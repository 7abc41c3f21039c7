//! Builds the requests. The system message has the instructions and comes from the prompt files alone;
//! everything else, above all words of people, stands in the user message, as data.

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

/// A request, and the version of its prompt.
#[derive(Clone, Debug)]
pub struct PreparedRequest {
    pub request: Request,
    /// The prompt files it was made from.
    pub version: String,
}

/// What a text is written from, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct PromptInput<'a> {
    pub language: Language,
    pub focus_area: FocusArea,
    /// What the vision step saw in the cup.
    pub vision: Option<&'a Vision>,
    /// What the person wrote.
    pub words: Option<&'a str>,
    pub context: &'a Context,
}

impl Prompts {
    /// "What is in this cup?"
    pub fn vision(&self, jpeg: Bytes) -> PreparedRequest {
        let message = Message {
            image: Some(jpeg.clone()),
            ..Message::user("Describe the shapes in this cup.")
        };
        let (step, schema) = (Step::Vision, schemas::vision_schema());
        prepare(
            self.vision_instruction(),
            step,
            message,
            schema,
            Material::See(jpeg),
        )
    }

    /// "What does it say to this person?"
    pub fn interpretation(&self, input: PromptInput<'_>) -> PreparedRequest {
        let instruction = self.interpretation_instruction(input.language, input.focus_area);
        let message = Message::user(message("read", input, None));
        let material = Material::Read(brief(input));
        let (step, schema) = (Step::Interpretation, schemas::reading_schema());
        prepare(instruction, step, message, schema, material)
    }

    /// "What does it say to their question?" `reading` is what the question is about.
    pub fn answer(&self, input: PromptInput<'_>, reading: &Reading) -> PreparedRequest {
        let instruction = self.answer_instruction(input.language, input.focus_area);
        let message = Message::user(message("answer", input, Some(reading)));
        let material = Material::Answer {
            brief: brief(input),
            sections: reading.sections.iter().map(material::section).collect(),
        };
        prepare(
            instruction,
            Step::Chat,
            message,
            schemas::reading_schema(),
            material,
        )
    }
}

fn prepare(
    instruction: Instruction,
    step: Step,
    message: Message,
    schema: Schema,
    material: Material,
) -> PreparedRequest {
    let request = Request {
        step,
        system: instruction.text,
        messages: vec![message],
        schema: Some(schema),
        material,
    };
    PreparedRequest {
        request,
        version: instruction.version,
    }
}

fn brief(input: PromptInput<'_>) -> Brief {
    let earlier = input.context.readings.iter().flat_map(|it| it.names());
    Brief {
        language: input.language,
        focus: material::focus(input.focus_area),
        sight: input.vision.map(material::sight),
        words: input.words.map(str::to_owned),
        earlier: earlier.collect(),
    }
}

fn message(task: &str, input: PromptInput<'_>, reading: Option<&Reading>) -> String {
    let mut text = format!(
        "Task: {task}\nFocus area: {}\nLanguage: {}\n",
        input.focus_area.as_str(),
        input.language.code()
    );
    let mut part = |heading: &str, content: String| {
        text.push_str(&format!("\n{heading}:\n{content}"));
    };
    if let Some(vision) = input.vision {
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
    let Context { readings, messages } = input.context;
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
    if let Some(words) = input.words {
        part("Person's words", fenced("text", &quote::block(words)));
    }
    text
}

fn fenced(kind: &str, content: &str) -> String {
    format!("```{kind}\n{content}\n```\n")
}
