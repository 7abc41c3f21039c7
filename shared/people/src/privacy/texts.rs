//! The texts about privacy requests, in three languages, in Telegram's HTML.

use delivery::html::escape;
use kernel::ErrorCode;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};

use super::messages::LinkNews;
use crate::codes::OTHER_PERSON;

/// A copy of the person's data is ready. `url` works for `hours`; the archive is kept for `days`.
pub fn export_ready(url: &str, hours: u64, days: i32, language: Language) -> String {
    let url = escape(url).replace('"', "&quot;");
    match language {
        En => format!(
            "📦 The copy of your data is ready: <a href=\"{url}\">download it</a>.\n\nThe link works for {hours} h; do not pass it on. The archive is kept for {days} days, and the app gives you a new link until then."
        ),
        Ru => format!(
            "📦 Копия ваших данных готова: <a href=\"{url}\">скачать</a>.\n\nСсылка действует {hours} ч; не передавайте её другим. Архив хранится {days} дней, и до тех пор новую ссылку можно получить в приложении."
        ),
        Zh => format!(
            "📦 您的数据副本已准备好：<a href=\"{url}\">点此下载</a>。\n\n链接在 {hours} 小时内有效，请勿转发。压缩包保留 {days} 天，在此期间可在应用中获取新的链接。"
        ),
    }
}

/// Whether a Telegram account is to be connected with the account of this address, which is not shown whole.
pub fn ask_link(address: &str, language: Language) -> String {
    let address = escape(&masked(address));
    match language {
        En => format!(
            "🔗 Connect this Telegram account with the Symancy account of <b>{address}</b>?\n\nIf you have not asked for this, do not press the button."
        ),
        Ru => format!(
            "🔗 Подключить этот аккаунт Telegram к аккаунту Symancy с адресом <b>{address}</b>?\n\nЕсли вы об этом не просили, не нажимайте кнопку."
        ),
        Zh => format!(
            "🔗 将此 Telegram 账号与 <b>{address}</b> 的 Symancy 账户关联？\n\n如果不是您本人申请的，请不要点击按钮。"
        ),
    }
}

/// The button under it.
pub fn link_button(language: Language) -> &'static str {
    match language {
        En => "Connect",
        Ru => "Подключить",
        Zh => "关联",
    }
}

/// What has happened to the ways into an account.
pub fn link_news(news: LinkNews, language: Language) -> &'static str {
    match (news, language) {
        (LinkNews::Linked, En) => {
            "🔗 Another way into your account is connected. If that was not you, disconnect it in the settings."
        }
        (LinkNews::Linked, Ru) => {
            "🔗 К вашему аккаунту подключён ещё один способ входа. Если это были не вы, отключите его в настройках."
        }
        (LinkNews::Linked, Zh) => {
            "🔗 您的账户已关联另一种登录方式。如果不是您本人操作，请在设置中取消关联。"
        }
        (LinkNews::Unlinked, En) => "🔗 A way into your account is disconnected.",
        (LinkNews::Unlinked, Ru) => "🔗 Один из способов входа в ваш аккаунт отключён.",
        (LinkNews::Unlinked, Zh) => "🔗 您账户的一种登录方式已取消关联。",
        (LinkNews::Over, En) => "⌛ This link does not work any more. Please ask for a new one.",
        (LinkNews::Over, Ru) => "⌛ Эта ссылка больше не действует. Запросите новую.",
        (LinkNews::Over, Zh) => "⌛ 此链接已失效，请重新获取。",
        (LinkNews::NotEmpty, language) => OTHER_PERSON.message(language),
        (LinkNews::HasOther, En) => {
            "The account has another Telegram account already. Disconnect that one first."
        }
        (LinkNews::HasOther, Ru) => {
            "К аккаунту уже подключён другой Telegram. Сначала отключите его."
        }
        (LinkNews::HasOther, Zh) => "该账户已关联其他 Telegram 账号，请先取消关联。",
    }
}

/// The first letter and the domain.
fn masked(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}

/// A copy of the person's data could not be made.
pub fn export_failed(code: ErrorCode, language: Language) -> String {
    let lead = match language {
        En => "😔 The copy of your data could not be made. Please ask for it again.",
        Ru => "😔 Не удалось подготовить копию ваших данных. Запросите её ещё раз.",
        Zh => "😔 未能生成您的数据副本，请重新申请。",
    };
    format!("{lead}\n{}", escape(code.message(language)))
}

/// Nothing is kept about the person any more.
pub fn deleted(language: Language) -> &'static str {
    match language {
        En => {
            "🗑 Your data is deleted: your readings, photos, messages and profile. Should you write to me again, we meet anew."
        }
        Ru => {
            "🗑 Ваши данные удалены: чтения, фото, сообщения и профиль. Если вы напишете мне снова, мы познакомимся заново."
        }
        Zh => {
            "🗑 您的数据已删除：解读、照片、消息和个人资料。如果您再次给我发消息，我们将重新认识。"
        }
    }
}
