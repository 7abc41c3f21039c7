//! What a notice looks like: its text and the buttons under it.

use diesel_async::AsyncPgConnection;
use kernel::Error;
use people::users::model::User;

use crate::jobs::Notice;
pub use crate::pages::Page;
use crate::pages::{history, limits, plans, settings, support};
use crate::{consent, texts};

/// The page of a notice, in the person's language.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut AsyncPgConnection,
    user: &User,
    notice: Notice,
) -> Result<Page, Error> {
    let language = user.language();
    match notice {
        Notice::DailyLimit | Notice::MonthlyLimit | Notice::TrialOver => {
            return limits::page(conn, user).await;
        }
        Notice::Plans(view) => return plans::page(conn, user, view).await,
        Notice::History(view) => return history::page(conn, user, view).await,
        Notice::Settings(view) => return settings::page(conn, user, view).await,
        Notice::Support(view) => return Ok(support::page(view, language)),
        _ => {}
    }
    let text = texts::notice(notice, user.first_name.as_deref(), language);
    Ok(match notice {
        Notice::AskConsent => Page {
            html: text,
            keyboard: vec![vec![consent::button(language)]],
        },
        _ => text.into(),
    })
}
