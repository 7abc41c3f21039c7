//! The terms of use and the privacy policy: what they say in short, in the chat and in the Mini App, their versions,
//! and where they stand whole. Telegram's terms ask for both commands.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use kernel::env::{Env, Section, Setting};
use people::users::model::{PRIVACY, TERMS};
use url::Url;
use vendors::messenger::{Button, Keyboard};

use crate::mini_app::{self, MiniApp};

const TERMS_URL: Setting = Setting::optional(
    "TERMS_URL",
    "https://example.com/terms",
    "Where the terms of use stand, for people. Not set: the bot shows their summary alone.",
);
const PRIVACY_URL: Setting = Setting::optional(
    "PRIVACY_URL",
    "https://example.com/privacy",
    "Where the privacy policy stands, for people. Not set: the bot shows its summary alone.",
);
const SET_NAME: Setting = Setting::new(
    "TELEGRAM_SET_NAME",
    "false",
    "Whether the bot sets its own name, in each language, at the start. Otherwise it keeps that of @BotFather.",
);

pub const SETTINGS: Section = Section {
    title: "The bot",
    settings: &[mini_app::URL, TERMS_URL, PRIVACY_URL, SET_NAME],
};

/// What an operator says of the bot.
#[derive(Clone, Debug, Default)]
pub struct BotConfig {
    /// The Mini App, if there is one.
    pub app: Option<MiniApp>,
    pub terms_url: Option<Url>,
    pub privacy_url: Option<Url>,
    /// Whether the bot sets its own name.
    pub sets_name: bool,
}

impl BotConfig {
    /// Reads this part of the environment. The addresses are for people: nothing is sent there.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            app: MiniApp::read(env),
            terms_url: env.optional_url_anywhere(&TERMS_URL),
            privacy_url: env.optional_url_anywhere(&PRIVACY_URL),
            sets_name: env.value(&SET_NAME),
        }
    }

    /// The button that opens the terms of use, if their address is known.
    pub(crate) fn terms(&self, language: Language) -> Keyboard {
        let text = match language {
            En => "📄 Terms of use",
            Ru => "📄 Условия использования",
            Zh => "📄 使用条款",
        };
        row(text, self.terms_url.as_ref())
    }

    /// The same of the privacy policy.
    pub(crate) fn privacy(&self, language: Language) -> Keyboard {
        let text = match language {
            En => "🔒 Privacy policy",
            Ru => "🔒 Политика конфиденциальности",
            Zh => "🔒 隐私政策",
        };
        row(text, self.privacy_url.as_ref())
    }
}

fn row(text: &str, url: Option<&Url>) -> Keyboard {
    let row = |url: &Url| vec![Button::open(text, url.clone())];
    url.map(row).into_iter().collect()
}

/// A document for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    Terms,
    Privacy,
}

impl Document {
    /// The document of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Terms, Self::Privacy]
            .into_iter()
            .find(|one| one.as_str() == name)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Privacy => "privacy",
        }
    }

    pub fn version(self) -> &'static str {
        match self {
            Self::Terms => TERMS,
            Self::Privacy => PRIVACY,
        }
    }

    /// Where it stands whole.
    pub fn url(self, config: &BotConfig) -> Option<&Url> {
        match self {
            Self::Terms => config.terms_url.as_ref(),
            Self::Privacy => config.privacy_url.as_ref(),
        }
    }

    /// The page of the chat.
    pub(crate) fn html(self, language: Language) -> String {
        let version = self.version();
        let head = match (self, language) {
            (Self::Terms, En) => format!("📄 <b>Terms of use</b>, version {version}"),
            (Self::Terms, Ru) => format!("📄 <b>Условия использования</b>, версия {version}"),
            (Self::Terms, Zh) => format!("📄 <b>使用条款</b>，版本 {version}"),
            (Self::Privacy, En) => format!("🔒 <b>Privacy</b>, version {version}"),
            (Self::Privacy, Ru) => format!("🔒 <b>Конфиденциальность</b>, версия {version}"),
            (Self::Privacy, Zh) => format!("🔒 <b>隐私</b>，版本 {version}"),
        };
        let text = self.text(language, Place::Chat);
        [vec![head], text].concat().join("\n\n")
    }

    /// The text for the Mini App, plain.
    pub fn paragraphs(self, language: Language) -> Vec<String> {
        self.text(language, Place::App)
    }

    fn text(self, language: Language, place: Place) -> Vec<String> {
        match self {
            Self::Terms => terms(language, place),
            Self::Privacy => privacy(language, place),
        }
    }
}

/// Where a text is read: the chat has commands, the app has settings.
#[derive(Clone, Copy)]
enum Place {
    Chat,
    App,
}

fn terms(language: Language, place: Place) -> Vec<String> {
    use Place::{App, Chat};
    let (support, delete, privacy) = match (place, language) {
        (Chat, _) => ("/paysupport", "/delete", "/privacy"),
        (App, En) => (
            "write to us in the settings",
            "in the settings",
            "in the privacy policy",
        ),
        (App, Ru) => (
            "напишите нам в настройках",
            "в настройках",
            "в политике конфиденциальности",
        ),
        (App, Zh) => ("请在设置中联系我们", "可在设置中操作", "请见隐私政策"),
    };
    match language {
        En => vec![
            "A reading is entertainment. It is not advice, least of all on health, law or money: decide for yourself, and ask a specialist where it matters.".to_owned(),
            format!("Please send photos and words that you may share. Readings beyond the free ones are paid with Telegram Stars; what you have paid for and not received is made good or paid back: {support}."),
            format!("You can stop at any time, and have everything deleted: {delete}. What is stored, and why: {privacy}."),
        ],
        Ru => vec![
            "Гадание — развлечение. Это не совет, тем более о здоровье, праве или деньгах: решайте сами, а в важном обращайтесь к специалисту.".to_owned(),
            format!("Присылайте, пожалуйста, только те фото и слова, которыми вправе делиться. Чтения сверх бесплатных оплачиваются звёздами Telegram; если оплаченное не получено, мы это исправим или вернём оплату: {support}."),
            format!("Вы можете остановиться в любой момент и удалить всё: {delete}. Что хранится и зачем: {privacy}."),
        ],
        Zh => vec![
            "解读仅供娱乐，不构成建议，尤其不涉及健康、法律或金钱：请您自行决定，重要的事请咨询专业人士。".to_owned(),
            format!("请只发送您有权分享的照片和文字。免费次数之外的解读用 Telegram Stars 支付；已付款而未收到的内容，我们会补上或退款：{support}。"),
            format!("您可以随时停止使用，并删除全部数据：{delete}。保存了什么、为什么保存：{privacy}。"),
        ],
    }
}

fn privacy(language: Language, place: Place) -> Vec<String> {
    use Place::{App, Chat};
    let yours = match (place, language) {
        (Chat, En) => {
            "It is yours: /settings gives you a copy of everything, /delete deletes everything."
        }
        (Chat, Ru) => "Это ваши данные: в /settings можно получить копию, /delete удалит всё.",
        (Chat, Zh) => "数据属于您：在 /settings 可以获取全部副本，用 /delete 可以全部删除。",
        (App, En) => {
            "It is yours: in the settings you get a copy of everything, or have everything deleted."
        }
        (App, Ru) => "Это ваши данные: в настройках можно получить копию или удалить всё.",
        (App, Zh) => "数据属于您：在设置中可以获取全部副本，也可以全部删除。",
    };
    let text = match language {
        En => [
            "I store your name at Telegram, your language, your photos, what you write to me, and your readings. Photos and words are shown to the AI services that read with me, for your reading and for nothing else: they are not sold, and I train no AI with them.",
            "Payments are kept for as long as the law asks. Who stays away for two years is deleted.",
            yours,
        ],
        Ru => [
            "Я храню ваше имя в Telegram, язык, фото, то, что вы мне пишете, и ваши чтения. Фото и слова передаются сервисам ИИ, которые читают вместе со мной, — ради вашего чтения и ни для чего другого: они не продаются, и я не обучаю на них ИИ.",
            "Данные об оплате хранятся столько, сколько требует закон. Если вас не было два года, всё удаляется.",
            yours,
        ],
        Zh => [
            "我会保存您在 Telegram 上的名字、语言、照片、您写给我的内容以及您的解读。照片和文字会交给与我一起解读的人工智能服务，仅用于您的解读：不会出售，我也不会用它们训练人工智能。",
            "付款记录按法律要求的期限保存。两年没有来的人，其数据会被删除。",
            yours,
        ],
    };
    text.map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_shows_plain_text_without_commands() {
        for document in [Document::Terms, Document::Privacy] {
            assert_eq!(Document::parse(document.as_str()), Some(document));
            for language in Language::ALL {
                let text = document.paragraphs(language);
                assert_eq!(text.len(), 3);
                let all = text.join(" ");
                assert!(!all.contains(['/', '<', '>', '&', '*', '_']), "{all}");
                let html = document.html(language);
                assert!(html.contains(&text[0]), "{html}");
                assert!(html.contains(document.version()), "{html}");
            }
        }
        assert_eq!(Document::parse("imprint"), None);
    }
}
