//! The parts of an update that are read, as they come. Source:
//! <https://core.telegram.org/bots/api#update>.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Photo, Sender, TELEGRAM_ID_MAX};

#[derive(Deserialize)]
pub(super) struct Update {
    pub update_id: i64,
    pub message: Option<Message>,
    pub edited_message: Option<Message>,
    pub callback_query: Option<Press>,
    pub message_reaction: Option<Reaction>,
    pub my_chat_member: Option<Membership>,
}

#[derive(Deserialize)]
pub(super) struct Press {
    pub id: String,
    pub from: User,
    pub message: Option<Place>,
    pub data: Option<String>,
}

/// The message under which a button is.
#[derive(Deserialize)]
pub(super) struct Place {
    pub message_id: i64,
    pub chat: Chat,
}

#[derive(Deserialize)]
pub(super) struct Reaction {
    pub message_id: i64,
    pub chat: Chat,
    /// Absent of a reaction in the name of a chat.
    pub user: Option<User>,
    #[serde(default)]
    pub new_reaction: Vec<Emoji>,
}

#[derive(Deserialize)]
pub(super) struct Emoji {
    /// Absent of a custom one.
    pub emoji: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Membership {
    pub chat: Chat,
    pub from: User,
    /// Unix time, as in [`Message`].
    pub date: Option<i64>,
    pub new_chat_member: Member,
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub status: String,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub message_id: i64,
    pub date: Option<i64>,
    pub chat: Chat,
    pub from: Option<User>,
    pub text: Option<String>,
    pub caption: Option<String>,
    pub media_group_id: Option<String>,
    #[serde(default)]
    pub photo: Vec<PhotoSize>,
    pub document: Option<Document>,
}

#[derive(Deserialize)]
pub(super) struct Chat {
    pub id: i64,
    #[serde(rename = "type")]
    kind: String,
}

impl Chat {
    pub fn is_private(&self) -> bool {
        self.kind == "private"
    }

    pub fn is_group(&self) -> bool {
        ["group", "supergroup"].contains(&self.kind.as_str())
    }
}

#[derive(Clone, Deserialize)]
pub(super) struct User {
    id: i64,
    is_bot: bool,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    language_code: Option<String>,
}

impl User {
    pub fn is_person(&self) -> bool {
        !self.is_bot && (1..=TELEGRAM_ID_MAX).contains(&self.id)
    }
}

impl From<User> for Sender {
    fn from(user: User) -> Self {
        Self {
            telegram_id: user.id,
            username: user.username,
            first_name: user.first_name,
            last_name: user.last_name,
            language_code: user.language_code,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct PhotoSize {
    file_id: String,
    width: u64,
    height: u64,
}

#[derive(Deserialize)]
pub(super) struct Document {
    file_id: String,
    file_name: Option<String>,
    mime_type: Option<String>,
}

/// Types of images that no part of the product reads. Telegram makes JPEGs of them when they are sent as
/// photos.
const UNREADABLE: [&str; 3] = ["heic", "heif", "avif"];

const READABLE: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

impl Document {
    /// Whether it is an image, and one that can be read. Without a type its name decides.
    pub fn image(&self) -> Option<bool> {
        let small =
            |text: &Option<String>| text.as_deref().unwrap_or_default().to_ascii_lowercase();
        let (mime, name) = (small(&self.mime_type), small(&self.file_name));
        let (kind, subtype) = mime.split_once('/').unwrap_or((&mime, ""));
        if kind == "image" {
            return Some(!UNREADABLE.contains(&subtype));
        }
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let is_untold = mime.is_empty() || mime == "application/octet-stream";
        let is_image = READABLE.contains(&ending) || UNREADABLE.contains(&ending);
        (is_untold && is_image).then(|| READABLE.contains(&ending))
    }
}

impl Message {
    /// The largest size of a photo, or an image that was sent as a file.
    pub fn photo(&self) -> Option<Photo> {
        let sizes = self.photo.iter();
        let largest = sizes.max_by_key(|size| size.width.saturating_mul(size.height));
        let image = || {
            let document = self.document.as_ref();
            document.filter(|document| document.image() == Some(true))
        };
        let file_id = match largest {
            Some(size) => &size.file_id,
            None => &image()?.file_id,
        };
        Some(Photo {
            file_id: file_id.clone(),
            caption: self.caption.clone(),
            album: self.media_group_id.clone(),
        })
    }
}

/// The error names the place alone: the text around it may be a person's.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|why| {
        let (line, column) = (why.line(), why.column());
        format!("not the JSON of an update, line {line}, column {column}")
    })
}
