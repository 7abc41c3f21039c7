//! What a notice looks like: its text and the buttons under it.

use diesel_async::AsyncPgConnection;
use kernel::Error;
use people::users::model::User;

use crate::documents::BotConfig;
use crate::jobs::Notice;
use crate::mini_app::Place;
pub use crate::pages::Page;
use crate::pages::{history, limits, plans, settings, support};
use crate::{consent, greeting, invite, talk, texts};

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
    let mut page = bare(conn, user, notice, config).await?;
    if let (Some(app), Some(place)) = (&config.app, place(notice)) {
        app.add_to(&mut page.keyboard, place, user.language());
    }
    Ok(page)
}

/// Where in the Mini App a notice stands too; `None` where a button to it would lead away from a question.
fn place(notice: Notice) -> Option<Place> {
    Some(match notice {
        Notice::Greeting => Place::Start,
        Notice::History(history::View::List { .. }) => Place::History,
        Notice::Plans(plans::View::Overview { .. }) => Place::Plans,
        Notice::Settings(settings::View::Overview) => Place::Settings,
        _ => return None,
    })
}

/// The same without the button of the Mini App.
async fn bare(
    conn: &mut AsyncPgConnection,
    user: &User,
    notice: Notice,
    config: &BotConfig,
) -> Result<Page, Error> {
    let language = user.language();
    match notice {
        Notice::DailyLimit | Notice::MonthlyLimit | Notice::TrialOver => {
            return limits::page(conn, user).await;
        }
        Notice::Plans(view) => return plans::page(conn, user, view).await,
        Notice::History(view) => return history::page(conn, user, view).await,
        Notice::Settings(view) => return settings::page(conn, user, view).await,
        Notice::Talk(talk) => {
            let (html, keyboard) = talk::page(conn, user, talk).await?;
            return Ok(Page { html, keyboard });
        }
        Notice::Support(view) => return Ok(support::page(view, language)),
        _ => {}
    }
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
