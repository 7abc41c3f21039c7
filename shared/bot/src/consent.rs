//! The question for consent in the chat, and the photo that waits for its answer.

use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use people::users::model::{PRIVACY, TERMS};
use schema::waiting_photos;
use vendors::messenger::Button;

/// What the button sends back after `consent:`. A button under a question about other versions sends
/// something else.
pub fn agreement() -> String {
    format!("agree:{TERMS}:{PRIVACY}")
}

/// What is asked for, in Telegram's HTML.
pub(crate) fn question(language: Language) -> &'static str {
    match language {
        En => {
            "☕ Before I read your cup: your photo and your words are stored, and shown to the AI services that read them with me. Nothing is used for anything else, and you can have it all deleted at any time. A reading is entertainment, not advice. Do you agree to the terms of use and the privacy policy?"
        }
        Ru => {
            "☕ Прежде чем я прочту чашку: ваше фото и слова сохраняются и передаются сервисам ИИ, которые читают вместе со мной. Ни для чего другого они не используются, и вы можете удалить всё в любой момент. Гадание — развлечение, а не совет. Согласны ли вы с условиями использования и политикой конфиденциальности?"
        }
        Zh => {
            "☕ 在解读之前：您的照片和文字会被保存，并交给与我一起解读的人工智能服务。它们不会用于其他用途，您可以随时要求全部删除。解读仅供娱乐，不构成建议。您同意使用条款和隐私政策吗？"
        }
    }
}

pub(crate) fn agreed(language: Language) -> &'static str {
    match language {
        En => {
            "☕ Thank you. Now send me a photo of your cup, from above and in good light. Beneath it you may write what is on your mind."
        }
        Ru => {
            "☕ Спасибо. Теперь пришлите фото вашей чашки — сверху и при хорошем свете. Под ним можно написать, что вас волнует."
        }
        Zh => "☕ 谢谢。现在请在光线充足处从上方拍下杯子发给我，还可以附上几句您正在想的事。",
    }
}

/// The button under the question.
pub fn button(language: Language) -> Button {
    let text = match language {
        En => "I agree",
        Ru => "Согласен / согласна",
        Zh => "我同意",
    };
    Button::press(text, format!("consent:{}", agreement()))
}

/// A photo that waits until its person agrees.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = waiting_photos, treat_none_as_null = true)]
pub struct WaitingPhoto {
    pub user_id: Uuid,
    pub chat_id: i64,
    pub message_id: i64,
    /// Telegram's id.
    pub file_id: String,
    pub caption: Option<String>,
}

/// Keeps a photo in the place of an earlier one.
///
/// # Errors
/// Those of the database.
pub async fn keep(conn: &mut AsyncPgConnection, photo: &WaitingPhoto) -> QueryResult<()> {
    diesel::insert_into(waiting_photos::table)
        .values(photo)
        .on_conflict(waiting_photos::user_id)
        .do_update()
        .set((photo, waiting_photos::created_at.eq(diesel::dsl::now)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Takes the photo that waits for a person.
///
/// # Errors
/// Those of the database.
pub async fn take(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Option<WaitingPhoto>> {
    diesel::delete(waiting_photos::table.find(user_id))
        .returning(WaitingPhoto::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Gives the photo that waits these words, or, with `only_first`, if it has none. Does nothing if it is another
/// message that waits.
///
/// # Errors
/// Those of the database.
pub async fn set_caption(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
    caption: Option<&str>,
    only_first: bool,
) -> QueryResult<()> {
    diesel::update(waiting_photos::table.find(user_id))
        .filter(waiting_photos::message_id.eq(message_id))
        .filter(
            waiting_photos::caption
                .is_null()
                .or((!only_first).into_sql::<Bool>()),
        )
        .set(waiting_photos::caption.eq(caption))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Forgets the photo of a message that waits.
///
/// # Errors
/// Those of the database.
pub async fn forget(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
) -> QueryResult<()> {
    diesel::delete(waiting_photos::table.find(user_id))
        .filter(waiting_photos::message_id.eq(message_id))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Old rows (see [`jobs::prune`]): photos that have waited for a day.
pub const PRUNE: &[&str] = &["DELETE FROM waiting_photos WHERE user_id IN (
         SELECT user_id FROM waiting_photos WHERE created_at < now() - interval '1 day' LIMIT $1)"];
