//! What a notice looks like: its text and the buttons under it.

use diesel_async::AsyncPgConnection;
use kernel::Error;
use people::users::model::User;
use vendors::messenger::Keyboard;

use crate::documents::BotConfig;
use crate::jobs::Notice;
use crate::{consent, greeting, invite, texts};

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

/// The page of a notice, in the person's language. `config` names the addresses of the documents.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut AsyncPgConnection,
    user: &User,
    notice: Notice,
    config: &BotConfig,
) -> Result<Page, Error> {
    let language = user.language();
    let text = texts::notice(notice, user.first_name.as_deref(), language);
    Ok(match notice {
        Notice::AskConsent => Page {
            html: text,
            keyboard: vec![vec![consent::button(language)]],
        },
        Notice::Introduction { .. } => {
            let agree = vec![vec![consent::button(language)]];
            Page {
                html: text,
                keyboard: [agree, config.terms(language), config.privacy(language)].concat(),
            }
        }
        Notice::Greeting => Page {
            html: text,
            keyboard: greeting::menu(language),
        },
        Notice::Terms => Page {
            html: text,
            keyboard: config.terms(language),
        },
        Notice::Privacy => Page {
            html: text,
            keyboard: config.privacy(language),
        },
        Notice::Invite => {
            let (html, keyboard) = invite::offer(conn, user).await?;
            Page { html, keyboard }
        }
        _ => text.into(),
    })
}
