//! Files that are more than bytes to Telegram: each kind with its folder, the fields that the Bot
//! API gives it, and a sample for those who send one without having it.
//! Source: <https://core.telegram.org/bots/api#available-types>.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::model::FileRef;
use crate::http::{Form, Upload};

/// A kind of file that a message can carry.
#[derive(Debug)]
pub struct Kind {
    /// Field of the Bot API's Message.
    pub name: &'static str,
    /// Folder in the store.
    pub folder: &'static str,
    /// How its file ids begin.
    pub prefix: &'static str,
    /// Fields with the value of a sender who says nothing of them.
    fields: &'static [(&'static str, Field)],
    /// Name of the file, its type, and what is in it.
    sample: (&'static str, &'static str, &'static [u8]),
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Number(i64),
    Text(&'static str),
    Flag(bool),
}

const VOICE: &[u8] = include_bytes!("../../../assets/samples/voice.ogg");
const VIDEO: &[u8] = include_bytes!("../../../assets/samples/video.mp4");
const STICKER: &[u8] = include_bytes!("../../../assets/samples/sticker.webp");

/// Every kind besides photos.
pub static KINDS: [Kind; 7] = [
    Kind {
        name: "document",
        folder: "documents",
        prefix: "BQACAgIAAxkBAAI",
        fields: &[],
        sample: ("notes.txt", "text/plain", b"A cup of coffee.\n"),
    },
    Kind {
        name: "sticker",
        folder: "stickers",
        prefix: "CAACAgIAAxkBAAI",
        fields: &[
            ("type", Field::Text("regular")),
            ("emoji", Field::Text("☕")),
            ("width", Field::Number(512)),
            ("height", Field::Number(512)),
            ("is_animated", Field::Flag(false)),
            ("is_video", Field::Flag(false)),
        ],
        sample: ("sticker.webp", "image/webp", STICKER),
    },
    Kind {
        name: "voice",
        folder: "voice",
        prefix: "AwACAgIAAxkBAAI",
        fields: &[("duration", Field::Number(2))],
        sample: ("voice.ogg", "audio/ogg", VOICE),
    },
    Kind {
        name: "audio",
        folder: "music",
        prefix: "CQACAgIAAxkBAAI",
        fields: &[("duration", Field::Number(2))],
        sample: ("music.ogg", "audio/ogg", VOICE),
    },
    Kind {
        name: "video",
        folder: "videos",
        prefix: "BAACAgIAAxkBAAI",
        fields: &[
            ("duration", Field::Number(1)),
            ("width", Field::Number(240)),
            ("height", Field::Number(240)),
        ],
        sample: ("video.mp4", "video/mp4", VIDEO),
    },
    Kind {
        name: "video_note",
        folder: "video_notes",
        prefix: "DQACAgIAAxkBAAI",
        fields: &[
            ("duration", Field::Number(1)),
            ("length", Field::Number(240)),
        ],
        sample: ("video.mp4", "video/mp4", VIDEO),
    },
    Kind {
        name: "animation",
        folder: "animations",
        prefix: "CgACAgIAAxkBAAI",
        fields: &[
            ("duration", Field::Number(1)),
            ("width", Field::Number(240)),
            ("height", Field::Number(240)),
        ],
        sample: ("animation.mp4", "video/mp4", VIDEO),
    },
];

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// Name of its `Kind`.
    pub kind: String,
    /// The file.
    pub file: FileRef,
    /// What the Bot API says about it besides the file: `duration`, `emoji`, ...
    pub fields: Map<String, Value>,
}

impl Attachment {
    /// Stickers and round videos have no captions.
    pub fn is_captioned(&self) -> bool {
        !matches!(self.kind.as_str(), "sticker" | "video_note")
    }
}

impl Kind {
    /// The kind of that name.
    pub fn named(name: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// Its fields, from the fields of a request.
    pub fn fields(&self, form: &Form) -> Map<String, Value> {
        let fields = self.fields.iter().map(|(name, usual)| {
            let value = match usual {
                Field::Number(usual) => form.int(name).unwrap_or(*usual).into(),
                Field::Text(usual) => form.text(name).unwrap_or((*usual).into()).into(),
                Field::Flag(usual) => (*usual).into(),
            };
            ((*name).to_owned(), value)
        });
        fields.collect()
    }

    /// Whether the Bot API gives the name of the file.
    pub fn is_named(&self) -> bool {
        !matches!(self.name, "sticker" | "voice" | "video_note")
    }

    /// Whether the Bot API gives the type of the file.
    pub fn is_typed(&self) -> bool {
        !matches!(self.name, "sticker" | "video_note")
    }

    /// A file of this kind.
    pub fn sample(&self) -> Upload {
        let (name, mime_type, bytes) = self.sample;
        Upload {
            file_name: Some(name.into()),
            mime_type: Some(mime_type.into()),
            bytes: bytes.into(),
        }
    }
}

/// Content type of a stored file. Only what a browser cannot run is named.
pub fn mime_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "ogg" | "oga" => "audio/ogg",
        "webm" => "video/webm",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}
