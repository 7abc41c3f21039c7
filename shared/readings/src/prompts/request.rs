//! Builds the requests. The system message has the instructions and comes from the prompt files alone;
//! everything else, above all words of people, stands in the user message, as one block of data.

use bytes::Bytes;

use super::Prompts;
use super::files::Instruction;
use super::material::{self, PromptInput};
use crate::model::Reading;
use crate::schemas;
use vendors::ai::{Message, Request, Schema, Step};

/// A request, and the version of its prompt.
#[derive(Clone, Debug)]
pub struct PreparedRequest {
    pub request: Request,
    /// The prompt files it was made from.
    pub version: String,
}

impl Prompts {
    /// "What is in this cup?"
    pub fn vision(&self, jpeg: Bytes) -> PreparedRequest {
        let message = Message {
            image: Some(jpeg),
            ..Message::user("Describe the shapes in this cup.")
        };
        let schema = schemas::vision_schema();
        prepare(self.vision_instruction(), Step::Vision, message, schema)
    }

    /// "What does it say to this person?"
    pub fn interpretation(&self, input: PromptInput<'_>) -> PreparedRequest {
        let instruction = self.interpretation_instruction(input.language, input.focus_area);
        let message = Message::user(material::block(input, None));
        let schema = schemas::reading_schema();
        prepare(instruction, Step::Interpretation, message, schema)
    }

    /// "What does it say to their question?" `reading` is what the question is about.
    pub fn answer(&self, input: PromptInput<'_>, reading: &Reading) -> PreparedRequest {
        let instruction = self.answer_instruction(input.language, input.focus_area);
        let message = Message::user(material::block(input, Some(reading)));
        prepare(instruction, Step::Chat, message, schemas::reading_schema())
    }
}

fn prepare(
    instruction: Instruction,
    step: Step,
    message: Message,
    schema: Schema,
) -> PreparedRequest {
    let request = Request {
        step,
        system: instruction.text,
        messages: vec![message],
        schema: Some(schema),
    };
    PreparedRequest {
        request,
        version: instruction.version,
    }
}
