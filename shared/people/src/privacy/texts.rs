//! The texts about privacy requests, in three languages, in Telegram's HTML.

use delivery::html::escape;
use kernel::ErrorCode;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};

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
