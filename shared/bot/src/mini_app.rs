//! The Mini App: where it is, and the buttons that open it. Telegram opens it from its menu button and from
//! buttons under messages in people's own chats, with the proof of the person behind the `#`.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use kernel::env::{Env, Setting};
use url::Url;
use uuid::Uuid;
use vendors::messenger::{Button, Keyboard};

pub(crate) const URL: Setting = Setting::optional(
    "MINI_APP_URL",
    "https://api.example.com/app/",
    "Where the Mini App is, for Telegram: https outside of this machine. The bot's menu button and buttons under \
     its messages open it. Not set: there are no such buttons, and the menu button is left as it is.",
);

/// Telegram has one text of the menu button for all languages.
const MENU: &str = "☕ Symancy";

/// Where in the app a button leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where a cup is read.
    Start,
    Reading(Uuid),
    History,
    Plans,
    Settings,
}

/// The Mini App of this deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MiniApp {
    url: Url,
}

impl MiniApp {
    /// Reads its address, if there is one.
    pub(crate) fn read(env: &mut Env<'_>) -> Option<Self> {
        let url = env.optional_url(&URL)?;
        if url.fragment().is_some() {
            env.fault(&URL, "it must have no #: Telegram writes behind it");
        }
        Some(Self { url })
    }

    /// What stands on the menu button.
    pub fn menu(&self) -> &'static str {
        MENU
    }

    /// The address that the menu button opens.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The address of a place: `reading` or `page` in its query.
    fn at(&self, place: Place) -> Url {
        let (field, value) = match place {
            Place::Start => return self.url.clone(),
            Place::Reading(id) => ("reading", id.to_string()),
            Place::History => ("page", "history".to_owned()),
            Place::Plans => ("page", "plans".to_owned()),
            Place::Settings => ("page", "settings".to_owned()),
        };
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair(field, &value);
        url
    }

    /// The button that opens a place.
    pub fn button(&self, place: Place, language: Language) -> Button {
        let text = match language {
            En => "📱 Open in the app",
            Ru => "📱 Открыть в приложении",
            Zh => "📱 在小程序中打开",
        };
        Button::open_app(text, self.at(place))
    }

    /// Puts the button of a place above the last row of a keyboard, which leads elsewhere in the chat.
    pub(crate) fn add_to(&self, keyboard: &mut Keyboard, place: Place, language: Language) {
        let last = keyboard.len().saturating_sub(1);
        keyboard.insert(last, vec![self.button(place, language)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Option<MiniApp>, String> {
        let lookup = |name: &str| (name == "MINI_APP_URL").then(|| url.to_owned());
        let mut env = Env::new(&lookup);
        let app = MiniApp::read(&mut env);
        let read = env.finish(app);
        read.map_err(|why| why.to_string())
    }

    #[test]
    fn an_address_is_https_or_on_this_machine_and_has_no_fragment() {
        for good in ["https://e.org/app/", "http://127.0.0.1:3000/app/"] {
            assert!(matches!(read(good), Ok(Some(_))), "{good}");
        }
        for bad in ["http://e.org/app/", "https://e.org/app/#start", "tg://app"] {
            let why = read(bad).expect_err(bad);
            assert!(why.contains("MINI_APP_URL"), "{why}");
        }
    }

    #[test]
    fn a_place_stands_in_the_query_beside_what_is_there() {
        let app = read("https://e.org/app/?v=2").expect("good").expect("set");
        let at = |place| app.at(place).to_string();
        assert_eq!(at(Place::Start), "https://e.org/app/?v=2");
        let id = Uuid::nil();
        let reading = format!("https://e.org/app/?v=2&reading={id}");
        assert_eq!(at(Place::Reading(id)), reading);
        assert_eq!(at(Place::Plans), "https://e.org/app/?v=2&page=plans");
    }
}
