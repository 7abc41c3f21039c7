//! The launch of a Mini App: its address with everything that Telegram puts behind the `#`, and the
//! colours of Telegram's apps. Called by `control`.
//! Source: <https://docs.telegram-mini-apps.com/platform/launch-parameters>.

use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;

use super::Telegram;
use super::init_data::{self, Door};
use super::model::Person;

/// The protocol that the chat page speaks.
const VERSION: &str = "9.5";
/// Telegram Web A: the one whose apps stand in a frame.
const PLATFORM: &str = "weba";

/// What the chat page chooses of a launch.
#[derive(Default)]
pub struct Launch {
    /// Address in a button; none is that of the bot's menu button.
    pub url: Option<String>,
    /// What follows `startapp=` in the link that opens it, perhaps nothing; none: a button does.
    pub start_param: Option<String>,
    /// Another version of the protocol.
    pub version: Option<String>,
    /// `dark` or light.
    pub theme: Option<String>,
    /// Unix time.
    pub auth_date: i64,
}

/// The whole address. The error is a sentence.
pub fn address(
    telegram: &Telegram,
    token: &str,
    person: &Person,
    launch: Launch,
) -> Result<String, String> {
    let url = launch.url.or_else(|| main_app(telegram, token, person.id));
    let url = url.ok_or("the bot has no Mini App: its menu button is of another type")?;
    let mut url = Url::parse(&url).map_err(|why| format!("{url}: {why}"))?;
    let is_link = launch.start_param.is_some();
    let start = launch.start_param.filter(|payload| !payload.is_empty());
    let door = match is_link {
        true => Door::Link(start.clone()),
        false => Door::Button,
    };
    let version = launch.version.unwrap_or_else(|| VERSION.to_owned());
    let mut hash = Serializer::new(String::new());
    hash.append_pair(
        "tgWebAppData",
        &init_data::signed(token, person, launch.auth_date, door),
    )
    .append_pair("tgWebAppVersion", &version)
    .append_pair("tgWebAppPlatform", PLATFORM)
    .append_pair(
        "tgWebAppThemeParams",
        &theme(launch.theme.as_deref()).to_string(),
    );
    if let Some(payload) = &start {
        url.query_pairs_mut()
            .append_pair("tgWebAppStartParam", payload);
        hash.append_pair("tgWebAppStartParam", payload);
    }
    // A space is %20 here, as encodeURIComponent writes it.
    let added = hash.finish().replace('+', "%20");
    let hash = match url.fragment() {
        Some(own) => format!("{own}&{added}"),
        None => added,
    };
    url.set_fragment(Some(&hash));
    Ok(url.into())
}

/// Where the bot's menu button leads this person, if that is a Mini App.
fn main_app(telegram: &Telegram, token: &str, user: i64) -> Option<String> {
    let state = telegram.state();
    let button = state.bots.get(token)?.profile.button(Some(user));
    button["web_app"]["url"].as_str().map(str::to_owned)
}

/// ThemeParams: the default colours of Telegram Desktop by day and by night.
pub fn theme(name: Option<&str>) -> Value {
    if name == Some("dark") {
        return json!({
            "accent_text_color": "#6ab2f2", "bg_color": "#17212b", "bottom_bar_bg_color": "#17212b",
            "button_color": "#5288c1", "button_text_color": "#ffffff",
            "destructive_text_color": "#ec3942", "header_bg_color": "#17212b",
            "hint_color": "#708499", "link_color": "#6ab3f3", "secondary_bg_color": "#232e3c",
            "section_bg_color": "#17212b", "section_header_text_color": "#6ab3f3",
            "section_separator_color": "#111921", "subtitle_text_color": "#708499",
            "text_color": "#f5f5f5",
        });
    }
    json!({
        "accent_text_color": "#168acd", "bg_color": "#ffffff", "bottom_bar_bg_color": "#ffffff",
        "button_color": "#40a7e3", "button_text_color": "#ffffff",
        "destructive_text_color": "#d14e4e", "header_bg_color": "#ffffff", "hint_color": "#999999",
        "link_color": "#168acd", "secondary_bg_color": "#f1f1f1", "section_bg_color": "#ffffff",
        "section_header_text_color": "#168acd", "section_separator_color": "#e7e7e7",
        "subtitle_text_color": "#999999", "text_color": "#000000",
    })
}
