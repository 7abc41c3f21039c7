//! What persons read about quotas.

use delivery::html::escape;
use kernel::Language::{self, En, Ru, Zh};

use crate::model::Alert;

/// A unit in words; one of operators as it is spelled.
pub fn unit(name: &str, language: Language) -> String {
    let words = match (name, language) {
        ("api_requests", En) => "API requests",
        ("api_requests", Ru) => "запросы к API",
        ("api_requests", Zh) => "API 请求",
        ("messages", En) => "messages",
        ("messages", Ru) => "сообщения",
        ("messages", Zh) => "消息",
        ("conversations", En) => "conversations",
        ("conversations", Ru) => "беседы",
        ("conversations", Zh) => "对话",
        ("uploads", En) => "files",
        ("uploads", Ru) => "файлы",
        ("uploads", Zh) => "文件",
        ("ai_requests", En) => "requests to models",
        ("ai_requests", Ru) => "запросы к моделям",
        ("ai_requests", Zh) => "模型请求",
        ("analyses", En) => "readings",
        ("analyses", Ru) => "гадания",
        ("analyses", Zh) => "解读",
        (other, _) => other,
    };
    words.to_owned()
}

/// The message in a chat, in Telegram's HTML; `when` is when the window ends, `organization` whose quota it is, if that is
/// not the person's own.
pub fn notice(alert: &Alert, organization: Option<&str>, when: &str, language: Language) -> String {
    let (used, allowed) = (alert.used, alert.allowed);
    let unit = escape(&unit(&alert.unit, language));
    let when = escape(when);
    let words = match (alert.percent, language) {
        (100.., En) => format!("⛔️ All {allowed} are used up: {unit}.\nThey begin again {when}."),
        (100.., Ru) => {
            format!("⛔️ Израсходованы все {allowed}: {unit}.\nСчёт начнётся заново {when}.")
        }
        (100.., Zh) => format!("⛔️ {unit}：{allowed} 次已全部用完。\n{when}重新计算。"),
        (_, En) => format!("⚠️ {used} of {allowed} are used: {unit}.\nThey begin again {when}."),
        (_, Ru) => {
            format!("⚠️ Израсходовано {used} из {allowed}: {unit}.\nСчёт начнётся заново {when}.")
        }
        (_, Zh) => format!("⚠️ {unit}：已使用 {used}/{allowed}。\n{when}重新计算。"),
    };
    match organization {
        Some(name) => format!("<b>{}</b>\n\n{words}", escape(name)),
        None => words,
    }
}
