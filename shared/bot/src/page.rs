//! What a notice looks like: its text and the buttons under it.

use diesel_async::AsyncPgConnection;
use kernel::Error;
use people::users::model::User;
use vendors::messenger::Keyboard;

use crate::jobs::Notice;
use crate::{consent, talk, texts};

/// A text in Telegram's HTML, with buttons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub html: String,
    pub keyboard: Keyboard,
}

impl From<String> for Page {
    fn from(html: String) -> Self {
        let keyboard = Keyboard::new();
        Self { html, keyboard }
    }
}

/// The page of a notice, in the person's language.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut AsyncPgConnection,
    user: &User,
    notice: Notice,
) -> Result<Page, Error> {
    if let Notice::Talk(talk) = notice {
        let (html, keyboard) = talk::page(conn, user, talk).await?;
        return Ok(Page { html, keyboard });
    }
    let language = user.language();
    let text = texts::notice(notice, user.first_name.as_deref(), language);
    Ok(match notice {
        Notice::AskConsent => Page {
            html: text,
            keyboard: vec![vec![consent::button(language)]],
        },
        _ => text.into(),
    })
}
